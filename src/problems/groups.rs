//! Groups of items, diagnoses and departments: which of an export's own fall into each.
//!
//! Names are compared in one spelling: width and case folded, blanks and brackets taken out, because every hospital sets them otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ProblemsError;
use super::spec::{DepartmentGroupSpec, DxGroupSpec, GroupsSpec, ItemGroupSpec};
use crate::lang::Text;
use crate::spelling::normalise;

/// Kinds of items, as the case store names them.
const KINDS: [&str; 6] = ["service", "consumable", "western", "patent", "herbal", "other"];

/// Words that names hold or do not hold, in the spelling they are compared in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Words {
    any: Vec<String>,
    none: Vec<String>,
}

impl Words {
    fn of(any: &[String], none: &[String]) -> Self {
        let fold = |words: &[String]| words.iter().map(|word| folded(word)).collect();
        Self { any: fold(any), none: fold(none) }
    }

    /// Whether a folded name holds one of the words.
    fn hold(&self, name: &str) -> bool {
        self.any.iter().any(|word| name.contains(word))
    }

    /// Whether a folded name holds a word that it must not.
    fn refuse(&self, name: &str) -> bool {
        self.none.iter().any(|word| name.contains(word))
    }
}

/// A name as groups compare it.
pub(super) fn folded(name: &str) -> String {
    normalise(name).chars().filter(|c| !c.is_whitespace() && !"()[]{}<>〔〕【】「」『』《》〈〉".contains(*c)).collect()
}

/// An item as groups look at it.
#[derive(Debug, Clone, Default)]
pub(super) struct ItemTraits<'a> {
    /// Code, normalised.
    pub code: &'a str,
    /// Its names, folded.
    pub names: &'a [String],
    /// Kind.
    pub kind: &'a str,
    /// Charge categories it was billed under; empty where nobody asked.
    pub charge_types: &'a [String],
}

/// A group of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemGroup {
    title: Text,
    codes: Vec<String>,
    names: Words,
    kinds: Vec<String>,
    charge_types: Vec<String>,
}

impl ItemGroup {
    /// Whether an item is in it.
    pub(super) fn holds(&self, item: &ItemTraits<'_>) -> bool {
        let open = self.codes.is_empty() && self.names.any.is_empty();
        let by_code = self.codes.iter().any(|prefix| item.code.starts_with(prefix));
        let by_name = || item.names.iter().any(|name| self.names.hold(name));
        let allowed = || {
            (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == item.kind))
                && (self.charge_types.is_empty() || self.charge_types.iter().any(|one| item.charge_types.contains(one)))
                && !item.names.iter().any(|name| self.names.refuse(name))
        };
        (open || by_code || by_name()) && allowed()
    }

    /// Whether it asks under which charge categories items were billed.
    pub(super) fn asks_charge_types(&self) -> bool {
        !self.charge_types.is_empty()
    }
}

/// A code of three characters or more, or a range of codes of three characters.
#[derive(Debug, Clone, PartialEq, Eq)]
enum DxCodes {
    Prefix(String),
    Range(String, String),
}

impl DxCodes {
    fn of(text: &str) -> Option<Self> {
        let text = normalise(text);
        let is_code = |code: &str| {
            let bytes = code.as_bytes();
            bytes.len() >= 3
                && bytes[0].is_ascii_uppercase()
                && bytes[1].is_ascii_digit()
                && bytes[2].is_ascii_alphanumeric()
        };
        match text.split_once('-') {
            Some((first, last))
                if is_code(first) && is_code(last) && first.len() == 3 && last.len() == 3 && first <= last =>
            {
                Some(Self::Range(first.to_owned(), last.to_owned()))
            }
            Some(_) => None,
            // Chinese medicine's codes of diseases begin with two letters, so the shape of a prefix is not looked at any closer.
            None if !text.is_empty() && text.is_ascii() => Some(Self::Prefix(text.into_owned())),
            None => None,
        }
    }

    fn hold(&self, code: &str) -> bool {
        match self {
            Self::Prefix(prefix) => code.starts_with(prefix),
            Self::Range(first, last) => code.get(..3).is_some_and(|code| **first <= *code && *code <= **last),
        }
    }
}

/// A group of diagnoses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DxGroup {
    title: Text,
    codes: Vec<DxCodes>,
    names: Words,
}

impl DxGroup {
    /// Whether a diagnosis is in it, by its code as exported and its folded name.
    pub(super) fn holds(&self, code: &str, name: &str) -> bool {
        let code = normalise(code);
        (self.codes.iter().any(|codes| codes.hold(&code)) || self.names.hold(name)) && !self.names.refuse(name)
    }
}

/// A group of departments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartmentGroup {
    title: Text,
    names: Words,
    codes: Vec<String>,
}

impl DepartmentGroup {
    /// Whether a department is in it. A code counts where there is no name only: hospitals number departments in their own way.
    pub(super) fn holds(&self, code: &str, name: Option<&str>) -> bool {
        match name {
            Some(name) => self.names.hold(name) && !self.names.refuse(name),
            None => self.codes.iter().any(|prefix| normalise(code).starts_with(prefix)),
        }
    }
}

/// All groups that lists may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// Of items, by name.
    pub items: BTreeMap<String, ItemGroup>,
    /// Of diagnoses, by name.
    pub dx: BTreeMap<String, DxGroup>,
    /// Of departments, by name.
    pub departments: BTreeMap<String, DepartmentGroup>,
}

impl Groups {
    /// The groups of a file, put to those known already; where both have one of a name, the file's holds.
    ///
    /// # Errors
    /// If a group says nothing, or a code, kind or word of it is none.
    pub(super) fn add(&mut self, file: &str, spec: GroupsSpec) -> Result<(), ProblemsError> {
        for (name, group) in spec.item {
            let group = item_group(file, &name, group)?;
            self.items.insert(name, group);
        }
        for (name, group) in spec.dx {
            let group = dx_group(file, &name, group)?;
            self.dx.insert(name, group);
        }
        for (name, group) in spec.department {
            let group = department_group(file, &name, group)?;
            self.departments.insert(name, group);
        }
        Ok(())
    }

    /// What a group of items is called; its name where there is none.
    pub fn item_title(&self, name: &str) -> Text {
        self.items.get(name).map_or_else(|| Text::new(name, name), |group| group.title.clone())
    }

    /// What a group of diagnoses is called.
    pub fn dx_title(&self, name: &str) -> Text {
        self.dx.get(name).map_or_else(|| Text::new(name, name), |group| group.title.clone())
    }

    /// What a group of departments is called.
    pub fn department_title(&self, name: &str) -> Text {
        self.departments.get(name).map_or_else(|| Text::new(name, name), |group| group.title.clone())
    }
}

/// Refuses what a group says.
fn refused(file: &str, kind: &str, name: &str, zh: impl Into<String>, en: impl Into<String>) -> ProblemsError {
    let place = format!("[{kind}.{name}]");
    ProblemsError::Invalid { file: file.to_owned(), place, problem: Box::new(Text::new(zh, en)) }
}

/// Checks that no word is empty once it is folded: it would stand in every name.
fn words(file: &str, kind: &str, name: &str, any: &[String], none: &[String]) -> Result<Words, ProblemsError> {
    let words = Words::of(any, none);
    if words.any.iter().chain(&words.none).any(String::is_empty) {
        return Err(refused(file, kind, name, "有空的词", "a word of it is empty"));
    }
    Ok(words)
}

fn prefixes(file: &str, kind: &str, name: &str, codes: &[String]) -> Result<Vec<String>, ProblemsError> {
    let codes: Vec<String> = codes.iter().map(|code| normalise(code).into_owned()).collect();
    if codes.iter().any(String::is_empty) {
        return Err(refused(file, kind, name, "有空的编码", "a code of it is empty"));
    }
    Ok(codes)
}

fn item_group(file: &str, name: &str, spec: ItemGroupSpec) -> Result<ItemGroup, ProblemsError> {
    if spec.codes.is_empty() && spec.names.is_empty() && spec.charge_types.is_empty() && spec.kinds.is_empty() {
        return Err(refused(
            file,
            "item",
            name,
            "没有写编码、名称或类别",
            "it has neither codes nor names, kinds nor charge types",
        ));
    }
    if let Some(kind) = spec.kinds.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
        let known = KINDS.join(", ");
        return Err(refused(
            file,
            "item",
            name,
            format!("没有类别 {kind}；有 {known}"),
            format!("there is no kind {kind}: there are {known}"),
        ));
    }
    Ok(ItemGroup {
        codes: prefixes(file, "item", name, &spec.codes)?,
        names: words(file, "item", name, &spec.names, &spec.without)?,
        title: Text::new(spec.zh, spec.en),
        kinds: spec.kinds,
        charge_types: spec.charge_types,
    })
}

fn dx_group(file: &str, name: &str, spec: DxGroupSpec) -> Result<DxGroup, ProblemsError> {
    if spec.codes.is_empty() && spec.names.is_empty() {
        return Err(refused(file, "dx", name, "没有写编码或名称", "it has neither codes nor names"));
    }
    let mut codes = Vec::with_capacity(spec.codes.len());
    for code in &spec.codes {
        let known = DxCodes::of(code).ok_or_else(|| {
            let (zh, en) = (
                format!("{code} 不是诊断编码的开头，也不是三位编码的范围（如 E00-E07）"),
                format!("{code} is neither the beginning of a diagnosis code nor a range of codes of three characters such as E00-E07"),
            );
            refused(file, "dx", name, zh, en)
        })?;
        codes.push(known);
    }
    Ok(DxGroup {
        title: Text::new(spec.zh, spec.en),
        codes,
        names: words(file, "dx", name, &spec.names, &spec.without)?,
    })
}

fn department_group(file: &str, name: &str, spec: DepartmentGroupSpec) -> Result<DepartmentGroup, ProblemsError> {
    if spec.names.is_empty() {
        return Err(refused(file, "department", name, "没有写名称", "it has no names"));
    }
    Ok(DepartmentGroup {
        names: words(file, "department", name, &spec.names, &spec.without)?,
        codes: prefixes(file, "department", name, &spec.codes)?,
        title: Text::new(spec.zh, spec.en),
    })
}

/// Names of groups that a list uses and nobody defined.
pub(super) fn unknown<'n, T>(
    known: &BTreeMap<String, T>,
    used: impl IntoIterator<Item = &'n String>,
) -> BTreeSet<&'n str> {
    used.into_iter().filter(|name| !known.contains_key(*name)).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(text: &str) -> Result<Groups, String> {
        let mut groups = Groups::default();
        let spec: GroupsSpec = toml::from_str(text).map_err(|error| error.to_string())?;
        groups.add("groups.toml", spec).map_err(|error| error.to_string())?;
        Ok(groups)
    }

    #[test]
    fn an_item_belongs_by_code_or_name_unless_a_word_or_its_kind_forbids() {
        let groups = groups(
            "[item.angiography]\nzh = '冠状动脉造影'\nen = 'coronary angiography'\ncodes = ['0032050000']\n\
             names = ['冠脉造影', '冠状动脉（造影）']\nwithout = ['CT', '加收']\nkinds = ['service']\n[item.laboratory]\nzh = '化验'\nen = 'laboratory'\ncharge_types = ['04']\n",
        )
        .unwrap();
        let angiography = &groups.items["angiography"];
        for (code, name, kind, inside) in [
            ("003205000010000", "选择性冠状动脉造影术", "service", true),
            ("LOCAL1", "冠脉 造影（含导管）", "service", true),
            ("LOCAL1", "冠状动脉造影", "service", true),
            ("LOCAL1", "冠脉ＣＴ造影", "service", false),
            ("003205000010000", "冠脉造影加收", "service", false),
            ("LOCAL1", "冠脉造影导管", "consumable", false),
            ("003204000010000", "经皮冠状动脉介入", "service", false),
        ] {
            let names = [folded(name)];
            let traits = ItemTraits { code, names: &names, kind, charge_types: &[] };
            assert_eq!(angiography.holds(&traits), inside, "{code} {name}");
        }
        let billed = ItemTraits { charge_types: &["04".to_owned()], ..ItemTraits::default() };
        assert!(groups.items["laboratory"].holds(&billed) && !groups.items["laboratory"].holds(&ItemTraits::default()));
    }

    #[test]
    fn diagnoses_belong_by_range_prefix_or_word() {
        let groups =
            groups("[dx.thyroid]\nzh = '甲状腺疾病'\nen = 'thyroid disease'\ncodes = ['E00-E07', 'D34', 'C73.x00']\nnames = ['甲状腺']\n").unwrap();
        let thyroid = &groups.dx["thyroid"];
        for (code, name, inside) in [
            ("E05.900", "甲亢", true),
            ("e07", "", true),
            ("E08.9", "", false),
            ("D34", "", true),
            ("C73.X00x002", "", true),
            ("R22", "甲状腺肿物", true),
            ("", "高血压", false),
        ] {
            assert_eq!(thyroid.holds(code, &folded(name)), inside, "{code} {name}");
        }
    }

    #[test]
    fn departments_belong_by_name_and_by_code_without_one() {
        let groups = groups("[department.recovery]\nzh = '恢复室'\nen = 'recovery room'\nnames = ['复苏', 'PACU']\ncodes = ['A26.02']\n").unwrap();
        let recovery = &groups.departments["recovery"];
        assert!(recovery.holds("1", Some(&folded("麻醉复苏室"))) && recovery.holds("1", Some(&folded("ｐａｃｕ"))));
        assert!(recovery.holds("a26.02", None) && !recovery.holds("A26.02", Some(&folded("手术室"))));
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (text, message) in [
            ("[item.x]\nzh = ''\nen = ''\n", "[item.x]: it has neither codes nor names"),
            ("[item.x]\nzh = ''\nen = ''\nnames = ['（）']\n", "[item.x]: a word of it is empty"),
            ("[item.x]\nzh = ''\nen = ''\nnames = ['a']\nkinds = ['drug']\n", "there is no kind drug"),
            ("[dx.x]\nzh = ''\nen = ''\ncodes = ['E07-E00']\n", "E07-E00 is neither"),
            ("[department.x]\nzh = ''\nen = ''\n", "it has no names"),
            ("[item.x]\nzh = ''\nen = ''\nname = ['a']\n", "unknown field `name`"),
        ] {
            let error = groups(text).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
