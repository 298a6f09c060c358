//! On which days a notice holds: by its batch, by what it rests on, or as the user says.
//!
//! In favour of the one examined a sheet holds from the latest of the days known of it. A document of which only the year is known, such as
//! 国卫医发〔2018〕25号, binds from the first day of the next year on. What is known of batches and catalogues is in `days.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::calendar;

/// The days on which the rows of a sheet hold, as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// First day, ISO; empty when nothing is known: the rows always hold.
    pub begin_date: String,
    /// Last day, ISO; empty while it is not known.
    pub end_date: String,
    /// Year of the edition of the national drug catalogue that the sheet names; empty without one.
    pub edition: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    catalogue: Vec<Catalogue>,
    batch: Vec<Batch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    edition: u16,
    first_day: String,
    #[serde(default)]
    last_day: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    first: u16,
    last: u16,
    first_day: String,
}

/// The embedded days; unreadable ones are ruled out by the tests and would mean that none are known.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    toml::from_str(include_str!("days.toml")).unwrap_or(Known { catalogue: Vec::new(), batch: Vec::new() })
});

/// The days of a sheet of the notice `source`, whose header cells name what it rests on. `valid_from` is the user's word.
pub(super) fn held(source: &str, header: &str, valid_from: Option<i32>) -> Held {
    let edition = catalogue_edition(header);
    let catalogue = edition.and_then(|year| KNOWN.catalogue.iter().find(|known| known.edition == year));
    let next_year = |year: u16| format!("{:04}-01-01", year + 1);
    let begins = [
        batch(source).and_then(|number| {
            let known = KNOWN.batch.iter().find(|known| (known.first..=known.last).contains(&number))?;
            Some(known.first_day.clone())
        }),
        catalogue.map(|known| known.first_day.clone()).or_else(|| edition.map(next_year)),
        document_year(header).map(next_year),
    ];
    // ISO dates sort as days do.
    let begin_date = valid_from.map(calendar::iso).or_else(|| begins.into_iter().flatten().max()).unwrap_or_default();
    // Whoever gives a day of his own says that the limit held then, so the end of the edition is left out where it lies before.
    let end_date = catalogue.map(|known| known.last_day.clone()).filter(|end| *end >= begin_date).unwrap_or_default();
    Held { begin_date, end_date, edition: edition.map(|year| year.to_string()).unwrap_or_default() }
}

/// The edition of the drug catalogue that a header names: `2024版国家药品目录备注`.
fn catalogue_edition(header: &str) -> Option<u16> {
    year_before(header, "版国家药品目录")
}

/// The year of the document or item list that a header names: `国卫医发〔2018〕25号`, `2022版国家医保局全国医疗服务项目`.
fn document_year(header: &str) -> Option<u16> {
    [year_before(header, "〕"), year_before(header, "版国家医保局全国医疗服务项目")].into_iter().flatten().max()
}

/// The four digits before a mark.
fn year_before(text: &str, mark: &str) -> Option<u16> {
    let before = &text[..text.find(mark)?];
    let digits = before.get(before.len().checked_sub(4)?..)?;
    digits.parse().ok().filter(|year| (1990..2100).contains(year))
}

/// The number of the batch that the name of a notice states: `第十二批`, `【第一批】`, `【第八批-1】`.
fn batch(source: &str) -> Option<u16> {
    let rest = &source[source.find('第')? + '第'.len_utf8()..];
    chinese_number(&rest[..rest.find('批')?]).or_else(|| chinese_number(rest[..rest.find('批')?].split('-').next()?))
}

/// A Chinese number up to 99, or digits.
fn chinese_number(text: &str) -> Option<u16> {
    const DIGITS: &str = "零一二三四五六七八九";
    let digit = |text: &str| match text.chars().count() {
        1 => DIGITS.chars().position(|digit| text.starts_with(digit)).and_then(|digit| u16::try_from(digit).ok()),
        _ => None,
    };
    match text.split_once('十') {
        None => digit(text).or_else(|| text.parse().ok()),
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { digit(tens)? };
            let ones = if ones.is_empty() { 0 } else { digit(ones)? };
            Some(tens * 10 + ones)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(source: &str, header: &str, valid_from: Option<&str>) -> (String, String) {
        let held = held(source, header, valid_from.and_then(calendar::parse_iso));
        (held.begin_date, held.end_date)
    }

    #[test]
    fn known_days_are_dates_and_in_order() {
        assert!(!KNOWN.catalogue.is_empty() && !KNOWN.batch.is_empty());
        for days in KNOWN.catalogue.windows(2) {
            let next = calendar::parse_iso(&days[1].first_day).expect("a date");
            assert_eq!(calendar::parse_iso(&days[0].last_day), Some(next - 1), "{}", days[0].edition);
        }
        assert!(KNOWN.batch.iter().all(|batch| calendar::parse_iso(&batch.first_day).is_some()));
    }

    #[test]
    fn the_latest_day_that_is_known_holds() {
        let catalogue = "逻辑依据 (2024版国家药品目录备注)";
        assert_eq!(days("第四批_药品限就医方式", catalogue, None), ("2025-01-01".into(), "2025-12-31".into()));
        assert_eq!(days("第十七批_药品限适应症", "逻辑依据(2025版国家药品目录备注)", None).0, "2026-01-01");
        assert_eq!(days("【第八批-1】项目规则库", "序号", None), ("2025-01-01".into(), String::new()));
        assert_eq!(days("第十批_超互联网", "逻辑依据(国卫医发〔2018〕25号)", None).0, "2026-01-01");
        assert_eq!(days("本地通知", "逻辑依据(国卫医发〔2018〕25号)", None).0, "2019-01-01");
        assert_eq!(days("本地通知", "逻辑依据", None), (String::new(), String::new()));
        assert_eq!(days("本地通知", "逻辑依据(2031版国家药品目录备注)", None).0, "2032-01-01");
    }

    #[test]
    fn what_the_user_says_goes_before() {
        let header = "逻辑依据(2024版国家药品目录备注)";
        assert_eq!(days("第四批", header, Some("2024-07-01")), ("2024-07-01".into(), "2025-12-31".into()));
        assert_eq!(days("第四批", header, Some("2026-02-01")), ("2026-02-01".into(), String::new()));
    }

    #[test]
    fn numbers_of_batches() {
        let numbers = ["一", "九", "十", "十二", "二十", "二十一", "7", "某"].map(chinese_number);
        assert_eq!(numbers, [Some(1), Some(9), Some(10), Some(12), Some(20), Some(21), Some(7), None]);
        assert_eq!(batch("【第八批-1】项目规则库（限定频次）"), Some(8));
    }
}
