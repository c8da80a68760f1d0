//! Tiles of which some parts are still to come.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{Study, TilePos, cascade::Quarters, raster::Raster};

/// Gathers the parts of every tile above the deepest level.
pub(super) struct Parents<'a> {
    placed: &'a Study,
    unfinished: Mutex<HashMap<TilePos, Parent>>,
}

struct Parent {
    quarters: Quarters,
    /// How many of the tiles below are not finished.
    missing: usize,
}

impl<'a> Parents<'a> {
    pub(super) fn new(placed: &'a Study) -> Self {
        Self { placed, unfinished: Mutex::default() }
    }

    /// Takes a finished tile at half its side, if there is anything in it. With the last one of a parent, all its parts come back.
    pub(super) fn put(&self, child: TilePos, half: Option<Raster>) -> Option<(TilePos, Quarters)> {
        let TilePos { level, x, y } = child;
        let position = TilePos { level: level.checked_sub(1)?, x: x / 2, y: y / 2 };
        let mut unfinished = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        let parent = unfinished
            .entry(position)
            .or_insert_with(|| Parent { quarters: Quarters::default(), missing: self.children(position) });
        parent.quarters[(y % 2 * 2 + x % 2) as usize] = half;
        parent.missing -= 1;
        if parent.missing > 0 {
            return None;
        }
        unfinished.remove(&position).map(|parent| (position, parent.quarters))
    }

    /// How many tiles below `parent` the picture touches: one, two or four.
    fn children(&self, parent: TilePos) -> usize {
        let touched = self.placed.tiles(parent.level + 1);
        let both = |first: u32| [first, first + 1];
        let across = both(2 * parent.x).iter().filter(|x| touched.x.contains(x)).count();
        let down = both(2 * parent.y).iter().filter(|y| touched.y.contains(y)).count();
        across * down
    }
}
