//! The help in Chinese: `help.zh.toml` has the Chinese of every English text that `args.rs` gives clap, and clap's own words are
//! replaced here.

use std::collections::HashMap;
use std::sync::LazyLock;

use clap::builder::{PossibleValue, PossibleValuesParser, StyledStr};
use clap::{Arg, Command, CommandFactory};
use serde::Deserialize;
use unicode_width::UnicodeWidthChar;

use super::args::Cli;
use crate::lang::{Lang, Text};

/// Columns of the narrowest usual terminal.
const WIDTH: usize = 80;

/// Columns that clap puts in front of the help of an argument that stands below its name.
const INDENT: usize = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    text: Vec<Text>,
}

/// The texts of `help.zh.toml`.
pub fn texts() -> Vec<Text> {
    let document: Document = toml::from_str(include_str!("help.zh.toml")).expect("src/cli/help.zh.toml parses");
    document.text
}

static CHINESE: LazyLock<HashMap<String, String>> =
    LazyLock::new(|| texts().into_iter().map(|text| (text.en, text.zh)).collect());

/// The Chinese of a text of `args.rs` or of clap.
fn chinese(english: &StyledStr) -> String {
    let english = english.to_string();
    CHINESE.get(&english).cloned().unwrap_or(english)
}

/// Where the command's texts are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A terminal: broken into lines, since clap breaks lines at spaces only, which Chinese does not have.
    Terminal,
    /// A generated page or script: each text whole. Such a command is not parsed with.
    Generated,
}

/// The command line to parse with, whose help is in this language.
pub fn command(lang: Lang) -> Command {
    in_language(lang, Place::Terminal)
}

/// A completion script.
pub fn completions(shell: clap_complete::Shell, lang: Lang) -> Vec<u8> {
    // Through memory: clap_complete panics when whoever reads the script stops reading.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut in_language(lang, Place::Generated), "feijian", &mut script);
    script
}

/// The manual page, roff.
///
/// # Errors
/// Never in practice: writing to memory.
pub fn manual(lang: Lang) -> std::io::Result<String> {
    let mut page = Vec::new();
    clap_mangen::Man::new(in_language(lang, Place::Generated)).render(&mut page)?;
    let page = String::from_utf8_lossy(&page).into_owned();
    Ok(match lang {
        Lang::En => page,
        Lang::Zh => page.lines().map(chinese_section).collect::<Vec<_>>().join("\n"),
    })
}

/// A line of the manual page, its heading in Chinese if it is one.
fn chinese_section(line: &str) -> &str {
    match line {
        ".SH NAME" => ".SH 名称",
        ".SH SYNOPSIS" => ".SH 用法",
        ".SH DESCRIPTION" => ".SH 说明",
        ".SH OPTIONS" => ".SH 选项",
        ".SH SUBCOMMANDS" => ".SH 命令",
        ".SH EXTRA" => ".SH 其他",
        ".SH VERSION" => ".SH 版本",
        other => other,
    }
}

fn in_language(lang: Lang, place: Place) -> Command {
    let mut command = Cli::command();
    match lang {
        Lang::En => command,
        Lang::Zh => {
            // Adds clap's own arguments and the command `help`, so that they are told in Chinese too.
            command.build();
            translated(command, place)
        }
    }
}

fn translated(mut command: Command, place: Place) -> Command {
    command = command.subcommand_value_name("命令");
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().replace("[OPTIONS]", "[选项]");
    let header = command.get_styles().get_header();
    let mut template = format!("{{about-with-newline}}\n{header}用法：{header:#}{{usage}}");
    for (has_any, word, list) in [
        (command.has_subcommands(), "命令：", "{subcommands}"),
        (command.get_positionals().next().is_some(), "参数：", "{positionals}"),
        (command.get_arguments().any(|arg| !arg.is_positional()), "选项：", "{options}"),
    ] {
        if has_any {
            template += &format!("\n\n{header}{word}{header:#}\n{list}");
        }
    }
    template += "{after-help}";
    if let Some(about) = command.get_about().map(chinese) {
        command = command.about(broken(&about, WIDTH, place));
    }
    if let Some(after) = command.get_after_help().map(chinese) {
        command = command.after_help(after);
    }
    if place == Place::Terminal {
        command = command.override_usage(usage).help_template(template);
    }
    command.mut_args(|arg| argument(arg, place)).mut_subcommands(|subcommand| translated(subcommand, place))
}

/// An argument with its help in Chinese, and in it what clap would add in English.
fn argument(mut arg: Arg, place: Place) -> Arg {
    let help = arg.get_help().map(chinese).unwrap_or_default();
    let values: Vec<PossibleValue> = arg.get_possible_values().into_iter().map(chinese_value).collect();
    let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    let mut notes = Vec::new();
    if let Some(variable) = arg.get_env() {
        notes.push(format!("[环境变量：{}]", variable.to_string_lossy()));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        notes.push(format!("[默认：{}]", defaults.join(" ")));
    }
    let shown_values = if arg.is_hide_possible_values_set() { &[] } else { values.as_slice() };
    let explained = |value: &PossibleValue| {
        let help = value.get_help().map(|help| format!("：{help}")).unwrap_or_default();
        format!("- {}{help}", value.get_name())
    };
    let mut long = vec![help.clone()];
    let mut short = vec![help];
    if !shown_values.is_empty() {
        let lines: Vec<String> = shown_values.iter().map(explained).collect();
        long.push(format!("可取的值：\n{}", lines.join("\n")));
    }
    if !notes.is_empty() {
        long.push(notes.join("\n"));
    }
    if place == Place::Terminal {
        short.extend((!shown_values.is_empty()).then(|| format!("[可取的值：{}]", names.join("、"))));
        short.extend(notes);
    }
    if place == Place::Generated && !values.is_empty() {
        arg = arg.value_parser(PossibleValuesParser::new(values));
    }
    arg.help(broken(&short.join(" "), WIDTH - INDENT, place))
        .long_help(broken(&long.join("\n\n"), WIDTH - INDENT, place))
        .next_line_help(true)
        .hide_possible_values(true)
        .hide_default_value(true)
        .hide_env(true)
}

fn chinese_value(value: PossibleValue) -> PossibleValue {
    let help = value.get_help().map(chinese);
    match help {
        Some(help) => value.help(help),
        None => value,
    }
}

/// The text in lines of at most so many columns, where it is for a terminal.
fn broken(text: &str, columns: usize, place: Place) -> String {
    match place {
        Place::Terminal => text.lines().map(|line| broken_line(line, columns)).collect::<Vec<_>>().join("\n"),
        Place::Generated => text.to_owned(),
    }
}

/// Breaks between Chinese characters and at spaces, but neither before a mark that closes nor after one that opens.
fn broken_line(line: &str, columns: usize) -> String {
    const CLOSING: &str = "，。；：、？！）》”’]";
    const OPENING: &str = "（《“‘[";
    let width = |c: char| c.width().unwrap_or(0);
    let mut pieces: Vec<String> = Vec::new();
    for c in line.chars() {
        let joins = pieces.last().and_then(|piece| piece.chars().last()).is_some_and(|before| {
            let narrow = |c: char| width(c) < 2 && c != ' ';
            CLOSING.contains(c) || OPENING.contains(before) || c == ' ' || narrow(before) && narrow(c)
        });
        match pieces.last_mut().filter(|_| joins) {
            Some(piece) => piece.push(c),
            None => pieces.push(c.to_string()),
        }
    }
    let (mut text, mut used) = (String::new(), 0);
    for piece in pieces {
        let needed: usize = piece.trim_end().chars().map(width).sum();
        if used > 0 && used + needed > columns {
            text.truncate(text.trim_end().len());
            text.push('\n');
            used = 0;
        }
        used += piece.chars().map(width).sum::<usize>();
        text += &piece;
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every English text of a command, its arguments and their values.
    fn english(command: &Command, found: &mut BTreeSet<String>) {
        let mut add = |text: Option<&StyledStr>| found.extend(text.map(ToString::to_string));
        add(command.get_about());
        add(command.get_after_help());
        for arg in command.get_arguments() {
            add(arg.get_help());
            arg.get_possible_values().iter().for_each(|value| add(value.get_help()));
        }
        command.get_subcommands().for_each(|subcommand| english(subcommand, found));
    }

    #[test]
    fn every_text_has_its_chinese_and_none_is_stale() {
        let mut command = Cli::command();
        command.build();
        let mut found = BTreeSet::new();
        english(&command, &mut found);
        let known: BTreeSet<String> = texts().into_iter().map(|text| text.en).collect();
        assert_eq!(known.len(), texts().len(), "a text stands in src/cli/help.zh.toml twice");
        let missing: Vec<_> = found.difference(&known).collect();
        assert!(missing.is_empty(), "src/cli/help.zh.toml has no Chinese of {missing:#?}");
        let stale: Vec<_> = known.difference(&found).collect();
        assert!(stale.is_empty(), "nobody says this any more, src/cli/help.zh.toml does: {stale:#?}");
    }

    /// The command and all below it.
    fn walk(command: Command, visit: &mut dyn FnMut(Command)) {
        command.get_subcommands().for_each(|subcommand| walk(subcommand.clone(), visit));
        visit(command);
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        for lang in [Lang::Zh, Lang::En] {
            let mut command = command(lang);
            command.build();
            walk(command, &mut |command| {
                let mut command = command.term_width(WIDTH);
                for help in [command.render_help(), command.render_long_help()] {
                    for line in help.to_string().lines() {
                        let width: usize = line.chars().map(|c| c.width().unwrap_or(0)).sum();
                        assert!(width <= WIDTH, "{}: {width} columns: {line}", command.get_name());
                    }
                }
            });
        }
    }

    #[test]
    fn chinese_is_broken_between_characters_and_names_stay_whole() {
        assert_eq!(broken_line("写到文件夹，加 --out report", 12), "写到文件夹，\n加 --out\nreport");
        assert_eq!(broken_line("一二三四五（六）", 10), "一二三四五\n（六）");
        assert_eq!(broken_line("一二三四五，六", 10), "一二三四\n五，六");
    }
}
