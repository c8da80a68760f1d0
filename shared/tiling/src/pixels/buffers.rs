//! Memory of tiles, used again and again.

use std::sync::{Mutex, PoisonError};

/// Memory that tiles were in and that the next may have.
///
/// An allocator would keep what one thread frees apart from what another needs, and give memory back to the system only
/// to ask for it anew: half as much memory again, and time to clear it.
#[derive(Default)]
pub(super) struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    /// An empty buffer for so many bytes.
    pub(super) fn take(&self, capacity: usize) -> Vec<u8> {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The same square with and without alpha: the one that is too small makes room for the larger.
        let alike = capacity / 4 * 3..=capacity / 3 * 4;
        let fitting = free.iter().rposition(|buffer| (capacity..=*alike.end()).contains(&buffer.capacity()));
        let index = fitting.or_else(|| free.iter().rposition(|buffer| alike.contains(&buffer.capacity())));
        let buffer = index.map(|index| free.swap_remove(index)).filter(|buffer| buffer.capacity() >= capacity);
        drop(free);
        buffer.unwrap_or_else(|| Vec::with_capacity(capacity))
    }

    /// Takes back a buffer. Only those that came from [`take`](Self::take) should come back, or there will be too many.
    pub(super) fn give(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::Buffers;

    #[test]
    fn memory_is_used_again_also_for_a_square_without_alpha() {
        let buffers = Buffers::default();
        let with_alpha = buffers.take(64);
        let place = with_alpha.as_ptr();
        buffers.give(with_alpha);
        let without_alpha = buffers.take(48);
        assert_eq!((without_alpha.as_ptr(), without_alpha.len()), (place, 0));
    }

    #[test]
    fn a_square_with_alpha_takes_the_place_of_one_without() {
        let buffers = Buffers::default();
        buffers.give(buffers.take(48));
        assert!(buffers.take(64).capacity() >= 64);
        assert_eq!(buffers.0.lock().unwrap().len(), 0);
    }

    #[test]
    fn a_square_of_another_side_stays() {
        let buffers = Buffers::default();
        buffers.give(buffers.take(48));
        buffers.give(buffers.take(192));
        assert_eq!(buffers.0.lock().unwrap().len(), 2);
    }
}
