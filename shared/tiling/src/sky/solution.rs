//! A plate solution as sources give it: in any frame and projection.

use super::{SkyError, Wcs, frames::Frame, projection::Projection, tan, wcs::determinant};

/// What AVM, a feed or a FITS header says, in the pixels of one picture; [`Wcs`] is what is made of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Solution {
    pub(crate) projection: Projection,
    pub(crate) frame: Frame,
    /// Longitude and latitude in `frame`, in degrees.
    pub(crate) crval_deg: [f64; 2],
    pub(crate) crpix: [f64; 2],
    pub(crate) cd_deg: [[f64; 2]; 2],
}

impl Solution {
    /// The same in ICRS and TAN, for a picture of this size in pixels.
    ///
    /// A turn of the sphere takes tangent planes to tangent planes, so another frame only moves the reference value and turns the
    /// CD matrix: exactly for frames that are at rest to each other, and for FK4 within its E-terms' 2e-6 of a field.
    pub(crate) fn to_wcs(self, width: u32, height: u32) -> Result<Wcs, SkyError> {
        let given = Wcs { crval_deg: self.crval_deg, crpix: self.crpix, cd_deg: self.cd_deg };
        given.check(width, height)?;
        let radius_px = farthest_corner_px(self.crpix, width, height);
        self.projection.check_taken_for_tan(radius_px, determinant(&self.cd_deg).abs().sqrt())?;

        let Some((crval_deg, angle)) = self.frame.to_icrs(self.crval_deg) else {
            let [lon, lat] = self.crval_deg;
            return Ok(Wcs { crval_deg: [tan::wrap(lon), lat], ..given });
        };
        let (sin, cos) = (pxfm::f_sin(angle), pxfm::f_cos(angle));
        let [east, north] = self.cd_deg;
        let cd_deg = [
            [cos * east[0] + sin * north[0], cos * east[1] + sin * north[1]],
            [cos * north[0] - sin * east[0], cos * north[1] - sin * east[1]],
        ];
        Ok(Wcs { crval_deg, crpix: self.crpix, cd_deg })
    }

    /// The solution of a copy of the picture that has `factors` times as many columns and rows.
    ///
    /// The edges of the pictures are the same, so pixel 0.5 stays at 0.5.
    pub(crate) fn scaled(self, factors: [f64; 2]) -> Self {
        let crpix = [0, 1].map(|axis| (self.crpix[axis] - 0.5) * factors[axis] + 0.5);
        let cd_deg = self.cd_deg.map(|row| [row[0] / factors[0], row[1] / factors[1]]);
        Self { crpix, cd_deg, ..self }
    }
}

fn farthest_corner_px(crpix: [f64; 2], width: u32, height: u32) -> f64 {
    let reach = |pixel: f64, side: u32| (pixel - 0.5).abs().max((f64::from(side) + 0.5 - pixel).abs());
    tan::length(reach(crpix[0], width), reach(crpix[1], height))
}

/// How many times as many columns and rows a picture has as the one that the coordinates were made for.
///
/// # Errors
/// The factors differ by 1 % or more, and by more than rounding the sides to whole pixels makes.
pub(crate) fn scale_factors(reference_px: [f64; 2], width: u32, height: u32) -> Result<[f64; 2], SkyError> {
    let image = [f64::from(width), f64::from(height)];
    let factors = [image[0] / reference_px[0], image[1] / reference_px[1]];
    if same_aspect(reference_px, [width, height]) {
        return Ok(factors);
    }
    Err(SkyError::AspectRatio { reference_px, image_px: [width, height] })
}

/// Whether an image can be a scaled copy of one of the reference size (both in pixels): the factors agree within 1 % (pyavm's
/// bound), or within the pixel by which rounding may change the shorter side.
pub(crate) fn same_aspect(reference_px: [f64; 2], [width, height]: [u32; 2]) -> bool {
    let (width, height) = (f64::from(width), f64::from(height));
    let [across, along] = [width / reference_px[0], height / reference_px[1]];
    if !(across > 0.0 && along > 0.0 && across.is_finite() && along.is_finite()) {
        return false;
    }
    let rounding = (width - reference_px[0] * along).abs() < 1.0 || (height - reference_px[1] * across).abs() < 1.0;
    rounding || (across - along).abs() / (across + along) * 2.0 < 0.01
}
