//! Clouds: smooth random numbers on many scales at once.

use super::random;

/// Two-dimensional value noise.
#[derive(Clone, Copy)]
pub(super) struct Noise {
    pub(super) seed: u32,
}

/// Turns and doubles a point, so that the grids of two octaves never lie on each other.
fn next_octave((x, y): (f32, f32)) -> (f32, f32) {
    (1.6 * x + 1.2 * y + 17.3, -1.2 * x + 1.6 * y - 5.7)
}

impl Noise {
    /// A number of [0, 1] that changes smoothly, over distances of about 1.
    fn value(self, (x, y): (f32, f32)) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let smooth = |t: f32| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
        let (across, down) = (smooth(x - left), smooth(y - top));
        let (column, row) = (left as i32, top as i32);
        let corner = |dx, dy| random::at(self.seed, column.wrapping_add(dx), row.wrapping_add(dy));
        let mix = |from: f32, to: f32, t: f32| from + (to - from) * t;
        mix(mix(corner(0, 0), corner(1, 0), across), mix(corner(0, 1), corner(1, 1), across), down)
    }

    /// Clouds: each octave has half the size and half the strength of the one before. About 0.5 on average, within [0, 1].
    pub(super) fn clouds(self, at: (f32, f32), octaves: u32) -> f32 {
        self.sum(at, octaves, |value| value)
    }

    /// Clouds with sharp bright threads. Within [0, 1].
    pub(super) fn threads(self, at: (f32, f32), octaves: u32) -> f32 {
        self.sum(at, octaves, |value| {
            let ridge = 1.0 - (2.0 * value - 1.0).abs();
            ridge * ridge
        })
    }

    fn sum(self, mut at: (f32, f32), octaves: u32, shape: impl Fn(f32) -> f32) -> f32 {
        let (mut sum, mut weights, mut weight) = (0.0, 0.0, 1.0);
        for octave in 0..octaves {
            let layer = Self { seed: self.seed.wrapping_add(octave.wrapping_mul(0x9e37_79b9)) };
            sum += weight * shape(layer.value(at));
            weights += weight;
            weight *= 0.5;
            at = next_octave(at);
        }
        sum / weights
    }
}
