//! Draws pictures that look like the sky, the same ones each time.

use rayon::prelude::*;
use stars::Star;

mod cluster;
mod galaxy;
mod nebula;
mod noise;
mod random;
mod stars;

pub(super) use cluster::cluster;
pub(super) use galaxy::galaxy;
pub(super) use nebula::nebula;

/// Red, green and blue light; 1 is as bright as the screen, more is cut softly.
type Light = [f32; 3];

/// 8-bit RGB pixels, row by row from the top.
pub(super) struct Drawing {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) rgb: Vec<u8>,
}

/// Rows that are drawn together: few enough that their light fits into the processor's cache.
const BAND_ROWS: usize = 16;

/// Draws `glow` (light at a pixel, from the left and the top) with `stars` in front of it.
///
/// The glow is soft: it is looked up every `grid_px` pixels only, and what lies between is a mean.
fn draw(size: (u32, u32), grid_px: usize, stars: &[Star], glow: impl Fn(f32, f32) -> Light + Sync) -> Drawing {
    let (columns, rows) = (size.0 as usize, size.1 as usize);
    let glow = Grid::new(columns, rows, grid_px, glow);
    let screen = Screen::new();
    let mut rgb = vec![0; columns * rows * 3];
    rgb.par_chunks_mut(columns * BAND_ROWS * 3).enumerate().for_each(|(band, pixels)| {
        let top = band * BAND_ROWS;
        let mut light: Vec<Light> =
            (0..pixels.len() / 3).map(|index| glow.at(index % columns, top + index / columns)).collect();
        for star in stars {
            add(star, &mut light, columns, top);
        }
        for (index, (pixel, light)) in pixels.chunks_exact_mut(3).zip(&light).enumerate() {
            // As a camera's noise does, this keeps dark gradients from showing steps.
            let grain = random::at(7, (index % columns) as i32, (top + index / columns) as i32) - 0.5;
            for (sample, light) in pixel.iter_mut().zip(light) {
                *sample = screen.level(*light, grain);
            }
        }
    });
    Drawing { width: size.0, height: size.1, rgb }
}

/// Light on a coarse grid.
struct Grid {
    step_px: usize,
    columns: usize,
    light: Vec<Light>,
}

impl Grid {
    fn new(width: usize, height: usize, step_px: usize, glow: impl Fn(f32, f32) -> Light + Sync) -> Self {
        let (columns, rows) = (width.div_ceil(step_px) + 1, height.div_ceil(step_px) + 1);
        let at = |index: usize| glow((index % columns * step_px) as f32, (index / columns * step_px) as f32);
        Self { step_px, columns, light: (0..columns * rows).into_par_iter().with_min_len(1024).map(at).collect() }
    }

    fn at(&self, x: usize, y: usize) -> Light {
        let first = y / self.step_px * self.columns + x / self.step_px;
        let share = |offset: usize| (offset % self.step_px) as f32 / self.step_px as f32;
        let (right, below) = (share(x), share(y));
        sum([
            ((1.0 - right) * (1.0 - below), self.light[first]),
            (right * (1.0 - below), self.light[first + 1]),
            ((1.0 - right) * below, self.light[first + self.columns]),
            (right * below, self.light[first + self.columns + 1]),
        ])
    }
}

/// Adds a star to the rows from `top`.
fn add(star: &Star, light: &mut [Light], columns: usize, top: usize) {
    let reach = star.reach_px();
    let rows = light.len() / columns;
    let span = |center: f32, first: usize, count: usize| {
        let from = (center - reach - first as f32).max(0.0) as usize;
        let to = ((center + reach - first as f32 + 1.0).max(0.0) as usize).min(count);
        from.min(to)..to
    };
    for row in span(star.y, top, rows) {
        for column in span(star.x, 0, columns) {
            let amount = star.light(column as f32 - star.x, (top + row) as f32 - star.y);
            for (sum, tint) in light[row * columns + column].iter_mut().zip(star.tint) {
                *sum += amount * tint;
            }
        }
    }
}

/// Turns light into the levels of a screen.
struct Screen {
    /// Level for each 1/4095 of the compressed light.
    levels: Vec<f32>,
}

impl Screen {
    const STEPS: f32 = 4095.0;

    fn new() -> Self {
        let gamma = |step: u32| 255.0 * libm::powf(step as f32 / Self::STEPS, 1.0 / 2.2);
        Self { levels: (0..=Self::STEPS as u32).map(gamma).collect() }
    }

    /// `grain` is added, in levels.
    fn level(&self, light: f32, grain: f32) -> u8 {
        let light = light.max(0.0);
        // Nearly straight below 0.5, never above 1: bright cores keep their colour for long.
        let compressed = light * (1.0 + light / 9.0) / (1.0 + light);
        let level = self.levels[(compressed.min(1.0) * Self::STEPS) as usize];
        (level + 1.5 * grain + 0.5).clamp(0.0, 255.0) as u8
    }
}

/// 0 below `from`, 1 above `to`, smooth between.
fn step(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The sum of lights, each times its strength.
fn sum<const N: usize>(parts: [(f32, Light); N]) -> Light {
    std::array::from_fn(|channel| parts.iter().map(|(strength, light)| strength * light[channel]).sum())
}
