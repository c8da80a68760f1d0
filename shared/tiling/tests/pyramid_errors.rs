//! A pyramid stops at the first error, and gives the same bytes however the work is spread.

mod pyramid_support;

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use pyramid_support::Picture;
use skyfeed_tiling::pixels::{
    Channels, Orientation, PixelError, PyramidOptions, Size, Study, Thumbnail, make_pyramid, make_thumbnail,
};

fn picture() -> Picture {
    Picture::noise(Size { width: 1000, height: 1900 }, Channels::Rgba, 5)
}

#[test]
fn an_error_of_the_sink_stops_the_work_and_is_returned() {
    let mut rows = picture().rows();
    let calls = AtomicUsize::new(0);
    let error = make_pyramid(&mut rows, &PyramidOptions::default(), &|_, _| {
        calls.fetch_add(1, Ordering::Relaxed);
        Err(io::Error::new(io::ErrorKind::StorageFull, "no room for the tile"))
    })
    .unwrap_err();
    assert!(matches!(&error, PixelError::Io(error) if error.kind() == io::ErrorKind::StorageFull), "{error:?}");
    // The first row of tiles may be under way on several threads, and one more row is being read meanwhile.
    assert!(calls.into_inner() <= 4);
    assert!(rows.at < rows.bytes.len() / 3);
}

#[test]
fn an_error_of_the_source_stops_the_work_and_is_returned() {
    let mut rows = picture().rows();
    rows.fail_at_row = Some(1000);
    let tiles = Mutex::new(Vec::new());
    let error = make_pyramid(&mut rows, &PyramidOptions::default(), &|tile, _| {
        tiles.lock().unwrap().push(tile);
        Ok(())
    })
    .unwrap_err();
    assert!(matches!(error, PixelError::Damaged { .. }), "{error:?}");
    let top = Study::new(rows.size).top_px();
    for tile in tiles.into_inner().unwrap() {
        let end_px = (tile.y + 1) * (2048 >> tile.level);
        assert!(end_px <= top + 1000, "{tile:?} was made without all of its rows");
    }
}

#[test]
fn a_thumbnail_of_a_broken_source_is_an_error() {
    let mut rows = picture().rows();
    rows.fail_at_row = Some(1899);
    assert!(matches!(make_thumbnail(&mut rows, Orientation::Normal), Err(PixelError::Damaged { .. })));
}

#[test]
fn an_image_without_pixels_is_refused() {
    for size in [Size { width: 0, height: 10 }, Size { width: 10, height: 0 }] {
        let mut rows = pyramid_support::Rows { size, ..picture().rows() };
        let made = make_pyramid(&mut rows, &PyramidOptions::default(), &|_, _| Ok(()));
        assert!(matches!(made, Err(PixelError::Parameter(_))));
        assert!(matches!(make_thumbnail(&mut rows, Orientation::Normal), Err(PixelError::Parameter(_))));
    }
}

#[test]
fn the_same_picture_gives_the_same_bytes_on_any_number_of_threads() {
    let files_on = |threads| {
        let files = Mutex::new(BTreeMap::new());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let pyramid = pool.install(|| {
            make_pyramid(&mut picture().rows(), &PyramidOptions::default(), &|tile, png| {
                files.lock().unwrap().insert(tile, png);
                Ok(())
            })
        });
        (files.into_inner().unwrap(), pyramid.unwrap().thumbnail.to_jpeg().unwrap())
    };
    let one = files_on(1);
    assert!(one.0.len() > 40);
    assert!(one == files_on(1));
    assert!(one == files_on(4));
}

#[test]
fn a_thumbnail_is_a_baseline_jpeg_with_quartered_chroma() {
    let file = Thumbnail::placeholder().to_jpeg().unwrap();
    let frame = file.windows(2).position(|marker| marker == [0xff, 0xc0]).expect("a baseline frame");
    // Height, width, three components; the first is sampled 2×2, the others 1×1.
    assert_eq!(file[frame + 5..frame + 10], [0, 45, 0, 96, 3]);
    assert_eq!([file[frame + 11], file[frame + 14], file[frame + 17]], [0x22, 0x11, 0x11]);
    let picture = Picture::read_jpeg(&file);
    assert!(picture.pixels.iter().all(|pixel| *pixel == [0, 0, 0, 255]));
}

#[test]
fn a_thumbnail_of_the_wrong_length_is_refused() {
    for (width, rgb) in [(2, vec![0; 5]), (0, vec![])] {
        let thumbnail = Thumbnail { width, height: 1, rgb };
        assert!(matches!(thumbnail.to_jpeg(), Err(PixelError::Parameter(_))));
    }
}
