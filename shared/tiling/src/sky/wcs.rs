//! The world coordinate system of a picture.

use super::{SkyError, tan};
use crate::pixels::Orientation;

/// Which way the rows of a picture run on the sky, if east is to be left when north is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// The first row is the top row, as in JPEG, PNG and TIFF: the determinant of the CD matrix is not negative.
    TopDown,
    /// The first row is the bottom row, as FITS images are shown: the determinant is negative.
    BottomUp,
}

/// Where every pixel of a picture is on the sky: the gnomonic projection (`TAN`) in ICRS.
///
/// Sources that are in another frame or projection are converted, or refused, before a `Wcs` is made.
///
/// Pixel coordinates are 1-based, pixel centres are integers, and row 1 is the *first row of the picture*, which for pictures is the top
/// one. So the upper left corner of the picture is at `[0.5, 0.5]` and its lower right corner at `[width + 0.5, height + 0.5]`.
///
/// ```
/// use skyfeed_tiling::sky::{Parity, Wcs};
///
/// // 801 x 601 pixels of one arc second, north up and east left.
/// let scale = 1.0 / 3600.0;
/// let wcs = Wcs { crval_deg: [83.82, -5.39], crpix: [401.0, 301.0], cd_deg: [[-scale, 0.0], [0.0, -scale]] };
/// assert_eq!(wcs.parity(), Parity::TopDown);
/// let [_, dec] = wcs.pixel_to_sky([401.0, 1.0]);
/// assert!((dec - (-5.39 + 300.0 / 3600.0)).abs() < 1e-7);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wcs {
    /// Right ascension and declination of the reference pixel, in degrees (ICRS).
    pub crval_deg: [f64; 2],
    /// Column and row of the reference pixel, 1-based; may be outside the picture.
    pub crpix: [f64; 2],
    /// How far a step to the next column (first element of each row) and to the next picture row (second element) goes to the
    /// east (first row) and to the north (second row), in degrees.
    pub cd_deg: [[f64; 2]; 2],
}

impl Wcs {
    /// Which way the rows run.
    pub fn parity(&self) -> Parity {
        if determinant(&self.cd_deg) < 0.0 { Parity::BottomUp } else { Parity::TopDown }
    }

    /// The WCS of the picture with its rows in the opposite order; `height` in pixels.
    pub fn flip_rows(&self, height: u32) -> Self {
        self.oriented(Orientation::FlipVertical, 0, height)
    }

    /// The WCS of the picture after it was turned for display; the size is that before, in pixels.
    ///
    /// A stored pixel has the same sky position as the displayed pixel that it becomes.
    pub fn oriented(&self, orientation: Orientation, stored_width: u32, stored_height: u32) -> Self {
        let [x, y] = self.crpix;
        let far_x = f64::from(stored_width) + 1.0 - x;
        let far_y = f64::from(stored_height) + 1.0 - y;
        // `right` and `down` are the steps in the stored picture that a step right and a step down in the displayed one make.
        let right = self.cd_deg.map(|row| row[0]);
        let down = self.cd_deg.map(|row| row[1]);
        let left = right.map(|step| -step);
        let up = down.map(|step| -step);
        let (crpix, right, down) = match orientation {
            Orientation::Normal => ([x, y], right, down),
            Orientation::FlipHorizontal => ([far_x, y], left, down),
            Orientation::Rotate180 => ([far_x, far_y], left, up),
            Orientation::FlipVertical => ([x, far_y], right, up),
            Orientation::Transpose => ([y, x], down, right),
            Orientation::Rotate90 => ([far_y, x], up, right),
            Orientation::Transverse => ([far_y, far_x], up, left),
            Orientation::Rotate270 => ([y, far_x], down, left),
        };
        Self { crval_deg: self.crval_deg, crpix, cd_deg: [[right[0], down[0]], [right[1], down[1]]] }
    }

    /// Right ascension in `[0, 360)` and declination, in degrees, of a 1-based pixel position.
    pub fn pixel_to_sky(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let step = [x - self.crpix[0], y - self.crpix[1]];
        let plane = self.cd_deg.map(|row| row[0] * step[0] + row[1] * step[1]);
        tan::deproject(plane, self.crval_deg)
    }

    /// The 1-based pixel position of a right ascension and declination in degrees.
    ///
    /// `None` if the point is 90 degrees or more from the reference pixel, or if the CD matrix has no inverse.
    pub fn sky_to_pixel(&self, ra_dec_deg: [f64; 2]) -> Option<[f64; 2]> {
        let [east, north] = tan::project(ra_dec_deg, self.crval_deg)?;
        let [[a, b], [c, d]] = self.cd_deg;
        let det = determinant(&self.cd_deg);
        let x = self.crpix[0] + (d * east - b * north) / det;
        let y = self.crpix[1] + (a * north - c * east) / det;
        (x.is_finite() && y.is_finite()).then_some([x, y])
    }

    /// Checks that the numbers can be those of a picture of this size in pixels.
    pub(crate) fn check(&self, width: u32, height: u32) -> Result<(), SkyError> {
        check_position(self.crval_deg)?;
        for (field, value) in [("CRPIX1", self.crpix[0]), ("CRPIX2", self.crpix[1])] {
            // Beyond this a pixel is no longer resolved by the tangent plane's numbers.
            if !(-1e9..=1e9).contains(&value) {
                return Err(SkyError::invalid(field, value, "a pixel position"));
            }
        }
        check_matrix(&self.cd_deg)?;
        check_extent(&self.cd_deg, width, height)
    }
}

pub(crate) fn determinant(cd: &[[f64; 2]; 2]) -> f64 {
    cd[0][0] * cd[1][1] - cd[0][1] * cd[1][0]
}

fn check_position([lon, lat]: [f64; 2]) -> Result<(), SkyError> {
    if !(-360.0..=360.0).contains(&lon) {
        return Err(SkyError::invalid("the reference longitude", lon, "-360 to 360 degrees"));
    }
    if !(-90.0..=90.0).contains(&lat) {
        return Err(SkyError::invalid("the reference latitude", lat, "-90 to 90 degrees"));
    }
    Ok(())
}

fn check_matrix(cd: &[[f64; 2]; 2]) -> Result<(), SkyError> {
    let usable = cd.iter().flatten().all(|element| element.is_finite());
    // The determinant of steps below 1e-150 degrees would vanish in the arithmetic.
    if usable && determinant(cd).abs() > 1e-30 {
        return Ok(());
    }
    Err(SkyError::CdMatrix { cd_deg: *cd })
}

/// Catches scales given in arc seconds: a tangential projection of half the sky or more is no press image.
fn check_extent(cd: &[[f64; 2]; 2], width: u32, height: u32) -> Result<(), SkyError> {
    for (field, side) in [("the width", width), ("the height", height)] {
        if side == 0 {
            return Err(SkyError::invalid(field, side, "at least one pixel"));
        }
    }
    let across = tan::length(cd[0][0], cd[1][0]) * f64::from(width);
    let along = tan::length(cd[0][1], cd[1][1]) * f64::from(height);
    let extent_deg = across.max(along);
    if extent_deg <= 180.0 {
        return Ok(());
    }
    Err(SkyError::TooLarge { extent_deg })
}
