//! Coordinates out of the records of AstroPix and Djangoplicity, which say the same under different names.

use serde_json::{Map, Value};
use skyfeed_tiling::sky::{Quality, SpatialMetadata};

/// What a source calls its fields.
pub(super) struct Names {
    pub(super) projection: &'static str,
    pub(super) frame: &'static str,
    pub(super) equinox: &'static str,
    pub(super) reference_value: &'static str,
    pub(super) reference_dimension: &'static str,
    pub(super) reference_pixel: &'static str,
    pub(super) scale: &'static str,
    pub(super) rotation: &'static str,
    pub(super) quality: &'static str,
}

/// The coordinates of a record, or why the image cannot be put on the sky.
pub(super) fn read(record: &Map<String, Value>, names: &Names) -> Result<SpatialMetadata, String> {
    let projection = match record.get(names.projection) {
        Some(Value::String(projection)) if !projection.trim().is_empty() => projection.trim(),
        _ => return Err(format!("it has no full coordinates: `{}` is missing", names.projection)),
    };
    if projection != "TAN" {
        return Err(format!("its projection is `{projection}`; only TAN can be placed"));
    }
    let said = text(record, names.quality);
    let says = |quality: &str| said.trim().eq_ignore_ascii_case(quality);
    if says("Position") {
        return Err("only its position is known, not its scale and rotation".to_owned());
    }
    Ok(SpatialMetadata {
        projection: projection.to_owned(),
        frame: optional_text(record, names.frame),
        equinox: optional_text(record, names.equinox),
        reference_value_deg: pair(record, names.reference_value)?,
        reference_dimension_px: pair(record, names.reference_dimension)?,
        reference_pixel: pair(record, names.reference_pixel)?,
        scale_deg_per_px: scale(record, names.scale)?,
        rotation_deg: record
            .get(names.rotation)
            .and_then(number)
            .ok_or_else(|| not_numbers(names.rotation, "a number"))?,
        quality: says("Full").then_some(Quality::Full),
    })
}

fn pair(record: &Map<String, Value>, name: &str) -> Result<[f64; 2], String> {
    let both = record.get(name).and_then(Value::as_array).and_then(|values| match &values[..] {
        [first, second] => Some([number(first)?, number(second)?]),
        _ => None,
    });
    both.ok_or_else(|| not_numbers(name, "two numbers"))
}

/// Some records leave the second scale empty (`noao-02274` of NOIRLab): pixels are square then, and y goes up.
fn scale(record: &Map<String, Value>, name: &str) -> Result<[f64; 2], String> {
    match record.get(name).and_then(Value::as_array).map(Vec::as_slice) {
        Some([first, Value::String(second)]) if second.trim().is_empty() => {
            let first = number(first).ok_or_else(|| not_numbers(name, "two numbers"))?;
            Ok([first, first.abs()])
        }
        _ => pair(record, name),
    }
}

fn not_numbers(name: &str, wanted: &str) -> String {
    format!("it has no full coordinates: `{name}` is not {wanted}")
}

/// A finite number; the feeds mostly write them as strings.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        value => value.as_f64()?,
    };
    number.is_finite().then_some(number)
}

/// A text of a record, unchanged; empty if it has none.
pub(super) fn text(record: &Map<String, Value>, name: &str) -> String {
    record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A text of a record, unless it is blank.
pub(super) fn optional_text(record: &Map<String, Value>, name: &str) -> Option<String> {
    Some(text(record, name)).filter(|text| !text.trim().is_empty())
}
