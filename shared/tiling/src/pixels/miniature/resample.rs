//! Resizes a small picture by bicubic convolution.

use std::collections::VecDeque;

use super::Size;

/// Reduces `pixels` to `target`, by a cubic filter that is as wide as the pixels of the target, like Pillow's `BICUBIC`.
///
/// `span` is the part of the source that the target shows, from the upper left corner, in source pixels.
pub(super) fn resample(pixels: &[[u8; 3]], size: Size, span: (f64, f64), target: Size) -> Vec<[u8; 3]> {
    let columns = taps(size.width, span.0, target.width);
    let rows = taps(size.height, span.1, target.height);
    let narrowed = |row: &[[u8; 3]]| -> Vec<[f64; 3]> {
        let row: Vec<[f64; 3]> = row.iter().map(|pixel| pixel.map(f64::from)).collect();
        columns.iter().map(|taps| weighted_sum(&taps.weights, &row[taps.first..])).collect()
    };
    let mut narrow_rows = pixels.chunks_exact(size.width as usize).map(narrowed);
    // Those from `first` on that the present row of the target needs: few, whatever the height.
    let (mut narrow, mut first) = (VecDeque::<Vec<_>>::new(), 0);
    let mut resized = Vec::with_capacity(rows.len() * columns.len());
    for taps in &rows {
        narrow.extend(narrow_rows.by_ref().take(taps.first + taps.weights.len() - (first + narrow.len())));
        narrow.drain(..taps.first - first);
        first = taps.first;
        let mut sums = vec![[0.0; 3]; columns.len()];
        for (weight, row) in taps.weights.iter().zip(&narrow) {
            for (sum, value) in sums.as_flattened_mut().iter_mut().zip(row.as_flattened()) {
                *sum += weight * value;
            }
        }
        // A cast to an integer type cuts off what a cubic filter overshoots.
        resized.extend(sums.iter().map(|pixel| pixel.map(|value| value.round() as u8)));
    }
    resized
}

fn weighted_sum(weights: &[f64], pixels: &[[f64; 3]]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for (weight, pixel) in weights.iter().zip(pixels) {
        sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += weight * value);
    }
    sum
}

/// The source pixels that make one target pixel.
struct Taps {
    first: usize,
    /// Their sum is 1.
    weights: Vec<f64>,
}

fn taps(source: u32, span: f64, target: u32) -> Vec<Taps> {
    let scale = span / f64::from(target);
    let widening = scale.max(1.0);
    let support = 2.0 * widening;
    (0..target)
        .map(|index| {
            let centre = (f64::from(index) + 0.5) * scale;
            let first = (centre - support + 0.5).max(0.0) as u32;
            let end = ((centre + support + 0.5) as u32).min(source);
            let weights: Vec<f64> = (first..end).map(|at| cubic((f64::from(at) + 0.5 - centre) / widening)).collect();
            let sum: f64 = weights.iter().sum();
            Taps { first: first as usize, weights: weights.iter().map(|weight| weight / sum).collect() }
        })
        .collect()
}

/// The cubic convolution kernel with a = −1/2.
///
/// Source: R. Keys, "Cubic convolution interpolation for digital image processing", IEEE TASSP 29 (1981).
fn cubic(distance: f64) -> f64 {
    let x = distance.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_size_changes_nothing() {
        let pixels: Vec<[u8; 3]> = (0..35).map(|value| [value * 7, 255 - value, value ^ 0x55]).collect();
        let size = Size { width: 7, height: 5 };
        assert_eq!(resample(&pixels, size, (7.0, 5.0), size), pixels);
    }

    #[test]
    fn an_even_colour_stays() {
        let pixels = vec![[255, 7, 0]; 300 * 130];
        let target = Size { width: 96, height: 45 };
        let resized = resample(&pixels, Size { width: 300, height: 130 }, (299.3, 129.5), target);
        assert_eq!(resized, vec![[255, 7, 0]; 96 * 45]);
    }
}
