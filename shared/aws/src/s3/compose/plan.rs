//! From the pieces of a new object to the parts of an upload.

use std::ops::Range;

use skyfeed_ports::store::{ETag, Piece};

use crate::s3::sizes::{MAX_PART_BYTES, MAX_PARTS, MIN_PART_BYTES, Sizes};

/// A part of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Copied inside S3.
    Copied { key: String, etag: ETag, range: Range<u64> },
    /// Sent from here. What is in other objects is read for that.
    Sent(Vec<Piece>),
}

/// Plans the upload of pieces. Every part but the last has at least the 5 MiB that S3 demands: what is smaller is joined with the first bytes of what comes next, so
/// that at most these are read. If there were more parts than S3 takes, more is joined.
pub(super) fn plan(pieces: &[Piece], sizes: &Sizes) -> Vec<Part> {
    let pieces = joined(pieces);
    let mut least = MIN_PART_BYTES;
    loop {
        let parts = Planner::new(least, sizes).plan(&pieces);
        if parts.len() as u64 <= MAX_PARTS || least >= MAX_PART_BYTES {
            return parts;
        }
        least *= 2;
    }
}

/// The pieces that are not empty, with neighbours in one object made one.
fn joined(pieces: &[Piece]) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        if let (Some(Piece::Range { key: last_key, etag: last_etag, range: last }), Piece::Range { key, etag, range }) =
            (joined.last_mut(), piece)
            && (&*last_key, &*last_etag, last.end) == (key, etag, range.start)
        {
            last.end = range.end;
        } else {
            joined.push(piece.clone());
        }
    }
    joined
}

/// Takes the first `size` bytes off a piece, which has as many.
fn take_off(piece: &mut Piece, size: u64) -> Piece {
    match piece {
        Piece::Bytes(bytes) => {
            let size = usize::try_from(size).unwrap_or(usize::MAX).min(bytes.len());
            Piece::Bytes(bytes.split_to(size))
        }
        Piece::Range { key, etag, range } => {
            let taken = range.start..range.start.saturating_add(size).min(range.end);
            range.start = taken.end;
            Piece::Range { key: key.clone(), etag: etag.clone(), range: taken }
        }
    }
}

#[derive(Debug)]
struct Planner {
    /// What a part that others follow has at least, and the sizes at which parts are aimed, in bytes.
    least: u64,
    sent: u64,
    copied: u64,
    parts: Vec<Part>,
    /// What is to be sent with what comes next, and how many bytes that is.
    pending: Vec<Piece>,
    pending_bytes: u64,
}

impl Planner {
    fn new(least: u64, sizes: &Sizes) -> Self {
        let (sent, copied) = (sizes.part_bytes.max(least), sizes.copy_part_bytes.max(least));
        Self { least, sent, copied, parts: Vec::new(), pending: Vec::new(), pending_bytes: 0 }
    }

    fn plan(mut self, pieces: &[Piece]) -> Vec<Part> {
        for (number, piece) in pieces.iter().enumerate() {
            let last = number + 1 == pieces.len();
            let mut piece = piece.clone();
            if matches!(piece, Piece::Range { .. }) {
                let missing = if self.pending.is_empty() { 0 } else { self.least.saturating_sub(self.pending_bytes) };
                let rest = piece.size_bytes().saturating_sub(missing);
                if rest >= self.least || (last && rest > 0) {
                    if missing > 0 {
                        let head = take_off(&mut piece, missing);
                        self.wait(head);
                    }
                    self.send_pending();
                    self.copy(piece);
                    continue;
                }
            }
            while self.pending_bytes + piece.size_bytes() >= self.sent {
                let head = take_off(&mut piece, self.sent - self.pending_bytes);
                self.wait(head);
                self.send_pending();
            }
            self.wait(piece);
        }
        self.send_pending();
        self.parts
    }

    fn wait(&mut self, piece: Piece) {
        self.pending_bytes += piece.size_bytes();
        if !piece.is_empty() {
            self.pending.push(piece);
        }
    }

    fn send_pending(&mut self) {
        self.pending_bytes = 0;
        if !self.pending.is_empty() {
            self.parts.push(Part::Sent(std::mem::take(&mut self.pending)));
        }
    }

    /// Cuts a range into parts of one size, none of which is too small to stand before others.
    fn copy(&mut self, mut piece: Piece) {
        let size = piece.size_bytes();
        let count = (size / self.copied).max(size.div_ceil(MAX_PART_BYTES)).max(1);
        for left in (1..=count).rev() {
            let next = piece.size_bytes().div_ceil(left);
            if let Piece::Range { key, etag, range } = take_off(&mut piece, next) {
                self.parts.push(Part::Copied { key, etag, range });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use skyfeed_ports::store::{ETag, Piece};

    use super::{MAX_PART_BYTES, MAX_PARTS, MIN_PART_BYTES, Part, Sizes, joined, plan};

    const MIB: u64 = 1 << 20;

    fn range(key: &str, start: u64, end: u64) -> Piece {
        Piece::Range { key: key.to_owned(), etag: ETag("1".to_owned()), range: start..end }
    }

    fn bytes(size: u64) -> Piece {
        Piece::Bytes(Bytes::from(vec![0; usize::try_from(size).unwrap()]))
    }

    fn pieces_of(part: &Part) -> Vec<Piece> {
        match part {
            Part::Copied { key, etag, range } => {
                vec![Piece::Range { key: key.clone(), etag: etag.clone(), range: range.clone() }]
            }
            Part::Sent(pieces) => pieces.clone(),
        }
    }

    /// Plans, checks what S3 demands, and says which parts are copied and how large each is.
    #[track_caller]
    fn planned(pieces: &[Piece], sizes: &Sizes) -> Vec<(bool, u64)> {
        let parts = plan(pieces, sizes);
        let all: Vec<Piece> = parts.iter().flat_map(pieces_of).collect();
        let total = |pieces: &[Piece]| pieces.iter().map(Piece::size_bytes).sum::<u64>();
        assert_eq!(total(&all), total(pieces));
        let ranges = |pieces: &[Piece]| -> Vec<Piece> {
            joined(pieces).into_iter().filter(|piece| matches!(piece, Piece::Range { .. })).collect()
        };
        assert_eq!(ranges(&all), ranges(pieces));
        let sized: Vec<(bool, u64)> =
            parts.iter().map(|part| (matches!(part, Part::Copied { .. }), total(&pieces_of(part)))).collect();
        assert!(sized.len() as u64 <= MAX_PARTS, "{} parts", sized.len());
        for (number, (_, size)) in sized.iter().enumerate() {
            let least = if number + 1 == sized.len() { 1 } else { MIN_PART_BYTES };
            assert!((least..=MAX_PART_BYTES).contains(size), "part {number} has {size} bytes");
        }
        sized
    }

    #[test]
    fn large_ranges_are_copied_and_what_is_small_is_sent_with_its_neighbours() {
        let sizes = Sizes { part_bytes: 8 * MIB, ..Sizes::default() };
        let (least, small) = (MIN_PART_BYTES, 10);
        assert_eq!(
            planned(&[range("a", 0, 100 * MIB), bytes(small)], &sizes),
            [(true, 100 * MIB), (false, small)],
            "what comes last may be small"
        );
        assert_eq!(
            planned(&[bytes(small), range("a", 0, 100 * MIB), range("b", 7, 8)], &sizes),
            [(false, least), (true, 95 * MIB + small), (true, 1)],
        );
        assert_eq!(
            planned(&[range("a", 0, 9 * MIB), bytes(small), range("b", 0, 9 * MIB), bytes(1)], &sizes),
            [(true, 9 * MIB), (false, 8 * MIB), (false, MIB + small + 1)],
            "after 5 MiB for the small piece, less than that is left to copy"
        );
    }

    #[test]
    fn ranges_beside_each_other_are_one_and_huge_ones_are_cut() {
        let tiny = [range("a", 0, 3 * MIB), range("a", 3 * MIB, 6 * MIB), range("a", 6 * MIB, 9 * MIB)];
        assert_eq!(planned(&tiny, &Sizes::default()), [(true, 9 * MIB)]);
        let huge = planned(&[range("a", 1, 12 << 40), bytes(1)], &Sizes::default());
        assert!(huge.len() > 2400 && huge.iter().filter(|(copied, _)| !copied).count() == 1, "{}", huge.len());
        let tight = Sizes { part_bytes: MIN_PART_BYTES, copy_bytes: 6 * MIB, copy_part_bytes: MIN_PART_BYTES };
        assert_eq!(planned(&[range("a", 0, 11 * MIB)], &tight).len(), 2);
        let wide = Sizes { copy_part_bytes: MAX_PART_BYTES, ..Sizes::default() };
        assert_eq!(planned(&[range("a", 0, 9 << 30)], &wide).len(), 2);
    }

    #[test]
    fn more_is_joined_where_there_would_be_too_many_parts() {
        let many: Vec<Piece> = (0..16_000_u64)
            .flat_map(|number| [bytes(1), range("a", number * 20 * MIB, number * 20 * MIB + 11 * MIB)])
            .collect();
        planned(&many, &Sizes::default());
    }

    #[test]
    fn pieces_of_any_sizes_make_good_parts() {
        let mut state = 1_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..300 {
            let pieces: Vec<Piece> = (0..random(12))
                .map(|number| match random(4) {
                    0 => bytes(random(3 * MIB)),
                    1 => range(&number.to_string(), 5, 5 + random(6 * MIB)),
                    2 => range(&number.to_string(), 5, 5 + random(11 * MIB)),
                    _ => range(&number.to_string(), 0, random(20 << 30)),
                })
                .collect();
            planned(&pieces, &Sizes::default());
        }
    }
}
