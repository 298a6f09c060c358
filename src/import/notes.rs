//! What the reader of a file should know about how its lines and cells were read, in words.

use crate::casestore::store::ImportedFile;
use crate::lang::Text;

/// A file without a header was read by that of another part of its table.
pub fn part(source: &str) -> Text {
    Text::new(
        format!("没有表头，按同一张表的另一部分 {source} 的表头读取"),
        format!("without a header: read by that of another part of the table, {source}"),
    )
}

/// What was mended, in words by the id of the mend.
const MENDS: [(&str, &str, &str); 11] = [
    ("apostrophe", "去掉撇号", "apostrophe taken off"),
    ("blank", "去掉制表符等不可见字符", "tab or invisible character taken off"),
    ("float-tail", "去掉 .0", ".0 taken off"),
    ("separators", "去掉千位分隔符", "thousands separators taken off"),
    ("full-width", "全角改半角", "full-width made plain"),
    ("check-letter", "校验码 x 改大写", "check letter x made X"),
    ("currency", "去掉货币符号", "currency taken off"),
    ("ten-thousand", "万元折算为元", "万 multiplied out"),
    ("negative", "括号或末尾负号读作负数", "brackets or a minus behind read as negative"),
    ("unit", "去掉单位", "unit taken off"),
    ("decimal-comma", "逗号读作小数点", "comma read as decimal point"),
];

/// What is to be told of the lines and cells of a file.
pub fn of(file: &ImportedFile) -> Vec<Text> {
    let mut notes = Vec::new();
    if !file.beside.is_empty() {
        let (table, beside) = (&file.layout, file.beside.join(", "));
        notes.push(Text::new(
            format!("每行同时写有 {table} 与 {beside} 的列，分别读作各表"),
            format!("each row holds columns of {table} and of {beside}: read as each of these tables"),
        ));
    }
    let lines = file.lines;
    for (count, zh, en) in [
        (lines.heading, "行标题、单位、说明等（不是数据）", "lines of titles, units and remarks (no data)"),
        (lines.totals, "行合计（不是数据）", "lines of totals (no data)"),
        (lines.repeated_headers, "行重复的表头（不是数据）", "repeated headers (no data)"),
        (lines.padded, "行末尾缺空字段，已补齐", "rows whose empty fields at the end were left out: completed"),
        (
            lines.joined,
            "行因文本中的换行或引号被拆散，已拼合",
            "rows torn by line breaks or quotation marks in texts: put together",
        ),
        (
            lines.other_encoding,
            "行的编码与文件其余部分不同，已分别解码",
            "lines in another encoding than the rest: decoded each by its own",
        ),
        (lines.nul_bytes, "个空字节已去掉", "NUL bytes dropped"),
    ] {
        if count > 0 {
            notes.push(Text::new(format!("{count} {zh}"), format!("{count} {en}")));
        }
    }
    for (column, account) in &file.columns {
        for (mend, count) in &account.mended {
            let (zh, en) = MENDS.iter().find(|(id, ..)| id == mend).map_or(("", ""), |(_, zh, en)| (*zh, *en));
            notes.push(Text::new(
                format!("列 {column}：{zh} {count} 格"),
                format!("column {column}: {en} in {count} cells"),
            ));
        }
    }
    notes
}
