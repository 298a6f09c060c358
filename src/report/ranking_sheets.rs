//! The sheets that rank suspects, one for each kind, those of rings and their members, and the sheet that says what was billed where
//! under which rule.

use std::collections::HashMap;

use rust_xlsxwriter::XlsxError;

use super::contract::MemberRow;
use super::figures::Item;
use super::rings::members;
use super::sheet::{Book, Cell, Column, write_table};
use super::summary::RunSummary;
use super::text;
use crate::findings::model::Suspect;
use crate::lang::{Label, Lang};
use crate::model::SuspectKind;
use crate::rings::Ring;

/// The kinds that are ranked alike, in the order of their sheets: kind, name of the sheet, what it says.
pub const KINDS: [(SuspectKind, Label, Label); 3] = [
    (SuspectKind::Institution, text::SHEET_INSTITUTIONS, text::ABOUT_INSTITUTIONS),
    (SuspectKind::Practitioner, text::SHEET_PRACTITIONERS, text::ABOUT_PRACTITIONERS),
    (SuspectKind::Person, text::SHEET_PERSONS, text::ABOUT_PERSONS),
];

/// A row of a ranking.
struct RankedRow<'a> {
    suspect: &'a Suspect,
    /// Place in the ranking by peers.
    by_peers: Option<i64>,
    /// The main rules by title.
    rules: String,
}

/// Columns of the ranking of a kind; practitioners have the suggested points behind them.
fn suspect_columns<'a>(kind: SuspectKind) -> Vec<Column<RankedRow<'a>>> {
    type Col<'a> = Column<RankedRow<'a>>;
    let mut columns = vec![
        Col::new(text::RANK, 8.0, |row, _| Cell::Rank(row.suspect.rank)),
        Col::new(text::CODE, 28.0, |row, _| Cell::Text(&row.suspect.code)),
        Col::new(text::NAME, 26.0, |row, _| Cell::prose(row.suspect.name.as_deref())),
        Col::new(text::FINDINGS, 9.0, |row, _| Cell::Int(row.suspect.findings)),
        Col::new(text::MODELS, 11.0, |row, _| Cell::Text(&row.suspect.models)),
        Col::new(text::GROSS_ONCE, 14.0, |row, _| Cell::Fen(row.suspect.counted.gross_fen)),
        Col::new(text::INSCP_ONCE, 14.0, |row, _| Cell::Fen(row.suspect.counted.inscp_fen)),
        Col::new(text::FUND_ONCE_SUM, 14.0, |row, _| Cell::Fen(row.suspect.counted.fund_fen)),
        Col::new(text::SHARE, 15.0, |row, _| row.suspect.share.map_or(Cell::Empty, Cell::Ratio)),
        Col::new(text::PEER_RATIO, 11.0, |row, _| row.suspect.peer_ratio.map_or(Cell::Empty, Cell::Decimal)),
        Col::new(text::PEER_RANK, 11.0, |row, _| row.by_peers.map_or(Cell::Empty, Cell::Rank)),
        Col::new(text::SCORE, 12.0, |row, _| Cell::Decimal(row.suspect.score)),
        Col::new(text::TOP_RULES, 48.0, |row, _| Cell::Prose(&row.rules)),
        Col::new(text::REASON, 48.0, |row, _| Cell::Prose(&row.suspect.reason)),
    ];
    if kind == SuspectKind::Practitioner {
        columns.push(Col::new(text::POINTS, 14.0, |row, _| Cell::text(row.suspect.points.as_deref())));
    }
    columns
}

/// Writes a sheet for each kind that has suspects.
///
/// # Errors
/// When a row cannot be written.
pub fn write_rankings(book: &mut Book, suspects: &[Suspect], titles: &HashMap<&str, &str>) -> Result<(), XlsxError> {
    let lang = book.lang();
    for (kind, name, _) in KINDS {
        let mut ranked = suspects.iter().filter(|suspect| suspect.kind == kind).peekable();
        if ranked.peek().is_none() {
            continue;
        }
        let by_peers = peer_ranks(suspects, kind);
        let rows = ranked.map(|suspect| RankedRow {
            suspect,
            by_peers: by_peers.get(suspect.code.as_str()).copied(),
            rules: rule_counts(suspect, titles, lang),
        });
        write_table(book, name.pick(lang), suspect_columns(kind), 2, rows)?;
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
fn ring_columns() -> Vec<Column<Ring>> {
    type Col = Column<Ring>;
    vec![
        Col::new(text::RANK, 8.0, |ring, _| ring_rank(ring)),
        Col::new(text::RING_ID, 38.0, |ring, _| Cell::Text(&ring.ring_id)),
        Col::new(text::KIND, 16.0, |ring, lang| Cell::Text(text::ring_kind(ring.kind).pick(lang))),
        Col::new(text::REASON, 60.0, |ring, lang| Cell::Prose(ring.explained(lang))),
        Col::new(text::MEMBERS, 9.0, |ring, _| Cell::count(ring.size() as u64)),
        Col::new(text::INSTITUTIONS, 10.0, |ring, _| Cell::count(ring.institutions)),
        Col::new(text::CO_EVENTS, 11.0, |ring, _| Cell::count(ring.co_events)),
        Col::new(text::FIRST_DAY, 12.0, |ring, _| Cell::day(ring.first_day)),
        Col::new(text::LAST_DAY, 12.0, |ring, _| Cell::day(ring.last_day)),
        Col::new(text::FUND, 16.0, |ring, _| Cell::Fen(ring.fund_fen)),
        Col::new(text::EXCLUSIVITY, 11.0, |ring, _| Cell::Ratio(ring.parts.exclusivity)),
        Col::new(text::SURPRISE, 12.0, |ring, _| Cell::Decimal(ring.surprise)),
        Col::new(text::SCORE, 12.0, |ring, _| Cell::Decimal(ring.score)),
    ]
}

/// Columns of the members of rings.
fn member_columns<'a>() -> Vec<Column<MemberRow<'a>>> {
    type Col<'a> = Column<MemberRow<'a>>;
    vec![
        Col::new(text::RING_RANK, 10.0, |row, _| ring_rank(row.ring)),
        Col::new(text::RING_ID, 38.0, |row, _| Cell::Text(&row.ring.ring_id)),
        Col::new(text::KIND, 12.0, |row, lang| Cell::Text(text::member_kind(row.member.kind).pick(lang))),
        Col::new(text::CODE, 28.0, |row, _| Cell::Text(&row.member.code)),
        Col::new(text::NAME, 28.0, |row, _| Cell::prose(row.member.name.as_deref())),
        Col::new(text::ROLE_IN_RING, 12.0, |row, lang| Cell::Text(text::ring_role(row.member.role).pick(lang))),
        Col::new(text::DEGREE, 11.0, |row, _| Cell::count(row.member.degree)),
        Col::new(text::EVENTS, 11.0, |row, _| Cell::count(row.member.events)),
        Col::new(text::FUND, 16.0, |row, _| Cell::Fen(row.member.fund_fen)),
    ]
}

fn ring_rank(ring: &Ring) -> Cell<'static> {
    Cell::Rank(i64::try_from(ring.rank).unwrap_or(i64::MAX))
}

/// Writes the rings and their members, a sheet each, if there are rings.
///
/// # Errors
/// When a row cannot be written.
pub fn write_rings(book: &mut Book, rings: &[&Ring]) -> Result<(), XlsxError> {
    if rings.is_empty() {
        return Ok(());
    }
    let lang = book.lang();
    write_table(book, text::SHEET_RINGS.pick(lang), ring_columns(), 2, rings.iter().copied())?;
    write_table(book, text::SHEET_RING_MEMBERS.pick(lang), member_columns(), 2, members(rings))
}

/// A suspect's main rules by title with their findings, as `top_rules` names them by id.
pub fn rule_counts(suspect: &Suspect, titles: &HashMap<&str, &str>, lang: Lang) -> String {
    let rules = suspect.top_rules.split("; ").filter_map(|rule| rule.rsplit_once(' '));
    let named = rules.map(|(id, count)| text::rule_count(titles.get(id).copied().unwrap_or(id), count, lang));
    named.collect::<Vec<_>>().join(lang.pick("；", "; "))
}

/// A row of the sums by rule, institution and item.
struct ItemRow<'a> {
    item: &'a Item,
    /// Number and title of the model.
    model: String,
    /// Title and legal basis of the rule.
    title: &'a str,
    basis: &'a str,
}

/// Columns of the sums by rule, institution and item.
fn item_columns<'a>() -> Vec<Column<ItemRow<'a>>> {
    type Col<'a> = Column<ItemRow<'a>>;
    vec![
        Col::new(text::MODEL, 40.0, |row, _| Cell::Prose(&row.model)),
        Col::new(text::RULE, 34.0, |row, _| Cell::Prose(row.title)),
        Col::new(text::BASIS, 36.0, |row, _| Cell::Prose(row.basis)),
        Col::new(text::INST_NAME, 26.0, |row, _| Cell::prose(row.item.fixmedins_name.as_deref())),
        Col::new(text::INST_CODE, 17.0, |row, _| Cell::Text(&row.item.fixmedins_code)),
        Col::new(text::ITEM_CODE, 28.0, |row, _| Cell::text(row.item.item_code.as_deref())),
        Col::new(text::ITEM_NAME, 30.0, |row, lang| {
            Cell::Prose(match (&row.item.item_name, &row.item.item_code) {
                (Some(name), _) => name,
                (None, Some(_)) => "",
                (None, None) => text::WHOLE_VISITS.pick(lang),
            })
        }),
        Col::new(text::FINDINGS, 9.0, |row, _| Cell::count(row.item.findings)),
        Col::new(text::RECORDS, 9.0, |row, _| Cell::count(row.item.records)),
        Col::new(text::COUNT, 11.0, |row, _| Cell::scaled(row.item.item_code.as_ref().map(|_| row.item.cnt_e4), 4)),
        Col::new(text::GROSS_ONCE, 14.0, |row, _| Cell::Fen(row.item.counted.gross_fen)),
        Col::new(text::INSCP_ONCE, 14.0, |row, _| Cell::Fen(row.item.counted.inscp_fen)),
        Col::new(text::FUND_ONCE_SUM, 14.0, |row, _| Cell::Fen(row.item.counted.fund_fen)),
    ]
}

/// Writes what was billed where under which rule: the level between the summary and the single findings.
///
/// # Errors
/// When a row cannot be written.
pub fn write_items(book: &mut Book, items: &[Item], summary: &RunSummary) -> Result<(), XlsxError> {
    let lang = book.lang();
    let rules: HashMap<&str, _> = summary.rules_run.iter().map(|rule| (rule.rule_id.as_str(), rule)).collect();
    let rows = items.iter().map(|item| {
        let rule = rules.get(item.rule_id.as_str());
        ItemRow {
            item,
            model: summary.model_name(item.model, lang),
            title: rule.map_or(&item.rule_id, |rule| rule.title.pick(lang)),
            basis: rule.map_or("", |rule| rule.basis.pick(lang)),
        }
    });
    write_table(book, text::SHEET_ITEMS.pick(lang), item_columns(), 2, rows)
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
