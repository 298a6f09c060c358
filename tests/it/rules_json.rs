//! Rules as JSON: the shape that docs/rules-json.md promises to other programs, and nothing of rule.toml left out.

use std::collections::BTreeSet;
use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{done, project};

/// What `feijian` prints with these arguments, as JSON.
fn printed(line: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    serde_json::from_str(&done(folder.path(), line).stdout).expect("JSON")
}

/// All rules, as `feijian rules --format json` prints them.
fn rules() -> Vec<Value> {
    printed("rules --format json").as_array().expect("an array").clone()
}

#[test]
fn one_rule_is_described() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_snapshot!("rule_split_stay_json", done(folder.path(), "rule split-stay --format json").stdout);
}

#[test]
fn all_rules_are_described_in_the_order_of_the_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let listed = done(folder.path(), "rules").stdout;
    let listed: Vec<&str> = listed.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).collect();
    let rules = rules();
    let described: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert_eq!(described, listed);
    // The second is one of the search for rings, the third of several tables.
    for id in ["split-stay", "patient-ring", "drug-collector"] {
        let one = rules.iter().find(|rule| rule["id"] == id).expect("listed");
        assert_eq!(&printed(&format!("rule {id} --format json --lang en")), one, "{id}");
        assert_eq!(&printed(&format!("rules {id} --format json"))[0], one, "{id}");
    }
}

/// Where `whole` does not say what `part` says; objects may say more.
fn lacks(whole: &Value, part: &Value, place: &str) -> Vec<String> {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().flat_map(|(key, part)| lacks(&whole[key], part, &format!("{place}.{key}"))).collect()
        }
        (Value::Array(whole), Value::Array(part)) if whole.len() == part.len() => {
            let pairs = whole.iter().zip(part).enumerate();
            pairs.flat_map(|(at, (whole, part))| lacks(whole, part, &format!("{place}[{at}]"))).collect()
        }
        _ if whole == part => Vec::new(),
        _ => vec![format!("{place}: {part} in rule.toml, {whole} in JSON")],
    }
}

/// rule.toml in the shape of the JSON: what it only points at is an object there.
fn reshaped(text: &str) -> Value {
    let mut spec: Value = serde_json::to_value(toml::from_str::<toml::Table>(text).expect("TOML")).expect("JSON");
    spec["model"] = json!({ "number": spec["model"] });
    spec["basis"]["regulation"] = json!({ "zh": spec["basis"]["regulation"] });
    if let Some(fields) = spec.get_mut("fields").and_then(Value::as_array_mut) {
        fields.iter_mut().for_each(|tag| *tag = json!({ "zh": tag }));
    }
    for param in spec.get_mut("params").and_then(Value::as_object_mut).into_iter().flat_map(serde_json::Map::values_mut)
    {
        let why_zh = param.as_object_mut().and_then(|param| param.remove("why_zh"));
        param["why"] = json!({ "zh": why_zh, "en": param["why"] });
        param["unit"] = json!({ "en": param["unit"] });
    }
    spec
}

#[test]
fn nothing_of_a_rule_is_left_out() {
    let mut problems = Vec::new();
    for rule in rules() {
        let folder = project(rule["place"].as_str().expect("a folder"));
        let spec = reshaped(&fs::read_to_string(folder.join("rule.toml")).expect("readable"));
        let id = rule["id"].as_str().expect("a name");
        problems.extend(lacks(&rule, &spec, id));
        let sql = fs::read_to_string(folder.join("rule.sql")).ok();
        assert_eq!(rule["sql"].as_str().is_some(), sql.is_some(), "{id}");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Names of an object's members.
fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn the_page_describes_every_name() {
    let page = fs::read_to_string(project("docs/rules-json.md")).expect("readable");
    let row = |name: &str| page.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
    let rules = rules();
    let all = names(&rules[0]);
    for rule in &rules {
        assert_eq!(names(rule), all, "{}: every rule has every name", rule["id"]);
        for name in &all {
            let row = row(name).unwrap_or_else(|| panic!("no row for {name}"));
            let inner = match *name {
                "params" => rule["params"].as_object().into_iter().flat_map(serde_json::Map::values).collect(),
                "text" => vec![&rule["text"]["zh"], &rule["text"]["en"]],
                "model" | "basis" | "population" | "title" => vec![&rule[name]],
                _ => Vec::new(),
            };
            for name in inner.into_iter().flat_map(names) {
                assert!(row.contains(&format!("`{name}`")), "{name} is not in: {row}");
            }
        }
    }
    assert_eq!(page.lines().filter(|line| line.starts_with("| `")).count(), all.len(), "rows without a name");
}
