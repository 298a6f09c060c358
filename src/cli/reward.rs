//! `feijian reward`: the reward for reporting a case, step by step.

use super::args::RewardArgs;
use super::exit::{Failure, Status};
use super::print::{print, table};
use super::session::Session;
use crate::format::{trimmed, yuan};
use crate::lang::Lang;
use crate::reward::{Part, Reward, Schedule, parse_yuan};

/// Prints the steps and what they come to.
///
/// # Errors
/// If the amount or the schedule is malformed.
pub fn run(session: &Session, args: &RewardArgs) -> Result<Status, Failure> {
    let schedule = match &args.schedule {
        Some(path) => Schedule::read(path)?,
        None => Schedule::anhui()?,
    };
    let value = parse_yuan(&args.value)?;
    print(&text(&schedule, value, &schedule.reward(value, args.insider), session.lang))?;
    Ok(Status::Done)
}

fn text(schedule: &Schedule, value_fen: i64, reward: &Reward, lang: Lang) -> String {
    let header = match lang {
        Lang::Zh => ["案值区间（元）", "计奖金额", "比例", "奖励（元）"],
        Lang::En => ["part of the case value (yuan)", "amount", "rate", "reward (yuan)"],
    };
    let mut rows: Vec<Vec<String>> = reward.parts.iter().map(|part| step(part, lang)).collect();
    let minimum = yuan(schedule.minimum_fen());
    let insider = percent(schedule.insider_rate());
    let maximum = yuan(schedule.maximum_fen());
    for (changed, what, amount) in [
        (
            reward.raised_fen,
            format!("{} {minimum}", lang.pick("补足最低", "raised to the minimum of")),
            reward.raised_fen,
        ),
        (
            reward.insider_fen,
            format!("{} {insider}", lang.pick("内部人员加发", "insiders get on top")),
            reward.insider_fen,
        ),
        (
            reward.capped_fen,
            format!("{} {maximum}", lang.pick("最高限额", "cut to the maximum of")),
            -reward.capped_fen,
        ),
    ] {
        if changed != 0 {
            rows.push(vec![what, String::new(), String::new(), yuan(amount)]);
        }
    }
    rows.push(vec![lang.pick("应发奖励", "reward").to_owned(), String::new(), String::new(), yuan(reward.reward_fen)]);
    let note = lang.pick(
        "仅供测算；案值和奖励以医保部门认定为准。",
        "An estimate: the bureau settles the case value and the reward.",
    );
    format!(
        "{} · {}\n{} {}\n\n{}\n\n{note}",
        schedule.title.pick(lang),
        schedule.source.pick(lang),
        lang.pick("案值（元）", "case value (yuan)"),
        yuan(value_fen),
        table(&header, &[1, 2, 3], rows)
    )
}

fn step(part: &Part, lang: Lang) -> Vec<String> {
    let above = yuan(part.above_fen);
    let range = match part.up_to_fen {
        Some(end) => format!("{above} – {}", yuan(end)),
        None => format!("{above} {}", lang.pick("以上", "and above")),
    };
    vec![range, yuan(part.value_fen), percent(part.rate), yuan(part.reward_fen)]
}

/// Hundredths of a percent as `3 %` or `2.5 %`.
fn percent(rate: i64) -> String {
    format!("{} %", trimmed(rate, 2))
}
