//! The knowledge folder of a synthetic area: limits of its catalogue in the form in which `feijian knowledge import`
//! stores the official ones. The planted cases of models 2 and 6 are judged by it.
//!
//! Nothing in it is anybody's real limit. Most of the limited items are used by planted cases only.

use std::path::Path;

use super::SynthError;
use super::catalogue::Catalogue;
use super::sheet::SynthFile;

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
    Limits { file: "period_limit.csv", columns: "max_cnt,period_days", rows: &[("tsh", "1,30")] },
    Limits {
        file: "setting_limit.csv",
        columns: "setting",
        rows: &[("albumin", "inpatient"), ("urokinase", "emergency"), ("pudilan", "outpatient")],
    },
    Limits { file: "sex_limit.csv", columns: "gend", rows: &[("finasteride", "1"), ("progesterone", "2")] },
    Limits { file: "dual_channel.csv", columns: "dual_channel_days", rows: &[("paclitaxel", "90")] },
];

/// Writes the knowledge folder, UTF-8 CSV files.
///
/// # Errors
/// When the catalogue lacks an item or a file cannot be written.
pub fn write_knowledge(folder: &Path) -> Result<Vec<SynthFile>, SynthError> {
    let catalogue = Catalogue::load()?;
    let fail = |path: &Path, source| SynthError::Write { path: path.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(|source| fail(folder, source))?;
    let mut written = Vec::new();
    for Limits { file, columns, rows } in FILES {
        let mut text = format!("item_code,item_name,{columns},source\n");
        for (item, cells) in rows {
            let item = &catalogue.items[catalogue.item(item)?];
            text.push_str(&format!("{},{},{cells},{SOURCE}\n", item.code, item.name));
        }
        let path = folder.join(file);
        std::fs::write(&path, &text).map_err(|source| fail(&path, source))?;
        written.push(SynthFile { path, rows: rows.len() as u64, bytes: text.len() as u64 });
    }
    Ok(written)
}
