//! The axes of a FITS WCS, and the CD matrix in whichever of its three forms it was written.

use super::header::Header;
use crate::sky::{SkyError, tan};

/// What `CTYPE1`, `CTYPE2`, `CUNIT1` and `CUNIT2` say.
pub(super) struct Axes {
    /// `RA`, `GLON`, `ELON` or `SLON`.
    pub(super) longitude_type: String,
    /// The rest of `CTYPE`, such as `TAN` or `TAN-SIP`.
    pub(super) algorithm: String,
    /// 0 if axis 1 is the longitude, 1 if axis 2 is.
    longitude_axis: usize,
    /// Degrees per unit of each axis.
    pub(super) unit_deg: [f64; 2],
}

impl Axes {
    pub(super) fn of(header: &Header) -> Result<Self, SkyError> {
        let (type1, algorithm1) = axis_type(header, "CTYPE1")?;
        let (type2, algorithm2) = axis_type(header, "CTYPE2")?;
        let pairs = [("RA", "DEC"), ("GLON", "GLAT"), ("ELON", "ELAT"), ("SLON", "SLAT")];
        let (longitude_type, longitude_axis) = if pairs.contains(&(type1.as_str(), type2.as_str())) {
            (type1, 0)
        } else if pairs.contains(&(type2.as_str(), type1.as_str())) {
            (type2, 1)
        } else {
            let value = format!("{type1} with CTYPE2 {type2}");
            return Err(SkyError::invalid("CTYPE1", value, "a celestial longitude and latitude"));
        };
        if algorithm1 != algorithm2 {
            return Err(SkyError::Projection { projection: format!("{algorithm1} with {algorithm2}") });
        }
        let unit_deg = [unit_deg(header, "CUNIT1")?, unit_deg(header, "CUNIT2")?];
        Ok(Self { longitude_type, algorithm: algorithm1, longitude_axis, unit_deg })
    }

    /// Puts what is in the order of the axes into the order longitude, latitude.
    pub(super) fn sky_order<T: Copy>(&self, values: [T; 2]) -> [T; 2] {
        [values[self.longitude_axis], values[1 - self.longitude_axis]]
    }
}

fn axis_type(header: &Header, keyword: &'static str) -> Result<(String, String), SkyError> {
    let text = header.text(keyword).ok_or(SkyError::Missing { field: keyword })?.to_ascii_uppercase();
    let (axis, algorithm) = text.split_once('-').unwrap_or((&text, ""));
    Ok((axis.to_owned(), algorithm.trim_start_matches('-').to_owned()))
}

fn unit_deg(header: &Header, keyword: &'static str) -> Result<f64, SkyError> {
    match header.text(keyword).unwrap_or("deg") {
        "deg" | "degree" | "degrees" | "DEG" => Ok(1.0),
        "arcmin" => Ok(1.0 / 60.0),
        "arcsec" => Ok(1.0 / 3600.0),
        "mas" => Ok(1.0 / 3_600_000.0),
        "rad" => Ok(180.0 / std::f64::consts::PI),
        unit => Err(SkyError::invalid(keyword, unit, "deg, arcmin, arcsec, mas or rad")),
    }
}

/// The CD matrix in degrees, longitude row first: from `CDi_j`, else `PCi_j` and `CDELTi`, else `CDELTi` and `CROTAi`.
pub(super) fn cd_matrix(header: &Header, axes: &Axes) -> Result<[[f64; 2]; 2], SkyError> {
    const CD: [[&str; 2]; 2] = [["CD1_1", "CD1_2"], ["CD2_1", "CD2_2"]];
    const PC: [[&str; 2]; 2] = [["PC1_1", "PC1_2"], ["PC2_1", "PC2_2"]];
    let in_units = if let Some(cd) = elements(header, CD, [[0.0; 2]; 2])? {
        cd
    } else {
        let (Some(cdelt1), Some(cdelt2)) = (header.number("CDELT1")?, header.number("CDELT2")?) else {
            return Err(SkyError::Missing { field: "CD1_1 or CDELT1" });
        };
        let cdelt = [cdelt1, cdelt2];
        match elements(header, PC, [[1.0, 0.0], [0.0, 1.0]])? {
            Some(pc) => [0, 1].map(|axis| pc[axis].map(|element| cdelt[axis] * element)),
            None => rotated(cdelt, rotation_deg(header, axes)?, axes.longitude_axis),
        }
    };
    let in_degrees = [0, 1].map(|axis| in_units[axis].map(|element| element * axes.unit_deg[axis]));
    Ok(axes.sky_order(in_degrees))
}

/// The matrix of which any element is there; what is missing is as in `defaults`.
fn elements(
    header: &Header,
    keywords: [[&'static str; 2]; 2],
    defaults: [[f64; 2]; 2],
) -> Result<Option<[[f64; 2]; 2]>, SkyError> {
    let mut matrix = defaults;
    let mut any = false;
    for (row, keywords) in matrix.iter_mut().zip(keywords) {
        for (element, keyword) in row.iter_mut().zip(keywords) {
            if let Some(value) = header.number(keyword)? {
                *element = value;
                any = true;
            }
        }
    }
    Ok(any.then_some(matrix))
}

/// The rotation belongs to the latitude axis; some writers have it on the other.
fn rotation_deg(header: &Header, axes: &Axes) -> Result<f64, SkyError> {
    let [longitude, latitude] = axes.sky_order(["CROTA1", "CROTA2"]);
    Ok(header.number(latitude)?.or(header.number(longitude)?).unwrap_or(0.0))
}

/// Calabretta & Greisen 2002, equations 186 to 189.
fn rotated(cdelt: [f64; 2], rotation_deg: f64, longitude_axis: usize) -> [[f64; 2]; 2] {
    let (sin, cos) = (tan::sin(rotation_deg), tan::cos(rotation_deg));
    let sine = if longitude_axis == 0 { sin } else { -sin };
    [[cdelt[0] * cos, -cdelt[1] * sine], [cdelt[0] * sine, cdelt[1] * cos]]
}
