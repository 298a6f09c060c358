//! Errors as an inspector meets them: each with its exit code, its id, in both languages and as JSON; and the ids of the source against
//! those of `src/errors.toml`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use feijian::explained;
use rayon::prelude::*;
use rust_xlsxwriter::Workbook;

use crate::support::{done, example_rule, files, project, run};

/// What is wrong with the files that [`arrange`] makes, by name.
fn arrange(folder: &Path) {
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(path, bytes).expect("writable");
    };
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("fee.csv", zip::write::SimpleFileOptions::default()).expect("packed");
    zip.write_all(b"a,b\n1,2\n").expect("packed");
    let zip = zip.finish().expect("packed").into_inner();
    write(
        "visits.csv",
        b"mdtrt_id,psn_no,fixmedins_code,begntime,endtime,med_type\nM1,P1,H1,2024-01-05,2024-01-09,21\n",
    );
    write("cut.zip", &zip[..zip.len() / 2]);
    write("cut.parquet", b"PAR1 and no more");
    write("empty.csv", b"");
    write("strange.csv", b"a,b,c\n1,2,3\n");
    write("folder/readme.md", b"nothing to import");
    write("map.toml", b"[[layout]]\nname = \"x\"\nidentify = [\"a\"]\n[[layout.rows]]\ntable = \"nobody\"\nset = {}\n");
    write(
        "unfit.toml",
        b"[[layout]]\nname = \"x\"\nidentify = [\"a\", \"b\", \"c\"]\n[[layout.rows]]\ntable = \"psn\"\n\
          set = { psn_key = { key = \"psn\", of = [\"a\"] }, psn_no = \"a\", brdy_day = { const = \"never\" } }\n",
    );
    write("other/store.json", br#"{"format":99,"buckets":1,"files":[],"rows":{}}"#);
    write("damaged/store.json", b"{");
    write("notice.pdf", b"%PDF");
    write("notice.xlsx", b"no workbook");
    write("notice.csv", b"a,b,c\n1,2,3\n");
    write("latin.csv", b"\xff\xff\xff");
    write("own-knowledge/x.csv", b"a,b\n1,2\n");
    write("cells/sex.csv", b"item_code,gend\nA1,3\n");
    write("both/one.csv", b"item_code,gend\nA1,1\n");
    write("both/two.csv", b"item_code,gend\nA1,2\n");
    write("bad-rule/mine/rule.toml", b"id = ");
    write("rules-without/readme.md", b"");
    write("key", b"0123");
    write("verdicts.csv", b"finding_id,rule_id,result,inspector,remark\nabc,split-stay,perhaps,,\n");
    write("edges.csv", b"low,high\n1,2\n");
    write("schedule.toml", b"title = 1\n");
    write("taken/thesis.docx", b"years of work");
    write("busy/.import.lock", b"");
    let mut workbook = Workbook::new();
    workbook.add_worksheet();
    workbook.save(folder.join("blank.xlsx")).expect("writable");
    // A store with one visit, and the report of it.
    done(folder, "run visits.csv --rule split-stay --store store --out report --quiet");
    done(folder, "import visits.csv --store fresh --quiet");
    for (name, damage) in [("gone", None), ("spoilt", Some(b"PAR1"))] {
        let copy = folder.join(name);
        for (inner, path) in files(&folder.join("report")) {
            fs::create_dir_all(copy.join(&inner).parent().expect("a folder")).expect("writable");
            fs::copy(path, copy.join(inner)).expect("writable");
        }
        match damage {
            Some(bytes) => fs::write(copy.join("findings.parquet"), bytes).expect("writable"),
            None => fs::remove_file(copy.join("findings.parquet")).expect("writable"),
        }
    }
}

/// Command line, exit code, id, words of the Chinese message and of the English one.
const MET: &[(&str, u8, &str, &str, &str)] = &[
    // The command line, refused by clap.
    ("run visits.csv --modles 1", 2, "FJ-101", "没有参数 --modles，是不是 --model？", "unexpected argument '--modles'"),
    ("runn visits.csv", 2, "FJ-102", "没有命令 runn，是不是 run？", "unrecognized subcommand 'runn'"),
    ("help runn", 2, "FJ-102", "没有命令 runn", "unrecognized subcommand 'runn'"),
    ("run visits.csv --model 10", 2, "FJ-103", "“10”不能用：应为 1 到 9", "10 is not in 1..=9"),
    ("run visits.csv --threads many", 2, "FJ-103", "应为整数", "invalid digit"),
    ("case 1 --format pdf", 2, "FJ-103", "可取的值：text、md", "[possible values: text, md]"),
    ("run", 2, "FJ-104", "缺少 <EXPORT>", "<EXPORT>..."),
    ("run visits.csv --out", 2, "FJ-104", "--out <DIR> 后面要写取值", "a value is required for '--out <DIR>'"),
    ("rings store --sql", 2, "FJ-105", "不能与 --sql 同时使用", "cannot be used with"),
    ("knowledge --quiet", 2, "FJ-106", "没有写命令", "requires a subcommand"),
    // The command line, refused by the program.
    ("run visits.csv --period 2024-13", 2, "FJ-110", "既不是月份", "neither a month nor a day"),
    ("run visits.csv --period 2024-05..2024-01", 2, "FJ-111", "止早于起", "the end comes before"),
    ("run visits.csv --field 眼科", 2, "FJ-112", "有 心血管内科 骨科", "there are 心血管内科 骨科"),
    // The case store.
    ("report nowhere", 3, "FJ-201", "nowhere 不是数据仓", "nowhere is no case store"),
    ("report other", 3, "FJ-202", "格式 99", "format 99"),
    ("report damaged", 3, "FJ-204", "store.json 已损坏", "store.json"),
    ("report fresh --out new", 2, "FJ-207", "没有证据", "has no evidence"),
    // Exports.
    ("run nowhere.csv", 3, "FJ-301", "nowhere.csv：找不到文件", "nowhere.csv: "),
    ("run cut.zip", 3, "FJ-302", "cut.zip 无法解压", "cut.zip: "),
    ("run cut.parquet", 3, "FJ-303", "cut.parquet 不是完好的 Parquet", "cut.parquet: "),
    ("run empty.csv", 3, "FJ-305", "empty.csv 是空文件", "the file is empty"),
    ("run strange.csv", 3, "FJ-307", "认不出是哪张表：a, b, c", "which table this is cannot be told"),
    ("run strange.csv --map unfit.toml", 3, "FJ-308", "对应文件用不上", "layout x"),
    ("run strange.csv --map map.toml", 2, "FJ-310", "没有名为 nobody 的目标表", "no staged table nobody"),
    ("run strange.csv --map none.toml", 2, "FJ-310", "none.toml 有误：找不到文件", "none.toml: "),
    ("run folder", 2, "FJ-311", "没有可以导入的数据", "no export among the files given"),
    // Knowledge.
    ("knowledge import nowhere.csv", 3, "FJ-401", "nowhere.csv：找不到文件", "nowhere.csv: "),
    ("knowledge import notice.pdf", 3, "FJ-402", "只能从 .xlsx 和 .csv 导入", ".xlsx and .csv"),
    ("knowledge import notice.xlsx", 3, "FJ-403", "不是完好的 .xlsx", "not a readable .xlsx"),
    ("knowledge import latin.csv", 3, "FJ-404", "既不是 UTF-8", "neither UTF-8"),
    ("knowledge import notice.csv", 3, "FJ-406", "第一行：a", "first row"),
    ("knowledge list --knowledge own-knowledge", 3, "FJ-407", "已知的表头", "no knowledge file"),
    ("knowledge list --knowledge cells", 3, "FJ-409", "第 2 行 gend 列：“3”不在可取的值之内", "line 2, column gend"),
    ("knowledge list --knowledge both", 3, "FJ-410", "说法不一致", "say different things"),
    ("knowledge import notice.csv --knowledge busy", 3, "FJ-411", "另一次导入正在写 busy", "busy is being written to"),
    // Rules and SQL.
    ("rules --rules-dir rules-without", 2, "FJ-501", "规则文件 rules-without", "no folder in it holds a rule.toml"),
    ("rules --rules-dir bad-rule", 2, "FJ-502", "写法有误", "rule.toml"),
    ("rules --rules-dir nowhere", 2, "FJ-503", "无法读取规则 nowhere", "nowhere: "),
    ("run visits.csv --set split-stay.max_gap=3", 2, "FJ-504", "是不是 max_gap_days？", "did you mean max_gap_days?"),
    ("run visits.csv --set split-stay.max_gap_days=300", 2, "FJ-504", "应为 0 到 90（天）", "give 0 to 90 (days)"),
    ("run visits.csv --set max_gap_days", 2, "FJ-504", "规则.参数=数值", "RULE.PARAMETER=VALUE"),
    ("rule split-sta", 2, "FJ-505", "没有规则 split-sta，是不是 split-stay？", "did you mean split-stay?"),
    ("sql store SELEC", 2, "FJ-507", "查询无法执行：", "SELEC"),
    ("rule rotation-ring --sql", 2, "FJ-508", "没有自己的 SQL", "no SQL of its own"),
    // Reports.
    ("run visits.csv --out locked", 75, "FJ-601", "另一次运行正在写", "another run is writing"),
    ("run visits.csv --out taken", 2, "FJ-602", "不是本程序的报告，所以没有替换", "is not replaced"),
    ("run visits.csv --out visits.csv", 2, "FJ-603", "不能作为输出文件夹", "cannot be an output folder"),
    ("run visits.csv --out visits.csv/report", 2, "FJ-605", "无法写入", "cannot write"),
    ("findings --out nowhere/x.csv", 3, "FJ-606", "无法写入 nowhere/x.csv：找不到文件", "cannot write nowhere/x.csv"),
    ("case 1 --report store", 2, "FJ-610", "store 不是本程序的报告", "store is no report"),
    ("run visits.csv --since nowhere", 2, "FJ-610", "nowhere 不是本程序的报告", "nowhere is no report"),
    ("findings --report gone", 3, "FJ-611", "findings.parquet：找不到文件", "findings.parquet: "),
    ("findings --report spoilt", 3, "FJ-612", "findings.parquet 已损坏", "findings.parquet: "),
    ("case none --report report", 2, "FJ-613", "没有疑点 none", "no finding none"),
    // Dispositions and pseudonyms.
    ("run visits.csv --dispositions none.csv", 3, "FJ-701", "none.csv：找不到文件", "none.csv: "),
    ("learn notice.xlsx", 3, "FJ-702", "不是能读的 .xlsx", "notice.xlsx: "),
    ("learn blank.xlsx", 2, "FJ-703", "“疑点编号”和“核查结果”", "has no sheet with the columns"),
    ("run visits.csv --dispositions verdicts.csv", 3, "FJ-705", "第 2 行不合要求", "verdicts.csv: "),
    ("sql store SELECT --pseudonym-key none", 2, "FJ-711", "none：找不到文件", "none: "),
    ("sql store SELECT --pseudonym-key key", 2, "FJ-712", "key 不是代号密钥", "key is no pseudonym key"),
    // The rest.
    ("rings --edges edges.csv", 3, "FJ-803", "没有列 days", "there is no column days"),
    ("rings --edges none.parquet", 3, "FJ-804", "none.parquet：找不到文件", "none.parquet: "),
    ("synth area --institutions 3", 2, "FJ-811", "至少 12 家机构", "at least 12 institutions"),
    ("synth visits.csv/area", 2, "FJ-814", "无法写入", "cannot be written"),
    ("evaluate nowhere.csv --report report", 3, "FJ-821", "无法读取 nowhere.csv", "cannot read nowhere.csv"),
    ("evaluate folder --report report", 2, "FJ-824", "folder 里没有 truth.csv", "holds no truth.csv"),
    ("reward 1 --schedule none.toml", 2, "FJ-831", "无法读取奖励标准 none.toml", "cannot read the schedule none.toml"),
    ("reward 1 --schedule schedule.toml", 2, "FJ-832", "schedule.toml 写法有误", "schedule.toml: "),
    ("reward twelve", 2, "FJ-834", "“twelve”不是金额", "is no amount"),
];

#[test]
fn every_error_that_is_easily_met_speaks_both_languages() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    arrange(folder);
    let locks = [".locked.lock", "busy/.import.lock"].map(|name| File::create(folder.join(name)).expect("writable"));
    locks.iter().for_each(|lock| lock.lock().expect("free"));
    let problems: Vec<String> = MET.par_iter().filter_map(|met| wrong(folder, *met)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

/// What is not as [`MET`] says, if anything.
fn wrong(folder: &Path, (line, code, id, zh, en): (&str, u8, &str, &str, &str)) -> Option<String> {
    let entry = &explained::entries()[id];
    let told = run(folder, line);
    let (begin, end) = (format!("feijian: [{id}] "), format!("\n  怎么办：{}\n", entry.remedy.zh));
    let chinese = told.stderr.starts_with(&begin) && told.stderr.ends_with(&end) && told.stderr.contains(zh);
    if !chinese || told.code != Some(code.into()) || entry.exit != code || !told.stdout.is_empty() {
        return Some(format!("{line}: not {id}, {code}, {zh:?}: {told:?}"));
    }
    let told = run(folder, &format!("{line} --lang en --log-format json"));
    let object: serde_json::Value = serde_json::from_str(&told.stderr).unwrap_or_default();
    let as_expected = object["level"] == *"error"
        && object["id"] == *id
        && object["exit_code"] == i64::from(code)
        && object["remedy"] == *entry.remedy.en;
    let english = object["message"].as_str().is_some_and(|message| message.contains(en));
    let right = as_expected && english && told.code == Some(code.into());
    (!right).then(|| format!("{line}: not {id}, {code}, {en:?}: {told:?}"))
}

#[test]
fn help_is_no_error() {
    let folder = tempfile::tempdir().expect("a folder");
    for line in ["--help", "run -h", "help run", "--version", "run --help --log-format json"] {
        let told = done(folder.path(), line);
        assert!(!told.stdout.is_empty() && told.stderr.is_empty(), "{line}: {}", told.stderr);
    }
}

#[test]
fn a_rule_that_fails_is_told_with_its_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    example_rule(folder, |sql| sql.replacen("'suspect' AS role", "'basis' AS role", 1));
    let line = "run @/hospital/SETTLE_MZ.csv --rules-dir own --rule high-outpatient-bill \
                --set high-outpatient-bill.bill_fen=10000";
    let told = run(folder, &format!("{line} --quiet"));
    assert_eq!(told.code, Some(4), "{}", told.stderr);
    assert!(told.stderr.starts_with("feijian: [FJ-510] 规则 high-outpatient-bill 运行失败"), "{}", told.stderr);
    let told = run(folder, &format!("{line} --lang en --log-format json"));
    let events: Vec<serde_json::Value> =
        told.stderr.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let ids: Vec<_> = events.iter().map(|event| (event["event"].as_str(), event["id"].as_str())).collect();
    assert_eq!(ids, [(Some("failed"), Some("FJ-510")), (Some("finished"), None)], "{}", told.stderr);
}

/// Where each id stands in the source.
fn ids_of_the_source() -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (inner, path) in files(&project("src")).into_iter().filter(|(inner, _)| inner.ends_with(".rs")) {
        let text = fs::read_to_string(path).expect("UTF-8");
        for piece in text.split("\"FJ-").skip(1) {
            let number = piece.split('"').next().unwrap_or_default();
            if number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()) {
                found.entry(format!("FJ-{number}")).or_default().push(inner.clone());
            }
        }
    }
    found
}

#[test]
fn every_id_has_its_entry_and_every_entry_its_error() {
    let source = ids_of_the_source();
    let entries = explained::entries();
    let unexplained: Vec<_> = source.iter().filter(|(id, _)| !entries.contains_key(*id)).collect();
    assert!(unexplained.is_empty(), "src/errors.toml has no entry of {unexplained:?}");
    let unused: Vec<_> = entries.keys().filter(|id| !source.contains_key(*id)).collect();
    assert!(unused.is_empty(), "nobody tells of {unused:?}, which src/errors.toml explains");
    for (id, places) in &source {
        let one = places.iter().all(|place| *place == places[0]);
        assert!(one, "{id} is given to errors of several files: {places:?}");
    }
    for (id, entry) in entries {
        assert!([1, 2, 3, 4, 5, 75].contains(&entry.exit), "{id} ends with {}", entry.exit);
        for text in [&entry.what, &entry.why, &entry.remedy] {
            assert!(!text.zh.is_empty() && !text.en.is_empty(), "{id} says nothing");
        }
    }
}
