//! Dates and times of day as ISO 8601 writes them, and as people do who write the name of the month.

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Seconds from 1970 to an ISO 8601 date, or date and time, or to one [`with_month_name`]; none for other text.
pub fn seconds(text: &str) -> Option<f64> {
    match with_month_name(text) {
        Some(text) => seconds_of_iso(&text),
        None => seconds_of_iso(text),
    }
}

/// A date with the English name of its month, or the beginning of that, such as 3 Jan 2011, January 3, 2011 and 03-JAN-11, and a
/// time of day behind it, if any, both as ISO 8601 writes them; none for other text.
pub fn with_month_name(text: &str) -> Option<String> {
    let (mut rest, mut words) = (text.trim(), [""; 3]);
    for word in &mut words {
        let is_number = rest.starts_with(|first: char| first.is_ascii_digit());
        let is_other = |letter: char| if is_number { !letter.is_ascii_digit() } else { !letter.is_ascii_alphabetic() };
        (*word, rest) = rest.split_at(rest.find(is_other).unwrap_or(rest.len()));
        rest = rest.trim_start_matches([' ', '-', '/', '.', ',', ':']);
    }
    let (day, month, year) = match words.map(month) {
        [None, Some(month), None] if words[0].len() == 4 => (words[2], month, words[0]),
        [None, Some(month), None] => (words[0], month, words[2]),
        [Some(month), None, None] => (words[1], month, words[2]),
        _ => return None,
    };
    let number = |word: &str, digits: &[usize]| -> Option<i16> {
        word.parse().ok().filter(|_| digits.contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let day = number(day, &[1, 2])?;
    let year = number(year, &[4]).or_else(|| number(year, &[2]).map(full_year))?;
    let date = format!("{year:04}-{month:02}-{day:02}");
    if rest.is_empty() { Some(date) } else { Some(format!("{date}T{}", time_of_day(rest)?)) }
}

/// The number of a month by its English name or three letters of that or more.
fn month(word: &str) -> Option<usize> {
    let begins = |month: &&str| month.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let place = MONTHS.iter().position(|month| word.len() >= 3 && begins(month))?;
    Some(place + 1)
}

/// The year of two digits, or any other: those from 69 on are of the last century, as POSIX has it.
pub fn full_year(year: i16) -> i16 {
    match year {
        0..69 => 2000 + year,
        69..100 => 1900 + year,
        _ => year,
    }
}

/// A time of day such as 8:26, 08:26:00.5, 8:26 PM and 08:26+02:00, as ISO 8601 writes it.
pub fn time_of_day(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    let (text, half) =
        match upper.strip_suffix("AM").map(|text| (text, 0)).or(upper.strip_suffix("PM").map(|text| (text, 12))) {
            Some((text, half)) => (text.trim().to_owned(), Some(half)),
            None => (upper.replace(" UTC", "Z").replace(" GMT", "Z").replace(" +", "+").replace(" -", "-"), None),
        };
    let (hour, rest) = text.split_once(':')?;
    let hour: u32 = hour.parse().ok()?;
    let hour = match half {
        Some(half) => (1..=12).contains(&hour).then_some(hour % 12 + half)?,
        None => hour,
    };
    Some(format!("{hour:02}:{}", rest.replace(',', ".")))
}

/// Seconds from 1970 to an ISO 8601 date, or date and time; none for other text.
fn seconds_of_iso(text: &str) -> Option<f64> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_by_their_names() {
        for (text, iso) in [
            ("3 Jan 2011", "2011-01-03"),
            ("03-JAN-11", "2011-01-03"),
            ("Jan 3, 2011", "2011-01-03"),
            ("January 3 2011", "2011-01-03"),
            ("31. Sept. 1968", "1968-09-31"),
            ("1-mar-69", "1969-03-01"),
            ("2011-Feb-03", "2011-02-03"),
            ("03JAN2011", "2011-01-03"),
            ("3 Jan 2011 8:26", "2011-01-03T08:26"),
            ("Jan 3, 2011, 8:26:05 PM", "2011-01-03T20:26:05"),
            ("03/Jan/2011:18:30:00 +0100", "2011-01-03T18:30:00+0100"),
            ("3 Jan 2011 18:30 GMT", "2011-01-03T18:30Z"),
        ] {
            assert_eq!(with_month_name(text).as_deref(), Some(iso), "{text}");
        }
        for text in [
            "2011-01-03",
            "2011-01-03T18:30",
            "3 Ja 2011",
            "3 Januari 2011",
            "Jan 2011",
            "Jan Feb 2011",
            "3 Jan 111",
            "103 Jan 2011",
            "3 Jan 2011 Remix",
            "3 Jän 2011",
            "-1 Jan",
            "",
        ] {
            assert_eq!(with_month_name(text), None, "{text}");
        }
        assert_eq!(seconds("3 Jan 1970 00:00:01"), Some(172_801.0));
        assert_eq!(seconds("31 Feb 2011"), None);
    }
}
