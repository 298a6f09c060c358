//! Every embedded rule's cases on the Polars crate, what portable SQL may hold, and the pages generated from rules.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use feijian::casestore;
use feijian::casestore::source::FrameTables;
use feijian::explained;
use feijian::knowledge::classes;
use feijian::rules::cases::{self, Case, Tried};
use feijian::rules::runner::{self, Job, RunError, run_all};
use feijian::rules::{Catalog, Rule, RuleOutcome, Settings, Values, explain, run};
use feijian::sql::engine::Workbench;
use feijian::sql::{Cut, Statement, portable};
use polars::prelude::*;
use rayon::prelude::*;

/// A case that was tried, see [`TRIED`].
pub struct TriedCase {
    /// Its rule.
    pub rule_id: String,
    /// The rule's statement with the values of the case.
    pub sql: String,
    /// The case: one as written, or several in one store.
    pub case: Case,
    /// Whether it stands for others, or no other stands for it: as few of them as try everything.
    pub fewest: bool,
    /// What came of it.
    pub tried: Tried,
}

/// Every case of every rule, one by one and those that can share a store together, tried once for this file and for the second opinion
/// of other engines.
pub static TRIED: LazyLock<Vec<TriedCase>> = LazyLock::new(|| {
    let of_rule = |rule: &Rule| {
        let cases = cases::cases(rule).unwrap();
        let together = cases::together(rule, &cases).unwrap_or_else(|error| panic!("{}: {error}", rule.spec.id));
        let alone = |case: &Case| together.alone.iter().any(|other| other.name == case.name);
        let one_by_one = cases.iter().map(|case| (case.clone(), alone(case)));
        let asked: Vec<_> = one_by_one.chain(together.joint.iter().map(|case| (case.clone(), true))).collect();
        let tried = |(case, fewest): (Case, bool)| TriedCase {
            rule_id: rule.spec.id.clone(),
            sql: rule.statement(&case.values).unwrap().text().to_owned(),
            tried: cases::tried(rule, &case),
            case,
            fewest,
        };
        asked.into_iter().map(tried).collect::<Vec<_>>()
    };
    let catalog = Catalog::embedded().unwrap();
    catalog.rules().par_iter().flat_map_iter(of_rule).collect()
});

#[test]
fn every_rule_finds_what_its_cases_expect() {
    let catalog = Catalog::embedded().unwrap();
    let mut problems = Vec::new();
    for rule in catalog.rules() {
        let shown = cases::not_shown(rule, &cases::cases(rule).unwrap());
        problems.extend(shown.iter().map(|missing| format!("{}: no case shows {missing}", rule.spec.id)));
    }
    for TriedCase { rule_id, case, tried, .. } in &*TRIED {
        problems.extend(tried.problems.iter().map(|problem| format!("{rule_id}: {}: {problem}", case.name)));
    }
    assert!(TRIED.len() > 1000, "{} cases", TRIED.len());
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// A folder added to `queries/` is only embedded when its crate is compiled again, which Cargo does not see by itself.
#[test]
fn all_rules_of_the_folder_are_embedded() {
    let on_disk: Vec<_> = walk(&repository().join("queries"))
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name == "rule.toml"))
        .filter_map(|path| Some(path.parent()?.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let catalog = Catalog::embedded().unwrap();
    for id in &on_disk {
        assert!(
            catalog.rule(id).is_some(),
            "{id} is not embedded: change src/rules/catalog.rs's time (touch) and build"
        );
    }
    assert_eq!(on_disk.len(), catalog.rules().len());
}

#[test]
fn docs_are_current() {
    let catalog = Catalog::embedded().unwrap();
    let rules = repository().join("docs").join("rules");
    let mut pages = BTreeMap::from([
        (repository().join("docs").join("case-store.md"), casestore::docs::page()),
        (repository().join("docs").join("errors.md"), explained::page()),
        (repository().join("docs").join("knowledge.md"), classes::page()),
        (repository().join("docs").join("import.md"), feijian::import::docs::page().unwrap()),
        (rules.join("README.md"), explain::index(&catalog)),
    ]);
    for rule in catalog.rules() {
        pages.insert(rules.join(format!("{}.md", rule.spec.id)), explain::page(rule));
    }
    let bless = std::env::var_os("FEIJIAN_BLESS").is_some();
    if bless {
        for (path, page) in &pages {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, page).unwrap();
        }
    }
    for path in walk(&rules).into_iter().filter(|path| !pages.contains_key(path)) {
        assert!(bless, "{} belongs to no rule: FEIJIAN_BLESS=1 removes it", path.display());
        fs::remove_file(path).unwrap();
    }
    for (path, page) in &pages {
        let written = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
        assert!(written == *page, "{} is not current: run this test with FEIJIAN_BLESS=1", path.display());
    }
}

#[test]
fn every_rule_that_a_rule_class_names_exists() {
    let catalog = Catalog::embedded().unwrap();
    for class in classes::RULE_CLASSES.iter() {
        for id in &class.rules {
            let rule = catalog.rules().iter().find(|rule| rule.spec.id == *id);
            let rule = rule.unwrap_or_else(|| panic!("{} names {id}, which is no rule", class.name));
            // What it is judged by is read by the rule, or by the steps that it names.
            let reads = [&rule.spec.tables, &rule.spec.any_tables, &rule.spec.optional_tables];
            let known = |table: &String| reads.iter().any(|tables| tables.contains(table));
            let needed = class.rules.len() == 1;
            assert!(!needed || class.tables.iter().all(known), "{}: {id} reads {:?}", class.name, class.tables);
        }
    }
}

/// What rule authors may write, one statement per construct, with its result: the Polars crate may be behind the
/// Python package, so each is run here (and on DuckDB in `engines.rs`).
pub const CONSTRUCTS: [(&str, &str, &[Option<f64>]); 30] = [
    (
        "CTE chain",
        "WITH a AS (SELECT k, x FROM t), b AS (SELECT k, x + 1 AS y FROM a) SELECT y AS r FROM b WHERE k = 1",
        &[Some(11.0)],
    ),
    (
        "equi-join with range predicates",
        "SELECT u.y AS r FROM t JOIN u ON t.g = u.g WHERE u.day >= t.day AND u.day - t.day <= 2 AND t.k = 1",
        &[Some(5.0), Some(7.0)],
    ),
    ("LEFT JOIN", "SELECT u.y AS r FROM t LEFT JOIN u ON t.k = u.j WHERE t.k >= 3", &[None, Some(9.0)]),
    (
        "self-join with arithmetic beside it",
        "SELECT b.day - a.day AS r FROM t AS a JOIN t AS b ON a.g = b.g WHERE b.day - a.day <= 1 AND (b.k > a.k OR b.k = 4)",
        &[Some(0.0), Some(1.0)],
    ),
    ("SEMI JOIN", "SELECT t.k AS r FROM t SEMI JOIN u ON t.k = u.j", &[Some(1.0), Some(2.0), Some(4.0)]),
    ("ANTI JOIN", "SELECT t.k AS r FROM t ANTI JOIN u ON t.k = u.j", &[Some(3.0)]),
    (
        "CROSS JOIN with one row",
        "WITH total AS (SELECT SUM(x) AS s FROM t) SELECT total.s AS r FROM u CROSS JOIN total WHERE u.j = 1",
        &[Some(100.0)],
    ),
    ("GROUP BY and HAVING", "SELECT g AS r FROM t GROUP BY g HAVING COUNT(*) > 1 AND MAX(x) > 20", &[Some(2.0)]),
    (
        "aggregates in a CASE",
        "SELECT CASE WHEN MIN(g) = 1 THEN SUM(x) ELSE MAX(k) END AS r FROM t GROUP BY g",
        &[Some(4.0), Some(30.0)],
    ),
    ("COUNT(DISTINCT)", "SELECT COUNT(DISTINCT g) AS r FROM t", &[Some(2.0)]),
    ("COUNT(*) FILTER", "SELECT COUNT(*) FILTER (WHERE x > 15) AS r FROM t", &[Some(3.0)]),
    ("SUM over CASE", "SELECT SUM(CASE WHEN name = 'b' THEN x ELSE 0 END) AS r FROM t", &[Some(20.0)]),
    ("a count minus a larger number", "SELECT COUNT(*) - 9 AS r FROM t", &[Some(-5.0)]),
    (
        "COALESCE and NULLIF",
        "SELECT COALESCE(NULLIF(n, 5), -1) AS r FROM t",
        &[Some(-1.0), Some(-1.0), Some(-1.0), Some(8.0)],
    ),
    ("null in comparisons", "SELECT k AS r FROM t WHERE n <> 8 OR NOT (n = 8)", &[Some(2.0)]),
    (
        "UNION ALL",
        "SELECT k AS r FROM t WHERE k = 1 UNION ALL SELECT j AS r FROM u WHERE j = 2",
        &[Some(1.0), Some(2.0)],
    ),
    ("MEDIAN", "SELECT MEDIAN(x) AS r FROM t", &[Some(25.0)]),
    ("AVG of integers", "SELECT AVG(k) AS r FROM t", &[Some(2.5)]),
    (
        "pro-rata",
        "SELECT CAST(FLOOR(CAST(x AS DOUBLE) * 2 / 3) AS BIGINT) AS r FROM t",
        &[Some(6.0), Some(13.0), Some(20.0), Some(26.0)],
    ),
    (
        "CEIL and ABS",
        "SELECT CAST(CEIL(CAST(k AS DOUBLE) / 2) AS BIGINT) + ABS(k - 3) AS r FROM t WHERE k <= 2",
        &[Some(2.0), Some(3.0)],
    ),
    (
        "GREATEST and LEAST",
        "SELECT GREATEST(k, 2) * 10 + LEAST(k, 3) AS r FROM t",
        &[Some(21.0), Some(22.0), Some(33.0), Some(43.0)],
    ),
    ("text functions", "SELECT LENGTH(UPPER(name)) AS r FROM t WHERE SUBSTR(LOWER(name), 1, 1) = 'b'", &[Some(1.0)]),
    (
        "BETWEEN, IN and LIKE",
        "SELECT k AS r FROM t WHERE x BETWEEN 20 AND 40 AND k IN (2, 3) AND name LIKE 'b%'",
        &[Some(2.0)],
    ),
    (
        "ROW_NUMBER",
        "SELECT ROW_NUMBER() OVER (PARTITION BY g ORDER BY day DESC, k DESC) AS r FROM t",
        &[Some(1.0), Some(1.0), Some(2.0), Some(2.0)],
    ),
    (
        "RANK and DENSE_RANK",
        "SELECT RANK() OVER (ORDER BY g) * 10 + DENSE_RANK() OVER (ORDER BY g) AS r FROM t",
        &[Some(11.0), Some(11.0), Some(32.0), Some(32.0)],
    ),
    (
        "LAG and LEAD",
        "SELECT LAG(k) OVER (PARTITION BY g ORDER BY day, k) * 10 + LEAD(k, 1) OVER (PARTITION BY g ORDER BY day, k) AS r FROM t",
        &[None, None, None, None],
    ),
    ("LAG over several rows", "SELECT LAG(k, 2) OVER (ORDER BY k) AS r FROM t", &[None, None, Some(1.0), Some(2.0)]),
    (
        "running SUM and MAX",
        "SELECT SUM(x) OVER (PARTITION BY g ORDER BY day, k) + MAX(x) OVER (PARTITION BY g ORDER BY day, k) AS r FROM t",
        &[Some(20.0), Some(50.0), Some(60.0), Some(110.0)],
    ),
    (
        "window over the whole partition",
        "SELECT SUM(x) OVER (PARTITION BY g) AS r FROM t",
        &[Some(30.0), Some(30.0), Some(70.0), Some(70.0)],
    ),
    (
        "gaps and islands",
        "WITH marked AS (SELECT k, day, CASE WHEN day - LAG(day) OVER (ORDER BY day, k) <= 1 THEN 0 ELSE 1 END AS starts FROM t), runs AS (SELECT k, SUM(starts) OVER (ORDER BY day, k) AS run FROM marked) SELECT COUNT(*) AS r FROM runs GROUP BY run",
        &[Some(1.0), Some(3.0)],
    ),
];

/// The tables that [`CONSTRUCTS`] read.
pub fn construct_tables() -> BTreeMap<&'static str, DataFrame> {
    let t = df!(
        "k" => [1_i64, 2, 3, 4],
        "g" => [1_i32, 1, 2, 2],
        "day" => [1_i32, 2, 3, 9],
        "x" => [10_i64, 20, 30, 40],
        "n" => [None, Some(5_i64), None, Some(8)],
        "name" => ["a", "b", "c", "d"],
    );
    let u = df!(
        "j" => [1_i64, 2, 4],
        "g" => [1_i32, 1, 2],
        "day" => [1_i32, 3, 9],
        "y" => [5_i64, 7, 9],
    );
    BTreeMap::from([("t", t.unwrap()), ("u", u.unwrap())])
}

#[test]
fn constructs_that_authors_may_write_run_on_the_polars_crate() {
    let mut problems = Vec::new();
    for (name, sql, expected) in CONSTRUCTS {
        let mut tables = Workbench::default();
        for (table, frame) in construct_tables() {
            tables.put(table, frame);
        }
        let refusals = portable::refusals(&Statement::parse(sql).unwrap(), |_| false);
        problems.extend(refusals.iter().map(|refusal| format!("{name}: {refusal}")));
        let result = tables.run(sql).and_then(|frame| frame.column("r")?.strict_cast(&DataType::Float64));
        match result {
            Err(error) => problems.push(format!("{name}: {error}")),
            Ok(column) => {
                let mut values: Vec<_> = column.f64().unwrap().iter().collect();
                values.sort_by(|a, b| a.partial_cmp(b).unwrap());
                if values != expected {
                    problems.push(format!("{name}: {values:?}, expected {expected:?}"));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Writes a user's rule that reads `visit` and returns `columns`, and loads it.
fn user_rule(folder: &Path, columns: &str) -> Catalog {
    let place = folder.join("long-stay");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("rule.toml"), USER_RULE).unwrap();
    let sql =
        format!("WITH long AS (SELECT * FROM visit WHERE dscg_day - adm_day > :days)\nSELECT {columns} FROM long");
    fs::write(place.join("rule.sql"), sql).unwrap();
    fs::write(place.join("cases.toml"), USER_CASES).unwrap();
    let mut catalog = Catalog::default();
    catalog.add_folder(folder).unwrap();
    catalog
}

const USER_RULE: &str = r#"
id = "long-stay"
model = 1
since = "0.1.0"
status = "preview"
grade = "lead"
scope = "person"
confidence = 0.5
concerns = ["institution", "practitioner"]
tables = ["visit"]
optional_tables = ["operation"]
columns = ["visit.bed_no"]
basis = { regulation = "医疗保障基金使用监督管理条例", article = 38, item = 1 }
title = { zh = "住院时间长", en = "Long stay" }
population = { from = "visit WHERE care_setting = 'inpatient'", zh = "住院人次", en = "stays" }
situation = { zh = "住院 {measure} 天", en = "{measure} days" }
[params.days]
type = "int"
default = 30
range = [1, 400]
unit = "days"
why = "own choice"
why_zh = "自定"
[text.zh]
finds = "住院超过 30 天"
breaks = "测试"
innocent = ["病情需要"]
ask_for = ["病案"]
[text.en]
finds = "stays above 30 days"
breaks = "test"
innocent = ["illness"]
ask_for = ["record"]
"#;

const USER_CASES: &str = r#"
[defaults.visit]
care_setting = "inpatient"
bed_no = "7"
fund_fen = 100
[[case]]
name = "one of two"
shows = ["hit", "over days", "under days"]
visit = [{ visit_key = 1, psn_key = 4, dscg_day = 31 }, { visit_key = 2, psn_key = 5, dscg_day = 30 }]
suspects = [1]
fund_fen = 100
findings = 1
"#;

const VISIT_EVIDENCE: &str = "visit_key AS case_key, 'suspect' AS role, visit_key, gross_fen, inscp_fen, fund_fen, \
                              dscg_day - adm_day AS measure, :days AS threshold";

/// A table source with visits alone.
fn of_visits(visits: DataFrame) -> FrameTables {
    FrameTables(BTreeMap::from([("visit".to_owned(), visits)]))
}

/// The first case of the user's rule and the tables of it.
fn first_case(rule: &Rule) -> (Case, FrameTables) {
    let case = cases::cases(rule).unwrap().remove(0);
    let frames = of_visits(case.tables["visit"].clone());
    (case, frames)
}

#[test]
fn a_user_rule_runs_with_settings_and_counts_its_population() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = user_rule(folder.path(), VISIT_EVIDENCE);
    let rule = catalog.rule("long-stay").unwrap();
    let (case, frames) = first_case(rule);
    assert_eq!(cases::failures(rule, &case), [""; 0]);
    assert_eq!(cases::not_shown(rule, &[case]), [""; 0]);

    let settings = Settings::parse(&["long-stay.days=29"], &catalog).unwrap();
    let job = Job { rule, values: settings.of(rule) };
    match run_all(&[job], &frames, Cut::All, &|_, _| {}).pop().unwrap() {
        RuleOutcome::Ran { evidence, population, steps, .. } => {
            assert_eq!((evidence.height(), population), (2, 2));
            assert_eq!(evidence.column("fee_key").unwrap().null_count(), 2);
            assert_eq!(steps, [("long".to_owned(), 2)]);
        }
        other => panic!("{other:?}"),
    }

    for (setting, message) in [
        ("long-stay.days=0", "long-stay.days=0: 0 is out of range: give 1 to 400 (days)"),
        ("long-stays.days=9", "long-stays.days=9: there is no rule long-stays: did you mean long-stay?"),
        ("long-stay.day=9", "long-stay.day=9: there is no parameter day: did you mean days?"),
        ("long-stay.days=x", "long-stay.days=x: x is not a number"),
        ("days=9", "days=9: not of the form RULE.PARAMETER=VALUE"),
    ] {
        assert_eq!(Settings::parse(&[setting], &catalog).unwrap_err().to_string(), message);
    }
}

#[test]
fn missing_data_is_not_applicable_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = user_rule(folder.path(), VISIT_EVIDENCE);
    let rule = catalog.rule("long-stay").unwrap();
    let values = Values::defaults(&rule.spec.params);
    let (_, frames) = first_case(rule);
    let empty_column = frames.0["visit"].clone().lazy().with_column(lit(NULL).cast(DataType::String).alias("bed_no"));
    for (frames, reason) in [
        (FrameTables::default(), "table visit has no rows"),
        (of_visits(frames.0["visit"].clear()), "table visit has no rows"),
        (of_visits(empty_column.collect().unwrap()), "column visit.bed_no is empty in every row"),
    ] {
        match run(rule, &values, &frames) {
            RuleOutcome::NotApplicable { reason_en, .. } => assert_eq!(reason_en, reason),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn evidence_that_breaks_the_contract_fails_the_rule() {
    for (columns, message) in [
        (VISIT_EVIDENCE.replace("'suspect'", "'culprit'"), "role \"culprit\": write suspect or basis"),
        (VISIT_EVIDENCE.replace("'suspect'", "'basis'"), "has an amount in a basis row: write 0"),
        (VISIT_EVIDENCE.replace("inscp_fen, ", ""), "column inscp_fen is missing"),
        (format!("{VISIT_EVIDENCE}, psn_key"), "column psn_key is no evidence column: leave it out"),
        (
            format!("{VISIT_EVIDENCE}, 'list:1' AS problem"),
            "problem is only for rules that read problem_check: leave it out",
        ),
        (VISIT_EVIDENCE.replace("fund_fen,", "fund_fen - 200 AS fund_fen,"), "has a negative amount"),
        (VISIT_EVIDENCE.replacen("visit_key AS case_key", "dr_key AS case_key", 1), "case_key is null in a row"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let catalog = user_rule(folder.path(), &columns);
        let rule = catalog.rule("long-stay").unwrap();
        let (case, frames) = first_case(rule);
        match run(rule, &case.values, &frames) {
            RuleOutcome::Failed { error: RunError::Contract(problem) } => {
                assert!(problem.ends_with(message), "{problem}");
            }
            other => panic!("{columns}: {other:?}"),
        }
    }
}

#[test]
fn a_rule_of_problem_lists_names_one_problem_and_grade_of_each_finding() {
    let two_problems = VISIT_EVIDENCE.replacen("visit_key AS case_key", "0 AS case_key", 1)
        + ", CASE WHEN visit_key = 1 THEN 'list:1' ELSE 'list:2' END AS problem, 'lead' AS grade";
    for (columns, message) in [
        (VISIT_EVIDENCE.to_owned(), "problem is null in a row of a rule that reads problem_check"),
        (format!("{VISIT_EVIDENCE}, 'list:1' AS problem"), "grade is null in a row of a rule that reads problem_check"),
        (
            format!("{VISIT_EVIDENCE}, 'list:1' AS problem, 'violation' AS grade"),
            "has grade \"violation\": the rule allows lead at most",
        ),
        (two_problems, "has rows of two problems or grades"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        user_rule(folder.path(), &columns);
        let place = folder.path().join("long-stay").join("rule.toml");
        let listed = USER_RULE.replacen("tables = [\"visit\"]", "tables = [\"visit\", \"problem_check\"]", 1);
        fs::write(place, listed.replacen("default = 30", "default = 29", 1)).unwrap();
        let mut catalog = Catalog::default();
        catalog.add_folder(folder.path()).unwrap();
        let rule = catalog.rule("long-stay").unwrap();
        let (case, frames) = first_case(rule);
        match runner::evidence(rule, &case.values, &frames) {
            Err(RunError::Contract(problem)) => assert!(problem.ends_with(message), "{problem}"),
            other => panic!("{columns}: {other:?}"),
        }
    }
}

#[test]
fn explanations_say_what_an_inspector_asks() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = user_rule(folder.path(), VISIT_EVIDENCE);
    let rule = catalog.rule("long-stay").unwrap();
    let settings = Settings::parse(&["long-stay.days=45"], &catalog).unwrap();
    let text = |lang| explain::text(rule, &settings.of(rule), lang);
    insta::assert_snapshot!(text(feijian::lang::Lang::Zh), @r"
    long-stay  住院时间长
    模型 1 分解住院、挂床住院 · 线索：需核实 · 涉及定点机构、医务人员 · 先验可信度 0.5 · 按人 · 试行，自 0.1.0 版起

    查什么
      住院超过 30 天

    为何可疑
      测试

      《医疗保障基金使用监督管理条例》第三十八条第（一）项：分解住院、挂床住院。

    参数
      - days = 45 天（默认 30，可设 1–400）：自定

    需人工排除的正当解释
      - 病情需要

    向机构调取
      - 病案

    所需数据
      - visit：就诊：一次住院或一次门诊、购药，已去重、已冲销
      - operation（可缺）：手术操作
      - visit.bed_no：不得全部为空
      - 统计基数：住院人次
    ");
    insta::assert_snapshot!(text(feijian::lang::Lang::En), @r"
    long-stay  Long stay
    Model 1 Stay splitting and hang-bed stays · lead: to verify · concerns institutions, practitioners · prior confidence 0.5 · person by person · preview since 0.1.0

    What it finds
      stays above 30 days

    Why it matters
      test

      Regulation on the Supervision of the Use of Medical Insurance Funds (医疗保障基金使用监督管理条例), article 38 item 1: splitting stays, admissions in name only.

    Parameters
      - days = 45 days (default 30, 1 to 400): own choice

    Innocent explanations to check
      - illness

    Records to ask for
      - record

    Data needed
      - visit: One row per visit (a stay, an outpatient contact, a pharmacy purchase), after repeats and reversals
      - operation (optional): One row per operation or procedure of a visit
      - visit.bed_no: not empty in every row
      - counted against: stays
    ");
}

/// The folder of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder; none when it is not there.
fn walk(folder: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}
