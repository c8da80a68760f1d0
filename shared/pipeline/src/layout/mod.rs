//! Every key of the work store and the site store is made here, and read here.
//!
//! ```text
//! work   toasty-pipeline-config.yaml         the configuration
//!        candidates/<id>.json                what the source said
//!        put-off/<id>.json                   failed, to be tried again later
//!        edits/<id>.json                     what a person set
//!        downloads/<id>/                     parts of an image that is not all there
//!        inbox/<id>/source.json, <image>     the image last
//!        fetched/<id>.json                   what was downloaded, and when the source was last asked
//!        unusable/<id>.json                  why it cannot be put on the sky
//!        pixels/<id>/<pixels>/               tiles.pmtiles, thumb.jpg, preview.jpg; tiles.digests last
//!        staged/<id>/<rev>/                  index_rel.wtml; manifest.json last
//!        decisions/<id>/<rev>/<n>-<by>.json  only added; `candidate` in place of a revision rejects before the download
//!        published/<id>.json                 what is on the site
//!        retracted/<id>/<rev>/               what a takedown took from the site and cannot be made again
//! site   <id>/<pixels>/                      tiles and thumbnail, for ever
//!        <id>/index.wtml, index_rel.wtml     after everything that they name
//!        <id>/skip.flag                      never process this id
//!        index.wtml, index_rel.wtml          the whole feed, newest first
//! ```

use skyfeed_tiling::pixels::{TileFormat, TilePos};

use crate::{
    id::ImageId,
    names::{Pixels, Revision},
};

pub mod decision;
pub mod site;

/// The feed's configuration, in the work store (and on sites that toasty made).
pub const CONFIG: &str = "toasty-pipeline-config.yaml";
/// Name of the thumbnail.
pub const THUMBNAIL: &str = "thumb.jpg";
/// Name of the picture that people look at in lists of studies.
pub const PREVIEW: &str = "preview.jpg";
/// Name of the archive of all tiles.
pub const ARCHIVE: &str = "tiles.pmtiles";
/// Name of the list of the tiles' digests; the pixels are complete when this is there.
pub const DIGESTS: &str = "tiles.digests";
/// Name of a WTML document with absolute URLs.
pub const INDEX: &str = "index.wtml";
/// Name of a WTML document with URLs relative to itself.
pub const INDEX_REL: &str = "index_rel.wtml";
/// Name of a revision's manifest; the revision is complete when this is there.
pub const MANIFEST: &str = "manifest.json";
/// Name of a study's image file, without its extension.
pub const IMAGE_STEM: &str = "image";

/// The folder of all candidates in the work store.
pub const CANDIDATES: &str = "candidates/";
/// The folder of what failed and is to be tried again later.
pub const PUT_OFF: &str = "put-off/";
/// The folder of what people set for images.
pub const EDITS: &str = "edits/";
/// The folder of downloads that broke off.
pub const DOWNLOADS: &str = "downloads/";
/// The folder of what was downloaded.
pub const FETCHED: &str = "fetched/";
/// The folder of all images that wait for tiling.
pub const INBOX: &str = "inbox/";
/// The folder of all images that cannot be put on the sky.
pub const UNUSABLE: &str = "unusable/";
/// The folder of all pyramids.
pub const PIXELS: &str = "pixels/";
/// The folder of all staged studies.
pub const STAGED: &str = "staged/";
/// The folder of all decisions.
pub const DECISIONS: &str = "decisions/";
/// The folder of all published records.
pub const PUBLISHED: &str = "published/";
/// The folder of what takedowns keep.
pub const RETRACTED: &str = "retracted/";
/// The folder of what people asked for by writing an object.
pub const OPERATIONS: &str = "operations/";
/// The folder of large things cut into tasks.
pub const JOBS: &str = "jobs/";
/// The folder of messages that could not be read.
pub const FAILED: &str = "failed/";
/// The folder of the configurations of further feeds.
pub const FEEDS: &str = "feeds/";

/// What the source said of an image.
pub fn candidate(id: &ImageId) -> String {
    format!("{CANDIDATES}{id}.json")
}

/// That an image failed and when it is to be tried again.
pub fn put_off(id: &ImageId) -> String {
    format!("{PUT_OFF}{id}.json")
}

/// What there is of an image that is not all there.
pub fn downloads(id: &ImageId) -> String {
    format!("{DOWNLOADS}{id}/")
}

/// Of which file there are parts.
pub fn download(id: &ImageId) -> String {
    format!("{DOWNLOADS}{id}/download.json")
}

/// The parts of one content of a file, by their places in it.
pub fn download_parts(id: &ImageId, tag: &str) -> String {
    format!("{DOWNLOADS}{id}/{tag}/")
}

/// What was downloaded of an image.
pub fn fetched(id: &ImageId) -> String {
    format!("{FETCHED}{id}.json")
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

/// Whether a key is one that [`inbox_image`] makes: a download, unless a person chose this very name.
pub fn is_inbox_image(id: &ImageId, key: &str) -> bool {
    let name = key.strip_prefix(INBOX).and_then(|key| key.strip_prefix(id.as_str())?.strip_prefix('/'));
    name.and_then(|name| name.rsplit_once('.')).is_some_and(|(stem, _)| stem == IMAGE_STEM)
}

/// Why an image cannot be put on the sky.
pub fn unusable(id: &ImageId) -> String {
    format!("{UNUSABLE}{id}.json")
}

/// A pyramid with its small pictures.
pub fn pixels(id: &ImageId, pixels: &Pixels) -> String {
    format!("{PIXELS}{id}/{pixels}/")
}

/// The pyramids of an image.
pub fn pixels_of(id: &ImageId) -> String {
    format!("{PIXELS}{id}/")
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

/// The revision of a key that is a manifest of this image.
pub fn revision_of_manifest(id: &ImageId, key: &str) -> Option<Revision> {
    let (revision, name) = key.strip_prefix(STAGED)?.strip_prefix(id.as_str())?.strip_prefix('/')?.split_once('/')?;
    if name == MANIFEST { revision.parse().ok() } else { None }
}

/// The name of a tile: flat, as feeds have it.
pub fn tile(tile: TilePos, format: TileFormat) -> String {
    format!("{}.{format}", tile.flat_name())
}

/// The tile that has a name; `None` for names of another form.
pub fn tile_of_name(name: &str) -> Option<(TilePos, TileFormat)> {
    let (stem, extension) = name.rsplit_once('.')?;
    Some((TilePos::from_flat_name(stem)?, extension.parse().ok()?))
}

/// The URL template of these names.
pub fn tile_url(format: TileFormat) -> String {
    format!("L{{1}}X{{2}}Y{{3}}.{format}")
}

/// What people decided on an image.
pub fn decisions(id: &ImageId) -> String {
    format!("{DECISIONS}{id}/")
}

/// What was taken from the site of a revision, or of what another program published, and cannot be made again.
pub fn retracted(id: &ImageId, revision: Option<&Revision>) -> String {
    format!("{RETRACTED}{id}/{}/", revision.map_or("of-others", Revision::as_str))
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

#[cfg(test)]
mod tests {
    use super::{INBOX, PUBLISHED, id_of_folder, id_of_json, inbox_image, manifest, published, revision_of_manifest};
    use crate::{id::ImageId, names::Revision};

    #[test]
    fn keys_give_back_their_id() {
        let id = ImageId::new("eso 1.a").unwrap();
        assert_eq!(id_of_json(PUBLISHED, &published(&id)), Some(id.clone()));
        assert_eq!(id_of_folder(INBOX, &inbox_image(&id, "png")), Some(id.clone()));
        assert_eq!(id_of_json(PUBLISHED, "published/../x.json"), None);
        let revision = Revision::of(&[]);
        assert_eq!(revision_of_manifest(&id, &manifest(&id, &revision)), Some(revision));
        assert_eq!(revision_of_manifest(&id, "staged/eso 1.a/litter/manifest.json"), None);
    }
}
