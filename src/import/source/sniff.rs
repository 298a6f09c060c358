//! What a file is, by its first bytes: names lie. Hospital systems save web pages as .xls, and mail servers have .csv renamed.

use std::io::Read;

use crate::import::sheets::Utf8;
use crate::import::sheets::dbf::Header;
use crate::import::summary::Skipped;
use crate::lang::{Label, Text};

/// Bytes that are looked at.
pub const HEAD: usize = 64 << 10;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Nothing at all.
    Empty,
    /// Text of one kind or another, perhaps delimited.
    Text,
    /// A zip archive, which a workbook may be.
    Zip,
    /// gzip.
    Gzip,
    /// The container of old office files, and of new ones with a password.
    Ole,
    /// Parquet.
    Parquet,
    /// A web page.
    Html,
    /// Excel 2003's XML.
    SpreadsheetMl,
    /// dBASE.
    Dbf,
    /// JSON or XML: not read, of account where it speaks of claims.
    Markup,
    /// A script that makes tables; whether it fills them has to be looked for.
    Sql,
    /// Not to be read.
    Other(Skipped, Text),
}

const EXPORT_INSTEAD: Label = Label::new("请改为导出 CSV", "export CSV instead");

/// Kinds that begin with fixed bytes: where, which, and what they are.
const MAGIC: [(usize, &[u8], Label); 23] = [
    (
        0,
        b"7z\xbc\xaf\x27\x1c",
        Label::new("7z 压缩包，请先解压，再把解压后的文件夹交给程序", "a 7z archive: unpack it and give the folder"),
    ),
    (
        0,
        b"Rar!\x1a\x07",
        Label::new("rar 压缩包，请先解压，再把解压后的文件夹交给程序", "a rar archive: unpack it and give the folder"),
    ),
    (
        257,
        b"ustar",
        Label::new("tar 包，请先解包，再把解包后的文件夹交给程序", "a tar archive: unpack it and give the folder"),
    ),
    (0, b"BZh", Label::new("bzip2 压缩文件，请先解压", "bzip2: unpack it first")),
    (0, b"\xfd7zXZ\0", Label::new("xz 压缩文件，请先解压", "xz: unpack it first")),
    (0, b"\x28\xb5\x2f\xfd", Label::new("zstd 压缩文件，请先解压", "zstd: unpack it first")),
    (0, b"\x04\x22\x4d\x18", Label::new("lz4 压缩文件，请先解压", "lz4: unpack it first")),
    (0, b"\x1f\x9d", Label::new("compress 压缩文件（.Z），请先解压", "compress (.Z): unpack it first")),
    (0, b"MSCF", Label::new("cab 压缩包，请先解压", "a cab archive: unpack it first")),
    (
        0,
        b"PARE",
        Label::new("加密的 Parquet 文件，请对方不加密重新导出", "an encrypted Parquet file: ask for it unencrypted"),
    ),
    (
        0,
        b"ORC",
        Label::new(
            "ORC 文件，请用 Hive 或 Spark 改存为 Parquet 或 CSV",
            "ORC: have Hive or Spark store it as Parquet or CSV",
        ),
    ),
    (0, b"Obj\x01", Label::new("Avro 文件，请改存为 Parquet 或 CSV", "Avro: have it stored as Parquet or CSV")),
    (
        0,
        b"ARROW1",
        Label::new("Arrow/Feather 文件，请改存为 Parquet 或 CSV", "Arrow or Feather: have it stored as Parquet or CSV"),
    ),
    (
        0,
        b"SEQ\x06",
        Label::new("Hadoop SequenceFile，请改存为 Parquet 或 CSV", "a SequenceFile: have it stored as Parquet or CSV"),
    ),
    (0, b"RCF\x01", Label::new("Hive RCFile，请改存为 Parquet 或 CSV", "an RCFile: have it stored as Parquet or CSV")),
    (
        0,
        b"SQLite format 3\0",
        Label::new(
            "SQLite 数据库，请用 sqlite3 -header -csv 库文件 \"SELECT * FROM 表\" > 表.csv 逐表导出",
            "an SQLite database: export each table with sqlite3 -header -csv FILE \"SELECT * FROM t\" > t.csv",
        ),
    ),
    (
        4,
        b"Standard Jet DB",
        Label::new(
            "Access 数据库（.mdb），请在 Access 中逐表“导出→文本文件”，存为 CSV",
            "an Access database (.mdb): export each table as a text file (CSV) in Access",
        ),
    ),
    (
        4,
        b"Standard ACE DB",
        Label::new(
            "Access 数据库（.accdb），请在 Access 中逐表“导出→文本文件”，存为 CSV",
            "an Access database (.accdb): export each table as a text file (CSV) in Access",
        ),
    ),
    (
        0,
        b"TAPE",
        Label::new(
            "SQL Server 备份（.bak），请还原后用 bcp 库.dbo.表 out 表.csv -c -C 65001 -t\",\" 逐表导出",
            "a SQL Server backup (.bak): restore it and export each table with bcp DB.dbo.T out T.csv -c -C 65001 -t\",\"",
        ),
    ),
    (
        0,
        b"\x01\x0f\0\0",
        Label::new(
            "SQL Server 数据文件（.mdf），请附加后用 bcp 逐表导出 CSV",
            "a SQL Server data file (.mdf): attach it and export each table as CSV with bcp",
        ),
    ),
    (
        0,
        b"PGDMP",
        Label::new(
            "PostgreSQL 备份，请还原后用 psql 的 \\copy 表 TO '表.csv' CSV HEADER 逐表导出",
            "a PostgreSQL dump: restore it and export each table with \\copy T TO 'T.csv' CSV HEADER in psql",
        ),
    ),
    (0, b"$FL2", Label::new("SPSS 数据文件（.sav），请改存为 CSV", "an SPSS file (.sav): have it saved as CSV")),
    (0, b"\x89HDF", Label::new("HDF5 文件，请改存为 CSV 或 Parquet", "HDF5: have it saved as CSV or Parquet")),
];

/// Extensions of files that hold tables and are not read, where no magic bytes tell.
const UNREAD: [(&[&str], Label); 5] = [
    (
        &["dmp", "expdp"],
        Label::new(
            "Oracle 备份（.dmp），请还原后在 SQL Developer 或 PL/SQL Developer 中逐表导出 CSV",
            "an Oracle dump (.dmp): restore it and export each table as CSV from SQL Developer or PL/SQL Developer",
        ),
    ),
    (
        &["bak", "mdf", "ldf", "ndf", "trn"],
        Label::new(
            "数据库备份或数据文件，请还原后逐表导出 CSV",
            "a database's backup or data file: restore it and export each table as CSV",
        ),
    ),
    (
        &["mdb", "accdb"],
        Label::new(
            "Access 数据库，请在 Access 中逐表“导出→文本文件”，存为 CSV",
            "an Access database: export each table as a text file (CSV) in Access",
        ),
    ),
    (
        &["7z", "rar", "tar", "tgz", "bz2", "xz", "zst", "lz4", "cab", "arj", "z"],
        Label::new(
            "此种压缩包不能直接读取，请先解压，再把解压后的文件夹交给程序",
            "an archive of a kind that is not read: unpack it and give the folder",
        ),
    ),
    (
        &[
            "sas7bdat", "sav", "dta", "rdata", "rds", "pkl", "orc", "avro", "feather", "arrow", "h5", "hdf5", "frm",
            "ibd", "myd", "db", "fdb", "gdb", "db2",
        ],
        Label::new(
            "此种数据文件不能读取，请改为导出 CSV 或 Parquet",
            "a data file of a kind that is not read: export CSV or Parquet instead",
        ),
    ),
];

/// Kinds that begin with fixed bytes and hold no claims.
const HARMLESS: [&[u8]; 13] = [
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM\0",
    b"II*\0",
    b"MM\0*",
    b"%PDF",
    b"{\\rtf",
    b"MZ",
    b"\x7fELF",
    b"RIFF",
    b"ID3",
    b"\0\0\x01\0",
];

/// What the file is called `name` whose first bytes these are.
pub fn kind(name: &str, head: &[u8]) -> Kind {
    if head
        .iter()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0 | 0x1a | 0xef | 0xbb | 0xbf | 0xff | 0xfe))
    {
        return Kind::Empty;
    }
    let refused = |label: Label| Kind::Other(Skipped::Refused, label.into());
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => return Kind::Zip,
        [b'P', b'K', 7, 8, ..] => {
            return refused(Label::new(
                "分卷的 zip 压缩包，请先合并解压",
                "a zip archive in volumes: put it together and unpack it",
            ));
        }
        [0x1f, 0x8b, ..] => return Kind::Gzip,
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => return Kind::Ole,
        [b'P', b'A', b'R', b'1', ..] => return Kind::Parquet,
        _ => {}
    }
    for (at, magic, label) in MAGIC {
        if head.get(at..).is_some_and(|rest| rest.starts_with(magic)) {
            return refused(label);
        }
    }
    if HARMLESS.iter().any(|magic| head.starts_with(magic)) {
        return Kind::Other(
            Skipped::Stray,
            Text::new("图片、文档或程序，不是导出数据", "a picture, document or program, not an export"),
        );
    }
    if Header::parse(head).is_some() {
        return Kind::Dbf;
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default();
    if is_binary(head) {
        let unread = UNREAD.iter().find(|(extensions, _)| extensions.contains(&extension.as_str()));
        return match (unread, extension.as_str()) {
            (Some((_, label)), _) => refused(*label),
            (None, "dbf" | "parquet" | "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" | "zip" | "gz" | "csv" | "txt") => {
                refused(Label::new(
                    "内容与扩展名不符，文件已损坏或是别的格式",
                    "not what its name says: damaged, or of another kind",
                ))
            }
            (None, _) => refused(Label::new(
                "不认识的二进制文件，如果是数据，请改为导出 CSV",
                "a binary file of an unknown kind: if it is data, export CSV instead",
            )),
        };
    }
    text_kind(&decoded(head))
}

/// The first bytes as text.
pub fn decoded(head: &[u8]) -> String {
    let mut text = String::new();
    // Bytes in memory can be read; what cannot be decoded is replaced.
    let _ = Utf8::new(head).read_to_string(&mut text);
    text
}

/// More control characters than text has. The bytes of compressed or binary data are control characters by the dozen per hundred.
fn is_binary(head: &[u8]) -> bool {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return false;
    }
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // Text of two bytes a character without its mark: the zeros stand at one side only.
    if (even + odd) * 10 > head.len() {
        return even.min(odd) * 20 > even.max(odd);
    }
    let controls = head.iter().filter(|byte| matches!(byte, 4..=8 | 11 | 14..=25 | 27..=30 | 127)).count();
    controls * 50 > head.len()
}

fn text_kind(text: &str) -> Kind {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let lower: String = text.chars().take(8 << 10).collect::<String>().to_lowercase();
    if lower.starts_with('<') {
        if lower.contains("urn:schemas-microsoft-com:office:spreadsheet") && lower.contains("workbook") {
            return Kind::SpreadsheetMl;
        }
        let page = ["<html", "<!doctype html", "<table", "<tr"].iter().any(|tag| lower.contains(tag));
        return if page { Kind::Html } else { Kind::Markup };
    }
    if lower.starts_with("mime-version:") || lower.contains("content-type: multipart/related") {
        return Kind::Other(
            Skipped::Refused,
            Text::new(
                "单个文件网页（.mht），请用 Excel 打开后另存为 .xlsx",
                "a single-file web page (.mht): open it in Excel and save it as .xlsx",
            ),
        );
    }
    if lower.starts_with("id;p") {
        return Kind::Other(
            Skipped::Refused,
            Text::new("SYLK 文件，请用 Excel 打开后另存为 .xlsx", "a SYLK file: open it in Excel and save it as .xlsx"),
        );
    }
    let mut inner = lower.chars().filter(|c| !c.is_whitespace());
    if matches!((inner.next(), inner.next()), (Some('{'), Some('"' | '}')) | (Some('['), Some('{'))) {
        return Kind::Markup;
    }
    if is_sql(&lower) { Kind::Sql } else { Kind::Text }
}

/// Whether the lines of a text, in small letters, are statements.
fn is_sql(text: &str) -> bool {
    let starts = [
        "insert into ",
        "insert all",
        "create table ",
        "create database ",
        "drop table ",
        "merge into ",
        "set define off",
        "rem inserting",
        "-- mysql dump",
        "-- mariadb dump",
        "-- postgresql database dump",
        "/*!4",
        "lock tables ",
        "set feedback off",
        "prompt ",
        "use [",
        "set identity_insert ",
        "alter table ",
        "copy public.",
        "begin transaction",
        "navicat",
        "source server",
        "set names ",
        "replace into ",
    ];
    text.lines().take(200).any(|line| {
        let line = line.trim_start_matches([' ', '\t', '*']);
        starts.iter().any(|start| line.starts_with(start))
    })
}

/// Whether a script fills tables, and the line that tells how to export one instead, by the program that wrote it.
pub fn sql(bytes: impl Read) -> Option<Text> {
    /// What is looked at of a script without a row in it; a dump of claims has one long before.
    const MOST: u64 = 64 << 20;
    let mut text = Vec::new();
    let mut bytes = Utf8::new(bytes).take(MOST);
    let mut whole = String::new();
    loop {
        text.clear();
        match (&mut bytes).take(1 << 20).read_to_end(&mut text) {
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
        let lower = String::from_utf8_lossy(&text).to_lowercase();
        if whole.len() < HEAD {
            whole.push_str(&lower);
        }
        let filled = ["insert into", "insert all", "replace into", "merge into", " from stdin", "insert ["];
        if filled.iter().any(|words| lower.contains(words)) {
            break;
        }
    }
    let has = |words: &[&str]| words.iter().any(|word| whole.contains(word));
    let (zh, en) = if has(&["mysql", "mariadb", "`", "engine=", "navicat"]) {
        ("mysql 库名 -B -e \"SELECT * FROM 表名\" > 表名.tsv", "mysql DB -B -e \"SELECT * FROM T\" > T.tsv")
    } else if has(&["postgresql", "from stdin", "pg_catalog"]) {
        ("psql 库名 -c \"\\copy 表名 TO '表名.csv' CSV HEADER\"", "psql DB -c \"\\copy T TO 'T.csv' CSV HEADER\"")
    } else if has(&["use [", "\ngo\n", "\ngo\r", "[dbo]", "identity_insert", "n'"]) {
        (
            "sqlcmd -d 库名 -Q \"SET NOCOUNT ON; SELECT * FROM 表名\" -s \"|\" -W -f 65001 -o 表名.csv",
            "sqlcmd -d DB -Q \"SET NOCOUNT ON; SELECT * FROM T\" -s \"|\" -W -f 65001 -o T.csv",
        )
    } else {
        (
            "在 SQL*Plus 中：SET MARKUP CSV ON; SPOOL 表名.csv; SELECT * FROM 表名; SPOOL OFF;",
            "in SQL*Plus: SET MARKUP CSV ON; SPOOL T.csv; SELECT * FROM T; SPOOL OFF;",
        )
    };
    Some(Text::new(
        format!("SQL 脚本（INSERT 语句），不能读取；请逐表导出 CSV：{zh}"),
        format!("an SQL script of INSERT statements, which is not read; export each table as CSV: {en}"),
    ))
}

/// What is said of a script that fills no table.
pub const STATEMENTS: Label = Label::new("SQL 语句，其中没有数据", "SQL statements without data");

/// What is said of JSON and XML that speak of claims.
pub fn markup_refused() -> Text {
    Text::new(
        format!("JSON 或 XML 文件，不能读取，{}", EXPORT_INSTEAD.zh),
        format!("JSON or XML, which is not read: {}", EXPORT_INSTEAD.en),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, head: &[u8]) -> bool {
        matches!(kind(name, head), Kind::Other(Skipped::Refused, _))
    }

    #[test]
    fn content_goes_before_names() {
        assert_eq!(kind("fee.xls", b"mdtrt_id\tpsn_no\r\n1\t2\r\n"), Kind::Text);
        assert_eq!(kind("fee.xls", "<html><table><tr><td>就诊ID".as_bytes()), Kind::Html);
        assert_eq!(kind("fee.xls", b" \r\n<TABLE border=1><TR>"), Kind::Html);
        let xml = b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">";
        assert_eq!(kind("fee.xls", xml), Kind::SpreadsheetMl);
        assert_eq!(kind("fee.csv", b"PK\x03\x04...."), Kind::Zip);
        assert_eq!(kind("fee.csv", b"PAR1...."), Kind::Parquet);
        assert_eq!(kind("part-0", b"\x1f\x8b\x08"), Kind::Gzip);
        assert_eq!(kind("x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Kind::Ole);
        assert_eq!(kind("x.csv", b""), Kind::Empty);
        assert_eq!(kind("x.csv", b"\xef\xbb\xbf \r\n\r\n"), Kind::Empty);
        assert_eq!(kind("x", b"{\"a\": 1}"), Kind::Markup);
        assert_eq!(kind("x", b"<?xml version=\"1.0\"?><rows><row/></rows>"), Kind::Markup);
        // Headers in brackets are no JSON, and a word of SQL makes no script.
        assert_eq!(kind("x", b"[mdtrt_id],[psn_no]\n1,2\n"), Kind::Text);
        assert_eq!(kind("x", "note\nthe insert into the register\n".as_bytes()), Kind::Text);
        assert_eq!(kind("x.txt", b"insert into FEE (A) values (1);\n"), Kind::Sql);
    }

    #[test]
    fn text_of_any_encoding_is_text() {
        let text = "就诊ID,姓名\r\n1,张三\r\n".repeat(20);
        assert_eq!(kind("x.csv", &encoding_rs::GB18030.encode(&text).0), Kind::Text);
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(kind("x.csv", &wide), Kind::Text);
        let narrow: Vec<u8> = "mdtrt_id,psn_no\r\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(kind("x.csv", &narrow), Kind::Text);
        assert_eq!(kind("x.csv", b"mdtrt_id\x01psn_no\n1\x012\n"), Kind::Text);
        assert_eq!(kind("x.csv", b"mdtrt_id,psn_no\n1,2\0\0\n1,3444444444444444444\n"), Kind::Text);
    }

    #[test]
    fn kinds_that_are_not_read_are_named() {
        assert!(refused("a.7z", b"7z\xbc\xaf\x27\x1c") && refused("a.csv", b"Rar!\x1a\x07\x01\0"));
        assert!(
            refused("a.mdb", b"\0\x01\0\0Standard Jet DB\0")
                && refused("x.dmp", b"\x03\x01\x02\x05\x06\x07\x08\x0e\x0f")
        );
        assert!(refused("a.xlsx", &[0x11, 0x12, 0x13, 0x14, 0x80, 0x90]));
        assert!(matches!(kind("a", b"%PDF-1.4"), Kind::Other(Skipped::Stray, _)));
        let mut tar = vec![b'a'; 257];
        tar.extend(b"ustar  ");
        assert!(refused("x.csv", &tar));
    }

    #[test]
    fn scripts_say_how_to_export_instead() {
        let told = |script: &str| sql(script.as_bytes()).map(|text| text.en);
        assert_eq!(told("create table FEE (A varchar2(20));\n"), None);
        assert!(told("insert into FEE (A) values ('1');").expect("rows").contains("SPOOL"));
        assert!(told("INSERT INTO `fee` VALUES (1);").expect("rows").contains("mysql"));
        assert!(told("USE [HIS]\nGO\nINSERT [dbo].[FEE] VALUES (N'1')").expect("rows").contains("sqlcmd"));
        assert!(told("COPY public.fee (a) FROM stdin;\n1\n\\.\n").expect("rows").contains("psql"));
    }
}
