//! How large objects are cut into parts.

/// The most parts that S3 takes for one object.
pub(super) const MAX_PARTS: u64 = 10_000;
/// The smallest part that S3 takes, unless it is the last.
pub(super) const MIN_PART_BYTES: u64 = 5 << 20;
/// The largest part that S3 takes.
pub(super) const MAX_PART_BYTES: u64 = 5 << 30;

/// From which size on objects are sent and copied in parts. S3 takes parts from 5 MiB up to 5 GiB, but for the last one, and copies at most 5 GiB at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Bodies above this many bytes are sent in parts of this size, or larger ones if there would be too many.
    pub part_bytes: u64,
    /// Objects above this many bytes are copied in parts.
    pub copy_bytes: u64,
    /// The size of the parts of a copy, or larger ones if there would be too many.
    pub copy_part_bytes: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { part_bytes: 16 << 20, copy_bytes: 5 << 30, copy_part_bytes: 512 << 20 }
    }
}

/// A part of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Counts from 1.
    pub(super) number: i32,
    /// The first byte.
    pub(super) start: u64,
    /// The byte behind the last one.
    pub(super) end: u64,
}

/// Cuts `total` bytes into parts of `size`, or as large as it takes to have no more than S3 allows.
pub(super) fn parts(total: u64, size: u64) -> impl Iterator<Item = Part> {
    let size = size.max(total.div_ceil(MAX_PARTS)).max(1);
    (1_i32..)
        .zip(std::iter::successors(Some(0_u64), move |start| start.checked_add(size)))
        .take_while(move |(_, start)| *start < total)
        .map(move |(number, start)| Part { number, start, end: start.saturating_add(size).min(total) })
}

#[cfg(test)]
mod tests {
    use super::{MAX_PARTS, Part, parts};

    #[test]
    fn parts_cover_the_object_once() {
        let cut: Vec<Part> = parts(21, 10).collect();
        let expected = [(1, 0, 10), (2, 10, 20), (3, 20, 21)].map(|(number, start, end)| Part { number, start, end });
        assert_eq!(cut, expected);
        assert_eq!(parts(20, 10).count(), 2);
        assert_eq!(parts(0, 10).count(), 0);
    }

    #[test]
    fn there_are_never_more_parts_than_s3_takes() {
        for total in [MAX_PARTS * 10, MAX_PARTS * 10 + 1, 50 << 40, u64::MAX] {
            let (mut count, mut last) = (0, 0);
            for part in parts(total, 10) {
                assert_eq!(part.start, last);
                (count, last) = (count + 1, part.end);
            }
            assert!(count <= MAX_PARTS && last == total, "{count} parts end at {last} of {total}");
        }
    }
}
