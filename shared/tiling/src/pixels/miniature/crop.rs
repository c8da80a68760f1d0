//! Which part of a picture its miniatures show, and at what size.

use super::Size;

/// The largest size of a thumbnail; WWT shows thumbnails in this shape.
pub(super) const FRAME: Size = Size { width: 96, height: 45 };

/// A miniature's place in the displayed picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crop {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) size: Size,
    /// The size of the miniature.
    pub(super) target: Size,
    /// How many times as large as the miniature the picture is at least, before it is resampled.
    pub(super) reducing_gap: u32,
}

impl Crop {
    /// A thumbnail's: the largest centred part of `displayed` in the shape of the frame, to be shown at the frame's size at most.
    ///
    /// Sizes follow the rules of toasty 0.20 and Pillow, as does the gap.
    pub(super) fn of_thumbnail(displayed: Size) -> Self {
        let Size { width, height } = displayed;
        let size = if u64::from(width) * u64::from(FRAME.height) > u64::from(height) * u64::from(FRAME.width) {
            Size { width: scaled(height, FRAME.width, FRAME.height).min(width), height }
        } else {
            Size { width, height: scaled(width, FRAME.height, FRAME.width).min(height) }
        };
        Self {
            left: (width - size.width) / 2,
            top: (height - size.height) / 2,
            size,
            target: fitted(size),
            reducing_gap: 2,
        }
    }
}

/// `length` · `numerator` / `denominator`, at least 1, halves to the even neighbour.
pub(super) fn scaled(length: u32, numerator: u32, denominator: u32) -> u32 {
    let exact = f64::from(length) * f64::from(numerator) / f64::from(denominator);
    (exact.round_ties_even() as u32).max(1)
}

/// The size in the frame that keeps the aspect of `size` best, never larger than `size`.
fn fitted(size: Size) -> Size {
    if size.width <= FRAME.width && size.height <= FRAME.height {
        return size;
    }
    let aspect = f64::from(size.width) / f64::from(size.height);
    let (frame_width, frame_height) = (f64::from(FRAME.width), f64::from(FRAME.height));
    let nearer = |exact: f64, aspect_of: &dyn Fn(f64) -> f64| {
        let error = |length: f64| (aspect - aspect_of(length)).abs();
        let (below, above) = (exact.floor().max(1.0), exact.ceil().max(1.0));
        if error(above) < error(below) { above as u32 } else { below as u32 }
    };
    if frame_width / frame_height >= aspect {
        Size { width: nearer(frame_height * aspect, &|width| width / frame_height), ..FRAME }
    } else {
        Size { height: nearer(frame_width / aspect, &|height| frame_width / height), ..FRAME }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn sizes_are_those_of_toasty_but_never_zero() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/vectors/thumbnail_size.json");
        let vectors: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
        let cases = vectors["cases"].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let size = Size { width: number(&case["width"]), height: number(&case["height"]) };
            let thumb = Size { width: number(&case["thumb"][0]), height: number(&case["thumb"][1]).max(1) };
            assert_eq!(Crop::of_thumbnail(size).target, thumb, "{size:?}");
        }
    }

    #[test]
    fn the_crop_is_centred_and_rounded_down() {
        let crop = Crop::of_thumbnail(Size { width: 1001, height: 200 });
        assert_eq!((crop.left, crop.top), (287, 0));
        assert_eq!(crop.size, Size { width: 427, height: 200 });
    }

    #[test]
    fn the_largest_images_have_a_crop() {
        for (width, height) in [(u32::MAX, u32::MAX), (u32::MAX, 1), (1, u32::MAX)] {
            let crop = Crop::of_thumbnail(Size { width, height });
            assert!(crop.size.width >= 1 && crop.size.height >= 1);
            assert!(crop.target.width <= 96 && crop.target.height <= 45);
        }
    }
}
