//! From FK4 at B1950 to FK5 at J2000, for things that do not move.
//!
//! Source: Standish 1982 (A&A 115, 20) and Aoki et al. 1983 (A&A 128, 263), with the constants of the Explanatory Supplement to the
//! Astronomical Almanac (1992), section 3.59. The observation is taken to be of epoch 1950, as the equinox is.

use super::rotation::{Matrix, Vector, apply};

/// The position part of the conversion.
pub(super) const MATRIX: Matrix = [
    [0.999_925_678_2, -0.011_182_061_1, -0.004_857_947_7],
    [0.011_182_061_0, 0.999_937_478_4, -0.000_027_176_5],
    [0.004_857_947_9, -0.000_027_147_4, 0.999_988_199_7],
];

/// What a position contributes to the velocity, in arc seconds per Julian century: FK4 turns slowly against the distant galaxies.
const MATRIX_RATE: Matrix =
    [[-0.000_551, -0.238_565, 0.435_739], [0.238_514, -0.002_667, -0.008_541], [-0.435_623, 0.012_254, 0.002_117]];

/// The E-terms of aberration, in radians.
const E_TERMS: Vector = [-1.625_57e-6, -0.319_19e-6, -0.138_43e-6];

const ARCSEC_PER_RADIAN: f64 = 206_264.806_247;

/// Julian centuries from J2000 back to B1950.
const CENTURIES: f64 = (1_949.999_790_442_6 - 2000.0) / 100.0;

/// The FK5 J2000 direction of an FK4 B1950 direction (a unit vector).
pub(super) fn to_j2000(fk4: Vector) -> Vector {
    let along = fk4[0] * E_TERMS[0] + fk4[1] * E_TERMS[1] + fk4[2] * E_TERMS[2];
    let without_e_terms = [0, 1, 2].map(|axis| fk4[axis] - E_TERMS[axis] + along * fk4[axis]);
    let position = apply(&MATRIX, without_e_terms);
    let rate = apply(&MATRIX_RATE, without_e_terms);
    // The matrix gives the position at J2000 of a star at rest in FK4; at rest among the galaxies it was there at B1950.
    [0, 1, 2].map(|axis| position[axis] + rate[axis] * CENTURIES / ARCSEC_PER_RADIAN)
}
