//! A column of a table that programs read, told once: its name, its type, and where a row's value comes from. CSV and Parquet are
//! written by it, and finished reports read back into the same [`Value`]s.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, StringArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMillisecondType,
};
use arrow::error::ArrowError;

use crate::calendar::DAY_MINUTES;
use crate::format::{push_day, push_minute, push_scaled, safe_text};
use crate::lang::Label;

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;
/// Digits of an amount in Parquet, and how many of them are fen.
const MONEY_DIGITS: u8 = 18;
const MONEY_PLACES: u8 = 2;
/// Decimals of a number that is rounded: more would be noise.
const ROUNDED: usize = 4;

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A number of which four decimals matter.
    Rounded(f64),
    /// A number times 10 to the power of the places.
    Decimal(i64, u32),
    /// A day since 1970-01-01.
    Day(i32),
    /// A minute since 1970-01-01.
    Minute(i64),
}

impl Value<'_> {
    /// Appends it as a cell of a CSV file, where text cannot start a formula.
    pub fn push_cell(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(&safe_text(text)),
            other => other.push_text(out),
        }
    }

    /// Appends it as people read it; nothing for nothing.
    fn push_text(&self, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Null => Ok(()),
            Self::Text(text) => out.write_str(text),
            Self::Int(value) => write!(out, "{value}"),
            Self::Float(value) => write!(out, "{value}"),
            Self::Rounded(value) => write!(out, "{value:.ROUNDED$}"),
            Self::Decimal(value, places) => {
                push_scaled(out, *value, *places);
                Ok(())
            }
            Self::Day(day) => {
                push_day(out, *day);
                Ok(())
            }
            Self::Minute(minute) => {
                push_minute(out, *minute);
                Ok(())
            }
        };
    }

    /// As people read it; empty for nothing.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.push_text(&mut text);
        text
    }

    /// As JSON: numbers are numbers, decimals keep their digits as text would, days and minutes are ISO 8601.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Int(value) => (*value).into(),
            Self::Float(value) => (*value).into(),
            // Amounts stay far below 2⁵³ of their smallest unit, so the nearest double prints as the same digits.
            Self::Decimal(value, places) => (*value as f64 / 10_f64.powi((*places).cast_signed())).into(),
            Self::Minute(_) => self.text().replace(' ', "T").into(),
            other => other.text().into(),
        }
    }
}

impl Value<'static> {
    /// The cell of a Parquet column; none for a type that no column here is written as.
    pub fn stored(column: &dyn Array, row: usize) -> Option<Self> {
        if column.is_null(row) {
            return Some(Self::Null);
        }
        Some(match column.data_type() {
            DataType::Utf8 => Self::Text(column.as_string::<i32>().value(row).to_owned().into()),
            DataType::Int32 => Self::Int(column.as_primitive::<Int32Type>().value(row).into()),
            DataType::Int64 => Self::Int(column.as_primitive::<Int64Type>().value(row)),
            DataType::Float64 => Self::Float(column.as_primitive::<Float64Type>().value(row)),
            DataType::Date32 => Self::Day(column.as_primitive::<Date32Type>().value(row)),
            DataType::Decimal128(_, places) => {
                let units = i64::try_from(column.as_primitive::<Decimal128Type>().value(row)).ok()?;
                Self::Decimal(units, u32::try_from(*places).ok()?)
            }
            DataType::Timestamp(TimeUnit::Millisecond, None) => {
                Self::Minute(column.as_primitive::<TimestampMillisecondType>().value(row).div_euclid(MINUTE_MS))
            }
            _ => return None,
        })
    }
}

/// The type of a column, and where a row's value comes from.
enum Get<R> {
    Text(fn(&R) -> Option<&str>),
    Small(fn(&R) -> Option<i32>),
    Int(fn(&R) -> Option<i64>),
    Count(fn(&R) -> u64),
    Float(fn(&R) -> Option<f64>),
    Rounded(fn(&R) -> f64),
    Money(fn(&R) -> i64),
    Decimal { digits: u8, places: u8, units: fn(&R) -> Option<i64> },
    Day(fn(&R) -> Option<i32>),
    Time(fn(&R) -> (Option<i32>, Option<i64>)),
}

/// A column of a table with rows of `R`.
pub struct Column<R> {
    /// Its name in the contract.
    pub name: &'static str,
    /// Its header for people and its width in digits, if there is a sheet with columns as they are stored.
    pub shown: Option<(Label, f64)>,
    get: Get<R>,
    /// Whether every row has a value.
    filled: bool,
}

impl<R> Column<R> {
    const fn new(name: &'static str, get: Get<R>) -> Self {
        Self { name, shown: None, get, filled: false }
    }

    /// Text.
    pub const fn text(name: &'static str, of: fn(&R) -> Option<&str>) -> Self {
        Self::new(name, Get::Text(of))
    }

    /// A whole number of 32 bits.
    pub const fn small(name: &'static str, of: fn(&R) -> Option<i32>) -> Self {
        Self::new(name, Get::Small(of))
    }

    /// A whole number.
    pub const fn int(name: &'static str, of: fn(&R) -> Option<i64>) -> Self {
        Self::new(name, Get::Int(of))
    }

    /// A count, never empty.
    pub const fn count(name: &'static str, of: fn(&R) -> u64) -> Self {
        Self { filled: true, ..Self::new(name, Get::Count(of)) }
    }

    /// A number in its shortest form.
    pub const fn float(name: &'static str, of: fn(&R) -> Option<f64>) -> Self {
        Self::new(name, Get::Float(of))
    }

    /// A number with four decimals, never empty.
    pub const fn rounded(name: &'static str, of: fn(&R) -> f64) -> Self {
        Self { filled: true, ..Self::new(name, Get::Rounded(of)) }
    }

    /// A decimal of so many digits, `places` of them after the point; `units` are of the last.
    pub const fn decimal(name: &'static str, digits: u8, places: u8, units: fn(&R) -> Option<i64>) -> Self {
        Self::new(name, Get::Decimal { digits, places, units })
    }

    /// Money in yuan, never empty; `fen` counts it.
    pub const fn money(name: &'static str, fen: fn(&R) -> i64) -> Self {
        Self { filled: true, ..Self::new(name, Get::Money(fen)) }
    }

    /// A day since 1970-01-01.
    pub const fn day(name: &'static str, of: fn(&R) -> Option<i32>) -> Self {
        Self::new(name, Get::Day(of))
    }

    /// A day and the minute since 1970-01-01 where that is known. CSV shows the day alone where it is not, Parquet midnight.
    pub const fn time(name: &'static str, of: fn(&R) -> (Option<i32>, Option<i64>)) -> Self {
        Self::new(name, Get::Time(of))
    }

    /// Every row has a value.
    pub const fn filled(mut self) -> Self {
        self.filled = true;
        self
    }

    /// How a sheet heads it.
    pub const fn shown(mut self, label: Label, width: f64) -> Self {
        self.shown = Some((label, width));
        self
    }

    /// A row's value.
    pub fn value<'a>(&self, row: &'a R) -> Value<'a> {
        let value = match &self.get {
            Get::Text(of) => of(row).map(|text| Value::Text(Cow::Borrowed(text))),
            Get::Small(of) => of(row).map(|value| Value::Int(value.into())),
            Get::Int(of) => of(row).map(Value::Int),
            Get::Count(of) => Some(Value::Int(counted(of(row)))),
            Get::Float(of) => of(row).map(Value::Float),
            Get::Rounded(of) => Some(Value::Rounded(of(row))),
            Get::Money(fen) => Some(Value::Decimal(fen(row), MONEY_PLACES.into())),
            Get::Decimal { places, units, .. } => units(row).map(|units| Value::Decimal(units, u32::from(*places))),
            Get::Day(of) => of(row).map(Value::Day),
            Get::Time(of) => {
                let (day, minute) = of(row);
                minute.map(Value::Minute).or(day.map(Value::Day))
            }
        };
        value.unwrap_or(Value::Null)
    }

    /// The column of a Parquet file.
    pub fn field(&self) -> Field {
        let kind = match self.get {
            Get::Text(_) => DataType::Utf8,
            Get::Small(_) => DataType::Int32,
            Get::Int(_) | Get::Count(_) => DataType::Int64,
            Get::Float(_) | Get::Rounded(_) => DataType::Float64,
            Get::Money(_) => DataType::Decimal128(MONEY_DIGITS, MONEY_PLACES.cast_signed()),
            Get::Decimal { digits, places, .. } => DataType::Decimal128(digits, places.cast_signed()),
            Get::Day(_) => DataType::Date32,
            Get::Time(_) => DataType::Timestamp(TimeUnit::Millisecond, None),
        };
        Field::new(self.name, kind, !self.filled)
    }

    /// These rows' values, of the type of [`field`](Self::field).
    ///
    /// # Errors
    /// If a decimal has more digits than Parquet can hold, which no column here has.
    pub fn array(&self, rows: &[R]) -> Result<ArrayRef, ArrowError> {
        Ok(match &self.get {
            Get::Text(of) => Arc::new(rows.iter().map(of).collect::<StringArray>()),
            Get::Small(of) => Arc::new(rows.iter().map(of).collect::<Int32Array>()),
            Get::Int(of) => Arc::new(rows.iter().map(of).collect::<Int64Array>()),
            Get::Count(of) => Arc::new(rows.iter().map(|row| Some(counted(of(row)))).collect::<Int64Array>()),
            Get::Float(of) => Arc::new(rows.iter().map(of).collect::<Float64Array>()),
            Get::Rounded(of) => Arc::new(rows.iter().map(|row| Some(of(row))).collect::<Float64Array>()),
            Get::Money(fen) => decimals(rows.iter().map(|row| Some(fen(row))), MONEY_DIGITS, MONEY_PLACES)?,
            Get::Decimal { digits, places, units } => decimals(rows.iter().map(units), *digits, *places)?,
            Get::Day(of) => Arc::new(rows.iter().map(of).collect::<Date32Array>()),
            Get::Time(of) => {
                let minutes = rows.iter().map(|row| {
                    let (day, minute) = of(row);
                    minute.or_else(|| Some(i64::from(day?) * DAY_MINUTES))
                });
                Arc::new(minutes.map(|minute| Some(minute? * MINUTE_MS)).collect::<TimestampMillisecondArray>())
            }
        })
    }
}

/// Nothing here counts beyond 2⁶³.
fn counted(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Scaled integers as decimals of the same scale.
fn decimals(units: impl Iterator<Item = Option<i64>>, digits: u8, places: u8) -> Result<ArrayRef, ArrowError> {
    let array: Decimal128Array = units.map(|units| units.map(i128::from)).collect();
    Ok(Arc::new(array.with_precision_and_scale(digits, places.cast_signed())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row with a value of every type, or with none.
    struct Row(bool);

    fn columns() -> [Column<Row>; 8] {
        [
            Column::text("text", |row| row.0.then_some("=甲")),
            Column::small("small", |row| row.0.then_some(-7)),
            Column::int("int", |row| row.0.then_some(1 << 40)),
            Column::float("float", |row| row.0.then_some(0.1)),
            Column::decimal("decimal", 16, 4, |row| row.0.then_some(-15_000)),
            Column::day("day", |row| row.0.then_some(19_727)),
            Column::time("minute", |row| (None, row.0.then_some(19_727 * DAY_MINUTES + 510))),
            Column::time("midnight", |row| (row.0.then_some(19_727), None)),
        ]
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let rows = [Row(true), Row(false)];
        for column in columns() {
            let array = column.array(&rows).expect("no decimal is too long");
            assert_eq!(array.data_type(), column.field().data_type());
            let stored = |row| Value::stored(&array, row).expect("a type of ours");
            match column.name {
                "midnight" => assert_eq!(stored(0), Value::Minute(19_727 * DAY_MINUTES)),
                name => assert_eq!(stored(0), column.value(&rows[0]), "{name}"),
            }
            assert_eq!((stored(1), column.value(&rows[1])), (Value::Null, Value::Null), "{}", column.name);
        }
    }

    #[test]
    fn values_as_text_and_as_json() {
        let texts = columns().map(|column| column.value(&Row(true)).text());
        let expected = ["=甲", "-7", "1099511627776", "0.1", "-1.5000", "2024-01-05", "2024-01-05 08:30", "2024-01-05"];
        assert_eq!(texts, expected);
        assert_eq!(Value::Rounded(2.0 / 3.0).text(), "0.6667");
        let mut cell = String::new();
        Value::Text("=甲".into()).push_cell(&mut cell);
        Value::Int(-7).push_cell(&mut cell);
        assert_eq!(cell, "'=甲-7");
        let json = columns().map(|column| column.value(&Row(true)).json().to_string());
        let expected = [
            "\"=甲\"",
            "-7",
            "1099511627776",
            "0.1",
            "-1.5",
            "\"2024-01-05\"",
            "\"2024-01-05T08:30\"",
            "\"2024-01-05\"",
        ];
        assert_eq!(json, expected);
    }
}
