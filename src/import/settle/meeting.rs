//! Where the visits of two sources meet while a store is settled: between the passes, and person bucket by person bucket.

use std::collections::HashMap;

use super::super::error::SettleError;
use super::super::stage;
use super::super::summary::TwoSources;
use super::{DIAGNOSIS_PARTS, MET_ROWS, OPERATION_PARTS, Settling, VISIT_PARTS, conform, sources};
use crate::casestore::source::empty;
use crate::casestore::store::parquet_files;
use crate::frames::{self, Columns};
use polars::prelude::*;

impl Settling<'_> {
    /// Between the passes: recognises the visits that two sources delivered, and gives the hospital's rows the bureau's keys.
    pub(super) fn meet(&mut self) -> Result<(), SettleError> {
        let Some(sources) = self.sources.take() else { return Ok(()) };
        let step = SettleError::step("two sources");
        self.theirs.close()?;
        let practitioners = self.dimensions.practitioners().map_err(&step)?;
        let links = self.order_links()?;
        let dimensions = &self.dimensions;
        let met = sources.meet(
            links,
            |certnos, theirs| dimensions.persons_with(certnos, theirs).unwrap_or_default(),
            &practitioners,
        );
        for (table, keys) in met.replaced() {
            self.dimensions.forget(table, &keys).map_err(&step)?;
        }
        self.dimensions.add_persons(&met.strangers()).map_err(&step)?;
        let tables: [&str; 5] = ["fee", "settlement", VISIT_PARTS, DIAGNOSIS_PARTS, OPERATION_PARTS];
        for table in tables {
            for file in parquet_files(&self.theirs.folder.join(table))? {
                let Some(rows) = frames::read(&[file], Columns::All)? else { continue };
                let (mut both, alone) = met.redirect(rows).map_err(&step)?;
                self.write_by_person(table, alone)?;
                if table == "fee" {
                    met.settle_rows(&mut both, "fee_day").map_err(&step)?;
                }
                if table != "settlement" {
                    self.write_split(&format!("{MET_ROWS}/{table}"), both)?;
                }
            }
        }
        let (rows, counts) = met.two_sources().map_err(&step)?;
        self.write_small("two_sources", conform("two_sources", rows.lazy())?)?;
        self.settled.two_sources = Some(TwoSources {
            paired: counts.paired.iter().map(|(by, visits)| ((*by).to_owned(), *visits)).collect(),
            ambiguous: counts.ambiguous,
            bureau_visits: counts.bureau,
            hospital_visits: counts.hospital,
            differences: counts
                .differences
                .iter()
                .map(|(kind, (rows, fen))| ((*kind).to_owned(), (*rows, *fen)))
                .collect(),
            ..TwoSources::default()
        });
        self.met = Some(met);
        Ok(())
    }

    /// Numbers of stays that only the order records carry, by the hospital's bill.
    fn order_links(&self) -> Result<HashMap<i64, Vec<String>>, SettleError> {
        let step = SettleError::step("two sources");
        let mut links: HashMap<i64, Vec<String>> = HashMap::new();
        for bucket in 0..self.store.index.buckets {
            for file in stage::files(self.store, "order_execute", bucket)? {
                let Some(rows) = frames::read(&[file], Columns::Named(&["setl_key", "visit_sn"]))? else { continue };
                let rows = rows.unique::<String, String>(None, UniqueKeepStrategy::Any, None).map_err(&step)?;
                let reader = sources::Reader(&rows);
                let keys = reader.longs("setl_key").map_err(&step)?;
                let numbers = reader.texts("visit_sn").map_err(&step)?;
                for (key, number) in keys.iter().zip(numbers.iter()) {
                    if let (Some(key), Some(number)) = (key, number) {
                        links.entry(key).or_default().push(number.to_owned());
                    }
                }
            }
        }
        Ok(links)
    }

    /// The hospital's rows of `table` for visits of a person bucket that the bureau has too.
    pub(super) fn met_rows(&self, table: &str, bucket: usize) -> Result<Option<DataFrame>, SettleError> {
        if self.met.is_none() {
            return Ok(None);
        }
        self.parts(&format!("{MET_ROWS}/{table}"), bucket)
    }

    /// Merges the fee lines of a person bucket with the hospital's of the same visits. `visits` are the bureau's.
    pub(super) fn merge_fee(&mut self, bucket: usize, visits: &DataFrame) -> Result<(), SettleError> {
        let (Some(theirs), Some(met)) = (self.met_rows("fee", bucket)?, &self.met) else { return Ok(()) };
        let step = SettleError::step("two sources: fee lines");
        let fee = self.parts("fee", bucket)?.unwrap_or_else(|| empty("fee"));
        let reader = sources::Reader(visits);
        let keys = reader.longs("visit_key").map_err(&step)?;
        let (scopes, funds) = (reader.longs("inscp_fen").map_err(&step)?, reader.longs("fund_fen").map_err(&step)?);
        let mut paid: HashMap<i64, (i64, i64)> = HashMap::new();
        for (at, key) in keys.iter().enumerate() {
            if let Some(lead) = key.and_then(|key| met.groups().get(&key)) {
                let sums = paid.entry(*lead).or_default();
                sums.0 += scopes.get(at).unwrap_or(0);
                sums.1 += funds.get(at).unwrap_or(0);
            }
        }
        let before = fee.height() as u64;
        let lines = sources::merge_lines(fee, &theirs, met.groups(), &paid).map_err(&step)?;
        if let Some(counts) = &mut self.settled.two_sources {
            counts
                .count_lines(theirs.height() as u64, lines.fee.height() as u64 - before, &lines.alone)
                .map_err(&step)?;
        }
        *self.settled.rows.entry("fee".to_owned()).or_insert(0) -= before;
        self.write_by_person("fee", conform("fee", lines.fee.lazy())?)?;
        self.write_by_person("two_sources_line", conform("two_sources_line", lines.alone.lazy())?)
    }
}
