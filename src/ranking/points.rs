//! The suggested range of 支付资格记分 for a practitioner: `points.toml` applied to the article and grade of the findings.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::findings::model::Grade;
use crate::lang::{Lang, Text};
use crate::rules::models::model;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    source: Text,
    range: Vec<Range>,
    mark: Vec<Mark>,
}

/// The range for findings of one article and grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    // First, so that the graver range is the greater one.
    least: u8,
    most: u8,
    article: u16,
    grade: Grade,
}

/// A total with a consequence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    points: u8,
    zh: String,
    en: String,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("points.toml")).expect("src/ranking/points.toml parses"));

/// Where the ranges come from.
pub fn source() -> &'static Text {
    &TABLE.source
}

/// The range for a finding of this model and grade; none for data quality.
pub fn range(model_number: i32, grade: Grade) -> Option<Range> {
    let article = u8::try_from(model_number).ok().and_then(model)?.article;
    TABLE.range.iter().find(|range| range.article == article && range.grade == grade).copied()
}

impl Range {
    /// The cell of suspects.csv: `4–6`, or `7–9（含9分）` when the range holds a total with a consequence.
    pub fn cell(self, lang: Lang) -> String {
        let Self { least, most, .. } = self;
        match (self.mark(), lang) {
            (None, _) => format!("{least}–{most}"),
            (Some(mark), Lang::Zh) => format!("{least}–{most}（含{}分）", mark.points),
            (Some(mark), Lang::En) => format!("{least}–{most} (holds {})", mark.points),
        }
    }

    /// The end of the sentence about a practitioner; it says who decides.
    pub fn sentence(self, lang: Lang) -> String {
        let Self { least, most, .. } = self;
        let consequence = self.mark().map(|mark| lang.pick(&mark.zh, &mark.en));
        match (consequence, lang) {
            (None, Lang::Zh) => format!("；建议记分区间 {least}–{most} 分，由医保部门认定"),
            (Some(consequence), Lang::Zh) => {
                format!("；建议记分区间 {least}–{most} 分（{consequence}），由医保部门认定")
            }
            (None, Lang::En) => format!("; suggested range {least}–{most} points, to be decided by the bureau"),
            (Some(consequence), Lang::En) => {
                format!("; suggested range {least}–{most} points ({consequence}), to be decided by the bureau")
            }
        }
    }

    fn mark(self) -> Option<&'static Mark> {
        TABLE.mark.iter().find(|mark| (self.least..=self.most).contains(&mark.points))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::models::MODELS;

    #[test]
    fn every_model_and_grade_has_a_range() {
        let cells: Vec<(u16, String, String)> = MODELS
            .iter()
            .map(|model| {
                let cell = |grade| range(i32::from(model.number), grade).unwrap().cell(Lang::Zh);
                (model.article, cell(Grade::Lead), cell(Grade::Violation))
            })
            .collect();
        for (article, lead, violation) in cells {
            let expected =
                if article == 38 { ["1–3", "4–6"] } else { ["7–9（含9分）", "10–12（含12分）"] };
            assert_eq!([lead, violation], expected, "article {article}");
        }
        assert_eq!(range(0, Grade::Violation), None, "data quality is nobody's conduct");
    }

    #[test]
    fn the_graver_range_is_the_greater_one() {
        let of = |model, grade| range(model, grade).unwrap();
        assert!(of(1, Grade::Lead) < of(3, Grade::Violation));
        assert!(of(3, Grade::Violation) < of(7, Grade::Lead));
        assert!(of(7, Grade::Lead) < of(9, Grade::Violation));
    }

    #[test]
    fn the_sentence_names_consequence_and_who_decides() {
        assert_eq!(range(1, Grade::Lead).unwrap().sentence(Lang::Zh), "；建议记分区间 1–3 分，由医保部门认定");
        assert_eq!(
            range(8, Grade::Violation).unwrap().sentence(Lang::En),
            "; suggested range 10–12 points (12 in a calendar year end the qualification), to be decided by the bureau"
        );
    }
}
