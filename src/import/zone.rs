//! The clock that instants of Parquet files are shown by: the zone of whoever wrote them.
//!
//! Spark and Hive normalise a timestamp to UTC by the zone of their session and write that zone into the file only now and then (Spark
//! where it rebases to the old calendar, Hive 3 and later always). Impala writes the clock as it stands.

use arrow::datatypes::DataType;
use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use parquet::file::metadata::FileMetaData;

use crate::lang::Text;

/// Where Chinese programs are; with the summer times of 1986 to 1991, in which most of the insured were born.
const HOME: Tz = chrono_tz::Asia::Shanghai;

/// Since 1992 that is eight hours ahead of UTC, microseconds.
const HOME_IS_FIXED_SINCE: i64 = 694_224_000_000_000;
const HOME_AHEAD: i64 = 8 * 3_600 * 1_000_000;

/// Keys of a file's metadata that name the writer's zone.
const KEYS: [&str; 2] = ["org.apache.spark.timeZone", "writer.time.zone"];

/// A clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The values are the clock's already.
    AsItStands,
    /// The values are instants, the clock is that of a zone.
    Of(Tz),
    /// The same with a fixed difference to UTC.
    Fixed(FixedOffset),
}

impl Clock {
    /// Microseconds of an instant as microseconds of the clock; `None` beyond the calendar.
    pub fn show(self, micros: i64) -> Option<i64> {
        match self {
            Self::AsItStands => Some(micros),
            Self::Fixed(offset) => micros.checked_add(i64::from(offset.local_minus_utc()) * 1_000_000),
            Self::Of(zone) if zone == HOME && micros >= HOME_IS_FIXED_SINCE => micros.checked_add(HOME_AHEAD),
            Self::Of(zone) => {
                let instant: NaiveDateTime = DateTime::from_timestamp_micros(micros)?.naive_utc();
                let ahead = zone.offset_from_utc_datetime(&instant).fix().local_minus_utc();
                micros.checked_add(i64::from(ahead) * 1_000_000)
            }
        }
    }
}

/// The clocks of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks {
    /// Of timestamps that are instants by their type.
    pub instants: Clock,
    /// Of INT96, whose type says nothing.
    pub int96: Clock,
    /// What had to be assumed about INT96.
    pub assumed: Option<Text>,
}

/// Which clocks a file's timestamps are shown by. `hinted` is what Arrow's own schema in the file, if it has one, says of its INT96.
pub fn clocks(file: &FileMetaData, hinted: Option<&DataType>) -> Clocks {
    let keys = file.key_value_metadata().into_iter().flatten();
    let named = keys.clone().filter(|pair| KEYS.contains(&pair.key.as_str())).find_map(|pair| pair.value.clone());
    let known = named.as_deref().and_then(parse);
    let instants = known.unwrap_or(Clock::Of(HOME));
    let writer = file.created_by().unwrap_or_default().to_lowercase();
    if writer.starts_with("impala") {
        return Clocks { instants, int96: Clock::AsItStands, assumed: None };
    }
    if let Some(clock) = known {
        return Clocks { instants, int96: clock, assumed: None };
    }
    if matches!(hinted, Some(DataType::Timestamp(_, None))) {
        return Clocks { instants, int96: Clock::AsItStands, assumed: None };
    }
    let assumed = match named {
        None => Text::new(
            "INT96 时间没有注明时区，按写入方使用北京时间（Asia/Shanghai）换算；如果写入方的会话时区不是北京时间，日期和钟点会有偏差",
            "its INT96 times name no zone and are taken for those of a session in Asia/Shanghai; if the writer's session had another, dates \
             and hours are off",
        ),
        Some(zone) => Text::new(
            format!("INT96 时间注明的时区 {zone} 不认识，按北京时间（Asia/Shanghai）换算"),
            format!("its INT96 times name the unknown zone {zone} and are taken for those of Asia/Shanghai"),
        ),
    };
    Clocks { instants, int96: instants, assumed: Some(assumed) }
}

/// A zone as Java spells it: `Asia/Shanghai`, `GMT+08:00`, `UTC+8`, `+08:00`, `Z`.
fn parse(name: &str) -> Option<Clock> {
    let name = name.trim();
    if let Ok(zone) = name.parse::<Tz>() {
        return Some(Clock::Of(zone));
    }
    match name {
        "Z" | "z" => return Some(Clock::Of(Tz::UTC)),
        // Java's short name for America/Chicago, which nobody in China means by it.
        "CST" | "CTT" => return Some(Clock::Of(HOME)),
        _ => {}
    }
    let offset = ["UTC", "GMT", "UT"].iter().find_map(|start| name.strip_prefix(start)).unwrap_or(name);
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes.get(..2)?),
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let offset = FixedOffset::east_opt(sign * (hours * 3_600 + minutes * 60));
    offset.filter(|_| (0..=18).contains(&hours) && (0..60).contains(&minutes)).map(Clock::Fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(zone: &str, instant: &str) -> String {
        let instant = NaiveDateTime::parse_from_str(instant, "%F %T").expect("an instant").and_utc();
        let micros = parse(zone).expect("a zone").show(instant.timestamp_micros()).expect("within the calendar");
        DateTime::from_timestamp_micros(micros).expect("a time").format("%F %T").to_string()
    }

    #[test]
    fn clocks_of_zones() {
        assert_eq!(shown("Asia/Shanghai", "2024-01-04 16:00:00"), "2024-01-05 00:00:00");
        for spelling in ["GMT+8", "UTC+08:00", "+08:00", "+0800", "CST", "PRC", "Etc/GMT-8"] {
            assert_eq!(shown(spelling, "2024-01-04 16:00:00"), "2024-01-05 00:00:00", "{spelling}");
        }
        for spelling in ["UTC", "Z", "GMT", "Etc/UTC", "+00:00"] {
            assert_eq!(shown(spelling, "2024-01-04 16:00:00"), "2024-01-04 16:00:00", "{spelling}");
        }
        assert_eq!(shown("GMT-05:30", "2024-01-04 16:00:00"), "2024-01-04 10:30:00");
        for nonsense in ["Mars", "", "+", "+99:00", "UTC+x"] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn summers_and_the_years_before_zones() {
        // Born on 1 June 1988, when the clocks of China were nine hours ahead.
        assert_eq!(shown("Asia/Shanghai", "1988-05-31 15:00:00"), "1988-06-01 00:00:00");
        assert_eq!(shown("Asia/Shanghai", "1991-12-31 16:00:00"), "1992-01-01 00:00:00");
        // The first day of 1900 in local mean time, which Java keeps.
        assert_eq!(shown("Asia/Shanghai", "1899-12-31 15:54:17"), "1900-01-01 00:00:00");
    }
}
