//! The rooms of src/ stand on each other in the order that docs/structure.md gives: none names a room of its own floor or above.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{ended, files, project};

/// The line of docs/structure.md before the floors.
const BEFORE_FLOORS: &str = "<!-- floors: tests/it/structure.rs reads the block below -->";

/// Rooms by name with the number of their floor, the lowest 0.
fn floors() -> BTreeMap<String, usize> {
    let page = fs::read_to_string(project("docs/structure.md")).expect("readable");
    let (_, rest) = page.split_once(BEFORE_FLOORS).expect("the page names the floors");
    let block = rest.split("```").nth(1).expect("a block");
    let lines = block.lines().skip(1).map(str::trim).filter(|line| !line.is_empty());
    let rooms =
        lines.enumerate().flat_map(|(floor, line)| line.split_whitespace().map(move |room| (room.to_owned(), floor)));
    rooms.collect()
}

/// The room that a file below src/ belongs to: its folder, or the file itself.
fn room(inner: &str) -> &str {
    inner.split(['/', '.']).next().unwrap_or_default()
}

/// The rooms that a text names as `crate::room`, comments and its tests aside.
fn named(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let mut rooms = BTreeSet::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for rest in line.split("crate::").skip(1) {
            rooms
                .insert(rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default().to_owned());
        }
    }
    rooms.remove("");
    rooms
}

#[test]
fn no_room_names_a_higher_one() {
    let floors = floors();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for (inner, path) in files(&project("src")) {
        let own = room(&inner);
        if Path::new(&inner).extension().is_none_or(|extension| extension != "rs") || matches!(own, "lib" | "main") {
            continue;
        }
        seen.insert(own.to_owned());
        let Some(floor) = floors.get(own) else {
            problems.push(format!("{own} stands on no floor of docs/structure.md"));
            continue;
        };
        for other in named(&fs::read_to_string(&path).expect("readable")) {
            match floors.get(&other) {
                _ if other == own => {}
                Some(lower) if lower < floor => {}
                Some(_) => problems.push(format!("src/{inner} names {other}, which is not below {own}")),
                None => problems.push(format!("src/{inner} names {other}, which is no room")),
            }
        }
    }
    problems.extend(floors.keys().filter(|room| !seen.contains(*room)).map(|room| format!("there is no room {room}")));
    problems.dedup();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn names_are_found_in_code_only() {
    let text = "//! crate::cli\nuse crate::rules::{Rule, run};\nlet a = crate::lang::Lang::Zh; // crate::sql\n#[cfg(test)]\nmod tests { use crate::report; }";
    // A comment behind code counts: it would have to be understood to be left out.
    assert_eq!(named(text).into_iter().collect::<Vec<_>>(), ["lang", "rules", "sql"]);
}

/// deny.toml is for `cargo deny`, which is not everywhere: the crates it refuses are looked for here too, in what is really compiled.
#[test]
fn nothing_that_opens_a_connection_is_compiled_in() {
    let deny = fs::read_to_string(project("deny.toml")).expect("readable");
    let (_, list) = deny.split_once("deny = [").expect("a list");
    let refused: BTreeSet<&str> =
        list.lines().filter_map(|line| line.split_once("crate = \"")?.1.split('"').next()).collect();
    assert!(refused.contains("reqwest"), "{refused:?}");
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "--edges", "normal,build", "--target", "all", "--prefix", "none"]);
    let tree = ended(tree.current_dir(project("")));
    assert_eq!(tree.code, Some(0), "{}", tree.stderr);
    let compiled: BTreeSet<&str> = tree.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(compiled.contains("polars"), "{compiled:?}");
    assert_eq!(compiled.intersection(&refused).collect::<Vec<_>>(), [&""; 0]);
}
