//! From the colours of a file to RGB, one row at a time, without a profile.

use super::scanlines::{Color, Layout};
use crate::pixels::Channels;

/// Writes `samples` as RGB or RGBA, the way Pillow's `convert` does.
///
/// Gray is repeated in the three channels. CMYK is the plain product of paper and ink, rounded as Pillow rounds it.
pub(super) fn to_rgb(layout: Layout, samples: &[u8], channels: Channels, out: &mut [u8]) {
    match (layout.color, layout.alpha, channels) {
        (Color::Rgb, false, Channels::Rgb) | (Color::Rgb, true, Channels::Rgba) => out.copy_from_slice(samples),
        (Color::Gray, false, Channels::Rgb) => each(samples, out, |[v]: [u8; 1]| [v, v, v]),
        (Color::Gray, false, Channels::Rgba) => each(samples, out, |[v]: [u8; 1]| [v, v, v, 255]),
        (Color::Gray, true, Channels::Rgba) => each(samples, out, |[v, a]: [u8; 2]| [v, v, v, a]),
        (Color::Rgb, false, Channels::Rgba) => each(samples, out, |[r, g, b]: [u8; 3]| [r, g, b, 255]),
        (Color::Cmyk, false, Channels::Rgb) => each(samples, out, |cmyk: [u8; 4]| paper_minus_ink(cmyk)),
        (Color::Cmyk, false, Channels::Rgba) => each(samples, out, |cmyk: [u8; 4]| {
            let [r, g, b] = paper_minus_ink(cmyk);
            [r, g, b, 255]
        }),
        (Color::Cmyk, true, Channels::Rgba) => each(samples, out, |[c, m, y, k, a]: [u8; 5]| {
            let [r, g, b] = paper_minus_ink([c, m, y, k]);
            [r, g, b, a]
        }),
        // A row with alpha is never asked for without it, but dropping it would be the meaning.
        (Color::Gray, true, Channels::Rgb) => each(samples, out, |[v, _]: [u8; 2]| [v, v, v]),
        (Color::Rgb, true, Channels::Rgb) => each(samples, out, |[r, g, b, _]: [u8; 4]| [r, g, b]),
        (Color::Cmyk, true, Channels::Rgb) => {
            each(samples, out, |[c, m, y, k, _]: [u8; 5]| paper_minus_ink([c, m, y, k]));
        }
    }
}

/// Sets alpha to 0 where a pixel of the RGBA row `out` is black.
pub(super) fn black_to_transparent(out: &mut [u8]) {
    for pixel in out.as_chunks_mut::<4>().0 {
        if pixel[..3] == [0, 0, 0] {
            pixel[3] = 0;
        }
    }
}

/// Divides colour by alpha, as Pillow does when it reads premultiplied pixels: rounded down; nothing is black.
pub(super) fn unpremultiply<const N: usize>(row: &mut [u8]) {
    for pixel in row.as_chunks_mut::<N>().0 {
        let alpha = u32::from(pixel[N - 1]);
        for sample in &mut pixel[..N - 1] {
            *sample = (u32::from(*sample) * 255).checked_div(alpha).unwrap_or(0).min(255) as u8;
        }
    }
}

fn each<const IN: usize, const OUT: usize>(samples: &[u8], out: &mut [u8], pixel: impl Fn([u8; IN]) -> [u8; OUT]) {
    for (from, to) in samples.as_chunks::<IN>().0.iter().zip(out.as_chunks_mut::<OUT>().0) {
        *to = pixel(*from);
    }
}

fn paper_minus_ink([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    let paper = 255 - k;
    [c, m, y].map(|ink| {
        let product = u32::from(ink) * u32::from(paper) + 128;
        paper.saturating_sub((((product >> 8) + product) >> 8) as u8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cmyk_follows_the_rule_of_pillow() {
        // Expected values by Pillow 13.0.0: Image.new("CMYK", (1, 1), inks).convert("RGB").
        let cases = [
            ([0, 0, 0, 0], [255, 255, 255]),
            ([255, 255, 255, 255], [0, 0, 0]),
            ([10, 20, 30, 40], [207, 198, 190]),
            ([128, 64, 200, 100], [77, 116, 33]),
        ];
        for (inks, rgb) in cases {
            assert_eq!(paper_minus_ink(inks), rgb, "{inks:?}");
        }
    }

    #[test]
    fn only_black_becomes_transparent() {
        let mut row = [0, 0, 0, 255, 0, 0, 1, 255, 9, 9, 9, 7];
        black_to_transparent(&mut row);
        assert_eq!(row, [0, 0, 0, 0, 0, 0, 1, 255, 9, 9, 9, 7]);
    }

    #[test]
    fn colour_beyond_alpha_is_clipped_when_divided() {
        let mut row = [100, 10, 0, 50, 9, 8, 7, 0, 1, 2, 3, 255];
        unpremultiply::<4>(&mut row);
        // Expected values by Pillow 13.0.0, from a TIFF with associated alpha.
        assert_eq!(row, [255, 51, 0, 50, 0, 0, 0, 0, 1, 2, 3, 255]);
    }
}
