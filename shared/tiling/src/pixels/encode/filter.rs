//! The filters of PNG: each sample minus what its neighbours let expect (PNG specification, section 9).

/// How a row is filtered. `left`, `up` and `corner` are the same sample of the pixel to the left, above, and above left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// The sample itself.
    None = 0,
    /// Less `left`.
    Sub = 1,
    /// Less `up`.
    Up = 2,
    /// Less the mean of `left` and `up`.
    Average = 3,
    /// Less that of the three which is nearest to `left + up - corner`.
    Paeth = 4,
}

impl Filter {
    pub(super) const ALL: [Self; 5] = [Self::None, Self::Sub, Self::Up, Self::Average, Self::Paeth];

    /// Appends a filtered row. A pixel has `step` bytes; `above` is as long as `row`.
    pub(super) fn apply(self, step: usize, above: &[u8], row: &[u8], out: &mut Vec<u8>) {
        let (first, x) = row.split_at(step);
        let (first_up, up) = above.split_at(step);
        let first = first.iter().zip(first_up);
        match self {
            Self::None => out.extend(row),
            Self::Sub => {
                out.extend(first.map(|(x, _)| x));
                out.extend(x.iter().zip(row).map(|(x, left)| x.wrapping_sub(*left)));
            }
            Self::Up => out.extend(row.iter().zip(above).map(|(x, up)| x.wrapping_sub(*up))),
            Self::Average => {
                out.extend(first.map(|(x, up)| x.wrapping_sub(up / 2)));
                let neighbours = row.iter().zip(up);
                out.extend(x.iter().zip(neighbours).map(|(x, (a, b))| x.wrapping_sub((a & b) + ((a ^ b) >> 1))));
            }
            Self::Paeth => {
                out.extend(first.map(|(x, up)| x.wrapping_sub(*up)));
                let neighbours = row.iter().zip(up).zip(above);
                out.extend(x.iter().zip(neighbours).map(|(x, ((a, b), c))| x.wrapping_sub(paeth(*a, *b, *c))));
            }
        }
    }
}

#[inline(always)]
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, up, corner].map(i16::from);
    let (from_left, from_up, from_corner) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
    let nearest = if from_up <= from_corner { up } else { corner };
    if from_left <= from_up && from_left <= from_corner { left } else { nearest }
}
