//! When events were: numbers and dates as people write them. What one date leaves open is settled by all dates of the file.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use model::dates::{full_year, seconds, time_of_day, with_month_name};
use model::table::{Row, TableError};

use super::error::PrepareError;

/// What the numbers of a date such as 1/2/2011 are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Day, month, year.
    DayFirst,
    /// Month, day, year.
    MonthFirst,
    /// Year, month, day.
    YearFirst,
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "dmy" => Ok(Self::DayFirst),
            "mdy" => Ok(Self::MonthFirst),
            "ymd" => Ok(Self::YearFirst),
            _ => Err("expected dmy, mdy or ymd".to_owned()),
        }
    }
}

impl Display for Order {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DayFirst => "day/month/year",
            Self::MonthFirst => "month/day/year",
            Self::YearFirst => "year/month/day",
        })
    }
}

/// A time, as far as one line tells it.
#[derive(Debug, Clone, Copy)]
pub enum Time {
    Number(f64),
    /// Microseconds since 1970.
    Instant(i64),
    /// Three numbers of a date, and microseconds since the day's beginning.
    Numbers([i16; 3], i64),
}

/// How a time is written. All times of a file are written in one way.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Number,
    Date { year_first: bool, clock: bool },
    Named { clock: bool },
}

/// The times of a file.
pub struct Times {
    expected: &'static str,
    numbers: bool,
    insisted: Option<Order>,
    form: Option<Form>,
    example: String,
    /// The first line with a date that has its day first for certain, and one with its month first.
    day_first: Option<(u64, String)>,
    month_first: Option<(u64, String)>,
    largest: f64,
    /// Whether all numbers are such as 20110131.
    calendar: bool,
}

impl Times {
    /// Times that are numbers or dates, whose numbers are in the order that is `insisted` on, if any.
    pub fn new(insisted: Option<Order>) -> Self {
        Self {
            expected: "a number, or a date such as 2010-12-01 08:26:00 or 12/1/2010 8:26",
            numbers: true,
            insisted,
            form: None,
            example: String::new(),
            day_first: None,
            month_first: None,
            largest: 0.0,
            calendar: true,
        }
    }

    /// Times that are dates.
    pub fn dates(insisted: Option<Order>) -> Self {
        let expected = "a date such as 2010-12-01 08:26:00 or 12/1/2010 8:26";
        Self { expected, numbers: false, ..Self::new(insisted) }
    }

    /// The time in this column.
    pub fn read(&mut self, row: &Row<'_>, column: &str) -> Result<Time, TableError> {
        let text = row.text(column)?;
        let (form, time) = parse(text)
            .filter(|&(form, _)| self.numbers || form != Form::Number)
            .ok_or_else(|| row.wrong(column, self.expected))?;
        match self.form {
            Some(seen) if seen != form => {
                return Err(row.wrong(column, &format!("{}, written as in the lines above", self.expected)));
            }
            Some(_) => {}
            None => {
                self.form = Some(form);
                self.example = text.to_owned();
            }
        }
        match time {
            Time::Number(number) => {
                self.largest = self.largest.max(number.abs());
                self.calendar &= calendar_day(number).is_some();
            }
            Time::Instant(_) => {}
            Time::Numbers(numbers, _) => match self.insisted {
                Some(order) => {
                    date(numbers, order).ok_or_else(|| row.wrong(column, &format!("a date of {order}, as told")))?;
                }
                None => {
                    let [by_day, by_month] =
                        [Order::DayFirst, Order::MonthFirst].map(|order| date(numbers, order).is_some());
                    let evidence = || Some((row.line, text.to_owned()));
                    match (by_day, by_month) {
                        (true, true) => {}
                        (true, false) => self.day_first = self.day_first.take().or_else(evidence),
                        (false, true) => self.month_first = self.month_first.take().or_else(evidence),
                        (false, false) => return Err(row.wrong(column, self.expected)),
                    }
                }
            },
        }
        Ok(time)
    }

    /// What the times mean, once all are read. `file` names the source in errors.
    pub fn settle(self, file: &str) -> Result<Clock, PrepareError> {
        let problem = |problem: String| PrepareError::Dates { file: file.to_owned(), problem };
        match self.form {
            None => Ok(Clock { scale: Scale::Exact, note: "no time".to_owned() }),
            Some(Form::Number) if self.calendar => {
                Ok(Clock { scale: Scale::Calendar, note: "days such as 20110131".to_owned() })
            }
            Some(Form::Number) => {
                let (unit, name) = match self.largest {
                    ..1e11 => (1e6, "seconds"),
                    ..1e14 => (1e3, "milliseconds"),
                    ..1e17 => (1.0, "microseconds"),
                    ..1e20 => (1e-3, "nanoseconds"),
                    _ => return Err(problem(format!("{:e} is no time since 1970", self.largest))),
                };
                Ok(Clock { scale: Scale::Since1970(unit), note: format!("{name} since 1970") })
            }
            Some(Form::Named { .. }) => {
                Ok(Clock { scale: Scale::Exact, note: "dates with the name of the month".to_owned() })
            }
            Some(Form::Date { year_first: true, .. }) => {
                Ok(Clock { scale: Scale::Exact, note: "year-month-day".to_owned() })
            }
            Some(Form::Date { .. }) => {
                let because = |(line, text): &(u64, String)| format!("line {line} has {text}");
                let (order, why) = match (self.insisted, &self.day_first, &self.month_first) {
                    (Some(order), ..) => (order, "as told by --dates".to_owned()),
                    (None, Some(day), None) => (Order::DayFirst, because(day)),
                    (None, None, Some(month)) => (Order::MonthFirst, because(month)),
                    (None, Some(day), Some(month)) => {
                        return Err(problem(format!(
                            "{}, which begins with the day, and {}, which begins with the month",
                            because(day),
                            because(month)
                        )));
                    }
                    (None, None, None) => {
                        return Err(problem(format!(
                            "dates such as {} may begin with the day or with the month, and no day over 12 tells which; \
                             say it by --dates dmy or --dates mdy (or --dates ymd)",
                            self.example
                        )));
                    }
                };
                Ok(Clock { scale: Scale::Order(order), note: format!("{order}: {why}") })
            }
        }
    }
}

enum Scale {
    Exact,
    /// Microseconds in one unit of a number.
    Since1970(f64),
    Calendar,
    Order(Order),
}

/// What the times of a file mean.
pub struct Clock {
    scale: Scale,
    /// The same in words.
    pub note: String,
}

impl Clock {
    /// The time in UTC, or where no zone is told in the file's own; none where there is no such day.
    pub fn at(&self, time: Time) -> Option<DateTime> {
        let instant = |micros: i64| Some(TimeZone::UTC.to_datetime(Timestamp::from_microsecond(micros).ok()?));
        let midnight = |date: Date| date.at(0, 0, 0, 0);
        match (time, &self.scale) {
            (Time::Number(number), Scale::Calendar) => calendar_day(number).map(midnight),
            (Time::Number(number), Scale::Since1970(unit)) => instant((number * unit).round() as i64),
            (Time::Numbers(numbers, micros), Scale::Order(order)) => {
                midnight(date(numbers, *order)?).checked_add(jiff::SignedDuration::from_micros(micros)).ok()
            }
            (Time::Instant(micros), _) => instant(micros),
            _ => None,
        }
    }
}

/// Whether `text` may be a time: a date, or a number since 1970 of this century or of the end of the last.
pub fn is_time(text: &str) -> bool {
    match parse(text) {
        Some((_, Time::Number(number))) => number >= 1e8 || calendar_day(number).is_some(),
        other => other.is_some(),
    }
}

fn parse(text: &str) -> Option<(Form, Time)> {
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some((Form::Number, Time::Number(number)));
    }
    if let Some(iso) = with_month_name(text) {
        let form = Form::Named { clock: iso.contains('T') };
        return Some((form, Time::Instant(micros(&iso)?)));
    }
    let (date, clock) = match text.split_once(['T', 't', ' ']) {
        Some((date, clock)) => (date, Some(clock.trim())),
        None => (text, None),
    };
    let separator = date.chars().find(|letter| matches!(letter, '-' | '/' | '.'))?;
    let parts: Vec<&str> = date.split(separator).collect();
    let [first, second, third] = *parts.as_slice() else { return None };
    let sized = |text: &str, sizes: &[usize]| sizes.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let day = clock.map_or(Some("00:00".to_owned()), time_of_day)?;
    let clock = clock.is_some();
    if sized(first, &[4]) && sized(second, &[1, 2]) && sized(third, &[1, 2]) {
        let micros = micros(&format!("{first}-{second:0>2}-{third:0>2}T{day}"))?;
        return Some((Form::Date { year_first: true, clock }, Time::Instant(micros)));
    }
    if !(sized(first, &[1, 2]) && sized(second, &[1, 2]) && sized(third, &[1, 2, 4])) {
        return None;
    }
    let numbers = [first.parse().ok()?, second.parse().ok()?, third.parse().ok()?];
    Some((Form::Date { year_first: false, clock }, Time::Numbers(numbers, micros(&format!("1970-01-01T{day}"))?)))
}

fn micros(text: &str) -> Option<i64> {
    seconds(text).map(|seconds| (seconds * 1e6).round() as i64)
}

/// The day that three numbers in this order are.
fn date(numbers: [i16; 3], order: Order) -> Option<Date> {
    let [first, second, third] = numbers;
    let [year, month, day] = match order {
        Order::DayFirst => [third, second, first],
        Order::MonthFirst => [third, first, second],
        Order::YearFirst => [first, second, third],
    };
    Date::new(full_year(year), month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// The day of a number such as 20110131, from 1900 to 2099.
fn calendar_day(number: f64) -> Option<Date> {
    if number.fract() != 0.0 || !(19_000_101.0..21_000_000.0).contains(&number) {
        return None;
    }
    let number = number as i32;
    Date::new((number / 10_000) as i16, (number / 100 % 100) as i8, (number % 100) as i8).ok()
}
