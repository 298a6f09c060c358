//! Which table a file is: decided by its header, by its name only when headers do not decide.

use super::layout::{Layout, Layouts, header_name};

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
