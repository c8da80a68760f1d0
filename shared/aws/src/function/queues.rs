//! The queues that a function knows.

use jiff::SignedDuration;
use skyfeed_ports::opener::OpenError;

use super::{Settings, StartError, settings::StageQueues};
use crate::{open::AwsOpener, sqs::Queue};

/// More than a message needs to be tried as often as it is, and less than a night.
const CATCH_UP_AFTER: SignedDuration = SignedDuration::from_hours(2);

/// The queues that a function knows.
#[derive(Clone, Debug)]
pub struct Queues {
    /// The one that feeds it; `None` if it is invoked directly only.
    pub own: Option<Queue>,
    /// Those of the other stages, if it looks after what they have left.
    pub stages: StageQueues<Queue>,
    /// How long an image rests before a stage until its event counts as lost.
    pub catch_up_after: SignedDuration,
}

impl Default for Queues {
    /// None.
    fn default() -> Self {
        Self { own: None, stages: StageQueues::default(), catch_up_after: CATCH_UP_AFTER }
    }
}

impl Queues {
    pub(super) async fn open(settings: &Settings, aws: &AwsOpener) -> Result<Self, StartError> {
        let queue = async |url: &Option<String>| {
            let Some(url) = url else { return Ok(None) };
            let sdk = aws.sdk_in_region(url).await.map_err(OpenError::from)?;
            Ok::<_, StartError>(Some(Queue::new(url, sdk)))
        };
        let StageQueues { tile, publish, reindex } = &settings.stages;
        let seconds = settings.catch_up_seconds.map(|seconds| SignedDuration::from_secs(seconds.into()));
        Ok(Self {
            own: queue(&settings.queue).await?,
            stages: StageQueues {
                tile: queue(tile).await?,
                publish: queue(publish).await?,
                reindex: queue(reindex).await?,
            },
            catch_up_after: seconds.unwrap_or(CATCH_UP_AFTER),
        })
    }
}
