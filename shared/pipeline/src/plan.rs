//! What the tiling and publishing of an image will take, reckoned before any pixel is read.

use skyfeed_tiling::pixels::Cost;

use crate::tile::IN_FLIGHT;

/// What it takes to tile an image into a store and to publish it from there.
///
/// ```no_run
/// use std::path::Path;
///
/// use skyfeed_pipeline::plan::Plan;
/// use skyfeed_tiling::pixels::{Cost, ImageFile, Limits, PyramidOptions, ReadOptions};
///
/// let image = ImageFile::open(Path::new("m31.tif"), &Limits::default())?;
/// let cost = Cost::of(&image, &ReadOptions::default(), &PyramidOptions::default(), 2)?;
/// let plan = Plan::new(cost);
/// println!("{} writes and {} reads", plan.requests.writes(), plan.requests.reads);
/// # Ok::<(), skyfeed_tiling::pixels::PixelError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// What the pyramid costs.
    pub cost: Cost,
    /// The most memory that `tile` takes, in bytes.
    pub memory_bytes: u64,
    /// CPU time of the uploads, in seconds.
    pub upload_seconds: f64,
    /// What the stores are asked for.
    pub requests: Requests,
}

/// How many requests the stores get. Those of `fetch` and `reindex` are few, whatever the size of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requests {
    /// Writes and listings of `tile`.
    pub tile_writes: u64,
    /// Copies, writes and listings of `publish`.
    pub publish_writes: u64,
    /// Reads, nearly all of them by `publish`, which checks every tile.
    pub reads: u64,
}

impl Requests {
    /// Writes, copies and listings, which cost the same.
    pub fn writes(&self) -> u64 {
        self.tile_writes + self.publish_writes
    }
}

/// The connections and buffers of a store's client, and the program around it.
const CLIENT_BYTES: u64 = 40_000_000;
/// What is kept of each tile for the manifest: names and digests, as they are and as JSON.
const MANIFEST_ENTRY_BYTES: u64 = 600;
/// CPU time of an upload, with digest and encryption: 2 seconds for 2337 tiles, measured.
const UPLOAD_SECONDS: f64 = 2.0 / 2337.0;

impl Plan {
    /// Adds what stores take.
    pub fn new(cost: Cost) -> Self {
        let tiles = cost.tiles();
        // They wait in a channel, and as many are on their way.
        let tiles_in_flight = tiles.min(2 * IN_FLIGHT as u64);
        Self {
            memory_bytes: cost.memory_bytes
                + CLIENT_BYTES
                + tiles_in_flight * (cost.tile_bytes / tiles.max(1))
                + tiles * MANIFEST_ENTRY_BYTES,
            upload_seconds: tiles as f64 * UPLOAD_SECONDS,
            requests: Requests {
                // Thumbnail, WTML and manifest; listings.
                tile_writes: tiles + 8,
                // The thumbnail; two WTML documents and a record; listings.
                publish_writes: tiles + 13,
                // The thumbnail, and some 30 records.
                reads: tiles + 31,
            },
            cost,
        }
    }
}
