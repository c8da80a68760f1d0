//! The preview shows the whole picture, as it is displayed, in at most 480 pixels; and the bytes of both miniatures are published.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod pyramid_support;

use pyramid_support::{ORIENTATIONS, Picture};
use skyfeed_tiling::pixels::{
    Channels, Orientation, PIXELS_VERSION, PixelError, Preview, Pyramid, PyramidOptions, Size, TileFormat, make_pyramid,
};

fn pyramid(picture: &Picture, orientation: Orientation) -> Pyramid {
    let options = PyramidOptions { orientation, format: TileFormat::Jpeg, ..PyramidOptions::default() };
    make_pyramid(&mut picture.rows(), &options, &|_, _| Ok(())).unwrap()
}

fn preview(picture: &Picture) -> Preview {
    pyramid(picture, Orientation::Normal).preview
}

fn even(width: u32, height: u32, color: [u8; 4]) -> Picture {
    Picture::from_fn(Size { width, height }, Channels::Rgba, |_, _| color)
}

#[test]
fn the_longest_side_has_480_pixels_and_the_other_keeps_the_shape() {
    for (size, expected) in [
        ((481, 481), (480, 480)),
        ((960, 540), (480, 270)),
        ((1001, 500), (480, 240)),
        ((500, 1001), (240, 480)),
        ((700, 523), (480, 359)),
        ((2000, 3), (480, 1)),
        ((3, 2000), (1, 480)),
    ] {
        let preview = preview(&even(size.0, size.1, [200, 100, 50, 255]));
        assert_eq!((preview.width, preview.height), expected, "{size:?}");
        assert_eq!(preview.rgb, [200, 100, 50].repeat((expected.0 * expected.1) as usize), "{size:?}");
    }
}

#[test]
fn a_small_picture_is_its_own_preview() {
    for (width, height) in [(1, 1), (480, 480), (480, 7), (133, 480)] {
        let picture = Picture::noise(Size { width, height }, Channels::Rgb, 5);
        let preview = preview(&picture);
        assert_eq!((preview.width, preview.height), (width, height));
        assert!(preview.rgb == picture.pixels.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect::<Vec<_>>());
    }
}

#[test]
fn lines_of_pixels_have_previews_that_are_lines() {
    for (width, height) in [(1, 3000), (3000, 1), (1, 481), (481, 1)] {
        // From black to white.
        let picture = Picture::from_fn(Size { width, height }, Channels::Rgb, |x, y| {
            let gray = ((x + y) * 255 / (width + height - 2)) as u8;
            [gray, gray, gray, 255]
        });
        let preview = preview(&picture);
        assert_eq!((preview.width.min(preview.height), preview.width.max(preview.height)), (1, 480));
        assert!(preview.rgb.is_sorted() && preview.rgb[0] <= 1 && preview.rgb[479 * 3] >= 253, "{width}×{height}");
    }
}

#[test]
fn the_preview_is_that_of_the_displayed_picture() {
    for channels in [Channels::Rgb, Channels::Rgba] {
        for (width, height) in [(1234, 567), (300, 200), (2, 1100)] {
            let picture = Picture::noise(Size { width, height }, channels, 9);
            for orientation in ORIENTATIONS {
                let turned = pyramid(&picture, orientation);
                let displayed = pyramid(&picture.turned(orientation), Orientation::Normal);
                assert!(turned.preview == displayed.preview, "{width}×{height} {channels:?} {orientation:?}");
                assert!(turned.thumbnail == displayed.thumbnail, "{width}×{height} {channels:?} {orientation:?}");
            }
        }
    }
}

#[test]
fn a_preview_shows_all_of_the_picture_in_its_places() {
    let corners = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];
    let picture = Picture::from_fn(Size { width: 1440, height: 960 }, Channels::Rgb, |x, y| {
        let [r, g, b] = corners[usize::from(x >= 720) + 2 * usize::from(y >= 480)];
        [r, g, b, 255]
    });
    let preview = preview(&picture);
    let pixel = |x: usize, y: usize| &preview.rgb[3 * (480 * y + x)..][..3];
    assert_eq!((preview.width, preview.height), (480, 320));
    assert_eq!([pixel(0, 0), pixel(479, 0), pixel(0, 319), pixel(479, 319)], corners.each_ref().map(|rgb| &rgb[..]));
    assert_eq!(
        [pixel(237, 157), pixel(242, 157), pixel(237, 162), pixel(242, 162)],
        corners.each_ref().map(|rgb| &rgb[..])
    );
}

#[test]
fn transparent_parts_are_black_and_colours_keep_their_strength() {
    let picture =
        Picture::from_fn(Size { width: 960, height: 960 }, Channels::Rgba, |x, y| match (x < 480, (x + y) % 2) {
            (true, 0) => [200, 100, 50, 80],
            _ => [255, 255, 255, 0],
        });
    let preview = preview(&picture);
    assert_eq!(preview.rgb[..3], [200, 100, 50]);
    assert_eq!(preview.rgb[3 * 479..3 * 480], [0, 0, 0]);
}

#[test]
fn a_preview_is_a_jpeg_file_and_a_wrong_number_of_bytes_an_error() {
    let color = [200, 100, 50, 255];
    let file = preview(&even(960, 540, color)).to_jpeg().unwrap();
    let decoded = Picture::read_jpeg(&file);
    assert_eq!(decoded.size, Size { width: 480, height: 270 });
    assert!(decoded.pixels.iter().flatten().zip(color.iter().cycle()).all(|(one, other)| one.abs_diff(*other) < 3));
    for (width, height) in [(0, 0), (2, 1), (u32::MAX, u32::MAX)] {
        let error = Preview { width, height, rgb: vec![0; 3] }.to_jpeg().unwrap_err();
        assert!(matches!(error, PixelError::Parameter(_)), "{error}");
    }
}

/// Both are published under names that say what is in them: other bytes for the same picture need another `PIXELS_VERSION`.
#[test]
fn the_bytes_of_miniatures_are_those_of_this_pixels_version() {
    const THUMBNAILS: [u32; 4] = [1_764_390_852, 662_938_342, 1_798_182_411, 1_597_759_089];
    const PREVIEWS: [u32; 4] = [656_708_475, 1_179_050_109, 713_144_622, 3_502_076_856];
    let cases = [
        (1234, 567, Channels::Rgb),
        (1234, 567, Channels::Rgba),
        (90, 1700, Channels::Rgb),
        (2111, 1000, Channels::Rgba),
    ];
    let made = cases.map(|(width, height, channels)| {
        pyramid(&Picture::noise(Size { width, height }, channels, 11), Orientation::Rotate90)
    });
    let thumbnails = made.each_ref().map(|pyramid| crc32fast::hash(&pyramid.thumbnail.rgb));
    let previews = made.each_ref().map(|pyramid| crc32fast::hash(&pyramid.preview.rgb));
    assert_eq!((PIXELS_VERSION, thumbnails, previews), (2, THUMBNAILS, PREVIEWS));
}
