//! The tiling options of a feed, in the one form that decides revisions.

use skyfeed_tiling::pixels::PIXELS_VERSION;

use crate::config::Config;

/// Everything of the configuration that changes the bytes of a tiling result.
pub(super) fn canonical(config: &Config) -> Vec<u8> {
    let orientation = if config.ignore_orientation { "ignore" } else { "honor" };
    let Config { cascade, compression, .. } = config;
    format!("pixels={PIXELS_VERSION} cascade={cascade} orientation={orientation} compression={compression}")
        .into_bytes()
}
