//! Which items of lists the findings of existing rules count for: what `[[problem.rule]]` says, in one store.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::lists::Problems;
use super::resolve::Resolved;

/// What a suspect record says that decides for which items its finding counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claim<'a> {
    /// Key of the insured item; none for a whole visit.
    pub item_key: Option<i64>,
    /// Kind of visit.
    pub setting: Option<&'a str>,
    /// First day.
    pub first_day: i32,
    /// Last day.
    pub last_day: i32,
}

/// An item that names a rule.
#[derive(Debug, Clone)]
struct Link {
    problem: String,
    /// Its findings count with a record of one of these only.
    items: Option<HashSet<i64>>,
    /// Kinds of visits the list is about; none for all.
    settings: Vec<&'static str>,
    first_day: i32,
    last_day: i32,
}

impl Link {
    fn holds(&self, claim: &Claim<'_>) -> bool {
        self.items.as_ref().is_none_or(|items| claim.item_key.is_some_and(|key| items.contains(&key)))
            && (self.settings.is_empty() || claim.setting.is_some_and(|setting| self.settings.contains(&setting)))
            && claim.last_day >= self.first_day
            && claim.first_day <= self.last_day
    }
}

/// The items of all lists by the rules they name.
#[derive(Debug, Clone, Default)]
pub struct Links(BTreeMap<String, Vec<Link>>);

impl Links {
    /// Those of these lists in one store.
    pub fn of(problems: &Problems, resolved: &Resolved) -> Self {
        let mut links: BTreeMap<String, Vec<Link>> = BTreeMap::new();
        for (list, problem) in problems.all() {
            for rule in &problem.rules {
                let items = rule.items.iter().flat_map(|group| resolved.items(group)).copied().collect();
                links.entry(rule.id.clone()).or_default().push(Link {
                    problem: list.id_of(problem).to_string(),
                    items: (!rule.items.is_empty()).then_some(items),
                    settings: list.settings.iter().map(|setting| setting.as_str()).collect(),
                    first_day: list.first_day,
                    last_day: list.last_day,
                });
            }
        }
        Self(links)
    }

    /// The items that a finding of `rule` counts for, with blanks between them; none where there are none. `claims` are its suspect records.
    pub fn problems<'c, C: Iterator<Item = Claim<'c>>>(&self, rule: &str, claims: impl Fn() -> C) -> Option<Arc<str>> {
        let links = self.0.get(rule)?;
        let mut named: Vec<&str> = Vec::new();
        for link in links {
            if !named.contains(&link.problem.as_str()) && claims().any(|claim| link.holds(&claim)) {
                named.push(&link.problem);
            }
        }
        (!named.is_empty()).then(|| named.join(" ").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_counts_where_one_record_is_of_the_items_visits_and_days() {
        let link = |problem: &str, items: Option<&[i64]>, settings: &[&'static str]| Link {
            problem: problem.to_owned(),
            items: items.map(|items| items.iter().copied().collect()),
            settings: settings.to_vec(),
            first_day: 100,
            last_day: 200,
        };
        let links = Links(BTreeMap::from([(
            "rule".to_owned(),
            vec![link("a:1", None, &["inpatient"]), link("b:2", Some(&[7]), &[]), link("a:3", None, &["pharmacy"])],
        )]));
        let claim = |item_key, setting, day| Claim { item_key, setting: Some(setting), first_day: day, last_day: day };
        for (claims, named) in [
            (vec![claim(None, "inpatient", 150)], Some("a:1")),
            (vec![claim(Some(7), "inpatient", 150)], Some("a:1 b:2")),
            (vec![claim(Some(8), "outpatient", 150)], None),
            (vec![claim(Some(8), "outpatient", 150), claim(Some(7), "pharmacy", 200)], Some("b:2 a:3")),
            (vec![claim(Some(7), "inpatient", 99)], None),
        ] {
            assert_eq!(links.problems("rule", || claims.iter().copied()).as_deref(), named, "{claims:?}");
        }
        assert_eq!(links.problems("other", || [claim(None, "inpatient", 150)].into_iter()), None);
    }
}
