//! The reward for reporting a case, from the value of the case and a schedule of steps.
//!
//! The schedule is data (`anhui.toml`, or a file of the user's). All amounts are whole fen; a fraction of a fen is dropped.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::explained::{Explained, Told, io_zh};
use crate::lang::Text;

/// The schedule that holds without another.
const ANHUI: &str = include_str!("anhui.toml");
/// Fen of a yuan.
const YUAN_FEN: i64 = 100;
/// Hundredths of a percent in the whole.
const WHOLE: i128 = 10_000;

/// Why there is no reward to tell.
#[expect(missing_docs, reason = "the fields are what the messages name")]
#[derive(Debug, thiserror::Error)]
pub enum RewardError {
    /// The file cannot be read.
    #[error("cannot read the schedule {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// The file is not of the schedule's form.
    #[error("{file}: {source}")]
    Toml { file: String, source: Box<toml::de::Error> },
    /// Its numbers do not fit together.
    #[error("{file}: {}", .problem.en)]
    Schedule { file: String, problem: Text },
    /// The case value as typed.
    #[error("{0:?} is no amount")]
    Amount(String),
}

impl Explained for RewardError {
    fn told(&self) -> Told {
        match self {
            Self::Read(path, error) => {
                Told::new("FJ-831", format!("无法读取奖励标准 {}：{}", path.display(), io_zh(error)))
            }
            Self::Toml { file, source } => Told::new("FJ-832", format!("{file} 写法有误\n{source}")),
            Self::Schedule { file, problem } => Told::new("FJ-833", format!("{file}：{}", problem.zh)),
            Self::Amount(text) => Told::new("FJ-834", format!("“{text}”不是金额")),
        }
    }
}

/// One step of a schedule.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    above_yuan: u32,
    percent: f64,
}

/// A schedule as written; see `anhui.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// What it is called.
    pub title: Text,
    /// Where it comes from.
    pub source: Text,
    minimum_yuan: u32,
    maximum_yuan: u32,
    insider_extra_percent: f64,
    step: Vec<Step>,
}

/// What one step adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where the step begins, fen.
    pub above_fen: i64,
    /// Where the next one begins, fen.
    pub up_to_fen: Option<i64>,
    /// The part of the case value within the step, fen.
    pub value_fen: i64,
    /// Rate, hundredths of a percent.
    pub rate: i64,
    /// What it earns, fen.
    pub reward_fen: i64,
}

/// A reward, step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reward {
    /// The steps that the case value reaches.
    pub parts: Vec<Part>,
    /// Sum of the steps, fen.
    pub sum_fen: i64,
    /// Added to reach the minimum, fen.
    pub raised_fen: i64,
    /// Added for an insider, fen.
    pub insider_fen: i64,
    /// Taken off above the maximum, fen.
    pub capped_fen: i64,
    /// What is left to pay, fen.
    pub reward_fen: i64,
}

impl Schedule {
    /// The schedule of Anhui.
    ///
    /// # Errors
    /// If the embedded file is not well formed, which the tests rule out.
    pub fn anhui() -> Result<Self, RewardError> {
        Self::parse(ANHUI, "anhui.toml")
    }

    /// The schedule of a file.
    ///
    /// # Errors
    /// If it cannot be read or is not of the form of `anhui.toml`.
    pub fn read(path: &Path) -> Result<Self, RewardError> {
        let text = std::fs::read_to_string(path).map_err(|error| RewardError::Read(path.to_path_buf(), error))?;
        Self::parse(&text, &path.display().to_string())
    }

    fn parse(text: &str, file: &str) -> Result<Self, RewardError> {
        let schedule: Self = toml::from_str(text)
            .map_err(|source| RewardError::Toml { file: file.to_owned(), source: Box::new(source) })?;
        let is_rate = |percent: f64| (0.0..=100.0).contains(&percent);
        let problem = if schedule.step.first().is_none_or(|first| first.above_yuan != 0) {
            Text::new("第一档没有从 0 元开始", "the first step begins above 0 yuan")
        } else if !schedule.step.is_sorted_by(|one, next| one.above_yuan < next.above_yuan) {
            Text::new("每一档的起点都要高于前一档", "each step begins above the one before")
        } else if !schedule.step.iter().map(|step| step.percent).chain([schedule.insider_extra_percent]).all(is_rate) {
            Text::new("百分比应在 0 到 100 之间", "a percentage is from 0 to 100")
        } else if schedule.minimum_yuan > schedule.maximum_yuan {
            Text::new("最低奖励 minimum_yuan 高于最高奖励 maximum_yuan", "minimum_yuan is above maximum_yuan")
        } else {
            return Ok(schedule);
        };
        Err(RewardError::Schedule { file: file.to_owned(), problem })
    }

    /// The least reward, fen.
    pub fn minimum_fen(&self) -> i64 {
        fen(self.minimum_yuan)
    }

    /// The greatest reward, fen.
    pub fn maximum_fen(&self) -> i64 {
        fen(self.maximum_yuan)
    }

    /// What insiders get on top, hundredths of a percent.
    pub fn insider_rate(&self) -> i64 {
        rate(self.insider_extra_percent)
    }

    /// The reward for a case of `value_fen` (above 0). An insider's extra comes on top of the minimum, before the maximum cuts.
    pub fn reward(&self, value_fen: i64, insider: bool) -> Reward {
        let begins = self.step.iter().map(|step| fen(step.above_yuan));
        let ends = begins.clone().skip(1).map(Some).chain([None]);
        let parts: Vec<Part> = self
            .step
            .iter()
            .zip(begins.zip(ends))
            .filter(|(_, (above_fen, _))| value_fen > *above_fen)
            .map(|(step, (above_fen, up_to_fen))| {
                let value_fen = up_to_fen.map_or(value_fen, |end| value_fen.min(end)) - above_fen;
                let rate = rate(step.percent);
                Part { above_fen, up_to_fen, value_fen, rate, reward_fen: share(value_fen, rate) }
            })
            .collect();
        let sum_fen: i64 = parts.iter().map(|part| part.reward_fen).sum();
        let raised_fen = (self.minimum_fen() - sum_fen).max(0);
        let insider_fen = if insider { share(sum_fen + raised_fen, self.insider_rate()) } else { 0 };
        let before = sum_fen + raised_fen + insider_fen;
        let reward_fen = before.min(self.maximum_fen());
        Reward { parts, sum_fen, raised_fen, insider_fen, capped_fen: before - reward_fen, reward_fen }
    }
}

const fn fen(yuan: u32) -> i64 {
    yuan as i64 * YUAN_FEN
}

/// A percentage of 0–100 as hundredths of a percent.
fn rate(percent: f64) -> i64 {
    (percent * 100.0).round() as i64
}

/// `rate` hundredths of a percent of an amount; at most the amount, so it fits.
fn share(amount_fen: i64, rate: i64) -> i64 {
    i64::try_from(i128::from(amount_fen) * i128::from(rate) / WHOLE).unwrap_or(i64::MAX)
}

/// Yuan as people type them, `120000`, `120,000.5`, as fen.
///
/// # Errors
/// If it is no amount above 0, has more than two decimals or more than twelve digits before them.
pub fn parse_yuan(text: &str) -> Result<i64, RewardError> {
    let fail = || RewardError::Amount(text.to_owned());
    let plain = text.trim().replace([',', '，'], "");
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || decimals.len() > 2 || !digits(whole) || !digits(decimals) {
        return Err(fail());
    }
    let fen = format!("{whole}{decimals:0<2}").parse::<i64>().map_err(|_| fail())?;
    if fen > 0 { Ok(fen) } else { Err(fail()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reward_is_right_on_both_sides_of_each_step() {
        let anhui = Schedule::anhui().unwrap();
        // Case value, reward and an insider's reward in fen, computed by hand.
        for (value, reward, insider) in [
            // 3 % of 0.01 is nothing: the minimum.
            (1, 20_000, 24_000),
            // 3 % of 6,666.66 is 199.99.
            (666_666, 20_000, 24_000),
            (666_667, 20_000, 24_000),
            // 3 % of 6,667.00 is 200.01; a fifth of it 40.002.
            (666_700, 20_001, 24_001),
            // 100,000: 3,000.
            (9_999_999, 299_999, 359_998),
            (10_000_000, 300_000, 360_000),
            // 2 % of one yuan more: 0.02.
            (10_000_100, 300_002, 360_002),
            // 120,000: 3,000 + 400.
            (12_000_000, 340_000, 408_000),
            // 500,000: 3,000 + 8,000.
            (49_999_900, 1_099_998, 1_319_997),
            (50_000_000, 1_100_000, 1_320_000),
            (50_000_100, 1_100_001, 1_320_001),
            // 200,000 = 11,000 + 1 % of 18,900,000.
            (1_939_999_900, 19_999_999, 20_000_000),
            (1_940_000_000, 20_000_000, 20_000_000),
            (1_940_000_100, 20_000_000, 20_000_000),
            // An insider reaches it at 166,666.67: 11,000 + 1 % of 15,566,667.
            (1_606_666_600, 16_666_666, 19_999_999),
            (1_606_666_700, 16_666_667, 20_000_000),
        ] {
            assert_eq!(anhui.reward(value, false).reward_fen, reward, "{value} fen");
            assert_eq!(anhui.reward(value, true).reward_fen, insider, "{value} fen, insider");
        }
    }

    #[test]
    fn the_steps_add_up() {
        let reward = Schedule::anhui().unwrap().reward(1_940_000_100, true);
        let parts: Vec<_> = reward.parts.iter().map(|part| (part.value_fen, part.rate, part.reward_fen)).collect();
        let expected = [(10_000_000, 300, 300_000), (40_000_000, 200, 800_000), (1_890_000_100, 100, 18_900_001)];
        assert_eq!(parts, expected);
        assert_eq!(reward.sum_fen + reward.raised_fen + reward.insider_fen - reward.capped_fen, reward.reward_fen);
        assert_eq!((reward.sum_fen, reward.insider_fen, reward.capped_fen), (20_000_001, 4_000_000, 4_000_001));
    }

    #[test]
    fn amounts_are_read_as_typed() {
        assert_eq!(parse_yuan("120000").unwrap(), 12_000_000);
        assert_eq!(parse_yuan("120,000.5").unwrap(), 12_000_050);
        assert_eq!(parse_yuan("0.01").unwrap(), 1);
        for wrong in ["", "0", "0.00", "-5", "1.234", "1e5", "12 万", "9999999999999"] {
            assert!(parse_yuan(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn schedules_that_make_no_sense_are_refused() {
        let with = |from: &str, to: &str| Schedule::parse(&ANHUI.replace(from, to), "test.toml");
        for (from, to, problem) in [
            ("above_yuan = 0", "above_yuan = 1", "begins above 0"),
            ("above_yuan = 500000", "above_yuan = 100000", "above the one before"),
            ("percent = 3", "percent = 300", "0 to 100"),
            ("minimum_yuan = 200", "minimum_yuan = 200001", "above maximum_yuan"),
            ("percent = 3", "procent = 3", "procent"),
        ] {
            let error = with(from, to).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
