//! Every key of the work store and the site store is made here.

use skyfeed_tiling::pixels::{TileFormat, TilePos};

use crate::{id::ImageId, revision::Revision};

/// The feed's configuration, in the work store (and on sites that toasty made).
pub const CONFIG: &str = "toasty-pipeline-config.yaml";
/// Name of the thumbnail, below a revision.
pub const THUMBNAIL: &str = "thumb.jpg";
/// Name of a WTML document with absolute URLs.
pub const INDEX: &str = "index.wtml";
/// Name of a WTML document with URLs relative to itself.
pub const INDEX_REL: &str = "index_rel.wtml";
/// Name of a revision's manifest.
pub const MANIFEST: &str = "manifest.json";
/// Name of a study's image file, without its extension.
pub const IMAGE_STEM: &str = "image";

/// The folder of all candidates in the work store.
pub const CANDIDATES: &str = "candidates/";
/// The folder of all images that wait for tiling.
pub const INBOX: &str = "inbox/";
/// The folder of all images that cannot be put on the sky.
pub const UNUSABLE: &str = "unusable/";
/// The folder of all staged studies.
pub const STAGED: &str = "staged/";
/// The folder of all decisions.
pub const DECISIONS: &str = "decisions/";
/// The folder of all published records.
pub const PUBLISHED: &str = "published/";

/// What the source said of an image.
pub fn candidate(id: &ImageId) -> String {
    format!("{CANDIDATES}{id}.json")
}

/// Where an image waits for tiling.
pub fn inbox(id: &ImageId) -> String {
    format!("{INBOX}{id}/")
}

/// What is known of an image beside its pixels.
pub fn source_record(id: &ImageId) -> String {
    format!("{INBOX}{id}/source.json")
}

/// The image itself; its creation triggers `tile`.
pub fn inbox_image(id: &ImageId, extension: &str) -> String {
    format!("{INBOX}{id}/{IMAGE_STEM}.{extension}")
}

/// Why an image cannot be put on the sky.
pub fn unusable(id: &ImageId) -> String {
    format!("{UNUSABLE}{id}.json")
}

/// The revisions of an image.
pub fn staged(id: &ImageId) -> String {
    format!("{STAGED}{id}/")
}

/// One revision of an image.
pub fn staged_revision(id: &ImageId, revision: &Revision) -> String {
    format!("{STAGED}{id}/{revision}/")
}

/// The manifest of a revision; it is complete when this is there.
pub fn manifest(id: &ImageId, revision: &Revision) -> String {
    format!("{STAGED}{id}/{revision}/{MANIFEST}")
}

/// The name of a tile below a revision: flat, as feeds have it.
pub fn tile(tile: TilePos, format: TileFormat) -> String {
    format!("{}.{format}", tile.flat_name())
}

/// The URL template of these names.
pub fn tile_url(format: TileFormat) -> String {
    format!("L{{1}}X{{2}}Y{{3}}.{format}")
}

/// What people decided on an image.
pub fn decisions(id: &ImageId) -> String {
    format!("{DECISIONS}{id}/")
}

/// What one person decided on one revision. Characters that keys do not bear, and dots that would hide it, become `-`; the record has the full name.
pub fn decision(id: &ImageId, revision: &Revision, by: &str) -> String {
    let bears = |at: usize, c: char| c.is_alphanumeric() || matches!(c, '@' | '_' | '+') || (c == '.' && at > 0);
    let by: String = by.chars().enumerate().map(|(at, c)| if bears(at, c) { c } else { '-' }).collect();
    format!("{DECISIONS}{id}/{revision}/{by}.json")
}

/// That an image is on the site, or was taken down.
pub fn published(id: &ImageId) -> String {
    format!("{PUBLISHED}{id}.json")
}

/// The id in a key such as `published/<id>.json`; `None` for keys of another form.
pub fn id_of_json(folder: &str, key: &str) -> Option<ImageId> {
    ImageId::new(key.strip_prefix(folder)?.strip_suffix(".json")?).ok()
}

/// The id in a key or prefix such as `inbox/<id>/…`; `None` for keys of another form.
pub fn id_of_folder(folder: &str, key: &str) -> Option<ImageId> {
    let (id, _) = key.strip_prefix(folder)?.split_once('/')?;
    ImageId::new(id).ok()
}

/// Keys of the site store.
pub mod site {
    use skyfeed_tiling::pixels::TileFormat;

    use super::{INDEX, INDEX_REL};
    use crate::{config::SiteLayout, id::ImageId, revision::Revision};

    /// Everything of one image.
    pub fn folder(id: &ImageId) -> String {
        format!("{id}/")
    }

    /// The image's WTML with absolute URLs, written after everything that it names.
    pub fn index(id: &ImageId) -> String {
        format!("{id}/{INDEX}")
    }

    /// The image's WTML with relative URLs.
    pub fn index_rel(id: &ImageId) -> String {
        format!("{id}/{INDEX_REL}")
    }

    /// Never process this id.
    pub fn skip_flag(id: &ImageId) -> String {
        format!("{id}/skip.flag")
    }

    /// Whether a key relative to an image's folder belongs to some revision in either layout: a tile, or anything in a revision's folder. What else is there is
    /// not ours to delete.
    pub fn is_of_revision(name: &str) -> bool {
        match name.split_once('/') {
            Some((folder, _)) => folder.parse::<Revision>().is_ok(),
            None => is_tile(name),
        }
    }

    /// Whether a name is of the form `L{level}X{x}Y{y}`, with the extension of a tile.
    fn is_tile(name: &str) -> bool {
        let numbers = || {
            let (name, extension) = name.rsplit_once('.')?;
            extension.parse::<TileFormat>().ok()?;
            let (level, place) = name.strip_prefix('L')?.split_once('X')?;
            let (x, y) = place.split_once('Y')?;
            Some([level, x, y])
        };
        numbers().is_some_and(|numbers| numbers.iter().all(|number| number.parse::<u32>().is_ok()))
    }

    /// What stands before the tiles' names in the image's folder: nothing in toasty's layout, else the revision.
    pub fn tile_prefix(layout: SiteLayout, revision: &Revision) -> String {
        match layout {
            SiteLayout::Skyfeed => format!("{revision}/"),
            SiteLayout::Toasty => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DECISIONS, PUBLISHED, decision, id_of_folder, id_of_json, published, site};
    use crate::{id::ImageId, revision::Revision};

    #[test]
    fn keys_give_back_their_id() {
        let id = ImageId::new("eso 1.a").unwrap();
        assert_eq!(id_of_json(PUBLISHED, &published(&id)), Some(id.clone()));
        let key = decision(&id, &Revision::of(&[]), "anna");
        assert_eq!(id_of_folder(DECISIONS, &key), Some(id));
        assert_eq!(id_of_json(PUBLISHED, "published/../x.json"), None);
    }

    #[test]
    fn files_of_others_are_not_taken_for_tiles() {
        for name in ["L0X0Y0.png", "L12X4095Y7.png", "L3X2Y1.jpg", "0123456789abcdef/thumb.jpg"] {
            assert!(site::is_of_revision(name), "{name}");
        }
        for name in ["index.wtml", "skip.flag", "LOGO.png", "L0X0Y.png", "notes/L0X0Y0.png", "L0X0Y0.fits", "thumb.jpg"]
        {
            assert!(!site::is_of_revision(name), "{name}");
        }
    }

    #[test]
    fn the_name_of_a_person_cannot_leave_the_folder() {
        let id = ImageId::new("x").unwrap();
        let key = decision(&id, &Revision::of(&[]), "../../published/y");
        assert_eq!(key.matches('/').count(), 3, "{key}");
    }
}
