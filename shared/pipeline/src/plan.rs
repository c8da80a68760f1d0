//! What the tiling and publishing of an image will take, reckoned before any pixel is read.

use skyfeed_tiling::pixels::Cost;

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
    /// The most local disk that `tile` takes, in bytes.
    pub disk_bytes: u64,
    /// CPU time of the uploads, in seconds.
    pub upload_seconds: f64,
    /// What the stores are asked for.
    pub requests: Requests,
}

/// How many requests the stores get. Those of `reindex` are few, whatever the size of the image; `fetch` writes twice for each 16 MiB of the file, which is little beside the tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requests {
    /// Writes and listings of `tile`.
    pub tile_writes: u64,
    /// Copies, writes and listings of `publish`.
    pub publish_writes: u64,
    /// Reads, most of them by `publish`.
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
/// What is kept of each tile while its archive is made: its place and digest, and the lists of both.
const TILE_ENTRY_BYTES: u64 = 200;
/// CPU time of an upload, with digest and encryption, in seconds for each byte: 2 seconds for 2337 tiles of 74 kB, measured.
const UPLOAD_SECONDS: f64 = 2.0 / 2337.0 / 74_000.0;
/// How large the parts are in which archives are sent, and the pieces in which they are read.
const PART_BYTES: u64 = 16 << 20;
const PIECE_BYTES: u64 = 16 << 20;

impl Plan {
    /// Adds what stores take.
    pub fn new(cost: Cost) -> Self {
        let tiles = cost.tiles();
        Self {
            memory_bytes: cost.memory_bytes + CLIENT_BYTES + tiles * TILE_ENTRY_BYTES,
            // The image, its tiles as they come, and the archive.
            disk_bytes: cost.file_bytes + 2 * cost.tile_bytes,
            upload_seconds: cost.tile_bytes as f64 * UPLOAD_SECONDS,
            requests: Requests {
                // The archive in parts; digests, two pictures, WTML and manifest; listings.
                tile_writes: cost.tile_bytes.div_ceil(PART_BYTES) + 10,
                // The thumbnail; two WTML documents, an intent and a record; listings.
                publish_writes: tiles + 13,
                // The archive in pieces, and some 30 records.
                reads: cost.tile_bytes.div_ceil(PIECE_BYTES) + 31,
            },
            cost,
        }
    }
}
