//! Where an image is on the sky: from AVM, feed metadata or a FITS header to the numbers of a WWT image set.

mod spatial;

pub use spatial::{Quality, SpatialMetadata};
