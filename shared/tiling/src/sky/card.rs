//! What becomes of a number on a FITS card.

/// The number that astropy reads again after it wrote `value` on a FITS card: the text is cut off after 20 characters.
///
/// It differs from `value` by some 1e-15 of it, if at all. toasty makes such cards of its WCS before it asks astropy for the middle of
/// an image, and only with the same cut do the last digits of a feed's `RA` and `Dec` come out the same.
pub(crate) fn as_on_card(value: f64) -> f64 {
    const WIDTH: usize = 20;
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return value };
    let Ok(exponent) = exponent.parse::<i32>() else { return value };
    let text = if (-4..16).contains(&exponent) {
        let mut decimal = value.to_string();
        decimal.truncate(WIDTH);
        decimal
    } else {
        // Python writes at least two digits of the exponent, and a plus.
        let exponent = format!("e{exponent:+03}");
        let digits = mantissa.len().min(WIDTH - exponent.len());
        format!("{}{exponent}", &mantissa[..digits])
    };
    text.parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::as_on_card;

    #[test]
    fn a_number_is_cut_off_after_twenty_characters() {
        assert_eq!(as_on_card(-0.00014700240639906298), -0.00014700240639906);
        assert_eq!(as_on_card(-3.3239215755249094e-06), -3.3239215755249e-06);
        assert_eq!(as_on_card(1.2345678901234567e-100), 1.2345678901234e-100);
        assert_eq!(as_on_card(-1.2345678901234567e+200), -1.234567890123e+200);
    }

    #[test]
    fn a_short_number_stays_as_it_is() {
        for value in [0.0, -0.0, 1.0, 187.70593075, -251.99999999999997, 1e-5, 1e300] {
            assert_eq!(as_on_card(value).to_bits(), value.to_bits());
        }
        assert!(as_on_card(f64::NAN).is_nan() && as_on_card(f64::INFINITY).is_infinite());
    }
}
