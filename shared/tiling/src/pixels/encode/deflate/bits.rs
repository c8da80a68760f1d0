//! A stream of bits, first bit lowest, as deflate writes it.

/// A few bits of output.
#[derive(Clone, Copy)]
pub(super) struct Bits {
    /// The bits are the highest of these. The lowest byte is of no meaning, all between is zero.
    top: u64,
    /// How many they are.
    length: u32,
}

impl Bits {
    /// The most that fit.
    pub(super) const MAX_LENGTH: u32 = 56;

    /// The lowest `length` of `bits`, the others being zero.
    pub(super) fn new(bits: u64, length: u32) -> Self {
        Self { top: bits << 1 << (63 - length), length }
    }

    #[inline(always)]
    pub(super) fn length(self) -> u32 {
        self.length
    }

    /// These bits and then others; at most [`MAX_LENGTH`](Self::MAX_LENGTH) together.
    #[inline(always)]
    pub(super) fn then(self, next: Self) -> Self {
        Self { top: (self.top >> next.length) | next.top, length: self.length + next.length }
    }
}

/// Bits in a table: as in [`Bits`], with their number in the lowest byte.
#[derive(Clone, Copy, Default)]
pub(super) struct Code(u64);

impl From<Bits> for Code {
    fn from(bits: Bits) -> Self {
        Self((bits.top & !0xff) | u64::from(bits.length))
    }
}

impl From<Code> for Bits {
    #[inline(always)]
    fn from(code: Code) -> Self {
        Self { top: code.0, length: u32::from(code.0 as u8) }
    }
}

/// Writes bits into memory that is large enough from the start: by [`SLACK`](Self::SLACK) larger than the bits take.
pub(super) struct BitWriter<'a> {
    out: &'a mut [u8],
    at: usize,
    /// The highest are the bits put last; those already in `out` move away to the right.
    bits: u64,
    /// How many of them are not yet a whole byte.
    pending: u32,
}

impl<'a> BitWriter<'a> {
    /// How many bytes are written at a time.
    pub(super) const SLACK: usize = 8;

    pub(super) fn new(out: &'a mut [u8]) -> Self {
        Self { out, at: 0, bits: 0, pending: 0 }
    }

    /// Appends bits; at least one.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: Bits) {
        self.bits = (self.bits >> bits.length) | (bits.top & !0xff);
        self.pending += bits.length;
        let bytes = (self.bits >> (64 - self.pending)).to_le_bytes();
        self.out[self.at..self.at + Self::SLACK].copy_from_slice(&bytes);
        self.at += (self.pending / 8) as usize;
        self.pending %= 8;
    }

    /// Fills the last byte with zeros and says how many bytes were written.
    pub(super) fn finish(self) -> usize {
        self.at + usize::from(self.pending > 0)
    }
}
