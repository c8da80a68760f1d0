//! Which way up the picture is that the coordinates describe.

use super::solution::same_aspect;
use crate::{Warning, pixels::Orientation};

/// Whether coordinates count the pixels as they are stored in the file or as they are displayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoordinatesReferTo {
    /// The order in the file; turn the WCS with [`Wcs::oriented`](super::Wcs::oriented).
    Stored,
    /// The order on the screen, after turning by the file's orientation tag.
    Displayed,
}

/// Decides which of the two pictures the coordinates of a file belong to, by the aspect ratio of their reference dimension.
///
/// `stored` is the width and height in the file, in pixels. Where the reference dimension fits both ways or neither, the
/// coordinates are taken for the stored pixels and a warning says so. Without a turn there is nothing to decide and no warning.
///
/// ```
/// use skyfeed_tiling::{pixels::Orientation, sky::{Avm, CoordinatesReferTo, SkyError, Wcs, resolve_orientation}};
///
/// /// The WCS of the picture as displayed.
/// fn displayed_wcs(avm: &Avm, stored: (u32, u32), orientation: Orientation) -> Result<Wcs, SkyError> {
///     let (width, height) = stored;
///     match resolve_orientation(avm.reference_dimension(), stored, orientation).0 {
///         CoordinatesReferTo::Stored => Ok(avm.wcs(width, height)?.oriented(orientation, width, height)),
///         CoordinatesReferTo::Displayed if orientation.swaps_axes() => avm.wcs(height, width),
///         CoordinatesReferTo::Displayed => avm.wcs(width, height),
///     }
/// }
/// ```
pub fn resolve_orientation(
    avm_reference_dimension: Option<[f64; 2]>,
    stored: (u32, u32),
    orientation: Orientation,
) -> (CoordinatesReferTo, Option<Warning>) {
    if orientation == Orientation::Normal {
        return (CoordinatesReferTo::Stored, None);
    }
    let (width, height) = stored;
    let fits = |size| avm_reference_dimension.is_some_and(|reference| same_aspect(reference, size));
    let fits_stored = fits([width, height]);
    let fits_displayed = if orientation.swaps_axes() { fits([height, width]) } else { fits_stored };
    match (fits_stored, fits_displayed) {
        (true, false) => (CoordinatesReferTo::Stored, None),
        (false, true) => (CoordinatesReferTo::Displayed, None),
        _ => {
            let warning = Warning::new(format!(
                "the picture is to be turned for display (orientation {}), and its coordinates are taken for the stored pixels",
                orientation as u8
            ));
            (CoordinatesReferTo::Stored, Some(warning))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CoordinatesReferTo, resolve_orientation};
    use crate::pixels::Orientation;

    fn resolve(reference: Option<[f64; 2]>, orientation: Orientation) -> (CoordinatesReferTo, bool) {
        let (refer_to, warning) = resolve_orientation(reference, (400, 300), orientation);
        (refer_to, warning.is_some())
    }

    #[test]
    fn the_aspect_ratio_decides_where_it_fits_one_way_only() {
        let quarter = Orientation::Rotate90;
        assert_eq!(resolve(Some([800.0, 600.0]), quarter), (CoordinatesReferTo::Stored, false));
        assert_eq!(resolve(Some([600.0, 800.0]), quarter), (CoordinatesReferTo::Displayed, false));
    }

    #[test]
    fn what_cannot_be_decided_is_stored_with_a_warning() {
        assert_eq!(resolve(Some([500.0, 500.0]), Orientation::Transpose), (CoordinatesReferTo::Stored, true));
        assert_eq!(resolve(Some([800.0, 600.0]), Orientation::Rotate180), (CoordinatesReferTo::Stored, true));
        assert_eq!(resolve(None, Orientation::Rotate270), (CoordinatesReferTo::Stored, true));
        assert_eq!(resolve(Some([0.0, f64::NAN]), Orientation::Rotate270), (CoordinatesReferTo::Stored, true));
    }

    #[test]
    fn an_upright_picture_needs_no_decision() {
        assert_eq!(resolve(None, Orientation::Normal), (CoordinatesReferTo::Stored, false));
    }
}
