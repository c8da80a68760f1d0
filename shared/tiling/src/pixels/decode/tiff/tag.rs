//! The tags that are read, by the names of TIFF 6.0.

pub(in super::super) const IMAGE_WIDTH: u16 = 256;
pub(in super::super) const IMAGE_LENGTH: u16 = 257;
pub(in super::super) const BITS_PER_SAMPLE: u16 = 258;
pub(in super::super) const COMPRESSION: u16 = 259;
pub(in super::super) const PHOTOMETRIC: u16 = 262;
pub(in super::super) const FILL_ORDER: u16 = 266;
pub(in super::super) const STRIP_OFFSETS: u16 = 273;
pub(in super::super) const ORIENTATION: u16 = 274;
pub(in super::super) const SAMPLES_PER_PIXEL: u16 = 277;
pub(in super::super) const ROWS_PER_STRIP: u16 = 278;
pub(in super::super) const STRIP_BYTE_COUNTS: u16 = 279;
pub(in super::super) const PLANAR_CONFIGURATION: u16 = 284;
pub(in super::super) const PREDICTOR: u16 = 317;
pub(in super::super) const COLOR_MAP: u16 = 320;
pub(in super::super) const TILE_WIDTH: u16 = 322;
pub(in super::super) const TILE_LENGTH: u16 = 323;
pub(in super::super) const TILE_OFFSETS: u16 = 324;
pub(in super::super) const TILE_BYTE_COUNTS: u16 = 325;
pub(in super::super) const INK_SET: u16 = 332;
pub(in super::super) const EXTRA_SAMPLES: u16 = 338;
pub(in super::super) const SAMPLE_FORMAT: u16 = 339;
/// XMP specification, part 3.
pub(in super::super) const XMP: u16 = 700;
/// ICC.1, annex B.4.
pub(in super::super) const ICC_PROFILE: u16 = 34675;
