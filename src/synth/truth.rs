//! truth.csv: what was planted, one row per record of a planted case.
//!
//! `hit`: the rule should point at one of the case's records at least. `silent`: at none of them. The file is no export,
//! and importing the folder skips it.

use super::area::Area;
use super::claims::{Settlement, Visit, final_sequence};
use super::plants::{Expected, Mark, SPECIAL_ITEMS, Scenario};
use super::sheet::Kind::{Minute, Text};
use super::sheet::{Sheet, Table};

/// The file's columns.
pub(super) static TABLE: Table = Table {
    name: "truth",
    columns: &[
        ("case_id", Text),
        ("rule_id", Text),
        ("expected", Text),
        // visit or fee
        ("kind", Text),
        // As the export names the visit: mdtrt_id, or HISID on the hospital's side.
        ("mdtrt_id", Text),
        // Empty on the hospital's side, whose lines have no numbers.
        ("bkkp_sn", Text),
        ("fixmedins_code", Text),
        ("item_code", Text),
        ("medins_list_name", Text),
        ("fee_ocur_time", Minute),
        ("note", Text),
    ],
};

/// A planted case as truth.csv names it.
pub(super) struct Case {
    pub(super) scenario: &'static Scenario,
    /// Place of the scenario in the list of scenarios.
    pub(super) place: usize,
    /// Which of the scenario's cases, from 0.
    pub(super) number: usize,
}

/// Writes the marked records of one person's part of a case.
pub(super) fn write(
    area: &Area,
    case: &Case,
    marks: &[Mark],
    visits: &[Visit],
    settlements: &[Vec<Settlement>],
    one_hospital: bool,
    sheet: &mut Sheet,
) {
    let expected = match case.scenario.expected {
        Expected::Hit => "hit",
        Expected::Silent => "silent",
    };
    for mark in marks {
        let visit = &visits[mark.visit];
        let line = mark.line.map(|line| (line, &visit.lines[line]));
        sheet.code(&format!("{}-{:03}-", case.scenario.rule, case.place + 1), case.number as u64 + 1, 3);
        sheet.text(case.scenario.rule).text(expected).text(if line.is_some() { "fee" } else { "visit" });
        let part = line.map_or(visit.cuts.len(), |(_, line)| visit.settlement_of(line.minute));
        match final_sequence(&settlements[mark.visit], part) {
            Some(sequence) if one_hospital => sheet.code(&visit.id, sequence, 1),
            _ => sheet.text(&visit.id),
        };
        match line {
            Some((place, _)) if !one_hospital => sheet.code("", place as u64 + 1, 5),
            _ => sheet.text(""),
        };
        let institution = &area.institutions[visit.institution];
        sheet.text(&institution.code);
        match line {
            Some((_, line)) => {
                let own_name =
                    line.special.map_or(institution.own_items[line.item].1.as_str(), |place| SPECIAL_ITEMS[place].1);
                sheet.text(area.catalogue.items[line.item].code).text(own_name).number(line.minute)
            }
            None => sheet.text("").text("").null_word(""),
        };
        sheet.text(case.scenario.note).end_row();
    }
}
