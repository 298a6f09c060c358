//! Which items are wanted: `--list` and `--problem`.

use super::error::ProblemsError;
use super::lists::{ProblemId, Problems};
use crate::lang::Text;

/// Items wanted; none named for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProblemFilter {
    lists: Vec<String>,
    /// Number, and the list where one was named with it.
    numbers: Vec<(Option<String>, u32)>,
}

impl ProblemFilter {
    /// Items of these lists and these numbers: `139`, in any of the lists, or `2025-hospital:139`.
    ///
    /// # Errors
    /// If a number is none.
    pub fn parse(lists: &[String], problems: &[String]) -> Result<Self, ProblemsError> {
        let mut numbers = Vec::new();
        for typed in problems {
            let (list, number) = match typed.rsplit_once(':') {
                Some((list, number)) => (Some(list.trim().to_owned()), number),
                None => (None, typed.as_str()),
            };
            let number = number.trim().parse().map_err(|_| {
                ProblemsError::Unknown(Box::new(Text::new(
                    format!("{typed} 不是清单序号：写作 139 或 2025-hospital:139"),
                    format!("{typed} is no number of an item: write 139 or 2025-hospital:139"),
                )))
            })?;
            numbers.push((list, number));
        }
        Ok(Self { lists: lists.to_vec(), numbers })
    }

    /// Whether everything is wanted.
    pub const fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.numbers.is_empty()
    }

    /// Whether an item is wanted.
    pub fn holds(&self, id: &ProblemId) -> bool {
        let listed = self.lists.is_empty() || self.lists.contains(&id.list);
        let numbered = self.numbers.is_empty()
            || self
                .numbers
                .iter()
                .any(|(list, number)| *number == id.number && list.as_ref().is_none_or(|list| *list == id.list));
        listed && numbered
    }

    /// Whether one of the items that a finding names, with blanks between them, is wanted.
    pub fn holds_any(&self, named: &str) -> bool {
        self.is_empty() || named.split(' ').filter_map(id).any(|id| self.holds(&id))
    }

    /// Checks that what is named is there.
    ///
    /// # Errors
    /// A sentence about the first list or item that is not.
    pub fn known_to(&self, problems: &Problems) -> Result<(), ProblemsError> {
        let named = self.lists.iter().chain(self.numbers.iter().filter_map(|(list, _)| list.as_ref()));
        for list in named {
            if problems.list(list).is_none() {
                return Err(ProblemsError::Unknown(Box::new(problems.unknown_list(list))));
            }
        }
        for (list, number) in &self.numbers {
            let one = Self { lists: self.lists.clone(), numbers: vec![(list.clone(), *number)] };
            if !problems.all().any(|(of, problem)| one.holds(&of.id_of(problem))) {
                let typed = list.as_ref().map_or_else(|| number.to_string(), |list| format!("{list}:{number}"));
                return Err(ProblemsError::Unknown(Box::new(Text::new(
                    format!("所选问题清单里没有 {typed} 这一项"),
                    format!("the problem lists have no item {typed}"),
                ))));
            }
        }
        Ok(())
    }

    /// What was typed, for the report.
    pub fn told(&self) -> Vec<String> {
        let numbers = self.numbers.iter().map(|(list, number)| match list {
            Some(list) => format!("{list}:{number}"),
            None => number.to_string(),
        });
        self.lists.iter().cloned().chain(numbers).collect()
    }
}

/// The item that a word such as `2025-hospital:16` names.
pub fn id(word: &str) -> Option<ProblemId> {
    let (list, number) = word.rsplit_once(':')?;
    Some(ProblemId { list: list.to_owned(), number: number.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(lists: &[&str], problems: &[&str]) -> ProblemFilter {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        ProblemFilter::parse(&owned(lists), &owned(problems)).unwrap()
    }

    #[test]
    fn lists_and_numbers_narrow_each_other() {
        let finding = "2025-hospital:16 2025-pharmacy:4";
        for (lists, problems, wanted) in [
            (&[][..], &[][..], true),
            (&["2025-hospital"], &[], true),
            (&["2026-hunan"], &[], false),
            (&[], &["4"], true),
            (&["2025-hospital"], &["4"], false),
            (&[], &["2025-pharmacy:4"], true),
            (&[], &["2025-hospital:4", "2025-hospital:16"], true),
            (&[], &["17"], false),
        ] {
            assert_eq!(filter(lists, problems).holds_any(finding), wanted, "{lists:?} {problems:?}");
        }
        assert!(!filter(&["2025-hospital"], &[]).holds_any(""));
        assert!(ProblemFilter::parse(&[], &["sixteen".to_owned()]).is_err());
    }
}
