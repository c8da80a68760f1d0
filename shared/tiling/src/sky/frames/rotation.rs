//! Rotations of the sphere and the precession of the equinoxes.

use crate::sky::tan;

pub(super) type Vector = [f64; 3];
pub(super) type Matrix = [Vector; 3];

pub(super) fn to_vector([lon, lat]: [f64; 2]) -> Vector {
    [tan::cos(lat) * tan::cos(lon), tan::cos(lat) * tan::sin(lon), tan::sin(lat)]
}

/// Longitude in `[0, 360)` and latitude, in degrees.
pub(super) fn to_lon_lat([x, y, z]: Vector) -> [f64; 2] {
    [tan::wrap(tan::atan2(y, x)), tan::atan2(z, tan::length(x, y))]
}

pub(super) fn apply(matrix: &Matrix, vector: Vector) -> Vector {
    matrix.map(|row| row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2])
}

pub(super) fn transposed(matrix: &Matrix) -> Matrix {
    [0, 1, 2].map(|column| matrix.map(|row| row[column]))
}

pub(super) fn multiply(left: &Matrix, right: &Matrix) -> Matrix {
    let columns = transposed(right);
    transposed(&columns.map(|column| apply(left, column)))
}

/// Turns the axes about the x axis.
pub(super) fn rotate_x(degrees: f64) -> Matrix {
    let (sin, cos) = (tan::sin(degrees), tan::cos(degrees));
    [[1.0, 0.0, 0.0], [0.0, cos, sin], [0.0, -sin, cos]]
}

fn rotate_y(degrees: f64) -> Matrix {
    let (sin, cos) = (tan::sin(degrees), tan::cos(degrees));
    [[cos, 0.0, -sin], [0.0, 1.0, 0.0], [sin, 0.0, cos]]
}

fn rotate_z(degrees: f64) -> Matrix {
    let (sin, cos) = (tan::sin(degrees), tan::cos(degrees));
    [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]]
}

/// From a frame to its parent: `pole` is the frame's north pole in the parent, `longitude` that of the parent's north pole in the
/// frame; degrees.
pub(super) fn from_pole((pole, longitude): ([f64; 2], f64)) -> Matrix {
    let to_frame = multiply(&rotate_z(180.0 - longitude), &multiply(&rotate_y(90.0 - pole[1]), &rotate_z(pole[0])));
    transposed(&to_frame)
}

/// From the mean equator and equinox of J2000 to that of another Julian epoch.
///
/// Source: Lieske et al. 1977 (A&A 58, 1), the precession of FK5 (IAU 1976).
pub(super) fn equatorial_to_fk5(equinox: f64) -> Matrix {
    let t = (equinox - 2000.0) / 100.0;
    let degrees = |a: f64, b: f64, c: f64| t * (a + t * (b + t * c)) / 3600.0;
    let zeta = degrees(2306.2181, 0.30188, 0.017998);
    let z = degrees(2306.2181, 1.09468, 0.018203);
    let theta = degrees(2004.3109, -0.42665, -0.041833);
    multiply(&rotate_z(-z), &multiply(&rotate_y(theta), &rotate_z(-zeta)))
}

/// The mean obliquity of the ecliptic (IAU 1976; Lieske et al. 1977), in degrees.
pub(super) fn mean_obliquity_deg(equinox: f64) -> f64 {
    let t = (equinox - 2000.0) / 100.0;
    (84381.448 - t * (46.8150 + t * (0.00059 - t * 0.001813))) / 3600.0
}
