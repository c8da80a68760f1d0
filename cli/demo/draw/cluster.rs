//! A globular cluster.

use super::{
    Drawing, draw,
    random::Random,
    stars::{self, Star},
};

/// Draws a globular cluster.
pub(crate) fn cluster(width: u32, height: u32) -> Drawing {
    let center = (width as f32 * 0.5, height as f32 * 0.5);
    let scale = 0.13 * width.min(height) as f32;
    let mut random = Random::new(4);
    let mut all = stars::field(5, (width, height), 420.0, 0.04..3.0);
    all.extend((0..9000).map(|_| {
        // Plummer's model, seen from outside: the share of stars within r is r^2 / (1 + r^2).
        let share = random.next() * 0.985;
        let distance = scale * (share / (1.0 - share)).sqrt();
        let angle = random.next() * std::f32::consts::TAU;
        Star {
            x: center.0 + distance * libm::cosf(angle),
            y: center.1 + distance * libm::sinf(angle),
            peak: stars::peak(&mut random, 0.045, 3.5),
            tint: stars::tint(&mut random),
        }
    }));
    draw((width, height), 2, &all, |column, row| {
        let (x, y) = ((column - center.0) / scale, (row - center.1) / scale);
        let glow = 0.16 / (1.0 + x * x + y * y).powi(2);
        [0.0016 + glow, 0.0018 + 0.88 * glow, 0.0026 + 0.70 * glow]
    })
}
