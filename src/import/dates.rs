//! Dates as tools and people spell them: everything that `cell::when` does not read at a glance.
//!
//! Named months, years in front and marks such as 年 and 月 say what each number is. Where only the order says it (`03/04/2024`), a cell is not
//! read by itself: it tells which orders it allows, and the column decides by all its cells (`evidence`, `decisions`).

use unicode_normalization::UnicodeNormalization;

use super::cell::{EXCEL_EPOCH, NO_MINUTE, day_number, is_year};
use super::plan::Value;
use super::reject::Reason;

/// In which order day, month and year stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

impl Order {
    /// All orders.
    pub const ALL: [Self; 3] = [Self::Dmy, Self::Mdy, Self::Ymd];

    /// As `--date-order` has it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
        }
    }

    /// Its bit in a set of orders.
    pub const fn bit(self) -> usize {
        match self {
            Self::Dmy => 1,
            Self::Mdy => 2,
            Self::Ymd => 4,
        }
    }

    const fn pick(self, parts: [i64; 3]) -> (i64, i64, i64) {
        let [a, b, c] = parts;
        match self {
            Self::Dmy => (c, b, a),
            Self::Mdy => (c, a, b),
            Self::Ymd => (a, b, c),
        }
    }
}

/// How a column writes dates whose order has to be decided; each style of a column is decided by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Style {
    /// The sign between the numbers.
    pub separator: u8,
    /// The year has four digits.
    pub long_year: bool,
}

/// What is known about a column before its cells are read.
pub trait Context {
    /// The order decided for a style; `None` while it is not.
    fn order(&self, style: Style) -> Option<Order>;
    /// The column holds dates of birth.
    fn birth(&self) -> bool;
    /// `+0000` and its like are decoration: the clock stands as printed.
    fn printed_clock(&self) -> bool;
}

/// Nothing is known.
#[cfg(test)]
pub struct Unknown;

#[cfg(test)]
impl Context for Unknown {
    fn order(&self, _: Style) -> Option<Order> {
        None
    }
    fn birth(&self) -> bool {
        false
    }
    fn printed_clock(&self) -> bool {
        false
    }
}

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelled {
    /// Day and minute, as `cell::when` gives them.
    At(i64, i64),
    /// The order decides; the set of orders that the calendar allows.
    Ordered(Style, usize),
    /// Read, from a clock that says it is Greenwich's: the day, and its second of the day before it was moved to Beijing.
    Greenwich(i64, i64, i64),
}

/// First of the hundred years that a year of two digits lies in: 50 is 1950, 49 is 2049.
const WINDOW: i64 = 1950;
/// The same for dates of birth: 30 is 1930, 29 is 2029.
const BIRTH_WINDOW: i64 = 1930;
/// Years that a date without separators may have; others are no dates.
const COMPACT_YEARS: std::ops::RangeInclusive<i64> = 1900..=2099;
/// Seconds since 1970 that are taken for instants: 2001-09-09 to 2030-03-17. `2024030108`, an hour, is above.
const EPOCH: std::ops::Range<i64> = 1_000_000_000..1_900_000_000;
/// Spreadsheets' day numbers of births: from 1927-05-18, the first of five digits.
const BIRTH_SERIALS: std::ops::Range<i64> = 10_000..49_675;
/// Beijing, in minutes east of Greenwich.
const BEIJING: i64 = 480;

/// One accepted spelling, for the documentation.
pub struct Example {
    /// 2024-03-01, or 2024-03-01 08:10.
    pub written: &'static str,
    /// Has a time of day: 08:10.
    pub timed: bool,
    /// Who writes so.
    pub by: &'static str,
}

const fn spelling(written: &'static str, timed: bool, by: &'static str) -> Example {
    Example { written, timed, by }
}

/// Every accepted spelling whose order needs no decision. All are the first of March 2024, timed ones ten past eight in the morning.
pub const SPELLINGS: &[Example] = &[
    spelling("2024-03-01", false, "ISO 8601"),
    spelling("2024/3/1", false, "Excel"),
    spelling("2024.03.01", false, "SQL Server 102"),
    spelling("20240301", false, "SQL Server 112"),
    spelling("2024年3月1日", false, "Excel"),
    spelling("24年3月1日", false, "Excel"),
    spelling("45352", false, "Excel"),
    spelling("2024-03-01 00:00:00", false, "SQL"),
    spelling("2024-03-01 00:00:00.000", false, "SQL Server 121"),
    spelling("2024-02-29 24:00:00", false, "ISO 8601"),
    spelling("01-3月-24", false, "Oracle zh, PL/SQL Developer"),
    spelling("01-3月 -24", false, "Oracle zh, PL/SQL Developer"),
    spelling("01-三月-2024", false, "Oracle zh"),
    spelling("01-MAR-24", false, "Oracle en"),
    spelling("01-Mar-2024", false, "SQL Server 106, Oracle en"),
    spelling("01 Mar 24", false, "SQL Server 6"),
    spelling("Mar 01, 2024", false, "SQL Server 107"),
    spelling("March 1, 2024", false, "Excel en"),
    spelling("1 March 2024", false, "Excel en"),
    spelling("2024-Mar-01", false, "SAS, R"),
    spelling("01MAR2024", false, "SAS"),
    spelling("2024年3月1日 星期五", false, "Excel"),
    spelling("星期五 2024-03-01", false, "Windows"),
    spelling("2024-03-01 08:10", true, "SQL"),
    spelling("2024/3/1 8:10:05", true, "Excel"),
    spelling("2024-03-01T08:10:05", true, "ISO 8601"),
    spelling("2024-03-01T08:10:05+08:00", true, "ISO 8601"),
    spelling("2024-03-01 08:10:05 +0800", true, "Ruby, Go"),
    spelling("2024-03-01 08:10:05 +0800 CST", true, "Go"),
    spelling("2024-03-01T00:10:05Z", true, "ISO 8601"),
    spelling("2024-03-01 00:10:05 UTC", true, "BigQuery"),
    spelling("2024-03-01T08:10:05+08:00[Asia/Shanghai]", true, "Java"),
    spelling("2024-03-01 09:10:05+09", true, "PostgreSQL"),
    spelling("2024-03-01 08:10:05,123", true, "log4j"),
    spelling("2024-03-01-08.10.05.123456", true, "DB2"),
    spelling("2024-03-01 08.10.05", true, "DB2"),
    spelling("20240301 081005", true, "-"),
    spelling("20240301T081005", true, "ISO 8601 basic"),
    spelling("202403010810", true, "-"),
    spelling("20240301081005", true, "-"),
    spelling("20240301081005123", true, "-"),
    spelling("1709251805", true, "Unix seconds"),
    spelling("1709251805.123", true, "Unix seconds"),
    spelling("1709251805123", true, "Java, JavaScript"),
    spelling("1709251805123456", true, "Spark"),
    spelling("1709251805123456789", true, "pandas"),
    spelling("/Date(1709251805123)/", true, ".NET"),
    spelling("2024年3月1日 8时10分5秒", true, "HIS"),
    spelling("2024年3月1日8点10分", true, "HIS"),
    spelling("2024/3/1 上午08:10:00", true, "Windows zh"),
    spelling("2024/3/1 上午 8:10", true, "Windows zh"),
    spelling("2024年3月1日 早上8:10", true, "HIS"),
    spelling("2024/3/1 8:10:05 AM", true, "Excel en"),
    spelling("2024-03-01 8:10 a.m.", true, "-"),
    spelling("2024/3/1 周五 8:10:05", true, "Windows zh"),
    spelling("2024-03-01 星期五 上午 8:10", true, "Windows zh"),
    spelling("01-3月-24 08.10.05.000000 上午", true, "Oracle zh"),
    spelling("01-3月 -24 08.10.05.123456789 上午 +08:00", true, "Oracle zh"),
    spelling("01-MAR-24 08.10.05.000 AM", true, "Oracle en"),
    spelling("01-MAR-2024 08:10:05", true, "Oracle en"),
    spelling("01MAR2024:08:10:05.000", true, "SAS"),
    spelling("Mar  1 2024  8:10AM", true, "SQL Server 100, SSMS"),
    spelling("Mar  1 2024  8:10:05:123AM", true, "SQL Server 109"),
    spelling("01 Mar 2024 08:10:05:123", true, "SQL Server 113"),
    spelling("Fri Mar 01 08:10:05 CST 2024", true, "Java"),
    spelling("Fri Mar  1 08:10:05 2024", true, "C"),
    spelling("Fri Mar 01 2024 08:10:05 GMT+0800 (中国标准时间)", true, "JavaScript"),
    spelling("Fri Mar 01 2024 08:10:05 GMT+0800 (China Standard Time)", true, "JavaScript"),
    spelling("Fri, 01 Mar 2024 00:10:05 GMT", true, "RFC 1123"),
    spelling("Friday, 01 March 2024 08:10:05", true, "-"),
    spelling("Friday, March 1, 2024 8:10:05 AM", true, "Windows en"),
];

/// Spellings whose order the column decides, or `--date-order`.
pub const ORDERED_SPELLINGS: &[(&str, &str)] = &[
    ("01/03/2024", "SQL Server 103, Oracle"),
    ("3/1/2024 8:10", "Excel en"),
    ("03/01/2024 08:10:05 AM", "SQL Server 101, Access"),
    ("01-03-2024 00:00:00", "SQL Server 105, Oracle"),
    ("01.03.2024", "SQL Server 104"),
    ("01,03,2024", "-"),
    ("01/03/24", "SQL Server 3"),
    ("03-01-24", "SQL Server 10"),
    ("24-03-01", "Oracle RR-MM-DD"),
    ("24/3/1", "Excel"),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    Number {
        value: i64,
        digits: usize,
    },
    Month(i64),
    Half(Half),
    /// Minutes east of Greenwich.
    Zone(i64),
    Sign(u8),
    Mark(Mark),
    /// A weekday, a remark.
    Noise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Noon,
    Afternoon,
    Evening,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// Words in the order in which they are looked for: longer ones before those that they begin with.
const WORDS: &[(&str, Token)] = &[
    ("JANUARY", Token::Month(1)),
    ("FEBRUARY", Token::Month(2)),
    ("MARCH", Token::Month(3)),
    ("APRIL", Token::Month(4)),
    ("JUNE", Token::Month(6)),
    ("JULY", Token::Month(7)),
    ("AUGUST", Token::Month(8)),
    ("SEPTEMBER", Token::Month(9)),
    ("OCTOBER", Token::Month(10)),
    ("NOVEMBER", Token::Month(11)),
    ("DECEMBER", Token::Month(12)),
    ("MONDAY", Token::Noise),
    ("TUESDAY", Token::Noise),
    ("WEDNESDAY", Token::Noise),
    ("THURSDAY", Token::Noise),
    ("FRIDAY", Token::Noise),
    ("SATURDAY", Token::Noise),
    ("SUNDAY", Token::Noise),
    ("SEPT", Token::Month(9)),
    ("JAN", Token::Month(1)),
    ("FEB", Token::Month(2)),
    ("MAR", Token::Month(3)),
    ("APR", Token::Month(4)),
    ("MAY", Token::Month(5)),
    ("JUN", Token::Month(6)),
    ("JUL", Token::Month(7)),
    ("AUG", Token::Month(8)),
    ("SEP", Token::Month(9)),
    ("OCT", Token::Month(10)),
    ("NOV", Token::Month(11)),
    ("DEC", Token::Month(12)),
    ("MON", Token::Noise),
    ("TUES", Token::Noise),
    ("TUE", Token::Noise),
    ("WED", Token::Noise),
    ("THURS", Token::Noise),
    ("THUR", Token::Noise),
    ("THU", Token::Noise),
    ("FRI", Token::Noise),
    ("SAT", Token::Noise),
    ("SUN", Token::Noise),
    ("A.M.", Token::Half(Half::Morning)),
    ("P.M.", Token::Half(Half::Afternoon)),
    ("AM", Token::Half(Half::Morning)),
    ("PM", Token::Half(Half::Afternoon)),
    ("ASIA/SHANGHAI", Token::Zone(BEIJING)),
    ("PRC", Token::Zone(BEIJING)),
    ("CST", Token::Zone(BEIJING)),
    ("UTC", Token::Zone(0)),
    ("GMT", Token::Zone(0)),
    ("Z", Token::Zone(0)),
    ("T", Token::Sign(b' ')),
    ("北京时间", Token::Zone(BEIJING)),
    ("中国标准时间", Token::Zone(BEIJING)),
    ("十一月", Token::Month(11)),
    ("十二月", Token::Month(12)),
    ("十月", Token::Month(10)),
    ("一月", Token::Month(1)),
    ("二月", Token::Month(2)),
    ("三月", Token::Month(3)),
    ("四月", Token::Month(4)),
    ("五月", Token::Month(5)),
    ("六月", Token::Month(6)),
    ("七月", Token::Month(7)),
    ("八月", Token::Month(8)),
    ("九月", Token::Month(9)),
    ("上午", Token::Half(Half::Morning)),
    ("凌晨", Token::Half(Half::Morning)),
    ("清晨", Token::Half(Half::Morning)),
    ("早晨", Token::Half(Half::Morning)),
    ("早上", Token::Half(Half::Morning)),
    ("中午", Token::Half(Half::Noon)),
    ("下午", Token::Half(Half::Afternoon)),
    ("傍晚", Token::Half(Half::Afternoon)),
    ("晚上", Token::Half(Half::Evening)),
    ("夜间", Token::Half(Half::Evening)),
    ("年", Token::Mark(Mark::Year)),
    ("月", Token::Mark(Mark::Month)),
    ("日", Token::Mark(Mark::Day)),
    ("号", Token::Mark(Mark::Day)),
    ("时", Token::Mark(Mark::Hour)),
    ("点", Token::Mark(Mark::Hour)),
    ("分", Token::Mark(Mark::Minute)),
    ("秒", Token::Mark(Mark::Second)),
];

/// Weekdays of these words and a day's numeral.
const WEEK_WORDS: [&str; 3] = ["星期", "礼拜", "周"];

/// More tokens than any spelling has.
const MOST_TOKENS: usize = 40;

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::with_capacity(16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if found.len() == MOST_TOKENS {
            return None;
        }
        if first.is_ascii_digit() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let value = rest.get(..digits)?.parse().ok()?;
            found.push(Token::Number { value, digits });
            rest = &rest[digits..];
        } else if let Some(after) = WEEK_WORDS.iter().find_map(|word| rest.strip_prefix(word)) {
            rest = after.strip_prefix(['一', '二', '三', '四', '五', '六', '日', '天'])?;
            found.push(Token::Noise);
        } else if let Some((word, token)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
            found.push(*token);
            rest = &rest[word.len()..];
            // A word ends where it ends: MARS is no month. T and Z may touch anything.
            let touches = word.len() > 1 && word.is_ascii() && !word.ends_with('.');
            if touches && rest.starts_with(|next: char| next.is_ascii_alphabetic()) {
                return None;
            }
        } else if let (true, Some(end)) = (first == '(' || first == '[', rest.find([')', ']'])) {
            // `(China Standard Time)` repeats the offset in front of it.
            rest = &rest[end + 1..];
            found.push(Token::Noise);
        } else if first.is_ascii() && !first.is_ascii_alphabetic() {
            found.push(Token::Sign(if first.is_ascii_whitespace() { b' ' } else { first as u8 }));
            rest = &rest[1..];
        } else {
            return None;
        }
    }
    Some(found)
}

/// Whether a cell that is no date stands for none: dashes, or MySQL's day of zeros.
pub fn is_nothing(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '-' | '—' | '–' | '/' | '0' | ':' | ' ' | '.')) && {
        let zeros = text.bytes().filter(|byte| *byte == b'0').count();
        zeros == 0 || zeros >= 8
    }
}

/// Days that programs write where they have none: 1753-01-01 of SQL Server, 1899-12-30 and -31 of Access and Delphi, 1900-01-01.
const EMPTY_DAYS: [i64; 4] = [-79_257, -25_569, -25_568, -25_567];

/// 2099-12-31, which with the years 2999 and 9999 means that there is no end yet: nobody is discharged or dies that day.
const OPEN_END: i64 = 47_481;
/// 2200-01-01, after which the only years that are dates at all are 2999 and 9999.
const BEYOND: i64 = 84_006;

/// A date as a value; nothing where it stands for none.
pub fn or_nothing(day: i64, minute: i64) -> Value {
    let empty = day < -25_000 && EMPTY_DAYS.contains(&day) && minute == NO_MINUTE;
    if empty || day == OPEN_END || day >= BEYOND { Value::Null } else { Value::When(day, minute) }
}

/// Reads a date whose spelling is not the plain one.
///
/// # Errors
/// No date, only a time of day, a year nobody means, or an order that the column contradicts.
pub fn spelled(text: &str, context: &dyn Context) -> Result<Spelled, Reason> {
    let mut folded: String = text.nfkc().collect::<String>().to_ascii_uppercase();
    for (open, close) in [("/DATE(", ")/"), ("\\/DATE(", ")\\/"), ("'", "'"), ("\"", "\""), ("#", "#")] {
        if let Some(inner) = folded.strip_prefix(open).and_then(|inner| inner.strip_suffix(close)) {
            folded = inner.to_owned();
        }
    }
    // A spreadsheet's mark of text.
    let folded = folded.trim().trim_start_matches('\'');
    if let Some(instant) = epoch(folded) {
        return Ok(instant);
    }
    if context.birth() {
        if let Some(day) = birth_serial(folded) {
            return Ok(Spelled::At(day, NO_MINUTE));
        }
        if let Some(instant) = birth_instant(folded) {
            return Ok(instant);
        }
    }
    let tokens = tokens(folded).ok_or(Reason::NotDate)?;
    let mut reader = Reader { tokens: tokens.into_iter().filter(|token| *token != Token::Noise).collect(), at: 0 };
    reader.blanks();
    let date = reader.date(context).ok_or(Reason::NotDate)?;
    let clock = reader.clock()?;
    // `Fri Mar 01 08:10:05 CST 2024`: the year comes last.
    let date = match date {
        Date::Yearless(month, day) => {
            reader.blanks();
            let (year, digits) = reader.number(4).ok_or(Reason::NotDate)?;
            if digits != 4 {
                return Err(Reason::NotDate);
            }
            Date::Known(year, month, day)
        }
        date => date,
    };
    reader.blanks();
    if reader.at < reader.tokens.len() {
        return Err(Reason::NotDate);
    }
    let (year, month, day) = match date {
        Date::Known(year, month, day) => (year, month, day),
        Date::Ordered(parts, style) => {
            let full = |order: Order| {
                let (year, month, day) = order.pick(parts);
                (if style.long_year { year } else { long_year(year, context.birth()) }, month, day)
            };
            let allowed = |order: Order| {
                let (year, month, day) = full(order);
                (order != Order::Ymd || !style.long_year) && day_number(year, month, day).is_some()
            };
            let set: usize = Order::ALL.into_iter().filter(|order| allowed(*order)).map(Order::bit).sum();
            if set == 0 {
                return Err(Reason::NotDate);
            }
            // The same day in every order that is allowed: nothing to decide.
            let mut meant = Order::ALL.into_iter().filter(|order| allowed(*order)).map(full);
            let first = meant.next();
            let alike = set.count_ones() > 1 && meant.all(|other| Some(other) == first);
            match (context.order(style), first) {
                (_, Some(date)) if alike => date,
                (None, _) | (_, None) => return Ok(Spelled::Ordered(style, set)),
                (Some(order), _) if allowed(order) => full(order),
                (Some(_), _) => return Err(Reason::NotDate),
            }
        }
        Date::Yearless(..) => return Err(Reason::NotDate),
    };
    let day = day_number(year, month, day).ok_or(Reason::NotDate)?;
    if !is_year(year) {
        return Err(Reason::DateRange);
    }
    let Some(clock) = clock else { return Ok(Spelled::At(day, NO_MINUTE)) };
    let Some(zone) = clock.zone else { return Ok(at(day, clock.seconds)) };
    if zone == 0 && !context.printed_clock() {
        return Ok(Spelled::Greenwich(day, clock.seconds, clock.seconds + BEIJING * 60));
    }
    let shift = if zone == 0 { 0 } else { (BEIJING - zone) * 60 };
    Ok(at(day, clock.seconds + shift))
}

/// A day and its second, which may lie before or after it. Midnight sharp is no time of day.
pub fn at(day: i64, seconds: i64) -> Spelled {
    let (day, second) = (day + seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    Spelled::At(day, if second == 0 { NO_MINUTE } else { day * 1_440 + second / 60 })
}

/// Whole or broken seconds since 1970, or thousandths, millionths, billionths of them.
fn epoch(text: &str) -> Option<Spelled> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let unit: i64 = match whole.len() {
        10 => 1,
        13 => 1_000,
        16 => 1_000_000,
        19 => 1_000_000_000,
        _ => return None,
    };
    if !plain(whole) || !plain(fraction) {
        return None;
    }
    let seconds = whole.parse::<i64>().ok()? / unit;
    EPOCH.contains(&seconds).then(|| at(0, seconds + BEIJING * 60))
}

/// The day of a spreadsheet's day number; in a column of births also before 2000.
fn birth_serial(text: &str) -> Option<i64> {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    let number: i64 = if whole.len() == 5 { whole.parse().ok()? } else { return None };
    BIRTH_SERIALS.contains(&number).then_some(number - EXCEL_EPOCH)
}

/// Thousandths of seconds since 1970 of a birth, which may lie before: from 1900 on, where so many digits leave no doubt.
fn birth_instant(text: &str) -> Option<Spelled> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !(11..=13).contains(&digits.len())
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
        || digits.len() == 12 && digits == text
    {
        return None;
    }
    let seconds = text.parse::<i64>().ok()?.div_euclid(1_000);
    (-2_208_988_800..EPOCH.end).contains(&seconds).then(|| at(0, seconds + BEIJING * 60))
}

/// The year that two digits stand for.
const fn long_year(year: i64, birth: bool) -> i64 {
    let first = if birth { BIRTH_WINDOW } else { WINDOW };
    first + (year - first).rem_euclid(100)
}

enum Date {
    /// Year, month, day.
    Known(i64, i64, i64),
    /// Three numbers.
    Ordered([i64; 3], Style),
    /// Month and day; the year follows the time.
    Yearless(i64, i64),
}

struct Clock {
    seconds: i64,
    zone: Option<i64>,
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).copied()
    }

    fn skip(&mut self, signs: &[u8]) -> usize {
        let start = self.at;
        while matches!(self.peek(0), Some(Token::Sign(sign)) if signs.contains(&sign)) {
            self.at += 1;
        }
        self.at - start
    }

    fn blanks(&mut self) {
        self.skip(b" ,");
    }

    fn number(&mut self, most: usize) -> Option<(i64, usize)> {
        match self.peek(0) {
            Some(Token::Number { value, digits }) if digits <= most => {
                self.at += 1;
                Some((value, digits))
            }
            _ => None,
        }
    }

    fn mark(&mut self, mark: Mark) -> bool {
        let there = self.peek(0) == Some(Token::Mark(mark));
        self.at += usize::from(there);
        there
    }

    fn date(&mut self, context: &dyn Context) -> Option<Date> {
        const BETWEEN: &[u8] = b"-/., ";
        let year = |(value, digits): (i64, usize)| match digits {
            4 => Some(value),
            2 => Some(long_year(value, context.birth())),
            _ => None,
        };
        if let Some(Token::Month(month)) = self.peek(0) {
            self.at += 1;
            self.skip(BETWEEN);
            let (day, _) = self.number(2)?;
            let before = self.at;
            self.skip(BETWEEN);
            // A number that a colon follows is the hour.
            if matches!(self.peek(1), Some(Token::Sign(b':'))) {
                self.at = before;
                return Some(Date::Yearless(month, day));
            }
            let year = year(self.number(4)?)?;
            return Some(Date::Known(year, month, day));
        }
        if let Some(Token::Number { value, digits: 8 }) = self.peek(0) {
            self.at += 1;
            let year = value / 10_000;
            return COMPACT_YEARS.contains(&year).then_some(Date::Known(year, value / 100 % 100, value % 100));
        }
        if let Some(Token::Number { digits: digits @ (10 | 17 | 20), .. }) = self.peek(0) {
            return self.compact(digits);
        }
        let first = self.number(4)?;
        if self.mark(Mark::Year) {
            self.skip(b" ");
            let (month, _) = self.number(2)?;
            if !self.mark(Mark::Month) {
                return None;
            }
            self.skip(b" ");
            let (day, _) = self.number(2)?;
            self.mark(Mark::Day);
            return Some(Date::Known(year(first)?, month, day));
        }
        let separator = match self.peek(0) {
            Some(Token::Sign(sign)) => sign,
            Some(Token::Month(_)) => b' ',
            _ => return None,
        };
        self.skip(BETWEEN);
        // A month by its name, or by its number and 月: no order to decide.
        let named = match (self.peek(0), self.peek(1)) {
            (Some(Token::Month(month)), _) => Some((month, 1)),
            (Some(Token::Number { value, digits: 1 | 2 }), Some(Token::Mark(Mark::Month))) => Some((value, 2)),
            _ => None,
        };
        if let Some((month, taken)) = named {
            self.at += taken;
            self.skip(BETWEEN);
            if first.1 == 4 {
                let (day, _) = self.number(2)?;
                self.mark(Mark::Day);
                return Some(Date::Known(first.0, month, day));
            }
            let year = year(self.number(4)?)?;
            return Some(Date::Known(year, month, first.0));
        }
        let (second, _) = self.number(2)?;
        let Some(Token::Sign(again)) = self.peek(0) else { return None };
        if again != separator {
            return None;
        }
        self.skip(BETWEEN);
        let (third, digits) = self.number(4)?;
        match (first.1, digits) {
            (4, 1 | 2) => Some(Date::Known(first.0, second, third)),
            (1 | 2, 4) => Some(Date::Ordered([first.0, second, third], Style { separator, long_year: true })),
            (1 | 2, 1 | 2) => Some(Date::Ordered([first.0, second, third], Style { separator, long_year: false })),
            _ => None,
        }
    }

    /// `2024030108`, `20240301081005123`, `20240301081005123456`: the clock is put back as tokens of its own.
    fn compact(&mut self, digits: usize) -> Option<Date> {
        let Some(Token::Number { value, .. }) = self.peek(0) else { return None };
        let unit = 10_i64.checked_pow(u32::try_from(digits - 8).ok()?)?;
        let (date, clock) = (value / unit, value % unit);
        let clock = if digits == 10 { clock * 10_000 } else { clock / 10_i64.pow(u32::try_from(digits - 14).ok()?) };
        self.tokens[self.at] = Token::Sign(b' ');
        self.tokens.insert(self.at + 1, Token::Number { value: clock, digits: 6 });
        let year = date / 10_000;
        COMPACT_YEARS.contains(&year).then_some(Date::Known(year, date / 100 % 100, date % 100))
    }

    fn half(&mut self) -> Option<Half> {
        match self.peek(0) {
            Some(Token::Half(half)) => {
                self.at += 1;
                self.skip(b" ");
                Some(half)
            }
            _ => None,
        }
    }

    /// The time of day and its zone; `None` where there is none.
    fn clock(&mut self) -> Result<Option<Clock>, Reason> {
        let start = self.at;
        // DB2 and SAS put a sign where others put a blank.
        self.skip(b" ,");
        if self.at == start {
            self.skip(b"-:");
        }
        let mut half = self.half();
        let Some(Token::Number { value, digits }) = self.peek(0) else {
            return if half.is_none() { Ok(None) } else { Err(Reason::NotDate) };
        };
        let sign_after = self.peek(1);
        let (hour, minute, second) = match (digits, sign_after) {
            (1 | 2, Some(Token::Sign(sign @ (b':' | b'.')))) => {
                self.at += 2;
                let (minute, _) = self.number(2).ok_or(Reason::NotDate)?;
                let mut second = 0;
                if self.peek(0) == Some(Token::Sign(sign)) {
                    self.at += 1;
                    (second, _) = self.number(2).ok_or(Reason::NotDate)?;
                    // Fractions of a second are dropped.
                    if matches!(self.peek(0), Some(Token::Sign(b'.' | b',' | b':')))
                        && matches!(self.peek(1), Some(Token::Number { .. }))
                    {
                        self.at += 2;
                    }
                }
                (value, minute, second)
            }
            (1 | 2, Some(Token::Mark(Mark::Hour))) => {
                self.at += 2;
                let mut parts = [0; 2];
                for (part, mark) in parts.iter_mut().zip([Mark::Minute, Mark::Second]) {
                    if let (Some(Token::Number { value, digits: 1 | 2 }), Some(Token::Mark(next))) =
                        (self.peek(0), self.peek(1))
                        && next == mark
                    {
                        *part = value;
                        self.at += 2;
                    }
                }
                (value, parts[0], parts[1])
            }
            // `8 AM`.
            (1 | 2, Some(Token::Half(_))) => {
                self.at += 1;
                (value, 0, 0)
            }
            // `2024-03-01 08`: the hour.
            (2, None) if self.at > start => {
                self.at += 1;
                (value, 0, 0)
            }
            (6, _) => {
                self.at += 1;
                (value / 10_000, value / 100 % 100, value % 100)
            }
            // The year that follows a date without one, or nothing known.
            _ => {
                self.at = start;
                return Ok(None);
            }
        };
        self.skip(b" ");
        half = half.or_else(|| self.half());
        let hour = twelve(hour, half).ok_or(Reason::NotDate)?;
        let end_of_day = hour == 24 && minute == 0 && second == 0;
        // A leap second is the last of its minute.
        if (hour > 23 && !end_of_day) || minute > 59 || second > 60 {
            return Err(Reason::NotDate);
        }
        let seconds = hour * 3_600 + minute * 60 + second.min(59);
        Ok(Some(Clock { seconds, zone: self.zone()? }))
    }

    fn zone(&mut self) -> Result<Option<i64>, Reason> {
        let mut zone = None;
        loop {
            self.skip(b" ");
            match (self.peek(0), self.peek(1)) {
                (Some(Token::Zone(minutes)), _) => {
                    // `+0800 CST` says the same twice.
                    zone = zone.or(Some(minutes));
                    self.at += 1;
                }
                (Some(Token::Sign(sign @ (b'+' | b'-'))), Some(Token::Number { value, digits })) => {
                    self.at += 2;
                    let mut minutes = match digits {
                        1 | 2 => value * 60,
                        3 | 4 => value / 100 * 60 + value % 100,
                        _ => return Err(Reason::NotDate),
                    };
                    if digits <= 2 && self.peek(0) == Some(Token::Sign(b':')) {
                        self.at += 1;
                        minutes += self.number(2).ok_or(Reason::NotDate)?.0;
                    }
                    if minutes > 14 * 60 {
                        return Err(Reason::NotDate);
                    }
                    zone = Some(if sign == b'-' { -minutes } else { minutes });
                }
                _ => return Ok(zone),
            }
        }
    }
}

/// The hour by the clock of twenty-four.
const fn twelve(hour: i64, half: Option<Half>) -> Option<i64> {
    Some(match (half, hour) {
        (None, hour) => hour,
        (Some(Half::Morning), 12) => 0,
        (Some(Half::Morning), 0..=11) => hour,
        (Some(Half::Noon), 10..=14) => hour,
        (Some(Half::Noon), 1..=2) => hour + 12,
        (Some(Half::Afternoon), 12..=23) => hour,
        (Some(Half::Afternoon), 1..=11) => hour + 12,
        (Some(Half::Evening), 5..=11) => hour + 12,
        (Some(Half::Evening), 17..=23) => hour,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::cell::when;

    struct Decided(Option<Order>, bool, bool);

    impl Context for Decided {
        fn order(&self, _: Style) -> Option<Order> {
            self.0
        }
        fn birth(&self) -> bool {
            self.1
        }
        fn printed_clock(&self) -> bool {
            self.2
        }
    }

    const DAY: i64 = 19_783;
    const MINUTE: i64 = DAY * 1_440 + 490;

    fn read(text: &str, context: &dyn Context) -> Result<(i64, i64), Reason> {
        match when(text) {
            Ok(at) => Ok(at),
            Err(_) => match spelled(text, context)? {
                Spelled::At(day, minute) => Ok((day, minute)),
                Spelled::Greenwich(day, _, seconds) => match at(day, seconds) {
                    Spelled::At(day, minute) => Ok((day, minute)),
                    _ => Err(Reason::NotDate),
                },
                Spelled::Ordered(..) => Err(Reason::MixedDateOrder),
            },
        }
    }

    #[test]
    fn every_spelling_of_the_table_is_the_first_of_march() {
        for example in SPELLINGS {
            let expected = if example.timed { (DAY, MINUTE) } else { (DAY, NO_MINUTE) };
            assert_eq!(read(example.written, &Unknown), Ok(expected), "{}", example.written);
        }
        for (written, _) in ORDERED_SPELLINGS {
            assert_eq!(read(written, &Unknown), Err(Reason::MixedDateOrder), "{written}");
        }
    }

    #[test]
    fn the_order_is_the_columns() {
        let styles = [("05/03/2024", b'/', true), ("05-03-2024 8:10", b'-', true), ("05.03.24", b'.', false)];
        for (text, separator, long_year) in styles {
            let set = if long_year { 3 } else { 7 };
            assert_eq!(spelled(text, &Unknown), Ok(Spelled::Ordered(Style { separator, long_year }, set)), "{text}");
        }
        assert_eq!(read("05/03/2024", &Decided(Some(Order::Dmy), false, false)), Ok((DAY + 4, NO_MINUTE)));
        assert_eq!(read("03/05/2024", &Decided(Some(Order::Mdy), false, false)), Ok((DAY + 4, NO_MINUTE)));
        assert_eq!(read("24/03/05", &Decided(Some(Order::Ymd), false, false)), Ok((DAY + 4, NO_MINUTE)));
        // Both sides of the twelfth, and a day that is the same either way.
        assert_eq!(
            spelled("13/03/2024", &Unknown),
            Ok(Spelled::Ordered(Style { separator: b'/', long_year: true }, 1))
        );
        assert_eq!(
            spelled("03/13/2024", &Unknown),
            Ok(Spelled::Ordered(Style { separator: b'/', long_year: true }, 2))
        );
        assert_eq!(read("03/03/2024", &Unknown), Ok((DAY + 2, NO_MINUTE)));
        assert_eq!(read("13/03/2024", &Decided(Some(Order::Mdy), false, false)), Err(Reason::NotDate));
        assert_eq!(read("13/13/2024", &Unknown), Err(Reason::NotDate));
    }

    #[test]
    fn clocks_of_twelve_hours_and_of_other_zones() {
        let at = |hour: i64, minute: i64| Ok((DAY, DAY * 1_440 + hour * 60 + minute));
        for (text, expected) in [
            ("2024/3/1 下午3:00:00", at(15, 0)),
            ("2024/3/1 下午 15:00", at(15, 0)),
            ("2024/3/1 中午12:30", at(12, 30)),
            ("2024/3/1 上午12:30:00", at(0, 30)),
            ("2024/3/1 晚上8:10", at(20, 10)),
            ("Mar  1 2024 12:00PM", at(12, 0)),
            ("Mar  1 2024 12:30AM", at(0, 30)),
            ("01-3月 -24 03.05.00.000000 下午", at(15, 5)),
            ("2024-03-01 23:59:60", at(23, 59)),
        ] {
            assert_eq!(read(text, &Unknown), expected, "{text}");
        }
        assert_eq!(read("2024/3/1 上午12:00:00", &Unknown), Ok((DAY, NO_MINUTE)));
        assert_eq!(read("Mar  1 2024 12:00AM", &Unknown), Ok((DAY, NO_MINUTE)));
        // Nine at Greenwich is five in the afternoon in Beijing; twenty is four of the next morning.
        assert_eq!(read("2024-03-01 09:00:00 +0000", &Unknown), at(17, 0));
        assert_eq!(read("2024-03-01 09:00:00 +0000", &Decided(None, false, true)), at(9, 0));
        assert_eq!(read("2024-02-29T20:00:00Z", &Unknown), at(4, 0));
        assert_eq!(read("2024-03-01 09:00:00 -05:00", &Unknown), at(22, 0));
        for text in
            ["2024/3/1 上午15:00", "2024-03-01 24:10", "Mar 32 2024", "31-FEB-24", "2024-03-01 8:10 XM", "Marsh 1 2024"]
        {
            assert_eq!(read(text, &Unknown), Err(Reason::NotDate), "{text}");
        }
    }

    #[test]
    fn years_of_two_digits_have_a_window() {
        let year = |text: &str, birth| {
            read(text, &Decided(Some(Order::Dmy), birth, false)).map(|(day, _)| day.div_euclid(365) + 1970)
        };
        assert_eq!([year("01-MAR-49", false), year("01-MAR-50", false)], [Ok(2049), Ok(1950)]);
        assert_eq!([year("01-MAR-29", true), year("01-MAR-30", true)], [Ok(2029), Ok(1930)]);
        assert_eq!(year("01/03/31", true), Ok(1931));
        assert_eq!(read("-622800000000", &Decided(None, true, false)).map(|(day, _)| day), Ok(-7_208));
        assert_eq!(read("-622800000000", &Unknown), Err(Reason::NotDate));
        assert_eq!(read("19000101", &Unknown).map(|(day, minute)| or_nothing(day, minute)), Ok(Value::Null));
        assert_eq!(read("1900-01-02", &Unknown), Ok((-25_566, NO_MINUTE)));
        for open in ["2099-12-31", "2999-12-31 23:59:59", "9999/12/31", "99991231", "31-DEC-9999"] {
            let value = read(open, &Unknown).map(|(day, minute)| or_nothing(day, minute));
            assert_eq!(value, Ok(Value::Null), "{open}");
        }
        assert_eq!(or_nothing(47_480, NO_MINUTE), Value::When(47_480, NO_MINUTE));
    }

    #[test]
    fn what_is_no_date_stays_none() {
        for text in [
            "2024030",
            "2403",
            "202403",
            "0234567890123",
            "12-34",
            "Mar 2024",
            "Q1 2024",
            "3月1日",
            "99",
            "二〇二四年",
            "1-2-3-4",
            "2024-W09-5",
            "1/2",
        ] {
            assert_eq!(read(text, &Unknown), Err(Reason::NotDate), "{text}");
        }
    }
}
