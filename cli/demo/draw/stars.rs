//! Stars: how many there are, and how a telescope shows one.

use std::ops::Range;

use super::{Light, random::Random};

/// A star, as seen by the telescope.
#[derive(Clone, Copy)]
pub(super) struct Star {
    /// Column in pixels.
    pub(super) x: f32,
    /// Row in pixels, from the top.
    pub(super) y: f32,
    /// Light of its brightest pixel, where 1 is white.
    pub(super) peak: f32,
    /// Its colour.
    pub(super) tint: Light,
}

/// Width of a star's disc in pixels.
const SEEING_PX: f32 = 1.5;
/// Light that nobody sees.
const INVISIBLE: f32 = 0.003;
/// Stars as bright as this show the cross of the telescope's spider.
const CROSS_FROM: f32 = 7.0;

impl Star {
    /// How far its light reaches, in pixels.
    pub(super) fn reach_px(&self) -> f32 {
        let disc = SEEING_PX * (self.peak / INVISIBLE).sqrt().sqrt();
        let cross = if self.peak > CROSS_FROM { self.cross_px() * 3.0 } else { 0.0 };
        disc.max(cross).min(400.0).ceil()
    }

    fn cross_px(&self) -> f32 {
        6.0 * self.peak.sqrt()
    }

    /// Its light at a distance of `dx`, `dy` pixels.
    pub(super) fn light(&self, dx: f32, dy: f32) -> f32 {
        let squared = (dx * dx + dy * dy) / (SEEING_PX * SEEING_PX);
        // A Moffat profile with beta = 2.
        let disc = self.peak / ((1.0 + squared) * (1.0 + squared));
        if self.peak <= CROSS_FROM {
            return disc;
        }
        let arm = |along: f32, across: f32| {
            let fade = (1.0 - along.abs() / (3.0 * self.cross_px())).max(0.0);
            0.02 * self.peak * fade * fade * fade / (1.0 + across * across * across * across)
        };
        disc + arm(dx, dy) + arm(dy, dx)
    }
}

/// Colours of stars, from hot to cool.
const TINTS: [Light; 5] =
    [[0.62, 0.75, 1.0], [0.80, 0.88, 1.0], [1.0, 0.97, 0.93], [1.0, 0.84, 0.62], [1.0, 0.66, 0.42]];

pub(super) fn tint(random: &mut Random) -> Light {
    let place = random.next() * (TINTS.len() - 1) as f32;
    let (lower, rest) = (place as usize, place.fract());
    let upper = (lower + 1).min(TINTS.len() - 1);
    std::array::from_fn(|channel| TINTS[lower][channel] * (1.0 - rest) + TINTS[upper][channel] * rest)
}

/// A star's peak: most are faint, few are bright, as in the sky (ten times fainter, ten times as many).
pub(super) fn peak(random: &mut Random, faintest: f32, brightest: f32) -> f32 {
    (faintest / (1.0 - random.next())).min(brightest)
}

/// Stars all over a picture, `density` of them on a million pixels, with peaks of this range.
pub(super) fn field(seed: u64, (width, height): (u32, u32), density: f32, range: Range<f32>) -> Vec<Star> {
    let mut random = Random::new(seed);
    let count = density * (width as f32 / 1000.0) * (height as f32 / 1000.0);
    (0..count as usize)
        .map(|_| Star {
            x: random.next() * width as f32,
            y: random.next() * height as f32,
            peak: peak(&mut random, range.start, range.end),
            tint: tint(&mut random),
        })
        .collect()
}
