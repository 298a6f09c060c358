//! Planted cases: violations that a rule should find, and look-alikes on which it should stay silent.
//!
//! Each scenario serves one rule and is written down as a small story on one person or a few; the files are the models of
//! the list of violations, `plot` is what the stories are told with. The persons of planted cases have ordinary
//! outpatient lives around them, but no other stays and no noise, so that their truth holds.

mod billing;
mod forged;
mod impersonation;
mod phantom;
mod plot;
mod stays;
mod swapping;
mod treatment;
mod uncovered;

use super::SynthError;
use super::people::Who;

pub(super) use plot::{Mark, Plot};

/// Own codes and names that hospitals give to planted items.
pub(super) const SPECIAL_ITEMS: [(&str, &str); 19] = [
    ("ZD0001", "足底按摩"),
    ("ZD0002", "美容点痣"),
    ("ZD0003", "减肥指导套餐"),
    ("ZD0004", "产后塑形"),
    ("ZD0005", "汗蒸"),
    ("ZD0006", "陪护餐"),
    ("ZD0011", "注射用头孢呋辛钠（达力新）0.75g×10瓶 国产"),
    ("ZD0012", "太极养生课"),
    ("ZD0021", "综合理疗A"),
    ("ZD0022", "综合理疗B"),
    ("ZD0031", "静脉输液"),
    ("ZD0032", "翻身拍背"),
    ("ZD0033", "床边血糖仪检测"),
    ("ZD0034", "防褥疮气垫"),
    ("ZD0035", "静脉输液（头皮针）"),
    ("ZD0041", "CT平扫(胸部)"),
    ("ZD0042", "CT平扫(上腹部)"),
    ("ZD0043", "C-反应蛋白测定(末梢血)"),
    ("ZD0044", "C-反应蛋白测定(静脉血)"),
];

/// What a scenario should lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// The rule should point at a record of the case.
    Hit,
    /// The rule should point at none.
    Silent,
}

type Story = fn(&mut Plot<'_, '_>) -> Result<(), SynthError>;

/// A planted case in general.
pub(super) struct Scenario {
    pub(super) rule: &'static str,
    /// What it is about; for a look-alike what makes it legitimate.
    pub(super) note: &'static str,
    pub(super) expected: Expected,
    pub(super) who: Who,
    /// Persons in one case.
    pub(super) members: u32,
    /// Only once in an area, however often the others are planted.
    pub(super) once: bool,
    /// Needs several institutions, pharmacies or columns that a hospital's own export does not have.
    pub(super) area_only: bool,
    story: Story,
}

/// The scenarios of all models in the order of the models.
const MODELS: [&[Scenario]; 8] = [
    stays::SCENARIOS,
    treatment::SCENARIOS,
    billing::SCENARIOS,
    swapping::SCENARIOS,
    uncovered::SCENARIOS,
    impersonation::SCENARIOS,
    forged::SCENARIOS,
    phantom::SCENARIOS,
];

const fn hit(rule: &'static str, note: &'static str, story: Story) -> Scenario {
    Scenario { rule, note, expected: Expected::Hit, who: Who::Adult, members: 1, once: false, area_only: false, story }
}

const fn silent(rule: &'static str, note: &'static str, story: Story) -> Scenario {
    Scenario { expected: Expected::Silent, ..hit(rule, note, story) }
}

impl Scenario {
    const fn across_area(self) -> Self {
        Self { area_only: true, ..self }
    }

    const fn of(self, members: u32) -> Self {
        Self { members, ..self }
    }

    const fn once(self) -> Self {
        Self { once: true, ..self }
    }

    const fn who(self, who: Who) -> Self {
        Self { who, ..self }
    }
}

/// Scenarios of an area or of one hospital's export.
pub(super) fn scenarios(one_hospital: bool, violations: bool) -> impl Iterator<Item = &'static Scenario> {
    MODELS.into_iter().flatten().filter(move |scenario| {
        !(one_hospital && scenario.area_only) && (violations || scenario.expected == Expected::Silent)
    })
}

#[cfg(test)]
mod tests {
    use super::{Expected, MODELS};

    #[test]
    fn every_rule_that_is_planted_has_a_hit_and_a_look_alike() {
        let all: Vec<_> = MODELS.into_iter().flatten().collect();
        for scenario in &all {
            let has = |expected| all.iter().any(|other| other.rule == scenario.rule && other.expected == expected);
            assert!(has(Expected::Hit) && has(Expected::Silent), "{}", scenario.rule);
        }
    }
}
