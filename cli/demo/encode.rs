//! Writes a drawing with its XMP packet as JPEG, PNG or TIFF.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::{Result, bail};
use mozjpeg::{ColorSpace, Compress, Marker};
use tiff::{
    encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, colortype::RGB8},
    tags::Tag,
};

use super::draw::Drawing;

/// Marks the XMP among the APP1 segments of a JPEG.
const JPEG_XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const PNG_XMP: &str = "XML:com.adobe.xmp";
const TIFF_XMP: Tag = Tag::Unknown(700);
const JPEG_QUALITY: f32 = 88.0;

/// Writes the file at `path`, whose extension tells the format.
///
/// # Errors
/// The file cannot be written, or nobody knows the extension.
pub(super) fn write(path: &Path, drawing: &Drawing, xmp: &str) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("jpg") => jpeg(&mut file, drawing, xmp)?,
        Some("png") => png(&mut file, drawing, xmp)?,
        Some("tif") => tiff(&mut file, drawing, xmp)?,
        _ => bail!("it has none of the extensions jpg, png and tif"),
    }
    Ok(file.flush()?)
}

fn jpeg(file: &mut BufWriter<File>, drawing: &Drawing, xmp: &str) -> Result<()> {
    let mut jpeg = Compress::new(ColorSpace::JCS_RGB);
    // What is left out otherwise, progressive scans, costs more time than the drawing.
    jpeg.set_fastest_defaults();
    jpeg.set_size(drawing.width as usize, drawing.height as usize);
    jpeg.set_quality(JPEG_QUALITY);
    let mut jpeg = jpeg.start_compress(file)?;
    jpeg.write_marker(Marker::APP(1), &[JPEG_XMP, xmp.as_bytes()].concat());
    jpeg.write_scanlines(&drawing.rgb)?;
    jpeg.finish()?;
    Ok(())
}

fn png(file: &mut BufWriter<File>, drawing: &Drawing, xmp: &str) -> Result<()> {
    let mut png = png::Encoder::new(file, drawing.width, drawing.height);
    png.set_color(png::ColorType::Rgb);
    png.set_compression(png::Compression::Fast);
    png.add_itxt_chunk(PNG_XMP.to_owned(), xmp.to_owned())?;
    let mut png = png.write_header()?;
    png.write_image_data(&drawing.rgb)?;
    Ok(png.finish()?)
}

fn tiff(file: &mut BufWriter<File>, drawing: &Drawing, xmp: &str) -> Result<()> {
    let mut tiff = TiffEncoder::new(file)?
        .with_compression(Compression::Deflate(DeflateLevel::Fast))
        .with_predictor(Predictor::Horizontal);
    let mut image = tiff.new_image::<RGB8>(drawing.width, drawing.height)?;
    image.encoder().write_tag(TIFF_XMP, xmp.as_bytes())?;
    Ok(image.write_data(&drawing.rgb)?)
}
