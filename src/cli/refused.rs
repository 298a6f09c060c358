//! A command line that clap refuses, told with an id and in Chinese; the English is clap's own.

use std::error::Error;
use std::fmt;
use std::num::ParseIntError;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::explained::{Explained, Told};

/// What clap says about a command line that it does not understand.
#[derive(Debug)]
pub struct Refused(clap::Error);

impl Refused {
    /// The error of a parse that asked neither for help nor for the version.
    pub const fn new(error: clap::Error) -> Self {
        Self(error)
    }

    /// What is known of one aspect, as one text.
    fn context(&self, kind: ContextKind) -> Option<String> {
        let text = match self.0.get(kind)? {
            ContextValue::String(text) => text.clone(),
            ContextValue::Strings(texts) => texts.join("、"),
            ContextValue::Number(number) => number.to_string(),
            ContextValue::StyledStr(text) => text.to_string(),
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// What happened, in one sentence.
    fn sentence(&self) -> String {
        let of = |kind| self.context(kind).unwrap_or_default();
        let (arg, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
        match self.0.kind() {
            ErrorKind::UnknownArgument => format!("没有参数 {arg}"),
            ErrorKind::InvalidSubcommand => format!("没有命令 {}", of(ContextKind::InvalidSubcommand)),
            ErrorKind::InvalidValue if value.is_empty() => format!("{arg} 后面要写取值"),
            ErrorKind::InvalidValue => format!("{arg} 的取值“{value}”不能用"),
            ErrorKind::ValueValidation => format!("{arg} 的取值“{value}”不能用：{}", self.reason(&value)),
            ErrorKind::NoEquals => format!("{arg} 与取值之间要写等号"),
            ErrorKind::MissingRequiredArgument => format!("缺少 {arg}"),
            ErrorKind::TooFewValues => format!("{arg} 至少要 {} 个取值", of(ContextKind::MinValues)),
            ErrorKind::WrongNumberOfValues => format!("{arg} 要 {} 个取值", of(ContextKind::ExpectedNumValues)),
            ErrorKind::TooManyValues => format!("{arg} 不能再有取值“{value}”"),
            ErrorKind::ArgumentConflict => match self.context(ContextKind::PriorArg) {
                Some(prior) if prior == arg => format!("{arg} 只能写一次"),
                Some(prior) => format!("{arg} 不能与 {prior} 同时使用"),
                None => format!("{arg} 不能与其他参数同时使用"),
            },
            ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                "没有写命令".to_owned()
            }
            ErrorKind::InvalidUtf8 => "命令行中有不是 UTF-8 的文字".to_owned(),
            _ => format!("命令行无法理解：{self}"),
        }
    }

    /// Why a value is refused: by clap's own parsers of numbers, whose words are known, or by others in their words.
    fn reason(&self, value: &str) -> String {
        let Some(source) = self.0.source() else { return "不合要求".to_owned() };
        let text = source.to_string();
        let range = text.strip_prefix(value).and_then(|rest| rest.strip_prefix(" is not in "));
        match range.and_then(|range| range.split_once("..=")) {
            Some((least, greatest)) => format!("应为 {least} 到 {greatest}"),
            None if source.is::<ParseIntError>() => "应为整数".to_owned(),
            None => text,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            return f.write_str("no command was given");
        }
        let text = self.0.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        // Where to look further is what `errors.toml` says.
        let (text, _) = text.split_once("\n\nFor more information").unwrap_or((text, ""));
        f.write_str(text.trim_end())
    }
}

impl Error for Refused {}

impl Explained for Refused {
    fn told(&self) -> Told {
        let id = match self.0.kind() {
            ErrorKind::UnknownArgument => "FJ-101",
            ErrorKind::InvalidSubcommand => "FJ-102",
            ErrorKind::InvalidValue if self.context(ContextKind::InvalidValue).is_some() => "FJ-103",
            ErrorKind::ValueValidation => "FJ-103",
            ErrorKind::InvalidValue
            | ErrorKind::MissingRequiredArgument
            | ErrorKind::NoEquals
            | ErrorKind::TooFewValues
            | ErrorKind::WrongNumberOfValues => "FJ-104",
            ErrorKind::ArgumentConflict | ErrorKind::TooManyValues => "FJ-105",
            ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "FJ-106",
            ErrorKind::InvalidUtf8 => "FJ-107",
            _ => "FJ-108",
        };
        let mut zh = self.sentence();
        for near in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue] {
            if let Some(near) = self.context(near) {
                zh += &format!("，是不是 {near}？");
            }
        }
        for (kind, label) in [
            (ContextKind::ValidValue, "可取的值："),
            (ContextKind::ValidSubcommand, "可用的命令："),
            (ContextKind::Usage, "用法："),
        ] {
            if let Some(text) = self.context(kind) {
                zh += &format!("\n  {label}{}", text.trim_start_matches("Usage:").trim());
            }
        }
        Told::new(id, zh)
    }
}
