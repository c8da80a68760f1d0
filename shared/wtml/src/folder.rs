//! The root of every document.

use crate::error::WtmlError;
use crate::field::{Kept, Node, attribute, element};
use crate::image_set::ImageSet;
use crate::place::Place;
use crate::vocabulary::FolderType;
use crate::xml::{self, Element};

element! {
    /// A titled list of places, image sets and other folders: the root of every document.
    ///
    /// ```
    /// use skyfeed_wtml::{Folder, Item};
    ///
    /// let folder = Folder::parse("<Folder Name='M 1'><Place Name='Crab' DataSetType='Sky' RA='5.575'/></Folder>")?;
    /// let [Item::Place(place)] = &folder.children[..] else { panic!("not one place") };
    /// assert_eq!(place.ra_hours, 5.575);
    /// # Ok::<(), skyfeed_wtml::WtmlError>(())
    /// ```
    pub struct Folder("Folder") {
        /// Whether clients show its content.
        pub browseable: bool = true => attribute("Browseable");
        /// `Explorer` for what is browsed; clients know some more.
        pub group: String = "Explorer".to_owned() => attribute("Group");
        /// The number of the WorldWide Telescope community that it came from; 0 for none.
        pub msr_community_id: i64 = 0 => attribute("MSRCommunityId").unless_zero();
        /// The number of the item in that community; 0 for none.
        pub msr_component_id: i64 = 0 => attribute("MSRComponentId").unless_zero();
        /// The title.
        pub name: String = String::new() => attribute("Name");
        /// Access rights in that community.
        pub permission: i64 = 0 => attribute("Permission").unless_zero();
        /// Whether clients find its content by search.
        pub searchable: bool = true => attribute("Searchable");
        /// A subdivision of `kind`, free text.
        pub sub_type: String = String::new() => attribute("SubType");
        /// The URL of a picture of 96 × 45 pixels.
        pub thumbnail: String = String::new() => attribute("Thumbnail");
        /// What the folder is about.
        pub kind: Option<FolderType> = None => attribute("Type");
        /// The URL of the document with the content, if this folder is only a link to it.
        pub url: String = String::new() => attribute("Url");
        /// The content.
        pub children: Vec<Item> = Vec::new() => items();
    }
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly every item of a feed is a place, the largest variant")]
pub enum Item {
    /// A folder in the folder.
    Folder(Folder),
    /// Something to look at, with coordinates.
    Place(Place),
    /// An image without a place.
    ImageSet(ImageSet),
}

impl Folder {
    /// Reads a document.
    ///
    /// Missing attributes get their defaults, unknown attributes and elements are dropped, `True` and `False` may be written in any case or
    /// as a whole number. A byte order mark is skipped; an encoding other than UTF-8 is an error, whatever the document declares.
    ///
    /// # Errors
    /// The document is not well-formed or not a folder, it exceeds 64 MiB, 2 million elements and attributes, 500 attributes in one element
    /// or 100 levels; or an attribute's text is not of its type. Numbers must be finite. The error says where.
    pub fn parse(document: impl AsRef<[u8]>) -> Result<Self, WtmlError> {
        let root = xml::read(document.as_ref())?;
        if root.tag != Self::TAG {
            return Err(WtmlError::NotAFolder { element: root.tag });
        }
        Self::read(&root)
    }

    /// Writes the document, byte for byte as `wwt_data_formats` 0.18.1 does.
    ///
    /// What no document may hold is left out: characters that XML forbids, and numbers that are not finite. A carriage return in an
    /// element's text is read back as a line feed.
    ///
    /// ```
    /// let folder = skyfeed_wtml::Folder { name: "A & B".to_owned(), ..Default::default() };
    /// assert_eq!(
    ///     folder.to_xml(),
    ///     "<?xml version='1.0' encoding='UTF-8'?>\n\
    ///      <Folder Browseable=\"True\" Group=\"Explorer\" Name=\"A &amp; B\" Searchable=\"True\" />"
    /// );
    /// ```
    pub fn to_xml(&self) -> String {
        xml::write(&self.write())
    }
}

/// The children of a folder, as they come.
struct Items;

fn items() -> Items {
    Items
}

impl Kept<Vec<Item>> for Items {
    fn read<N: Node>(&self, element: &Element, items: &mut Vec<Item>) -> Result<(), WtmlError> {
        for child in &element.children {
            items.push(match child.tag.as_str() {
                Folder::TAG => Item::Folder(Folder::read(child)?),
                Place::TAG => Item::Place(Place::read(child)?),
                ImageSet::TAG => Item::ImageSet(ImageSet::read(child)?),
                _ => continue,
            });
        }
        Ok(())
    }

    fn write(&self, items: &Vec<Item>, element: &mut Element) {
        element.children.extend(items.iter().map(|item| match item {
            Item::Folder(folder) => folder.write(),
            Item::Place(place) => place.write(),
            Item::ImageSet(image_set) => image_set.write(),
        }));
    }
}
