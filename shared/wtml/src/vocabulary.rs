//! The closed sets of words in WTML.

/// Declares an enum together with its texts. Further texts after `|` are accepted when reading.
macro_rules! vocabulary {
    (
        $(#[$about:meta])*
        pub enum $name:ident ($expected:literal) {
            $($(#[$about_word:meta])* $word:ident = $text:literal $(| $alias:literal)*,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$about_word])* #[doc = concat!("`", $text, "`")] $word,)*
        }

        impl $name {
            /// All values.
            pub const ALL: &[Self] = &[$(Self::$word,)*];

            /// The text in a document.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)*
                }
            }

            /// The value of a text in a document.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text $(| $alias)* => Some(Self::$word),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.pad(self.as_str())
            }
        }

        impl $crate::value::Value for $name {
            const EXPECTED: &'static str = $expected;

            fn parse(text: &str) -> Option<Self> {
                Self::parse(text)
            }

            fn to_text(&self) -> String {
                self.as_str().to_owned()
            }
        }
    };
}
pub(crate) use vocabulary;

vocabulary! {
    /// The part of the spectrum that an image shows.
    pub enum BandPass ("a band pass such as `Visible` or `IR`") {
        Gamma = "Gamma",
        XRay = "XRay",
        Ultraviolet = "Ultraviolet",
        Visible = "Visible",
        HydrogenAlpha = "HydrogenAlpha",
        Infrared = "IR",
        Microwave = "Microwave",
        Radio = "Radio",
        VisibleNight = "VisibleNight",
    }
}

vocabulary! {
    /// How the pixels of an image set are laid on their sphere.
    pub enum Projection ("a projection such as `Tan`, `Toast` or `SkyImage`") {
        Mercator = "Mercator",
        Equirectangular = "Equirectangular",
        /// Tiles in the tangential plane.
        Tan = "Tan" | "Tangent",
        /// Tiles of a whole sphere folded to a square.
        Toast = "Toast",
        Spherical = "Spherical",
        /// One image without tiles, in the tangential plane.
        SkyImage = "SkyImage",
        Plotted = "Plotted",
        /// A HiPS.
        Healpix = "Healpix",
    }
}

vocabulary! {
    /// What a place or an image set is part of.
    pub enum DataSetType ("a data set type such as `Sky` or `Planet`") {
        Earth = "Earth",
        Planet = "Planet",
        Sky = "Sky",
        Panorama = "Panorama",
        SolarSystem = "SolarSystem",
        Sandbox = "Sandbox",
    }
}

vocabulary! {
    /// What a folder is about.
    pub enum FolderType ("a folder type: `Earth`, `Planet`, `Sky` or `Panorama`") {
        Earth = "Earth",
        Planet = "Planet",
        Sky = "Sky",
        Panorama = "Panorama",
    }
}

vocabulary! {
    /// What kind of object a place is. The last six are groups of the others.
    pub enum Classification ("a classification such as `Galaxy` or `OpenCluster`") {
        Star = "Star",
        Supernova = "Supernova",
        BlackHole = "BlackHole",
        NeutronStar = "NeutronStar",
        DoubleStar = "DoubleStar",
        MultipleStars = "MultipleStars",
        Asterism = "Asterism",
        Constellation = "Constellation",
        OpenCluster = "OpenCluster",
        GlobularCluster = "GlobularCluster",
        NebulousCluster = "NebulousCluster",
        Nebula = "Nebula",
        EmissionNebula = "EmissionNebula",
        PlanetaryNebula = "PlanetaryNebula",
        ReflectionNebula = "ReflectionNebula",
        DarkNebula = "DarkNebula",
        GiantMolecularCloud = "GiantMolecularCloud",
        SupernovaRemnant = "SupernovaRemnant",
        InterstellarDust = "InterstellarDust",
        Quasar = "Quasar",
        Galaxy = "Galaxy",
        SpiralGalaxy = "SpiralGalaxy",
        IrregularGalaxy = "IrregularGalaxy",
        EllipticalGalaxy = "EllipticalGalaxy",
        Knot = "Knot",
        PlateDefect = "PlateDefect",
        ClusterOfGalaxies = "ClusterOfGalaxies",
        OtherNgc = "OtherNGC",
        Unidentified = "Unidentified",
        SolarSystem = "SolarSystem",
        Unfiltered = "Unfiltered",
        Stellar = "Stellar",
        StellarGroupings = "StellarGroupings",
        Nebulae = "Nebulae",
        Galactic = "Galactic",
        Other = "Other",
    }
}
