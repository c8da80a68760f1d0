//! What decoding an image takes, as far as its headers tell.

use super::scanlines::Layout;

/// What a decoder will hold and work through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pixels) struct Demand {
    /// The most memory that the decoder holds at a time, in bytes.
    pub(in crate::pixels) memory_bytes: u64,
    /// How to save the image so that the decoder holds a few rows, if it has to hold all of it.
    pub(in crate::pixels) lighter: Option<&'static str>,
    /// The samples of the image as they are stored, but not compressed, in bytes.
    pub(in crate::pixels) sample_bytes: u64,
    pub(in crate::pixels) coding: Coding,
    /// What the decoded rows consist of.
    pub(in crate::pixels) layout: Layout,
}

/// How samples are compressed, by what it takes to undo it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pixels) enum Coding {
    Jpeg,
    /// Several scans, each of which goes through the whole image.
    ProgressiveJpeg,
    /// PNG, and TIFF with Deflate.
    Deflate,
    Lzw,
    PackBits,
    Zstd,
    Raw,
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::super::{Content, ImageFile, jpeg, png, tiff};
    use crate::pixels::Limits;

    /// Pictures of every format and kind, and all kinds of PNG.
    fn pictures(folder: &std::path::Path) -> Vec<PathBuf> {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/images");
        let mut pictures: Vec<_> = fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path()).collect();
        pictures.retain(|path| path.extension().is_some_and(|extension| extension == "jpg" || extension == "tif"));
        for color in [0, 2, 3, 4, 6] {
            for transparent in [false, true] {
                let path = folder.join(format!("{color}-{transparent}.png"));
                let mut encoder = ::png::Encoder::new(fs::File::create(&path).unwrap(), 1, 1);
                let color = ::png::ColorType::from_u8(color).unwrap();
                encoder.set_color(color);
                encoder.set_palette(&[1, 2, 3]);
                let has_alpha = matches!(color, ::png::ColorType::GrayscaleAlpha | ::png::ColorType::Rgba);
                if transparent && !has_alpha {
                    encoder.set_trns(vec![0; if color == ::png::ColorType::Indexed { 1 } else { 2 * color.samples() }]);
                }
                encoder.write_header().unwrap().write_image_data(&[0; 4][..color.samples()]).unwrap();
                pictures.push(path);
            }
        }
        pictures
    }

    #[test]
    fn headers_tell_the_layout_that_the_decoder_finds() {
        let folder = tempfile::tempdir().unwrap();
        let pictures = pictures(folder.path());
        assert!(pictures.len() > 50);
        for path in pictures {
            let image = ImageFile::open(&path, &Limits::default()).unwrap();
            let told = image.demand().layout;
            let (layout, _scanlines) = match image.content {
                Content::Jpeg(frame) => jpeg::scanlines(image.file, frame),
                Content::Png(frame) => png::scanlines(image.file, frame),
                Content::Tiff(frame) => tiff::scanlines(image.file, frame),
            }
            .unwrap();
            assert_eq!(told, layout, "{}", path.display());
        }
    }
}
