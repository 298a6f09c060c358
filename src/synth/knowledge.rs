//! The knowledge folder of a synthetic area: limits of its catalogue in the form in which `feijian knowledge import`
//! stores the official ones. The planted cases of models 2 and 6 are judged by it.
//!
//! Nothing in it is anybody's real limit. Most of the limited items are used by planted cases only.

use std::path::Path;

use super::catalogue::Catalogue;
use super::sheet::SynthFile;
use super::{SynthError, SynthPlan, watched};
use crate::calendar;

/// A file of the folder: its name, the columns after the item's code and name, and the rows.
struct Limits {
    file: &'static str,
    columns: &'static str,
    /// Item of the catalogue and the cells of `columns`.
    rows: &'static [(&'static str, &'static str)],
}

const SOURCE: &str = "合成样例";

const FILES: [Limits; 9] = [
    Limits {
        file: "age_limit.csv",
        columns: "min_age,max_age",
        rows: &[("montelukast-child", ",14"), ("sleep-study", "60,")],
    },
    Limits {
        file: "course_limit.csv",
        columns: "max_days,min_gap_days",
        rows: &[("tcm-steam", "20,"), ("levocarnitine", "14,")],
    },
    Limits {
        file: "frequency_limit.csv",
        columns: "max_cnt,per",
        rows: &[("physio-infrared", "2,day"), ("rehab-assessment", "2,visit")],
    },
    Limits {
        file: "insurance_limit.csv",
        columns: "insurance",
        rows: &[("silver-cream", "工伤"), ("mifepristone", "生育")],
    },
    Limits { file: "level_limit.csv", columns: "min_level", rows: &[("thymalfasin", "3")] },
    Limits {
        file: "period_limit.csv",
        columns: "max_cnt,period_days",
        // Two knowledge points on one test: the shorter period holds.
        rows: &[("tsh", "1,30"), ("cea", "1,30"), ("cea", "1,7")],
    },
    Limits {
        file: "setting_limit.csv",
        columns: "setting",
        rows: &[("albumin", "inpatient"), ("urokinase", "emergency"), ("pudilan", "outpatient")],
    },
    Limits { file: "sex_limit.csv", columns: "gend", rows: &[("finasteride", "1"), ("progesterone", "2")] },
    Limits { file: "dual_channel.csv", columns: "dual_channel_days", rows: &[("paclitaxel", "90")] },
];

/// Drugs of the catalogue that are bought up for resale.
const RESALE: [&str; 4] = ["amlodipine", "valsartan", "metformin", "atorvastatin"];

/// Writes the knowledge folder of a plan's area, UTF-8 CSV files: the limits, the catalogue of what is insured, the drugs
/// that are bought up, and the persons on outside lists.
///
/// # Errors
/// When the catalogue lacks an item or a file cannot be written.
pub fn write_knowledge(plan: &SynthPlan, folder: &Path) -> Result<Vec<SynthFile>, SynthError> {
    let catalogue = Catalogue::load()?;
    std::fs::create_dir_all(folder).map_err(|source| SynthError::Write { path: folder.to_owned(), source })?;
    let mut written = Vec::new();
    let mut write = |file: &str, header: &str, rows: Vec<String>| -> Result<(), SynthError> {
        let path = folder.join(file);
        let text: String = std::iter::once(header.to_owned()).chain(rows).map(|row| row + "\n").collect();
        let rows = text.lines().count() as u64 - 1;
        std::fs::write(&path, &text).map_err(|source| SynthError::Write { path: path.clone(), source })?;
        written.push(SynthFile { path, rows, bytes: text.len() as u64 });
        Ok(())
    };
    for Limits { file, columns, rows } in FILES {
        let mut lines = Vec::new();
        for (item, cells) in rows {
            let item = &catalogue.items[catalogue.item(item)?];
            lines.push(format!("{},{},{cells},{SOURCE}", item.code, item.name));
        }
        write(file, &format!("item_code,item_name,{columns},source"), lines)?;
    }
    let mut names = Vec::new();
    for item in RESALE {
        names.push(format!("{},{SOURCE}", catalogue.items[catalogue.item(item)?].name));
    }
    write("resale_drug.csv", "resale_drug_name,source", names)?;

    let first_day = i64::from(plan.first_day.to_epoch_days());
    let (left_long_ago, just_left) = (catalogue.item("delisted")?, catalogue.item("leaving")?);
    let insured = catalogue.items.iter().enumerate().map(|(place, item)| {
        let end = match place {
            _ if place == left_long_ago => day(first_day - 300),
            _ if place == just_left => day(first_day - 1),
            _ => String::new(),
        };
        format!("{},{},{},{end},{SOURCE}", item.code, item.name, day(first_day - 1500))
    });
    write("catalogue.csv", "item_code,item_name,begin_date,end_date,source", insured.collect())?;

    let listed = watched(plan).into_iter();
    let listed =
        listed.map(|(person, kind, first, last)| format!("{person},,{kind},{},{},{SOURCE}", day(first), day(last)));
    write("watch.csv", "psn_no,certno,watch_kind,begin_date,end_date,source", listed.collect())?;
    Ok(written)
}

fn day(day: i64) -> String {
    let (year, month, day) = calendar::parts(day);
    format!("{year:04}-{month:02}-{day:02}")
}
