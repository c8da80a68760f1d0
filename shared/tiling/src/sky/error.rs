//! Why an image cannot be placed on the sky.

use std::{error::Error, io};

/// Why coordinates could not be read, or cannot be expressed in WWT.
#[derive(Debug, thiserror::Error)]
pub enum SkyError {
    /// There are no sky coordinates at all.
    #[error("there are no sky coordinates")]
    NoCoordinates,
    /// Only the centre is known (AVM `Spatial.Quality` is `Position`): neither scale nor rotation can be trusted.
    #[error("only the position is known (Spatial.Quality is Position), not scale and rotation")]
    PositionOnly,
    /// A field that is needed is absent.
    #[error("{field} is missing")]
    Missing {
        /// The field by the name of its standard, such as `Spatial.Scale` or `CRVAL1`.
        field: &'static str,
    },
    /// A field holds something that cannot be right.
    #[error("{field} is {value}, expected {expected}")]
    Invalid {
        /// The field by the name of its standard, such as `Spatial.Scale` or `CRVAL1`.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// The map projection is not one that can be placed.
    #[error("projection {projection} cannot be placed, only TAN (and SIN, ARC, STG for small fields)")]
    Projection {
        /// The name of the projection as given.
        projection: String,
    },
    /// The field is too wide to take its projection for TAN.
    #[error(
        "projection {projection} differs from TAN by {displacement_px:.1} pixels in this image, more than {limit_px}"
    )]
    ProjectionTooWide {
        /// `SIN`, `ARC` or `STG`.
        projection: &'static str,
        /// The displacement at the farthest corner, in pixels.
        displacement_px: f64,
        /// The displacement that is allowed, in pixels.
        limit_px: f64,
    },
    /// The image is not the one that the coordinates describe, nor a scaled copy of it.
    #[error("the coordinates are for an image of {} x {} pixels, which has another aspect ratio than {} x {}",
        .reference_px[0], .reference_px[1], .image_px[0], .image_px[1])]
    AspectRatio {
        /// Width and height that the coordinates were made for.
        reference_px: [f64; 2],
        /// Width and height of the image.
        image_px: [u32; 2],
    },
    /// The rows run bottom up, which WWT cannot show in tiles; flip the rows and the WCS.
    #[error("a tiled image must have its rows top down, and this one has them bottom up")]
    BottomUp,
    /// The pixels are not square within 5 %.
    #[error("WWT cannot show pixels that are not square: {:e} x {:e} degrees", .scale_deg[0], .scale_deg[1])]
    NonSquarePixels {
        /// Width and height of a pixel, in degrees.
        scale_deg: [f64; 2],
    },
    /// The axes are not at a right angle within 5 %, or all pixels are on a line.
    #[error("WWT cannot show this CD matrix: {:e} {:e} {:e} {:e}",
        .cd_deg[0][0], .cd_deg[0][1], .cd_deg[1][0], .cd_deg[1][1])]
    CdMatrix {
        /// The matrix, in degrees per pixel.
        cd_deg: [[f64; 2]; 2],
    },
    /// The image would cover more of the sky than a tangential projection can.
    #[error("the image would be {extent_deg:.0} degrees wide or high, more than 180")]
    TooLarge {
        /// The larger of width and height, in degrees.
        extent_deg: f64,
    },
    /// The XMP packet cannot be read.
    #[error("the XMP packet cannot be read: {problem}")]
    Xmp {
        /// What was found.
        problem: &'static str,
        /// The XML parser's own error.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The FITS header cannot be read.
    #[error("the FITS header cannot be read: {problem}")]
    Fits {
        /// What was found.
        problem: String,
    },
    /// Reading the FITS file failed.
    #[error("reading the FITS file failed")]
    Io(#[from] io::Error),
}

impl SkyError {
    /// Whether trying again may help: only trouble with the machine passes.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Io(_))
    }

    pub(crate) fn invalid(field: &'static str, value: impl ToString, expected: &'static str) -> Self {
        Self::Invalid { field, value: value.to_string(), expected }
    }
}
