//! What the caller may ask of the pixels.

use std::str::FromStr;

use crate::pixels::{PixelError, Size};

/// How an image is read, in the words of toasty's image options.
///
/// The order of the steps is toasty's: crop, conversion to RGB, black to transparent, ICC profile to sRGB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Edges to cut away, or `None`.
    pub crop: Option<Crop>,
    /// Makes pixels with R = G = B = 0 transparent; the rows then have an alpha channel.
    pub black_to_transparent: bool,
    /// What happens to the colours.
    pub color: ColorProcessing,
}

/// Whether colours are converted (toasty's `--colorspace-processing`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorProcessing {
    /// From the embedded ICC profile, if there is one, to sRGB, with perceptual intent.
    #[default]
    Srgb,
    /// The numbers of the file are taken as they are.
    None,
}

/// How many pixels to cut from each edge of the stored image (toasty's `--crop`).
///
/// ```
/// use skyfeed_tiling::pixels::Crop;
///
/// let crop: Crop = "10,20,30,40".parse()?;
/// assert_eq!(crop, Crop { top: 10, right: 20, bottom: 30, left: 40 });
/// assert_eq!("5,6".parse::<Crop>()?, Crop { top: 5, right: 6, bottom: 5, left: 6 });
/// # Ok::<(), skyfeed_tiling::pixels::PixelError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crop {
    /// Rows to cut from the top.
    pub top: u32,
    /// Columns to cut from the right.
    pub right: u32,
    /// Rows to cut from the bottom.
    pub bottom: u32,
    /// Columns to cut from the left.
    pub left: u32,
}

impl Crop {
    /// The size of what is left of an image, in pixels.
    ///
    /// # Errors
    /// [`PixelError::Parameter`] if nothing is left.
    pub fn remaining(&self, size: Size) -> Result<Size, PixelError> {
        let left_of = |side: u32, first: u32, last: u32| side.checked_sub(first)?.checked_sub(last).filter(|n| *n > 0);
        match (left_of(size.width, self.left, self.right), left_of(size.height, self.top, self.bottom)) {
            (Some(width), Some(height)) => Ok(Size { width, height }),
            _ => Err(PixelError::Parameter(format!(
                "the crop {},{},{},{} (top, right, bottom, left) leaves nothing of an image of {} × {} pixels",
                self.top, self.right, self.bottom, self.left, size.width, size.height
            ))),
        }
    }
}

impl FromStr for Crop {
    type Err = PixelError;

    /// Reads one number (all edges), two (top and bottom, left and right) or four (top, right, bottom, left).
    fn from_str(text: &str) -> Result<Self, PixelError> {
        let numbers: Result<Vec<u32>, _> = text.split(',').map(|number| number.trim().parse()).collect();
        match numbers.as_deref() {
            Ok(&[all]) => Ok(Self { top: all, right: all, bottom: all, left: all }),
            Ok(&[vertical, horizontal]) => {
                Ok(Self { top: vertical, right: horizontal, bottom: vertical, left: horizontal })
            }
            Ok(&[top, right, bottom, left]) => Ok(Self { top, right, bottom, left }),
            _ => Err(PixelError::Parameter(format!(
                "the crop {text:?} is not one, two or four whole numbers of pixels, such as 10 or 10,20 or 10,20,30,40 \
                 (top, right, bottom, left)"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_cuts_all_edges() {
        assert_eq!("7".parse::<Crop>().unwrap(), Crop { top: 7, right: 7, bottom: 7, left: 7 });
    }

    #[test]
    fn a_crop_of_three_numbers_is_refused_with_the_right_forms() {
        for text in ["1,2,3", "", "a", "-1", "1,,2", "1,2,3,4,5", "99999999999"] {
            let error = text.parse::<Crop>().unwrap_err();
            assert!(matches!(error, PixelError::Parameter(_)), "{text:?}");
            assert!(error.to_string().contains("10,20,30,40"), "{error}");
        }
    }

    #[test]
    fn a_crop_that_leaves_nothing_is_refused() {
        let size = Size { width: 10, height: 20 };
        let crop = |top, right, bottom, left| Crop { top, right, bottom, left }.remaining(size);
        assert_eq!(crop(9, 4, 10, 5).unwrap(), Size { width: 1, height: 1 });
        assert!(crop(10, 0, 10, 0).is_err());
        assert!(crop(0, 5, 0, 5).is_err());
        assert!(crop(u32::MAX, 0, u32::MAX, 0).is_err());
    }
}
