//! A spiral galaxy.

use super::{Drawing, Light, draw, noise::Noise, stars, step, sum};

const SKY: Light = [0.0016, 0.0018, 0.0026];
const OLD: Light = [1.0, 0.78, 0.50];
const DISC: Light = [0.62, 0.62, 0.72];
const YOUNG: Light = [0.36, 0.55, 1.0];
const HYDROGEN: Light = [1.0, 0.25, 0.40];

/// How tightly the arms are wound: the tangent of the pitch angle.
const PITCH: f32 = 0.34;
const ARMS: f32 = 2.0;

/// Draws a spiral galaxy.
pub(crate) fn galaxy(width: u32, height: u32) -> Drawing {
    let (ripple, clouds, knots, dust) =
        (Noise { seed: 21 }, Noise { seed: 22 }, Noise { seed: 23 }, Noise { seed: 24 });
    let radius = 0.46 * width.min(height) as f32;
    let center = (width as f32 * 0.5, height as f32 * 0.5);
    let (sin, cos) = (libm::sinf(1.15), libm::cosf(1.15));
    let stars = stars::field(3, (width, height), 780.0, 0.03..14.0);
    draw((width, height), 2, &stars, |column, row| {
        let (x, y) = ((column - center.0) / radius, (row - center.1) / radius);
        // Along and across the long axis; the disc is seen at an angle.
        let (along, across) = (x * cos + y * sin, (y * cos - x * sin) / 0.72);
        let distance = (along * along + across * across).sqrt().max(1e-3);
        let angle = libm::atan2f(across, along);

        let wave = ripple.clouds((3.0 * along, 3.0 * across), 5) - 0.5;
        let wound = ARMS * (angle - libm::logf(distance) / PITCH) + 3.2 * wave;
        let arm = |shift: f32| 0.5 + 0.5 * libm::cosf(wound - shift);
        let crest = arm(0.0);

        let fade = libm::expf(-3.6 * distance) * step(1.45, 0.7, distance);
        let outside = step(0.06, 0.30, distance);
        let mottle = clouds.clouds((9.0 * along, 9.0 * across), 6);
        let lane = outside * arm(0.9) * arm(0.9) * step(0.40, 0.68, dust.clouds((6.0 * along, 6.0 * across), 7));
        let knot = step(0.58, 0.95, knots.clouds((34.0 * along, 34.0 * across), 3)) * crest * outside;

        let bulge = 1.9 * libm::expf(-14.0 * distance) + 3.0 / (1.0 + 2500.0 * distance * distance);
        let young = outside * crest * crest * crest * (0.15 + 1.9 * mottle * mottle);
        let lit = sum([
            (bulge, OLD),
            (fade * (0.2 + 0.4 * mottle), DISC),
            (fade * 0.35, OLD),
            (8.0 * fade * young, YOUNG),
            (22.0 * fade * knot * knot, HYDROGEN),
        ]);
        let through = [1.0 - 0.55 * lane, 1.0 - 0.66 * lane, 1.0 - 0.76 * lane];
        std::array::from_fn(|channel| SKY[channel] + lit[channel] * through[channel])
    })
}
