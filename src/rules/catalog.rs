//! The catalog of rules: those embedded from `queries/` and those of a user's folder, each checked when it is loaded.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use super::error::RuleError;
use super::models::{self, REGULATION_ZH};
use super::params::{Values, check_declaration};
use super::shared::{STEPS_FOLDER, SharedSteps, StepFile, Wrong};
use super::spec::{Param, RuleSpec, SITUATION_FIELDS, Search};
use super::text::{Mistake, portable};
use crate::casestore::schema::{self, Layout};
use crate::fields;
use crate::lang::Text;
use crate::model::SuspectKind;
use crate::spelling::nearest;
use crate::sql::{Place, Reads, Statement, SyntaxError};

/// The rules of this repository, as files; whoever adds one writes no Rust.
static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/queries");

/// Folder of `queries/` that holds knowledge seeds instead of rules.
const KNOWLEDGE_FOLDER: &str = "knowledge";

/// Folder of `queries/` that holds problem lists.
const PROBLEMS_FOLDER: &str = "problems";

const RULE_TOML: &str = "rule.toml";
const RULE_SQL: &str = "rule.sql";
const CASES_TOML: &str = "cases.toml";

/// A rule that loaded: its description is consistent and its SQL portable.
#[derive(Debug, Clone)]
pub struct Rule {
    /// rule.toml.
    pub spec: RuleSpec,
    /// rule.sql with the shared steps it uses before it; none for a rule of the search for rings.
    statement: Option<Statement>,
    /// Counts the population.
    population: Statement,
    /// cases.toml as written, when there is one.
    pub cases: Option<String>,
    /// Folder it came from, for messages: below `queries/`, or as the user gave it.
    pub place: String,
}

impl Rule {
    /// The whole SQL as written, shared steps included, parameters as `:name`; empty for a rule of the search for rings.
    pub fn sql(&self) -> &str {
        self.statement.as_ref().map_or("", Statement::text)
    }

    /// The statement that finds the evidence, with parameters put in.
    ///
    /// # Errors
    /// If it is a rule of the search for rings, which has none. As [`Statement::with_parameters`].
    pub fn statement(&self, values: &Values) -> Result<Statement, SyntaxError> {
        match &self.statement {
            Some(statement) => values.put_into(statement),
            None => Err(SyntaxError {
                place: Place::START,
                problem: format!("{} has no SQL: the search for rings looks for it", self.spec.id),
            }),
        }
    }

    /// The statement that counts the population, with parameters put in.
    ///
    /// # Errors
    /// As [`Statement::with_parameters`].
    pub fn population(&self, values: &Values) -> Result<Statement, SyntaxError> {
        values.put_into(&self.population)
    }

    /// Whether the search for rings looks for it, and no SQL.
    pub fn is_ring(&self) -> bool {
        self.spec.search == Search::Rings
    }

    /// All tables it reads, the needed ones first.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.spec.all_tables()
    }
}

/// All rules of a run, by model and id.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    rules: Vec<Rule>,
    steps: SharedSteps,
}

impl Catalog {
    /// The rules embedded in the binary.
    ///
    /// # Errors
    /// If one of them is not well formed, which the tests rule out.
    pub fn embedded() -> Result<Self, RuleError> {
        let mut catalog = Self::default();
        let steps = EMBEDDED.get_dir(STEPS_FOLDER).into_iter().flat_map(Dir::files).filter_map(|file| {
            let sql = file.contents_utf8()?.to_owned();
            Some(StepFile { name: stem(file.path())?, sql, file: place(file.path()) })
        });
        catalog.steps.add(steps.collect())?;
        let no_rules = [KNOWLEDGE_FOLDER, PROBLEMS_FOLDER, STEPS_FOLDER].map(Path::new);
        for group in EMBEDDED.dirs().filter(|group| !no_rules.contains(&group.path())) {
            for folder in group.dirs() {
                let text = |name: &str| {
                    folder.entries().iter().find_map(|entry| match entry {
                        DirEntry::File(file) if file.path().file_name().is_some_and(|file| file == name) => {
                            file.contents_utf8().map(str::to_owned)
                        }
                        _ => None,
                    })
                };
                let files = RuleFiles {
                    rule: text(RULE_TOML),
                    sql: text(RULE_SQL),
                    cases: text(CASES_TOML),
                    group: Some(file_name(group.path())),
                    id: file_name(folder.path()),
                    place: place(folder.path()),
                    built_in: true,
                };
                catalog.add(files)?;
            }
        }
        catalog.steps.all_used(0, catalog.rules.iter().map(|rule| &rule.spec))?;
        catalog.sort();
        Ok(catalog)
    }

    /// The embedded rules, and beside them those below `folder` where one is given.
    ///
    /// # Errors
    /// As [`Self::embedded`] and [`Self::add_folder`].
    pub fn with_folder(folder: Option<&Path>) -> Result<Self, RuleError> {
        let mut catalog = Self::embedded()?;
        if let Some(folder) = folder {
            catalog.add_folder(folder)?;
        }
        Ok(catalog)
    }

    /// Adds the rules below a user's folder: every folder in it that holds a rule.toml, with the steps of the folder `steps` in it.
    ///
    /// # Errors
    /// If a file cannot be read, a rule or step is not well formed or not used, or its name is taken.
    pub fn add_folder(&mut self, root: &Path) -> Result<(), RuleError> {
        let (built_in_steps, built_in_rules) = (self.steps.len(), self.rules.len());
        self.steps.add(step_files(&root.join(STEPS_FOLDER))?)?;
        let mut found = false;
        for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
            let entry = entry.map_err(|error| RuleError::Io {
                path: error.path().unwrap_or(root).to_path_buf(),
                source: error.into(),
            })?;
            let Some(folder) = entry.path().parent().filter(|_| entry.file_name() == RULE_TOML) else { continue };
            found = true;
            let group =
                folder.parent().map(file_name).filter(|group| models::MODELS.iter().any(|model| model.folder == group));
            let files = RuleFiles {
                rule: read(&folder.join(RULE_TOML))?,
                sql: read(&folder.join(RULE_SQL))?,
                cases: read(&folder.join(CASES_TOML))?,
                group,
                id: file_name(folder),
                place: folder.display().to_string(),
                built_in: false,
            };
            self.add(files)?;
        }
        if !found {
            return Err(RuleError::Invalid {
                file: root.display().to_string(),
                field: "--rules-dir".to_owned(),
                problem: "no folder in it holds a rule.toml".to_owned(),
                remedy: "give the folder above your rules' folders".to_owned(),
            });
        }
        self.steps.all_used(built_in_steps, self.rules[built_in_rules..].iter().map(|rule| &rule.spec))?;
        self.sort();
        Ok(())
    }

    /// All rules, by model and id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule called `id`.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.spec.id == id)
    }

    /// A sentence for a name that no rule has, with the nearest one.
    pub fn unknown(&self, id: &str) -> Text {
        match nearest(id, self.rules.iter().map(|rule| rule.spec.id.as_str())) {
            Some(near) => Text::new(
                format!("没有规则 {id}，是不是 {near}？"),
                format!("there is no rule {id}: did you mean {near}?"),
            ),
            None => Text::new(format!("没有规则 {id}"), format!("there is no rule {id}")),
        }
    }

    fn add(&mut self, files: RuleFiles) -> Result<(), RuleError> {
        let rule = files.load(&self.steps)?;
        if let Some(other) = self.rule(&rule.spec.id) {
            return Err(RuleError::Invalid {
                file: format!("{}/{RULE_TOML}", rule.place),
                field: "id".to_owned(),
                problem: format!("{:?} is already the rule in {}", rule.spec.id, other.place),
                remedy: "give the rule and its folder another name".to_owned(),
            });
        }
        self.rules.push(rule);
        Ok(())
    }

    fn sort(&mut self) {
        self.rules.sort_by(|a, b| (a.spec.model, &a.spec.id).cmp(&(b.spec.model, &b.spec.id)));
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The name of a step's file without its ending; nothing for a file of another kind.
fn stem(path: &Path) -> Option<String> {
    let is_sql = path.extension().is_some_and(|ending| ending == "sql");
    path.file_stem().filter(|_| is_sql).map(|name| name.to_string_lossy().into_owned())
}

/// Path of an embedded file or folder, for messages.
fn place(path: &Path) -> String {
    format!("queries/{}", path.to_string_lossy().replace('\\', "/"))
}

/// The steps of a user's folder; none where there is no such folder, or a rule has its name.
fn step_files(folder: &Path) -> Result<Vec<StepFile>, RuleError> {
    if !folder.is_dir() || folder.join(RULE_TOML).is_file() {
        return Ok(Vec::new());
    }
    let fail = |source| RuleError::Io { path: folder.to_path_buf(), source };
    let mut paths = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>())
        .map_err(fail)?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if let Some(name) = stem(&path)
            && let Some(sql) = read(&path)?
        {
            files.push(StepFile { name, sql, file: path.display().to_string() });
        }
    }
    Ok(files)
}

/// The text of a file, or nothing when there is no such file.
fn read(path: &Path) -> Result<Option<String>, RuleError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RuleError::Io { path: path.to_path_buf(), source }),
    }
}

/// The texts of one rule's folder before they are checked.
struct RuleFiles {
    rule: Option<String>,
    sql: Option<String>,
    cases: Option<String>,
    /// Name of the folder above, where it has to be a model's.
    group: Option<String>,
    /// Name of the folder.
    id: String,
    place: String,
    /// Whether it is one of this repository's.
    built_in: bool,
}

impl RuleFiles {
    fn load(self, steps: &SharedSteps) -> Result<Rule, RuleError> {
        let file = format!("{}/{RULE_TOML}", self.place);
        let missing = |name: &str| RuleError::Invalid {
            file: self.place.clone(),
            field: name.to_owned(),
            problem: "the file is missing".to_owned(),
            remedy: format!("a rule is a folder of {RULE_TOML}, {RULE_SQL} and {CASES_TOML}"),
        };
        let text = self.rule.as_deref().ok_or_else(|| missing(RULE_TOML))?;
        let spec: RuleSpec =
            toml::from_str(text).map_err(|source| RuleError::Toml { file: file.clone(), source: Box::new(source) })?;
        let check = SpecCheck { file: &file, spec: &spec };
        check.identity(&self.id, self.group.as_deref())?;
        check.basis()?;
        check.fields()?;
        check.tables()?;
        check.params()?;
        check.situation()?;
        let population = check.population()?;
        let statement = match (spec.search, &self.sql) {
            (Search::Sql, sql) => {
                let sql = sql.as_deref().ok_or_else(|| missing(RULE_SQL))?;
                let place = format!("{}/{RULE_SQL}", self.place);
                let own = portable(sql).map_err(|mistake| mistake.in_file(&place))?;
                let whole = steps.put_before(&spec, own.clone()).map_err(|wrong| match wrong {
                    Wrong::Text(mistake) => mistake.in_file(&place),
                    Wrong::Spec { field, problem, remedy } => check.fail(field, problem, remedy),
                })?;
                check_params(&spec, [&own, &whole, &population]).map_err(|mistake| mistake.in_file(&place))?;
                Some(whole)
            }
            // The search takes parameters by name: a rule that it does not know would be a rule that nobody looks for.
            (Search::Rings, None) if self.built_in && spec.steps.is_empty() => None,
            (Search::Rings, _) => {
                return Err(check.fail(
                    "search",
                    "rings, but the search for rings serves built-in rules only, which have no rule.sql",
                    "take the line out and write a rule.sql",
                ));
            }
        };
        Ok(Rule { spec, statement, population, cases: self.cases, place: self.place })
    }
}

/// Checks of rule.toml that its types do not make.
struct SpecCheck<'a> {
    file: &'a str,
    spec: &'a RuleSpec,
}

impl SpecCheck<'_> {
    fn fail(&self, field: impl Into<String>, problem: impl Into<String>, remedy: impl Into<String>) -> RuleError {
        RuleError::Invalid {
            file: self.file.to_owned(),
            field: field.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    fn identity(&self, folder: &str, group: Option<&str>) -> Result<(), RuleError> {
        let spec = self.spec;
        if spec.id != folder {
            let problem = format!("{:?} but the folder is {folder:?}", spec.id);
            return Err(self.fail("id", problem, "give both the same name"));
        }
        let well_formed = spec
            .id
            .split('-')
            .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        if !well_formed {
            let problem = format!("{:?} is no rule name", spec.id);
            return Err(self.fail("id", problem, "use lower-case words with hyphens, such as split-stay"));
        }
        let Some(model) = models::model(spec.model) else {
            return Err(self.fail("model", format!("{} is not 1 to 9", spec.model), "see docs/rules/README.md"));
        };
        if let Some(group) = group.filter(|group| *group != model.folder) {
            let problem = format!("{} but the rule is under {group}", spec.model);
            return Err(self.fail("model", problem, format!("model {} lives under {}", spec.model, model.folder)));
        }
        if !(spec.confidence > 0.0 && spec.confidence <= 1.0) {
            let problem = format!("{} is not a share", spec.confidence);
            return Err(self.fail("confidence", problem, "give a number above 0, at most 1"));
        }
        if spec.concerns.is_empty() || spec.concerns.contains(&SuspectKind::Ring) {
            let problem = "it names nobody, or a ring, which only the sharing graphs find";
            return Err(self.fail("concerns", problem, "name institution, practitioner, person: the likeliest first"));
        }
        Ok(())
    }

    fn basis(&self) -> Result<(), RuleError> {
        let basis = &self.spec.basis;
        if let Some(model) = models::model(self.spec.model)
            && (basis.regulation.as_str(), basis.article, basis.item) != (REGULATION_ZH, model.article, model.item)
        {
            let problem = format!("{} article {} item {}", basis.regulation, basis.article, basis.item);
            let remedy = format!(
                "model {} rests on {REGULATION_ZH} article {} item {}",
                model.number, model.article, model.item
            );
            return Err(self.fail("basis", problem, remedy));
        }
        Ok(())
    }

    fn fields(&self) -> Result<(), RuleError> {
        for tag in &self.spec.fields {
            match fields::field(tag) {
                Ok(field) if field.tag() == tag => {}
                Ok(field) => {
                    return Err(self.fail(
                        "fields",
                        format!("{tag} is another name"),
                        format!("write {}", field.tag()),
                    ));
                }
                Err(problem) => {
                    return Err(self.fail("fields", problem.en, "src/fields/fields.toml lists the fields"));
                }
            }
        }
        Ok(())
    }

    fn tables(&self) -> Result<(), RuleError> {
        let spec = self.spec;
        let mut seen = BTreeSet::new();
        for (field, tables) in
            [("tables", &spec.tables), ("any_tables", &spec.any_tables), ("optional_tables", &spec.optional_tables)]
        {
            for name in tables {
                if schema::table(name).is_none() {
                    let near = nearest(name, schema::TABLES.iter().map(|table| table.name.as_str()));
                    let remedy = near.map_or_else(
                        || "docs/case-store.md lists the tables".to_owned(),
                        |near| format!("did you mean {near}? docs/case-store.md lists the tables"),
                    );
                    return Err(self.fail(field, format!("there is no table {name}"), remedy));
                }
                if !seen.insert(name) {
                    return Err(self.fail(field, format!("{name} stands there twice"), "name each table once"));
                }
            }
        }
        if spec.tables.is_empty() {
            return Err(self.fail("tables", "none", "name the tables without which the rule says nothing"));
        }
        if spec.scope == super::spec::Scope::Person && !seen.iter().any(|name| is_bucketed(name)) {
            let problem = "person, but no table of the rule is split by person";
            return Err(self.fail("scope", problem, "write scope = \"area\""));
        }
        for column in &spec.columns {
            let known = column
                .split_once('.')
                .filter(|(table, _)| spec.tables.iter().any(|name| name == table))
                .and_then(|(table, column)| schema::table(table)?.column(column));
            if known.is_none() {
                let problem = format!("there is no column {column} in the tables of the rule");
                return Err(self.fail("columns", problem, "write table.column with a table named in tables"));
            }
        }
        Ok(())
    }

    fn params(&self) -> Result<(), RuleError> {
        for (name, param) in &self.spec.params {
            let field = format!("params.{name}");
            check_declaration(param)
                .map_err(|problem| self.fail(field.clone(), problem, "change type, default or range"))?;
            if !param.edge && param.why.is_empty() {
                return Err(self.fail(field, "edge = false without a why", "say why neither direction fires more"));
            }
            self.unit(name, param)?;
        }
        Ok(())
    }

    fn unit(&self, name: &str, param: &Param) -> Result<(), RuleError> {
        if super::explain::unit_zh(&param.unit).is_some() {
            return Ok(());
        }
        let remedy = format!("use one of {}", super::explain::units().collect::<Vec<_>>().join(", "));
        Err(self.fail(format!("params.{name}.unit"), format!("{:?} is not a known unit", param.unit), remedy))
    }

    fn population(&self) -> Result<Statement, RuleError> {
        let fail = |problem, remedy| self.fail("population.from", problem, remedy);
        let sql = format!("SELECT COUNT(*) AS row_count FROM {}", self.spec.population.from);
        let statement = portable(&sql).map_err(|mistake| fail(mistake.problem, mistake.remedy))?;
        let reads = Reads::of(&statement, schema::column_names);
        if let Some(read) = reads.iter().find(|read| !self.spec.all_tables().any(|name| name == read.table)) {
            let problem = format!("{} is no table that rule.toml names", read.table);
            return Err(fail(problem, "add it to tables, any_tables or optional_tables".to_owned()));
        }
        match statement.parameters().iter().find(|(name, _)| !self.spec.params.contains_key(name)) {
            Some((name, _)) => Err(fail(format!(":{name} is not declared"), format!("add [params.{name}]"))),
            None => Ok(statement),
        }
    }

    fn situation(&self) -> Result<(), RuleError> {
        for (lang, text) in [("zh", &self.spec.situation.zh), ("en", &self.spec.situation.en)] {
            for piece in text.split('{').skip(1) {
                let name = piece.split('}').next().unwrap_or_default();
                if !piece.contains('}') || !SITUATION_FIELDS.contains(&name) {
                    let problem = format!("{{{name}}} is nothing a finding has");
                    let remedy = format!("use {}", SITUATION_FIELDS.join(", "));
                    return Err(self.fail(format!("situation.{lang}"), problem, remedy));
                }
            }
        }
        Ok(())
    }
}

/// Whether a table of the store is split by person.
fn is_bucketed(name: &str) -> bool {
    schema::table(name).is_some_and(|table| table.layout == Layout::Bucketed)
}

/// Checks that the parameters of rule.toml and those of the rule's own text and of all its texts are the same.
fn check_params(spec: &RuleSpec, [own, whole, population]: [&Statement; 3]) -> Result<(), Mistake> {
    if let Some((name, place)) = own.parameters().into_iter().find(|(name, _)| !spec.params.contains_key(name)) {
        let remedy = format!("add [params.{name}] to rule.toml");
        return Err(Mistake { place, problem: format!(":{name} is not declared"), remedy });
    }
    let used = [whole.parameters(), population.parameters()].concat();
    match spec.params.keys().find(|name| !used.iter().any(|(used, _)| used == *name)) {
        Some(name) => {
            let remedy = "use it or take it out of rule.toml".to_owned();
            Err(Mistake { place: Place::START, problem: format!(":{name} is not used"), remedy })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "SELECT visit_key AS case_key, 'suspect' AS role, visit_key, gross_fen, inscp_fen, fund_fen,
       settlements AS measure, :most AS threshold
FROM visit
WHERE settlements > :most";

    const TOML: &str = r#"
id = "many-settlements"
model = 1
since = "0.1.0"
status = "stable"
grade = "lead"
scope = "person"
confidence = 0.5
concerns = ["institution", "practitioner"]
tables = ["visit"]
basis = { regulation = "医疗保障基金使用监督管理条例", article = 38, item = 1 }
title = { zh = "结算次数多", en = "Many settlements" }
population = { from = "visit", zh = "就诊人次", en = "visits" }
situation = { zh = "结算 {measure} 次", en = "{measure} settlements" }
[params.most]
type = "int"
default = 3
range = [1, 90]
unit = "times"
why = "test"
why_zh = "测试"
[text.zh]
finds = "结算次数多"
breaks = "测试"
innocent = []
ask_for = []
[text.en]
finds = "many settlements"
breaks = "test"
innocent = []
ask_for = []
"#;

    fn files(toml: &str, sql: &str) -> RuleFiles {
        RuleFiles {
            rule: Some(toml.to_owned()),
            sql: Some(sql.to_owned()),
            cases: None,
            group: Some("01-stay-splitting".to_owned()),
            id: "many-settlements".to_owned(),
            place: "here".to_owned(),
            built_in: false,
        }
    }

    fn load(toml: &str, sql: &str) -> Result<Rule, String> {
        files(toml, sql).load(&SharedSteps::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_well_formed_rule_loads() {
        let rule = load(TOML, SQL).unwrap();
        let values = Values::defaults(&rule.spec.params);
        assert!(rule.statement(&values).unwrap().text().contains("settlements > CAST(3 AS BIGINT)"));
        assert_eq!(rule.sql(), SQL);
        assert_eq!(rule.population(&values).unwrap().text(), "SELECT COUNT(*) AS row_count FROM visit");
    }

    #[test]
    fn each_mistake_is_named_with_its_remedy() {
        for (from, to, message) in [
            (
                "id = \"many-settlements\"",
                "id = \"other\"",
                "here/rule.toml: id: \"other\" but the folder is \"many-settlements\"; give both the same name",
            ),
            (
                "model = 1",
                "model = 3",
                "here/rule.toml: model: 3 but the rule is under 01-stay-splitting; model 3 lives under 03-duplicate-billing",
            ),
            (
                "item = 1",
                "item = 2",
                "here/rule.toml: basis: 医疗保障基金使用监督管理条例 article 38 item 2; model 1 rests on 医疗保障基金使用监督管理条例 article 38 item 1",
            ),
            (
                "[\"visit\"]",
                "[\"visits\"]",
                "here/rule.toml: tables: there is no table visits; did you mean visit? docs/case-store.md lists the tables",
            ),
            (
                "tables = [",
                "columns = [\"visit.beds\"]\ntables = [",
                "here/rule.toml: columns: there is no column visit.beds in the tables of the rule; write table.column with a table named in tables",
            ),
            (
                "default = 3",
                "default = 0",
                "here/rule.toml: params.most: default: 0 is out of range: give 1 to 90 (times); change type, default or range",
            ),
            (
                "{measure} 次",
                "{beds} 次",
                "here/rule.toml: situation.zh: {beds} is nothing a finding has; use measure, threshold",
            ),
            (
                "from = \"visit\"",
                "from = \"fee\"",
                "here/rule.toml: population.from: fee is no table that rule.toml names; add it to tables, any_tables or optional_tables",
            ),
            (
                "scope = \"person\"",
                "scope = \"person\"\nsearch = \"rings\"",
                "here/rule.toml: search: rings, but the search for rings serves built-in rules only, which have no rule.sql; take the line out and write a rule.sql",
            ),
            (
                "confidence = 0.5",
                "confidence = 5",
                "here/rule.toml: confidence: 5 is not a share; give a number above 0, at most 1",
            ),
            (
                "concerns = [\"institution\", \"practitioner\"]",
                "concerns = []",
                "here/rule.toml: concerns: it names nobody, or a ring, which only the sharing graphs find; name institution",
            ),
        ] {
            let error = load(&TOML.replacen(from, to, 1), SQL).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
        let unknown = load(&TOML.replacen("grade", "colour = 1\ngrade", 1), SQL).unwrap_err();
        assert!(unknown.contains("unknown field `colour`"), "{unknown}");
    }

    #[test]
    fn parameters_of_text_and_declaration_agree() {
        let undeclared = load(TOML, &SQL.replacen(":most", ":least", 1)).unwrap_err();
        assert_eq!(
            undeclared,
            "here/rule.sql: line 2, column 32: :least is not declared; add [params.least] to rule.toml"
        );
        let unused = load(TOML, &SQL.replace(":most", "1")).unwrap_err();
        assert_eq!(unused, "here/rule.sql: line 1, column 1: :most is not used; use it or take it out of rule.toml");
    }

    #[test]
    fn portability_is_checked() {
        let error = load(TOML, &format!("{SQL}\nLIMIT 3")).unwrap_err();
        assert!(
            error.starts_with("here/rule.sql: line 5, column 1: LIMIT is not portable; number the rows"),
            "{error}"
        );
    }

    #[test]
    fn a_table_that_is_not_declared_is_found_wherever_it_stands() {
        for (from, to, message) in [
            (
                "FROM visit",
                "FROM visit, fee",
                "line 3, column 11: a comma between tables is not portable; write JOIN … ON",
            ),
            (
                "FROM visit",
                "FROM (SELECT * FROM fee) AS visit",
                "line 3, column 21: fee is neither a CTE nor a table that rule.toml names; add it to tables",
            ),
            (
                "settlements > :most",
                "settlements > :most UNION ALL SELECT * FROM operation",
                "line 4, column 51: operation is neither a CTE nor a table that rule.toml names",
            ),
            (
                "SELECT visit_key",
                "SELEC visit_key",
                "line 1, column 1: a text that begins with neither WITH nor SELECT",
            ),
            (
                "FROM visit",
                "FROM visit WHERE (",
                "line 4, column 7: expected: ), found: settlements; correct the text there",
            ),
        ] {
            let error = load(TOML, &SQL.replacen(from, to, 1)).unwrap_err();
            let expected = format!("here/rule.sql: {message}");
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    /// What the engines get is written from the tree: it has to say what rule.sql says.
    #[test]
    fn every_rule_and_population_is_written_as_it_is_read() {
        let catalog = Catalog::embedded().unwrap();
        for rule in catalog.rules() {
            for statement in rule.statement.iter().chain([&rule.population]) {
                let written = statement.with_parameters(|_| None).unwrap();
                let again = written.with_parameters(|_| None).unwrap();
                assert_eq!(again.text(), written.text(), "{}", rule.spec.id);
                assert_eq!(again.parameters().len(), statement.parameters().len(), "{}", rule.spec.id);
            }
        }
    }

    fn steps(files: &[(&str, &str)]) -> Result<SharedSteps, String> {
        let files = files.iter().map(|(name, sql)| StepFile {
            name: (*name).to_owned(),
            sql: (*sql).to_owned(),
            file: format!("steps/{name}.sql"),
        });
        let mut steps = SharedSteps::default();
        steps.add(files.collect()).map_err(|error| error.to_string())?;
        Ok(steps)
    }

    const LONG: (&str, &str) =
        ("long_visit", "-- Visits settled more than :least times.\nSELECT * FROM often\nWHERE settlements > :least");
    const OFTEN: (&str, &str) = (
        "often",
        "-- Visits with settlements.\nWITH settled AS (SELECT * FROM visit WHERE settlements > 0)\nSELECT * FROM settled",
    );

    /// The rule over the step `long_visit`.
    fn load_stepped(toml: &str, sql: &str) -> Result<Rule, String> {
        let steps = steps(&[LONG, OFTEN]).unwrap();
        files(toml, sql).load(&steps).map_err(|error| error.to_string())
    }

    #[test]
    fn a_rule_reads_shared_steps_and_shows_them() {
        let least = TOML.split_once("[params.most]").unwrap().1.split_once("[text.zh]").unwrap().0;
        let toml = TOML.replacen("tables = ", "steps = [\"long_visit\"]\ntables = ", 1).replacen(
            "[text.zh]",
            &format!("[params.least]{least}[text.zh]"),
            1,
        );
        let sql = SQL.replace("FROM visit", "FROM long_visit");
        let rule = load_stepped(&toml, &sql).unwrap();
        let expected = "WITH settled AS (SELECT * FROM visit WHERE settlements > 0),\n\noften AS (\n    -- Visits with settlements.\n    \
                        SELECT * FROM settled\n),\n\nlong_visit AS (\n    -- Visits settled more than :least times.\n    \
                        SELECT * FROM often\n    WHERE settlements > :least\n)\n\nSELECT visit_key AS case_key";
        assert!(rule.sql().starts_with(expected), "{}", rule.sql());
        for (toml, sql, message) in [
            (
                toml.replace("[\"long_visit\"]", "[]"),
                sql.clone(),
                "here/rule.sql: line 3, column 6: long_visit is neither a CTE nor a table that rule.toml names; add it to steps",
            ),
            (
                toml.replace("long_visit", "long_visits"),
                sql.clone(),
                "here/rule.toml: steps: there is no step long_visits; did you mean long_visit? queries/steps",
            ),
            (toml.clone(), SQL.to_owned(), "here/rule.toml: steps: rule.sql does not read long_visit; take it out"),
            (
                toml.replace("params.least", "params.fewest"),
                sql.clone(),
                "here/rule.toml: params: the step long_visit takes :least, which is not declared; add [params.least]",
            ),
            (
                toml.replace("\"visit\"", "\"settlement\"")
                    .replace("scope = \"person\"", "scope = \"area\"")
                    .replace("from = \"visit\"", "from = \"settlement\""),
                sql.clone(),
                "here/rule.toml: tables: the step often reads visit, which is not named; add it to tables, any_tables or optional_tables",
            ),
            (
                toml.clone(),
                format!("WITH settled AS (SELECT visit_key FROM visit)\n{sql}"),
                "here/rule.sql: line 1, column 6: the CTE name settled is taken by the step often; name the CTE after what its rows are",
            ),
            (
                toml.clone(),
                format!("{sql} UNION ALL SELECT * FROM settled"),
                "here/rule.sql: line 4, column 51: settled is neither a CTE nor a table that rule.toml names; add it to tables",
            ),
        ] {
            let error = load_stepped(&toml, &sql).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn each_mistake_in_a_step_is_named_with_its_remedy() {
        let read = |name: &str| format!("-- Rows of {name}.\nSELECT visit_key FROM {name}");
        for (files, message) in [
            (
                vec![("fee", read("visit"))],
                "steps/fee.sql: name: a table is called fee; name the step after what its rows are",
            ),
            (
                vec![("Long-visit", read("visit"))],
                "steps/Long-visit.sql: name: \"Long-visit\" is no name of a step; use lower-case words",
            ),
            (
                vec![("a", read("visit")), ("a", read("fee"))],
                "steps/a.sql: name: a is already the step in steps/a.sql; give it another name",
            ),
            (
                vec![("a", read("b")), ("b", read("c")), ("c", read("a"))],
                "steps/a.sql: steps: steps read each other in a circle: a reads b reads c reads a; move",
            ),
            (vec![("a", read("a"))], "steps/a.sql: steps: steps read each other in a circle: a reads a; move"),
            (
                vec![("a", read("b"))],
                "steps/a.sql: line 2, column 23: b is neither a CTE nor a step nor a table; docs/case-store.md",
            ),
            (
                vec![("a", "SELECT visit_key FROM visit".to_owned())],
                "steps/a.sql: line 1, column 1: it does not begin with a comment; begin with --",
            ),
            (
                vec![("a", "-- Rows.\nSELECT ROUND(x) AS x FROM visit".to_owned())],
                "steps/a.sql: line 2, column 8: ROUND() is not portable; engines round",
            ),
        ] {
            let files: Vec<_> = files.iter().map(|(name, sql)| (*name, sql.as_str())).collect();
            let error = steps(&files).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
        let unused = steps(&[LONG, OFTEN]).unwrap().all_used(0, std::iter::empty()).unwrap_err().to_string();
        assert!(
            unused.starts_with("steps/often.sql: name: no rule uses the step often; name it in steps of a rule.toml"),
            "{unused}"
        );
    }

    #[test]
    fn a_users_folder_may_bring_steps() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("many-settlements");
        let steps = folder.path().join(STEPS_FOLDER);
        fs::create_dir_all(&place).unwrap();
        fs::create_dir_all(&steps).unwrap();
        fs::write(steps.join("often.sql"), OFTEN.1).unwrap();
        fs::write(steps.join("notes.txt"), "of the team").unwrap();
        fs::write(place.join(RULE_TOML), TOML.replacen("tables = ", "steps = [\"often\"]\ntables = ", 1)).unwrap();
        fs::write(place.join(RULE_SQL), SQL.replace("FROM visit", "FROM often")).unwrap();
        let mut catalog = Catalog::embedded().unwrap();
        catalog.add_folder(folder.path()).unwrap();
        assert!(catalog.rule("many-settlements").unwrap().sql().contains("often AS ("));

        fs::write(steps.join("splittable_stay.sql"), OFTEN.1).unwrap();
        let taken = Catalog::embedded().unwrap().add_folder(folder.path()).unwrap_err().to_string();
        assert!(
            taken.ends_with("is already the step in queries/steps/splittable_stay.sql; give it another name"),
            "{taken}"
        );
    }

    #[test]
    fn a_user_rule_may_not_take_an_id() {
        let mut catalog = Catalog::default();
        catalog.add(files(TOML, SQL)).unwrap();
        assert!(catalog.add(files(TOML, SQL)).unwrap_err().to_string().contains("is already the rule in here"));
    }
}
