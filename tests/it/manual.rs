//! The manuals' commands, run again in their order: each succeeds and prints the lines that the manual shows, in their order.

use std::fs;

use crate::support::{done, project};

/// The commands of a manual with the lines shown below each; `…` stands for lines left out.
fn commands(manual: &str) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for block in manual.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        for line in block.lines().filter(|line| *line != "…") {
            match (line.strip_prefix("$ feijian "), commands.last_mut()) {
                (Some(command), _) => commands.push((command.to_owned(), Vec::new())),
                (None, Some((_, shown))) => shown.push(line.to_owned()),
                (None, None) => panic!("a block begins with output: {line}"),
            }
        }
    }
    commands
}

fn walk_through(page: &str) {
    let manual = fs::read_to_string(project(page)).expect("readable");
    let folder = tempfile::tempdir().expect("a folder");
    let commands = commands(&manual);
    assert!(commands.len() > 8, "{page} has its commands in console blocks");
    for (command, shown) in commands {
        let ended = done(folder.path(), &command.replace("sample-data", "@"));
        let printed: Vec<&str> = ended.stderr.lines().chain(ended.stdout.lines()).map(str::trim_end).collect();
        let mut rest = printed.iter();
        for line in shown {
            assert!(
                rest.any(|printed| *printed == line.trim_end()),
                "{page}: {command} does not print, at this place,\n{line}\nbut\n{}",
                printed.join("\n")
            );
        }
    }
}

#[test]
fn the_chinese_manual_works() {
    walk_through("docs/manual.zh-CN.md");
}

#[test]
fn the_english_manual_works() {
    walk_through("docs/manual.md");
}
