//! Numbers as the page writes them (`app/src/ui/format.rs`), in every language alike.

/// A number in full precision, for attributes.
pub fn exact(value: f32) -> String {
    f64::from(value).to_string()
}

/// A probability in per cent, with more digits where it is small.
pub fn percent(probability: f32) -> String {
    let percent = f64::from(probability) * 100.0;
    match percent {
        p if (99.95..100.0).contains(&p) => "&gt;99.9%".to_owned(),
        p if p >= 9.95 => format!("{p:.1}%"),
        p if p >= 0.01 => format!("{p:.2}%"),
        p if p > 0.0 => "&lt;0.01%".to_owned(),
        p => format!("{p:.0}%"),
    }
}

/// A difference of probabilities in percentage points, with its sign.
pub fn points(delta: f32) -> String {
    let points = f64::from(delta) * 100.0;
    let sign = match points {
        points if points.abs() < 0.005 => "±",
        points if points < 0.0 => "−",
        _ => "+",
    };
    format!("{sign}{:.2}", points.abs())
}

/// A weight, score or gate: three decimals with a true minus sign, fewer where it is large.
pub fn weight(value: f32) -> String {
    let digits = if value.abs() >= 99.95 { 0 } else { 3 - usize::from(value.abs() >= 9.995) };
    signed(value, &format!("{:.digits$}", value.abs()))
}

/// The number at a tick of an axis.
pub fn tick(value: f32) -> String {
    signed(value, &value.abs().to_string())
}

/// A rounded zero has no sign.
fn signed(value: f32, size: &str) -> String {
    let is_negative = value < 0.0 && size.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    format!("{}{size}", if is_negative { "−" } else { "" })
}

/// A count with commas.
pub fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The next number of the form 1, 2 or 5 times a power of ten that is not below `value`: the end of an axis.
pub fn axis_end(value: f32) -> f32 {
    if !(value.is_finite() && value > 0.0) {
        return 1.0;
    }
    let power = value.log10().floor();
    // A division by a power of ten is exact in more cases than a product with a small one.
    let at = |step: f32| if power < 0.0 { step / 10f32.powf(-power) } else { step * 10f32.powf(power) };
    [1.0, 2.0, 5.0].into_iter().map(at).find(|end| *end >= value * 0.999_999).unwrap_or_else(|| at(10.0))
}

/// A text in HTML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_on_the_page() {
        assert_eq!([0.9999, 0.973, 0.042, 0.0].map(percent), ["&gt;99.9%", "97.3%", "4.20%", "0%"]);
        assert_eq!([0.0123, -0.0123, 0.0].map(points), ["+1.23", "−1.23", "±0.00"]);
        assert_eq!(
            [0.1234, -0.1236, -0.0001, 12.3456, -123.4].map(weight),
            ["0.123", "−0.124", "0.000", "12.35", "−123"]
        );
        assert_eq!([0, 999, 2785].map(count), ["0", "999", "2,785"]);
        assert_eq!([0.3, 0.05, 0.0].map(axis_end), [0.5, 0.05, 1.0]);
        assert_eq!([tick(-2.0), tick(0.5)], ["−2", "0.5"]);
    }
}
