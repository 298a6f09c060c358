//! Planted cases: violations that a rule should find, and look-alikes on which it should stay silent.
//!
//! Each scenario serves one rule and is written down as a small story on one person or a few; the files are the models of
//! the list of violations, `plot` is what the stories are told with. Every twelfth person of planted cases has an ordinary
//! outpatient life around them; none has other stays or noise, so that their truth holds.

mod billing;
mod forged;
mod impersonation;
mod phantom;
mod plot;
mod resale;
mod rings;
mod stays;
mod swapping;
mod treatment;
mod uncovered;

use super::life::Period;
use super::people::Who;
use super::{Family, Plants, SynthError, SynthPlan};

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
    ("ZD0035", "翻身拍背排痰（机械辅助）"),
    ("ZD0041", "CT平扫(胸部)"),
    ("ZD0042", "CT平扫(上腹部)"),
    ("ZD0043", "C-反应蛋白测定(末梢血)"),
    ("ZD0044", "C-反应蛋白测定(静脉血)"),
];

/// Institutions of an area that has enough of each level to compare one with the others: four tertiary hospitals, six
/// community centres.
pub(super) const MANY_INSTITUTIONS: u32 = 24;
/// The community centre that orders an electrocardiogram for everybody, where that is planted.
pub(super) const ECG_CENTRE: usize = 4;

/// Regular patients of a community centre: their bills are enough for its digits to be tested.
const REGULARS: u32 = 34;

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
    /// Not told in a hospital's own export: it needs several institutions, pharmacies or columns that are not there, or the
    /// same is told there already, and a hospital's bills are long.
    pub(super) area_only: bool,
    /// Needs tables that only a hospital's own export has.
    pub(super) hospital_only: bool,
    /// Kind of the outside list (knowledge file watch.csv) on which the persons are for `WATCH_DAYS` from the beginning.
    pub(super) watch: Option<&'static str>,
    /// The persons have no visits but those of the case.
    pub(super) quiet: bool,
    /// Told only in areas of so many institutions.
    pub(super) institutions: u32,
    /// Told only where the period lasts at least so many days.
    pub(super) period_days: i64,
    /// Told only where the period reaches this day; the case begins on it at the earliest.
    pub(super) from_day: i64,
    story: Story,
}

/// Days that an entry of an outside list lasts.
pub(super) const WATCH_DAYS: i64 = 60;

/// The scenarios of all models in the order of the models, then those of groups.
const MODELS: [&[Scenario]; 10] = [
    stays::SCENARIOS,
    treatment::SCENARIOS,
    billing::SCENARIOS,
    swapping::SCENARIOS,
    resale::SCENARIOS,
    uncovered::SCENARIOS,
    impersonation::SCENARIOS,
    forged::SCENARIOS,
    phantom::SCENARIOS,
    rings::SCENARIOS,
];

const fn hit(rule: &'static str, note: &'static str, story: Story) -> Scenario {
    Scenario {
        rule,
        note,
        expected: Expected::Hit,
        who: Who::Adult,
        members: 1,
        once: false,
        area_only: false,
        hospital_only: false,
        watch: None,
        quiet: false,
        institutions: 0,
        period_days: 0,
        from_day: i64::MIN,
        story,
    }
}

const fn silent(rule: &'static str, note: &'static str, story: Story) -> Scenario {
    Scenario { expected: Expected::Silent, ..hit(rule, note, story) }
}

impl Scenario {
    const fn across_area(self) -> Self {
        Self { area_only: true, ..self }
    }

    const fn in_hospital(self) -> Self {
        Self { hospital_only: true, ..self }
    }

    const fn of(self, members: u32) -> Self {
        Self { members, ..self }
    }

    const fn once(self) -> Self {
        Self { once: true, ..self }
    }

    const fn watched(self, kind: &'static str) -> Self {
        Self { watch: Some(kind), ..self }
    }

    const fn quiet(self) -> Self {
        Self { quiet: true, ..self }
    }

    const fn among(self, institutions: u32) -> Self {
        Self { institutions, ..self }
    }

    /// The regular patients of one centre, where there are enough centres to compare.
    const fn of_regulars(self) -> Self {
        self.of(REGULARS).once().quiet().among(MANY_INSTITUTIONS).across_area()
    }

    const fn lasting(self, period_days: i64) -> Self {
        Self { period_days, ..self }
    }

    const fn since(self, from_day: i64) -> Self {
        Self { from_day, ..self }
    }

    const fn who(self, who: Who) -> Self {
        Self { who, ..self }
    }
}

/// Scenarios of an area or of one hospital's export that can be told in it.
pub(super) fn scenarios(plan: &SynthPlan, plants: Plants) -> impl Iterator<Item = &'static Scenario> {
    let (one_hospital, institutions) = (plan.family == Family::Hospital, plan.institutions);
    let Plants { violations, .. } = plants;
    let period = Period::of(plan);
    MODELS.into_iter().flatten().filter(move |scenario| {
        !(if one_hospital { scenario.area_only } else { scenario.hospital_only })
            && (violations || scenario.expected == Expected::Silent)
            && scenario.institutions <= institutions
            && scenario.period_days <= period.days
            && scenario.from_day <= period.end() - 30
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
