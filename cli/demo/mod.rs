//! `skyfeed demo`: a small observatory that exists only while the demo runs.
//!
//! [`pictures`] draws three pictures of the sky into a folder, as the archive of an observatory has them: a wide JPEG, a PNG and a TIFF, each
//! with its place on the sky as AVM inside. [`source::serve`] offers them on loopback in the words of AstroPix. The walk itself is that of any
//! other feed. The objects and their places are real; the pictures are drawn, and everything that names them says so.

use std::path::{Path, PathBuf};

use anyhow::Context;
use rayon::prelude::*;
use target::{TARGETS, Target};

mod avm;
mod draw;
mod encode;
pub(crate) mod source;
mod target;

/// A picture file of the demo.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// What it shows.
    pub(crate) target: &'static Target,
    /// The file.
    pub(crate) path: PathBuf,
}

/// Draws the pictures of the demo into `folder`, which is made if it is not there. The files are the same each time.
///
/// Keeps all processors busy for about a second (release build), so async code calls it on a thread for blocking work.
///
/// # Errors
/// A file cannot be written.
pub(crate) fn pictures(folder: &Path) -> anyhow::Result<Vec<Picture>> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let picture = |target: &'static Target| {
        let path = folder.join(target.file_name);
        let drawing = (target.draw)(target.width_px, target.height_px);
        encode::write(&path, &drawing, &avm::packet(target))
            .with_context(|| format!("cannot write the picture {}", path.display()))?;
        Ok(Picture { target, path })
    };
    TARGETS.par_iter().map(picture).collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, fs::File, io::BufReader};

    use super::*;

    fn decoded_size(path: &Path) -> (u32, u32) {
        let file = || BufReader::new(File::open(path).unwrap());
        match path.extension().unwrap().to_str().unwrap() {
            "jpg" => {
                let mut rows = mozjpeg::Decompress::new_reader(file()).unwrap().rgb().unwrap();
                let (width, height) = (rows.width(), rows.height());
                assert_eq!(rows.read_scanlines::<[u8; 3]>().unwrap().len(), width * height);
                (width as u32, height as u32)
            }
            "png" => {
                let mut reader = png::Decoder::new(file()).read_info().unwrap();
                let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
                let info = reader.next_frame(&mut pixels).unwrap();
                (info.width, info.height)
            }
            "tif" => {
                let mut decoder = tiff::decoder::Decoder::new(file()).unwrap();
                decoder.read_image().unwrap();
                decoder.dimensions().unwrap()
            }
            other => panic!("no decoder for {other}"),
        }
    }

    #[test]
    fn every_picture_decodes_and_holds_its_avm() {
        let folder = tempfile::tempdir().unwrap();
        let pictures = pictures(&folder.path().join("new")).unwrap();
        assert_eq!(pictures.len(), 3);
        for Picture { target, path } in pictures {
            assert_eq!(decoded_size(&path), (target.width_px, target.height_px));
            let packet = avm::packet(target);
            let bytes = fs::read(&path).unwrap();
            assert!(
                bytes.windows(packet.len()).any(|window| window == packet.as_bytes()),
                "{} has no AVM",
                path.display()
            );
        }
        assert!(TARGETS.iter().any(|target| target.width_px > 4000));
    }

    #[test]
    fn drawing_twice_gives_the_same_pixels_and_no_blank_picture() {
        for target in &TARGETS {
            let (first, second) = ((target.draw)(240, 160), (target.draw)(240, 160));
            assert_eq!(first.rgb, second.rgb);
            assert_eq!((first.width, first.height, first.rgb.len()), (240, 160, 240 * 160 * 3));
            let (darkest, brightest) = (first.rgb.iter().min().unwrap(), first.rgb.iter().max().unwrap());
            assert!(*darkest < 40 && *brightest > 200, "{}: {darkest} to {brightest}", target.image_id);
        }
    }

    #[test]
    fn every_title_and_credit_says_that_the_picture_is_drawn() {
        for target in &TARGETS {
            assert!(target.title.contains("drawn, not observed"), "{}", target.title);
        }
        assert!(target::CREDIT.contains("not observed"));
    }
}
