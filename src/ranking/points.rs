//! The suggested range of 支付资格记分 for a practitioner: `points.toml` applied to the rule, article and grade of the findings.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::lang::{Lang, Text};
use crate::model::{Grade, SuspectKind};
use crate::rules::models::model;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    source: Text,
    range: Vec<ByArticle>,
    persons_conduct: PersonsConduct,
    mark: Vec<Mark>,
}

/// The range for findings of one article and grade.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByArticle {
    article: u16,
    grade: Grade,
    least: u8,
    most: u8,
}

/// The range for findings that concern the insured person first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonsConduct {
    least: u8,
    most: u8,
}

/// A range of points; the graver one is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    least: u8,
    most: u8,
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

/// The range for a practitioner whom a finding concerns: `concerns`, model and grade are its rule's. None for data quality.
pub fn range(concerns: &[SuspectKind], model_number: i32, grade: Grade) -> Option<Range> {
    if concerns.first() == Some(&SuspectKind::Person) {
        let PersonsConduct { least, most } = TABLE.persons_conduct;
        return Some(Range { least, most });
    }
    let article = u8::try_from(model_number).ok().and_then(model)?.article;
    let by_article = TABLE.range.iter().find(|range| range.article == article && range.grade == grade)?;
    Some(Range { least: by_article.least, most: by_article.most })
}

impl Range {
    /// The cell of suspects.csv: `4–6`, or `7–9（含9分）` when the range holds a total with a consequence.
    pub fn cell(self, lang: Lang) -> String {
        let Self { least, most } = self;
        match (self.mark(), lang) {
            (None, _) => format!("{least}–{most}"),
            (Some(mark), Lang::Zh) => format!("{least}–{most}（含{}分）", mark.points),
            (Some(mark), Lang::En) => format!("{least}–{most} (holds {})", mark.points),
        }
    }

    /// The end of the sentence about a practitioner; it says who decides.
    pub fn sentence(self, lang: Lang) -> String {
        let Self { least, most } = self;
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

    const CARE: [SuspectKind; 2] = [SuspectKind::Institution, SuspectKind::Practitioner];

    #[test]
    fn every_model_and_grade_has_a_range() {
        let cells: Vec<(u16, String, String)> = MODELS
            .iter()
            .map(|model| {
                let cell = |grade| range(&CARE, i32::from(model.number), grade).unwrap().cell(Lang::Zh);
                (model.article, cell(Grade::Lead), cell(Grade::Violation))
            })
            .collect();
        for (article, lead, violation) in cells {
            let expected =
                if article == 38 { ["1–3", "4–6"] } else { ["7–9（含9分）", "10–12（含12分）"] };
            assert_eq!([lead, violation], expected, "article {article}");
        }
        assert_eq!(range(&CARE, 0, Grade::Violation), None, "data quality is nobody's conduct");
    }

    #[test]
    fn the_graver_range_is_the_greater_one() {
        let of = |model, grade| range(&CARE, model, grade).unwrap();
        assert!(of(1, Grade::Lead) < of(3, Grade::Violation));
        assert!(of(3, Grade::Violation) < of(7, Grade::Lead));
        assert!(of(7, Grade::Lead) < of(9, Grade::Violation));
    }

    #[test]
    fn the_conduct_of_the_insured_is_hardly_the_practitioners() {
        let of = |concerns: &[SuspectKind]| range(concerns, 7, Grade::Violation).unwrap().cell(Lang::En);
        assert_eq!(of(&[SuspectKind::Person, SuspectKind::Practitioner]), "1–3");
        assert_eq!(of(&[SuspectKind::Practitioner, SuspectKind::Person]), "10–12 (holds 12)");
    }

    #[test]
    fn the_sentence_names_consequence_and_who_decides() {
        assert_eq!(range(&CARE, 1, Grade::Lead).unwrap().sentence(Lang::Zh), "；建议记分区间 1–3 分，由医保部门认定");
        assert_eq!(
            range(&CARE, 8, Grade::Violation).unwrap().sentence(Lang::En),
            "; suggested range 10–12 points (12 in a calendar year end the qualification), to be decided by the bureau"
        );
    }
}
