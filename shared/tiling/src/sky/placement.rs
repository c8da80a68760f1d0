//! The numbers by which WWT puts a study on the sky.

use super::{Parity, SkyError, Wcs, card::as_on_card, tan::length, wcs::determinant};

/// How many times higher than the image the view is when WWT goes to its place; toasty's value.
pub const FOV_FACTOR: f64 = 1.7;

/// The side of a tile in pixels.
const TILE_PX: f64 = 256.0;

/// How far a CD matrix may be from square pixels at right angles.
const TOLERANCE: f64 = 0.05;

/// The `Projection` of a study's WTML `ImageSet`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StudyProjection {
    /// A tile pyramid in the gnomonic projection.
    Tan,
    /// One untiled image.
    SkyImage,
}

/// What a WTML `ImageSet` and its `Place` say about the position of a study.
///
/// `DataSetType` is `Sky`, `WidthFactor` is 2 and the place's own rotation is 0 in all of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// `Projection`.
    pub projection: StudyProjection,
    /// `BottomsUp`; only in a [`StudyProjection::SkyImage`].
    pub bottoms_up: bool,
    /// `CenterX`: right ascension of the reference pixel, in degrees.
    pub center_x_deg: f64,
    /// `CenterY`: declination of the reference pixel, in degrees.
    pub center_y_deg: f64,
    /// `Rotation`, in degrees.
    pub rotation_deg: f64,
    /// `BaseDegreesPerTile`: the side of the whole padded square in degrees, or of one pixel in a [`StudyProjection::SkyImage`].
    pub base_degrees_per_tile: f64,
    /// `OffsetX`: in degrees, or in pixels in a [`StudyProjection::SkyImage`].
    pub offset_x: f64,
    /// `OffsetY`: in degrees, or in pixels in a [`StudyProjection::SkyImage`].
    pub offset_y: f64,
    /// `WidthFactor`.
    pub width_factor: u32,
    /// `RA` of the place, the middle of the image, in hours.
    pub place_ra_hours: f64,
    /// `Dec` of the place, in degrees.
    pub place_dec_deg: f64,
    /// `ZoomLevel` of the place: six times the height of the view in degrees.
    pub zoom_level: f64,
}

impl Placement {
    /// Places an image of this size in pixels that is cut into `tile_levels` levels above level 0, as toasty 0.20 does.
    ///
    /// With `tile_levels` 0 the answer is for the bare image; if the image lies in the middle of one padded tile, use
    /// [`Self::padded`] on it.
    ///
    /// # Errors
    /// [`SkyError::BottomUp`] with `tile_levels` above 0; pixels that are not square or axes that are not at a right angle within
    /// 5 %; numbers that make no sense.
    ///
    /// ```
    /// use skyfeed_tiling::sky::{FOV_FACTOR, Placement, Wcs};
    ///
    /// let scale = 0.0001;
    /// let wcs = Wcs { crval_deg: [150.0, 2.0], crpix: [400.5, 300.5], cd_deg: [[-scale, 0.0], [0.0, -scale]] };
    /// let placement = Placement::study(&wcs, 800, 600, 2, FOV_FACTOR)?;
    /// assert_eq!(placement.base_degrees_per_tile, 1024.0 * scale);
    /// assert_eq!((placement.offset_x, placement.rotation_deg), (0.0, 0.0));
    /// # Ok::<(), skyfeed_tiling::sky::SkyError>(())
    /// ```
    pub fn study(wcs: &Wcs, width: u32, height: u32, tile_levels: u32, fov_factor: f64) -> Result<Self, SkyError> {
        wcs.check(width, height)?;
        let padded_side_px = padded_side_px(tile_levels)?;
        if !(fov_factor > 0.0 && fov_factor <= 1e6) {
            return Err(SkyError::invalid("the field of view factor", fov_factor, "a positive number"));
        }
        let bottoms_up = wcs.parity() == Parity::BottomUp;
        if bottoms_up && tile_levels > 0 {
            return Err(SkyError::BottomUp);
        }
        let [scale_x, scale_y] = square_scale_deg(&wcs.cd_deg)?;

        let sign = if bottoms_up { -1.0 } else { 1.0 };
        let [[_, cd12], [_, cd22]] = wcs.cd_deg;
        let rotation_deg = pxfm::f_atan2(-sign * cd12, -cd22) * 180.0 / std::f64::consts::PI;
        let (columns, rows) = (f64::from(width), f64::from(height));
        let [reference_x, reference_y] = [wcs.crpix[0] - 0.5, wcs.crpix[1] - 0.5];
        // toasty hands its WCS to astropy by way of FITS cards.
        let on_cards = Wcs {
            crval_deg: wcs.crval_deg.map(as_on_card),
            crpix: wcs.crpix.map(as_on_card),
            cd_deg: wcs.cd_deg.map(|row| row.map(as_on_card)),
        };
        let [ra, dec] = on_cards.pixel_to_sky([(columns + 1.0) / 2.0, (rows + 1.0) / 2.0]);
        let untiled = Self {
            projection: StudyProjection::SkyImage,
            bottoms_up,
            center_x_deg: wcs.crval_deg[0],
            center_y_deg: wcs.crval_deg[1],
            rotation_deg: if bottoms_up { -rotation_deg } else { rotation_deg },
            base_degrees_per_tile: scale_y,
            offset_x: reference_x,
            offset_y: rows - reference_y,
            width_factor: 2,
            place_ra_hours: ra / 15.0,
            place_dec_deg: dec,
            zoom_level: rows * scale_y * fov_factor * 6.0,
        };
        if tile_levels == 0 {
            return Ok(untiled);
        }
        // The padded square is centred on the image's centre, or half a pixel beside it where a side is odd.
        Ok(Self {
            projection: StudyProjection::Tan,
            base_degrees_per_tile: scale_y * padded_side_px,
            offset_x: (((columns + 1.0) / 2.0).floor() - reference_x) * scale_x,
            offset_y: (reference_y - ((rows + 1.0) / 2.0).floor()) * scale_y,
            ..untiled
        })
    }

    /// Moves the offsets of an untiled image of at most 256 x 256 pixels to those of the one tile in whose middle it lies.
    ///
    /// toasty 0.20 leaves this step out, so that its small images stand up to half a tile away from their place. A tiled placement stays
    /// as it is.
    pub fn padded(self, width: u32, height: u32) -> Self {
        if self.projection == StudyProjection::Tan {
            return self;
        }
        let margin = |side: u32| ((TILE_PX - f64::from(side)) / 2.0).floor();
        Self {
            offset_x: self.offset_x + margin(width),
            offset_y: TILE_PX - (f64::from(height) - self.offset_y + margin(height)),
            ..self
        }
    }

    /// Where toasty 0.20 puts an image without coordinates: one degree wide at right ascension and declination 0.
    pub fn toasty_default() -> Self {
        Self {
            projection: StudyProjection::Tan,
            bottoms_up: false,
            center_x_deg: 0.0,
            center_y_deg: 0.0,
            rotation_deg: 0.0,
            base_degrees_per_tile: 1.0,
            offset_x: 0.0,
            offset_y: 0.0,
            width_factor: 2,
            place_ra_hours: 0.0,
            place_dec_deg: 0.0,
            zoom_level: 1.0,
        }
    }
}

fn padded_side_px(tile_levels: u32) -> Result<f64, SkyError> {
    if tile_levels > 30 {
        return Err(SkyError::invalid("the number of tile levels", tile_levels, "at most 30"));
    }
    Ok(TILE_PX * f64::from(1_u32 << tile_levels))
}

/// The lengths of the rows of the CD matrix, if it is a scale, a rotation and perhaps a flip.
fn square_scale_deg(cd: &[[f64; 2]; 2]) -> Result<[f64; 2], SkyError> {
    let det = determinant(cd);
    let sign = if det < 0.0 { -1.0 } else { 1.0 };
    let scale_deg = cd.map(|[a, b]| length(a, b));
    let [scale_x, scale_y] = scale_deg;
    if (scale_x - scale_y).abs() / (scale_x + scale_y) > TOLERANCE {
        return Err(SkyError::NonSquarePixels { scale_deg });
    }
    let mean = det.abs().sqrt();
    let skewed =
        (cd[0][0] - sign * cd[1][1]).abs() / mean > TOLERANCE || (cd[1][0] + sign * cd[0][1]).abs() / mean > TOLERANCE;
    if skewed {
        return Err(SkyError::CdMatrix { cd_deg: *cd });
    }
    Ok(scale_deg)
}
