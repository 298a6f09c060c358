//! A first map for unknown tables: every column with what it looks like and its guessed meaning, and the layout that follows from it, as a
//! file for `--map` that somebody corrects first.

use std::fmt::Write;

use super::error::ReadError;
use super::guess::{Column, Guess, columns, guess};
use super::layout::{BUILT_IN, Layouts};
use super::read::first_rows;
use super::source::Source;

/// A map for some files.
#[derive(Debug, Default)]
pub struct FirstMap {
    /// The file's text.
    pub text: String,
    /// For each file what it was taken for, and how many of its columns mean something.
    pub files: Vec<Guessed>,
}

/// What a file was taken for.
#[derive(Debug)]
pub struct Guessed {
    /// The file.
    pub name: String,
    /// Layout; empty where none is likely.
    pub layout: String,
    /// Columns of the file.
    pub columns: usize,
    /// Of those, the ones with a meaning.
    pub known: usize,
    /// Identifying columns that none of them seems to be.
    pub lacking: Vec<String>,
}

const HEAD: &str = "\
# feijian 的对应文件初稿：请逐列核对后用 --map 带上。`列 = [\"文件里的列名\"]` 一行说明文件里的哪一列是什么；猜错的改掉，用不上的删掉。
# 写法见 docs/map-format.md。样子里 9 代表数字，a、A 代表字母，字 代表汉字，不含原值。
# A first map: check it column by column, then give it to --map. A line `column = [\"header in the file\"]` says what a column of the file is;
# correct what is wrong, delete what is of no use. docs/map-format.md has the format. In shapes 9 is a digit, a and A a letter, 字 another one.
";

/// Looks at files and writes a map for them; files with the columns of one before it need no layout of their own.
///
/// # Errors
/// A file cannot be read.
pub fn first_map(sources: &[Source], layouts: &Layouts) -> Result<FirstMap, ReadError> {
    let mut map = FirstMap { text: HEAD.to_owned(), files: Vec::new() };
    let mut seen: Vec<Vec<String>> = Vec::new();
    for source in sources {
        let (names, block) = first_rows(source, layouts)?;
        let columns = columns(&names, &block);
        let guess = guess(layouts, &columns, &source.file_name());
        let known = guess.iter().flat_map(|guess| &guess.meanings).flatten().count();
        map.files.push(Guessed {
            name: source.name(),
            layout: guess.as_ref().map(|guess| guess.layout.name.clone()).unwrap_or_default(),
            columns: columns.len(),
            known,
            lacking: guess.as_ref().map(|guess| guess.lacking.clone()).unwrap_or_default(),
        });
        if seen.contains(&names) {
            continue;
        }
        seen.push(names);
        section(&mut map.text, &source.file_name(), &columns, guess.as_ref());
    }
    Ok(map)
}

/// Text on one line of a comment, whatever a header holds.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn section(text: &mut String, file_name: &str, columns: &[Column], guess: Option<&Guess<'_>>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\n# ==== {} ====", one_line(file_name));
    for (at, column) in columns.iter().enumerate() {
        let meaning = guess.and_then(|guess| guess.meanings[at].as_ref());
        let (zh, en) = column.looks.label();
        let shapes = column.shapes.join(" | ");
        let _ = writeln!(
            text,
            "# {}  填写 {} %，样子 {}，值是{zh} · filled {} %, its values are {en}",
            one_line(&column.name),
            column.filled_pct,
            if shapes.is_empty() { "—" } else { &shapes },
            column.filled_pct
        );
        let _ = match meaning {
            Some(meaning) => writeln!(
                text,
                "#     → {}：{}（{} 分） · {} ({} of 100)",
                meaning.column,
                one_line(&meaning.why.zh),
                meaning.likeness.min(100),
                one_line(&meaning.why.en),
                meaning.likeness.min(100)
            ),
            None => writeln!(text, "#     → ？不知道，不读取 · not known, not read"),
        };
    }
    match guess {
        Some(guess) => layout(text, columns, guess),
        None => {
            let _ = writeln!(
                text,
                "# 没有一列像已知的表，请照 docs/map-format.md 自己写 [[layout]] · no column is like one of a known table: write a [[layout]] of your own"
            );
        }
    }
}

fn layout(text: &mut String, columns: &[Column], guess: &Guess<'_>) {
    let layout = guess.layout;
    let _ = writeln!(text, "#\n# 猜测这是 {}（{}） · taken for {}", layout.zh, layout.name, layout.name);
    if !guess.lacking.is_empty() {
        let lacking = guess.lacking.join(", ");
        let _ = writeln!(
            text,
            "# 还缺 {lacking}：没有找到对应的列，请在下面补上，否则整行可能不能用 · {lacking} not found: rows may be of no use without"
        );
    }
    let mut found: Vec<(&str, &str)> = columns
        .iter()
        .zip(&guess.meanings)
        .filter_map(|(column, meaning)| Some((meaning.as_ref()?.column.as_str(), column.name.as_str())))
        .collect();
    found.sort_unstable();
    // A file is of this layout when it has the columns that tell it; where they are not there, those that were found have to do.
    let mut identify: Vec<&str> = layout
        .identify
        .iter()
        .map(String::as_str)
        .filter(|name| !guess.lacking.iter().any(|lacking| lacking == name))
        .collect();
    if identify.len() < 2 {
        identify = found.iter().map(|(name, _)| *name).take(3).collect();
    }
    let list = |names: &[&str]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        text,
        "\n[[layout]]\nname = {}\nzh = {}\nfamily = {}",
        quoted(&layout.name),
        quoted(&layout.zh),
        quoted(layout.family.id())
    );
    let words: Vec<&str> = layout.file_words.iter().map(String::as_str).collect();
    let nulls: Vec<&str> = layout.null_words.iter().map(String::as_str).collect();
    let required: Vec<&str> = layout.required.iter().map(String::as_str).collect();
    let _ = writeln!(
        text,
        "file_words = [{}]\nnull_words = [{}]\nidentify = [{}]",
        list(&words),
        list(&nulls),
        list(&identify)
    );
    if !required.is_empty() {
        let _ = writeln!(text, "required = [{}]", list(&required));
    }
    let _ = writeln!(text, "\n[layout.columns]");
    for (name, header) in found {
        // Its other spellings stay: files of the standard are read as before.
        let mut spellings = vec![header];
        spellings.extend(
            layout.columns.get(name).into_iter().flatten().map(String::as_str).filter(|known| *known != header),
        );
        let _ = writeln!(text, "{} = [{}]", key(name), list(&spellings));
    }
    let _ = writeln!(
        text,
        "\n# 以下照标准表，一般不用改 · as in the standard table, mostly to be left as it is\n{}",
        rows_of(&layout.name)
    );
}

/// A key of TOML: bare where it may be.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { name.to_owned() } else { quoted(name) }
}

/// The rows of a built-in layout, as its file writes them.
fn rows_of(layout: &str) -> String {
    for (_, text) in BUILT_IN {
        let Ok(document) = toml::from_str::<toml::Table>(text) else { continue };
        let known = document.get("layout").and_then(toml::Value::as_array).into_iter().flatten();
        let of_name = known.filter(|known| known.get("name").and_then(toml::Value::as_str) == Some(layout));
        let rows = of_name.filter_map(|known| known.get("rows").and_then(toml::Value::as_array)).next();
        if let Some(rows) = rows {
            return rows.iter().filter_map(toml::Value::as_table).map(row).collect::<Vec<_>>().join("\n");
        }
    }
    String::new()
}

/// A block of rows.
fn row(row: &toml::Table) -> String {
    let mut text = "[[layout.rows]]\n".to_owned();
    for (name, value) in row.iter().filter(|(name, _)| *name != "set") {
        let _ = writeln!(text, "{} = {value}", key(name));
    }
    text.push_str("\n[layout.rows.set]\n");
    for (name, value) in row.get("set").and_then(toml::Value::as_table).into_iter().flatten() {
        let _ = writeln!(text, "{} = {value}", key(name));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::source::Search;
    use crate::import::source::selection::Selection;

    /// A map for a file of this text, and whether it loads; the layouts with it.
    fn mapped(text: &str) -> (FirstMap, Layouts) {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, map) = (folder.path().join("odd.csv"), folder.path().join("map.toml"));
        std::fs::write(&file, text).expect("write");
        let mut layouts = Layouts::built_in().expect("layouts");
        let search = Search { selection: Selection::default(), layouts: &layouts, workroom: folder.path() };
        let found = search.discover(&[file]).expect("found");
        let first = first_map(&found.sources, &layouts).expect("a map");
        std::fs::write(&map, &first.text).expect("write");
        layouts.add_map(&map).unwrap_or_else(|error| panic!("{error}\n{}", first.text));
        (first, layouts)
    }

    #[test]
    fn every_built_in_layout_can_be_written_and_read() {
        let layouts = Layouts::built_in().expect("layouts");
        for layout in &layouts.built_in {
            let header: Vec<String> = layout.used_columns().into_iter().map(|name| format!("x_{name}")).collect();
            let (map, _) = mapped(&format!("{}\n{}\n", header.join(","), vec!["1"; header.len()].join(",")));
            assert!(map.files[0].known * 5 >= header.len() * 2, "{}: {:?}", layout.name, map.files);
        }
    }

    #[test]
    fn columns_of_a_hospital_system_are_guessed() {
        let (map, layouts) = mapped(
            "病人ID,就诊流水号,收费流水号,医院代码,收费时间,项目编码,项目名称,单价,数量,金额,开单医生,备注\n\
             P1,M1,F1,H34010300001,2024-01-05 08:30:00,003301000010000,血常规,12.50,2,25.00,张三,\n",
        );
        assert_eq!(map.files[0].layout, "fee_list_d", "{}", map.text);
        let columns = &layouts.own[0].columns;
        let first = |name: &str| columns.get(name).and_then(|spellings| spellings.first()).map(String::as_str);
        assert_eq!(first("mdtrt_id"), Some("就诊流水号"), "{}", map.text);
        assert_eq!(first("psn_no"), Some("病人ID"), "{}", map.text);
        assert_eq!(first("fee_ocur_time"), Some("收费时间"), "{}", map.text);
        assert_eq!(first("fixmedins_code"), Some("医院代码"), "{}", map.text);
        assert_eq!(first("det_item_fee_sumamt"), Some("金额"), "{}", map.text);
        assert!(!map.text.contains("张三") && !map.text.contains("血常规"), "shapes only");
    }

    #[test]
    fn a_table_like_none_still_gives_a_map_that_loads() {
        let (map, layouts) = mapped("colour,smell\nred,sweet\n");
        assert_eq!((map.files[0].layout.as_str(), layouts.own.len()), ("", 0), "{}", map.text);
    }
}
