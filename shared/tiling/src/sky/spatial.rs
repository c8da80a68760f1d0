//! The coordinates that AVM and the feeds have in common.

use serde::{Deserialize, Serialize};

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
