//! The accounts of an import: every row of every file was stored, is a repeat, or was rejected, and the summary says how many.

use std::collections::BTreeMap;

use super::error::ImportError;
use super::layout::Layouts;
use super::losses::{Judging, Losses};
use super::settle::Settled;
use super::summary::{Conflicts, ImportSummary, InputFile, Reversals, SkippedFile};
use crate::casestore::store::Store;
use crate::lang::Text;

/// Puts the accounts together and checks that they balance for every file.
///
/// # Errors
/// If those of a file do not balance.
pub fn summarise(
    store: &Store,
    settled: &Settled,
    skipped_files: Vec<SkippedFile>,
    layouts: &Layouts,
    period: Option<(i32, i32)>,
    judging: &Judging,
) -> Result<ImportSummary, ImportError> {
    let mut conflicts_by_file: BTreeMap<i32, u64> = BTreeMap::new();
    let mut conflicts_by_table: BTreeMap<&str, u64> = BTreeMap::new();
    for (file, _, table) in &settled.conflicts {
        *conflicts_by_file.entry(*file).or_insert(0) += 1;
        *conflicts_by_table.entry(table).or_insert(0) += 1;
    }
    let mut inputs = Vec::new();
    let mut duplicates: BTreeMap<String, u64> = BTreeMap::new();
    for file in &store.index.files {
        let of = |counts: &BTreeMap<i32, u64>| counts.get(&file.file_id).copied().unwrap_or(0);
        let (stored, repeats) = (of(&settled.stored), of(&settled.repeats));
        let conflicts = of(&conflicts_by_file);
        let rejected = file.rows_rejected + conflicts;
        if file.rows_in != stored + repeats + rejected {
            return Err(ImportError::Unbalanced {
                file: file.source.clone(),
                rows_in: file.rows_in,
                stored,
                repeats,
                rejected,
            });
        }
        let repeated = if file.beside.is_empty() { repeats } else { 0 };
        *duplicates.entry(file.layout.clone()).or_insert(0) += repeated + conflicts;
        let title = layouts.own.iter().chain(&layouts.built_in).find(|layout| layout.name == file.layout);
        inputs.push(InputFile {
            name: file.source.clone(),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
            layout: file.layout.clone(),
            layout_title: title.map(|layout| Text::new(layout.zh.clone(), layout.name.clone())).unwrap_or_default(),
            encoding: file.encoding.clone(),
            delimiter: file.delimiter.clone(),
            rows_in: file.rows_in,
            rows_stored: stored,
            rows_repeated: repeats,
            rows_rejected: rejected,
            cells_rejected: file.cells_rejected,
            columns: file.columns.clone(),
            missing_columns: file.missing_columns.clone(),
            ignored_columns: file.ignored_columns.clone(),
            notes: file.notes.clone(),
        });
    }
    let waterfall = &settled.waterfall;
    let fen = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
    let skipped_files = ImportSummary::not_read(store, skipped_files);
    let mut checks = settled.checks.evaluate(&store.index.files, &skipped_files, &duplicates, period);
    checks.push(settled.item_codes.check());
    let mut summary = ImportSummary {
        inputs,
        skipped_files,
        period,
        checks,
        conflicts: conflicts_by_table
            .into_iter()
            .map(|(table, rows)| Conflicts { table: table.to_owned(), rows })
            .collect(),
        reversals: vec![
            Reversals {
                table: "setl".to_owned(),
                paired: waterfall.settlements_reversed,
                unpaired: waterfall.settlements_unpaired,
                unpaired_gross_fen: fen(waterfall.settlements_unpaired_fen),
            },
            Reversals {
                table: "fee".to_owned(),
                paired: waterfall.fee_refunds.saturating_sub(waterfall.fee_refunds_unpaired),
                unpaired: waterfall.fee_refunds_unpaired,
                unpaired_gross_fen: fen(waterfall.fee_refunds_unpaired_fen),
            },
        ],
        waterfall: waterfall.clone(),
        span: settled.checks.span(),
        two_sources: settled.two_sources.clone(),
        item_codes: settled.item_codes.clone(),
        losses: Losses::default(),
    };
    summary.judge(store, judging, layouts);
    Ok(summary)
}
