//! Where an image is on the sky: from AVM, feed metadata or a FITS header to the numbers of a WWT image set.

mod avm;
mod card;
mod error;
pub mod fits;
mod frames;
mod orientation;
mod placement;
mod projection;
mod solution;
mod spatial;
mod tan;
mod wcs;

pub use avm::{Avm, find_packet};
pub use error::SkyError;
pub use fits::FitsWcs;
pub use orientation::{CoordinatesReferTo, resolve_orientation};
pub use placement::{FOV_FACTOR, Placement, StudyProjection};
pub use spatial::{Quality, SpatialMetadata};
pub use wcs::{Parity, Wcs};
