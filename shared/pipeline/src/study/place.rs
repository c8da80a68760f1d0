//! Where a study stands, and how its pixels must be turned for that.

use skyfeed_tiling::{
    Warning,
    pixels::{Crop, ImageHeader, Orientation, PixelError, Size, Study},
    sky::{
        Avm, CoordinatesReferTo, FOV_FACTOR, FitsWcs, Parity, Placement, SkyError, SpatialMetadata, Wcs,
        resolve_orientation,
    },
};

/// What is known of a picture's place.
#[derive(Clone, Debug)]
pub enum Coordinates {
    /// What the source said.
    Feed(SpatialMetadata),
    /// The AVM inside the picture, or inside another one.
    Avm(Box<Avm>),
    /// The header of a FITS image.
    Fits(FitsWcs),
    /// Nothing: toasty's default place, one degree at RA = Dec = 0. For single images only.
    Nowhere,
}

/// A study with its place.
#[derive(Clone, Debug)]
pub struct PlacedStudy {
    /// How the stored pixels are turned: as the file says, and mirrored if its coordinates are bottom-up.
    pub orientation: Orientation,
    /// The numbers of its image set and place.
    pub placement: Placement,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

/// Why a picture cannot be placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Its coordinates do not serve.
    #[error(transparent)]
    Sky(#[from] SkyError),
    /// The crop does not fit it.
    #[error(transparent)]
    Crop(#[from] PixelError),
}

/// The AVM inside a picture.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn avm_of(header: &ImageHeader) -> Result<Box<Avm>, SkyError> {
    Avm::parse(header.xmp.as_deref().ok_or(SkyError::NoCoordinates)?).map(Box::new)
}

/// Places a picture on the sky.
///
/// The coordinates refer to the stored pixels, unless their reference dimension fits only the picture as displayed. WWT draws tiled images top-down: if
/// the coordinates are bottom-up, as in FITS, picture and coordinates are flipped (as toasty does with `--fits-wcs`).
///
/// # Errors
/// The coordinates are incomplete, or of a kind that cannot be placed; or the crop leaves nothing.
pub fn place(
    header: &ImageHeader,
    coordinates: &Coordinates,
    crop: Option<&Crop>,
    ignore_orientation: bool,
) -> Result<PlacedStudy, PlaceError> {
    let mut warnings = header.warnings.clone();
    match coordinates {
        Coordinates::Avm(avm) => warnings.extend_from_slice(&avm.warnings),
        Coordinates::Fits(fits) => warnings.extend_from_slice(&fits.warnings),
        Coordinates::Feed(_) | Coordinates::Nowhere => {}
    }
    let mut orientation = if ignore_orientation { Orientation::Normal } else { header.orientation };
    let stored = header.size;
    let kept = match crop {
        Some(crop) => crop.remaining(stored)?,
        None => stored,
    };
    let displayed = orientation.displayed_size(kept);
    let Some(mut wcs) = wcs_of_stored(coordinates, stored, orientation, &mut warnings)? else {
        return Ok(PlacedStudy { orientation, placement: Placement::toasty_default(), warnings });
    };
    if let Some(crop) = crop {
        wcs.crpix[0] -= f64::from(crop.left);
        wcs.crpix[1] -= f64::from(crop.top);
    }
    let mut wcs = wcs.oriented(orientation, kept.width, kept.height);
    if wcs.parity() == Parity::BottomUp {
        wcs = wcs.flip_rows(displayed.height);
        orientation = orientation.then_flip_vertical();
    }
    let study = Study::new(displayed);
    let placement = Placement::study(&wcs, displayed.width, displayed.height, study.tile_levels(), FOV_FACTOR)?
        .padded(displayed.width, displayed.height);
    Ok(PlacedStudy { orientation, placement, warnings })
}

/// The coordinates of the pixels as they stand in the file; `None` for [`Coordinates::Nowhere`].
fn wcs_of_stored(
    coordinates: &Coordinates,
    stored: Size,
    orientation: Orientation,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Wcs>, SkyError> {
    let reference_dimension = match coordinates {
        Coordinates::Nowhere => return Ok(None),
        Coordinates::Feed(spatial) => Some(spatial.reference_dimension_px),
        Coordinates::Avm(avm) => avm.reference_dimension(),
        Coordinates::Fits(fits) => fits.image_size.map(|size| size.map(f64::from)),
    };
    let (refers_to, warning) = resolve_orientation(reference_dimension, (stored.width, stored.height), orientation);
    warnings.extend(warning);
    let of = |size: Size| match coordinates {
        // A feed whose scale is positive has its sign wrong or its picture mirrored; nobody can tell which.
        Coordinates::Feed(spatial) => match spatial.wcs(size.width, size.height)? {
            wcs if wcs.parity() == Parity::BottomUp => Err(SkyError::BottomUp),
            wcs => Ok(wcs),
        },
        Coordinates::Avm(avm) => avm.wcs(size.width, size.height),
        Coordinates::Fits(fits) => fits.rescaled_to(size.width, size.height),
        Coordinates::Nowhere => Err(SkyError::NoCoordinates),
    };
    let wcs = match refers_to {
        CoordinatesReferTo::Stored => of(stored)?,
        CoordinatesReferTo::Displayed => {
            let displayed = orientation.displayed_size(stored);
            of(displayed)?.oriented(orientation.inverse(), displayed.width, displayed.height)
        }
    };
    Ok(Some(wcs))
}
