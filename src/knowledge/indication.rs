//! The words of an indication (药品限适应症) as categories of ICD-10, so that rules can compare them with diagnoses.
//!
//! A text is cut by a table of terms, the longest first: `disease_term.csv` of the seeds, to which a knowledge folder adds its own. Each
//! term stands for the three-character categories that a person with the disease may be coded under, widely meant; a term with `-` names
//! no disease, such as 疾病进展. What is left between the terms is searched for words that speak of some disease or state. Where one is
//! left, the text may allow more than is understood, and so it **decides nothing**: nobody is pointed at for a word that the table lacks.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

/// Written in place of categories for a term that names no disease.
pub(super) const NO_DISEASE: &str = "-";

/// Signs and words of which one at least stands in what names a disease, a state or an occasion.
const TELLING: [&str; 78] = [
    "癌",
    "瘤",
    "病",
    "症",
    "炎",
    "伤",
    "疡",
    "痛",
    "疮",
    "疹",
    "瘫",
    "聋",
    "盲",
    "癣",
    "痹",
    "感染",
    "出血",
    "衰竭",
    "梗死",
    "梗塞",
    "血栓",
    "栓塞",
    "闭塞",
    "障碍",
    "综合征",
    "畸形",
    "结石",
    "硬化",
    "增生",
    "缺乏",
    "减少",
    "升高",
    "中毒",
    "休克",
    "贫血",
    "高血压",
    "低血",
    "糖尿",
    "不全",
    "低下",
    "减退",
    "亢进",
    "过敏",
    "哮喘",
    "便秘",
    "腹泻",
    "失眠",
    "骨折",
    "手术",
    "术中",
    "术后",
    "移植",
    "预防",
    "抢救",
    "生育",
    "妊娠",
    "避孕",
    "营养",
    "透析",
    "放化疗",
    "镇静",
    "麻醉",
    "接触",
    "水肿",
    "积液",
    "胸水",
    "腹水",
    "胸腹水",
    "卒中",
    "昏迷",
    "绞痛",
    "房颤",
    "心律失常",
    "缓慢",
    "排异",
    "排斥",
    "耐药阳性球菌",
    "药敏",
];

/// What ends a phrase.
const ENDS: &[char] = &['|', ',', ';', '。', ':', '、', '(', ')', '[', ']', '/', '.', '?'];

/// The terms that indications are cut by, spelt as texts are compared: half-width, upper case, no blanks.
#[derive(Debug, Default)]
pub(super) struct Terms {
    by_text: BTreeMap<String, BTreeSet<String>>,
    /// Length in characters of the longest.
    longest: usize,
}

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The categories of all diseases that it names.
    Categories(BTreeSet<String>),
    /// Nothing can be decided by it. The phrases that are not understood; none when it names no disease at all.
    Undecided(Vec<String>),
}

impl Terms {
    /// The terms of a table: each text with its categories, separated by blanks, or [`NO_DISEASE`].
    pub fn new<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut terms = Self::default();
        for (text, categories) in rows {
            let text = folded(text);
            terms.longest = terms.longest.max(text.chars().count());
            let categories = categories.split_whitespace().filter(|category| *category != NO_DISEASE);
            terms.by_text.entry(text).or_default().extend(categories.map(folded));
        }
        terms
    }

    /// What the words of an indication mean.
    pub fn meaning(&self, indication: &str) -> Meaning {
        let signs: Vec<char> = folded(indication).chars().collect();
        let mut categories = BTreeSet::new();
        let mut rest = String::new();
        let mut at = 0;
        while at < signs.len() {
            match self.at(&signs[at..]) {
                Some((length, found)) => {
                    categories.extend(found.iter().cloned());
                    rest.push('|');
                    at += length;
                }
                None => {
                    rest.push(signs[at]);
                    at += 1;
                }
            }
        }
        let phrases = rest.split(ENDS).flat_map(|part| part.split("患者")).flat_map(|part| part.split("治疗"));
        let unknown: Vec<String> =
            phrases.filter(|part| TELLING.iter().any(|word| part.contains(word))).map(str::to_owned).collect();
        if unknown.is_empty() && !categories.is_empty() {
            Meaning::Categories(categories)
        } else {
            Meaning::Undecided(unknown)
        }
    }

    /// The longest term that the signs begin with, and its categories.
    fn at(&self, signs: &[char]) -> Option<(usize, &BTreeSet<String>)> {
        (1..=self.longest.min(signs.len())).rev().find_map(|length| {
            let text: String = signs[..length].iter().collect();
            self.by_text.get(&text).map(|categories| (length, categories))
        })
    }
}

fn folded(text: &str) -> String {
    text.nfkc().filter(|sign| !sign.is_whitespace()).collect::<String>().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms::new([
            ("糖尿病", "E10 E11"),
            ("2型糖尿病", "E11"),
            ("糖尿病性黄斑水肿", "H36"),
            ("疾病进展", "-"),
            ("乳腺癌", "C50"),
        ])
    }

    fn categories(text: &str) -> Vec<String> {
        match terms().meaning(text) {
            Meaning::Categories(categories) => categories.into_iter().collect(),
            Meaning::Undecided(unknown) => panic!("{text} is not understood: {unknown:?}"),
        }
    }

    #[test]
    fn the_longest_term_holds_and_all_are_taken() {
        assert_eq!(categories("限２型糖尿病患者。"), ["E11"]);
        assert_eq!(categories("限：1.糖尿病性黄斑水肿(DME)；2.2型 糖尿病"), ["E11", "H36"]);
        assert_eq!(categories("限既往接受内分泌治疗后出现疾病进展的乳腺癌"), ["C50"]);
    }

    #[test]
    fn a_disease_that_is_not_understood_decides_nothing() {
        let undecided = |text: &str| match terms().meaning(text) {
            Meaning::Undecided(unknown) => unknown,
            Meaning::Categories(categories) => panic!("{text}: {categories:?}"),
        };
        assert_eq!(undecided("限乳腺癌或胃癌患者"), ["或胃癌"]);
        assert_eq!(undecided("限2型糖尿病、预防"), ["预防"]);
        // No disease at all.
        assert_eq!(undecided("限二线用药。"), Vec::<String>::new());
    }
}
