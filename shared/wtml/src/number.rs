//! The text of numbers, by the rules of Python's `str`.

/// The shortest decimal that reads back as the same number, as WTML writes it.
///
/// A whole number has no `.0`. Exponents appear only below 1e-4 and from 1e16 on, with a sign and at least two digits. This is what
/// Python's `str` gives, without the `.0`, and so what every WTML of toasty holds. A document never holds `NaN` or an infinity: a
/// field with such a value is left out.
///
/// ```
/// use skyfeed_wtml::number::format_float;
///
/// assert_eq!(format_float(180.0), "180");
/// assert_eq!(format_float(0.0001), "0.0001");
/// assert_eq!(format_float(0.00001), "1e-05");
/// assert_eq!(format_float(1e16), "1e+16");
/// ```
pub fn format_float(value: f64) -> String {
    let scientific = even_if_tied(value, format!("{value:e}"), |decimals| format!("{value:.decimals$e}"));
    match scientific.split_once('e').map(|(digits, exponent)| (digits, exponent.parse::<i32>())) {
        Some((digits, Ok(exponent))) if !(-4..16).contains(&exponent) => format!("{digits}e{exponent:+03}"),
        _ => even_if_tied(value, value.to_string(), |decimals| format!("{value:.decimals$}")),
    }
}

/// Of two shortest decimals that are equally near to the value, Rust gives the greater one; Python, the even one, as rounding to that
/// many decimals does.
fn even_if_tied(value: f64, shortest: String, round_to: impl Fn(usize) -> String) -> String {
    let digits = shortest.split('e').next().unwrap_or_default();
    let rounded = round_to(digits.split_once('.').map_or(0, |(_, decimals)| decimals.len()));
    // Beside a power of two, the nearest decimal may be one that reads back as its neighbor.
    if rounded.parse() == Ok(value) { rounded } else { shortest }
}

#[cfg(test)]
mod tests {
    use super::format_float;

    #[test]
    fn of_two_equally_near_decimals_the_even_one_is_written() {
        assert_eq!(format_float(0.5_f64.powi(25)), "2.9802322387695312e-08");
        assert_eq!(format_float(-74_441_010_939_803.12), "-74441010939803.12");
        assert_eq!(format_float(1_229_797_187_467_975.2), "1229797187467975.2");
    }

    #[test]
    fn beside_a_power_of_two_the_text_still_reads_back() {
        for exponent in -1074..1024 {
            let value = 2_f64.powi(exponent);
            assert_eq!(format_float(value).parse(), Ok(value));
        }
    }
}
