//! A nebula: glowing gas around young stars, with dust before it.

use super::{
    Drawing, Light, draw,
    noise::Noise,
    random::Random,
    stars::{self, Star},
    step, sum,
};

const SKY: Light = [0.0016, 0.0017, 0.0028];
const HYDROGEN: Light = [1.0, 0.11, 0.15];
const OXYGEN: Light = [0.05, 0.50, 0.60];
const REFLECTION: Light = [0.14, 0.26, 0.80];
const CORE: Light = [1.0, 0.86, 0.74];

/// Draws an emission nebula.
pub(crate) fn nebula(width: u32, height: u32) -> Drawing {
    let warp = [Noise { seed: 11 }, Noise { seed: 12 }];
    let (gas, filaments, shells, dust) =
        (Noise { seed: 13 }, Noise { seed: 14 }, Noise { seed: 15 }, Noise { seed: 16 });
    let unit = height as f32 / 2.0;
    let center = (width as f32 * 0.46, height as f32 * 0.52);

    let mut all = stars::field(1, (width, height), 1930.0, 0.025..28.0);
    all.extend(trapezium(center, unit));
    draw((width, height), 3, &all, |column, row| {
        // Distances in half heights of the picture.
        let (x, y) = ((column - center.0) / unit, (row - center.1) / unit);
        let bend = |noise: Noise| noise.clouds((1.3 * x + 3.0, 1.3 * y), 4) - 0.5;
        let (u, v) = (x + 0.8 * bend(warp[0]), y + 0.8 * bend(warp[1]));
        let squared = 0.6 * u * u + v * v;
        let near = 1.0 / (1.0 + squared * 3.0);
        let inner = 1.0 / (1.0 + squared * squared * 14.0);
        let core = 1.0 / (1.0 + (x * x + y * y) * 90.0);

        let clouds = gas.clouds((2.6 * u, 2.6 * v), 8);
        let fine = filaments.threads((3.1 * x + 1.5 * u + 9.0, 3.1 * y + 1.5 * v), 7);
        let shell = shells.clouds((1.9 * u, 1.9 * v - 4.0), 6);
        let lane = step(0.50, 0.68, dust.clouds((1.7 * u - 6.0, 1.7 * v + 2.0), 9)) * (1.0 - core);

        let wisps = fine * fine;
        let billow = step(0.34, 0.80, clouds);
        let hydrogen =
            near * near * (1.7 * billow * billow + 0.7 * wisps * billow + 0.25 * wisps) * (1.0 - 0.6 * inner);
        let oxygen = inner * step(0.34, 0.72, shell) * (0.25 + 1.6 * wisps);
        let haze = 0.10 * near * step(0.3, 0.8, 1.0 - clouds);
        let lit =
            sum([(hydrogen, HYDROGEN), (oxygen, OXYGEN), (haze, REFLECTION), (1.3 * core * (0.3 + 1.2 * wisps), CORE)]);
        // Dust takes blue light first.
        let through = [1.0 - 0.80 * lane, 1.0 - 0.88 * lane, 1.0 - 0.93 * lane];
        std::array::from_fn(|channel| SKY[channel] + lit[channel] * through[channel])
    })
}

/// The young stars in the middle.
fn trapezium(center: (f32, f32), unit: f32) -> Vec<Star> {
    let mut random = Random::new(2);
    let mut near = |spread: f32| (random.next() + random.next() - 1.0) * spread * unit;
    (0..60)
        .map(|index| {
            let spread = if index < 4 { 0.025 } else { 0.25 };
            Star {
                x: center.0 + near(spread),
                y: center.1 + near(spread),
                peak: if index < 4 { 9.0 } else { 0.4 + 2.0 / (1.0 + index as f32 / 8.0) },
                tint: [0.8, 0.9, 1.0],
            }
        })
        .collect()
}
