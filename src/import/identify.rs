//! Which table a file is: decided by its header, by its name only when headers do not decide.

use std::collections::BTreeSet;

use super::layout::{Expr, Layout, Layouts, columns_of, header_name};
use super::staged::{STAGED, StagedType};

/// The staged tables that exports put side by side in one row, the finest first: a line with its settlement, its visit and the diagnoses.
const SIDE_BY_SIDE: [&str; 4] = ["fee", "setl", "mdtrt", "diag"];
/// Columns of its own, one that identifies it among them, with which a second table stands beside another in a file. Tables share the numbers of
/// visits and persons, and some a column more. Where lines stand beside anything, one such column makes a third.
const OWN_COLUMNS: usize = 3;

/// How well a layout fits a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// Every identifying column is there.
    complete: bool,
    /// Columns of the header that the layout knows.
    known: usize,
    /// The file's name speaks for it.
    named: bool,
}

/// No layout fits a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The layout that knows most of the columns, if any knows one.
    pub nearest: Option<String>,
    /// Its identifying columns that the header lacks.
    pub lacking: Vec<String>,
}

fn fit(layout: &Layout, header: &[String], file_name: &str) -> Fit {
    let file_name = file_name.to_lowercase();
    Fit {
        complete: layout.identify.iter().all(|name| layout.find(name, header).is_some()),
        known: layout.used_columns().into_iter().filter(|name| layout.find(name, header).is_some()).count(),
        named: layout.file_words.iter().any(|word| file_name.contains(word)),
    }
}

/// The layout of a file with these column names. A user's layout goes before any built-in one.
///
/// # Errors
/// No layout finds its identifying columns.
pub fn identify<'a>(layouts: &'a Layouts, columns: &[String], file_name: &str) -> Result<&'a Layout, Unknown> {
    let header: Vec<String> = columns.iter().map(|name| header_name(name)).collect();
    for group in [&layouts.own, &layouts.built_in] {
        // Of equals the last is the greatest: reversed, so that the first one listed wins.
        let best = group.iter().rev().max_by_key(|layout| fit(layout, &header, file_name));
        if let Some(layout) = best.filter(|layout| fit(layout, &header, file_name).complete) {
            return Ok(layout);
        }
    }
    let lacking = |layout: &Layout| -> Vec<String> {
        layout.identify.iter().filter(|name| layout.find(name, &header).is_none()).cloned().collect()
    };
    let nearest = layouts
        .own
        .iter()
        .chain(&layouts.built_in)
        .map(|layout| (fit(layout, &header, file_name), layout))
        .filter(|(fit, _)| fit.known > 0)
        .max_by_key(|(fit, layout)| (fit.known, std::cmp::Reverse(lacking(layout).len()), fit.named))
        .map(|(_, layout)| layout);
    Err(Unknown {
        nearest: nearest.map(|layout| layout.name.clone()),
        lacking: nearest.map(lacking).unwrap_or_default(),
    })
}

/// A table that a file holds.
#[derive(Debug)]
pub struct Held<'a> {
    /// Its layout.
    pub layout: &'a Layout,
    /// Columns of the header, by position, that are amounts of a finer table in the same rows: of the line, not of the visit.
    pub foreign: BTreeSet<usize>,
}

/// The tables that a file with these column names holds, the finest first: nearly always one, [`identify`]'s. A wide export has the line, its
/// settlement and its visit in each row.
///
/// # Errors
/// No layout finds its identifying columns.
pub fn tables<'a>(layouts: &'a Layouts, columns: &[String], file_name: &str) -> Result<Vec<Held<'a>>, Unknown> {
    let best = identify(layouts, columns, file_name)?;
    let header: Vec<String> = columns.iter().map(|name| header_name(name)).collect();
    let mut taken = vec![best];
    // What else a table of a user's map holds, the map says.
    if rank(best).is_some() && layouts.built_in.iter().any(|layout| std::ptr::eq(layout, best)) {
        let mut known = positions(best, &header);
        let mut others: Vec<(&Layout, Fit)> = layouts
            .built_in
            .iter()
            .filter(|layout| layout.family == best.family && rank(layout).is_some())
            .map(|layout| (layout, fit(layout, &header, file_name)))
            .filter(|(_, fit)| fit.complete)
            .collect();
        others.sort_by_key(|(_, fit)| std::cmp::Reverse(*fit));
        for (layout, _) in others {
            let own: BTreeSet<usize> = positions(layout, &header).difference(&known).copied().collect();
            let mut identifying = layout.identify.iter().filter_map(|name| layout.find(name, &header));
            let fills = |table: usize| layout.rows.first().is_some_and(|row| row.table == table);
            let filled = taken.iter().flat_map(|other| &other.rows).any(|row| fills(row.table));
            let is_wide = taken.len() > 1 && taken.iter().any(|layout| rank(layout) == Some(0));
            let stands_apart = own.len() >= OWN_COLUMNS && identifying.any(|at| own.contains(&at));
            if !filled && (stands_apart || is_wide && !own.is_empty()) {
                known.extend(own);
                taken.push(layout);
            }
        }
        taken.sort_by_key(|layout| rank(layout));
    }
    let mut finer: BTreeSet<usize> = BTreeSet::new();
    let held = taken.into_iter().map(|layout| {
        let foreign = amounts(layout, &header).intersection(&finer).copied().collect();
        finer.extend(positions(layout, &header));
        Held { layout, foreign }
    });
    Ok(held.collect())
}

/// How fine the rows are that a layout counts, from 0.
fn rank(layout: &Layout) -> Option<usize> {
    let table = layout.rows.first().map(|row| STAGED[row.table].name.as_str())?;
    SIDE_BY_SIDE.iter().position(|name| *name == table)
}

/// Columns of a header that a layout knows.
fn positions(layout: &Layout, header: &[String]) -> BTreeSet<usize> {
    layout.used_columns().into_iter().filter_map(|name| layout.find(name, header)).collect()
}

/// Those it reads amounts and quantities from, and does not know the table by.
fn amounts(layout: &Layout, header: &[String]) -> BTreeSet<usize> {
    let sets = layout.rows.iter().flat_map(|row| row.set.iter().map(move |(at, expr)| (row.table, *at, expr)));
    let of_amounts = sets.filter(|(table, at, _)| {
        matches!(STAGED[*table].columns[*at].kind, StagedType::Money | StagedType::E4 | StagedType::E6)
    });
    let names = of_amounts.flat_map(|(_, _, expr)| names_of(expr));
    names
        .filter(|name| !layout.identify.iter().any(|known| known == name))
        .filter_map(|name| layout.find(name, header))
        .collect()
}

fn names_of(expr: &Expr) -> Vec<&str> {
    let mut names = Vec::new();
    columns_of(expr, &mut names);
    names
}

/// How many of these columns the layout that knows most of them knows: whether a file speaks of claims at all.
pub fn known_columns(layouts: &Layouts, columns: &[String]) -> usize {
    let header: Vec<String> = columns.iter().map(|name| header_name(name)).collect();
    let all = layouts.own.iter().chain(&layouts.built_in);
    all.map(|layout| fit(layout, &header, "").known).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(header: &str, file: &str) -> Result<String, Unknown> {
        let layouts = Layouts::built_in().expect("layouts");
        let columns: Vec<String> = header.split(',').map(str::to_owned).collect();
        identify(&layouts, &columns, file).map(|layout| layout.name.clone())
    }

    #[test]
    fn headers_decide() {
        let fee = "FEEDETL_SN\t,MDTRT_ID\t,CNT,PRIC,DET_ITEM_FEE_SUMAMT,INSCP_SCP_AMT";
        assert_eq!(name(fee, "x.csv"), Ok("fee_list_d".to_owned()));
        assert_eq!(
            name("就诊ID,人员编号,开始时间,结束时间,医疗类别,定点医药机构编号", "setl_d.csv"),
            Ok("mdtrt_d".to_owned())
        );
        assert_eq!(name("结算ID,就诊ID,人员编号,医疗费总额,基金支付总额", ""), Ok("setl_d".to_owned()));
        let zy = "HOSPITAL_ID,HISID,ZYH,ADMISSION_DATE,DISCHARGE_DATE,TOTAL_AMOUNT";
        assert_eq!(name(zy, ""), Ok("SETTLE_ZY".to_owned()));
        assert_eq!(name("HOSPITAL_ID,HISID,PRESCRIPTION,ITEM_ID_HOSP,COST", ""), Ok("SETTLE_MZ_DETAIL".to_owned()));
        assert_eq!(
            name("医疗机构编码,结算单据号,住院号,开单科室编码,医院项目编码,金额", ""),
            Ok("SETTLE_ZY_DETAIL".to_owned())
        );
    }

    #[test]
    fn a_wide_file_is_all_of_its_tables() {
        let layouts = Layouts::built_in().expect("layouts");
        let held = |header: &str| -> Vec<(String, Vec<usize>)> {
            let columns: Vec<String> = header.split(',').map(str::to_owned).collect();
            let tables = tables(&layouts, &columns, "x.csv").expect("tables");
            tables.iter().map(|held| (held.layout.name.clone(), held.foreign.iter().copied().collect())).collect()
        };
        let table = |name: &str, foreign: &[usize]| (name.to_owned(), foreign.to_vec());
        let visit = "mdtrt_id,psn_no,begntime,endtime,med_type,dscg_maindiag_code";
        let line = "bkkp_sn,fee_ocur_time,cnt,pric,det_item_fee_sumamt,hilist_code,inscp_amt";
        let settlement = "setl_id,medfee_sumamt,fund_pay_sumamt,setl_time";
        assert_eq!(held(&format!("{visit},{line}")), [table("fee_list_d", &[]), table("mdtrt_d", &[])]);
        assert_eq!(
            held(&format!("{line},{visit},{settlement}")),
            [table("fee_list_d", &[]), table("setl_d", &[6]), table("mdtrt_d", &[])],
            "the amount in scope is the line's"
        );
        // A visit with one column that lines have too, and lines with the person's name.
        assert_eq!(held(&format!("{visit},det_item_fee_sumamt")), [table("mdtrt_d", &[])]);
        assert_eq!(held(&format!("mdtrt_id,psn_no,psn_name,{line}")), [table("fee_list_d", &[])]);
    }

    #[test]
    fn names_break_ties() {
        let shared = "HOSPITAL_ID,HISID,ITEM_ID_HOSP,COST,NUM,UNIT_PRICE";
        assert_eq!(name(shared, "settle_mz_detail_2024.csv"), Ok("SETTLE_MZ_DETAIL".to_owned()));
        assert_eq!(name(shared, "settle_zy_detail_2024.csv"), Ok("SETTLE_ZY_DETAIL".to_owned()));
    }

    #[test]
    fn the_nearest_layout_is_named() {
        let unknown = name("mdtrt_id,colour,psn_no,med_type", "x.csv").expect_err("no layout");
        assert_eq!(unknown.nearest.as_deref(), Some("mdtrt_d"));
        assert!(unknown.lacking.contains(&"begntime".to_owned()), "{:?}", unknown.lacking);
    }
}
