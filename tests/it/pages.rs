//! The pages that show commands: the manuals and the READMEs. Their commands are run again, and the pages show what they print. With
//! `FEIJIAN_BLESS=1` lines and figures are written anew, as long as the program still prints a line of the same words at that place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use feijian::rules::spec::Search;
use feijian::rules::{Catalog, Rule};

use crate::support::{Ended, SharedRun, done, ended, example_rule, feijian, project, rows, sample_run};

/// A page under test: checked, or with `FEIJIAN_BLESS` corrected.
struct Page {
    path: PathBuf,
    text: String,
    bless: bool,
}

impl Page {
    fn open(page: &str) -> Self {
        let path = project(page);
        let text = fs::read_to_string(&path).expect("readable");
        Self { path, text, bless: std::env::var_os("FEIJIAN_BLESS").is_some() }
    }

    /// Blocks of the kind `fence`, in their order.
    fn blocks(&self, fence: &str) -> Vec<String> {
        let fence = format!("```{fence}\n");
        let after = self.text.split(&fence).skip(1);
        after.map(|block| block.split("```").next().unwrap_or_default().to_owned()).collect()
    }

    /// The lines of the block `shown` stand among what the command printed, in their order; `…` stands for lines left out.
    fn shows(&mut self, shown: &str, command: &str, ended: &Ended) {
        let printed: Vec<&str> = ended.stderr.lines().chain(ended.stdout.lines()).map(str::trim).collect();
        let mut rest = printed.iter();
        let mut current = String::new();
        // What follows the last line is the indent of the closing fence.
        let (lines, fence) = shown.rsplit_once('\n').unwrap_or((shown, ""));
        for line in lines.lines() {
            let (indent, text) = line.split_at(line.len() - line.trim_start().len());
            let text = text.trim_end();
            let mut now = text;
            if text != "…" && !text.starts_with("$ ") && !text.is_empty() {
                let same = |printed: &str| if self.bless { words(printed) == words(text) } else { printed == text };
                now = rest.find(|printed| same(printed)).unwrap_or_else(|| {
                    let page = self.path.display();
                    panic!("{page}: {command} does not print, at this place,\n{text}\nbut\n{}", printed.join("\n"))
                });
            }
            current += &format!("{}\n", format!("{indent}{now}").trim_end());
        }
        if self.bless {
            self.text = self.text.replacen(shown, &(current + fence), 1);
        }
    }

    /// The page says `before`, this number, `after`.
    fn says(&mut self, before: &str, value: usize, after: &str) {
        let page = self.path.display();
        let start =
            self.text.find(before).unwrap_or_else(|| panic!("{page} says nothing of {before:?}")) + before.len();
        let end = start + self.text[start..].chars().take_while(char::is_ascii_digit).count();
        assert!(self.text[end..].starts_with(after), "{page}: {before:?} goes on with {after:?}");
        if self.bless {
            self.text.replace_range(start..end, &value.to_string());
        }
        assert_eq!(self.text[start..end], value.to_string(), "{page}: the number after {before:?}");
    }

    /// Writes the page if it is to be corrected.
    fn close(self) {
        if self.bless {
            fs::write(&self.path, self.text).expect("writable");
        }
    }
}

/// The letters of a line: what stays when figures and the widths of columns change.
fn words(line: &str) -> String {
    line.chars().filter(|character| character.is_alphabetic()).collect()
}

/// Runs the commands of a manual one after the other in one folder, the first of which imports the sample. `imported` is a run that has
/// done so already and printed the same of it.
fn walk_through(page: &str, imported: Option<&SharedRun>) {
    let mut manual = Page::open(page);
    let folder = tempfile::tempdir().expect("a folder");
    let blocks = manual.blocks("console");
    assert!(blocks.len() > 8, "{page} has its commands in console blocks");
    for (number, block) in blocks.iter().enumerate() {
        let command = block.lines().next().and_then(|line| line.strip_prefix("$ feijian "));
        let command = command.unwrap_or_else(|| panic!("{page}: a block begins with its command, not with\n{block}"));
        match imported.filter(|_| number == 0) {
            Some(run) => {
                assert_eq!(command, "import sample-data --store store", "{page}");
                run.copy_store(folder.path());
                manual.shows(block, command, &run.ended);
            }
            None => {
                let ended = done(folder.path(), &command.replace("sample-data", "@"));
                manual.shows(block, command, &ended);
            }
        }
    }
    manual.close();
}

#[test]
fn the_chinese_manual_works() {
    walk_through("docs/manual.zh-CN.md", Some(sample_run()));
}

#[test]
fn the_english_manual_works() {
    walk_through("docs/manual.md", None);
}

/// How many findings the report in `folder` has, of one rule or of all.
fn findings(folder: &Path, report: &str, rule: Option<&str>) -> usize {
    let findings = rows(&folder.join(report).join("findings.csv"));
    findings.iter().filter(|row| rule.is_none_or(|rule| row["rule_id"] == rule)).count()
}

#[test]
fn readmes_and_the_guide_to_rules_show_what_the_program_prints() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    // The pages show `run sample-data`. The store of such a run is there already; a run on it prints what was imported all the same.
    let first = "run sample-data --out report";
    sample_run().copy_store(folder);
    let english = done(folder, "run --store store --out report --lang en");
    let reported = done(folder, "report store --out report");
    let (imported, _) = sample_run().ended.stderr.split_once("\n 模型 ").expect("the import before the rules");
    let chinese = Ended { stderr: format!("{imported}\n{}", reported.stderr), ..reported };
    done(folder, "run --store store --rule split-stay --set split-stay.max_gap_days=7 --out narrow");
    let split_stays = |report| findings(folder, report, Some("split-stay"));
    let known = findings(&sample_run().folder, "report", None);
    let catalog = Catalog::embedded().expect("loads");
    let rules = catalog.rules().iter().filter(|rule| rule.spec.search == Search::Sql).count();

    let mut page = Page::open("README.md");
    let blocks = page.blocks("text");
    assert_eq!(blocks.len(), 2);
    page.shows(&blocks[0], first, &english);
    let query = "SELECT care_setting, COUNT(*) AS visits FROM visit GROUP BY care_setting ORDER BY visits DESC";
    assert!(page.text.contains(&format!("feijian sql store \"{query}\"")));
    let answer = ended(&mut feijian(folder, ["sql", "store", query]));
    page.shows(&blocks[1], query, &answer);
    page.says("papers to ask the hospital for. ", rules, " rules cover");
    page.says("which gives ", known, " indications");
    page.says("split-stay has ", split_stays("narrow"), " indications in the sample instead of ");
    page.says(" indications in the sample instead of ", split_stays("report"), ".");
    page.close();

    example_rule(folder, str::to_owned);
    let own = "run --store store --rules-dir own --rule high-outpatient-bill --out own-report";
    done(folder, own);
    assert_eq!(findings(folder, "own-report", None), 0, "docs/writing-rules.md says so");
    done(folder, &format!("{own} --set high-outpatient-bill.bill_fen=50000"));
    let mut page = Page::open("docs/writing-rules.md");
    page.says(
        "no bill of 2,000 yuan in the sample, and ",
        findings(folder, "own-report", None),
        " of 500 yuan or more",
    );
    page.close();

    let mut page = Page::open("README.zh-CN.md");
    let blocks = page.blocks("text");
    page.shows(&blocks[0], first, &chinese);
    page.says("网页报告。", rules, " 条规则");
    page.says("后疑点为 ", known, " 条");
    page.says("样例的疑点由 ", split_stays("report"), " 条变为 ");
    page.says(" 条变为 ", split_stays("narrow"), " 条");
    page.close();
}

/// Rows of the table of sample-data/README.md: for each rule with cases, how many to find and how many look-alikes each folder has.
fn planted() -> String {
    let mut cases: BTreeMap<(String, &str, bool), BTreeSet<String>> = BTreeMap::new();
    for folder in ["area", "hospital"] {
        for row in rows(&project("sample-data").join(folder).join("truth.csv")) {
            let of = (row["rule_id"].clone(), folder, row["expected"] == "hit");
            cases.entry(of).or_default().insert(row["case_id"].clone());
        }
    }
    let catalog = Catalog::embedded().expect("loads");
    let mut table = String::new();
    // What rules of problem lists find is said by the lists, which name items that the sample has not: their cases try them.
    let of_lists = |rule: &Rule| rule.tables().any(|table| table == "problem_check");
    for rule in catalog.rules().iter().filter(|rule| !of_lists(rule)) {
        let cell = |(folder, hit)| {
            let cases = cases.get(&(rule.spec.id.clone(), folder, hit));
            cases.map_or_else(|| "–".to_owned(), |cases| cases.len().to_string())
        };
        let cells = [("area", true), ("area", false), ("hospital", true), ("hospital", false)].map(cell);
        assert!(cells[0] != "–" || cells[2] != "–", "{} is planted nowhere", rule.spec.id);
        table += &format!("| {} | {} |\n", rule.spec.id, cells.join(" | "));
    }
    table
}

#[test]
fn the_page_of_the_sample_lists_what_is_planted() {
    let mut page = Page::open("sample-data/README.md");
    let command = "synth sample-data --sample --lang en";
    let made = done(tempfile::tempdir().expect("a folder").path(), command);
    let counts: String = page
        .text
        .lines()
        .filter(|line| line.starts_with("    sample-data/"))
        .fold(String::new(), |all, line| all + line + "\n");
    page.shows(&counts, command, &made);
    let head = "| --- | --- | --- | --- | --- |\n";
    let (before, table) = page.text.split_once(head).expect("a table of what is planted");
    let end = table.find("\n\n").expect("text below the table") + 1;
    let (now, bless) = (planted(), page.bless);
    if bless {
        page.text = [before, head, &now, &table[end..]].concat();
    } else {
        assert_eq!(table[..end], now, "FEIJIAN_BLESS=1 writes the table anew");
    }
    page.close();
}
