//! The numbers that PMTiles gives to tiles.

use crate::pixels::TilePos;

/// A tile's place on the Hilbert curves of all levels, from level 0 down.
///
/// Source: PMTiles 3, 4.1 "Directory Entries", and the curve of <https://en.wikipedia.org/wiki/Hilbert_curve>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TileId(u64);

/// The deepest level whose numbers fit into 64 bits.
pub(super) const MAX_LEVEL: u32 = 31;

impl TileId {
    /// The id of `tile`, or `None` for one that its level does not have.
    pub(super) fn of(tile: TilePos) -> Option<Self> {
        let TilePos { level, x, y } = tile;
        let is_in_level = level <= MAX_LEVEL && (x | y) >> level == 0;
        is_in_level.then(|| Self(first(level) + curve_index(level, x, y)))
    }

    /// The id with this number, or `None` beyond the deepest level.
    pub(super) fn new(number: u64) -> Option<Self> {
        (number < first(MAX_LEVEL + 1)).then_some(Self(number))
    }

    /// The id with a number that was checked before.
    pub(super) fn of_valid(number: u64) -> Self {
        debug_assert!(Self::new(number).is_some());
        Self(number)
    }

    pub(super) fn number(self) -> u64 {
        self.0
    }

    pub(super) fn level(self) -> u32 {
        // Before level n are (4ⁿ − 1) / 3 tiles. The largest id gives 2⁶⁴ − 3.
        (3 * self.0 + 1).ilog2() / 2
    }

    pub(super) fn tile(self) -> TilePos {
        let level = self.level();
        let (x, y) = curve_position(level, self.0 - first(level));
        TilePos { level, x, y }
    }

    /// The place of the tile above this one, `levels` up, on the curve of its own level: curves nest.
    pub(super) fn ancestor_index(self, levels: u32) -> u64 {
        (self.0 - first(self.level())) >> (2 * levels)
    }
}

/// The id of the first tile of `level`.
fn first(level: u32) -> u64 {
    (((1_u128 << (2 * level)) - 1) / 3) as u64
}

fn curve_index(level: u32, mut x: u32, mut y: u32) -> u64 {
    let mut index = 0;
    for bit in (0..level).rev() {
        let (right, down) = ((x >> bit) & 1, (y >> bit) & 1);
        index = (index << 2) | u64::from((3 * right) ^ down);
        (x, y) = turned(x, y, right, down);
    }
    index
}

fn curve_position(level: u32, index: u64) -> (u32, u32) {
    let (mut x, mut y) = (0, 0);
    for bit in 0..level {
        let quadrant = (index >> (2 * bit)) as u32 & 3;
        let right = quadrant >> 1;
        let down = (quadrant ^ right) & 1;
        let below = (1_u32 << bit) - 1;
        (x, y) = turned(x, y, right, down);
        (x, y) = ((x & below) | (right << bit), (y & below) | (down << bit));
    }
    (x, y)
}

/// How the curve lies in a quadrant; its own inverse. Only the bits below the quadrant's count.
fn turned(x: u32, y: u32, right: u32, down: u32) -> (u32, u32) {
    match (right, down) {
        (0, 0) => (y, x),
        (1, 0) => (!y, !x),
        _ => (x, y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_specification() {
        let examples = [
            (0, 0, 0, 0),
            (1, 0, 0, 1),
            (1, 0, 1, 2),
            (1, 1, 1, 3),
            (1, 1, 0, 4),
            (2, 0, 0, 5),
            (12, 3423, 1763, 19_078_479),
        ];
        for (level, x, y, number) in examples {
            let tile = TilePos { level, x, y };
            assert_eq!(TileId::of(tile), TileId::new(number));
            assert_eq!(TileId(number).tile(), tile);
        }
    }

    #[test]
    fn ids_are_those_of_the_crate_pmtiles() {
        let mut state = 1_u64;
        for round in 0..20_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let level = round % (MAX_LEVEL + 1);
            let mask = (1_u32 << level) - 1;
            let (x, y) = (state as u32 & mask, (state >> 32) as u32 & mask);
            let theirs = pmtiles::TileId::from(pmtiles::TileCoord::new(level as u8, x, y).unwrap());
            let tile = TilePos { level, x, y };
            let id = TileId::of(tile).unwrap();
            assert_eq!((id.number(), id.level(), id.tile()), (theirs.value(), level, tile));
            let parent = TilePos { level: level.saturating_sub(1), x: x / 2, y: y / 2 };
            if level > 0 {
                assert_eq!(TileId(first(level - 1) + id.ancestor_index(1)).tile(), parent);
            }
        }
    }

    #[test]
    fn there_is_no_id_outside_a_level_nor_below_the_deepest() {
        for (level, x, y) in [(0, 1, 0), (3, 8, 0), (3, 0, 8), (31, 1 << 31, 0), (32, 0, 0), (u32::MAX, 0, 0)] {
            assert_eq!(TileId::of(TilePos { level, x, y }), None);
        }
        let last = TilePos { level: 31, x: u32::MAX >> 1, y: 0 };
        assert_eq!(TileId::of(last), TileId::new(pmtiles::MAX_TILE_ID));
        assert_eq!(TileId::new(pmtiles::MAX_TILE_ID + 1), None);
    }
}
