//! What is done to whole documents: moving them, joining them.

use crate::folder::{Folder, Item};
use crate::image_set::ImageSet;
use crate::place::Place;
use crate::url;

impl Folder {
    /// Replaces every URL that is not empty, in this folder and all below it.
    ///
    /// These are the URLs: `Url` and `Thumbnail` of folders, `Thumbnail` of places, `Url`, `DemUrl`, `CreditsUrl` and `ThumbnailUrl` of image
    /// sets. Not `AltUrl`, which is the name of another image set.
    pub fn map_urls(&mut self, mut f: impl FnMut(&str) -> String) {
        self.visit_urls(&mut |url| {
            if !url.is_empty() {
                *url = f(url);
            }
        });
    }

    /// Makes every URL absolute, for a document at the URL `base`: see [`url::absolutize`].
    ///
    /// ```
    /// # let mut folder = skyfeed_wtml::Folder { thumbnail: "thumb.jpg".to_owned(), ..Default::default() };
    /// folder.absolutize("http://data1.wwtassets.org/feeds/eso/eso1907a/");
    /// assert_eq!(folder.thumbnail, "http://data1.wwtassets.org/feeds/eso/eso1907a/thumb.jpg");
    /// ```
    pub fn absolutize(&mut self, base: &str) {
        self.map_urls(|url| url::absolutize(base, url));
    }

    /// Undoes [`absolutize`](Self::absolutize): takes `base` away from every URL that begins with it.
    pub fn relativize(&mut self, base: &str) {
        self.map_urls(|url| url::relativize(base, url));
    }

    /// Adapts relative URLs when everything that they name moves into the folder `prefix`, such as `0123abcd/`, and the document stays.
    ///
    /// URLs with a host, with a scheme, or with a path from the root stay as they are.
    pub fn rebase(&mut self, prefix: &str) {
        let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
        self.absolutize(&[prefix, slash].concat());
    }

    fn visit_urls(&mut self, visit: &mut impl FnMut(&mut String)) {
        visit(&mut self.url);
        visit(&mut self.thumbnail);
        for item in &mut self.children {
            match item {
                Item::Folder(folder) => folder.visit_urls(visit),
                Item::Place(place) => place.visit_urls(visit),
                Item::ImageSet(image_set) => image_set.visit_urls(visit),
            }
        }
    }
}

impl Place {
    fn visit_urls(&mut self, visit: &mut impl FnMut(&mut String)) {
        visit(&mut self.thumbnail);
        for image_set in [&mut self.background, &mut self.foreground, &mut self.image_set].into_iter().flatten() {
            image_set.visit_urls(visit);
        }
    }
}

impl ImageSet {
    fn visit_urls(&mut self, visit: &mut impl FnMut(&mut String)) {
        for url in [&mut self.url, &mut self.dem_url, &mut self.credits_url, &mut self.thumbnail_url] {
            visit(url);
        }
    }
}

/// Joins documents: one folder with the children of all, in order.
///
/// `output` is where the joined document will be, and each document comes with where it is: URLs, or paths with `/` from a common root
/// (so all absolute, or all relative to one directory). Relative URLs are adapted to the new place; those of a document with a host in
/// its URL become absolute. The folder is named `Folder`, as `wwtdatatool wtml merge` does; give it your own name and thumbnail.
///
/// ```
/// use skyfeed_wtml::{Folder, Item, merge};
///
/// let hubble = Folder::parse("<Folder><ImageSet Url='L{1}X{2}Y{3}.png'/></Folder>")?;
/// let all = Folder { name: "All feeds".to_owned(), ..merge("all/index.wtml", [("hst/index.wtml", hubble)]) };
/// let [Item::ImageSet(image_set)] = &all.children[..] else { panic!("not one image set") };
/// assert_eq!(image_set.url, "../hst/L{1}X{2}Y{3}.png");
/// # Ok::<(), skyfeed_wtml::WtmlError>(())
/// ```
pub fn merge<'a>(output: &str, documents: impl IntoIterator<Item = (&'a str, Folder)>) -> Folder {
    let mut merged = Folder { name: "Folder".to_owned(), ..Folder::default() };
    for (location, mut folder) in documents {
        if url::has_host(location) {
            folder.absolutize(location);
        } else {
            folder.rebase(&url::way_between(output, location));
        }
        merged.children.append(&mut folder.children);
    }
    merged
}
