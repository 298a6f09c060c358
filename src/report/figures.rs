//! Sums that the workbook and the page show: money by institution and model, by month, and by item.
//!
//! Only counted money is added up, so each record weighs once however many findings point at it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::calendar;
use crate::findings::build::Findings;
use crate::findings::records::{NameAt, Record};
use crate::model::Money;

/// The sums of one report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Institutions by fund amount, the highest first.
    pub places: Vec<Place>,
    /// Months in order, without gaps between the first and the last.
    pub months: Vec<Month>,
    /// What was billed where under which rule, in the order of model, rule and amount.
    pub items: Vec<Item>,
    /// Whose records are in question, over all findings.
    pub reach: Reach,
    /// The same by model.
    pub reach_of_models: BTreeMap<i32, Reach>,
    /// The same by rule.
    pub reach_of_rules: BTreeMap<String, Reach>,
}

/// How many different ones the suspect records of some findings are of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Persons.
    pub persons: u64,
    /// Institutions.
    pub institutions: u64,
}

/// Who is behind a [`Reach`].
#[derive(Default)]
struct Reached {
    persons: HashSet<NameAt>,
    institutions: HashSet<NameAt>,
}

impl Reached {
    fn add(&mut self, record: &Record) {
        self.persons.extend(record.person);
        self.institutions.extend(record.institution);
    }

    fn count(&self) -> Reach {
        Reach { persons: self.persons.len() as u64, institutions: self.institutions.len() as u64 }
    }
}

/// One institution's money by model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Institution code.
    pub code: String,
    /// Its name, where known.
    pub name: Option<String>,
    /// All models together.
    pub total: Money,
    /// By model.
    pub models: BTreeMap<i32, Money>,
}

/// One month's money by model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Month {
    /// Months since year 0, see [`calendar::month`].
    pub month: i32,
    /// Counted fund amount of the month's records by model, fen.
    pub fund_fen: BTreeMap<i32, i64>,
}

/// What one rule points at of one item at one institution; without an item, of its visits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// 1–9; 0 for data quality.
    pub model: i32,
    /// Such as `split-stay`.
    pub rule_id: String,
    /// Institution code.
    pub fixmedins_code: String,
    /// Its name, where known.
    pub fixmedins_name: Option<String>,
    /// Code of the insured item; none for whole visits.
    pub item_code: Option<String>,
    /// Its name, where known.
    pub item_name: Option<String>,
    /// Findings that name it.
    pub findings: u64,
    /// Suspect records.
    pub records: u64,
    /// Quantity of these records, ten-thousandths.
    pub cnt_e4: i64,
    /// Each record's money once.
    pub counted: Money,
}

/// Months shown at most: a stray date must not stretch the axis over centuries.
const MONTHS: i32 = 120;

impl Figures {
    /// Adds up the suspect records of all findings.
    pub fn of(all: &Findings) -> Self {
        let mut places: BTreeMap<i64, Place> = BTreeMap::new();
        let mut months: BTreeMap<i32, BTreeMap<i32, i64>> = BTreeMap::new();
        let mut items: HashMap<(i32, &str, i64, Option<NameAt>), Item> = HashMap::new();
        let mut reached = Reached::default();
        let mut models: BTreeMap<i32, Reached> = BTreeMap::new();
        let mut rules: BTreeMap<&str, Reached> = BTreeMap::new();
        for finding in &all.findings {
            let mut named = BTreeSet::new();
            let of_model = models.entry(finding.model).or_default();
            let of_rule = rules.entry(&*finding.rule_id).or_default();
            for row in all.evidence(finding).iter().filter(|row| row.suspect) {
                let Some(record) = all.records.record(row.visit_key, row.fee_key) else { continue };
                for reached in [&mut reached, &mut *of_model, &mut *of_rule] {
                    reached.add(record);
                }
                if let Some(month) = calendar::month(record.first_day) {
                    *months.entry(month).or_default().entry(finding.model).or_default() += row.counted.fund_fen;
                }
                let Some(at) = record.institution else { continue };
                let inst_key = all.records.institutions.key(at);
                let institution = all.records.institutions.get(at);
                let code = || institution.map(|named| named.code.to_string()).unwrap_or_default();
                let name = || institution.and_then(|named| named.name.as_deref()).map(str::to_owned);

                let place =
                    places.entry(inst_key).or_insert_with(|| Place { code: code(), name: name(), ..Place::default() });
                place.total += row.counted;
                *place.models.entry(finding.model).or_default() += row.counted;

                let key = (finding.model, &*finding.rule_id, inst_key, record.item);
                let sum = items.entry(key).or_insert_with(|| {
                    let item = record.item.and_then(|at| all.records.items.get(at));
                    Item {
                        model: finding.model,
                        rule_id: finding.rule_id.to_string(),
                        fixmedins_code: code(),
                        fixmedins_name: name(),
                        item_code: item.map(|named| named.code.to_string()),
                        item_name: item.and_then(|named| named.name.as_deref()).map(str::to_owned),
                        ..Item::default()
                    }
                });
                sum.findings += u64::from(named.insert((inst_key, record.item)));
                sum.records += 1;
                sum.cnt_e4 += record.cnt_e4.get().unwrap_or_default();
                sum.counted += row.counted;
            }
        }
        let mut places: Vec<Place> = places.into_values().collect();
        places.sort_by(|one, other| {
            other.total.fund_fen.cmp(&one.total.fund_fen).then_with(|| one.code.cmp(&other.code))
        });
        let mut items: Vec<Item> = items.into_values().collect();
        items.sort_by(|one, other| {
            (one.model, &one.rule_id, -one.counted.fund_fen, &one.fixmedins_code, &one.item_code).cmp(&(
                other.model,
                &other.rule_id,
                -other.counted.fund_fen,
                &other.fixmedins_code,
                &other.item_code,
            ))
        });
        Self {
            places,
            months: without_gaps(months),
            items,
            reach: reached.count(),
            reach_of_models: models.iter().map(|(model, reached)| (*model, reached.count())).collect(),
            reach_of_rules: rules.iter().map(|(rule, reached)| ((*rule).to_owned(), reached.count())).collect(),
        }
    }
}

/// Every month from the first to the last, the latest [`MONTHS`] of them.
fn without_gaps(mut months: BTreeMap<i32, BTreeMap<i32, i64>>) -> Vec<Month> {
    let (Some(first), Some(last)) = (months.keys().next().copied(), months.keys().next_back().copied()) else {
        return Vec::new();
    };
    (first.max(last - MONTHS + 1)..=last)
        .map(|month| Month { month, fund_fen: months.remove(&month).unwrap_or_default() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_have_no_gaps_and_no_centuries() {
        let months = |months: &[i32]| {
            let sums = months.iter().map(|month| (*month, BTreeMap::from([(1, 100)])));
            without_gaps(sums.collect()).iter().map(|month| month.month).collect::<Vec<_>>()
        };
        assert_eq!(months(&[]), [] as [i32; 0]);
        assert_eq!(months(&[24_280, 24_283]), [24_280, 24_281, 24_282, 24_283]);
        assert_eq!(months(&[10, 24_283]).len(), 120);
    }
}
