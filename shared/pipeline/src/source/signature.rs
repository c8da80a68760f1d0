//! What a file is by its first bytes.

/// The first bytes of the formats of images that are known, with their extensions. Whether one can be tiled is not said here.
const SIGNATURES: [(&[u8], &str); 17] = [
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tif"),
    (b"MM\0*", "tif"),
    (b"II+\0", "tif"),
    (b"MM\0+", "tif"),
    (b"GIF8", "gif"),
    (b"8BPS", "psd"),
    (b"SIMPLE  =", "fits"),
    (b"\0\0\0\x0cjP  ", "jp2"),
    (b"\xff\x0a", "jxl"),
    (b"\0\0\0\x0cJXL ", "jxl"),
    (b"v/1\x01", "exr"),
    (b"#?RADIANCE", "hdr"),
    (b"LBLSIZE=", "vicar"),
    (b"PDS_VERSION_ID", "img"),
    (b"CCSD", "img"),
];

/// Extensions that say what a file is; what others say (`download.php`) is believed only if the content says nothing.
const TELLING: [&str; 16] = [
    "jpg", "png", "tif", "tiff", "gif", "webp", "bmp", "psd", "psb", "fits", "fit", "fts", "jp2", "exr", "avif", "jxl",
];

/// As much as there has to be of a file to look what it is, if it is not smaller.
pub(crate) const HEAD_BYTES: usize = 512;

/// The extension of a file: that of its name if it tells the format, else what the content begins with, else again that of the name.
pub(crate) fn extension(name: &str, head: &[u8]) -> String {
    let named = name.rsplit_once('.').map(|(_, extension)| normal_extension(extension));
    match (named, format(head)) {
        (Some(named), _) if TELLING.contains(&named.as_str()) => named,
        (_, Some(format)) => format.to_owned(),
        (Some(named), None) if (1..=8).contains(&named.len()) && named.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            named
        }
        _ => "img".to_owned(),
    }
}

pub(super) fn format(head: &[u8]) -> Option<&'static str> {
    SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)).map(|(_, format)| *format)
}

/// Lower case; `jpeg` is `jpg`.
fn normal_extension(extension: &str) -> String {
    let lower = extension.to_ascii_lowercase();
    if lower == "jpeg" { "jpg".to_owned() } else { lower }
}

#[cfg(test)]
mod tests {
    use super::extension;

    #[test]
    fn the_name_tells_the_format_if_it_is_one() {
        for (name, expected) in [("two.PNG", "png"), ("a.JPEG", "jpg"), ("c.tiff", "tiff"), ("archive.v2.tif", "tif")] {
            assert_eq!(extension(name, b""), expected, "{name}");
        }
    }

    #[test]
    fn the_content_tells_where_the_name_does_not() {
        for name in ["", "image", "get.php", "eso1907a."] {
            assert_eq!(extension(name, b"\xff\xd8\xff\xe0"), "jpg", "{name}");
        }
    }

    #[test]
    fn an_extension_is_safe_in_a_file_name() {
        for (name, expected) in [("a.Xyz", "xyz"), ("a.%2e%2e", "img"), ("a", "img")] {
            assert_eq!(extension(name, b"?"), expected, "{name}");
        }
    }
}
