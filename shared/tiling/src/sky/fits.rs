//! The WCS of a FITS header, such as Astrometry.net or an observatory's pipeline writes it beside a picture.
//!
//! Source: Greisen & Calabretta 2002 (A&A 395, 1061) and Calabretta & Greisen 2002 (A&A 395, 1077), as far as the projection can be placed;
//! the primary header and the primary WCS only.

mod header;
mod matrix;

use std::io::Read;

use header::Header;
use matrix::{Axes, cd_matrix};

use super::{
    SkyError, Wcs,
    frames::Frame,
    projection::Projection,
    solution::{Solution, scale_factors},
    tan,
};
use crate::Warning;

/// The celestial WCS of the first header of a FITS file.
#[derive(Clone, Debug)]
pub struct FitsWcs {
    /// Width and height in pixels of the image that the WCS was made for (`IMAGEW` and `IMAGEH`, else `NAXIS1` and `NAXIS2`), if the
    /// header says so.
    pub image_size: Option<[u32; 2]>,
    /// What was left out of account.
    pub warnings: Vec<Warning>,
    solution: Solution,
}

/// Reads the WCS of the first header of a FITS file; the data after it are not read.
///
/// # Errors
/// The file is no FITS file, or ends within the header; a WCS keyword is missing, or is of a kind that cannot be placed.
///
/// ```
/// use skyfeed_tiling::sky::fits;
///
/// let mut header = String::new();
/// for card in [
///     "SIMPLE  =                    T",
///     "CTYPE1  = 'RA---TAN'",
///     "CTYPE2  = 'DEC--TAN'",
///     "CRVAL1  =             202.4696",
///     "CRVAL2  =              47.1952",
///     "CRPIX1  =                350.5",
///     "CRPIX2  =                200.5",
///     "CDELT1  =            -3.3D-004 / D exponents are allowed",
///     "CDELT2  =             3.3D-004",
///     "IMAGEW  =                  700",
///     "IMAGEH  =                  400",
///     "END",
/// ] {
///     header += &format!("{card:80}");
/// }
/// let found = fits::read_wcs(header.as_bytes())?;
/// let half_size = found.rescaled_to(350, 200)?;
/// assert_eq!(half_size.crpix, [175.5, 100.5]);
/// # Ok::<(), skyfeed_tiling::sky::SkyError>(())
/// ```
pub fn read_wcs(reader: impl Read) -> Result<FitsWcs, SkyError> {
    let header = Header::read(reader)?;
    let axes = Axes::of(&header)?;
    let mut warnings = Vec::new();
    let projection = projection(&header, &axes, &mut warnings)?;
    let radesys = header.text("RADESYS").or_else(|| header.text("RADECSYS"));
    let equinox = header.number("EQUINOX")?.or(header.number("EPOCH")?);
    let frame = Frame::from_fits(&axes.longitude_type, radesys, equinox)?;
    let crval = [header.required_number("CRVAL1")?, header.required_number("CRVAL2")?];
    let crval_deg = axes.sky_order([0, 1].map(|axis| crval[axis] * axes.unit_deg[axis]));
    let crpix = [header.required_number("CRPIX1")?, header.required_number("CRPIX2")?];
    let cd_deg = turn_to_pole(&header, crval_deg[1], cd_matrix(&header, &axes)?)?;
    let image_size = image_size(&header)?;
    if image_size.is_none() {
        warnings.push(Warning::new(
            "the FITS header does not say how large its image is, and is taken to be for this picture",
        ));
    }
    Ok(FitsWcs { image_size, warnings, solution: Solution { projection, frame, crval_deg, crpix, cd_deg } })
}

impl FitsWcs {
    /// The WCS of a picture of this size in pixels, which may be a scaled copy of the image that the header describes.
    ///
    /// Row 1 of the FITS image is taken for the first row of the picture, as toasty 0.20 takes it. So most headers give
    /// [`Parity::BottomUp`](super::Parity), and then the rows of the picture are to be flipped together with the WCS.
    ///
    /// # Errors
    /// Another aspect ratio than that of the image; a projection other than TAN that moves the farthest corner by more than half a
    /// pixel; numbers that make no sense.
    pub fn rescaled_to(&self, width: u32, height: u32) -> Result<Wcs, SkyError> {
        let Some(image_size) = self.image_size else {
            return self.solution.to_wcs(width, height);
        };
        let [factor, _] = scale_factors(image_size.map(f64::from), width, height)?;
        self.solution.scaled([factor, factor]).to_wcs(width, height)
    }
}

fn projection(header: &Header, axes: &Axes, warnings: &mut Vec<Warning>) -> Result<Projection, SkyError> {
    let (code, distortion) = axes.algorithm.split_once('-').unwrap_or((&axes.algorithm, ""));
    let projection = Projection::parse(code)?;
    let has_pv = header.has_prefix("PV1_") || header.has_prefix("PV2_");
    match distortion {
        "" if code == "TPV" || (has_pv && projection == Projection::Tan) => {
            warnings.push(Warning::new("ignoring the TPV distortion terms of the FITS header"));
        }
        // Such parameters slant or shift another projection than this.
        "" if has_pv => return Err(SkyError::Projection { projection: format!("{code} with PV parameters") }),
        "" => {}
        "SIP" => warnings.push(Warning::new("ignoring the SIP distortion terms of the FITS header")),
        _ => return Err(SkyError::Projection { projection: axes.algorithm.clone() }),
    }
    Ok(projection)
}

/// Turns the tangent plane so that the native longitude of the celestial pole is 180 degrees.
fn turn_to_pole(header: &Header, latitude_deg: f64, cd: [[f64; 2]; 2]) -> Result<[[f64; 2]; 2], SkyError> {
    let default = if latitude_deg >= 90.0 { 0.0 } else { 180.0 };
    let turn = 180.0 - header.number("LONPOLE")?.unwrap_or(default);
    if turn == 0.0 {
        return Ok(cd);
    }
    let (sin, cos) = (tan::sin(turn), tan::cos(turn));
    let [x, y] = cd;
    Ok([[cos * x[0] - sin * y[0], cos * x[1] - sin * y[1]], [sin * x[0] + cos * y[0], sin * x[1] + cos * y[1]]])
}

fn image_size(header: &Header) -> Result<Option<[u32; 2]>, SkyError> {
    if let (Some(width), Some(height)) = (header.side("IMAGEW")?, header.side("IMAGEH")?) {
        return Ok(Some([width, height]));
    }
    Ok(header.side("NAXIS1")?.zip(header.side("NAXIS2")?).map(|(width, height)| [width, height]))
}
