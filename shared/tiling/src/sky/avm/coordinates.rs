//! From the `Spatial` tags to a WCS.

use super::Avm;
use crate::{
    Warning,
    sky::{
        SkyError, Wcs,
        frames::Frame,
        projection::Projection,
        solution::{Solution, scale_factors},
        spatial::{check_dimension, check_finite, check_scale},
        tan,
        wcs::determinant,
    },
};

const REFERENCE_VALUE: &str = "Spatial.ReferenceValue";
const REFERENCE_DIMENSION: &str = "Spatial.ReferenceDimension";
const REFERENCE_PIXEL: &str = "Spatial.ReferencePixel";
const SCALE: &str = "Spatial.Scale";
const ROTATION: &str = "Spatial.Rotation";
const CD_MATRIX: &str = "Spatial.CDMatrix";
const PROJECTION: &str = "Spatial.CoordsystemProjection";

impl Avm {
    /// Width and height in pixels of the image that the coordinates were made for, if it is given and makes sense.
    pub fn reference_dimension(&self) -> Option<[f64; 2]> {
        let dimension = self.numbers::<2>(REFERENCE_DIMENSION).ok()??;
        check_dimension(dimension).is_ok().then_some(dimension)
    }

    /// The WCS of a picture of this size in pixels, which may be a scaled copy of the reference image.
    ///
    /// The coordinates are taken to mean a picture with y up, as all known writers do, and the first row of the picture to be its top.
    /// Only a CD matrix that is top down already is left as it is. A CD matrix wins over scale and rotation. The signs of the scale do
    /// not count: east is left of north, as the standard says.
    ///
    /// This is what toasty 0.20 and pyavm do, with three corrections: the reference pixel is scaled about the corner of the picture and not
    /// about the middle of its first pixel, the CD matrix is scaled as well, and other frames than ICRS are converted.
    ///
    /// # Errors
    /// [`SkyError::NoCoordinates`] and [`SkyError::PositionOnly`]; a needed tag is missing or is no number; a projection that cannot be
    /// placed: SIN, ARC and STG are taken for TAN where the farthest corner moves by no more than half a pixel; another aspect
    /// ratio than that of the reference image; numbers that make no sense.
    pub fn wcs(&self, width: u32, height: u32) -> Result<Wcs, SkyError> {
        if ![REFERENCE_VALUE, REFERENCE_PIXEL, SCALE, CD_MATRIX].iter().any(|tag| self.values.contains_key(tag)) {
            return Err(SkyError::NoCoordinates);
        }
        if self.text("Spatial.Quality").as_deref() == Some("Position") {
            return Err(SkyError::PositionOnly);
        }
        let projection = self.text(PROJECTION).ok_or(SkyError::Missing { field: PROJECTION })?;
        let reference_px = self.required::<2>(REFERENCE_DIMENSION)?;
        check_dimension(reference_px)?;
        let solution = Solution {
            projection: Projection::parse(&projection)?,
            frame: Frame::from_avm(
                self.text("Spatial.CoordinateFrame").as_deref(),
                self.text("Spatial.Equinox").as_deref(),
            )?,
            crval_deg: self.required(REFERENCE_VALUE)?,
            crpix: self.required(REFERENCE_PIXEL)?,
            cd_deg: self.matrix()?,
        };
        // One factor for both axes keeps the pixels square, as pyavm does.
        let [factor, _] = scale_factors(reference_px, width, height)?;
        let scaled = solution.scaled([factor, factor]);
        if determinant(&scaled.cd_deg) > 0.0 {
            return scaled.to_wcs(width, height);
        }
        let [[cd11, cd12], [cd21, cd22]] = scaled.cd_deg;
        let top_down = Solution {
            crpix: [scaled.crpix[0], f64::from(height) + 1.0 - scaled.crpix[1]],
            cd_deg: [[cd11, -cd12], [cd21, -cd22]],
            ..scaled
        };
        top_down.to_wcs(width, height)
    }

    /// The CD matrix in degrees per reference pixel, y up unless the tag says otherwise.
    fn matrix(&self) -> Result<[[f64; 2]; 2], SkyError> {
        if let Ok(Some([cd11, cd12, cd21, cd22])) = self.numbers(CD_MATRIX) {
            let cd = [[cd11, cd12], [cd21, cd22]];
            // Some fill in zeros.
            if determinant(&cd) != 0.0 {
                return Ok(cd);
            }
        }
        let [scale_x, scale_y] = self.scale()?;
        check_scale([scale_x, scale_y])?;
        let rotation_deg = self.numbers(ROTATION)?.map_or(0.0, |[rotation]: [f64; 1]| rotation);
        check_finite(ROTATION, rotation_deg)?;
        let (cdelt1, cdelt2) = (-scale_x.abs(), scale_y.abs());
        let (sin, cos) = (tan::sin(rotation_deg), tan::cos(rotation_deg));
        Ok([[cdelt1 * cos, -cdelt2 * sin], [cdelt1 * sin, cdelt2 * cos]])
    }

    /// The scale; a second number that is not given is the first, as pixels are square.
    fn scale(&self) -> Result<[f64; 2], SkyError> {
        let error = match self.required(SCALE) {
            Ok(scale) => return Ok(scale),
            Err(error) => error,
        };
        match self.list(SCALE).as_slice() {
            [only] => number(only),
            [first, second] if second.is_empty() || second == "-" => number(first),
            _ => None,
        }
        .map(|scale| [scale, scale])
        .ok_or(error)
    }

    /// The numbers of a tag; `None` if it is absent.
    fn numbers<const N: usize>(&self, tag: &'static str) -> Result<Option<[f64; N]>, SkyError> {
        let Some(texts) = self.values.get(tag) else { return Ok(None) };
        let elements: Vec<&str> = match texts.as_slice() {
            // Some write a list as one text.
            [one] if N > 1 => one.split([';', ',']).collect(),
            _ => texts.iter().map(String::as_str).collect(),
        };
        let numbers: Option<Vec<f64>> = elements.into_iter().map(number).collect();
        let numbers = numbers.and_then(|numbers| <[f64; N]>::try_from(numbers).ok());
        numbers.map(Some).ok_or_else(|| self.no_numbers(tag, N))
    }

    fn required<const N: usize>(&self, tag: &'static str) -> Result<[f64; N], SkyError> {
        self.numbers(tag)?.ok_or(SkyError::Missing { field: tag })
    }

    fn no_numbers(&self, tag: &'static str, count: usize) -> SkyError {
        let expected = match count {
            1 => "a number",
            2 => "two numbers",
            _ => "four numbers",
        };
        SkyError::invalid(tag, self.list(tag).join("; "), expected)
    }

    pub(super) fn warn_of_bad_numbers(&mut self) {
        let errors = [
            self.numbers::<2>(REFERENCE_VALUE).err(),
            self.numbers::<2>(REFERENCE_DIMENSION).err(),
            self.numbers::<2>(REFERENCE_PIXEL).err(),
            self.values.contains_key(SCALE).then(|| self.scale().err()).flatten(),
            self.numbers::<1>(ROTATION).err(),
            self.numbers::<4>(CD_MATRIX).err(),
        ];
        self.warnings.extend(errors.into_iter().flatten().map(|error| Warning::new(format!("in the AVM, {error}"))));
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}
