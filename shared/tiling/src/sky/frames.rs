//! Reference frames: what a position and a direction in one of them are in ICRS.
//!
//! FK5 at J2000 is taken for ICRS; they differ by 0.023 arc seconds. The sources of each rule are with its constants.

mod fk4;
mod rotation;

use rotation::{Matrix, apply, equatorial_to_fk5, from_pole, multiply, rotate_x, to_lon_lat, to_vector, transposed};

use super::{SkyError, tan};

/// The frame that coordinates are given in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Frame {
    /// ICRS, or FK5 at equinox J2000.
    Icrs,
    /// Mean equator and equinox of a Julian epoch.
    Fk5 { equinox: f64 },
    /// Mean equator and equinox of B1950, with E-terms of aberration.
    Fk4,
    /// Mean ecliptic and equinox of a Julian epoch.
    Ecliptic { equinox: f64 },
    /// IAU 1958 galactic coordinates.
    Galactic,
    /// De Vaucouleurs' supergalactic coordinates.
    Supergalactic,
}

/// The north galactic pole in ICRS, and the galactic longitude of the celestial pole, in degrees.
///
/// Source: The Hipparcos and Tycho Catalogues (ESA SP-1200, 1997), volume 1, section 1.5.3.
const GALACTIC_POLE: ([f64; 2], f64) = ([192.85948, 27.12825], 122.93192);

/// The north supergalactic pole in galactic coordinates, and the supergalactic longitude of the north galactic pole, in degrees.
///
/// Source: de Vaucouleurs et al. 1976, Second Reference Catalogue of Bright Galaxies: pole at l = 47.37, b = +6.32, origin at l = 137.37.
const SUPERGALACTIC_POLE: ([f64; 2], f64) = ([47.37, 6.32], 90.0);

impl Frame {
    /// The frame of the AVM tags `Spatial.CoordinateFrame` and `Spatial.Equinox`; a missing frame is ICRS, or FK4 if the equinox is
    /// before 1984 (the rule of FITS WCS paper II for a missing `RADESYS`).
    pub(crate) fn from_avm(frame: Option<&str>, equinox: Option<&str>) -> Result<Self, SkyError> {
        const FIELD: &str = "Spatial.Equinox";
        let name = frame.map(|text| text.trim().to_ascii_uppercase()).unwrap_or_default();
        let year = equinox.filter(|text| !text.trim().is_empty()).map(parse_equinox);
        let checked_year = || match year {
            Some(None) => Err(SkyError::invalid(FIELD, equinox.unwrap_or_default(), "a year such as J2000 or B1950")),
            Some(Some(year)) => Ok(Some(year)),
            None => Ok(None),
        };
        match name.as_str() {
            "ICRS" => Ok(Self::Icrs),
            "" => match year.flatten() {
                Some(year) if year < 1984.0 => Self::fk4(FIELD, Some(year)),
                _ => Ok(Self::Icrs),
            },
            "FK5" => Self::fk5(FIELD, checked_year()?),
            "FK4" => Self::fk4(FIELD, checked_year()?),
            "ECL" => Self::ecliptic(FIELD, checked_year()?),
            "GAL" => Ok(Self::Galactic),
            "SGAL" => Ok(Self::Supergalactic),
            _ => Err(SkyError::invalid("Spatial.CoordinateFrame", name, "ICRS, FK5, FK4, ECL, GAL or SGAL")),
        }
    }

    /// The frame of a FITS header, by the prefix of `CTYPE` (`RA`, `GLON`, ...), `RADESYS` and `EQUINOX`.
    ///
    /// Source: Calabretta & Greisen 2002 (A&A 395, 1077), section 3.1.
    pub(crate) fn from_fits(longitude: &str, radesys: Option<&str>, equinox: Option<f64>) -> Result<Self, SkyError> {
        const FIELD: &str = "EQUINOX";
        match longitude {
            "GLON" => return Ok(Self::Galactic),
            "SLON" => return Ok(Self::Supergalactic),
            "ELON" => return Self::ecliptic(FIELD, equinox),
            "RA" => {}
            _ => return Err(SkyError::invalid("CTYPE1", longitude, "RA, GLON, ELON or SLON with its latitude")),
        }
        match (radesys.map(str::trim), equinox) {
            (Some("ICRS"), _) | (None | Some(""), None) => Ok(Self::Icrs),
            (Some("FK5"), year) => Self::fk5(FIELD, year),
            (Some("FK4"), year) => Self::fk4(FIELD, year),
            (None | Some(""), Some(year)) if year < 1984.0 => Self::fk4(FIELD, Some(year)),
            (None | Some(""), year) => Self::fk5(FIELD, year),
            (Some(other), _) => Err(SkyError::invalid("RADESYS", other, "ICRS, FK5 or FK4")),
        }
    }

    fn fk5(field: &'static str, equinox: Option<f64>) -> Result<Self, SkyError> {
        let equinox = plausible(field, equinox)?;
        Ok(if equinox == 2000.0 { Self::Icrs } else { Self::Fk5 { equinox } })
    }

    fn fk4(field: &'static str, equinox: Option<f64>) -> Result<Self, SkyError> {
        match equinox {
            None | Some(1950.0) => Ok(Self::Fk4),
            Some(year) => Err(SkyError::invalid(field, year, "B1950 with frame FK4")),
        }
    }

    fn ecliptic(field: &'static str, equinox: Option<f64>) -> Result<Self, SkyError> {
        Ok(Self::Ecliptic { equinox: plausible(field, equinox)? })
    }

    /// The ICRS position of a position in this frame, in degrees, and by how much north of this frame is east of the north of ICRS
    /// there, in radians. `None` if nothing changes.
    pub(crate) fn to_icrs(self, lon_lat_deg: [f64; 2]) -> Option<([f64; 2], f64)> {
        let matrix = match self {
            Self::Icrs => return None,
            Self::Fk4 => {
                let position = fk4::to_j2000(to_vector(lon_lat_deg));
                return Some(turned(&fk4::MATRIX, position, lon_lat_deg));
            }
            Self::Fk5 { equinox } => transposed(&equatorial_to_fk5(equinox)),
            Self::Ecliptic { equinox } => {
                let to_equatorial = rotate_x(-rotation::mean_obliquity_deg(equinox));
                multiply(&transposed(&equatorial_to_fk5(equinox)), &to_equatorial)
            }
            Self::Galactic => from_pole(GALACTIC_POLE),
            Self::Supergalactic => multiply(&from_pole(GALACTIC_POLE), &from_pole(SUPERGALACTIC_POLE)),
        };
        let position = apply(&matrix, to_vector(lon_lat_deg));
        Some(turned(&matrix, position, lon_lat_deg))
    }
}

/// The position in degrees, and the position angle in the new frame of what was north in the old one.
fn turned(matrix: &Matrix, position: [f64; 3], [old_lon, old_lat]: [f64; 2]) -> ([f64; 2], f64) {
    let north = apply(matrix, north_at([old_lon, old_lat]));
    let [lon, lat] = to_lon_lat(position);
    let new_north = north_at([lon, lat]);
    let new_east = [-tan::sin(lon), tan::cos(lon), 0.0];
    let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    ([lon, lat], pxfm::f_atan2(dot(north, new_east), dot(north, new_north)))
}

fn north_at([lon, lat]: [f64; 2]) -> [f64; 3] {
    [-tan::sin(lat) * tan::cos(lon), -tan::sin(lat) * tan::sin(lon), tan::cos(lat)]
}

/// The year of `J2000`, `B1950`, `2000.0`; `None` if it is no number.
fn parse_equinox(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.strip_prefix(['J', 'j', 'B', 'b']).unwrap_or(text);
    digits.trim().parse().ok()
}

/// Precession is a polynomial that holds for a few centuries.
fn plausible(field: &'static str, equinox: Option<f64>) -> Result<f64, SkyError> {
    let year = equinox.unwrap_or(2000.0);
    if (1800.0..=2200.0).contains(&year) {
        return Ok(year);
    }
    Err(SkyError::invalid(field, year, "a year from 1800 to 2200"))
}
