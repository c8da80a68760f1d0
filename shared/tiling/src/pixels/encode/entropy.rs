//! How many bits symbols take at least.

/// How often each byte value occurs.
pub(super) type Histogram = [u32; 256];

/// The entropy of what was counted, in 1/65536 bits: what an ideal code with whole freedom in its lengths would take.
///
/// In whole numbers, so that every machine decides alike. At most 2³² bytes.
pub(super) fn entropy(histogram: &Histogram) -> u64 {
    let total = histogram.iter().sum();
    let whole = u64::from(log2(total));
    histogram.iter().map(|count| u64::from(*count) * (whole - u64::from(log2(*count)))).sum()
}

/// Logarithms of the numbers below this come from a table.
const TABLE: usize = 4096;
static LOG2: [u32; TABLE] = table();

/// The binary logarithm in 1/65536; 0 for 0. Of large numbers only the highest twelve bits count.
fn log2(number: u32) -> u32 {
    let shift = (u32::BITS - number.leading_zeros()).saturating_sub(TABLE.ilog2());
    (shift << 16) + LOG2[(number >> shift) as usize]
}

const fn table() -> [u32; TABLE] {
    let mut table = [0; TABLE];
    let mut number = 1;
    while number < TABLE {
        let whole = number.ilog2();
        let mut logarithm = whole << 16;
        // Squaring a number between 1 and 2 doubles its logarithm; each carry is the next bit.
        let mut mantissa = (number as u64) << (32 - whole);
        let mut bit = 16;
        while bit > 0 {
            bit -= 1;
            mantissa = ((mantissa >> 1) * (mantissa >> 1)) >> 30;
            if mantissa >> 33 > 0 {
                mantissa >>= 1;
                logarithm |= 1 << bit;
            }
        }
        table[number] = logarithm;
        number += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_right_to_a_thousandth() {
        for number in (1..5000).chain([10_000, 65_535, 1 << 20, u32::MAX]) {
            let error = f64::from(log2(number)) / 65536.0 - f64::from(number).log2();
            assert!(error.abs() < 1e-3, "{number}: {error}");
        }
    }

    #[test]
    fn entropy_is_the_least_number_of_bits() {
        let mut histogram = [0; 256];
        assert_eq!(entropy(&histogram), 0);
        histogram[3] = 1000;
        assert_eq!(entropy(&histogram), 0);
        histogram[200] = 1000;
        assert_eq!(entropy(&histogram), 2000 << 16);
        assert_eq!(entropy(&[4; 256]), (8 * 4 * 256) << 16);
    }
}
