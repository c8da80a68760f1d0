//! The tiling options of a feed, in the one form that decides revisions.

use skyfeed_tiling::pixels::{PIXELS_VERSION, TileFormat};

use crate::config::Config;

/// Everything of the configuration that changes the bytes of a tiling result.
pub(super) fn canonical(config: &Config) -> Vec<u8> {
    let orientation = if config.ignore_orientation { "ignore" } else { "honor" };
    let Config { cascade, tile_format, compression, .. } = config;
    // What is said of PNG stays as it was before there was a choice: other words would be other revisions.
    let files = match tile_format {
        TileFormat::Png => format!("compression={compression}"),
        TileFormat::Jpeg => format!("tile_format={tile_format}"),
    };
    format!("pixels={PIXELS_VERSION} cascade={cascade} orientation={orientation} {files}").into_bytes()
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn canonical(more: &str) -> String {
        let text = "source_type: directory\ndirectory: {path: images}\npublish_url_prefix: http://example.org/\n";
        String::from_utf8(super::canonical(&Config::parse(&format!("{text}{more}")).unwrap())).unwrap()
    }

    /// Other words would be other revisions: every image of every feed would wait for approval again.
    #[test]
    fn the_words_for_png_are_those_of_the_first_version() {
        assert_eq!(canonical(""), "pixels=2 cascade=compatible orientation=honor compression=small");
        assert_eq!(canonical("tile_format: png"), canonical(""));
    }

    #[test]
    fn presets_of_png_do_not_change_jpeg_tiles() {
        assert_eq!(canonical("tile_format: jpg"), "pixels=2 cascade=compatible orientation=honor tile_format=jpg");
        assert_eq!(canonical("tile_format: jpg\ncompression: fast"), canonical("tile_format: jpg"));
    }
}
