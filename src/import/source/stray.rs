//! What lies beside exports and is none, told by its name alone.

use crate::lang::Label;

const SYSTEM: Label = Label::new("系统或办公软件自己的文件", "a file of the system's or an office program's own");
const MARKER: Label = Label::new("Spark、Hive 的标记或校验文件", "a marker or checksum of Spark or Hive");
const HIDDEN: Label = Label::new("隐藏文件", "a hidden file");
const NOTE: Label = Label::new("说明、日志或程序文件，不是导出数据", "a note, log or program, not an export");
const PICTURE: Label = Label::new("图片、音像文件，不是导出数据", "a picture or recording, not an export");
const DOCUMENT: Label = Label::new("文档，不是导出数据表", "a document, not a table of an export");
const CHECKSUM: Label = Label::new("校验值文件，不是导出数据", "a checksum, not an export");
const PROGRAM: Label = Label::new("程序文件，不是导出数据", "a program, not an export");
const TRUTH: Label =
    Label::new("合成样例的标准答案，不是导出数据", "the planted truth of a synthetic area, not an export");
/// An old copy of a file that is there.
pub const COPY: Label =
    Label::new("旁边文件的旧副本或未完成的下载", "an old copy, or an unfinished download, of the file beside it");
/// The beginning of a file that is not there.
pub const PART: Label = Label::new(
    "没有下载或复制完的文件，请重新取得完整文件",
    "a download or copy that was not finished: get the whole file",
);
/// A form to be filled in.
pub const TEMPLATE: Label = Label::new("空白模板，没有数据", "an empty form, without data");
const OWN_STORE: Label = Label::new("本程序的数据仓", "a case store of this program");
const OWN_REPORT: Label = Label::new("本程序的报告", "a report of this program");

/// Why a file of this name is left alone, if it is.
pub fn file(name: &str) -> Option<Label> {
    let lower = name.to_lowercase();
    let extension = lower.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
    if lower.starts_with("~$") || lower.starts_with(".~lock.") || lower.starts_with("._") {
        return Some(SYSTEM);
    }
    if matches!(lower.as_str(), "thumbs.db" | "desktop.ini" | ".ds_store" | "ehthumbs.db" | ".feijianignore") {
        return Some(SYSTEM);
    }
    let marker = ["_success", "_metadata", "_common_metadata", "_temporary"].contains(&lower.as_str())
        || ["_started", "_committed"].iter().any(|start| lower.starts_with(start))
        || extension == "crc";
    if marker {
        return Some(MARKER);
    }
    if lower.starts_with('.') {
        return Some(HIDDEN);
    }
    if lower.starts_with("truth") {
        return Some(TRUTH);
    }
    if lower.starts_with("readme") && !matches!(extension, "csv" | "xlsx" | "xls" | "parquet") {
        return Some(NOTE);
    }
    match extension {
        "swp" | "lnk" | "url" => Some(SYSTEM),
        "md" | "log" | "ini" | "cfg" | "conf" | "yml" | "yaml" | "toml" | "properties" | "py" | "java" | "js"
        | "css" | "bat" | "cmd" | "sh" | "ps1" | "vbs" | "r" | "sas" | "do" | "ipynb" | "fmt" | "ctl" | "xsd"
        | "dtd" => Some(NOTE),
        "png" | "jpg" | "jpeg" | "gif" | "bmp" | "tif" | "tiff" | "webp" | "svg" | "ico" | "heic" | "psd" | "mp3"
        | "mp4" | "avi" | "mov" | "wav" | "wmv" | "m4a" | "dcm" => Some(PICTURE),
        "doc" | "docx" | "docm" | "wps" | "ppt" | "pptx" | "dps" | "pdf" | "ofd" | "rtf" | "odt" | "odp" | "vsd"
        | "vsdx" | "xmind" | "eml" | "msg" | "epub" | "caj" => Some(DOCUMENT),
        "md5" | "sha1" | "sha256" | "sha512" | "sfv" | "sig" => Some(CHECKSUM),
        "exe" | "dll" | "msi" | "jar" | "class" | "so" | "apk" | "dmg" | "iso" | "ttf" | "otf" | "pyc" | "o"
        | "sys" => Some(PROGRAM),
        _ => None,
    }
}

/// The name of the file of which one of this name is an old copy or a part, and whether it is a part: `fee.csv.bak`, `fee.csv~`,
/// `fee.csv.crdownload`.
pub fn original(name: &str) -> Option<(&str, bool)> {
    if let Some(original) = name.strip_suffix('~') {
        return Some((original, false));
    }
    let (original, extension) = name.rsplit_once('.')?;
    match extension.to_lowercase().as_str() {
        "bak" | "old" | "orig" | "backup" => Some((original, false)),
        "tmp" | "part" | "partial" | "crdownload" | "download" | "filepart" | "xltd" => Some((original, true)),
        _ => None,
    }
    .filter(|(original, _)| original.contains('.'))
}

/// Whether a file of this name is an empty form to be filled in, if it holds next to nothing.
pub fn template(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["模板", "模版", "空表", "样表", "template"].iter().any(|word| lower.contains(word))
}

/// Why a folder of this name is left alone with all that is in it, if it is.
pub fn folder(name: &str) -> Option<Label> {
    match name {
        "__MACOSX" | "$RECYCLE.BIN" | "System Volume Information" | "lost+found" => Some(SYSTEM),
        "_temporary" | "_delta_log" | "_spark_metadata" => Some(MARKER),
        "node_modules" | "__pycache__" => Some(PROGRAM),
        _ if name.starts_with('.') && !matches!(name, "." | "..") => Some(HIDDEN),
        _ => None,
    }
}

/// Why a folder that holds a file of each of these names is left alone: this program wrote it.
pub fn own(holds: impl Fn(&str) -> bool) -> Option<Label> {
    if holds("store.json") && holds("staged") {
        return Some(OWN_STORE);
    }
    (holds("manifest.json") && holds("findings.csv")).then_some(OWN_REPORT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_export() {
        for name in
            ["~$fee.xlsx", "._fee.csv", "_SUCCESS", ".part-0.parquet.crc", "说明.docx", "a.PNG", "README", "readme.txt"]
        {
            assert!(file(name).is_some(), "{name}");
        }
        for name in
            ["fee.csv", "part-00000", "fee", "费用.xls", "_fee.csv", "readme.csv", "x.dat", "x.sql", "导入说明.txt"]
        {
            assert_eq!(file(name), None, "{name}");
        }
        assert_eq!(original("fee.csv.bak"), Some(("fee.csv", false)));
        assert_eq!(original("fee.csv~"), Some(("fee.csv", false)));
        assert_eq!(original("fee.csv.CRDOWNLOAD"), Some(("fee.csv", true)));
        // A database's backup is no copy of a file.
        assert_eq!(original("HIS2024.bak"), None);
        assert_eq!(original("fee.csv"), None);
        assert!(template("fee_list_d模板.csv") && !template("fee_list_d.csv"));
        assert!(folder(".git").is_some() && folder("__MACOSX").is_some());
        assert!(folder("2024").is_none() && folder("fixmedins_code=H1").is_none());
    }
}
