//! What is billed and what people have: the items and diseases of catalogue.csv and diseases.csv beside this file.
//!
//! Codes of services are national ones, the same that the knowledge seeds under queries/knowledge use; those of drugs
//! and consumables only look national.

use std::collections::HashMap;

use super::SynthError;

const ITEMS: &str = include_str!("catalogue.csv");
const DISEASES: &str = include_str!("diseases.csv");

/// An insured item.
pub(super) struct Item {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    /// list_type: 101 drugs, 102 herbal pieces, 201 services, 301 consumables.
    pub(super) list: &'static str,
    /// med_chrgitm_type: 01 bed, 02 diagnosis, 03 examination …
    pub(super) charge: &'static str,
    /// chrgitm_lv: 01, 02, 03.
    pub(super) grade: &'static str,
    /// What a tertiary hospital may charge at most, in fen.
    pub(super) ceiling_fen: i64,
    pub(super) unit: &'static str,
    pub(super) spec: &'static str,
    pub(super) form: &'static str,
    /// Days that one unit lasts when it is taken home; 0 for what is used at once.
    pub(super) pack_days: i64,
    /// What hospitals call it: each has one of these in its own price list.
    pub(super) own_names: Vec<&'static str>,
}

impl Item {
    /// Drugs that are dripped or injected: given every day, where others are dispensed by the box.
    pub(super) fn is_injection(&self) -> bool {
        self.form == "注射剂"
    }

    /// Charged by the hour.
    pub(super) fn is_hourly(&self) -> bool {
        self.unit == "小时"
    }
}

/// Where a disease is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    /// One outpatient contact.
    Clinic,
    /// Outpatient contacts month after month.
    Chronic,
    /// An ordinary stay.
    Ward,
    /// Day surgery.
    DaySurgery,
    /// Stays that come back by plan.
    Cycle,
    /// Deliveries and newborns.
    Birth,
    /// Dialysis three times a week.
    Dialysis,
    /// Used by planted cases only.
    Planted,
}

/// A disease and the care it usually gets.
pub(super) struct Disease {
    pub(super) icd: &'static str,
    pub(super) name: &'static str,
    pub(super) department: &'static str,
    pub(super) setting: Setting,
    /// "1" men, "2" women, "0" both.
    pub(super) sex: &'static str,
    /// First and last age in full years.
    pub(super) ages: (i64, i64),
    /// How common it is among the diseases of its setting.
    pub(super) weight: u64,
    /// Shortest and longest stay in days.
    pub(super) days: (i64, i64),
    pub(super) drugs: Vec<usize>,
    pub(super) daily: Vec<usize>,
    pub(super) labs: Vec<usize>,
    pub(super) exams: Vec<usize>,
    pub(super) operations: Vec<usize>,
    /// ICD-9-CM-3 code and name of the operation; empty without one.
    pub(super) procedure: (&'static str, &'static str),
}

/// Items and diseases, found by their names in the data files.
pub(super) struct Catalogue {
    pub(super) items: Vec<Item>,
    pub(super) diseases: Vec<Disease>,
    item_ids: HashMap<&'static str, usize>,
    disease_ids: HashMap<&'static str, usize>,
}

impl Catalogue {
    /// Reads the embedded files.
    pub(super) fn load() -> Result<Self, SynthError> {
        let mut items = Vec::new();
        let mut item_ids = HashMap::new();
        for (line, cells) in rows::<12>("catalogue.csv", ITEMS)? {
            let [id, code, name, list, charge, grade, price, unit, spec, form, days, own_names] = cells;
            let ceiling_fen = fen(price).ok_or_else(|| broken("catalogue.csv", line, price))?;
            item_ids.insert(id, items.len());
            let pack_days = days.parse().map_err(|_| broken("catalogue.csv", line, days))?;
            let own_names = own_names.split('|').collect();
            items.push(Item { code, name, list, charge, grade, ceiling_fen, unit, spec, form, pack_days, own_names });
        }
        let mut diseases = Vec::new();
        let mut disease_ids = HashMap::new();
        for (line, cells) in rows::<16>("diseases.csv", DISEASES)? {
            let [
                id,
                icd,
                name,
                department,
                setting,
                sex,
                ages,
                weight,
                days,
                drugs,
                daily,
                labs,
                exams,
                operations,
                ..,
            ] = cells;
            let broken_cell = |cell: &str| broken("diseases.csv", line, cell);
            let all = |cell: &'static str| {
                cell.split('|')
                    .filter(|id| !id.is_empty())
                    .map(|id| item_ids.get(id).copied().ok_or_else(|| broken_cell(id)))
                    .collect::<Result<Vec<usize>, SynthError>>()
            };
            disease_ids.insert(id, diseases.len());
            diseases.push(Disease {
                icd,
                name,
                department,
                setting: setting_of(setting).ok_or_else(|| broken_cell(setting))?,
                sex,
                ages: span(ages).ok_or_else(|| broken_cell(ages))?,
                weight: weight.parse().map_err(|_| broken_cell(weight))?,
                days: span(days).ok_or_else(|| broken_cell(days))?,
                drugs: all(drugs)?,
                daily: all(daily)?,
                labs: all(labs)?,
                exams: all(exams)?,
                operations: all(operations)?,
                procedure: (cells[14], cells[15]),
            });
        }
        Ok(Self { items, diseases, item_ids, disease_ids })
    }

    /// The item called `id` in catalogue.csv.
    pub(super) fn item(&self, id: &'static str) -> Result<usize, SynthError> {
        self.item_ids.get(id).copied().ok_or(SynthError::Unknown { what: "item", id })
    }

    /// The disease called `id` in diseases.csv.
    pub(super) fn disease(&self, id: &'static str) -> Result<usize, SynthError> {
        self.disease_ids.get(id).copied().ok_or(SynthError::Unknown { what: "disease", id })
    }
}

/// The rows of an embedded file, which has a header and neither quotes nor commas within cells.
fn rows<const N: usize>(file: &'static str, text: &'static str) -> Result<Vec<(usize, [&'static str; N])>, SynthError> {
    text.lines()
        .enumerate()
        .skip(1)
        .map(|(index, line)| {
            let cells: Vec<&'static str> = line.split(',').collect();
            cells.try_into().map(|cells| (index + 1, cells)).map_err(|_| broken(file, index + 1, line))
        })
        .collect()
}

fn broken(file: &'static str, line: usize, cell: &str) -> SynthError {
    SynthError::Data { file, line, cell: cell.to_owned() }
}

/// Yuan with two decimals as fen.
fn fen(price: &str) -> Option<i64> {
    let (yuan, cents) = price.split_once('.')?;
    Some(yuan.parse::<i64>().ok()? * 100 + cents.parse::<i64>().ok()?)
}

/// `6-11` as (6, 11).
fn span(text: &str) -> Option<(i64, i64)> {
    let (low, high) = text.split_once('-')?;
    Some((low.parse().ok()?, high.parse().ok()?))
}

fn setting_of(word: &str) -> Option<Setting> {
    Some(match word {
        "clinic" => Setting::Clinic,
        "chronic" => Setting::Chronic,
        "ward" => Setting::Ward,
        "day" => Setting::DaySurgery,
        "cycle" => Setting::Cycle,
        "birth" => Setting::Birth,
        "dialysis" => Setting::Dialysis,
        "plant" => Setting::Planted,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Catalogue;

    #[test]
    fn the_embedded_files_are_whole() {
        let catalogue = Catalogue::load().expect("embedded data");
        assert!(catalogue.items.len() > 120);
        let mut codes: Vec<&str> = catalogue.items.iter().map(|item| item.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), catalogue.items.len(), "two items with one national code");
        assert!(catalogue.items.iter().all(|item| item.ceiling_fen > 0 && !item.own_names[0].is_empty()));
    }
}
