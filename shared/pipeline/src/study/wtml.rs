//! The WTML of one study, as toasty writes it.

use skyfeed_tiling::{
    pixels::TileFormat,
    sky::{Placement, StudyProjection},
};
use skyfeed_wtml::{DataSetType, Folder, ImageSet, Item, Place, Projection, annotation};

use super::StudyText;
use crate::layout::THUMBNAIL;

/// Makes the folder with the one place of a study. `tile_url` is the template of its tiles, such as `L{1}X{2}Y{3}.png`, which are files of
/// `format`; all URLs are relative.
///
/// Every number comes from `placement`; see [`skyfeed_tiling::sky::Placement`] for their meaning.
pub fn folder(placement: &Placement, text: &StudyText, tile_levels: u32, tile_url: &str, format: TileFormat) -> Folder {
    let image_set = ImageSet {
        base_degrees_per_tile: placement.base_degrees_per_tile,
        bottoms_up: placement.bottoms_up,
        center_x_deg: placement.center_x_deg,
        center_y_deg: placement.center_y_deg,
        credits: text.credits.clone(),
        credits_url: text.credits_url.clone(),
        data_set_type: DataSetType::Sky,
        file_type: format!(".{format}"),
        name: text.name.clone(),
        offset_x: placement.offset_x,
        offset_y: placement.offset_y,
        projection: match placement.projection {
            StudyProjection::Tan => Projection::Tan,
            StudyProjection::SkyImage => Projection::SkyImage,
        },
        rotation_deg: placement.rotation_deg,
        thumbnail_url: THUMBNAIL.to_owned(),
        tile_levels,
        url: tile_url.to_owned(),
        width_factor: placement.width_factor,
        ..ImageSet::default()
    };
    let mut place = Place {
        annotation: text.publication.as_ref().map_or_else(String::new, |publication| {
            annotation(&publication.channel, &publication.item, &publication.published)
        }),
        description: text.description.clone(),
        foreground: Some(image_set),
        metadata: text.last_updated.iter().map(|date| ("LastUpdated".to_owned(), date.clone())).collect(),
        name: text.name.clone(),
        thumbnail: THUMBNAIL.to_owned(),
        zoom_level: placement.zoom_level,
        ..Place::default()
    };
    place.set_sky_position(placement.place_ra_hours, placement.place_dec_deg);
    Folder { name: text.name.clone(), children: vec![Item::Place(place)], ..Folder::default() }
}
