//! Image sets.

use crate::field::{attribute, element, prefixed, text};
use crate::vocabulary::{BandPass, DataSetType, Projection};

element! {
    /// An image, in tiles or whole, and how it lies on its sphere.
    pub struct ImageSet("ImageSet") {
        /// The URL of an image set that this one replaces.
        pub alt_url: String = String::new() => attribute("AltUrl");
        /// The part of the spectrum that it shows.
        pub band_pass: BandPass = BandPass::Visible => attribute("BandPass");
        /// The angular side of the padded square of all tiles, in degrees; for [`Projection::SkyImage`] the height of one
        /// pixel, in degrees.
        pub base_degrees_per_tile: f64 = 0.0 => attribute("BaseDegreesPerTile");
        /// The coarsest level that there is; 0 but in special cases.
        pub base_tile_level: u32 = 0 => attribute("BaseTileLevel");
        /// Whether the first row is at the bottom, as in FITS. Clients do not show tiles with it.
        pub bottoms_up: bool = false => attribute("BottomsUp");
        /// Right ascension, or longitude, of the projection's center, in degrees.
        pub center_x_deg: f64 = 0.0 => attribute("CenterX");
        /// Declination, or latitude, of the projection's center, in degrees.
        pub center_y_deg: f64 = 0.0 => attribute("CenterY");
        /// The greatest data value of FITS tiles.
        pub data_max: f64 = 0.0 => attribute("DataMax").unless_zero();
        /// The smallest data value of FITS tiles.
        pub data_min: f64 = 0.0 => attribute("DataMin").unless_zero();
        /// What it is part of.
        pub data_set_type: DataSetType = DataSetType::Sky => attribute("DataSetType");
        /// The URL of tiles with elevations.
        pub dem_url: String = String::new() => attribute("DemUrl");
        /// Whether there are tiles with elevations.
        pub elevation_model: bool = false => attribute("ElevationModel");
        /// The extension of the files with its dot; for a HiPS the extensions without dots, between spaces.
        pub file_type: String = ".png".to_owned() => attribute("FileType").even_if_empty();
        /// Whether it stands for any image set of its type. Clients then ignore the rest.
        pub generic: bool = false => attribute("Generic");
        /// The radius of a planet in meters; 0 if it does not matter.
        pub mean_radius: f64 = 0.0 => attribute("MeanRadius").unless_zero();
        /// The number of the WorldWide Telescope community that it came from; 0 for none.
        pub msr_community_id: i64 = 0 => attribute("MSRCommunityId").unless_zero();
        /// The number of the item in that community; 0 for none.
        pub msr_component_id: i64 = 0 => attribute("MSRComponentId").unless_zero();
        /// The title, by which clients tell image sets apart.
        pub name: String = String::new() => attribute("Name").even_if_empty();
        /// How far the image is moved off the projection's center: to the right, in degrees, for tiles; to the left from its left
        /// edge, in pixels, for [`Projection::SkyImage`].
        pub offset_x: f64 = 0.0 => attribute("OffsetX").unless_zero();
        /// How far the image is moved off the projection's center: up, in degrees, for tiles; down from its lower edge, in
        /// pixels, for [`Projection::SkyImage`].
        pub offset_y: f64 = 0.0 => attribute("OffsetY").unless_zero();
        /// Access rights in that community.
        pub permission: i64 = 0 => attribute("Permission").unless_zero();
        /// The data value of FITS tiles to show as white.
        pub pixel_cut_high: f64 = 0.0 => attribute("PixelCutHigh").unless_zero();
        /// The data value of FITS tiles to show as black.
        pub pixel_cut_low: f64 = 0.0 => attribute("PixelCutLow").unless_zero();
        /// How its pixels are laid on the sphere.
        pub projection: Projection = Projection::SkyImage => attribute("Projection");
        /// The digits for `{Q}` in the URL.
        pub quad_tree_map: String = String::new() => attribute("QuadTreeMap").even_if_empty();
        /// The planet, or `Sky`.
        pub reference_frame: String = String::new() => attribute("ReferenceFrame");
        /// The rotation of the projection, in degrees from north to east.
        pub rotation_deg: f64 = 0.0 => attribute("Rotation");
        /// Whether tiles may be missing.
        pub sparse: bool = true => attribute("Sparse");
        /// Whether it came with the program.
        pub stock_set: bool = false => attribute("StockSet");
        /// The finest level of tiles: the padded square has a side of 256 · 2^`tile_levels` pixels. 0 for an image without tiles.
        pub tile_levels: u32 = 0 => attribute("TileLevels");
        /// The URL of the image, or the template of the URLs of its tiles: `{1}` is the level, `{2}` the column, `{3}` the row.
        pub url: String = String::new() => attribute("Url").even_if_empty();
        /// 2; old data with two tiles beside each other at level 0 have 1.
        pub width_factor: u32 = 2 => attribute("WidthFactor");
        /// Free metadata: the attributes that begin with `X`, each without the `X`, and their values, in order.
        ///
        /// A name may hold ASCII letters, digits, `_`, `-` and `.`; other characters are dropped when writing. Of several
        /// pairs with one name, the last value counts.
        pub metadata: Vec<(String, String)> = Vec::new() => prefixed("X");
        /// Whom to thank for the image, HTML.
        pub credits: String = String::new() => text("Credits");
        /// The URL of the page about the image.
        pub credits_url: String = String::new() => text("CreditsUrl");
        /// A description, which no client shows: see [`Place::description`](crate::Place::description).
        pub description: String = String::new() => text("Description");
        /// The URL of a picture of 96 × 45 pixels.
        pub thumbnail_url: String = String::new() => text("ThumbnailUrl").even_if_empty();
    }
}
