//! The boundaries of the constellations, in the coordinates of J2000.

use std::sync::OnceLock;

use super::Constellation;

const TABLE: &str = include_str!("../../data/iau_constellations.txt");

/// The polygon of one constellation.
struct Boundary {
    constellation: Constellation,
    vertices: Vec<Vertex>,
}

/// Successive vertices of a polygon are less than 12 hours apart, so hours may lie outside of 0 to 24.
#[derive(Clone, Copy)]
struct Vertex {
    ra_hours: f64,
    dec_deg: f64,
}

/// The constellation at a point of the sky, as WorldWide Telescope finds it.
///
/// `ra_hours` is the right ascension in hours, taken modulo 24, and `dec_deg` the declination in degrees, -90 to 90, both in J2000. The
/// answer is that of `Place.set_ra_dec` in `wwt_data_formats` 0.18.1; close to a boundary, which WorldWide Telescope draws as straight lines
/// in these coordinates, it may differ from that of other programs. `None` if a coordinate is not finite.
///
/// ```
/// use skyfeed_wtml::constellation::{self, Constellation};
///
/// assert_eq!(constellation::at(5.6, -5.4), Some(Constellation::Orion));
/// ```
pub fn at(ra_hours: f64, dec_deg: f64) -> Option<Constellation> {
    if !ra_hours.is_finite() || !dec_deg.is_finite() {
        return None;
    }
    if dec_deg > 88.402 {
        return Some(Constellation::UrsaMinor);
    }
    let ra_hours = if (0.0..=24.0).contains(&ra_hours) { ra_hours } else { ra_hours.rem_euclid(24.0) };
    // A polygon across 0 hours is stored on either side of it.
    let turns = [Some(ra_hours), (ra_hours > 0.0).then_some(ra_hours - 24.0)];
    turns.into_iter().flatten().find_map(|ra_hours| around(ra_hours, dec_deg)).or_else(|| around_pole(dec_deg))
}

/// The constellations around the poles span all hours, and no polygon in these coordinates encloses that.
fn around_pole(dec_deg: f64) -> Option<Constellation> {
    if dec_deg > 65.5 {
        Some(Constellation::UrsaMinor)
    } else if dec_deg < -65.5 {
        Some(Constellation::Octans)
    } else {
        None
    }
}

fn around(ra_hours: f64, dec_deg: f64) -> Option<Constellation> {
    static BOUNDARIES: OnceLock<Vec<Boundary>> = OnceLock::new();
    let boundaries = BOUNDARIES.get_or_init(|| boundaries(TABLE));
    boundaries.iter().find(|boundary| boundary.encloses(ra_hours, dec_deg)).map(|boundary| boundary.constellation)
}

impl Boundary {
    /// The even-odd rule: whether an odd number of edges crosses the parallel of the point at a greater right ascension.
    fn encloses(&self, ra_hours: f64, dec_deg: f64) -> bool {
        let previous = self.vertices.iter().cycle().skip(self.vertices.len().saturating_sub(1));
        self.vertices.iter().zip(previous).filter(|(to, from)| is_beyond(ra_hours, dec_deg, **from, **to)).count() % 2
            == 1
    }
}

/// Whether the edge crosses the parallel of the point, at a right ascension greater than the point's.
fn is_beyond(ra_hours: f64, dec_deg: f64, from: Vertex, to: Vertex) -> bool {
    if (from.dec_deg <= dec_deg) == (to.dec_deg <= dec_deg) {
        return false;
    }
    // The polygon of Octans runs through all hours: its last edge, from 24 to 0, is short.
    let to_ra_hours = if from.ra_hours - to.ra_hours > 12.0 { to.ra_hours + 24.0 } else { to.ra_hours };
    ra_hours < (from.ra_hours - to_ra_hours) * (dec_deg - to.dec_deg) / (from.dec_deg - to.dec_deg) + to_ra_hours
}

/// Reads the table; a test checks that no line of it is left out.
fn boundaries(table: &str) -> Vec<Boundary> {
    let mut boundaries: Vec<Boundary> = Vec::new();
    for (vertex, constellation) in table.lines().filter_map(vertex) {
        if boundaries.last().is_none_or(|last| last.constellation != constellation) {
            boundaries.push(Boundary { constellation, vertices: Vec::new() });
        }
        if let Some(Boundary { vertices, .. }) = boundaries.last_mut() {
            let previous = vertices.last().map_or(0.0, |vertex| vertex.ra_hours);
            vertices.push(Vertex { ra_hours: nearest_turn(vertex.ra_hours, previous), ..vertex });
        }
    }
    boundaries
}

fn vertex(line: &str) -> Option<(Vertex, Constellation)> {
    let mut words = line.split_whitespace();
    let mut number = || words.next()?.parse().ok();
    let vertex = Vertex { ra_hours: number()?, dec_deg: number()? };
    Some((vertex, Constellation::parse(words.next()?)?))
}

fn nearest_turn(ra_hours: f64, previous: f64) -> f64 {
    match ra_hours - previous {
        step if step > 12.0 => ra_hours - 24.0,
        step if step < -12.0 => ra_hours + 24.0,
        _ => ra_hours,
    }
}

#[cfg(test)]
mod tests {
    use super::{Constellation, TABLE, at, boundaries};

    #[test]
    fn the_table_holds_every_constellation_once_and_every_line_is_read() {
        let boundaries = boundaries(TABLE);
        let mut constellations: Vec<_> = boundaries.iter().map(|boundary| boundary.constellation).collect();
        constellations.sort();
        assert_eq!(constellations, Constellation::ALL);
        assert_eq!(TABLE.lines().count(), 1564);
        assert_eq!(boundaries.iter().map(|boundary| boundary.vertices.len()).sum::<usize>(), 1564);
    }

    #[test]
    fn whole_turns_do_not_matter_and_infinities_are_nowhere() {
        assert_eq!(at(5.6 - 48.0, -5.4), Some(Constellation::Orion));
        assert_eq!(at(5.6 + 240.0, -5.4), Some(Constellation::Orion));
        assert_eq!(at(1e300, -90.0), Some(Constellation::Octans));
        assert_eq!((at(f64::NAN, 0.0), at(0.0, f64::INFINITY)), (None, None));
    }
}
