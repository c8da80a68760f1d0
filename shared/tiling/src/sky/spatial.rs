//! The coordinates that AVM and the feeds have in common.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::{
    SkyError, Wcs,
    frames::Frame,
    projection::Projection,
    solution::{Solution, scale_factors},
};

/// How much of the coordinates is known (AVM `Spatial.Quality`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quality {
    /// Everything.
    Full,
    /// Only the centre.
    Position,
}

/// Where an image is on the sky, in the words of AVM 1.2, as AstroPix and Djangoplicity say it too.
///
/// Values are as the source gives them; [`crate::sky`] checks them when it makes a WCS of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpatialMetadata {
    /// `Spatial.CoordsystemProjection`, such as `TAN`.
    pub projection: String,
    /// `Spatial.CoordinateFrame`, such as `ICRS`; missing means ICRS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<String>,
    /// `Spatial.Equinox`, such as `J2000` or `2000.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equinox: Option<String>,
    /// `Spatial.ReferenceValue`: longitude and latitude of the reference pixel, in degrees.
    pub reference_value_deg: [f64; 2],
    /// `Spatial.ReferenceDimension`: width and height of the image that the reference pixel belongs to, in pixels.
    pub reference_dimension_px: [f64; 2],
    /// `Spatial.ReferencePixel`: 1-based, y up.
    pub reference_pixel: [f64; 2],
    /// `Spatial.Scale`: degrees per pixel of the reference image, signed.
    pub scale_deg_per_px: [f64; 2],
    /// `Spatial.Rotation`, in degrees.
    pub rotation_deg: f64,
    /// `Spatial.Quality`, if it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
}

impl SpatialMetadata {
    /// The WCS of a picture of this size in pixels, which may be a scaled copy of the reference image.
    ///
    /// This is toasty 0.20's rule for its feeds, operation by operation: the metadata mean a picture with y up, and the picture has its first row at
    /// the top. The signs of the scale are used as given; a positive first scale therefore gives [`Parity::BottomUp`](super::Parity).
    /// Unlike toasty it heeds the frame, the equinox and the quality.
    ///
    /// # Errors
    /// [`SkyError::PositionOnly`]; a projection that cannot be placed: SIN, ARC and STG are taken for TAN where the farthest corner
    /// moves by no more than half a pixel; another aspect ratio than that of the reference image; numbers that make no sense.
    ///
    /// ```
    /// use skyfeed_tiling::sky::SpatialMetadata;
    ///
    /// let metadata = SpatialMetadata {
    ///     projection: "TAN".into(),
    ///     frame: Some("ICRS".into()),
    ///     equinox: Some("J2000".into()),
    ///     reference_value_deg: [187.70593075, 12.39112325],
    ///     reference_dimension_px: [1040.0, 780.0],
    ///     reference_pixel: [520.5, 390.5],
    ///     scale_deg_per_px: [-0.000065, 0.000065],
    ///     rotation_deg: 12.5,
    ///     quality: None,
    /// };
    /// let half_size = metadata.wcs(520, 390)?;
    /// assert_eq!(half_size.crpix, [260.5, 195.5]);
    /// # Ok::<(), skyfeed_tiling::sky::SkyError>(())
    /// ```
    pub fn wcs(&self, width: u32, height: u32) -> Result<Wcs, SkyError> {
        if self.quality == Some(Quality::Position) {
            return Err(SkyError::PositionOnly);
        }
        let projection = Projection::parse(&self.projection)?;
        let frame = Frame::from_avm(self.frame.as_deref(), self.equinox.as_deref())?;
        let [scale0, scale1] = self.scale_deg_per_px;
        check_dimension(self.reference_dimension_px)?;
        check_scale([scale0, scale1])?;
        check_finite("Spatial.Rotation", self.rotation_deg)?;

        let (cos, sin) = (pxfm::f_cos(self.rotation_deg * PI / 180.0), pxfm::f_sin(self.rotation_deg * PI / 180.0));
        let skew = scale1 / scale0;
        let [factor0, factor1] = scale_factors(self.reference_dimension_px, width, height)?;
        let crpix0 = (self.reference_pixel[0] - 0.5) * factor0 + 0.5;
        let crpix1 = (self.reference_pixel[1] - 0.5) * factor1 + 0.5;
        let (cdelt0, cdelt1) = (scale0 / factor0, scale1 / factor1);
        Solution {
            projection,
            frame,
            crval_deg: self.reference_value_deg,
            crpix: [crpix0, f64::from(height) + 1.0 - crpix1],
            cd_deg: [[cdelt0 * cos, cdelt0 * (skew * sin)], [cdelt1 * (sin / skew), -cdelt1 * cos]],
        }
        .to_wcs(width, height)
    }
}

pub(crate) fn check_dimension(dimension_px: [f64; 2]) -> Result<(), SkyError> {
    if dimension_px.iter().all(|side| (1.0..1e9).contains(side)) {
        return Ok(());
    }
    let value = format!("{} x {}", dimension_px[0], dimension_px[1]);
    Err(SkyError::invalid("Spatial.ReferenceDimension", value, "a width and a height in pixels"))
}

pub(crate) fn check_scale(scale_deg_per_px: [f64; 2]) -> Result<(), SkyError> {
    if scale_deg_per_px.iter().all(|scale| (1e-12..=180.0).contains(&scale.abs())) {
        return Ok(());
    }
    let value = format!("{} and {}", scale_deg_per_px[0], scale_deg_per_px[1]);
    Err(SkyError::invalid("Spatial.Scale", value, "two numbers of degrees per pixel"))
}

pub(crate) fn check_finite(field: &'static str, value: f64) -> Result<(), SkyError> {
    if value.abs() <= 1e6 {
        return Ok(());
    }
    Err(SkyError::invalid(field, value, "a number of degrees"))
}
