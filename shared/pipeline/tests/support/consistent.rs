//! What must hold of the stores of a feed, whatever happened to it.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::collections::BTreeMap;

use bytes::Bytes;
use skyfeed_tiling::archive::Digests;
use skyfeed_wtml::{Folder, Item};

pub(crate) type Contents = BTreeMap<String, Bytes>;

/// What must hold of a site at every moment: whatever a document names is there.
pub(crate) fn assert_consistent(work: &Contents, site: &Contents, when: &str) {
    let listed = |document: &Bytes| -> Vec<String> {
        let folder = Folder::parse(document).unwrap();
        folder.children.iter().map(tile_url).collect()
    };
    for (key, document) in site.iter().filter(|(key, _)| key.ends_with("/index.wtml")) {
        let id = key.trim_end_matches("/index.wtml");
        let url = &listed(document)[0];
        let folder = url.strip_prefix("http://example.org/feed/").unwrap().trim_end_matches("L{1}X{2}Y{3}.png");
        let pixels = format!("pixels/{id}/");
        let (_, digests) =
            work.iter().find(|(key, _)| key.starts_with(&pixels) && key.ends_with("/tiles.digests")).unwrap();
        for tile in Digests::parse(digests.to_vec()).unwrap().iter() {
            let key = format!("{folder}{}.png", tile.tile.flat_name());
            let there = site.get(&key).is_some_and(|bytes| bytes.len() as u64 == u64::from(tile.length));
            assert!(there, "{when}: {key} is missing");
        }
        assert!(site.contains_key(&format!("{folder}thumb.jpg")), "{when}: {id} lacks its thumbnail");
        assert!(site.contains_key(&format!("{id}/index_rel.wtml")), "{when}: {id} lacks its relative document");
    }
    if let Some(index) = site.get("index.wtml") {
        for url in listed(index) {
            let id = url.strip_prefix("http://example.org/feed/").unwrap().split('/').next().unwrap().to_owned();
            assert!(site.contains_key(&format!("{id}/index.wtml")), "{when}: the index lists {id}, which is not there");
        }
    }
}

fn tile_url(item: &Item) -> String {
    let Item::Place(place) = item else { panic!("not a place: {item:?}") };
    place.foreground.as_ref().unwrap().url.clone()
}

/// Decisions and notes of downloads carry their times; everything else must be equal to the byte.
pub(crate) fn same(expected: &Contents, found: &Contents) -> bool {
    let without_times = |all: &Contents| {
        all.iter()
            .filter(|(key, _)| !["decisions/", "fetched/"].iter().any(|folder| key.starts_with(folder)))
            .map(|(key, bytes)| (key.clone(), bytes.clone()))
            .collect::<Contents>()
    };
    expected.keys().eq(found.keys()) && without_times(expected) == without_times(found)
}
