//! The catalog of rules: those embedded from `queries/` and those of a user's folder, each checked when it is loaded.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use super::error::{RuleError, nearest};
use super::models::{self, REGULATION_ZH};
use super::params::{Values, check_declaration};
use super::portable;
use super::spec::{Param, RuleSpec, SITUATION_FIELDS, Search};
use super::tokens::{Token, TokenKind, ctes, tokenise};
use crate::casestore::schema::{self, Layout};
use crate::fields;
use crate::findings::model::SuspectKind;
use crate::lang::Text;

/// The rules of this repository, as files; whoever adds one writes no Rust.
static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/queries");

/// Folder of `queries/` that holds knowledge seeds instead of rules.
const KNOWLEDGE_FOLDER: &str = "knowledge";

const RULE_TOML: &str = "rule.toml";
const RULE_SQL: &str = "rule.sql";
const CASES_TOML: &str = "cases.toml";

/// A rule that loaded: its description is consistent and its SQL portable.
#[derive(Debug, Clone)]
pub struct Rule {
    /// rule.toml.
    pub spec: RuleSpec,
    /// rule.sql as written, parameters as `:name`; empty for a rule of the search for rings.
    pub sql: String,
    /// cases.toml as written, when there is one.
    pub cases: Option<String>,
    /// Folder it came from, for messages: below `queries/`, or as the user gave it.
    pub place: String,
}

impl Rule {
    /// The SQL with parameters put in.
    pub fn sql_with(&self, values: &Values) -> String {
        values.substitute(&self.sql, &self.tokens())
    }

    /// The SQL that counts the population, with parameters put in.
    pub fn population_sql(&self, values: &Values) -> String {
        let sql = population_sql(&self.spec);
        let tokens = tokenise(&sql).unwrap_or_default();
        values.substitute(&sql, &tokens)
    }

    /// Whether the search for rings looks for it, and no SQL.
    pub fn is_ring(&self) -> bool {
        self.spec.search == Search::Rings
    }

    /// All tables it reads, the needed ones first.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.spec.all_tables()
    }

    /// Loading has tokenised the text before, so it cannot fail here.
    fn tokens(&self) -> Vec<Token<'_>> {
        tokenise(&self.sql).unwrap_or_default()
    }
}

fn population_sql(spec: &RuleSpec) -> String {
    format!("SELECT COUNT(*) AS row_count FROM {}", spec.population.from)
}

/// All rules of a run, by model and id.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    rules: Vec<Rule>,
}

impl Catalog {
    /// The rules embedded in the binary.
    ///
    /// # Errors
    /// If one of them is not well formed, which the tests rule out.
    pub fn embedded() -> Result<Self, RuleError> {
        let mut catalog = Self::default();
        for group in EMBEDDED.dirs().filter(|group| group.path() != Path::new(KNOWLEDGE_FOLDER)) {
            for folder in group.dirs() {
                let place = format!("queries/{}", folder.path().to_string_lossy().replace('\\', "/"));
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
                    place,
                    built_in: true,
                };
                catalog.add(files.load()?)?;
            }
        }
        catalog.sort();
        Ok(catalog)
    }

    /// Adds the rules below a user's folder: every folder in it that holds a rule.toml.
    ///
    /// # Errors
    /// If a file cannot be read, a rule is not well formed, or its id is taken.
    pub fn add_folder(&mut self, root: &Path) -> Result<(), RuleError> {
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
            self.add(files.load()?)?;
        }
        if !found {
            return Err(RuleError::Invalid {
                file: root.display().to_string(),
                field: "--rules-dir".to_owned(),
                problem: "no folder in it holds a rule.toml".to_owned(),
                remedy: "give the folder above your rules' folders".to_owned(),
            });
        }
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

    fn add(&mut self, rule: Rule) -> Result<(), RuleError> {
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
    fn load(self) -> Result<Rule, RuleError> {
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
        let sql_check = SqlCheck { file: &format!("{}/{RULE_SQL}", self.place), spec: &spec };
        let sql = match (spec.search, self.sql) {
            (Search::Sql, sql) => {
                let sql = sql.ok_or_else(|| missing(RULE_SQL))?;
                sql_check.check(&sql)?;
                sql
            }
            // The search takes parameters by name: a rule that it does not know would be a rule that nobody looks for.
            (Search::Rings, None) if self.built_in => {
                sql_check.population()?;
                String::new()
            }
            (Search::Rings, _) => {
                return Err(check.fail(
                    "search",
                    "rings, but the search for rings serves built-in rules only, which have no rule.sql",
                    "take the line out and write a rule.sql",
                ));
            }
        };
        Ok(Rule { spec, sql, cases: self.cases, place: self.place })
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

/// Where the population's text stands, for messages.
const POPULATION_FIELD: &str = "population.from of rule.toml: ";

/// Checks of rule.sql against rule.toml and for portability.
struct SqlCheck<'a> {
    file: &'a str,
    spec: &'a RuleSpec,
}

impl SqlCheck<'_> {
    fn fail(&self, line: usize, problem: impl Into<String>, remedy: impl Into<String>) -> RuleError {
        RuleError::Invalid {
            file: self.file.to_owned(),
            field: format!("line {line}"),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    fn check(&self, sql: &str) -> Result<(), RuleError> {
        let population = population_sql(self.spec);
        let tokens = self.tokens("", sql)?;
        self.params(&tokens, &self.tokens(POPULATION_FIELD, &population)?)
    }

    /// The population of a rule without SQL of its own.
    fn population(&self) -> Result<(), RuleError> {
        self.tokens(POPULATION_FIELD, &population_sql(self.spec)).map(|_| ())
    }

    /// The tokens of a text that is portable and reads declared tables only. `field` says where it stands, if not in rule.sql.
    fn tokens<'t>(&self, field: &str, sql: &'t str) -> Result<Vec<Token<'t>>, RuleError> {
        let tokens = tokenise(sql).map_err(|error| {
            self.fail(error.line, format!("the {} that begins there does not end", error.what), "end it")
        })?;
        if let Some(refusal) = portable::refusals(&tokens).into_iter().next() {
            let problem = format!("{field}{} is not portable", refusal.construct);
            return Err(self.fail(refusal.line, problem, refusal.instead));
        }
        self.tables(&tokens)?;
        Ok(tokens)
    }

    /// Every table read is declared: otherwise a missing one would be an error instead of "not applicable".
    fn tables(&self, tokens: &[Token<'_>]) -> Result<(), RuleError> {
        let steps: Vec<_> = ctes(tokens).iter().map(|step| step.name.text).collect();
        for pair in tokens.windows(2) {
            let [before, token] = pair else { continue };
            let reads = before.is_word("FROM") || before.is_word("JOIN");
            if !reads || token.kind != TokenKind::Word || steps.contains(&token.text) {
                continue;
            }
            let declared = self.spec.all_tables().any(|name| name == token.text);
            if !declared {
                let problem = format!("{} is neither a CTE nor a table that rule.toml names", token.text);
                return Err(self.fail(token.line, problem, "add it to tables, any_tables or optional_tables"));
            }
        }
        Ok(())
    }

    fn params(&self, tokens: &[Token<'_>], population: &[Token<'_>]) -> Result<(), RuleError> {
        let mut used = BTreeSet::new();
        for token in tokens.iter().chain(population).filter(|token| token.kind == TokenKind::Parameter) {
            if !self.spec.params.contains_key(token.text) {
                let problem = format!(":{} is not declared", token.text);
                return Err(self.fail(token.line, problem, format!("add [params.{}] to rule.toml", token.text)));
            }
            used.insert(token.text);
        }
        match self.spec.params.keys().find(|name| !used.contains(name.as_str())) {
            Some(name) => Err(self.fail(1, format!(":{name} is not used"), "use it or take it out of rule.toml")),
            None => Ok(()),
        }
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

    fn load(toml: &str, sql: &str) -> Result<Rule, String> {
        let files = RuleFiles {
            rule: Some(toml.to_owned()),
            sql: Some(sql.to_owned()),
            cases: None,
            group: Some("01-stay-splitting".to_owned()),
            id: "many-settlements".to_owned(),
            place: "here".to_owned(),
            built_in: false,
        };
        files.load().map_err(|error| error.to_string())
    }

    #[test]
    fn a_well_formed_rule_loads() {
        let rule = load(TOML, SQL).unwrap();
        let values = Values::defaults(&rule.spec.params);
        assert!(rule.sql_with(&values).contains("settlements > CAST(3 AS BIGINT)"));
        assert_eq!(rule.population_sql(&values), "SELECT COUNT(*) AS row_count FROM visit");
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
                "here/rule.sql: line 1: fee is neither a CTE nor a table that rule.toml names; add it to tables, any_tables or optional_tables",
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
        assert_eq!(undeclared, "here/rule.sql: line 2: :least is not declared; add [params.least] to rule.toml");
        let unused = load(TOML, &SQL.replace(":most", "1")).unwrap_err();
        assert_eq!(unused, "here/rule.sql: line 1: :most is not used; use it or take it out of rule.toml");
    }

    #[test]
    fn portability_is_checked() {
        let error = load(TOML, &format!("{SQL}\nLIMIT 3")).unwrap_err();
        assert!(error.starts_with("here/rule.sql: line 5: LIMIT is not portable; number the rows"), "{error}");
    }

    #[test]
    fn a_user_rule_may_not_take_an_id() {
        let mut catalog = Catalog::default();
        let rule = load(TOML, SQL).unwrap();
        catalog.add(rule.clone()).unwrap();
        assert!(catalog.add(rule).unwrap_err().to_string().contains("is already the rule in here"));
    }
}
