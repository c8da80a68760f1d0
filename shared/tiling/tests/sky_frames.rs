//! Positions and pictures in other frames are where published catalogues and astropy have them.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sky_support;

use sky_support::{assert_within, separation_arcsec};
use skyfeed_tiling::sky::{SkyError, SpatialMetadata, Wcs};

fn picture(frame: &str, equinox: &str, position: [f64; 2]) -> Result<Wcs, SkyError> {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let metadata = SpatialMetadata {
        projection: "TAN".to_owned(),
        frame: text(frame),
        equinox: text(equinox),
        reference_value_deg: position,
        reference_dimension_px: [800.0, 600.0],
        reference_pixel: [400.5, 300.5],
        scale_deg_per_px: [-0.00012, 0.00012],
        rotation_deg: 27.0,
        quality: None,
    };
    metadata.wcs(800, 600)
}

fn sexagesimal(a: f64, b: f64, c: f64) -> f64 {
    a + b / 60.0 + c / 3600.0
}

#[test]
fn a_corner_of_a_turned_picture_is_where_astropy_has_it() {
    // astropy 8.0.2: pixel (100, 500), y up, of the picture through its WCS in the frame and then to ICRS.
    let corners = [
        ("FK4", "B1950", [83.82208, -5.39111], [84.45812242009833, -5.325019614250467]),
        ("FK4", "B1950", [266.4, -28.9], [267.218305095989, -28.877743594423613]),
        ("FK4", "B1950", [200.0, 85.0], [199.8166815541127, 84.7761754356088]),
        ("FK5", "J1975", [83.82208, -5.39111], [84.15073949094109, -5.338848493348239]),
        ("FK5", "J1975", [266.4, -28.9], [266.8211296162981, -28.870499480947164]),
        ("FK5", "J1975", [200.0, 85.0], [200.02151683410412, 84.9069738931789]),
        ("FK5", "J2015.5", [83.82208, -5.39111], [83.65288469192325, -5.362798461493957]),
        ("FK5", "J2015.5", [200.0, 85.0], [200.395251789057, 85.11857508262972]),
        ("GAL", "", [83.82208, -5.39111], [317.6041797171315, 40.1828461301442]),
        ("GAL", "J2000", [266.4, -28.9], [91.08355800523506, -57.843680209520286]),
        ("GAL", "", [200.0, 85.0], [187.36927480850645, 28.111006679493666]),
        ("SGAL", "", [83.82208, -5.39111], [178.0967769699679, 29.420914806118986]),
        ("SGAL", "", [266.4, -28.9], [38.28345970957346, -33.54286411448484]),
        ("SGAL", "", [200.0, 85.0], [283.2088139277151, 10.775033974320495]),
        ("ECL", "J2000", [83.82208, -5.39111], [83.55553746002902, 17.94825318809409]),
        ("ECL", "", [266.4, -28.9], [264.88278981896445, -52.238080186307336]),
        ("ECL", "J1980", [83.82208, -5.39111], [83.84752773258154, 17.96305324669626]),
        ("ECL", "J1980", [200.0, 85.0], [259.1866569979357, 64.41684286491119]),
    ];
    for (frame, equinox, position, expected) in corners {
        let corner = picture(frame, equinox, position).unwrap().pixel_to_sky([100.0, 601.0 - 500.0]);
        // FK5 is taken for ICRS (0.02 arc seconds), and astropy has newer constants of precession and obliquity (0.08).
        let apart = separation_arcsec(corner, expected);
        assert!(apart < 0.1, "{frame} {equinox} {position:?}: {apart} arc seconds");
    }
}

#[test]
fn b1950_positions_become_the_published_j2000_positions() {
    // 3C 286, from the list of VLA calibrators, whose B1950 positions are of epoch 1979.9: FK4 turned by 0.15 arc seconds in between.
    let b1950 = [15.0 * sexagesimal(13.0, 28.0, 49.6577), sexagesimal(30.0, 45.0, 58.64)];
    let j2000 = [15.0 * sexagesimal(13.0, 31.0, 8.287984), sexagesimal(30.0, 30.0, 32.95885)];
    for (frame, equinox) in [("FK4", "B1950"), ("FK4", "1950.0"), ("FK4", ""), ("", "B1950")] {
        let apart = separation_arcsec(picture(frame, equinox, b1950).unwrap().crval_deg, j2000);
        assert!(apart < 0.16, "{frame} {equinox}: {apart} arc seconds");
    }
    // SOFA's iauFk45z, in double precision.
    let wcs = picture("FK4", "B1950", [83.82208, -5.39111]).unwrap();
    assert_within(wcs.crval_deg[0], 84.43659157930105, 1e-11, "right ascension");
    assert_within(wcs.crval_deg[1], -5.362623534069454, 1e-11, "declination");
}

#[test]
fn the_landmarks_of_the_galaxy_are_at_their_published_places() {
    let galactic = |position| picture("GAL", "", position).unwrap().crval_deg;
    // Reid & Brunthaler 2004 (ApJ 616, 872).
    let centre = [15.0 * sexagesimal(17.0, 45.0, 37.1991), -sexagesimal(28.0, 56.0, 10.221)];
    assert!(separation_arcsec(galactic([0.0, 0.0]), centre) < 0.01);
    assert!(separation_arcsec(galactic([0.0, 90.0]), [192.85948, 27.12825]) < 1e-6);
    assert!(separation_arcsec(galactic([122.93192, 27.12825]), [0.0, 90.0]) < 1e-6);
    // Supergalactic origin and pole, by their definition in galactic coordinates.
    let supergalactic = |position| picture("SGAL", "", position).unwrap().crval_deg;
    assert!(separation_arcsec(supergalactic([0.0, 0.0]), galactic([137.37, 0.0])) < 1e-6);
    assert!(separation_arcsec(supergalactic([0.0, 90.0]), galactic([47.37, 6.32])) < 1e-6);
}

#[test]
fn icrs_and_fk5_at_j2000_stay_as_they_are() {
    for (frame, equinox) in [
        ("ICRS", "J2000"),
        ("icrs", ""),
        ("", ""),
        ("", "2000.0"),
        ("FK5", "J2000"),
        ("FK5", "2000"),
        ("ICRS", "rubbish"),
    ] {
        assert_eq!(picture(frame, equinox, [10.25, 41.5]).unwrap().crval_deg, [10.25, 41.5], "{frame} {equinox}");
    }
}

#[test]
fn frames_and_equinoxes_that_are_unknown_are_refused_by_name() {
    let reason = |frame, equinox| picture(frame, equinox, [10.0, 41.0]).unwrap_err().to_string();
    assert_eq!(reason("AZEL", ""), "Spatial.CoordinateFrame is AZEL, expected ICRS, FK5, FK4, ECL, GAL or SGAL");
    assert_eq!(reason("FK5", "soon"), "Spatial.Equinox is soon, expected a year such as J2000 or B1950");
    assert_eq!(reason("FK4", "J2000"), "Spatial.Equinox is 2000, expected B1950 with frame FK4");
    assert_eq!(reason("FK5", "J20000"), "Spatial.Equinox is 20000, expected a year from 1800 to 2200");
    assert!(reason("ECL", "NaN").starts_with("Spatial.Equinox"));
}
