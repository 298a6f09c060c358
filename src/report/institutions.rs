//! `--split-by institution`: one workbook for each institution, the working paper to take there (取证材料), and an index.
//!
//! A working paper holds what concerns its institution only: its part of the money, its records. Records of other institutions that a
//! finding compares with stay out of it, because the paper is shown to the institution and signed by it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::problems::ProblemRow;
use super::sheet::{Book, Cell, Column, Page, ROWS_PER_SHEET, write_table};
use super::text::{self, labels};
use super::workbook::{EvidenceSheet, Notes, write_findings};
use super::{Report, ReportError};
use crate::calendar;
use crate::findings::build::{EvidenceRow, Findings};
use crate::findings::evidence;
use crate::findings::model::Finding;
use crate::findings::records::Named;
use crate::lang::Lang;
use crate::model::Money;

/// Folder of the working papers in a report.
pub const FOLDER: &str = "institutions";
/// The index in that folder.
const INDEX: &str = "index.xlsx";
/// Characters of a file name before its extension: short enough to be copied anywhere.
const NAME_CHARS: usize = 60;

labels! {
    SHEET_PAPER: "取证材料", "Working paper";
    SHEET_INDEX: "目录", "Index";
    TITLE: "医保基金飞行检查取证材料", "Working paper of the inspection";
    SECTION_PROBLEMS: "疑点问题", "Indications to verify";
    PROBLEM: "问题", "Problem";
    LISTED_NOTE: "按问题清单的序号列出；计入几项清单问题的疑点在各项下都列出，合计只计一次。",
        "By the numbers of the problem lists; an indication that counts for several items stands under each, and once in the total.";
    PERIOD: "涉及期间", "Period";
    SECTION_SIGN: "核实与确认", "Verification and signatures";
    OPINION: "机构意见", "Institution's statement";
    INSPECTORS: "检查人员（签字）", "Inspectors (signature)";
    INSTITUTION_SIGN: "机构负责人（签字、盖章）", "Head of the institution (signature, seal)";
    DATE: "日期", "Date";
    FILE: "文件", "File";
    PART_NOTE: "金额只含本机构的记录，同一记录只计一次；疑点涉及其他机构的记录不列入本材料。",
        "Amounts are those of this institution's records, each record once; records of other institutions are left out.";
}

/// A row of the index.
struct IndexRow<'a> {
    rank: i64,
    share: &'a Share<'a>,
    /// Name of the working paper.
    file: &'a str,
}

/// Columns of the index.
fn index_columns<'a>() -> Vec<Column<IndexRow<'a>>> {
    type Col<'a> = Column<IndexRow<'a>>;
    vec![
        Col::new(text::RANK, 8.0, |row, _| Cell::Rank(row.rank)),
        Col::new(text::INST_NAME, 34.0, |row, _| Cell::prose(row.share.named.name.as_deref())),
        Col::new(text::INST_CODE, 18.0, |row, _| Cell::Text(&row.share.named.code)),
        Col::new(text::FINDINGS, 9.0, |row, _| Cell::count(row.share.findings.len() as u64)),
        Col::new(text::GROSS_ONCE, 16.0, |row, _| Cell::Fen(row.share.counted.gross_fen)),
        Col::new(text::INSCP_ONCE, 16.0, |row, _| Cell::Fen(row.share.counted.inscp_fen)),
        Col::new(text::FUND_ONCE_SUM, 16.0, |row, _| Cell::Fen(row.share.counted.fund_fen)),
        Col::new(FILE, 60.0, |row, _| Cell::File(row.file)),
    ]
}

/// What concerns one institution: made when its paper is written, because all together would be all findings once more.
struct Part<'a> {
    code: Arc<str>,
    name: Option<Arc<str>>,
    /// Findings with this institution's part of their money and records.
    findings: Vec<Finding>,
    /// Its rows behind them.
    rows: Vec<(&'a Finding, &'a EvidenceRow)>,
}

/// What an institution answers for: its findings and their money.
struct Share<'a> {
    named: Named,
    findings: Vec<&'a Finding>,
    counted: Money,
}

/// Writes the working papers and their index below `dir`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(dir: &Path, report: &Report<'_>, all: &Findings) -> Result<(), ReportError> {
    let folder = dir.join(FOLDER);
    fs::create_dir(&folder).map_err(ReportError::Institutions)?;
    let mut shares: Vec<(i64, Share<'_>)> = shares(all).into_iter().collect();
    shares.sort_by(|(_, one), (_, other)| {
        other.counted.fund_fen.cmp(&one.counted.fund_fen).then_with(|| one.named.code.cmp(&other.named.code))
    });
    let mut taken = HashSet::from([INDEX.to_lowercase()]);
    let mut names = Vec::with_capacity(shares.len());
    for (inst_key, share) in &shares {
        let name = file_name(&share.named, &mut taken);
        paper(&folder, &folder.join(&name), report, all, &part(all, *inst_key, share))?;
        names.push(name);
    }
    let mut book = Book::new(&folder, TITLE.pick(report.lang), report.lang, ROWS_PER_SHEET)?;
    let rows = (1..).zip(&shares).zip(&names).map(|((rank, (_, share)), file)| IndexRow { rank, share, file });
    write_table(&mut book, SHEET_INDEX.pick(report.lang), index_columns(), 1, rows)?;
    book.save(&folder.join(INDEX))?;
    Ok(())
}

/// The institution of a row's record.
fn inst_of(all: &Findings, row: &EvidenceRow) -> Option<i64> {
    let at = all.records.record(row.visit_key, row.fee_key)?.institution?;
    Some(all.records.institutions.key(at))
}

/// The findings with a suspect record at each institution.
fn shares(all: &Findings) -> BTreeMap<i64, Share<'_>> {
    let mut shares: BTreeMap<i64, Share<'_>> = BTreeMap::new();
    for finding in &all.findings {
        let mut counted: BTreeMap<i64, Money> = BTreeMap::new();
        for row in all.evidence(finding).iter().filter(|row| row.suspect) {
            if let Some(inst_key) = inst_of(all, row) {
                *counted.entry(inst_key).or_default() += row.counted;
            }
        }
        for (inst_key, counted) in counted {
            let share = shares.entry(inst_key).or_insert_with(|| Share {
                named: all.records.institutions.of_key(inst_key).cloned().unwrap_or_default(),
                findings: Vec::new(),
                counted: Money::default(),
            });
            share.findings.push(finding);
            share.counted += counted;
        }
    }
    shares
}

/// An institution's part of its findings.
fn part<'a>(all: &'a Findings, inst_key: i64, share: &Share<'a>) -> Part<'a> {
    let Named { code, name } = share.named.clone();
    let mut part = Part { code, name, findings: Vec::with_capacity(share.findings.len()), rows: Vec::new() };
    for finding in &share.findings {
        let mut own = Finding {
            fixmedins_code: Some(Arc::clone(&part.code)),
            fixmedins_name: part.name.clone(),
            records: 0,
            at_risk: Money::default(),
            counted: Money::default(),
            ..(*finding).clone()
        };
        for row in all.evidence(finding).iter().filter(|row| inst_of(all, row) == Some(inst_key)) {
            own.records += 1;
            own.counted += row.counted;
            if row.suspect {
                own.at_risk += row.at_risk;
            }
            part.rows.push((*finding, row));
        }
        part.findings.push(own);
    }
    part
}

/// Writes one working paper.
fn paper(
    temporary: &Path,
    path: &Path,
    report: &Report<'_>,
    all: &Findings,
    part: &Part<'_>,
) -> Result<(), ReportError> {
    let lang = report.lang;
    let notes = Notes::of(report);
    let mut book = Book::new(temporary, TITLE.pick(lang), lang, ROWS_PER_SHEET)?;
    cover(&mut book, report, part, &notes)?;
    let findings: Vec<&Finding> = part.findings.iter().collect();
    write_findings(&mut book, text::SHEET_DETAILS.pick(lang), &findings, &notes)?;
    let ranks: HashMap<&str, i64> =
        part.findings.iter().map(|finding| (finding.finding_id.as_str(), finding.rank)).collect();
    let mut sheet = EvidenceSheet::open(&mut book, ranks, notes.titles)?;
    for (finding, row) in &part.rows {
        sheet.push(&mut book, evidence::record(all, finding, row))?;
    }
    sheet.finish(&mut book)?;
    book.save(path)?;
    Ok(())
}

/// The first sheet: whom it is about, the problems with basis, period, count and amounts, room to sign.
fn cover(book: &mut Book, report: &Report<'_>, part: &Part<'_>, notes: &Notes<'_>) -> Result<(), ReportError> {
    let (summary, lang) = (report.summary, report.lang);
    let widths = &[34.0, 48.0, 26.0, 9.0, 9.0, 15.0, 15.0, 15.0];
    let mut page = Page::open(book, SHEET_PAPER.pick(lang), widths)?;
    page.title(TITLE.pick(lang))?;
    page.note(text::NOTICE.pick(lang))?;
    page.note((if summary.revealed { text::REVEALED } else { text::MASKED }).pick(lang))?;
    page.entry(text::INST_NAME.pick(lang), part.name.as_deref().unwrap_or_default())?;
    page.entry(text::INST_CODE.pick(lang), &part.code)?;
    page.entry(text::PERIOD.pick(lang), &days(summary.scope.first_day, summary.scope.last_day, lang))?;

    page.section(SECTION_PROBLEMS.pick(lang))?;
    page.note(PART_NOTE.pick(lang))?;
    let listed = listed(report, part);
    if !listed.is_empty() {
        page.note(LISTED_NOTE.pick(lang))?;
    }
    page.header(&[
        PROBLEM,
        text::BASIS,
        PERIOD,
        text::FINDINGS,
        text::RECORDS,
        text::GROSS_ONCE,
        text::INSCP_ONCE,
        text::FUND_ONCE_SUM,
    ])?;
    let mut problems: BTreeMap<(i32, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in part.findings.iter().filter(|finding| finding.problem.is_none()) {
        problems.entry((finding.model, &finding.rule_id)).or_default().push(finding);
    }
    let row = |head: &str, basis: &str, findings: &[&Finding], page: &mut Page<'_>| {
        let mut money = Money::default();
        for finding in findings {
            money += finding.counted;
        }
        let first = findings.iter().filter_map(|finding| finding.first_day).min();
        let last = findings.iter().filter_map(|finding| finding.last_day).max();
        page.cells(&[
            Cell::Prose(head),
            Cell::Prose(basis),
            Cell::Prose(&days(first, last, lang)),
            Cell::count(findings.len() as u64),
            Cell::Int(findings.iter().map(|finding| finding.records).sum()),
            Cell::Fen(money.gross_fen),
            Cell::Fen(money.inscp_fen),
            Cell::Fen(money.fund_fen),
        ])
    };
    for (problem, findings) in &listed {
        let head = format!("{} {}", problem.id, problem.words());
        row(&head, problem.basis.as_deref().unwrap_or_default(), findings, &mut page)?;
    }
    for ((_, rule_id), findings) in &problems {
        let title = notes.titles.get(rule_id).copied().unwrap_or(rule_id);
        row(title, notes.bases.get(rule_id).copied().unwrap_or_default(), findings, &mut page)?;
    }
    row(text::TOTAL.pick(lang), "", &part.findings.iter().collect::<Vec<_>>(), &mut page)?;

    page.section(SECTION_SIGN.pick(lang))?;
    for label in [OPINION, INSTITUTION_SIGN, INSPECTORS, DATE] {
        page.room(label.pick(lang))?;
    }
    Ok(())
}

/// The items of problem lists that an institution's findings count for, in the order of the lists.
fn listed<'r>(report: &Report<'r>, part: &'r Part<'_>) -> Vec<(&'r ProblemRow, Vec<&'r Finding>)> {
    let mut of_item: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &part.findings {
        for word in finding.problem.as_deref().unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
            of_item.entry(word).or_default().push(finding);
        }
    }
    let of = |row: &'r ProblemRow| Some((row, of_item.get(row.id.to_string().as_str())?.clone()));
    report.problems.iter().filter_map(of).collect()
}

/// Two days in one text.
fn days(first: Option<i32>, last: Option<i32>, lang: Lang) -> String {
    [first, last].map(|day| day.map(calendar::iso).unwrap_or_default()).join(lang.pick(" 至 ", " to "))
}

/// Code and name of an institution as a file name that every system and every link takes, different from those taken.
fn file_name(named: &Named, taken: &mut HashSet<String>) -> String {
    let wanted = format!("{} {}", named.code, named.name.as_deref().unwrap_or_default());
    let allowed: String =
        wanted.chars().map(|c| if "<>:\"/\\|?*#%".contains(c) || c.is_control() { '_' } else { c }).collect();
    let stem: String = allowed.chars().take(NAME_CHARS).collect();
    let stem = stem.trim_matches([' ', '.']);
    let mut name = format!("{stem}.xlsx");
    let mut number = 2;
    // Some systems do not tell capitals from small letters.
    while !taken.insert(name.to_lowercase()) {
        name = format!("{stem} {number}.xlsx");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe_and_different() {
        let named = |code: &str, name: Option<&str>| Named { code: code.into(), name: name.map(Into::into) };
        let mut taken = HashSet::new();
        assert_eq!(file_name(&named("H1", Some("第一/医院:东区")), &mut taken), "H1 第一_医院_东区.xlsx");
        assert_eq!(file_name(&named("h1", Some("第一/医院:东区")), &mut taken), "h1 第一_医院_东区 2.xlsx");
        assert_eq!(file_name(&named("../x", None), &mut taken), "_x.xlsx");
    }
}
