//! What AWS takes for an image, in words and for programs.

use serde_json::{Value, json};
use skyfeed_aws::lambda::Estimate;
use skyfeed_pipeline::plan::Plan;

/// What AWS takes for an image.
#[derive(Debug)]
pub(crate) struct Bill {
    pub(crate) words: String,
    pub(crate) document: Value,
    /// Once, and each month; `None` if no function can tile it.
    pub(crate) dollars: Option<(f64, f64)>,
}

/// Reckons what AWS takes, or says why it cannot be done there; `None` in a program that does not know AWS.
pub(crate) fn bill(plan: &Plan) -> Option<Bill> {
    Some(match Estimate::of(plan) {
        Ok(Estimate { memory_mb, seconds, once_dollars, monthly_dollars }) => Bill {
            words: format!(
                "about ${once_dollars:.3} once and ${monthly_dollars:.4} a month; tile takes {rounded:.0} s \
                 with TileMemory={memory_mb}",
                rounded = seconds.max(1.0)
            ),
            document: json!({
                "fits": true,
                "tile_memory_mb": memory_mb,
                "tile_seconds": seconds,
                "once_dollars": once_dollars,
                "monthly_dollars": monthly_dollars,
                "prices": "us-east-1, 2025",
            }),
            dollars: Some((once_dollars, monthly_dollars)),
        },
        Err(refusal) => Bill {
            words: format!("does not fit: {refusal}"),
            document: json!({"fits": false, "why": refusal.shortage.to_string(), "what_to_do": refusal.advice}),
            dollars: None,
        },
    })
}
