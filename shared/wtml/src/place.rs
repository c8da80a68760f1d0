//! Places.

use crate::constellation::{self, Constellation};
use crate::field::{attribute, child, element, prefixed, text, wrapped};
use crate::image_set::ImageSet;
use crate::vocabulary::{Classification, DataSetType};

element! {
    /// Something to look at: coordinates, a view of them, and the images to show there.
    pub struct Place("Place") {
        /// The tilt of the camera towards the horizon.
        pub angle: f64 = 0.0 => attribute("Angle");
        /// The apparent size of the object; 0 if unknown.
        pub angular_size: f64 = 0.0 => attribute("AngularSize");
        /// Free text for programs; see [`annotation`](crate::annotation()).
        pub annotation: String = String::new() => attribute("Annotation");
        /// What kind of object it is.
        pub classification: Option<Classification> = None => attribute("Classification");
        /// The constellation that it is in.
        pub constellation: Option<Constellation> = None => attribute("Constellation");
        /// What it is part of: decides between right ascension and declination, and latitude and longitude.
        pub data_set_type: DataSetType = DataSetType::Earth => attribute("DataSetType");
        /// Declination in degrees, -90 to 90. Written only for the sky.
        pub dec_deg: f64 = 0.0 => attribute("Dec"), if Place::is_on_sky;
        /// The distance of the object; 0 if unknown.
        pub distance: f64 = 0.0 => attribute("Distance").unless_zero();
        /// The altitude in a planetarium's dome, in degrees.
        pub dome_alt_deg: f64 = 0.0 => attribute("DomeAlt").unless_zero();
        /// The azimuth in a planetarium's dome, in degrees.
        pub dome_az_deg: f64 = 0.0 => attribute("DomeAz").unless_zero();
        /// Latitude in degrees, -90 to 90. Not written for the sky.
        pub lat_deg: f64 = 0.0 => attribute("Lat"), if Place::is_on_ground;
        /// Longitude in degrees. Not written for the sky.
        pub lng_deg: f64 = 0.0 => attribute("Lng"), if Place::is_on_ground;
        /// Apparent magnitude; 0 if unknown.
        pub magnitude: f64 = 0.0 => attribute("Magnitude");
        /// The number of the WorldWide Telescope community that it came from; 0 for none.
        pub msr_community_id: i64 = 0 => attribute("MSRCommunityId").unless_zero();
        /// The number of the item in that community; 0 for none.
        pub msr_component_id: i64 = 0 => attribute("MSRComponentId").unless_zero();
        /// The title. Clients take a `;` in it as the end of a name and the beginning of another one.
        pub name: String = String::new() => attribute("Name");
        /// The opacity of the foreground, 0 to 100.
        pub opacity: f64 = 100.0 => attribute("Opacity");
        /// Access rights in that community.
        pub permission: i64 = 0 => attribute("Permission").unless_zero();
        /// Right ascension in hours, 0 to 24. Written only for the sky.
        pub ra_hours: f64 = 0.0 => attribute("RA"), if Place::is_on_sky;
        /// The rotation of the view, in degrees. Studies leave it at 0: their image set has the rotation of the image.
        pub rotation_deg: f64 = 0.0 => attribute("Rotation");
        /// The URL of a picture of 96 × 45 pixels.
        pub thumbnail: String = String::new() => attribute("Thumbnail");
        /// Free metadata: the attributes that begin with `X`, each without the `X`, and their values, in order.
        ///
        /// A name may hold ASCII letters, digits, `_`, `-` and `.`; other characters are dropped when writing. Of several
        /// pairs with one name, the last value counts.
        pub metadata: Vec<(String, String)> = Vec::new() => prefixed("X");
        /// Six times the height of the view, in degrees. Clients limit it to 360.
        pub zoom_level: f64 = 0.0 => attribute("ZoomLevel");
        /// What to show behind the foreground.
        pub background: Option<ImageSet> = None => wrapped("BackgroundImageSet");
        /// The description, HTML.
        pub description: String = String::new() => text("Description");
        /// What to show: the image of a study is here.
        pub foreground: Option<ImageSet> = None => wrapped("ForegroundImageSet");
        /// What to show in place of `foreground`; clients prefer it if there are both.
        pub image_set: Option<ImageSet> = None => child();
    }
}

impl Place {
    /// Puts the place on the sky, and finds its constellation: right ascension in hours, 0 to 24, and declination in degrees, J2000.
    ///
    /// ```
    /// let mut place = skyfeed_wtml::Place::default();
    /// place.set_sky_position(5.575, 22.015);
    /// assert_eq!(place.constellation, Some(skyfeed_wtml::Constellation::Taurus));
    /// ```
    pub fn set_sky_position(&mut self, ra_hours: f64, dec_deg: f64) {
        self.data_set_type = DataSetType::Sky;
        self.constellation = constellation::at(ra_hours, dec_deg);
        (self.ra_hours, self.dec_deg) = (ra_hours, dec_deg);
        (self.lat_deg, self.lng_deg) = (0.0, 0.0);
    }

    fn is_on_sky(&self) -> bool {
        self.data_set_type == DataSetType::Sky
    }

    fn is_on_ground(&self) -> bool {
        !self.is_on_sky()
    }
}
