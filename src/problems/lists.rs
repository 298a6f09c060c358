//! The lists of a run: those embedded in the program and those of a knowledge folder, each item checked when it is loaded.
//!
//! A knowledge folder may hold `problem-lists/`: `ID.csv`, the official words as `feijian knowledge import` stored them; `ID.toml`, an encoding
//! that takes the place of the program's; `groups.toml`, groups beside the program's. Words without an encoding make a list all the same, so
//! that nothing on the inspector's list is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::checked;
use super::error::ProblemsError;
use super::filter::ProblemFilter;
use super::groups::Groups;
use super::published::{self, Item};
use super::spec::{Basis, Check, GroupsSpec, ListSpec, ProblemSpec, RuleLink, Setting, Status};
use crate::calendar;
use crate::casestore::schema::OPEN_END_DAY;
use crate::lang::{Lang, Text};
use crate::spelling::nearest;

/// Lists and groups that come with the program.
static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/queries/problems");

/// Folder of lists in a knowledge folder.
pub(super) const FOLDER: &str = "problem-lists";

/// The file of groups beside lists.
const GROUPS_TOML: &str = "groups.toml";

/// List and number of an item, such as `2025-hospital:16`: how a finding names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProblemId {
    /// Id of the list.
    pub list: String,
    /// Number in the list.
    pub number: u32,
}

impl fmt::Display for ProblemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.list, self.number)
    }
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Number in the list.
    pub number: u32,
    /// Field, in the list's own words.
    pub field: String,
    /// Type, in the list's own words.
    pub kind: String,
    /// Our own short words; none for an item that came as words only.
    pub title: Option<Text>,
    /// The official words, where the list was imported.
    pub official: Option<String>,
    /// The provision.
    pub basis: Option<Basis>,
    /// How far claims can show it.
    pub status: Status,
    /// What is not looked at, or why nothing is.
    pub limits: Option<Text>,
    /// The record to ask for.
    pub ask: Option<Text>,
    /// The ways of looking for it.
    pub checks: Vec<Check>,
    /// Existing rules that evaluate it.
    pub rules: Vec<RuleLink>,
}

impl Problem {
    /// What it is called: our short words, else the official ones.
    pub fn name(&self, lang: Lang) -> &str {
        self.title.as_ref().map(|title| title.pick(lang)).or(self.official.as_deref()).unwrap_or_default()
    }
}

/// A list.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// Id, such as `2025-hospital`.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Where it comes from.
    pub source: String,
    /// First day of claims looked at, since 1970-01-01.
    pub first_day: i32,
    /// Last day; [`OPEN_END_DAY`] when open.
    pub last_day: i32,
    /// Kinds of visits it is about; none for all.
    pub settings: Vec<Setting>,
    /// Items, in the list's order.
    pub problems: Vec<Problem>,
}

impl List {
    /// How findings name one of its items.
    pub fn id_of(&self, problem: &Problem) -> ProblemId {
        ProblemId { list: self.id.clone(), number: problem.number }
    }
}

/// All lists of a run with the groups they name.
#[derive(Debug, Clone, PartialEq)]
pub struct Problems {
    /// Lists, the embedded ones first.
    pub lists: Vec<List>,
    /// Groups.
    pub groups: Groups,
}

impl Problems {
    /// The embedded lists, and those of a knowledge folder where one is given.
    ///
    /// # Errors
    /// If a file of the folder cannot be read, or a list or group says something that cannot be.
    pub fn load(knowledge_dir: Option<&Path>) -> Result<Self, ProblemsError> {
        let mut files = embedded();
        let mut words = BTreeMap::new();
        if let Some(folder) = knowledge_dir.map(|dir| dir.join(FOLDER)).filter(|folder| folder.is_dir()) {
            let own = Files::of_folder(&folder)?;
            files.groups.extend(own.groups);
            for (file, text) in own.lists {
                // The folder has the last word.
                files.lists.retain(|(_, other)| listed(other) != listed(&text));
                files.lists.push((file, text));
            }
            words = own.words;
        }
        let mut groups = Groups::default();
        for (file, text) in &files.groups {
            groups.add(file, parsed::<GroupsSpec>(file, text)?)?;
        }
        let mut lists = Vec::new();
        for (file, text) in &files.lists {
            let spec: ListSpec = parsed(file, text)?;
            checked::list(file, &spec, &groups)?;
            let official = words.remove(&spec.list);
            lists.push(with_words(of_spec(file, spec)?, official));
        }
        lists.extend(words.into_iter().map(|(id, words)| plain(id, words)));
        Ok(Self { lists, groups })
    }

    /// The list called `id`.
    pub fn list(&self, id: &str) -> Option<&List> {
        self.lists.iter().find(|list| list.id == id)
    }

    /// Every item with its list, in the order of the lists.
    pub fn all(&self) -> impl Iterator<Item = (&List, &Problem)> {
        self.lists.iter().flat_map(|list| list.problems.iter().map(move |problem| (list, problem)))
    }

    /// The item that a finding names.
    pub fn get(&self, id: &ProblemId) -> Option<(&List, &Problem)> {
        let list = self.list(&id.list)?;
        Some((list, list.problems.iter().find(|problem| problem.number == id.number)?))
    }

    /// List, number and name of the items that a finding names with blanks between them, as its sentence says them; none where nobody knows
    /// them.
    pub fn said(&self, named: &str, lang: Lang) -> Option<String> {
        let said = |word| {
            let id = super::filter::id(word)?;
            let (list, problem) = self.get(&id)?;
            let (number, name) = (problem.number, problem.name(lang));
            Some(match lang {
                Lang::Zh => format!("《{}》第 {number} 项“{name}”", list.title.zh),
                Lang::En => format!("{}, item {number} \"{name}\"", list.title.en),
            })
        };
        let all: Option<Vec<String>> = named.split(' ').map(said).collect();
        all.map(|all| all.join(lang.pick("、", "; ")))
    }

    /// Ids of the rules that look for the items wanted: those of the shapes of their checks, and those they name.
    pub fn rules(&self, wanted: &ProblemFilter) -> BTreeSet<String> {
        let wanted = self.all().filter(|(list, problem)| wanted.holds(&list.id_of(problem)));
        let of = |problem: &Problem| {
            let shapes = problem.checks.iter().map(|check| check.shape.rule().to_owned());
            shapes.chain(problem.rules.iter().map(|link| link.id.clone())).collect::<Vec<_>>()
        };
        wanted.flat_map(|(_, problem)| of(problem)).collect()
    }

    /// Checks that the rules which items name are there.
    ///
    /// # Errors
    /// The first item whose rule nobody has.
    pub fn know_rules<'r>(&self, rules: impl Iterator<Item = &'r str> + Clone) -> Result<(), ProblemsError> {
        for (list, problem) in self.all() {
            for link in &problem.rules {
                if rules.clone().any(|known| known == link.id) {
                    continue;
                }
                let mut said = Text::new(format!("没有规则 {}", link.id), format!("there is no rule {}", link.id));
                if let Some(near) = nearest(&link.id, rules.clone()) {
                    said.zh.push_str(&format!("，是不是 {near}？"));
                    said.en.push_str(&format!(": did you mean {near}?"));
                }
                let place = checked::place(problem.number, None);
                return Err(ProblemsError::Invalid { file: list.id.clone(), place, problem: Box::new(said) });
            }
        }
        Ok(())
    }

    /// A sentence for a list that is not there, with the nearest one.
    pub fn unknown_list(&self, id: &str) -> Text {
        let ids: Vec<&str> = self.lists.iter().map(|list| list.id.as_str()).collect();
        match nearest(id, ids.iter().copied()) {
            Some(near) => Text::new(
                format!("没有问题清单 {id}，是不是 {near}？"),
                format!("there is no problem list {id}: did you mean {near}?"),
            ),
            None => {
                let known = ids.join(" ");
                Text::new(
                    format!("没有问题清单 {id}；有 {known}"),
                    format!("there is no problem list {id}: there are {known}"),
                )
            }
        }
    }
}

/// Texts of lists and groups, each with its file for messages, and official words by list.
#[derive(Debug, Default)]
struct Files {
    groups: Vec<(String, String)>,
    lists: Vec<(String, String)>,
    words: BTreeMap<String, Vec<Item>>,
}

fn embedded() -> Files {
    let mut files = Files::default();
    for file in EMBEDDED.files() {
        let (Some(name), Some(text)) = (file.path().file_name(), file.contents_utf8()) else { continue };
        let name = name.to_string_lossy();
        let place = format!("queries/problems/{name}");
        let target = if name == GROUPS_TOML { &mut files.groups } else { &mut files.lists };
        target.push((place, text.to_owned()));
    }
    files
}

impl Files {
    fn of_folder(folder: &Path) -> Result<Self, ProblemsError> {
        let fail = ProblemsError::io;
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
            .map_err(fail(folder))?;
        paths.sort();
        let mut files = Self::default();
        for path in paths {
            let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            match ending.as_str() {
                "toml" => {
                    let text = fs::read_to_string(&path).map_err(fail(&path))?;
                    let is_groups = path.file_name().is_some_and(|name| name == GROUPS_TOML);
                    let target = if is_groups { &mut files.groups } else { &mut files.lists };
                    target.push((path.display().to_string(), text));
                }
                "csv" => {
                    let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                    files.words.insert(id, published::stored(&path)?);
                }
                _ => {}
            }
        }
        Ok(files)
    }
}

fn parsed<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, ProblemsError> {
    toml::from_str(text).map_err(|source| ProblemsError::Toml { file: file.to_owned(), source: Box::new(source) })
}

/// The id that the text of a list gives it, if it can be read.
fn listed(text: &str) -> Option<String> {
    toml::from_str::<ListSpec>(text).ok().map(|spec| spec.list)
}

fn of_spec(file: &str, spec: ListSpec) -> Result<List, ProblemsError> {
    let day = |text: &Option<String>, open: i32| match text {
        None => Ok(open),
        Some(text) => calendar::parse_iso(text).ok_or_else(|| checked::no_day(file, checked::OF_THE_LIST, text)),
    };
    Ok(List {
        title: Text::new(spec.zh, spec.en),
        source: spec.source,
        // The days count from 1970, before which there are no claims.
        first_day: day(&spec.first_day, 0)?,
        last_day: day(&spec.last_day, OPEN_END_DAY)?,
        settings: spec.settings,
        problems: spec.problems.into_iter().map(problem).collect(),
        id: spec.list,
    })
}

fn problem(spec: ProblemSpec) -> Problem {
    Problem {
        number: spec.number,
        field: spec.field,
        kind: spec.kind,
        title: Some(spec.title),
        official: None,
        basis: spec.basis,
        status: spec.status,
        limits: spec.limits,
        ask: spec.ask,
        checks: spec.check,
        rules: spec.rule,
    }
}

/// The list with its official words beside each item; what has words only comes behind as not yet encoded, in the order of the words.
fn with_words(mut list: List, words: Option<Vec<Item>>) -> List {
    let Some(words) = words else { return list };
    let mut encoded: BTreeMap<u32, Problem> =
        std::mem::take(&mut list.problems).into_iter().map(|problem| (problem.number, problem)).collect();
    for item in words {
        let problem = match encoded.remove(&item.number) {
            Some(problem) => Problem { field: item.field, kind: item.kind, official: Some(item.text), ..problem },
            None => unencoded(item),
        };
        list.problems.push(problem);
    }
    list.problems.extend(encoded.into_values());
    list
}

/// A list that came as words only.
fn plain(id: String, words: Vec<Item>) -> List {
    let source = words.first().map(|item| item.source.clone()).unwrap_or_default();
    let title = if source.is_empty() { id.clone() } else { source.clone() };
    List {
        id,
        title: Text::new(title.clone(), title),
        source,
        first_day: 0,
        last_day: OPEN_END_DAY,
        settings: Vec::new(),
        problems: words.into_iter().map(unencoded).collect(),
    }
}

fn unencoded(item: Item) -> Problem {
    Problem {
        number: item.number,
        field: item.field,
        kind: item.kind,
        title: None,
        official: Some(item.text),
        basis: None,
        status: Status::NotEncoded,
        limits: None,
        ask: None,
        checks: Vec::new(),
        rules: Vec::new(),
    }
}

/// The embedded list that a published one is: as many items, nearly all with the same field and type.
pub(super) fn embedded_as(items: &[Item]) -> Result<Option<(String, Text)>, ProblemsError> {
    /// Items of ten that agree: a field or a type may be corrected in a later print.
    const AGREE_OF_TEN: usize = 9;
    let known = Problems::load(None)?;
    let same = |list: &List| {
        let of: BTreeSet<(u32, &str, &str)> = list
            .problems
            .iter()
            .map(|problem| (problem.number, problem.field.as_str(), problem.kind.as_str()))
            .collect();
        let agreeing =
            items.iter().filter(|item| of.contains(&(item.number, item.field.as_str(), item.kind.as_str()))).count();
        !items.is_empty() && of.len() == items.len() && agreeing * 10 >= items.len() * AGREE_OF_TEN
    };
    Ok(known.lists.into_iter().find(same).map(|list| (list.id, list.title)))
}
