//! report.xlsx: what an inspection team works with. Guide, summary, findings by model, suspects, rules not run, data
//! quality, and the records behind the findings.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use rust_xlsxwriter::{ChartType, XlsxError};

use super::Report;
use super::changes::{Change, Changes};
use super::dispositions::{Disposition, Dispositions};
use super::elsewhere;
use super::figures::Reach;
use super::problems;
use super::ranking_sheets::{KINDS, write_items, write_rankings, write_rings};
use super::sheet::{Book, Cell, Column, Page, ROWS_PER_SHEET, Table, sheet_name, write_table};
use super::summary::RunSummary;
use super::text;
use super::two_sources;
use crate::calendar;
use crate::findings::evidence::ClaimRecord;
use crate::findings::model::{Finding, Suspect};
use crate::format::yuan;
use crate::import::summary::{CheckResult, InputFile};
use crate::lang::{Label, Lang};
use crate::model::{Grade, Money, SuspectKind};
use crate::ranking::points;

/// Evidence rows the workbook holds at most: what spreadsheet programs still open on an office computer. The findings
/// ranked first come first, each whole; the guide says how many, and evidence.csv has all.
const EVIDENCE_ROWS: i64 = 2_000_000;
/// New findings named on the summary.
const NEW_ONES: usize = 20;
/// Institutions named on the summary.
const TOP_INSTITUTIONS: usize = 10;

/// A finding and what is written beside it: a row of a model's sheet.
struct FindingRow<'a> {
    finding: &'a Finding,
    /// Title and legal basis of its rule.
    title: &'a str,
    basis: &'a str,
    /// Since an earlier run, if there was one to compare with.
    change: Option<Change>,
    /// What was verified before.
    settled: Option<&'a Disposition>,
}

/// Columns of a model's sheet. What an inspector reads first comes first.
fn finding_columns<'a>() -> Vec<Column<FindingRow<'a>>> {
    type Col<'a> = Column<FindingRow<'a>>;
    let number = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
    vec![
        Col::new(text::RANK, 8.0, |row, _| Cell::Rank(row.finding.rank)),
        Col::new(text::SITUATION, 50.0, |row, _| Cell::Prose(&row.finding.situation)),
        Col::new(text::RULE, 30.0, |row, _| Cell::Prose(row.title)),
        Col::new(text::PROBLEM, 18.0, |row, _| Cell::prose(row.finding.problem.as_deref())),
        Col::new(text::GRADE, 17.0, |row, lang| Cell::Text(text::grade(row.finding.grade).pick(lang))),
        Col::new(text::CHANGE, 9.0, |row, lang| Cell::text(row.change.map(|change| change.label().pick(lang)))),
        Col::new(text::BASIS, 30.0, |row, _| Cell::Prose(row.basis)),
        Col::new(text::INST_NAME, 26.0, |row, _| Cell::prose(row.finding.fixmedins_name.as_deref())),
        Col::new(text::INST_CODE, 17.0, |row, _| Cell::text(row.finding.fixmedins_code.as_deref())),
        Col::new(text::PERSON, 28.0, |row, _| Cell::text(row.finding.psn_no.as_deref())),
        Col::new(text::DOCTOR, 14.0, |row, _| Cell::text(row.finding.dr_name.as_deref())),
        Col::new(text::DOCTOR_CODE, 18.0, |row, _| Cell::text(row.finding.dr_code.as_deref())),
        Col::new(text::VISIT, 28.0, |row, _| Cell::text(row.finding.mdtrt_id.as_deref())),
        Col::new(text::FIRST_DAY, 12.0, |row, _| Cell::day(row.finding.first_day)),
        Col::new(text::LAST_DAY, 12.0, |row, _| Cell::day(row.finding.last_day)),
        Col::new(text::RECORDS, 9.0, |row, _| Cell::Int(row.finding.records)),
        Col::new(text::MEASURE, 10.0, move |row, _| number(row.finding.measure)),
        Col::new(text::THRESHOLD, 10.0, move |row, _| number(row.finding.threshold)),
        Col::new(text::GROSS, 14.0, |row, _| Cell::Fen(row.finding.at_risk.gross_fen)),
        Col::new(text::INSCP, 14.0, |row, _| Cell::Fen(row.finding.at_risk.inscp_fen)),
        Col::new(text::FUND, 14.0, |row, _| Cell::Fen(row.finding.at_risk.fund_fen)),
        Col::new(text::FUND_ONCE, 17.0, |row, _| Cell::Fen(row.finding.counted.fund_fen)),
        Col::new(text::CONFIDENCE, 10.0, |row, _| Cell::Decimal(row.finding.confidence)),
        Col::new(text::SCORE, 12.0, |row, _| Cell::Decimal(row.finding.score)),
        Col::new(text::VERDICT, 12.0, |row, lang| Cell::text(row.settled.map(|one| one.result.label().pick(lang))))
            .choices(&[text::CONFIRMED, text::UNFOUNDED, text::PENDING]),
        Col::new(text::INSPECTOR, 12.0, |row, _| Cell::text(row.settled.map(|one| one.inspector.as_str()))),
        Col::new(text::REMARK, 24.0, |row, _| Cell::prose(row.settled.map(|one| one.remark.as_str()))),
        Col::new(text::RULE_ID, 26.0, |row, _| Cell::Text(&row.finding.rule_id)),
        Col::new(text::FINDING_ID, 38.0, |row, _| Cell::Text(&row.finding.finding_id)),
    ]
}

/// A record behind a finding: a row of an evidence sheet.
pub(super) struct EvidenceRow<'a> {
    /// Rank of the finding.
    rank: i64,
    /// Title of its rule.
    title: &'a str,
    record: ClaimRecord<'a>,
}

/// Columns of the evidence sheets.
fn evidence_columns<'a>() -> Vec<Column<EvidenceRow<'a>>> {
    type Col<'a> = Column<EvidenceRow<'a>>;
    vec![
        Col::new(text::FINDING_RANK, 10.0, |row, _| Cell::Rank(row.rank)),
        Col::new(text::RULE, 30.0, |row, _| Cell::Text(row.title)),
        Col::new(text::ROLE, 11.0, |row, lang| Cell::Text(text::role(row.record.role()).pick(lang))),
        Col::new(text::INST_CODE, 17.0, |row, _| Cell::text(row.record.fixmedins_code)),
        Col::new(text::PERSON, 28.0, |row, _| Cell::text(row.record.psn_no)),
        Col::new(text::VISIT, 28.0, |row, _| Cell::text(row.record.mdtrt_id)),
        Col::new(text::SETTLEMENT, 28.0, |row, _| Cell::text(row.record.setl_id)),
        Col::new(text::FEE_LINE, 28.0, |row, _| Cell::text(row.record.bkkp_sn)),
        Col::new(text::DOCTOR_CODE, 18.0, |row, _| Cell::text(row.record.dr_code)),
        Col::new(text::TIME, 17.0, |row, _| row.record.minute.map_or(Cell::day(row.record.day), Cell::Minute)),
        Col::new(text::ITEM_CODE, 28.0, |row, _| Cell::text(row.record.item_code)),
        Col::new(text::ITEM_NAME, 30.0, |row, _| Cell::text(row.record.item_name)),
        Col::new(text::COUNT, 9.0, |row, _| Cell::scaled(row.record.cnt_e4, 4)),
        Col::new(text::PRICE, 11.0, |row, _| Cell::scaled(row.record.pric_e6, 6)),
        Col::new(text::GROSS, 14.0, |row, _| Cell::Fen(row.record.at_risk.gross_fen)),
        Col::new(text::INSCP, 14.0, |row, _| Cell::Fen(row.record.at_risk.inscp_fen)),
        Col::new(text::FUND, 14.0, |row, _| Cell::Fen(row.record.at_risk.fund_fen)),
        Col::new(text::SOURCE_FILE, 40.0, |row, _| Cell::text(row.record.source_file)),
        Col::new(text::SOURCE_LINE, 10.0, |row, _| row.record.source_line.map_or(Cell::Empty, Cell::Int)),
        Col::new(text::FINDING_ID, 38.0, |row, _| Cell::Text(row.record.finding_id)),
    ]
}

/// The sheet of the records behind findings, in a report's workbook or in a working paper.
pub(super) struct EvidenceSheet<'a> {
    table: Table<EvidenceRow<'a>>,
    /// Rank of each finding whose records are included.
    ranks: HashMap<&'a str, i64>,
    /// Title of each rule that ran.
    titles: HashMap<&'a str, &'a str>,
}

impl<'a> EvidenceSheet<'a> {
    /// Opens the sheet for the records of the findings in `ranks`.
    ///
    /// # Errors
    /// When the sheet cannot be added.
    pub fn open(
        book: &mut Book,
        ranks: HashMap<&'a str, i64>,
        titles: HashMap<&'a str, &'a str>,
    ) -> Result<Self, XlsxError> {
        let table = Table::open(book, text::SHEET_EVIDENCE.pick(book.lang()), evidence_columns(), 2)?;
        Ok(Self { table, ranks, titles })
    }

    /// Appends a record if its finding is included.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub fn push(&mut self, book: &mut Book, record: ClaimRecord<'a>) -> Result<(), XlsxError> {
        let Some(rank) = self.ranks.get(record.finding_id) else { return Ok(()) };
        let title = self.titles.get(record.rule_id).copied().unwrap_or(record.rule_id);
        self.table.push(book, &EvidenceRow { rank: *rank, title, record })
    }

    /// Closes the sheet.
    ///
    /// # Errors
    /// When the filter cannot be set.
    pub fn finish(self, book: &mut Book) -> Result<(), XlsxError> {
        self.table.finish(book)
    }
}

/// The workbook while evidence streams in; everything else is in it already.
pub struct ReportWorkbook<'a> {
    book: Book,
    evidence: EvidenceSheet<'a>,
}

impl<'a> ReportWorkbook<'a> {
    /// Writes all sheets but the evidence. Rows wait in `temp_dir` until the workbook is saved.
    ///
    /// # Errors
    /// When the folder is not writable.
    pub fn begin(temp_dir: &Path, report: &Report<'a>) -> Result<Self, XlsxError> {
        Self::begin_with(temp_dir, report, ROWS_PER_SHEET, EVIDENCE_ROWS)
    }

    /// [`begin`](Self::begin) with other limits.
    pub(super) fn begin_with(
        temp_dir: &Path,
        report: &Report<'a>,
        rows_per_sheet: u32,
        evidence_rows: i64,
    ) -> Result<Self, XlsxError> {
        let lang = report.lang;
        let mut book = Book::new(temp_dir, text::TITLE.pick(lang), lang, rows_per_sheet)?;
        book.lead_back();
        let notes = Notes::of(report);
        let ranks = included(report.findings, evidence_rows);
        let by_model = by_model(report);
        write_guide(&mut book, report, &by_model, ranks.len())?;
        write_summary(&mut book, report, &by_model)?;
        problems::write(&mut book, report.problems, &problems::places(&by_model), lang)?;
        write_items(&mut book, &report.figures.items, report.summary)?;
        for (name, findings) in &by_model {
            write_findings(&mut book, name, findings, &notes)?;
        }
        write_rankings(&mut book, report.suspects, &notes.titles)?;
        write_rings(&mut book, report.rings)?;
        elsewhere::write(&mut book, report.elsewhere, lang)?;
        if let Some(rows) = report.two_sources {
            two_sources::write(&mut book, rows, lang)?;
        }
        write_not_run(&mut book, report)?;
        write_quality(&mut book, report)?;
        // Last, so that its further sheets follow it.
        let evidence = EvidenceSheet::open(&mut book, ranks, notes.titles)?;
        Ok(Self { book, evidence })
    }

    /// Appends a record of an included finding.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub fn push_evidence(&mut self, record: ClaimRecord<'a>) -> Result<(), XlsxError> {
        self.evidence.push(&mut self.book, record)
    }

    /// Saves the workbook.
    ///
    /// # Errors
    /// When the file is not writable.
    pub fn finish(mut self, path: &Path) -> Result<(), XlsxError> {
        self.evidence.finish(&mut self.book)?;
        self.book.save(path)
    }
}

/// What is written beside findings: titles and legal basis of rules, what was verified before, what is new.
pub(super) struct Notes<'a> {
    /// Title of each rule that ran.
    pub titles: HashMap<&'a str, &'a str>,
    /// Its legal basis.
    pub bases: HashMap<&'a str, &'a str>,
    dispositions: &'a Dispositions,
    changes: Option<&'a Changes>,
}

impl<'a> Notes<'a> {
    /// Those of a report.
    pub fn of(report: &Report<'a>) -> Self {
        let (rules, lang) = (&report.summary.rules_run, report.lang);
        Self {
            titles: rules.iter().map(|rule| (rule.rule_id.as_str(), rule.title.pick(lang))).collect(),
            bases: rules.iter().map(|rule| (rule.rule_id.as_str(), rule.basis.pick(lang))).collect(),
            dispositions: report.dispositions,
            changes: report.changes,
        }
    }
}

/// Ranks of the findings whose records fit into `rows`, from the first on.
fn included(findings: &[Finding], rows: i64) -> HashMap<&str, i64> {
    findings
        .iter()
        .scan(0, |used: &mut i64, finding| {
            *used += finding.records;
            (*used <= rows).then_some((finding.finding_id.as_str(), finding.rank))
        })
        .collect()
}

/// Findings of each model that has some, in rank order, with the name of their sheet.
fn by_model<'a>(report: &Report<'a>) -> Vec<(String, Vec<&'a Finding>)> {
    let mut groups: BTreeMap<i32, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings {
        groups.entry(finding.model).or_default().push(finding);
    }
    let named = |(model, findings)| (sheet_name(&report.summary.model_name(model, report.lang)), findings);
    groups.into_iter().map(named).collect()
}

/// The first sheet: what this is, what was looked at, how to read it.
fn write_guide(
    book: &mut Book,
    report: &Report<'_>,
    models: &[(String, Vec<&Finding>)],
    evidence_of: usize,
) -> Result<(), XlsxError> {
    let (summary, lang) = (report.summary, report.lang);
    let scope = &summary.scope;
    let mut page = Page::open(book, text::SHEET_GUIDE.pick(lang), &[30.0, 26.0, 12.0, 10.0, 12.0, 64.0])?;
    page.title(text::TITLE.pick(lang))?;
    if let Some(headline) = summary.headline(lang) {
        page.alert(&headline)?;
    }
    page.note(text::NOTICE.pick(lang))?;
    page.note((if summary.revealed { text::REVEALED } else { text::MASKED }).pick(lang))?;

    page.section(text::SECTION_SCOPE.pick(lang))?;
    let days = [scope.first_day, scope.last_day].map(|day| day.map(calendar::iso).unwrap_or_default());
    page.entry(text::PERIOD.pick(lang), &days.join(lang.pick(" 至 ", " to ")))?;
    if !scope.only_institutions.is_empty() {
        page.entry(text::ONLY_INSTITUTIONS.pick(lang), &scope.only_institutions.join(lang.pick("、", ", ")))?;
    }
    if !scope.only_fields.is_empty() {
        let fields: Vec<&str> = scope.only_fields.iter().map(|field| field.pick(lang)).collect();
        page.entry(text::ONLY_FIELDS.pick(lang), &fields.join(lang.pick("、", ", ")))?;
    }
    if !scope.only_problems.is_empty() {
        page.entry(text::ONLY_PROBLEMS.pick(lang), &scope.only_problems.join(lang.pick("、", ", ")))?;
    }
    let volume = text::volume(scope.persons, scope.institutions, scope.visits, scope.fee_lines, lang);
    page.entry(text::VOLUME.pick(lang), &volume)?;
    let [gross, inscp, fund] = [scope.gross_fen, scope.inscp_fen, scope.fund_fen].map(yuan);
    page.entry(text::FUND_TOTAL.pick(lang), &text::amounts(&gross, &inscp, &fund, lang))?;
    let rows = summary.imported.inputs.iter().map(|input| input.rows_in).sum();
    let rejected = summary.imported.inputs.iter().map(|input| input.rows_rejected).sum();
    page.entry(text::INPUTS.pick(lang), &text::inputs_line(summary.imported.inputs.len(), rows, rejected, lang))?;
    let rules = text::rules_line(summary.rules_run.len(), summary.rules_skipped.len(), lang);
    page.entry(text::RULES.pick(lang), &rules)?;

    page.section(text::SECTION_SHEETS.pick(lang))?;
    page.link(text::SHEET_SUMMARY.pick(lang), text::ABOUT_SUMMARY.pick(lang))?;
    page.link(text::SHEET_PROBLEMS.pick(lang), text::ABOUT_PROBLEMS.pick(lang))?;
    page.link(text::SHEET_ITEMS.pick(lang), text::ABOUT_ITEMS.pick(lang))?;
    for (name, _) in models {
        page.link(name, text::ABOUT_MODEL.pick(lang))?;
    }
    for (kind, name, about) in KINDS {
        if report.suspects.iter().any(|suspect| suspect.kind == kind) {
            page.link(name.pick(lang), about.pick(lang))?;
        }
    }
    if !report.rings.is_empty() {
        page.link(text::SHEET_RINGS.pick(lang), text::ABOUT_RINGS.pick(lang))?;
        page.link(text::SHEET_RING_MEMBERS.pick(lang), text::ABOUT_RING_MEMBERS.pick(lang))?;
    }
    page.link(text::SHEET_ELSEWHERE.pick(lang), text::ABOUT_ELSEWHERE.pick(lang))?;
    if report.two_sources.is_some() {
        page.link(text::SHEET_TWO_SOURCES.pick(lang), text::ABOUT_TWO_SOURCES.pick(lang))?;
    }
    page.link(text::SHEET_NOT_RUN.pick(lang), text::ABOUT_NOT_RUN.pick(lang))?;
    page.link(text::SHEET_QUALITY.pick(lang), text::ABOUT_QUALITY.pick(lang))?;
    let mut about_evidence = text::ABOUT_EVIDENCE.pick(lang).to_owned();
    if evidence_of < report.findings.len() {
        about_evidence.push_str(lang.pick("。", ". "));
        about_evidence.push_str(&text::evidence_note(evidence_of, report.findings.len(), lang));
    }
    page.link(text::SHEET_EVIDENCE.pick(lang), &about_evidence)?;

    page.section(text::SECTION_READING.pick(lang))?;
    for (label, explanation) in [
        (text::READ_LEVELS, text::READ_LEVELS_TEXT),
        (text::READ_VERDICT, text::READ_VERDICT_TEXT),
        (text::READ_GRADE, text::READ_GRADE_TEXT),
        (text::READ_MONEY, text::READ_MONEY_TEXT),
        (text::READ_SCORE, text::READ_SCORE_TEXT),
        (text::READ_ROLE, text::READ_ROLE_TEXT),
    ] {
        page.entry(label.pick(lang), explanation.pick(lang))?;
    }
    page.entry(text::POINTS.pick(lang), points::source().pick(lang))?;

    page.section(text::SECTION_BASIS.pick(lang))?;
    page.header_wide(&[text::RULE, text::RULE_ID], text::BASIS)?;
    for rule in &summary.rules_run {
        page.wide(&[Cell::Prose(rule.title.pick(lang)), Cell::Text(&rule.rule_id)], rule.basis.pick(lang))?;
    }

    if !summary.learnt.is_empty() {
        page.section(text::SECTION_LEARNT.pick(lang))?;
        page.note(text::LEARNT_NOTE.pick(lang))?;
        page.header(&[text::RULE, text::PRIOR, text::CONFIRMED, text::UNFOUNDED, text::PENDING, text::CONFIDENCE])?;
        for rule in &summary.rules_run {
            let Some(learnt) = summary.learnt.get(&rule.rule_id) else { continue };
            page.cells(&[
                Cell::Prose(rule.title.pick(lang)),
                Cell::Decimal(learnt.prior),
                Cell::count(learnt.confirmed),
                Cell::count(learnt.unfounded),
                Cell::count(learnt.pending),
                Cell::Decimal(learnt.confidence),
            ])?;
        }
    }

    page.section(text::SECTION_PARAMS.pick(lang))?;
    page.header(&[text::RULE, text::PARAM, text::VALUE, text::UNIT, text::DEFAULT, text::WHY])?;
    for rule in &summary.rules_run {
        for param in &rule.params {
            let changed = param.value != param.default;
            page.cells(&[
                Cell::Prose(rule.title.pick(lang)),
                Cell::Prose(&param.name),
                if changed { Cell::Notable(&param.value) } else { Cell::Prose(&param.value) },
                Cell::Prose(param.unit.pick(lang)),
                Cell::Prose(&param.default),
                Cell::Prose(param.why.pick(lang)),
            ])?;
        }
    }

    page.section(text::SECTION_RUN.pick(lang))?;
    page.entry(text::VERSION.pick(lang), &summary.version)?;
    page.entry(text::COMMAND.pick(lang), &summary.command_line.join(" "))?;
    page.note(text::PROVENANCE.pick(lang))
}

/// Findings added up; each record's money once.
#[derive(Default)]
struct Tally {
    findings: i64,
    clear: i64,
    money: Money,
}

impl Tally {
    fn add(&mut self, finding: &Finding) {
        self.findings += 1;
        self.clear += i64::from(finding.grade == Grade::Violation);
        self.money += finding.counted;
    }

    /// The cells from the number of findings to the fund amount; `reach` counts whose records are in question.
    fn cells(&self, reach: Option<&Reach>) -> [Cell<'static>; 8] {
        let reach = reach.copied().unwrap_or_default();
        [
            Cell::Int(self.findings),
            Cell::Int(self.clear),
            Cell::Int(self.findings - self.clear),
            Cell::count(reach.persons),
            Cell::count(reach.institutions),
            Cell::Fen(self.money.gross_fen),
            Cell::Fen(self.money.inscp_fen),
            Cell::Fen(self.money.fund_fen),
        ]
    }
}

/// Headers over [`Tally::cells`].
const TALLY_LABELS: [Label; 8] = [
    text::FINDINGS,
    text::CLEAR,
    text::LEADS,
    text::PERSONS,
    text::INSTITUTIONS,
    text::GROSS_ONCE,
    text::INSCP_ONCE,
    text::FUND_ONCE_SUM,
];
/// Column of the fund amount on the summary.
const FUND_COL: u16 = 9;

/// Models, rules and the first institutions with their totals.
fn write_summary(book: &mut Book, report: &Report<'_>, by_model: &[(String, Vec<&Finding>)]) -> Result<(), XlsxError> {
    let (summary, figures, lang) = (report.summary, report.figures, report.lang);
    let mut total = Tally::default();
    let mut models: BTreeMap<i32, Tally> = summary.models.iter().map(|model| (model.model, Tally::default())).collect();
    let mut rules: HashMap<&str, Tally> = HashMap::new();
    for finding in report.findings {
        total.add(finding);
        models.entry(finding.model).or_default().add(finding);
        rules.entry(&finding.rule_id).or_default().add(finding);
    }

    let widths = &[32.0, 23.0, 9.0, 9.0, 9.0, 10.0, 10.0, 16.0, 16.0, 16.0, 44.0];
    let mut page = Page::open(book, text::SHEET_SUMMARY.pick(lang), widths)?;
    page.title(text::SHEET_SUMMARY.pick(lang))?;
    if let Some(headline) = summary.headline(lang) {
        page.alert(&headline)?;
    }
    page.note(text::ONCE_NOTE.pick(lang))?;
    write_new(&mut page, report)?;

    page.section(text::SECTION_MODELS.pick(lang))?;
    page.header(&[&[text::MODEL, text::STATUS][..], &TALLY_LABELS].concat())?;
    let first = page.next_row();
    for (model, tally) in &models {
        let name = summary.model_name(*model, lang);
        let sheet = by_model.iter().find(|(_, findings)| findings.first().is_some_and(|first| first.model == *model));
        let head = match sheet {
            Some((sheet, _)) => Cell::Link { sheet, text: &name },
            None => Cell::Prose(&name),
        };
        let status = model_status(summary, *model, tally.findings);
        // Blank, not zero: nobody has looked.
        let cells = if status == text::STATUS_NOT_RUN {
            [Cell::Empty; 8]
        } else {
            tally.cells(figures.reach_of_models.get(model))
        };
        page.cells(&[&[head, Cell::Prose(status.pick(lang))][..], &cells].concat())?;
    }
    if let Some(last) = page.next_row().checked_sub(1).filter(|last| *last >= first) {
        page.bars(first, last, FUND_COL)?;
    }
    page.cells(
        &[&[Cell::Notable(text::TOTAL.pick(lang)), Cell::Empty][..], &total.cells(Some(&figures.reach))].concat(),
    )?;

    page.section(text::SECTION_RULES.pick(lang))?;
    page.header(&[&[text::RULE, text::RULE_ID][..], &TALLY_LABELS, &[text::POPULATION]].concat())?;
    let first = page.next_row();
    let none = Tally::default();
    for rule in &summary.rules_run {
        let tally = rules.get(rule.rule_id.as_str()).unwrap_or(&none);
        let head = [Cell::Prose(rule.title.pick(lang)), Cell::Text(&rule.rule_id)];
        let mut population = text::population(rule.population, rule.population_label.pick(lang));
        if !rule.damage.is_empty() {
            population.push_str(lang.pick("；", "; "));
            population.push_str(text::STATUS_DAMAGED.pick(lang));
        }
        if let Some(absent) = rule.absent(lang) {
            population.push_str(lang.pick("；", "; "));
            population.push_str(&absent);
        }
        let reach = figures.reach_of_rules.get(&rule.rule_id);
        page.cells(&[&head[..], &tally.cells(reach), &[Cell::Prose(&population)]].concat())?;
    }
    if let Some(last) = page.next_row().checked_sub(1).filter(|last| *last >= first) {
        page.bars(first, last, FUND_COL)?;
    }

    page.section(text::SECTION_TOP.pick(lang))?;
    page.header(&[
        text::INST_NAME,
        text::INST_CODE,
        text::FINDINGS,
        text::MODELS,
        text::SHARE,
        text::PEER_RATIO,
        text::SCORE,
        text::GROSS_ONCE,
        text::INSCP_ONCE,
        text::FUND_ONCE_SUM,
    ])?;
    let mut institutions: Vec<&Suspect> =
        report.suspects.iter().filter(|suspect| suspect.kind == SuspectKind::Institution).collect();
    institutions.sort_by_key(|suspect| (-suspect.counted.fund_fen, suspect.rank));
    let first = page.next_row();
    for suspect in institutions.into_iter().take(TOP_INSTITUTIONS) {
        page.cells(&[
            Cell::prose(suspect.name.as_deref()),
            Cell::Text(&suspect.code),
            Cell::Int(suspect.findings),
            Cell::Text(&suspect.models),
            suspect.share.map_or(Cell::Empty, Cell::Ratio),
            suspect.peer_ratio.map_or(Cell::Empty, Cell::Decimal),
            Cell::Decimal(suspect.score),
            Cell::Fen(suspect.counted.gross_fen),
            Cell::Fen(suspect.counted.inscp_fen),
            Cell::Fen(suspect.counted.fund_fen),
        ])?;
    }
    if let Some(last) = page.next_row().checked_sub(1).filter(|last| *last > first) {
        page.chart(ChartType::Bar, text::CHART_TOP, (first, last), 0, FUND_COL..=FUND_COL)?;
    }
    write_months(&mut page, report)
}

/// What is new since the last run, before everything else.
fn write_new(page: &mut Page<'_>, report: &Report<'_>) -> Result<(), XlsxError> {
    let (Some(changes), lang) = (report.changes, report.lang) else { return Ok(()) };
    page.section(text::SECTION_NEW.pick(lang))?;
    page.note(&changes.sentence(report.findings, lang))?;
    page.header_wide(&[text::INST_NAME, text::RULE_ID, text::RANK, text::FUND_ONCE], text::SITUATION)?;
    for finding in changes.new_ones(report.findings).take(NEW_ONES) {
        let cells = [
            Cell::prose(finding.fixmedins_name.as_deref()),
            Cell::Text(&finding.rule_id),
            Cell::Rank(finding.rank),
            Cell::Fen(finding.counted.fund_fen),
        ];
        page.wide(&cells, &finding.situation)?;
    }
    Ok(())
}

/// Fund money by month of the record and by model.
fn write_months(page: &mut Page<'_>, report: &Report<'_>) -> Result<(), XlsxError> {
    let (months, lang) = (&report.figures.months, report.lang);
    if months.is_empty() {
        return Ok(());
    }
    let models: BTreeSet<i32> = months.iter().flat_map(|month| month.fund_fen.keys().copied()).collect();
    let names: Vec<String> = models.iter().map(|model| report.summary.model_name(*model, lang)).collect();
    page.section(text::SECTION_MONTHS.pick(lang))?;
    let head = [text::MONTH.pick(lang), text::TOTAL.pick(lang)].into_iter();
    page.header_texts(&head.chain(names.iter().map(String::as_str)).collect::<Vec<_>>())?;
    let first = page.next_row();
    for month in months {
        let name = calendar::month_name(month.month);
        let of = |model: &i32| Cell::Fen(month.fund_fen.get(model).copied().unwrap_or_default());
        let total = Cell::Fen(month.fund_fen.values().sum());
        let cells = [Cell::Text(&name), total].into_iter().chain(models.iter().map(of));
        page.cells(&cells.collect::<Vec<_>>())?;
    }
    let last = page.next_row().saturating_sub(1);
    let last_model = 1 + u16::try_from(models.len()).unwrap_or(1);
    page.chart(ChartType::ColumnStacked, text::CHART_MONTHS, (first, last), 0, 2..=last_model)
}

/// Whether a model ran: "not run" is never shown as "no findings".
fn model_status(summary: &RunSummary, model: i32, findings: i64) -> Label {
    let ran = summary.rules_run.iter().any(|rule| rule.model == model);
    let skipped = summary.rules_skipped.iter().any(|rule| rule.model == model);
    let damaged = summary.damaged().any(|rule| rule.model == model);
    let absent = summary.rules_run.iter().any(|rule| rule.model == model && !rule.absent.is_empty());
    match (ran, skipped) {
        (false, _) => text::STATUS_NOT_RUN,
        (true, _) if damaged => text::STATUS_DAMAGED,
        (true, true) => text::STATUS_PART,
        (true, false) if findings == 0 && absent => text::STATUS_ABSENT,
        (true, false) if findings == 0 => text::STATUS_CLEAN,
        (true, false) => text::STATUS_RAN,
    }
}

/// One model's findings with room for the inspector's result.
pub(super) fn write_findings(
    book: &mut Book,
    name: &str,
    findings: &[&Finding],
    notes: &Notes<'_>,
) -> Result<(), XlsxError> {
    let rows = findings.iter().map(|finding| {
        let rule_id = &*finding.rule_id;
        FindingRow {
            finding,
            title: notes.titles.get(rule_id).copied().unwrap_or(rule_id),
            basis: notes.bases.get(rule_id).copied().unwrap_or_default(),
            change: notes.changes.map(|changes| changes.of(&finding.finding_id)),
            settled: notes.dispositions.of(&finding.finding_id),
        }
    });
    write_table(book, name, finding_columns(), 3, rows)
}

/// Rules that did not run, and why.
fn write_not_run(book: &mut Book, report: &Report<'_>) -> Result<(), XlsxError> {
    let (summary, lang) = (report.summary, report.lang);
    let mut page = Page::open(book, text::SHEET_NOT_RUN.pick(lang), &[34.0, 26.0, 30.0, 80.0])?;
    page.title(text::SHEET_NOT_RUN.pick(lang))?;
    page.note(text::ABOUT_NOT_RUN.pick(lang))?;
    if summary.damaged().next().is_some() {
        page.section(text::SECTION_DAMAGED.pick(lang))?;
        page.note(text::ABOUT_DAMAGED.pick(lang))?;
        page.header(&[text::RULE, text::RULE_ID, text::MODEL, text::WHAT_WAS_LOST])?;
        for rule in summary.damaged() {
            let (model, lost) = (summary.model_name(rule.model, lang), rule.damaged(lang).unwrap_or_default());
            let cells = [
                Cell::Prose(rule.title.pick(lang)),
                Cell::Text(&rule.rule_id),
                Cell::Prose(&model),
                Cell::Prose(&lost),
            ];
            page.cells(&cells)?;
        }
        page.section(text::SHEET_NOT_RUN.pick(lang))?;
    }
    if summary.rules_skipped.is_empty() {
        return page.note(text::ALL_RAN.pick(lang));
    }
    page.header(&[text::RULE, text::RULE_ID, text::MODEL, text::WHY_NOT_RUN])?;
    for rule in &summary.rules_skipped {
        let model = summary.model_name(rule.model, lang);
        page.cells(&[
            Cell::Prose(rule.title.pick(lang)),
            Cell::Text(&rule.rule_id),
            Cell::Prose(&model),
            Cell::Prose(rule.reason.pick(lang)),
        ])?;
    }
    Ok(())
}

/// What became of every row, and what the data can be trusted for.
fn write_quality(book: &mut Book, report: &Report<'_>) -> Result<(), XlsxError> {
    let (summary, lang) = (report.summary, report.lang);
    let widths = &[44.0, 18.0, 16.0, 16.0, 12.0, 12.0, 12.0, 12.0, 12.0, 40.0];
    let mut page = Page::open(book, text::SHEET_QUALITY.pick(lang), widths)?;
    page.title(text::SHEET_QUALITY.pick(lang))?;

    page.section(text::SECTION_CHECKS.pick(lang))?;
    write_checks(&mut page, summary, lang)?;

    if !summary.knowledge.is_empty() {
        page.section(text::SECTION_KNOWLEDGE.pick(lang))?;
        page.note(text::ABOUT_KNOWLEDGE.pick(lang))?;
        page.header(&[text::KNOWLEDGE_TABLE, text::TABLE_NAME, text::KNOWN, text::HERE, text::COUNTED])?;
        for known in &summary.knowledge {
            page.cells(&[
                Cell::Prose(known.title.pick(lang)),
                Cell::Text(&known.table),
                Cell::count(known.known),
                Cell::count(known.here),
                Cell::Prose(known.unit.pick(lang)),
            ])?;
        }
    }

    page.section(text::SECTION_FILES.pick(lang))?;
    page.header(&[
        text::FILE,
        text::LAYOUT,
        text::ENCODING,
        text::DELIMITER,
        text::ROWS_IN,
        text::ROWS_STORED,
        text::ROWS_REPEATED,
        text::ROWS_REJECTED,
        text::CELLS_REJECTED,
        text::MISSING_COLUMNS,
    ])?;
    for input in &summary.imported.inputs {
        let missing = input.missing_columns.join(lang.pick("、", ", "));
        page.cells(&[
            Cell::Prose(&input.name),
            Cell::Prose(input.layout_title.pick(lang)),
            Cell::Text(&input.encoding),
            Cell::Text(if input.delimiter == "\t" { "TAB" } else { &input.delimiter }),
            Cell::count(input.rows_in),
            Cell::count(input.rows_stored),
            Cell::count(input.rows_repeated),
            Cell::count(input.rows_rejected),
            Cell::count(input.cells_rejected),
            Cell::Prose(&missing),
        ])?;
    }
    let sum = |value: fn(&InputFile) -> u64| Cell::count(summary.imported.inputs.iter().map(value).sum());
    page.cells(&[
        Cell::Notable(text::TOTAL.pick(lang)),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        sum(|input| input.rows_in),
        sum(|input| input.rows_stored),
        sum(|input| input.rows_repeated),
        sum(|input| input.rows_rejected),
        sum(|input| input.cells_rejected),
        Cell::Empty,
    ])?;

    if !summary.imported.skipped_files.is_empty() {
        page.section(text::SECTION_SKIPPED.pick(lang))?;
        for file in &summary.imported.skipped_files {
            page.entry(&file.name, file.reason.pick(lang))?;
        }
    }

    page.section(text::SECTION_WATERFALL.pick(lang))?;
    write_waterfall(&mut page, summary, lang)?;

    page.section(text::SECTION_CONFLICTS.pick(lang))?;
    if summary.imported.conflicts.is_empty() {
        page.note(text::NONE.pick(lang))?;
    } else {
        page.header(&[text::LAYOUT, text::CONFLICT_ROWS])?;
        for conflict in &summary.imported.conflicts {
            page.cells(&[Cell::Prose(text::table(&conflict.table, lang)), Cell::count(conflict.rows)])?;
        }
    }

    page.section(text::SECTION_REVERSALS.pick(lang))?;
    if summary.imported.reversals.is_empty() {
        return page.note(text::NONE.pick(lang));
    }
    page.header(&[text::LAYOUT, text::PAIRED, text::UNPAIRED, text::UNPAIRED_GROSS])?;
    for reversals in &summary.imported.reversals {
        page.cells(&[
            Cell::Prose(text::table(&reversals.table, lang)),
            Cell::count(reversals.paired),
            Cell::count(reversals.unpaired),
            Cell::Fen(reversals.unpaired_gross_fen),
        ])?;
    }
    Ok(())
}

/// The acceptance checks; failed ones stand out.
fn write_checks(page: &mut Page<'_>, summary: &RunSummary, lang: Lang) -> Result<(), XlsxError> {
    if summary.imported.checks.is_empty() {
        return page.note(text::NONE.pick(lang));
    }
    page.header_wide(&[text::CHECK, text::RESULT, text::FIGURE, text::LIMIT], text::DETAIL)?;
    for check in &summary.imported.checks {
        let result = text::check_result(check.result).pick(lang);
        let cells = [
            Cell::Prose(check.title.pick(lang)),
            if check.result == CheckResult::Failed { Cell::Notable(result) } else { Cell::Prose(result) },
            Cell::Prose(check.figure.pick(lang)),
            Cell::Prose(check.limit.pick(lang)),
        ];
        page.wide(&cells, check.detail.pick(lang))?;
    }
    Ok(())
}

/// What became of stored rows on the way to the tables that rules read. Unpaired refunds have their own table.
fn write_waterfall(page: &mut Page<'_>, summary: &RunSummary, lang: Lang) -> Result<(), XlsxError> {
    let waterfall = &summary.imported.waterfall;
    page.header(&[text::WHAT, text::ROWS])?;
    for (table, rows) in &waterfall.void {
        page.cells(&[Cell::Prose(&text::void(table, lang)), Cell::count(*rows)])?;
    }
    for (label, rows) in [
        (text::SETTLEMENTS_REVERSED, waterfall.settlements_reversed),
        (text::FEE_REFUNDS, waterfall.fee_refunds),
        (text::FEE_LINES_REVERSED, waterfall.fee_lines_reversed),
        (text::FEE_LINES_WITHOUT_VISIT, waterfall.fee_lines_without_visit),
        (text::FEE_LINES_UNPLACED, waterfall.fee_lines_unplaced),
        (text::FEE_LINES_UNDATED, waterfall.fee_lines_undated),
        (text::VISITS_UNDATED, waterfall.visits_undated),
        (text::VISITS_WITHOUT_INSTITUTION, waterfall.visits_without_institution),
    ] {
        page.cells(&[Cell::Prose(label.pick(lang)), Cell::count(rows)])?;
    }
    let stock = [(text::STOCK_UNIT_UNCLEAR, waterfall.stock_items_unclear)].into_iter().filter(|(_, items)| *items > 0);
    let compared = summary.imported.two_sources.iter().flat_map(|both| {
        let kind = |kind: &str| both.differences.get(kind).map_or(0, |(rows, _)| *rows);
        [
            (text::VISITS_OF_BOTH, both.both()),
            (text::VISITS_AMBIGUOUS, both.ambiguous),
            (text::BUREAU_ONLY, kind("bureau-only")),
            (text::HOSPITAL_ONLY, kind("hospital-only")),
            (text::AMOUNT_DIFFERS, kind("amount-differs")),
        ]
    });
    for (label, rows) in stock.chain(compared) {
        page.cells(&[Cell::Prose(label.pick(lang)), Cell::count(rows)])?;
    }
    Ok(())
}
