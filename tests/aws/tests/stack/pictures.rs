//! Pictures with a place on the sky inside.

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use anyhow::Result;

/// Draws a PNG with AVM.
pub(crate) fn draw(folder: &Path, name: &str, width: u32, height: u32) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(name);
    let mut file = png::Encoder::new(BufWriter::new(File::create(&path)?), width, height);
    file.set_color(png::ColorType::Rgb);
    file.set_compression(png::Compression::Fast);
    file.add_itxt_chunk("XML:com.adobe.xmp".to_owned(), avm(width, height))?;
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| [(x / 7) as u8, (y / 5) as u8, (x.wrapping_mul(y) >> 9) as u8]))
        .collect();
    file.write_header()?.write_image_data(&pixels)?;
    Ok(path)
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
