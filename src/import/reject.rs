//! What could not be used of an export, cell by cell, and why: the rows of `rejects.csv`.

use std::sync::Arc;

use super::error::SinkError;
use crate::lang::Lang;

/// Why a cell or a row could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The row has more or fewer fields than the header.
    FieldCount,
    /// A quotation mark is opened and never closed.
    OpenQuote,
    /// Bytes that the file's encoding does not know.
    Encoding,
    /// A number in scientific notation where a code belongs: digits are lost.
    ScientificId,
    /// The digits of a long number were rounded by a spreadsheet or a float.
    DigitsLost,
    /// A person's number, in a column whose numbers many persons share.
    SharedNumber,
    /// An error message of a spreadsheet: `#N/A`, `####`.
    SpreadsheetError,
    /// No number.
    NotNumber,
    /// An amount with more decimals than money has.
    TooPrecise,
    /// A whole number was needed.
    NotWhole,
    /// A number too large to hold.
    OutOfRange,
    /// An age below 0 or above 130.
    Age,
    /// No date in a known form.
    NotDate,
    /// A date whose day and month cannot be told apart, in a column that has both orders.
    MixedDateOrder,
    /// A date outside 1850–2199 that is not 9999-12-31.
    DateRange,
    /// Only a time of day.
    TimeOnly,
    /// A value that the dictionary does not know.
    UnknownCode,
    /// A key is missing, masked or a placeholder.
    MissingKey,
    /// Nothing in the row can be stored.
    NothingUsable,
}

impl Reason {
    /// Stable identifier, for data files.
    pub const fn id(self) -> &'static str {
        match self {
            Self::FieldCount => "field-count",
            Self::OpenQuote => "open-quote",
            Self::Encoding => "encoding",
            Self::ScientificId => "scientific-id",
            Self::DigitsLost => "digits-lost",
            Self::SharedNumber => "shared-number",
            Self::SpreadsheetError => "spreadsheet-error",
            Self::NotNumber => "not-a-number",
            Self::TooPrecise => "too-many-decimals",
            Self::NotWhole => "not-whole",
            Self::OutOfRange => "out-of-range",
            Self::Age => "age",
            Self::NotDate => "not-a-date",
            Self::MixedDateOrder => "date-order",
            Self::DateRange => "date-range",
            Self::TimeOnly => "time-only",
            Self::UnknownCode => "unknown-code",
            Self::MissingKey => "missing-key",
            Self::NothingUsable => "nothing-usable",
        }
    }

    /// The reason with this identifier.
    pub fn from_id(id: &str) -> Option<Self> {
        [
            Self::FieldCount,
            Self::OpenQuote,
            Self::Encoding,
            Self::ScientificId,
            Self::DigitsLost,
            Self::SharedNumber,
            Self::SpreadsheetError,
            Self::NotNumber,
            Self::TooPrecise,
            Self::NotWhole,
            Self::OutOfRange,
            Self::Age,
            Self::NotDate,
            Self::MixedDateOrder,
            Self::DateRange,
            Self::TimeOnly,
            Self::UnknownCode,
            Self::MissingKey,
            Self::NothingUsable,
        ]
        .into_iter()
        .find(|reason| reason.id() == id)
    }

    /// One sentence for a person.
    pub const fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::FieldCount => ("字段数与表头不符", "the row has more or fewer fields than the header"),
            Self::OpenQuote => ("引号未闭合", "a quotation mark is never closed"),
            Self::Encoding => ("含文件编码无法识别的字节", "bytes that the file's encoding does not know"),
            Self::ScientificId => {
                ("编码被写成科学计数法，位数已丢失", "a code in scientific notation: digits are lost")
            }
            Self::DigitsLost => (
                "长编码的末几位已被表格软件或浮点数改写，原值无法恢复",
                "the last digits of a long code were rounded by a spreadsheet or a float",
            ),
            Self::SharedNumber => (
                "人员编号一号多人：同一编号对应多个身份证，分不清是谁",
                "the column's person numbers are shared by persons with different identity cards",
            ),
            Self::SpreadsheetError => ("表格软件的报错文字，不是数据", "an error message of a spreadsheet, no data"),
            Self::NotNumber => ("不是数字", "not a number"),
            Self::TooPrecise => ("金额小数位过多", "an amount with more decimals than money has"),
            Self::NotWhole => ("应为整数", "not a whole number"),
            Self::OutOfRange => ("数值超出可存范围", "a number too large to hold"),
            Self::Age => ("年龄不在0至130之间", "an age outside 0 to 130"),
            Self::NotDate => ("不是可识别的日期", "not a date in a known form"),
            Self::MixedDateOrder => {
                ("同一列中日月顺序不一致，无法确定日期", "the column has days before months and months before days")
            }
            Self::DateRange => ("日期超出合理范围", "a date outside the plausible range"),
            Self::TimeOnly => ("只有时刻没有日期", "a time of day without a date"),
            Self::UnknownCode => ("字典中没有该值", "a value that the dictionary does not know"),
            Self::MissingKey => ("主键缺失、被掩码或为占位值", "a key is missing, masked or a placeholder"),
            Self::NothingUsable => ("整行没有可用内容", "nothing in the row can be stored"),
        };
        lang.pick(zh, en)
    }
}

/// One unusable cell, or one unusable row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The source file.
    pub file_id: i32,
    /// Line in the source file at which the record begins.
    pub line: u64,
    /// Header of the cell's column; empty when the whole row is meant.
    pub column: Arc<str>,
    /// What stood there, cut to [`VALUE_LIMIT`] characters.
    pub value: String,
    /// Why it could not be used.
    pub reason: Reason,
    /// Whether the row was dropped for it. A dropped row has exactly one reject with this set.
    pub row_dropped: bool,
}

/// Longest value that a reject quotes, in characters.
pub const VALUE_LIMIT: usize = 200;

/// The first [`VALUE_LIMIT`] characters of `value`.
pub fn excerpt(value: &str) -> String {
    match value.char_indices().nth(VALUE_LIMIT) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// Takes rejects in the order of the file.
pub trait RejectSink: Send {
    /// Takes one reject.
    ///
    /// # Errors
    /// Whatever keeps the sink from storing it.
    fn push(&mut self, reject: Reject) -> Result<(), SinkError>;
}
