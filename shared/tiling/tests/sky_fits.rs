//! FITS headers are read in every form the standard has for a gnomonic WCS.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sky_support;

use std::io;

use sky_support::{assert_placed_as_in_wtml, data, separation_arcsec, wtml_attributes};
use skyfeed_tiling::sky::{FOV_FACTOR, FitsWcs, Parity, Placement, SkyError, Wcs, fits};

const POSITION: [&str; 6] = [
    "CTYPE1  = 'RA---TAN'",
    "CTYPE2  = 'DEC--TAN'",
    "CRVAL1  = 202.4696 / a comment",
    "CRVAL2  = 47.1952",
    "CRPIX1  = 333.25",
    "CRPIX2  = 111.75",
];

fn read(cards: &[&[&str]]) -> Result<FitsWcs, SkyError> {
    let mut header = format!("{:80}", "SIMPLE  =                    T");
    for card in cards.iter().flat_map(|cards| cards.iter()) {
        header += &format!("{card:80}");
    }
    fits::read_wcs((header + &format!("{:80}", "END")).as_bytes())
}

fn wcs(cards: &[&[&str]]) -> Wcs {
    read(cards).unwrap().rescaled_to(700, 400).unwrap()
}

fn reason(cards: &[&[&str]]) -> String {
    match read(cards).and_then(|found| found.rescaled_to(700, 400)) {
        Ok(wcs) => panic!("{wcs:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_oracle_header_is_placed_where_toasty_places_it() {
    let file = std::fs::File::open(data("oracle/06_study_tiff_fitswcs/input/wcs.fits")).unwrap();
    let found = fits::read_wcs(file).unwrap();
    assert_eq!(found.image_size, Some([700, 400]));
    assert!(found.warnings.is_empty());
    let wcs = found.rescaled_to(700, 400).unwrap();
    assert_eq!(wcs.parity(), Parity::BottomUp);
    let placement = Placement::study(&wcs.flip_rows(400), 700, 400, 2, FOV_FACTOR).unwrap();
    assert_placed_as_in_wtml(&placement, &wtml_attributes("06_study_tiff_fitswcs/expected/index_rel.wtml"));
}

#[test]
fn every_way_to_write_a_matrix_gives_the_same_sky() {
    // Rotation 25 degrees, 0.00033 degrees per pixel; numbers and positions by astropy 8.0.2.
    let forms: [&[&str]; 5] = [
        &[
            "CD1_1   = -2.9908156972209449E-04",
            "CD1_2   = -1.3946402637443054D-04",
            "CD2_1   = -1.394640263744305e-04",
            "CD2_2   = 2.9908156972209449d-04",
        ],
        &["CDELT1  = -0.00033", "CDELT2  = 0.00033", "CROTA2  = 25.0"],
        &[
            "CDELT1  = -0.00033",
            "CDELT2  = 0.00033",
            "PC1_1   = 0.90630778703664994",
            "PC1_2   = 0.42261826174069944",
            "PC2_1   = -0.42261826174069944",
            "PC2_2   = 0.90630778703664994",
        ],
        &["CDELT1  = -1.188", "CDELT2  = 1.188", "CUNIT1  = 'arcsec'", "CUNIT2  = 'arcsec'", "CROTA2  = 25.0"],
        &["CDELT1  = -0.00033", "CDELT2  = 0.00033", "LONPOLE = 155.0"],
    ];
    for (form, cards) in forms.into_iter().enumerate() {
        let arcsec = ["CRVAL1  = 728890.56", "CRVAL2  = 169902.72"];
        let position = if form == 3 { [&arcsec[..], &POSITION] } else { [&[], &POSITION[..]] };
        let wcs = wcs(&[position[0], position[1], cards]);
        let apart = separation_arcsec(wcs.pixel_to_sky([600.0, 20.0]), [202.3711418003137, 47.1305150831394]);
        assert!(apart < 1e-6, "form {form}: {apart} arc seconds");
    }
}

#[test]
fn either_order_of_the_axes_gives_the_same_sky() {
    let swapped = [
        "CTYPE1  = 'DEC--TAN'",
        "CTYPE2  = 'RA---TAN'",
        "CRVAL1  = 47.1952",
        "CRVAL2  = 202.4696",
        "CRPIX1  = 333.25",
        "CRPIX2  = 111.75",
        "CD1_1   = -1.394640263744305e-04",
        "CD1_2   = 2.9908156972209449d-04",
        "CD2_1   = -2.9908156972209449E-04",
        "CD2_2   = -1.3946402637443054D-04",
    ];
    let rotated = wcs(&[&POSITION, &["CDELT1  = -0.00033", "CDELT2  = 0.00033", "CROTA2  = 25.0"]]);
    let apart = separation_arcsec(wcs(&[&swapped]).pixel_to_sky([1.0, 1.0]), rotated.pixel_to_sky([1.0, 1.0]));
    assert!(apart < 1e-7, "{apart}");
}

#[test]
fn missing_cd_elements_are_zero_and_missing_pc_elements_identity() {
    let cd = wcs(&[&POSITION, &["CD1_1   = -0.0003", "CD2_2   = 0.0003"]]);
    assert_eq!(cd.cd_deg, [[-0.0003, 0.0], [0.0, 0.0003]]);
    assert_eq!(wcs(&[&POSITION, &["CDELT1  = -0.0003", "CDELT2  = 0.0003"]]), cd);
    assert_eq!(wcs(&[&POSITION, &["CDELT1  = -0.0003", "CDELT2  = 0.0003", "PC1_2   = 0.0"]]), cd);
}

#[test]
fn at_the_pole_the_native_longitude_of_the_pole_counts() {
    let scale = ["CDELT1  = -0.0003", "CDELT2  = 0.0003"];
    let pole = ["CRVAL2  = 90.0"];
    // Paper II: LONPOLE is 0 by default if the reference point is the pole.
    let by_default = wcs(&[&pole, &POSITION, &scale]);
    assert_eq!(by_default, wcs(&[&pole, &POSITION, &scale, &["LONPOLE = 0.0"]]));
    assert_ne!(by_default, wcs(&[&pole, &POSITION, &scale, &["LONPOLE = 180.0"]]));
    // astropy 8.0.2.
    let apart = separation_arcsec(by_default.pixel_to_sky([600.0, 20.0]), [311.4505122597083, 89.91537366937911]);
    assert!(apart < 1e-6, "{apart}");
}

#[test]
fn frames_are_converted_to_icrs() {
    let scale = ["CDELT1  = -0.0003", "CDELT2  = 0.0003"];
    let b1950 = ["CRVAL1  = 83.82208", "CRVAL2  = -5.39111", "EQUINOX = 1950.0"];
    let j2000 = [84.43659157930105, -5.362623534069454];
    for radesys in [&["RADESYS = 'FK4'"][..], &["RADECSYS= 'FK4     '"], &[]] {
        assert!(separation_arcsec(wcs(&[&b1950, &POSITION, &scale, radesys]).crval_deg, j2000) < 1e-6);
    }
    let galactic =
        ["CTYPE1  = 'GLON-TAN'", "CTYPE2  = 'GLAT-TAN'", "CRVAL1  = 0.0", "CRVAL2  = 90.0", "LONPOLE = 180.0"];
    assert!(separation_arcsec(wcs(&[&galactic, &POSITION, &scale]).crval_deg, [192.85948, 27.12825]) < 1e-6);
    assert!(reason(&[&POSITION, &scale, &["RADESYS = 'GAPPT'"]]).starts_with("RADESYS is GAPPT"));
}

#[test]
fn distortion_is_left_out_with_a_warning() {
    let scale = ["CDELT1  = -0.0003", "CDELT2  = 0.0003", "NAXIS1  = 700", "NAXIS2  = 400"];
    let sip = ["CTYPE1  = 'RA---TAN-SIP'", "CTYPE2  = 'DEC--TAN-SIP'", "A_ORDER = 2"];
    let tpv = ["CTYPE1  = 'RA---TPV'", "CTYPE2  = 'DEC--TPV'", "PV1_5   = 0.1"];
    for (cards, named) in [(sip, "SIP"), (tpv, "TPV")] {
        let found = read(&[&cards, &POSITION, &scale]).unwrap();
        assert_eq!(found.warnings.len(), 1);
        assert!(found.warnings[0].to_string().contains(named));
        assert_eq!(found.rescaled_to(700, 400).unwrap(), wcs(&[&POSITION, &scale]));
    }
    let slant = ["CTYPE1  = 'RA---SIN'", "CTYPE2  = 'DEC--SIN'", "PV2_1   = 0.1"];
    assert!(reason(&[&slant, &POSITION, &scale]).contains("SIN with PV parameters"));
}

#[test]
fn the_size_is_that_of_the_image_by_astrometry_net_first() {
    let scale = ["CDELT1  = -0.0003", "CDELT2  = 0.0003"];
    let naxis = ["NAXIS1  = 1400", "NAXIS2  = 800"];
    let size = |cards: &[&str]| read(&[&POSITION, &scale, cards]).unwrap();
    assert_eq!(size(&naxis).image_size, Some([1400, 800]));
    assert_eq!(size(&[&naxis[..], &["IMAGEW  = 700", "IMAGEH  = 400"]].concat()).image_size, Some([700, 400]));
    let unknown = size(&[]);
    assert_eq!((unknown.image_size, unknown.warnings.len()), (None, 1));

    let half = size(&naxis).rescaled_to(700, 400).unwrap();
    assert_eq!(half.crpix, [(333.25 - 0.5) / 2.0 + 0.5, (111.75 - 0.5) / 2.0 + 0.5]);
    assert_eq!(half.cd_deg, [[-0.0006, 0.0], [0.0, 0.0006]]);
    assert!(matches!(size(&naxis).rescaled_to(700, 500), Err(SkyError::AspectRatio { .. })));
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let scale = ["CDELT1  = -0.0003", "CDELT2  = 0.0003"];
    assert_eq!(reason(&[]), "CTYPE1 is missing");
    assert_eq!(reason(&[&POSITION[..5], &scale]), "CRPIX2 is missing");
    assert_eq!(reason(&[&POSITION, &scale[..1]]), "CD1_1 or CDELT1 is missing");
    assert_eq!(reason(&[&["CRPIX1  = 'middle'"], &POSITION, &scale]), "CRPIX1 is middle, expected a number");
    assert_eq!(reason(&[&["CRVAL1  = NaN"], &POSITION, &scale]), "CRVAL1 is NaN, expected a number");
    assert!(reason(&[&["CTYPE1  = 'FREQ'"], &POSITION, &scale]).starts_with("CTYPE1 is FREQ with CTYPE2 DEC"));
    assert!(reason(&[&["CTYPE1  = 'RA---AIT'", "CTYPE2  = 'DEC--AIT'"], &POSITION, &scale]).contains("AIT"));
    assert!(reason(&[&["CUNIT1  = 'hour'"], &POSITION, &scale]).starts_with("CUNIT1 is hour"));
    assert!(reason(&[&["NAXIS1  = -5"], &POSITION, &scale]).starts_with("NAXIS1 is -5"));
    assert!(reason(&[&POSITION, &["CD1_1   = 0.0"]]).starts_with("WWT cannot show this CD matrix"));
}

#[test]
fn what_is_no_fits_file_is_refused() {
    let reason = |bytes: &[u8]| fits::read_wcs(bytes).unwrap_err().to_string();
    assert_eq!(reason(b""), "the FITS header cannot be read: it is empty");
    assert!(reason(&[0x89; 400]).contains("does not begin with SIMPLE"));
    let whole = std::fs::read(data("oracle/06_study_tiff_fitswcs/input/wcs.fits")).unwrap();
    assert!(reason(&whole[..500]).contains("ends before its END card"));
}

#[test]
fn trouble_with_reading_may_pass() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::TimedOut))
        }
    }
    assert!(fits::read_wcs(Broken).unwrap_err().is_transient());
    assert!(!fits::read_wcs(&b"no FITS"[..]).unwrap_err().is_transient());
}
