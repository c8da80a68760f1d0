//! The file of a downloaded image and its extension.

use std::path::{Path, PathBuf};

use tokio::io::AsyncReadExt;
use url::Url;

use super::{SourceError, web::transport};
use crate::http::{Client, HttpError};

/// Extensions that say what a file is; what others say (`download.php`) is believed only if the content says nothing.
const TELLING: [&str; 16] = [
    "jpg", "png", "tif", "tiff", "gif", "webp", "bmp", "psd", "psb", "fits", "fit", "fts", "jp2", "exr", "avif", "jxl",
];

/// Downloads an image into `folder` as `image.<extension>`; answers the file and the extension.
pub(super) async fn download(client: &Client, url: &Url, folder: &Path) -> Result<(PathBuf, String), SourceError> {
    let download = folder.join("image");
    client.download(url, &download).await.map_err(|error| transport(url, error))?;
    let named = async {
        let mut head = Vec::new();
        tokio::fs::File::open(&download).await?.take(16).read_to_end(&mut head).await?;
        let extension = extension(url, &head);
        let file = folder.join(format!("image.{extension}"));
        tokio::fs::rename(&download, &file).await?;
        Ok((file, extension))
    };
    named.await.map_err(|source| transport(url, HttpError::File { path: download.clone(), source }))
}

/// The extension of the URL's path if it tells the format, else what the content begins with, else again the URL's.
fn extension(url: &Url, head: &[u8]) -> String {
    let name = url.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default();
    let named = name.rsplit_once('.').map(|(_, extension)| normal_extension(extension));
    match (named, signature(head)) {
        (Some(named), _) if TELLING.contains(&named.as_str()) => named,
        (_, Some(format)) => format.to_owned(),
        (Some(named), None) if (1..=8).contains(&named.len()) && named.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            named
        }
        _ => "img".to_owned(),
    }
}

fn signature(head: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 10] = [
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
    ];
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
    fn the_url_tells_the_format_whatever_follows_its_path() {
        for (url, expected) in [
            ("http://x/two.PNG", "png"),
            ("http://x/a.JPEG?size=large.tif", "jpg"),
            ("http://x/a.b/c.tiff#d.png", "tiff"),
            ("http://x/archive.v2.tif?v=1.2", "tif"),
        ] {
            assert_eq!(extension(&url.parse().unwrap(), b""), expected, "{url}");
        }
    }

    #[test]
    fn the_content_tells_where_the_url_does_not() {
        for url in
            ["http://x/", "http://x/image", "http://x/get.php?f=a.png", "http://x/a.b/image", "http://x/eso1907a."]
        {
            assert_eq!(extension(&url.parse().unwrap(), b"\xff\xd8\xff\xe0"), "jpg", "{url}");
        }
    }

    #[test]
    fn an_extension_is_safe_in_a_file_name() {
        for (url, expected) in [("http://x/a.Xyz", "xyz"), ("http://x/a.%2e%2e", "img"), ("http://x/a", "img")] {
            assert_eq!(extension(&url.parse().unwrap(), b"?"), expected, "{url}");
        }
    }
}
