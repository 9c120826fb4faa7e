//! Numbers as people read them, and as the page's attributes hold them.

use crate::language::{self, t};

/// A number in full precision, for attributes and tooltips: JavaScript's `Number` of it is exactly the engine's float32.
pub fn exact(value: f32) -> String {
    f64::from(value).to_string()
}

/// A probability in per cent, with more digits where it is small: 97 %, 4.2 %, 0.03 %.
pub fn percent(probability: f32) -> String {
    let percent = f64::from(probability) * 100.0;
    match percent {
        p if (99.95..100.0).contains(&p) => ">99.9%".to_owned(),
        p if p >= 9.95 => format!("{p:.1}%"),
        p if p >= 0.01 => format!("{p:.2}%"),
        p if p > 0.0 => "<0.01%".to_owned(),
        p => format!("{p:.0}%"),
    }
}

/// A difference of probabilities in percentage points, with its sign: +1.20, −0.03.
pub fn points(delta: f32) -> String {
    let points = f64::from(delta) * 100.0;
    let sign = match points {
        points if points.abs() < 0.005 => "±",
        points if points < 0.0 => "−",
        _ => "+",
    };
    format!("{sign}{:.2}", points.abs())
}

/// A weight, score or gate: three decimals with a true minus sign; 1.2·10⁶ where it is huge.
pub fn weight(value: f32) -> String {
    if value.is_finite() && value.abs() >= 1e6 {
        let text = power_of_ten(&format!("{:.1e}", value.abs()));
        return if value < 0.0 { format!("−{text}") } else { text };
    }
    let digits = if value.abs() >= 99.95 { 0 } else { 3 - (value.abs() >= 9.995) as usize };
    let text = format!("{value:.digits$}");
    // A rounded zero has no sign.
    let unsigned = text.trim_start_matches('-');
    if unsigned.len() < text.len() && unsigned.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        format!("−{unsigned}")
    } else {
        unsigned.to_owned()
    }
}

/// A small difference: 0, 1.2·10⁻⁷, 0.013.
pub fn difference(value: f32) -> String {
    if value == 0.0 || !(1e-9..1e-2).contains(&value) {
        return if value.is_finite() { value.to_string() } else { t!("not a number").to_owned() };
    }
    power_of_ten(&format!("{value:.1e}"))
}

/// A power of ten as people write it: 1.2·10⁻⁷ for 1.2e-7.
fn power_of_ten(text: &str) -> String {
    let (digits, power) = text.split_once('e').unwrap_or((text, "0"));
    let sign = if power.starts_with('-') { "⁻" } else { "" };
    let power: String =
        power.chars().filter_map(|digit| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit.to_digit(10)? as usize)).collect();
    format!("{digits}·10{sign}{power}")
}

/// Milliseconds: 0.42 ms, 3.1 ms, 128 ms, 2.4 s.
pub fn milliseconds(ms: f64) -> String {
    match ms {
        ms if ms < 0.995 => format!("{ms:.2} ms"),
        ms if ms < 9.95 => format!("{ms:.1} ms"),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1000.0),
    }
}

/// Bytes in decimal units: 640 B, 82 kB, 1.2 MB.
pub fn bytes(count: u64) -> String {
    match count {
        count if count < 1000 => format!("{count} B"),
        count if count < 999_500 => format!("{:.0} kB", count as f64 / 1e3),
        count => format!("{:.1} MB", count as f64 / 1e6),
    }
}

/// A count as people write it: 2,785.
pub fn count(value: usize) -> String {
    language::grouped(value).unwrap_or_else(|| with_commas(value))
}

fn with_commas(value: usize) -> String {
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

/// A price: in pounds, the currency of the page's own shop, or as a bare number, where the currency is not known.
pub fn price(price: f32, bare: bool) -> String {
    format!("{}{price:.2}", if bare { "" } else { "£" })
}

/// The next number of the form 1, 2 or 5 times a power of ten that is not below `value`: the end of an axis.
pub fn axis_end(value: f32) -> f32 {
    if !(value.is_finite() && value > 0.0) {
        return 1.0;
    }
    let power = 10f32.powf(value.log10().floor());
    // The tolerance keeps a value that is a tick already, up to rounding, where it is.
    [1.0, 2.0, 5.0].into_iter().map(|step| step * power).find(|end| *end >= value * 0.999_999).unwrap_or(10.0 * power)
}

/// The number at a tick of an axis, with no more digits than it has and a true minus sign: 0.5, −2, 1·10⁻⁵, 5·10⁶.
pub fn tick(value: f32) -> String {
    let size = value.abs();
    let short = size == 0.0 || (1e-3..1e5).contains(&size);
    let text = if short { size.to_string() } else { power_of_ten(&format!("{size:e}")) };
    if value < 0.0 { format!("−{text}") } else { text }
}

/// A word with a capital first.
pub fn capital(word: &str) -> String {
    let mut word = word.to_owned();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    word
}

/// A message as a sentence in the reader's language: a capital first, unless a file's name comes first, and a full stop last.
pub fn sentence(message: &str) -> String {
    language::sentence(message).unwrap_or_else(|| in_english(message))
}

/// A message as an English sentence, for a place in another one.
pub fn in_english(message: &str) -> String {
    let first_word = message.split(' ').next().unwrap_or_default();
    let names_file = first_word.contains(['/', '.']) || first_word.ends_with(':');
    let mut sentence = if names_file { message.to_owned() } else { capital(message) };
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// A text in HTML or XML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A text in JSON, in quotes.
pub fn json_text(text: &str) -> String {
    let mut json = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => json.extend(['\\', letter]),
            letter if letter < ' ' => json += &format!("\\u{:04x}", u32::from(letter)),
            letter => json.push(letter),
        }
    }
    json + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_numbers_come_back_as_the_same_float() {
        for value in [0.1f32, 1.0 / 3.0, 6.0e-8, 0.999_999_94, -2.5, 0.0] {
            let text = exact(value);
            assert_eq!(text.parse::<f64>().unwrap(), f64::from(value), "{text}");
        }
    }

    #[test]
    fn probabilities_keep_their_digits_where_they_are_small() {
        let texts = [1.0, 0.9999, 0.973, 0.0996, 0.042, 0.0003, 0.000_001, 0.0].map(percent);
        assert_eq!(texts, ["100.0%", ">99.9%", "97.3%", "10.0%", "4.20%", "0.03%", "<0.01%", "0%"]);
    }

    #[test]
    fn points_have_a_sign() {
        assert_eq!([0.0123, -0.0123, 0.000_01, 0.0, -0.5].map(points), ["+1.23", "−1.23", "±0.00", "±0.00", "−50.00"]);
    }

    #[test]
    fn weights_have_a_true_minus_and_no_negative_zero() {
        let texts = [0.1234, -0.1236, -0.0001, 0.0, 12.3456, -123.4, -1.23e6].map(weight);
        assert_eq!(texts, ["0.123", "−0.124", "0.000", "0.000", "12.35", "−123", "−1.2·10⁶"]);
    }

    #[test]
    fn differences_have_powers_of_ten() {
        let texts = [0.0, 1.19e-7, 1e-5, 0.004, 0.5, f32::NAN].map(difference);
        assert_eq!(texts, ["0", "1.2·10⁻⁷", "1.0·10⁻⁵", "4.0·10⁻³", "0.5", "not a number"]);
    }

    #[test]
    fn units_change_before_numbers_grow_long() {
        assert_eq!([0.421, 3.12, 12.3, 999.6].map(milliseconds), ["0.42 ms", "3.1 ms", "12 ms", "1.0 s"]);
        assert_eq!([640, 82_400, 999_600, 1_234_567].map(bytes), ["640 B", "82 kB", "1.0 MB", "1.2 MB"]);
        assert_eq!([0, 999, 2785, 1_234_567].map(count), ["0", "999", "2,785", "1,234,567"]);
        assert_eq!([price(2.5, false), price(2.5, true)], ["£2.50", "2.50"]);
    }

    #[test]
    fn a_message_becomes_a_sentence() {
        assert_eq!(sentence("no GPU: none"), "No GPU: none.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence("assets/a.csv did not arrive"), "assets/a.csv did not arrive.");
        assert_eq!(sentence("a.csv: empty"), "a.csv: empty.");
        assert_eq!(sentence("a.csv has no line"), "a.csv has no line.");
        assert_eq!(sentence(""), ".");
    }

    #[test]
    fn an_axis_ends_on_a_round_number() {
        assert_eq!([0.013, 0.2, 0.21, 0.6, 1.0, 7.0].map(axis_end), [0.02, 0.2, 0.5, 1.0, 1.0, 10.0]);
        assert_eq!([0.0, f32::NAN, -1.0].map(axis_end), [1.0, 1.0, 1.0]);
        assert_eq!([0.5, -2.0, 1e-5, 5e6, 0.0].map(tick), ["0.5", "−2", "1·10⁻⁵", "5·10⁶", "0"]);
    }
}
