//! The memory that all images share which are tiled at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// In this many bytes memory is given out: fine enough for small images, and few enough of them for a count.
const PIECE_BYTES: u64 = 1 << 20;

/// A bound on the memory of all images that are tiled at once. Whoever comes first is served first, so that a large image is not kept waiting by small ones for ever.
#[derive(Clone, Debug)]
pub struct MemoryBudget {
    pieces: u32,
    free: Arc<Semaphore>,
}

/// Memory that is taken; given back when this is dropped.
#[derive(Debug)]
pub struct Taken(#[expect(dead_code, reason = "it counts while it lives")] Option<OwnedSemaphorePermit>);

impl MemoryBudget {
    /// A budget of so many bytes.
    pub fn new(bytes: u64) -> Self {
        let most = Semaphore::MAX_PERMITS.min(u32::MAX as usize) as u64;
        let pieces = (bytes / PIECE_BYTES).clamp(1, most) as u32;
        Self { pieces, free: Arc::new(Semaphore::new(pieces as usize)) }
    }

    /// Waits for memory and takes it. What is larger than the whole budget waits until it is alone. Nobody takes twice, so nobody waits for one who waits.
    pub async fn take(&self, bytes: u64) -> Taken {
        let pieces = u32::try_from(bytes.div_ceil(PIECE_BYTES)).unwrap_or(u32::MAX).min(self.pieces);
        // It is never closed.
        Taken(Arc::clone(&self.free).acquire_many_owned(pieces).await.ok())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt;

    use super::MemoryBudget;

    const MB: u64 = 1 << 20;

    #[tokio::test]
    async fn no_more_is_given_than_there_is_and_in_the_order_of_asking() {
        let budget = MemoryBudget::new(10 * MB);
        let six = budget.take(6 * MB).await;
        let large = budget.take(5 * MB);
        tokio::pin!(large);
        assert!(large.as_mut().now_or_never().is_none(), "five beside six of ten");
        // It would fit now, but then the large one might wait for ever.
        let small = budget.take(MB);
        tokio::pin!(small);
        assert!(small.as_mut().now_or_never().is_none());
        drop(six);
        let _large = large.await;
        let _small = small.await;
    }

    #[tokio::test]
    async fn what_is_larger_than_all_runs_alone() {
        let budget = MemoryBudget::new(10 * MB);
        let small = budget.take(MB).await;
        let huge = budget.take(1 << 50);
        tokio::pin!(huge);
        assert!(huge.as_mut().now_or_never().is_none());
        drop(small);
        let huge = tokio::time::timeout(Duration::from_secs(5), huge).await.unwrap();
        assert!(budget.take(1).now_or_never().is_none());
        drop(huge);
        assert!(budget.take(1).now_or_never().is_some());
    }
}
