//! Values of spreadsheet cells as the text that a CSV of the same table would hold.

use std::fmt::Write;

use calamine::{Data, DataRef, ExcelDateTime};

/// From here on a whole number kept as a double has, in a spreadsheet, lost its last digits: Excel keeps fifteen.
const DIGITS_LOST: f64 = 1e15;

/// A value of a sheet in memory, as one read cell by cell.
pub fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(value) => DataRef::Int(*value),
        Data::Float(value) => DataRef::Float(*value),
        Data::String(value) => DataRef::SharedString(value),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(value) => DataRef::DateTime(*value),
        Data::DateTimeIso(value) => DataRef::DateTimeIso(value.clone()),
        Data::DurationIso(value) => DataRef::DurationIso(value.clone()),
        Data::Error(value) => DataRef::Error(value.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// Appends the value of a cell to `text`, which is empty.
pub fn write(value: &DataRef<'_>, text: &mut String) {
    match value {
        DataRef::Empty => {}
        DataRef::String(value) | DataRef::DurationIso(value) => text.push_str(value),
        DataRef::SharedString(value) => text.push_str(value),
        DataRef::Int(value) => write_integer(*value, text),
        DataRef::Float(value) => write_float(*value, text),
        DataRef::Bool(value) => text.push_str(if *value { "TRUE" } else { "FALSE" }),
        DataRef::DateTime(value) => write_when(value, text),
        DataRef::DateTimeIso(value) => write_iso(value, text),
        DataRef::Error(error) => push(text, format_args!("{error}")),
    }
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(what);
}

/// A whole number without exponent; one that has lost digits in scientific notation, by which the reading of identifiers knows it.
fn write_integer(value: i64, text: &mut String) {
    if value.unsigned_abs() < DIGITS_LOST as u64 {
        push(text, format_args!("{value}"));
    } else {
        write_float(value as f64, text);
    }
}

/// A number with the fifteen digits that a spreadsheet shows of it.
pub fn write_float(value: f64, text: &mut String) {
    if value.abs() >= DIGITS_LOST {
        let scientific = format!("{value:.14e}");
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        push(text, format_args!("{digits}E+{exponent}"));
        return;
    }
    let start = text.len();
    push(text, format_args!("{value}"));
    // Fifteen digits, a point and a sign: what is longer is the dust of binary fractions, such as 0.1 + 0.2.
    if text.len() - start > 16 {
        let shown = format!("{value:.14e}").parse().unwrap_or(value);
        text.truncate(start);
        push(text, format_args!("{shown}"));
    }
    if &text[start..] == "-0" {
        text.truncate(start);
        text.push('0');
    }
}

/// A date, a date with its time, or a time of day.
fn write_when(value: &ExcelDateTime, text: &mut String) {
    let serial = value.as_f64();
    if value.is_duration() {
        let seconds = (serial * 86_400.0).round() as i64;
        push(text, format_args!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60));
        return;
    }
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    let timed = (hour, minute, second) != (0, 0, 0);
    // A serial number of less than a day is a time alone; of nothing, a zero that somebody formatted as a date.
    if (0.0..1.0).contains(&serial) {
        match timed {
            true => push(text, format_args!("{hour:02}:{minute:02}:{second:02}")),
            false => text.push('0'),
        }
        return;
    }
    // Beyond Excel's calendar there are no dates: the number is kept, and refused where a date is looked for.
    if !(1.0..2_958_466.0).contains(&serial) {
        write_float(serial, text);
        return;
    }
    push(text, format_args!("{year:04}-{month:02}-{day:02}"));
    if timed {
        push(text, format_args!(" {hour:02}:{minute:02}:{second:02}"));
    }
}

/// `2024-01-05T08:30:00` with a blank for the T, and without a time of nothing.
pub fn write_iso(value: &str, text: &mut String) {
    let Some((day, time)) = value.split_once('T') else {
        text.push_str(value);
        return;
    };
    text.push_str(day);
    let nothing = time.chars().all(|c| matches!(c, '0' | ':' | '.' | 'Z'));
    if !nothing {
        text.push(' ');
        text.push_str(time.split('.').next().unwrap_or(time).trim_end_matches('Z'));
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    fn text(value: &DataRef<'_>) -> String {
        let mut text = String::new();
        write(value, &mut text);
        text
    }

    fn float(value: f64) -> String {
        text(&DataRef::Float(value))
    }

    #[test]
    fn numbers_are_written_in_full_or_as_lost() {
        assert_eq!(float(12.0), "12");
        assert_eq!(float(-3.5), "-3.5");
        assert_eq!(float(0.1 + 0.2), "0.3");
        assert_eq!(float(1_234.560_000_000_000_1), "1234.56");
        assert_eq!(float(1e-7), "0.0000001");
        assert_eq!(float(-0.0), "0");
        assert_eq!(float(999_999_999_999_999.0), "999999999999999");
        assert_eq!(float(1e15), "1.00000000000000E+15");
        assert_eq!(float(340_103_199_001_011_234.0), "3.40103199001011E+17");
        assert_eq!(text(&DataRef::Int(340_103_199_001_011_234)), "3.40103199001011E+17");
        assert_eq!(text(&DataRef::Int(-7)), "-7");
    }

    #[test]
    fn dates_follow_their_calendar() {
        let when = |serial, is_1904| {
            text(&DataRef::DateTime(ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, is_1904)))
        };
        assert_eq!(when(45_296.0, false), "2024-01-05");
        assert_eq!(when(45_296.0 - 1_462.0, true), "2024-01-05");
        assert_eq!(when(45_296.354_166_666_664, false), "2024-01-05 08:30:00");
        // A second before midnight does not become the next day.
        assert_eq!(when(45_296.999_988_425_92, false), "2024-01-05 23:59:59");
        assert_eq!(when(0.354_166_666_666_666_7, false), "08:30:00");
        assert_eq!(when(0.0, false), "0");
        assert_eq!(when(-1.0, false), "-1");
        assert_eq!(when(20_240_105.0, false), "20240105");
        let long = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(text(&DataRef::DateTime(long)), "36:00:00");
        assert_eq!(text(&DataRef::DateTimeIso("2024-01-05T08:30:00".to_owned())), "2024-01-05 08:30:00");
        assert_eq!(text(&DataRef::DateTimeIso("2024-01-05T00:00:00.000".to_owned())), "2024-01-05");
        assert_eq!(text(&DataRef::DateTimeIso("2024-01-05".to_owned())), "2024-01-05");
    }

    #[test]
    fn truths_and_errors_are_written_as_a_spreadsheet_saves_them() {
        assert_eq!(text(&DataRef::Bool(true)), "TRUE");
        assert_eq!(text(&DataRef::Error(calamine::CellErrorType::NA)), "#N/A");
        assert_eq!(text(&DataRef::Empty), "");
    }
}
