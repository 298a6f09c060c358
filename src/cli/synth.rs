//! `feijian synth`: a synthetic area with planted cases and their truth.

use chrono::NaiveDate;

use super::args::{FamilyArg, PlantArg, SynthArgs};
use super::exit::{Failure, Status};
use super::session::Session;
use crate::lang::Lang;
use crate::synth::{self, Encoding, Family, ParquetTables, Plants, SynthPlan};

/// The first day of an area of one's own.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2025, 1, 1).expect("in the calendar");

/// How often each scenario is planted in an area of one's own.
const PLANTED_EACH: u32 = 3;

/// Writes the exports, their truth and the knowledge they are judged by.
///
/// # Errors
/// If the area asked for cannot be, or a file not be written.
pub fn run(session: &Session, args: &SynthArgs) -> Result<Status, Failure> {
    let plans = if args.sample { synth::sample(&args.out).to_vec() } else { vec![plan(args)] };
    // The first plan is the area, whose persons stand on the outside lists.
    if let Some(plan) = plans.first() {
        synth::write_knowledge(plan, &args.out.join("knowledge"))?;
    }
    for plan in plans {
        let what = plan.out.display().to_string();
        let summary = synth::write_area(&plan, &|done, all| session.progress.units(&what, done, all))?;
        session.progress.clear();
        session.say(&match session.lang {
            Lang::Zh => format!(
                "{what}：人员 {}，就诊 {}，费用明细 {}，植入疑点 {}，植入正常相似情形 {}",
                summary.persons, summary.visits, summary.fee_lines, summary.planted, summary.look_alikes
            ),
            Lang::En => format!(
                "{what}: {} persons, {} visits, {} fee lines, {} planted cases, {} look-alikes",
                summary.persons, summary.visits, summary.fee_lines, summary.planted, summary.look_alikes
            ),
        });
    }
    Ok(Status::Done)
}

fn plan(args: &SynthArgs) -> SynthPlan {
    let bureau = |encoding, parquet| Family::Bureau { encoding, parquet };
    SynthPlan {
        out: args.out.clone(),
        seed: args.seed,
        first_day: FIRST_DAY,
        months: args.months,
        persons: args.persons,
        institutions: args.institutions,
        family: match args.family {
            FamilyArg::Csv => bureau(Encoding::Utf8, ParquetTables::None),
            FamilyArg::Gb18030 => bureau(Encoding::Gb18030, ParquetTables::None),
            FamilyArg::Parquet => bureau(Encoding::Utf8, ParquetTables::All),
            FamilyArg::Hospital => Family::Hospital,
        },
        plants: match args.plant {
            PlantArg::All => Some(Plants { violations: true, each: PLANTED_EACH }),
            PlantArg::Benign => Some(Plants { violations: false, each: PLANTED_EACH }),
            PlantArg::None => None,
        },
        local_codes: true,
    }
}
