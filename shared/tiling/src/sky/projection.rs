//! The map projections that can be placed: TAN, and those that do not differ from it in a small field.

use super::SkyError;

/// What a zenithal projection may be displaced from TAN in the farthest corner of an image to be taken for it, in pixels.
pub(crate) const LIMIT_PX: f64 = 0.5;

/// A zenithal map projection, by its FITS code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Projection {
    Tan,
    Sin,
    Arc,
    Stg,
}

impl Projection {
    pub(crate) fn parse(code: &str) -> Result<Self, SkyError> {
        match code.trim().to_ascii_uppercase().as_str() {
            "TAN" | "TPV" => Ok(Self::Tan),
            "SIN" => Ok(Self::Sin),
            "ARC" => Ok(Self::Arc),
            "STG" => Ok(Self::Stg),
            _ => Err(SkyError::Projection { projection: code.trim().to_owned() }),
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Tan => "TAN",
            Self::Sin => "SIN",
            Self::Arc => "ARC",
            Self::Stg => "STG",
        }
    }

    /// Checks that a point at `radius_px` from the reference pixel is no more than [`LIMIT_PX`] from where TAN would have it.
    ///
    /// Source of the radial functions: Calabretta & Greisen 2002 (A&A 395, 1077), section 5.1. All four agree at the reference
    /// pixel in position and scale; the displacement grows with the cube of the radius r in radians: r³/6 for SIN is the smallest
    /// term of its arc sine, r³/3 that of the arc tangent, together r³/2; r³/3 for ARC and r³/4 for STG.
    pub(crate) fn check_taken_for_tan(self, radius_px: f64, deg_per_px: f64) -> Result<(), SkyError> {
        let scale = deg_per_px.to_radians();
        let radius = radius_px * scale;
        let distance = match self {
            Self::Tan => return Ok(()),
            Self::Sin if radius < 1.0 => pxfm::f_asin(radius),
            Self::Sin => f64::INFINITY,
            Self::Arc => radius,
            Self::Stg => 2.0 * pxfm::f_atan(radius / 2.0),
        };
        let displacement_px = (distance - pxfm::f_atan(radius)).abs() / scale;
        if displacement_px <= LIMIT_PX {
            return Ok(());
        }
        Err(SkyError::ProjectionTooWide { projection: self.code(), displacement_px, limit_px: LIMIT_PX })
    }
}

#[cfg(test)]
mod tests {
    use super::Projection;

    #[test]
    fn a_small_sin_field_is_taken_for_tan_and_a_wide_one_is_not() {
        // One arc minute across; four degrees across.
        assert!(Projection::Sin.check_taken_for_tan(1000.0, 1.0 / 60.0 / 2000.0).is_ok());
        let wide = Projection::Sin.check_taken_for_tan(2000.0, 0.001).expect_err("too wide");
        // r = 2 degrees: r³/2 = 2.127e-5 rad = 1.22 pixels.
        assert!(wide.to_string().starts_with("projection SIN differs from TAN by 1.2 pixels"), "{wide}");
    }

    #[test]
    fn an_all_sky_projection_is_refused_by_name() {
        assert!(Projection::parse("AIT").expect_err("refused").to_string().contains("AIT"));
    }
}
