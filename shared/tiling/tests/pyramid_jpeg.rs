//! A pyramid of JPEG tiles is that of PNG tiles on black, each tile made of the exact pixels.

mod pyramid_support;

use pyramid_support::{ORIENTATIONS, Picture, files_of, tiles_of};
use skyfeed_tiling::pixels::{Channels, PyramidOptions, Size, TileFormat, TilePos};

fn jpeg() -> PyramidOptions {
    PyramidOptions { format: TileFormat::Jpeg, ..Default::default() }
}

/// Soft light, as in a nebula.
fn nebula(size: Size, channels: Channels) -> Picture {
    Picture::from_fn(size, channels, |x, y| {
        let light = |scale: f64| ((f64::from(x) / scale).sin() + (f64::from(y) / (1.3 * scale)).cos()) / 4.0 + 0.5;
        [90.0, 70.0, 130.0, 50.0].map(|scale| (light(scale) * 250.0) as u8)
    })
}

/// What a viewer shows of a pixel before black.
fn on_black([red, green, blue, alpha]: [u8; 4]) -> [f64; 3] {
    [red, green, blue].map(|color| f64::from(color) * f64::from(alpha) / 255.0)
}

/// Peak signal-to-noise ratio in dB.
fn psnr(made: &Picture, exact: &Picture) -> f64 {
    let pairs = made.pixels.iter().zip(&exact.pixels);
    let errors = pairs.flat_map(|(made, exact)| {
        let (made, exact) = (on_black(*made), on_black(*exact));
        (0..3).map(move |channel| (made[channel] - exact[channel]).powi(2))
    });
    20.0 * 255_f64.log10() - 10.0 * (errors.sum::<f64>() / (3 * made.pixels.len()) as f64).log10()
}

#[test]
fn jpeg_tiles_are_close_to_the_exact_ones_on_every_level() {
    for channels in [Channels::Rgb, Channels::Rgba] {
        // The middle of 2048: no tile has a border of the picture in it.
        let picture = nebula(Size { width: 1024, height: 1024 }, channels);
        let (_, exact) = tiles_of(&mut picture.rows(), &PyramidOptions::default());
        let (_, files) = files_of(&mut picture.rows(), &jpeg());
        assert_eq!(files.len(), 21);
        for (tile, file) in files {
            let close = psnr(&Picture::read_jpeg(&file), &exact[&tile]);
            assert!(close > 40.0, "{channels:?} {tile:?}: {close:.1} dB");
        }
    }
}

/// So levels above are made of exact pixels too, and no tile is left out or added.
#[test]
fn a_jpeg_tile_is_that_of_the_exact_pixels() {
    for (channels, seed) in [(Channels::Rgb, 1), (Channels::Rgba, 2)] {
        let picture = Picture::noise(Size { width: 701, height: 523 }, channels, seed);
        for orientation in ORIENTATIONS {
            let (_, exact) = tiles_of(&mut picture.rows(), &PyramidOptions { orientation, ..Default::default() });
            let (pyramid, files) = files_of(&mut picture.rows(), &PyramidOptions { orientation, ..jpeg() });
            assert!(exact.keys().eq(files.keys()), "{channels:?} {orientation:?}");
            assert_eq!(pyramid.tiles, exact.len() as u64);
            for (tile, pixels) in exact {
                let (_, alone) = files_of(&mut pixels.rows(), &jpeg());
                assert!(alone.into_values().eq([files[&tile].clone()]), "{channels:?} {orientation:?} {tile:?}");
            }
        }
    }
}

#[test]
fn edges_are_on_black() {
    let white = Picture::from_fn(Size { width: 300, height: 40 }, Channels::Rgb, |_, _| [255; 4]);
    let (_, files) = files_of(&mut white.rows(), &jpeg());
    // The picture begins at column 106, row 236 of the square.
    let corner = Picture::read_jpeg(&files[&TilePos { level: 1, x: 0, y: 0 }]);
    for (x, y, gray) in [(0, 0, 0), (95, 255, 0), (255, 223, 0), (112, 240, 255), (255, 255, 255)] {
        assert_eq!(corner.pixel(x, y), [gray, gray, gray, 255], "{x}, {y}");
    }
}

#[test]
fn what_is_partly_transparent_is_seen_before_black() {
    let picture = Picture::from_fn(Size { width: 256, height: 256 }, Channels::Rgba, |x, _| {
        [200, 100, 50, if x < 128 { 128 } else { 0 }]
    });
    let (_, files) = files_of(&mut picture.rows(), &jpeg());
    let tile = Picture::read_jpeg(files.values().next().unwrap());
    for (made, expected) in tile.pixel(60, 60).into_iter().zip([100, 50, 25, 255]) {
        assert!(made.abs_diff(expected) <= 2, "{:?}", tile.pixel(60, 60));
    }
    assert_eq!(tile.pixel(200, 60), [0, 0, 0, 255]);
}

#[test]
fn a_wholly_transparent_jpeg_tile_is_not_written() {
    let picture = Picture::from_fn(Size { width: 1024, height: 256 }, Channels::Rgba, |x, _| {
        [200, 100, 50, if x < 300 { 255 } else { 0 }]
    });
    let (_, files) = files_of(&mut picture.rows(), &jpeg());
    let names: Vec<String> = files.keys().map(|tile| tile.flat_name()).collect();
    assert_eq!(names, ["L0X0Y0", "L1X0Y0", "L1X0Y1", "L2X0Y1", "L2X0Y2", "L2X1Y1", "L2X1Y2"]);
}
