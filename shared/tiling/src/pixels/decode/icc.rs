//! From the colour space of an embedded ICC profile to sRGB.

use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout as Samples, RenderingIntent, Transform8BitExecutor, TransformOptions,
};

use super::scanlines::{Color, Layout};
use crate::{Warning, pixels::PixelError};

/// A conversion to sRGB, perceptual intent, one row at a time.
pub(super) struct ToSrgb {
    /// What the profile speaks of; gray pixels with an RGB profile are converted as RGB.
    space: Color,
    transform: Arc<Transform8BitExecutor>,
    /// The colour samples of a row without alpha, if they must be picked out.
    input: Vec<u8>,
    output: Vec<u8>,
}

/// Prepares the conversion from `profile` for pixels of `layout`.
///
/// `Ok(None)` means that the profile is sRGB: its conversion would change no sample by more than its own rounding.
///
/// # Errors
/// A warning that says why the profile cannot be used.
pub(super) fn to_srgb(profile: &[u8], layout: Layout) -> Result<Option<ToSrgb>, Warning> {
    let ignoring = |why: &str| Warning::new(format!("ignoring the ICC profile: {why}"));
    let broken = |error| ignoring(&format!("it is broken or of a kind that is not supported ({error})"));
    let profile = ColorProfile::new_from_slice(profile).map_err(broken)?;
    let (space, samples) = match (profile.color_space, layout.color) {
        (DataColorSpace::Gray, Color::Gray) => (Color::Gray, Samples::Gray),
        (DataColorSpace::Rgb, Color::Rgb | Color::Gray) => (Color::Rgb, Samples::Rgb),
        // CMYK shares the layout of RGBA: four samples.
        (DataColorSpace::Cmyk, Color::Cmyk) => (Color::Cmyk, Samples::Rgba),
        (space, color) => {
            return Err(ignoring(&format!("it is for {space:?} colours, but the image is {color:?}")));
        }
    };
    let options = TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        // LittleCMS, and so toasty, does not know the cicp tag.
        allow_use_cicp_transfer: false,
        ..TransformOptions::default()
    };
    let transform =
        profile.create_transform_8bit(samples, &ColorProfile::new_srgb(), Samples::Rgb, options).map_err(broken)?;
    if space == Color::Rgb && is_identity(&*transform).map_err(broken)? {
        return Ok(None);
    }
    Ok(Some(ToSrgb { space, transform, input: Vec::new(), output: Vec::new() }))
}

/// Whether no colour of a lattice moves by more than one level, the rounding of an 8-bit conversion.
fn is_identity(transform: &Transform8BitExecutor) -> Result<bool, moxcms::CmsError> {
    let levels = || (0..=255u8).step_by(15);
    let lattice: Vec<u8> = levels()
        .flat_map(|red| levels().flat_map(move |green| levels().flat_map(move |blue| [red, green, blue])))
        .chain((0..=255).flat_map(|gray| [gray; 3]))
        .collect();
    let mut converted = vec![0; lattice.len()];
    transform.transform(&lattice, &mut converted)?;
    Ok(lattice.iter().zip(&converted).all(|(before, after)| before.abs_diff(*after) <= 1))
}

impl ToSrgb {
    /// Converts a row: reads the colour from `samples` (as stored) or `out` (as RGB or RGBA), writes colour into `out`.
    pub(super) fn convert(&mut self, layout: Layout, samples: &[u8], out: &mut [u8]) -> Result<(), PixelError> {
        let pixels = samples.len() / layout.samples();
        if pixels == 0 {
            return Ok(());
        }
        let out_stride = out.len() / pixels;
        if self.space == layout.color {
            gather(samples, layout.samples(), self.space.samples(), &mut self.input);
        } else {
            gather(out, out_stride, 3, &mut self.input);
        }
        self.output.resize(pixels * 3, 0);
        self.transform.transform(&self.input, &mut self.output).map_err(|error| {
            PixelError::Unsupported(format!("the ICC profile cannot be applied to {pixels} pixels ({error})"))
        })?;
        for (to, from) in out.chunks_exact_mut(out_stride).zip(self.output.as_chunks::<3>().0) {
            to[..3].copy_from_slice(from);
        }
        Ok(())
    }
}

/// Collects the first `take` of every `stride` samples.
fn gather(samples: &[u8], stride: usize, take: usize, into: &mut Vec<u8>) {
    into.clear();
    if stride == take {
        into.extend_from_slice(samples);
    } else {
        into.extend(samples.chunks_exact(stride).flat_map(|pixel| &pixel[..take]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RGB: Layout = Layout::new(Color::Rgb, false);

    #[test]
    fn an_srgb_profile_is_the_identity() {
        let profile = ColorProfile::new_srgb().encode().unwrap();
        assert!(to_srgb(&profile, RGB).unwrap().is_none());
    }

    #[test]
    fn a_wider_profile_spreads_the_colours_and_keeps_alpha() {
        let profile = ColorProfile::new_adobe_rgb().encode().unwrap();
        let layout = Layout::new(Color::Rgb, true);
        let mut convert = to_srgb(&profile, layout).unwrap().unwrap();
        let samples = [200, 100, 100, 77, 128, 128, 128, 0];
        let mut out = samples;
        convert.convert(layout, &samples, &mut out).unwrap();
        assert!(out[0] > 215, "{out:?}: the red of Adobe RGB is beyond that of sRGB");
        assert_eq!([out[3], out[7]], [77, 0]);
    }

    #[test]
    fn a_gray_profile_is_applied_to_gray_and_refused_for_colour() {
        let profile = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
        let gray = Layout::new(Color::Gray, false);
        let mut out = [128; 3];
        to_srgb(&profile, gray).unwrap().unwrap().convert(gray, &[128], &mut out).unwrap();
        assert!(out.iter().all(|v| (186..=189).contains(v)), "linear 128 is about 188 in sRGB, not {out:?}");
        let warning = to_srgb(&profile, RGB).err().unwrap();
        assert!(warning.to_string().contains("Gray"), "{warning}");
    }

    #[test]
    fn a_broken_profile_is_a_warning() {
        let profile = ColorProfile::new_adobe_rgb().encode().unwrap();
        for length in [0, 10, 127, 128, 200] {
            assert!(to_srgb(&profile[..length], RGB).is_err(), "{length} bytes");
        }
    }
}
