//! Diagnoses that an export says in a text: several in one cell, code and name in any order, or as JSON.
//!
//! A code is told by the shape of ICD-10; what is left beside it is its name. Codes of benefits (`M03906`, the platform's numbers of chronic
//! and special diseases) have nearly that shape and are no diagnoses.

use std::collections::{HashMap, HashSet};

use polars::prelude::*;
use serde_json::Value;

use crate::spelling::normalise;

/// One diagnosis of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Code as exported: half-width, upper case; `None` where the text has a name only.
    pub code: Option<String>,
    /// Name, if there is one.
    pub name: Option<String>,
}

/// What stands between two diagnoses of a text.
const SEPARATORS: &[char] = &['|', ';', '；', '、', ',', '，', '/', '\n', '\r', '\t', '｜', '／'];

/// What may stand between a code and its name.
const GLUE: &[char] = &[' ', '\u{3000}', ':', '：', '-', '–', '—', '_', '.', '=', '*', '+', '†', '#', '"', '\''];

/// Words that stand for no diagnosis.
const NOTHING: &[&str] = &["无", "-", "--", "/", "NULL", "NAN", "未知", "不详", "暂无", "NONE", "N/A"];

/// The diagnoses of `text`, in its order.
pub fn read(text: &str) -> Vec<Said> {
    let text = text.trim();
    if (text.starts_with('[') || text.starts_with('{'))
        && let Ok(value) = serde_json::from_str::<Value>(text)
    {
        let mut said = Vec::new();
        of_json(&value, &mut said);
        return said;
    }
    let folded = fold(text);
    let mut said: Vec<Said> = folded.split(SEPARATORS).flat_map(of_piece).collect();
    let codes_alone = said.iter().filter(|one| one.code.is_some() && one.name.is_none()).count();
    let names_alone = said.iter().filter(|one| one.code.is_none()).count();
    // `J06.900,J02.900|感冒,咽炎` and `J06.900|感冒|J02.900|咽炎` name the same two; so does one code beside one name.
    if codes_alone > 0 && codes_alone == names_alone {
        let mut names = said.iter().filter(|one| one.code.is_none()).filter_map(|one| one.name.clone());
        let names: Vec<String> = names.by_ref().collect();
        said.retain(|one| one.code.is_some());
        for (one, name) in said.iter_mut().filter(|one| one.name.is_none()).zip(names) {
            one.name = Some(name);
        }
    } else if said.iter().any(|one| one.code.is_some()) {
        // The rest of a name that has a comma of its own, or a diagnosis without a code: nothing can be joined to it.
        said.retain(|one| one.code.is_some());
    }
    said
}

/// The code of a benefit or of a single-disease payment where it is a diagnosis.
pub fn disease_code(text: &str) -> Option<String> {
    let code = fold(text.trim());
    (!is_benefit(&code) && code_at(&code, 0) == Some(code.len())).then_some(code)
}

/// Whether a code cell holds more than one code.
pub fn is_list(code: &str) -> bool {
    code.contains(SEPARATORS) || code.contains(' ')
}

/// Half-width and upper case, blanks kept.
fn fold(text: &str) -> String {
    let folded: Vec<String> = text.split([' ', '\u{3000}']).map(keep_separators).collect();
    folded.join(" ")
}

/// [`normalise`] trims and folds; line ends within a word are kept as they separate diagnoses.
fn keep_separators(word: &str) -> String {
    word.split('\n').map(normalise).collect::<Vec<_>>().join("\n")
}

fn of_json(value: &Value, said: &mut Vec<Said>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| of_json(value, said)),
        Value::String(text) => said.extend(read(text)),
        Value::Object(fields) => {
            let text = |words: &[&str]| {
                let named = |key: &str| {
                    let key = key.to_lowercase();
                    words.iter().any(|word| key.contains(word))
                };
                fields.iter().filter(|(key, _)| named(key)).find_map(|(_, value)| value.as_str()).map(fold)
            };
            let code = text(&["code", "codg", "编码", "代码", "dise_no", "icd"]).filter(|code| !is_nothing(code));
            let name = text(&["name", "名称"]).filter(|name| !is_nothing(name));
            match (code, name) {
                (None, None) => fields
                    .values()
                    .filter(|value| value.is_array() || value.is_object())
                    .for_each(|value| of_json(value, said)),
                (code, name) => {
                    let code = code.filter(|code| code_at(code, 0) == Some(code.len()) && !is_benefit(code));
                    if code.is_some() || name.is_some() {
                        said.push(Said { code, name });
                    }
                }
            }
        }
        _ => {}
    }
}

/// The diagnoses of a piece between two separators: usually one.
fn of_piece(piece: &str) -> Vec<Said> {
    let piece = piece.trim();
    let found = codes_in(piece);
    let Some(first) = found.first() else {
        return clean(piece).map(|name| Said { code: None, name: Some(name) }).into_iter().collect();
    };
    // The name follows its code, unless the piece begins with a name.
    let leading = clean(&piece[..first.0]).is_none();
    let mut said = Vec::new();
    for (at, &(begin, end)) in found.iter().enumerate() {
        let before = if at == 0 { 0 } else { found[at - 1].1 };
        let after = found.get(at + 1).map_or(piece.len(), |next| next.0);
        let name = if leading { clean(&piece[end..after]) } else { clean(&piece[before..begin]) };
        let name = if found.len() == 1 && name.is_none() { clean(&piece[end..]) } else { name };
        let code = piece[begin..end].to_owned();
        said.push(Said { code: (!is_benefit(&code)).then_some(code), name });
    }
    said.retain(|one| one.code.is_some() || one.name.is_some());
    said
}

/// A name without what glued it to its code, its number and the brackets around it.
fn clean(text: &str) -> Option<String> {
    // What closes before it opens, or opens at the end, belongs to the code.
    let mut text = text.trim_start_matches(|c: char| GLUE.contains(&c) || ")]】>》}".contains(c));
    text = text.trim_end_matches(|c: char| GLUE.contains(&c) || "([【<《{".contains(c));
    // `1.高血压`, `(1)高血压`
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.len() < text.len() && digits.starts_with(['.', ')', '、']) {
        text = digits[1..].trim_matches(|c: char| GLUE.contains(&c));
    }
    for (open, close) in [('(', ')'), ('[', ']'), ('【', '】'), ('<', '>'), ('《', '》'), ('{', '}')] {
        // What a code left behind: `高血压(` of `高血压(I10)`, `)` of what follows, `(高血压)`.
        let opens = text.matches(open).count();
        let closes = text.matches(close).count();
        if opens > closes && text.ends_with(open) {
            text = &text[..text.len() - open.len_utf8()];
        } else if closes > opens && text.starts_with(close) {
            text = &text[close.len_utf8()..];
        } else if closes > opens && text.ends_with(close) {
            text = &text[..text.len() - close.len_utf8()];
        } else if opens > closes && text.starts_with(open) {
            text = &text[open.len_utf8()..];
        } else if opens == 1 && closes == 1 && text.starts_with(open) && text.ends_with(close) {
            text = &text[open.len_utf8()..text.len() - close.len_utf8()];
        }
        text = text.trim_matches(|c: char| GLUE.contains(&c));
    }
    let named = text.chars().any(char::is_alphabetic) && !is_nothing(text);
    named.then(|| text.to_owned())
}

fn is_nothing(text: &str) -> bool {
    text.is_empty() || NOTHING.contains(&text)
}

/// Begin and end of every code in a piece.
fn codes_in(piece: &str) -> Vec<(usize, usize)> {
    let bytes = piece.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !piece.is_char_boundary(at) {
            at += 1;
            continue;
        }
        let starts = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        // Three characters within words are rather a vitamin than a disease.
        let within_words = piece[..at].chars().next_back().is_some_and(char::is_alphabetic);
        match code_at(piece, at).filter(|end| starts && !(within_words && end - at == 3)) {
            Some(end) => {
                found.push((at, end));
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// End of the ICD-10 code that begins at `at`: `I10`, `J18.900`, `I10.X00X002`, `J18900`.
fn code_at(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let digit = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_digit);
    let filler = |place: usize| digit(place) || bytes.get(place) == Some(&b'X');
    if !bytes.get(at)?.is_ascii_uppercase() || !digit(at + 1) || !digit(at + 2) {
        return None;
    }
    let mut end = at + 3;
    if bytes.get(end) == Some(&b'.') && filler(end + 1) {
        end += 1;
        while filler(end) && end < at + 12 {
            end += 1;
        }
    } else {
        while filler(end) && end < at + 10 {
            end += 1;
        }
    }
    let goes_on = bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
    (!goes_on).then_some(end)
}

/// The platform's number of a chronic or special disease: an M and five digits from 00000 on.
fn is_benefit(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 6 && bytes[0] == b'M' && matches!(bytes[1], b'0' | b'1') && bytes[2..].iter().all(u8::is_ascii_digit)
}

/// Rows of a diagnosis table in the making.
#[derive(Default)]
struct Rows {
    visit: Vec<Option<i64>>,
    psn: Vec<Option<i64>>,
    code: Vec<String>,
    name: Vec<Option<String>>,
    main: Vec<i32>,
    kind: Vec<String>,
    seq: Vec<i32>,
}

impl Rows {
    /// The rows with the columns and types of `like`.
    fn frame(self, like: &DataFrame) -> PolarsResult<DataFrame> {
        let dx3: Vec<String> = self.code.iter().map(|code| code.chars().take(3).collect()).collect();
        let rows = df![
            "visit_key" => self.visit, "psn_key" => self.psn, "dx_code" => self.code, "dx3" => dx3, "dx_name" => self.name,
            "is_main" => self.main, "dx_kind" => self.kind, "seq" => self.seq,
        ]?;
        let columns = like.columns().iter().map(|column| col(column.name().clone()).cast(column.dtype().clone()));
        rows.lazy().select(columns.collect::<Vec<_>>()).collect()
    }
}

/// Adds to `diagnoses` what the visit rows of a unit bucket say in texts, and to `visits` the main diagnosis so found.
///
/// An outpatient visit without a main diagnosis gets the first one said; one under a benefit for a chronic or special disease that disease.
/// Names without a code become `main_dx_name` only.
///
/// # Errors
/// If a column is missing: a bug.
pub fn with_said(visits: DataFrame, diagnoses: DataFrame) -> PolarsResult<(DataFrame, DataFrame)> {
    let diagnoses = split_lists(diagnoses)?;
    let text = |name: &str| -> PolarsResult<StringChunked> {
        Ok(visits.column(name)?.cast(&DataType::String)?.str()?.clone())
    };
    let key =
        |name: &str| -> PolarsResult<Int64Chunked> { Ok(visits.column(name)?.cast(&DataType::Int64)?.i64()?.clone()) };
    let (infos, disease_names) = (text("otp_diag_info")?, text("dise_name")?);
    let (diseases, codes, names) = (text("dise_no")?, text("main_dx")?, text("main_dx_name")?);
    let listed = codes.iter().flatten().any(is_list);
    if !listed
        && infos.null_count() == infos.len()
        && diseases.null_count() == diseases.len()
        && disease_names.null_count() == disease_names.len()
    {
        return Ok((visits, diagnoses));
    }
    let (visit_keys, persons) = (key("visit_key")?, key("psn_key")?);
    let (settings, kinds) = (text("care_setting")?, text("med_type")?);
    let mut known: HashSet<(i64, String)> = HashSet::new();
    let mut has_main: HashSet<i64> = HashSet::new();
    {
        let (visits, codes) = (diagnoses.column("visit_key")?.i64()?, diagnoses.column("dx_code")?.str()?);
        let mains = diagnoses.column("is_main")?.cast(&DataType::Int32)?;
        for ((visit, code), main) in visits.iter().zip(codes.iter()).zip(mains.i32()?.iter()) {
            let (Some(visit), Some(code)) = (visit, code) else { continue };
            known.insert((visit, code.to_owned()));
            if main == Some(1) {
                has_main.insert(visit);
            }
        }
    }
    let mut read_before: HashMap<&str, Vec<Said>> = HashMap::new();
    let mut rows = Rows::default();
    let mut main_codes: Vec<Option<String>> = Vec::with_capacity(visits.height());
    let mut main_names: Vec<Option<String>> = Vec::with_capacity(visits.height());
    for at in 0..visits.height() {
        let (mut main, mut main_name) = (codes.get(at).map(str::to_owned), names.get(at).map(str::to_owned));
        if let Some(list) = main.as_deref().filter(|code| is_list(code))
            && let Some(first) = read(list).into_iter().find(|one| one.code.is_some())
        {
            main_name = main_name.or(first.name);
            main = first.code;
        }
        let mut said: Vec<Said> = Vec::new();
        if let Some(info) = infos.get(at) {
            said.extend(read_before.entry(info).or_insert_with(|| read(info)).iter().cloned());
        }
        let disease = diseases.get(at).and_then(disease_code);
        let disease_name = disease_names.get(at).map(str::to_owned);
        let special = kinds.get(at).is_some_and(|kind| kind.starts_with("14") || kind == "9929");
        if let Some(code) = disease.clone()
            && !said.iter().any(|one| one.code.as_ref() == Some(&code))
        {
            said.push(Said { code: Some(code), name: disease_name.clone() });
        }
        let inpatient = settings.get(at) == Some("inpatient");
        let Some(visit) = visit_keys.get(at) else {
            main_codes.push(main);
            main_names.push(main_name);
            continue;
        };
        let mut lead = None;
        if !inpatient && main.is_none() && !has_main.contains(&visit) {
            let first = said.iter().find(|one| one.code.is_some());
            lead = disease.filter(|_| special).or_else(|| first.and_then(|one| one.code.clone()));
            if lead.is_none() && main_name.is_none() {
                main_name = said.iter().find_map(|one| one.name.clone()).or_else(|| disease_name.filter(|_| special));
            }
        }
        for (seq, one) in (1..).zip(said) {
            let Some(code) = one.code else { continue };
            if known.insert((visit, code.clone())) {
                rows.visit.push(Some(visit));
                rows.psn.push(persons.get(at));
                rows.main.push(i32::from(lead.as_ref() == Some(&code)));
                rows.code.push(code);
                rows.name.push(one.name);
                rows.kind.push("outpatient".to_owned());
                rows.seq.push(seq);
            }
        }
        main_codes.push(main);
        main_names.push(main_name);
    }
    let mut visits = visits.clone();
    visits.with_column(Column::new("main_dx".into(), main_codes))?;
    visits.with_column(Column::new("main_dx_name".into(), main_names))?;
    let diagnoses = diagnoses.vstack(&rows.frame(&diagnoses)?)?;
    Ok((visits, diagnoses))
}

/// Rows whose code cell holds several codes become several rows.
fn split_lists(diagnoses: DataFrame) -> PolarsResult<DataFrame> {
    let codes = diagnoses.column("dx_code")?.str()?.clone();
    if !codes.iter().flatten().any(is_list) {
        return Ok(diagnoses);
    }
    let texts: Vec<(bool, &str)> =
        codes.iter().map(|code| (code.is_some_and(is_list), code.unwrap_or_default())).collect();
    let (visits, persons) = (diagnoses.column("visit_key")?.i64()?, diagnoses.column("psn_key")?.i64()?);
    let (names, kinds) = (diagnoses.column("dx_name")?.str()?, diagnoses.column("dx_kind")?.str()?);
    let (mains, seqs) =
        (diagnoses.column("is_main")?.cast(&DataType::Int32)?, diagnoses.column("seq")?.cast(&DataType::Int32)?);
    let (mains, seqs) = (mains.i32()?, seqs.i32()?);
    let mut rows = Rows::default();
    let mut kept: Vec<bool> = Vec::with_capacity(texts.len());
    for (at, (list, code)) in texts.into_iter().enumerate() {
        let said = if list { read(&format!("{code}|{}", names.get(at).unwrap_or_default())) } else { Vec::new() };
        let coded: Vec<Said> = said.into_iter().filter(|one| one.code.is_some()).collect();
        kept.push(coded.is_empty());
        for (place, one) in (0..).zip(coded) {
            rows.visit.push(visits.get(at));
            rows.psn.push(persons.get(at));
            rows.code.push(one.code.unwrap_or_default());
            rows.name.push(one.name);
            rows.main.push(if place == 0 { mains.get(at).unwrap_or(0) } else { 0 });
            rows.kind.push(kinds.get(at).unwrap_or("discharge").to_owned());
            rows.seq.push(seqs.get(at).unwrap_or(0) + place);
        }
    }
    let kept = diagnoses.filter(&BooleanChunked::from_slice("kept".into(), &kept))?;
    kept.vstack(&rows.frame(&diagnoses)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<(String, String)> {
        let one = |said: Said| (said.code.unwrap_or_default(), said.name.unwrap_or_default());
        read(text).into_iter().map(one).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect()
    }

    #[test]
    fn one_diagnosis_in_every_spelling() {
        let one = pairs(&[("J06.900", "急性上呼吸道感染")]);
        for text in [
            "J06.900 急性上呼吸道感染",
            "J06.900急性上呼吸道感染",
            "J06.900(急性上呼吸道感染)",
            "J06.900（急性上呼吸道感染）",
            "急性上呼吸道感染(J06.900)",
            "急性上呼吸道感染 J06.900",
            "J06.900:急性上呼吸道感染",
            "J06.900-急性上呼吸道感染",
            "J06.900|急性上呼吸道感染",
            "急性上呼吸道感染|J06.900",
            "[J06.900]急性上呼吸道感染",
            "j06.900 急性上呼吸道感染",
            "Ｊ０６．９００　急性上呼吸道感染",
            "1.急性上呼吸道感染(J06.900)",
            r#"{"diag_code":"J06.900","diag_name":"急性上呼吸道感染"}"#,
            r#"[{"诊断编码":"J06.900","诊断名称":"急性上呼吸道感染"}]"#,
            r#"["J06.900 急性上呼吸道感染"]"#,
        ] {
            assert_eq!(said(text), one, "{text}");
        }
    }

    #[test]
    fn two_diagnoses_in_one_text() {
        let two = pairs(&[("J06.900", "感冒"), ("I10.X00X002", "高血压")]);
        for text in [
            "J06.900 感冒;I10.x00x002 高血压",
            "J06.900 感冒；I10.x00x002 高血压",
            "J06.900 感冒、I10.x00x002 高血压",
            "J06.900 感冒,I10.x00x002 高血压",
            "J06.900 感冒，I10.x00x002 高血压",
            "J06.900 感冒/I10.x00x002 高血压",
            "J06.900 感冒\nI10.x00x002 高血压",
            "J06.900 感冒 I10.x00x002 高血压",
            "J06.900(感冒)I10.x00x002(高血压)",
            "J06.900|感冒|I10.x00x002|高血压",
            "J06.900,I10.x00x002|感冒,高血压",
            "1.感冒(J06.900) 2.高血压(I10.x00x002)",
            r#"[{"code":"J06.900","name":"感冒"},{"code":"I10.x00x002","name":"高血压"}]"#,
        ] {
            assert_eq!(said(text), two, "{text}");
        }
    }

    #[test]
    fn names_and_codes_alone() {
        assert_eq!(said("特发性高血压"), pairs(&[("", "特发性高血压")]));
        assert_eq!(said("高血压、糖尿病"), pairs(&[("", "高血压"), ("", "糖尿病")]));
        assert_eq!(said("I10"), pairs(&[("I10", "")]));
        assert_eq!(said("J06.900;J02.900"), pairs(&[("J06.900", ""), ("J02.900", "")]));
        assert_eq!(said("J18900"), pairs(&[("J18900", "")]));
        // A comma within a name: nothing can be said of what follows it.
        assert_eq!(said("A15.000 呼吸道结核，经证实"), pairs(&[("A15.000", "呼吸道结核")]));
        for text in ["", "-", "无", "[]", "{}", "123", "//"] {
            assert_eq!(said(text), pairs(&[]), "{text}");
        }
    }

    #[test]
    fn a_benefit_number_is_no_diagnosis() {
        assert_eq!(said("M03906 高血压"), pairs(&[("", "高血压")]));
        assert_eq!(disease_code("M03906"), None);
        assert_eq!(disease_code("N18.500"), Some("N18.500".to_owned()));
        assert_eq!(disease_code("M51.202"), Some("M51.202".to_owned()));
        assert_eq!(disease_code("ZX10021"), None);
        // Words that only look like codes at their beginning.
        assert_eq!(said("维生素B12缺乏"), pairs(&[("", "维生素B12缺乏")]));
        assert_eq!(said("HP2023型"), pairs(&[("", "HP2023型")]));
    }
}
