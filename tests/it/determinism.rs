//! The same claims give the same findings: whatever the order of rows, the number of threads, and how rows lie in files and imports.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support::{done, files, project, sample_run};

/// The order that `seed` gives to `count` rows.
fn permutation(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_cached_key(|row| {
        let mut hasher = DefaultHasher::new();
        (seed, row).hash(&mut hasher);
        hasher.finish()
    });
    order
}

/// Rows dealt to the parts in turn, so that every part holds records that belong to records of another.
fn dealt(order: &[usize], parts: usize) -> Vec<Vec<usize>> {
    (0..parts).map(|part| order.iter().copied().skip(part).step_by(parts).collect()).collect()
}

/// Writes the exports of sample-data into the folders `targets`: rows in the order of `seed`, dealt to the targets, and in
/// each target to `pieces` files. Truth is no export and stays behind.
fn write_permuted(targets: &[&Path], pieces: usize, seed: u64) {
    for (name, path) in files(&project("sample-data")) {
        if name.ends_with("truth.csv") || name.ends_with(".md") {
            continue;
        }
        let (stem, extension) = name.rsplit_once('.').expect("an extension");
        let parts: Vec<_> = targets
            .iter()
            .flat_map(|target| (0..pieces).map(move |piece| target.join(format!("{stem}_{piece}.{extension}"))))
            .collect();
        for part in &parts {
            fs::create_dir_all(part.parent().expect("a folder")).expect("writable");
        }
        match extension {
            "parquet" => {
                let batch = read_parquet(&path);
                let rows = dealt(&permutation(batch.num_rows(), seed), parts.len());
                for (part, rows) in parts.iter().zip(rows) {
                    write_parquet(part, &batch, &rows);
                }
            }
            // Bytes, not text: the files are in several encodings, none of which uses the byte of a line break otherwise.
            "csv" => {
                let bytes = fs::read(&path).expect("readable");
                let lines: Vec<&[u8]> =
                    bytes.strip_suffix(b"\n").unwrap_or(&bytes).split(|byte| *byte == b'\n').collect();
                let (header, lines) = lines.split_first().expect("a header");
                let rows = dealt(&permutation(lines.len(), seed), parts.len());
                for (part, rows) in parts.iter().zip(rows) {
                    let mut text = [header, b"\n".as_slice()].concat();
                    for row in rows {
                        text.extend_from_slice(lines[row]);
                        text.push(b'\n');
                    }
                    fs::write(part, text).expect("writable");
                }
            }
            other => panic!("{name}: no way to permute a .{other} file"),
        }
    }
}

fn read_parquet(path: &Path) -> RecordBatch {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("there")).expect("Parquet");
    let schema = builder.schema().clone();
    let batches: Vec<RecordBatch> = builder.build().expect("readable").map(|batch| batch.expect("a batch")).collect();
    concat_batches(&schema, &batches).expect("one schema")
}

fn write_parquet(path: &Path, batch: &RecordBatch, rows: &[usize]) {
    let rows = UInt32Array::from_iter_values(rows.iter().map(|row| u32::try_from(*row).expect("few rows")));
    let taken = take_record_batch(batch, &rows).expect("rows of the batch");
    let mut writer =
        ArrowWriter::try_new(File::create(path).expect("writable"), taken.schema(), None).expect("a schema");
    writer.write(&taken).expect("written");
    writer.close().expect("closed");
}

/// Compares a report with that of sample-data as it is.
fn assert_same(report: &Path, what: &str) {
    for file in ["findings.csv", "suspects.csv"] {
        let expected = fs::read_to_string(sample_run().report(file)).expect("the report of sample-data");
        let found = fs::read_to_string(report.join(file)).expect("a report");
        let differing = expected.lines().zip(found.lines()).find(|(one, other)| one != other);
        assert!(expected == found, "{file} differs with {what}, first here:\n{differing:#?}");
    }
}

#[test]
fn order_of_rows_and_one_thread() {
    let folder = tempfile::tempdir().expect("a folder");
    let exports = folder.path().join("exports");
    write_permuted(&[&exports], 1, 1);
    done(folder.path(), "run exports --knowledge @/knowledge --out report --threads 1 --quiet");
    assert_same(&folder.path().join("report"), "rows permuted and one thread");
}

#[test]
fn files_split_in_two_and_two_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    let exports = folder.path().join("exports");
    write_permuted(&[&exports], 2, 2);
    done(folder.path(), "run exports --knowledge @/knowledge --out report --threads 2 --quiet");
    assert_same(&folder.path().join("report"), "files split in two and two threads");
}

#[test]
fn two_imports_into_one_store() {
    let folder = tempfile::tempdir().expect("a folder");
    write_permuted(&[&folder.path().join("first"), &folder.path().join("second")], 1, 3);
    done(folder.path(), "import first --store store --quiet");
    done(folder.path(), "run second --knowledge @/knowledge --store store --out report --quiet");
    assert_same(&folder.path().join("report"), "every file imported in two halves");
}
