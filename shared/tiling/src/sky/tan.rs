//! The gnomonic (`TAN`) projection, in degrees.
//!
//! Source: Calabretta & Greisen 2002 (A&A 395, 1077), equations 2, 5, 14, 15, 54 and 55, with the native longitude of the celestial pole
//! at 180 degrees. The order of the operations is that of WCSLIB (so degrees are always multiplied by pi and then divided by 180, or the
//! other way about), and the functions are rounded correctly, so that positions agree with toasty's to the last digit.

use std::f64::consts::PI;

/// The radius of the sphere on which a degree of arc is 1 long.
const RADIUS: f64 = 180.0 / PI;

/// The sky position of a point `[x, y]` of the tangent plane (x to the east, y to the north; degrees of arc at the tangent point).
///
/// `tangent_deg` and the answer are longitude, latitude; the longitude is in `[0, 360)`.
pub(crate) fn deproject([x, y]: [f64; 2], tangent_deg: [f64; 2]) -> [f64; 2] {
    let radius = length(x, y);
    let native_longitude = if radius == 0.0 { 0.0 } else { atan2(x, -y) };
    let native_latitude = atan2(RADIUS, radius);
    rotate_from_native(native_longitude, native_latitude, tangent_deg)
}

fn rotate_from_native(native_longitude: f64, native_latitude: f64, [lon0, lat0]: [f64; 2]) -> [f64; 2] {
    let colatitude = 90.0 - lat0;
    let (sin_col, cos_col) = (sin(colatitude), cos(colatitude));
    let from_pole = native_longitude - 180.0;
    let (sin_phi, cos_phi) = (sin(from_pole), cos(from_pole));
    let (sin_theta, cos_theta) = (sin(native_latitude), cos(native_latitude));

    let mut toward = sin_theta * sin_col - cos_theta * cos_col * cos_phi;
    if toward.abs() < 1e-5 {
        // Near the pole the difference above loses its digits.
        toward = -cos(native_latitude + colatitude) + cos_theta * cos_col * (1.0 - cos_phi);
    }
    let east = -cos_theta * sin_phi;
    let turn = if toward != 0.0 || east != 0.0 {
        atan2(east, toward)
    } else if colatitude < 90.0 {
        from_pole + 180.0
    } else {
        -from_pole
    };

    let latitude = if from_pole % 180.0 == 0.0 {
        let along_meridian = native_latitude + cos_phi * colatitude;
        if along_meridian > 90.0 {
            180.0 - along_meridian
        } else if along_meridian < -90.0 {
            -180.0 - along_meridian
        } else {
            along_meridian
        }
    } else {
        let sine = sin_theta * cos_col + cos_theta * sin_col * cos_phi;
        if sine.abs() > 0.99 {
            // The arc sine is flat here.
            let cosine = length(toward, east);
            degrees(pxfm::f_acos(cosine.min(1.0))).copysign(sine)
        } else {
            degrees(pxfm::f_asin(sine))
        }
    };
    [wrap(lon0 + turn), latitude]
}

/// The point `[x, y]` of the tangent plane, in degrees, of a sky position; `None` if it is 90 degrees or more from the tangent point.
pub(crate) fn project([lon, lat]: [f64; 2], [lon0, lat0]: [f64; 2]) -> Option<[f64; 2]> {
    let (sin_lat, cos_lat) = (sin(lat), cos(lat));
    let (sin_lat0, cos_lat0) = (sin(lat0), cos(lat0));
    let (sin_dlon, cos_dlon) = (sin(lon - lon0), cos(lon - lon0));
    let cos_distance = sin_lat * sin_lat0 + cos_lat * cos_lat0 * cos_dlon;
    (cos_distance > 0.0).then(|| {
        let east = cos_lat * sin_dlon / cos_distance;
        let north = (sin_lat * cos_lat0 - cos_lat * sin_lat0 * cos_dlon) / cos_distance;
        [degrees(east), degrees(north)]
    })
}

/// The length of `(x, y)`; unlike `hypot` the same on every machine.
pub(crate) fn length(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

/// A longitude in `[0, 360)`.
pub(crate) fn wrap(longitude: f64) -> f64 {
    if (0.0..360.0).contains(&longitude) {
        return longitude;
    }
    let rest = longitude % 360.0;
    let positive = if rest < 0.0 { rest + 360.0 } else { rest };
    // A tiny negative number was rounded up to the full circle.
    if positive >= 360.0 { 0.0 } else { positive }
}

/// The sine of an angle in degrees, exact at multiples of 90.
pub(crate) fn sin(degrees: f64) -> f64 {
    match quarter(degrees) {
        Some(1) => 1.0,
        Some(3) => -1.0,
        Some(_) => 0.0,
        None => pxfm::f_sin(radians(degrees)),
    }
}

/// The cosine of an angle in degrees, exact at multiples of 90.
pub(crate) fn cos(degrees: f64) -> f64 {
    match quarter(degrees) {
        Some(0) => 1.0,
        Some(2) => -1.0,
        Some(_) => 0.0,
        None => pxfm::f_cos(radians(degrees)),
    }
}

fn degrees(radians: f64) -> f64 {
    radians * 180.0 / PI
}

fn radians(degrees: f64) -> f64 {
    degrees * PI / 180.0
}

fn quarter(degrees: f64) -> Option<u8> {
    let rest = degrees % 360.0;
    [0.0, 90.0, 180.0, 270.0]
        .iter()
        .zip(0_u8..)
        .find_map(|(angle, quarter)| (rest == *angle || rest == *angle - 360.0).then_some(quarter))
}

/// The angle of `(x, y)` from the x axis, in degrees.
pub(crate) fn atan2(y: f64, x: f64) -> f64 {
    if y == 0.0 {
        return if x < 0.0 { 180.0 } else { 0.0 };
    }
    degrees(pxfm::f_atan2(y, x))
}

#[cfg(test)]
mod tests {
    use super::{deproject, project};

    #[test]
    fn projecting_a_deprojected_point_gives_the_point() {
        for tangent in [[0.0, 0.0], [83.8, -5.4], [350.0, 89.9], [10.0, -90.0], [200.0, 90.0]] {
            for point in [[0.0, 0.0], [0.1, 0.2], [-3.0, 40.0], [1e-7, 0.0], [0.0, -2.5]] {
                let again = project(deproject(point, tangent), tangent).expect("in the hemisphere");
                assert!(
                    (again[0] - point[0]).abs() < 1e-11 && (again[1] - point[1]).abs() < 1e-11,
                    "{tangent:?} {point:?} {again:?}"
                );
            }
        }
    }

    #[test]
    fn the_far_hemisphere_has_no_point() {
        assert_eq!(project([180.0, 0.0], [0.0, 0.0]), None);
    }
}
