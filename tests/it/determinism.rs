//! The same claims give the same findings: whatever the order of rows, the number of threads, and how rows lie in files and imports.
//! All of it at once on the sample; order and files also alone, so that a difference has a name, on the files of its hospital.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support::{SharedRun, done, files, hospital_run, project, sample_run};

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

/// Writes the `exports` of the project into the folders `targets`: rows in the order of `seed`, dealt to the targets, and in
/// each target to `pieces` files. Truth is no export and stays behind.
fn write_permuted(exports: &str, targets: &[&Path], pieces: usize, seed: u64) {
    for (name, path) in files(&project(exports)) {
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

/// Compares a report with that of the exports as they are.
fn assert_same(run: &SharedRun, report: &Path, what: &str) {
    for file in ["findings.csv", "suspects.csv"] {
        let expected = fs::read_to_string(run.report(file)).expect("the report of the exports as they are");
        let found = fs::read_to_string(report.join(file)).expect("a report");
        let differing = expected.lines().zip(found.lines()).find(|(one, other)| one != other);
        assert!(expected == found, "{file} differs with {what}, first here:\n{differing:#?}");
    }
}

#[test]
fn the_sample_in_another_order_in_two_imports_of_other_files_on_one_thread() {
    let folder = tempfile::tempdir().expect("a folder");
    write_permuted("sample-data", &[&folder.path().join("first"), &folder.path().join("second")], 2, 1);
    // Half of a delivery has lines whose visits are in the other half: a loss, until that is there.
    done(folder.path(), "import first --store store --threads 1 --quiet --accept-losses");
    done(folder.path(), "run second --knowledge @/knowledge --store store --out report --threads 1 --quiet");
    let what = "rows permuted, every file in two halves of two files each, one thread";
    assert_same(sample_run(), &folder.path().join("report"), what);
}

/// As [`hospital_run`], over the hospital's files written anew.
fn assert_same_hospital(pieces: usize, seed: u64, what: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    write_permuted("sample-data/hospital", &[&folder.path().join("exports")], pieces, seed);
    done(folder.path(), "run exports --lang en --set split-stay.max_gap_days=0 --out report --quiet");
    assert_same(hospital_run(), &folder.path().join("report"), what);
}

#[test]
fn order_of_rows() {
    assert_same_hospital(1, 2, "rows permuted");
}

#[test]
fn files_split_in_two() {
    assert_same_hospital(2, 3, "files split in two");
}
