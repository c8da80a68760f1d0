//! How a tile is made of the four below it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Channels, PixelError, buffers::Buffers, raster::Raster};

/// How 2×2 pixels become one of the level above. Opaque pictures differ by rounding only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CascadeMode {
    /// The rule of toasty 0.20, bit for bit: pixels with alpha 0 count as zeros, then each channel is averaged by
    /// itself and rounded down. Colours darken at transparent borders.
    #[default]
    Compatible,
    /// Colours are averaged by the weight of their alpha, so that transparent borders do not darken them. Colours and
    /// alpha are rounded to the nearest.
    AlphaWeighted,
}

impl fmt::Display for CascadeMode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Compatible => "compatible",
            Self::AlphaWeighted => "alpha-weighted",
        })
    }
}

impl FromStr for CascadeMode {
    type Err = PixelError;

    fn from_str(text: &str) -> Result<Self, PixelError> {
        [Self::Compatible, Self::AlphaWeighted].into_iter().find(|mode| mode.to_string() == text).ok_or_else(|| {
            PixelError::Parameter(format!("unknown cascade mode {text:?}; known are compatible and alpha-weighted"))
        })
    }
}

impl CascadeMode {
    /// The picture at half its side.
    pub(super) fn halve(self, child: &Raster, buffers: &Buffers) -> Raster {
        let side = child.side() / 2;
        let row_bytes = child.side() * child.channels().bytes_per_pixel();
        let mut half = buffers.take(side * row_bytes / 2);
        let mut sums = vec![0; row_bytes];
        for rows in child.bytes().chunks_exact(2 * row_bytes) {
            let (upper, lower) = rows.split_at(row_bytes);
            match child.channels() {
                Channels::Rgb => self.halve_opaque_rows(upper, lower, &mut sums, &mut half),
                Channels::Rgba => self.halve_rows(upper, lower, &mut half),
            }
        }
        Raster::new(side, child.channels(), half)
    }

    /// Without regard to pixels at first, as sums of bytes that are above one another, which is work for vector units.
    /// `sums` is as long as a row.
    fn halve_opaque_rows(self, upper: &[u8], lower: &[u8], sums: &mut [u16], out: &mut Vec<u8>) {
        let rounding = match self {
            Self::Compatible => 0,
            Self::AlphaWeighted => 2,
        };
        for (sum, (a, b)) in sums.iter_mut().zip(upper.iter().zip(lower)) {
            *sum = u16::from(*a) + u16::from(*b);
        }
        let mean = |a: u16, b: u16| ((a + b + rounding) / 4) as u8;
        out.extend(
            sums.as_chunks::<6>().0.iter().flat_map(|[a, b, c, d, e, f]| [mean(*a, *d), mean(*b, *e), mean(*c, *f)]),
        );
    }

    fn halve_rows(self, upper: &[u8], lower: &[u8], out: &mut Vec<u8>) {
        let pairs = upper.as_chunks::<4>().0.chunks_exact(2).zip(lower.as_chunks::<4>().0.chunks_exact(2));
        for (upper, lower) in pairs {
            let block = [upper[0], upper[1], lower[0], lower[1]];
            out.extend(match self {
                Self::Compatible => straight_mean(block),
                Self::AlphaWeighted => weighted_mean(block),
            });
        }
    }
}

fn straight_mean(block: [[u8; 4]; 4]) -> [u8; 4] {
    let mut sums = [0_u16; 4];
    for pixel in block {
        if pixel[3] != 0 {
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += u16::from(value);
            }
        }
    }
    sums.map(|sum| (sum / 4) as u8)
}

fn weighted_mean(block: [[u8; 4]; 4]) -> [u8; 4] {
    let weight: u32 = block.iter().map(|pixel| u32::from(pixel[3])).sum();
    if weight == 0 {
        return [0; 4];
    }
    let colour = |channel: usize| {
        let sum: u32 = block.iter().map(|pixel| u32::from(pixel[channel]) * u32::from(pixel[3])).sum();
        ((sum + weight / 2) / weight) as u8
    };
    [colour(0), colour(1), colour(2), ((weight + 2) / 4) as u8]
}

/// The parts of a tile: upper left, upper right, lower left, lower right.
pub(super) type Quarters = [Option<Raster>; 4];

/// Puts a tile together. Missing quarters are transparent; of none there is no tile.
pub(super) fn join(quarters: Quarters, buffers: &Buffers) -> Option<Raster> {
    let half = quarters.iter().flatten().next()?.side();
    let opaque = quarters.iter().all(|quarter| quarter.as_ref().is_some_and(|it| it.channels() == Channels::Rgb));
    let side = 2 * half;
    let mut tile =
        if opaque { Raster::unwritten(side, Channels::Rgb, buffers) } else { Raster::transparent(side, buffers) };
    for (y, quarters) in (0..side).map(|y| (y, &quarters[y / half * 2..][..2])) {
        for (x, quarter) in [0, half].into_iter().zip(quarters) {
            if let Some(quarter) = quarter {
                tile.write(x, y, quarter.row(y % half), quarter.channels());
            }
        }
    }
    quarters.into_iter().flatten().for_each(|quarter| buffers.give(quarter.into_bytes()));
    Some(tile)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn raster(rows: &Value) -> Raster {
        let rows = rows.as_array().unwrap();
        let mut raster = Raster::transparent(rows.len(), &Buffers::default());
        for (y, row) in rows.iter().enumerate() {
            let pixels: Vec<[u8; 4]> = serde_json::from_value(row.clone()).unwrap();
            raster.write(0, y, pixels.as_flattened(), Channels::Rgba);
        }
        raster
    }

    #[test]
    fn the_compatible_cascade_merges_as_toasty_does() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/vectors/cascade_merge.json");
        let vectors: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let cases = vectors["cases"].as_array().unwrap();
        let case = cases.iter().find(|case| case["kind"] == "rgba8").unwrap();
        let half = CascadeMode::Compatible.halve(&raster(&case["input"]), &Buffers::default());
        assert_eq!(half.bytes(), raster(&case["output"]).bytes());
    }

    #[test]
    fn a_transparent_border_darkens_colours_in_the_compatible_cascade_only() {
        let orange = [200, 100, 50, 255];
        let block = [orange, [9, 9, 9, 0], orange, [0; 4]];
        assert_eq!(straight_mean(block), [100, 50, 25, 127]);
        assert_eq!(weighted_mean(block), [200, 100, 50, 128]);
    }

    #[test]
    fn opaque_pixels_halve_alike_with_and_without_alpha() {
        let pixels: Vec<[u8; 3]> = (0..16).map(|value| [value * 16, 255 - value * 3, value * value]).collect();
        for mode in [CascadeMode::Compatible, CascadeMode::AlphaWeighted] {
            let [without, with] = [Channels::Rgb, Channels::Rgba].map(|channels| {
                let buffers = Buffers::default();
                let opaque = Raster::new(4, Channels::Rgb, pixels.as_flattened().to_vec());
                let raster = match channels {
                    Channels::Rgb => opaque,
                    Channels::Rgba => {
                        let mut raster = Raster::transparent(4, &buffers);
                        (0..4).for_each(|y| raster.write(0, y, opaque.row(y), Channels::Rgb));
                        raster
                    }
                };
                mode.halve(&raster, &buffers).reduced(&buffers).unwrap()
            });
            assert_eq!(without.bytes(), with.bytes(), "{mode}");
        }
    }

    #[test]
    fn modes_read_as_they_are_written() {
        for mode in [CascadeMode::Compatible, CascadeMode::AlphaWeighted] {
            assert_eq!(mode.to_string().parse::<CascadeMode>().unwrap(), mode);
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.to_string());
        }
        let error = "best".parse::<CascadeMode>().unwrap_err().to_string();
        assert!(error.contains("\"best\"") && error.contains("alpha-weighted"), "{error}");
    }
}
