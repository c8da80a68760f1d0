//! Pictures with a place on the sky inside.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use bytes::Bytes;

/// Draws a PNG with AVM into a file.
///
/// # Errors
/// It cannot be written.
pub fn draw(folder: &Path, name: &str, width: u32, height: u32) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(name);
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| [(x / 7) as u8, (y / 5) as u8, (x.wrapping_mul(y) >> 9) as u8]))
        .collect();
    fs::write(&path, encode(width, height, &pixels)?)?;
    Ok(path)
}

/// A PNG with AVM whose tiles nothing makes small, always the same.
///
/// # Errors
/// It cannot be encoded.
pub fn noise(width: u32, height: u32) -> Result<Bytes> {
    let mut state = 1_u64;
    let random = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    });
    let pixels: Vec<u8> = random.take(3 * width as usize * height as usize).collect();
    encode(width, height, &pixels)
}

fn encode(width: u32, height: u32, pixels: &[u8]) -> Result<Bytes> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    encoder.add_itxt_chunk("XML:com.adobe.xmp".to_owned(), avm(width, height))?;
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(file.into())
}

fn avm(width: u32, height: u32) -> String {
    let pair =
        |first: String, second: String| format!("<rdf:Seq><rdf:li>{first}</rdf:li><rdf:li>{second}</rdf:li></rdf:Seq>");
    let properties = [
        ("Spatial.CoordinateFrame", "ICRS".to_owned()),
        ("Spatial.CoordsystemProjection", "TAN".to_owned()),
        ("Spatial.ReferenceValue", pair("83.6".to_owned(), "22".to_owned())),
        ("Spatial.ReferenceDimension", pair(width.to_string(), height.to_string())),
        ("Spatial.ReferencePixel", pair((width / 2).to_string(), (height / 2).to_string())),
        ("Spatial.Scale", pair("-0.0001".to_owned(), "0.0001".to_owned())),
        ("Spatial.Rotation", "10".to_owned()),
    ];
    let properties: String =
        properties.iter().map(|(name, value)| format!("<avm:{name}>{value}</avm:{name}>")).collect();
    format!(
        r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:avm="http://www.communicatingastronomy.org/avm/1.0/">{properties}</rdf:Description></rdf:RDF></x:xmpmeta>"#
    )
}
