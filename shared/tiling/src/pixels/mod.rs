//! From an image file to the tiles of its pyramid, in one pass over its rows.

mod buffers;
mod cascade;
mod cost;
mod decode;
mod encode;
mod error;
mod limits;
mod miniature;
mod orientation;
mod parents;
mod pyramid;
mod raster;
mod rows;
mod strip;
mod study;
mod tile_pos;
mod tiler;

pub use cascade::CascadeMode;
pub use cost::Cost;
pub use decode::{ColorProcessing, Crop, Format, ImageFile, ImageHeader, ReadOptions};
pub use encode::{Compression, TileFormat};
pub use error::PixelError;
pub use limits::Limits;
pub use miniature::{Preview, Thumbnail, make_thumbnail};
pub use orientation::Orientation;
pub use pyramid::{PIXELS_VERSION, Pyramid, PyramidOptions, TileSink, make_pyramid};
pub use rows::{Channels, RowSource, Size};
pub use study::{Study, TILE_SIDE_PX, TileRange};
pub use tile_pos::TilePos;
