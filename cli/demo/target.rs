//! What the pictures show, and where that is on the sky.

use skyfeed_pipeline::id::{IdError, ImageId};

use super::draw::{self, Drawing};

/// An object of the sky with the figures of its picture.
#[derive(Debug)]
pub(crate) struct Target {
    /// Name of the image in its archive.
    pub(crate) image_id: &'static str,
    /// Name of the picture file; the extension tells the format. Without it, it is the id that the image has in the feed, so that the folder of
    /// the pictures can be the source afterwards.
    pub(crate) file_name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) object_names: [&'static str; 2],
    pub(crate) width_px: u32,
    pub(crate) height_px: u32,
    /// ICRS position of the middle, in degrees.
    pub(crate) ra_deg: f64,
    pub(crate) dec_deg: f64,
    pub(crate) scale_deg_per_px: f64,
    /// AVM `Spatial.Rotation`, in degrees.
    pub(crate) rotation_deg: f64,
    /// ISO 8601 without a zone, as AstroPix says it; means UTC.
    pub(crate) last_updated: &'static str,
    pub(super) draw: fn(u32, u32) -> Drawing,
}

pub(super) const CREATOR: &str = "Skyfeed demo";
pub(super) const PUBLISHER_ID: &str = "skyfeed-demo";
pub(super) const CREDIT: &str = "Skyfeed demo: drawn by a program, not observed";

impl Target {
    /// The id that it has in the feed.
    pub(crate) fn id(&self) -> Result<ImageId, IdError> {
        let stem = self.file_name.rsplit_once('.').map_or(self.file_name, |(stem, _)| stem);
        ImageId::new(stem)
    }

    /// The middle of the picture as AVM counts: 1-based, y up.
    pub(super) fn reference_pixel(&self) -> [f64; 2] {
        [self.width_px, self.height_px].map(|length| (f64::from(length) + 1.0) / 2.0)
    }
}

/// The pictures of the demo. Their dates are not in this order, so that the index shows its own.
pub(super) const TARGETS: [Target; 3] = [
    Target {
        image_id: "Orion-Nebula",
        file_name: "skyfeed-demo_orion-nebula.jpg",
        title: "Orion Nebula (drawn, not observed)",
        description: "An emission nebula, drawn where the Orion Nebula is on the sky. A program made it of noise; no telescope has seen it.",
        object_names: ["Orion Nebula", "M 42"],
        width_px: 4500,
        height_px: 3000,
        ra_deg: 83.8221,
        dec_deg: -5.3911,
        scale_deg_per_px: 0.00027,
        rotation_deg: 12.0,
        last_updated: "2026-02-01T12:00:00",
        draw: draw::nebula,
    },
    Target {
        image_id: "Whirlpool-Galaxy",
        file_name: "skyfeed-demo_whirlpool-galaxy.png",
        title: "Whirlpool Galaxy (drawn, not observed)",
        description: "A spiral galaxy, drawn where the Whirlpool Galaxy is on the sky. A program made it of noise; no telescope has seen it.",
        object_names: ["Whirlpool Galaxy", "M 51"],
        width_px: 1200,
        height_px: 1600,
        ra_deg: 202.4696,
        dec_deg: 47.1952,
        scale_deg_per_px: 0.00015,
        rotation_deg: -8.5,
        last_updated: "2026-03-01T12:00:00",
        draw: draw::galaxy,
    },
    Target {
        image_id: "Hercules-Cluster",
        file_name: "skyfeed-demo_hercules-cluster.tif",
        title: "Hercules Cluster (drawn, not observed)",
        description: "A globular cluster, drawn where the Hercules Cluster is on the sky. A program threw its stars like dice; no telescope has seen it.",
        object_names: ["Hercules Cluster", "M 13"],
        width_px: 800,
        height_px: 600,
        ra_deg: 250.4235,
        dec_deg: 36.4613,
        scale_deg_per_px: 0.0005,
        rotation_deg: 0.0,
        last_updated: "2026-01-01T12:00:00",
        draw: draw::cluster,
    },
];
