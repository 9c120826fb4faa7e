//! Dates and times of day as ISO 8601 writes them.

/// Seconds from 1970 to an ISO 8601 date, or date and time; none for other text.
pub fn seconds(text: &str) -> Option<f64> {
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00"));
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || !(1..=days).contains(&day) {
        return None;
    }

    let (time, zone) = match time.find(['Z', 'z', '+', '-']) {
        Some(start) => time.split_at(start),
        None => (time, "Z"),
    };
    let clock = |text: &str| numbers(text, ':', [2, 2]).filter(|&[hour, minute]| hour < 24 && minute < 60);
    let (minutes, second) = (time.get(..5)?, time.get(5..)?);
    let [hour, minute] = clock(minutes)?;
    let second: f64 = match second.strip_prefix(':') {
        None if second.is_empty() => 0.0,
        Some(second) if second.starts_with(|first: char| first.is_ascii_digit()) => second.parse().ok()?,
        _ => return None,
    };
    // A leap second is the 61st.
    if second >= 61.0 {
        return None;
    }
    let offset = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        (sign, offset) => {
            let [hours, minutes] = clock(offset)
                .or_else(|| numbers(offset, ':', [4]).map(|[both]| [both / 100, both % 100]))
                .or_else(|| numbers(offset, ':', [2]).map(|[hours]| [hours, 0]))?;
            let offset = i64::from(60 * hours + minutes);
            if sign == "-" { -offset } else { offset }
        }
    };

    // Years that begin in March end with the leap day. From then, month m begins (153 m + 2) / 5 days into the year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    // Counted from 1970, seconds of today have room for microseconds.
    let minutes = (i64::from(days) - 719_469) * 1440 + i64::from(60 * hour + minute) - offset;
    Some(minutes as f64 * 60.0 + second)
}

/// Whole numbers of these numbers of digits, and nothing else.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part =
            parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}
