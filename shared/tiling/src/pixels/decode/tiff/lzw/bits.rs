//! Codes out of bytes.

/// Bits of the input that are not used yet.
#[derive(Default)]
pub(super) struct Bits {
    /// The next bit is the highest.
    next: u64,
    pub(super) count: u32,
}

impl Bits {
    /// Takes up what there is room for, and returns the number of bytes.
    #[inline(always)]
    pub(super) fn fill(&mut self, bytes: &[u8]) -> usize {
        if let Some(bytes) = bytes.first_chunk() {
            // Bits beyond the last whole byte are the right ones too; they come again with their byte.
            self.next |= u64::from_be_bytes(*bytes) >> self.count;
            let taken = (63 - self.count) / 8;
            self.count += 8 * taken;
            return taken as usize;
        }
        let room = (63 - self.count as usize) / 8;
        for byte in bytes.iter().take(room) {
            self.next |= u64::from(*byte) << (56 - self.count);
            self.count += 8;
        }
        bytes.len().min(room)
    }

    #[inline(always)]
    pub(super) fn take(&mut self, width: u32) -> usize {
        let taken = self.next >> (u64::BITS - width);
        self.next <<= width;
        self.count -= width;
        taken as usize
    }
}
