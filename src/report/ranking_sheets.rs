//! The sheets that rank suspects, one for each kind, those of rings and their members, and the sheet that says what was billed where
//! under which rule.

use std::collections::HashMap;

use rust_xlsxwriter::XlsxError;

use super::figures::Item;
use super::sheet::{Book, Cell, Column, Table};
use super::summary::RunSummary;
use super::text;
use crate::findings::model::Suspect;
use crate::lang::{Label, Lang};
use crate::model::SuspectKind;
use crate::rings::Ring;

/// The kinds that are ranked alike, in the order of their sheets: kind, name of the sheet, what it says, its columns.
pub const KINDS: [(SuspectKind, Label, Label, &[Column]); 3] = [
    (SuspectKind::Institution, text::SHEET_INSTITUTIONS, text::ABOUT_INSTITUTIONS, &SUSPECT_COLUMNS),
    (SuspectKind::Practitioner, text::SHEET_PRACTITIONERS, text::ABOUT_PRACTITIONERS, &PRACTITIONER_COLUMNS),
    (SuspectKind::Person, text::SHEET_PERSONS, text::ABOUT_PERSONS, &SUSPECT_COLUMNS),
];

/// Columns of a ranking; [`POINTS`] follows where it applies.
const SUSPECT_COLUMNS: [Column; 14] = [
    Column::new(text::RANK, 8.0),
    Column::new(text::CODE, 28.0),
    Column::new(text::NAME, 26.0),
    Column::new(text::FINDINGS, 9.0),
    Column::new(text::MODELS, 11.0),
    Column::new(text::GROSS_ONCE, 14.0),
    Column::new(text::INSCP_ONCE, 14.0),
    Column::new(text::FUND_ONCE_SUM, 14.0),
    Column::new(text::SHARE, 15.0),
    Column::new(text::PEER_RATIO, 11.0),
    Column::new(text::PEER_RANK, 11.0),
    Column::new(text::SCORE, 12.0),
    Column::new(text::TOP_RULES, 48.0),
    Column::new(text::REASON, 48.0),
];

/// The same, with the suggested points.
const PRACTITIONER_COLUMNS: [Column; 15] = {
    let mut columns = [Column::new(text::POINTS, 14.0); 15];
    let mut at = 0;
    while at < SUSPECT_COLUMNS.len() {
        columns[at] = SUSPECT_COLUMNS[at];
        at += 1;
    }
    columns
};

/// Columns of the sums by rule, institution and item.
const ITEM_COLUMNS: [Column; 13] = [
    Column::new(text::MODEL, 40.0),
    Column::new(text::RULE, 34.0),
    Column::new(text::BASIS, 36.0),
    Column::new(text::INST_NAME, 26.0),
    Column::new(text::INST_CODE, 17.0),
    Column::new(text::ITEM_CODE, 28.0),
    Column::new(text::ITEM_NAME, 30.0),
    Column::new(text::FINDINGS, 9.0),
    Column::new(text::RECORDS, 9.0),
    Column::new(text::COUNT, 11.0),
    Column::new(text::GROSS_ONCE, 14.0),
    Column::new(text::INSCP_ONCE, 14.0),
    Column::new(text::FUND_ONCE_SUM, 14.0),
];

/// Writes a sheet for each kind that has suspects.
///
/// # Errors
/// When a row cannot be written.
pub fn write_rankings(book: &mut Book, suspects: &[Suspect], titles: &HashMap<&str, &str>) -> Result<(), XlsxError> {
    let lang = book.lang();
    for (kind, name, _, columns) in KINDS {
        let mut ranked = suspects.iter().filter(|suspect| suspect.kind == kind).peekable();
        if ranked.peek().is_none() {
            continue;
        }
        let by_peers = peer_ranks(suspects, kind);
        let mut table = Table::open(book, name.pick(lang), columns, 2)?;
        for suspect in ranked {
            let rules = rule_counts(suspect, titles, lang);
            let cells = [
                Cell::Rank(suspect.rank),
                Cell::Text(&suspect.code),
                suspect.name.as_deref().map_or(Cell::Empty, Cell::Prose),
                Cell::Int(suspect.findings),
                Cell::Text(&suspect.models),
                Cell::Fen(suspect.counted.gross_fen),
                Cell::Fen(suspect.counted.inscp_fen),
                Cell::Fen(suspect.counted.fund_fen),
                suspect.share.map_or(Cell::Empty, Cell::Ratio),
                suspect.peer_ratio.map_or(Cell::Empty, Cell::Decimal),
                by_peers.get(suspect.code.as_str()).map_or(Cell::Empty, |rank| Cell::Rank(*rank)),
                Cell::Decimal(suspect.score),
                Cell::Prose(&rules),
                Cell::Prose(&suspect.reason),
                Cell::text(suspect.points.as_deref()),
            ];
            table.push(book, &cells[..columns.len()])?;
        }
        table.finish(book)?;
    }
    Ok(())
}

/// The other ranking, by how far a suspect's share is from its peers': big ones do not lead it for being big.
fn peer_ranks(suspects: &[Suspect], kind: SuspectKind) -> HashMap<&str, i64> {
    let mut compared: Vec<(f64, &str)> = suspects
        .iter()
        .filter(|suspect| suspect.kind == kind)
        .filter_map(|suspect| Some((suspect.peer_ratio?, suspect.code.as_str())))
        .collect();
    compared.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(other.1)));
    compared.into_iter().map(|(_, code)| code).zip(1..).collect()
}

/// Columns of the rings.
const RING_COLUMNS: [Column; 13] = [
    Column::new(text::RANK, 8.0),
    Column::new(text::RING_ID, 38.0),
    Column::new(text::KIND, 16.0),
    Column::new(text::REASON, 60.0),
    Column::new(text::MEMBERS, 9.0),
    Column::new(text::INSTITUTIONS, 10.0),
    Column::new(text::CO_EVENTS, 11.0),
    Column::new(text::FIRST_DAY, 12.0),
    Column::new(text::LAST_DAY, 12.0),
    Column::new(text::FUND, 16.0),
    Column::new(text::EXCLUSIVITY, 11.0),
    Column::new(text::SURPRISE, 12.0),
    Column::new(text::SCORE, 12.0),
];

/// Columns of the members of rings.
const MEMBER_COLUMNS: [Column; 9] = [
    Column::new(text::RING_RANK, 10.0),
    Column::new(text::RING_ID, 38.0),
    Column::new(text::KIND, 12.0),
    Column::new(text::CODE, 28.0),
    Column::new(text::NAME, 28.0),
    Column::new(text::ROLE_IN_RING, 12.0),
    Column::new(text::DEGREE, 11.0),
    Column::new(text::EVENTS, 11.0),
    Column::new(text::FUND, 16.0),
];

/// Writes the rings and their members, a sheet each, if there are rings.
///
/// # Errors
/// When a row cannot be written.
pub fn write_rings(book: &mut Book, rings: &[&Ring]) -> Result<(), XlsxError> {
    if rings.is_empty() {
        return Ok(());
    }
    let lang = book.lang();
    let day = |day: Option<i32>| day.map_or(Cell::Empty, Cell::Day);
    let mut table = Table::open(book, text::SHEET_RINGS.pick(lang), &RING_COLUMNS, 2)?;
    for ring in rings {
        let cells = [
            Cell::Rank(i64::try_from(ring.rank).unwrap_or(i64::MAX)),
            Cell::Text(&ring.ring_id),
            Cell::Text(text::ring_kind(ring.kind).pick(lang)),
            Cell::Prose(ring.explained(lang)),
            Cell::count(ring.size() as u64),
            Cell::count(ring.institutions),
            Cell::count(ring.co_events),
            day(ring.first_day),
            day(ring.last_day),
            Cell::Fen(ring.fund_fen),
            Cell::Ratio(ring.parts.exclusivity),
            Cell::Decimal(ring.surprise),
            Cell::Decimal(ring.score),
        ];
        table.push(book, &cells)?;
    }
    table.finish(book)?;
    let mut table = Table::open(book, text::SHEET_RING_MEMBERS.pick(lang), &MEMBER_COLUMNS, 2)?;
    for ring in rings {
        for member in &ring.members {
            let cells = [
                Cell::Rank(i64::try_from(ring.rank).unwrap_or(i64::MAX)),
                Cell::Text(&ring.ring_id),
                Cell::Text(text::member_kind(member.kind).pick(lang)),
                Cell::Text(&member.code),
                member.name.as_deref().map_or(Cell::Empty, Cell::Prose),
                Cell::Text(text::ring_role(member.role).pick(lang)),
                Cell::count(member.degree),
                Cell::count(member.events),
                Cell::Fen(member.fund_fen),
            ];
            table.push(book, &cells)?;
        }
    }
    table.finish(book)
}

/// A suspect's main rules by title with their findings, as `top_rules` names them by id.
pub fn rule_counts(suspect: &Suspect, titles: &HashMap<&str, &str>, lang: Lang) -> String {
    let rules = suspect.top_rules.split("; ").filter_map(|rule| rule.rsplit_once(' '));
    let named = rules.map(|(id, count)| text::rule_count(titles.get(id).copied().unwrap_or(id), count, lang));
    named.collect::<Vec<_>>().join(lang.pick("；", "; "))
}

/// Writes what was billed where under which rule: the level between the summary and the single findings.
///
/// # Errors
/// When a row cannot be written.
pub fn write_items(book: &mut Book, items: &[Item], summary: &RunSummary) -> Result<(), XlsxError> {
    let lang = book.lang();
    let rules: HashMap<&str, _> = summary.rules_run.iter().map(|rule| (rule.rule_id.as_str(), rule)).collect();
    let mut table = Table::open(book, text::SHEET_ITEMS.pick(lang), &ITEM_COLUMNS, 2)?;
    for item in items {
        let model = text::model_name(&summary.models, item.model, lang);
        let rule = rules.get(item.rule_id.as_str());
        table.push(
            book,
            &[
                Cell::Prose(&model),
                Cell::Prose(rule.map_or(&item.rule_id, |rule| rule.title.pick(lang))),
                Cell::Prose(rule.map_or("", |rule| rule.basis.pick(lang))),
                item.fixmedins_name.as_deref().map_or(Cell::Empty, Cell::Prose),
                Cell::Text(&item.fixmedins_code),
                Cell::text(item.item_code.as_deref()),
                Cell::Prose(match (&item.item_name, &item.item_code) {
                    (Some(name), _) => name,
                    (None, Some(_)) => "",
                    (None, None) => text::WHOLE_VISITS.pick(lang),
                }),
                Cell::count(item.findings),
                Cell::count(item.records),
                if item.item_code.is_some() { Cell::Number(item.cnt_e4 as f64 / 1e4) } else { Cell::Empty },
                Cell::Fen(item.counted.gross_fen),
                Cell::Fen(item.counted.inscp_fen),
                Cell::Fen(item.counted.fund_fen),
            ],
        )?;
    }
    table.finish(book)
}

#[cfg(test)]
mod tests {
    use calamine::{Data, Reader, Xlsx, open_workbook};

    use super::*;
    use crate::lang::Text;
    use crate::report::sheet::ROWS_PER_SHEET;
    use crate::rings::model::{Member, MemberKind, Parts, RingKind, Role};

    #[test]
    fn rings_and_members_have_a_sheet_each() {
        let member = |code: &str, kind, role| Member {
            key: 1,
            kind,
            code: code.into(),
            name: None,
            role,
            degree: 3,
            events: 4,
            fund_fen: 12_345,
        };
        let ring = Ring {
            ring_id: "0".repeat(32),
            kind: RingKind::Patients,
            members: vec![
                member("PABC", MemberKind::Person, Role::Core),
                member("PDEF", MemberKind::Person, Role::Member),
                member("H34010000001", MemberKind::Institution, Role::Place),
            ],
            institutions: 1,
            co_events: 4,
            first_day: Some(19_723),
            last_day: Some(19_800),
            fund_fen: 24_690,
            surprise: 12.5,
            parts: Parts::default(),
            score: 100.0,
            rank: 1,
            resale_pct: None,
            explanation: Text::new("2 人同日就诊 4 次，需核实", "two persons, four days: verify"),
            links: Vec::new(),
            meetings: Vec::new(),
            sets: Vec::new(),
            visits: Vec::new(),
        };
        let folder = tempfile::tempdir().expect("temp");
        let path = folder.path().join("rings.xlsx");
        let mut book = Book::new(folder.path(), "", Lang::Zh, ROWS_PER_SHEET).expect("writable");
        write_rings(&mut book, &[&ring]).expect("writable");
        book.save(&path).expect("writable");

        let mut workbook: Xlsx<_> = open_workbook(&path).expect("a workbook");
        let mut cells = |name: &str| -> Vec<Vec<Data>> {
            workbook.worksheet_range(name).expect("the sheet").rows().map(<[Data]>::to_vec).collect()
        };
        let rings = cells("团伙");
        assert_eq!((rings.len(), &rings[1][2]), (2, &Data::String("同行就诊人员".into())));
        // The place is no member.
        assert_eq!((&rings[1][4], &rings[1][9]), (&Data::Float(2.0), &Data::Float(246.9)));
        let members = cells("团伙成员");
        assert_eq!((members.len(), &members[3][5]), (4, &Data::String("地点".into())));
    }
}
