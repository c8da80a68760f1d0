//! What a folder holds, for the page that shows it.

use std::{
    io,
    path::{Path, PathBuf},
};

use skyfeed_wtml::{DataSetType, Item, Place};

use super::{files::Files, path::is_visible, wtml};

/// More entries than this are not listed: a page of thousands of tiles helps nobody.
const MOST_ENTRIES: usize = 500;

/// What a person may want to look at in a folder.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The names of its folders, ascending.
    pub(super) folders: Vec<String>,
    /// The names of its files, ascending.
    pub(super) files: Vec<String>,
    /// Whether there are more than are listed.
    pub(super) more: bool,
    /// The collection in it, if there is one.
    pub(super) collection: Option<Collection>,
}

/// An `index.wtml` that the server can answer with.
#[derive(Debug, Default)]
pub(super) struct Collection {
    /// The name that it gives itself.
    pub(super) name: String,
    /// What it shows.
    pub(super) places: Vec<Card>,
    /// Why it cannot be shown.
    pub(super) problem: Option<String>,
}

/// A place of the collection.
#[derive(Debug, PartialEq)]
pub(super) struct Card {
    pub(super) name: String,
    pub(super) thumbnail: String,
    pub(super) credits_url: String,
    /// Right ascension and declination of its centre, in degrees.
    pub(super) center_deg: Option<[f64; 2]>,
}

impl Listing {
    /// Looks into a folder.
    ///
    /// # Errors
    /// It cannot be read. A collection that cannot be read is a [`Collection::problem`].
    pub(super) async fn read<F: Files>(files: &F, folder: PathBuf) -> io::Result<Self> {
        let collection = collection(files, &folder).await?;
        let entries = files.entries(folder).await?;
        let mut listing = Self { folders: entries.folders, files: entries.files, more: false, collection };
        for names in [&mut listing.folders, &mut listing.files] {
            names.retain(|name| is_visible(name));
            names.sort_unstable();
            listing.more |= names.len() > MOST_ENTRIES;
            names.truncate(MOST_ENTRIES);
        }
        Ok(listing)
    }
}

async fn collection<F: Files>(files: &F, folder: &Path) -> io::Result<Option<Collection>> {
    for name in ["index_rel.wtml", "index.wtml"] {
        let file = folder.join(name);
        if wtml::is_there(files, &file).await? {
            return Ok(Some(match wtml::read(files, &file).await {
                Ok(folder) => Collection { name: folder.name, places: cards(folder.children), problem: None },
                Err(error) => Collection { problem: Some(format!("{name}: {error}")), ..Collection::default() },
            }));
        }
    }
    Ok(None)
}

fn cards(items: Vec<Item>) -> Vec<Card> {
    items
        .into_iter()
        .flat_map(|item| match item {
            Item::Place(place) => vec![card(place)],
            Item::Folder(folder) => cards(folder.children),
            Item::ImageSet(image_set) => vec![Card {
                name: image_set.name,
                thumbnail: image_set.thumbnail_url,
                credits_url: image_set.credits_url,
                center_deg: None,
            }],
        })
        .collect()
}

fn card(place: Place) -> Card {
    let on_sky = place.data_set_type == DataSetType::Sky;
    let image_set = place.image_set.or(place.foreground).unwrap_or_default();
    Card {
        name: place.name,
        thumbnail: if place.thumbnail.is_empty() { image_set.thumbnail_url } else { place.thumbnail },
        credits_url: image_set.credits_url,
        center_deg: on_sky.then_some([place.ra_hours * 15.0, place.dec_deg]),
    }
}
