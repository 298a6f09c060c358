//! `feijian rings`: the ring search alone, over a store or an edge list.

use super::args::RingsArgs;
use super::commands::{Session, disguise, print, utc_now};
use super::exit::{Failure, Status};
use super::table::{table, yuan};
use super::usage::UsageError;
use crate::calendar;
use crate::casestore::store::{Store, StoreError};
use crate::lang::{Lang, counted};
use crate::pipeline::{PipelineError, Tables};
use crate::privacy::Disguise;
use crate::report::manifest;
use crate::report::outdir::OutDir;
use crate::report::summary::{Clock, RunSummary};
use crate::rings::{self, Ring, Rings, Settings};
use crate::rules::{self, Catalog};

/// Rings listed on the terminal; the files hold all.
const LISTED: usize = 20;

/// Finds rings, writes their files and lists the first of them.
///
/// # Errors
/// If the store or the edge list cannot be read, or a file not be written.
pub fn rings(session: &Session, args: &RingsArgs) -> Result<Status, Failure> {
    let catalog = Catalog::embedded()?;
    let settings = Settings::new(&catalog, &rules::Settings::parse(&args.settings, &catalog)?)?;
    if args.sql {
        print(&rings::sweep::edges_sql(&settings))?;
        return Ok(Status::Done);
    }
    let out = OutDir::create(&args.out)?;
    let mut summary = RunSummary {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command_line: std::env::args().collect(),
        ..RunSummary::default()
    };
    let started = utc_now();
    let found = match (&args.edges, &args.store) {
        (Some(edges), _) => rings::from_edges(edges, &settings),
        (None, Some(store)) => {
            let store = Store::open(store)?;
            summary.tables = store.index.rows.clone();
            let disguise = disguise(&args.privacy, &store)?;
            summary.revealed = matches!(disguise, Disguise::Reveal);
            summary.pseudonym_key = disguise.key_id();
            let found = rings::find(&Tables::open(&store, args.knowledge.as_deref())?, &settings);
            found.map(|mut found| {
                found.rings.iter_mut().for_each(|ring| ring.disguise_persons(&disguise));
                found
            })
        }
        (None, None) => return Err(UsageError::NowhereToLook.into()),
    };
    let found = found.map_err(PipelineError::from)?;
    let all: Vec<&Ring> = found.rings.iter().collect();
    rings::files::write(out.path(), &all, session.lang).map_err(PipelineError::from)?;
    summary.rings = Some(found.account.clone());
    let seconds = session.began.elapsed().as_secs_f64();
    summary.clock = Clock { started, seconds, threads: session.threads, ..Clock::default() };
    manifest::write(&out, &summary).map_err(StoreError::io(&out.path().join(manifest::FILE_NAME)))?;
    out.commit()?;
    print(&listing(&found, session.lang))?;
    session.say(&account(&found, session.lang, &args.out.display().to_string()));
    Ok(Status::Done)
}

fn listing(found: &Rings, lang: Lang) -> String {
    let header = match lang {
        Lang::Zh => ["序", "类型", "成员", "机构", "次数", "首日", "末日", "基金", "意外度", "说明"],
        Lang::En => {
            ["rank", "kind", "members", "institutions", "events", "first", "last", "fund", "surprise", "explanation"]
        }
    };
    let rows = found.rings.iter().take(LISTED).map(|ring| {
        let day = |day: Option<i32>| day.map(calendar::iso).unwrap_or_default();
        vec![
            ring.rank.to_string(),
            ring.kind.as_str().to_owned(),
            ring.size().to_string(),
            ring.institutions.to_string(),
            ring.co_events.to_string(),
            day(ring.first_day),
            day(ring.last_day),
            yuan(ring.fund_fen),
            format!("{:.1}", ring.surprise),
            ring.explained(lang).to_owned(),
        ]
    });
    table(&header, &[0, 2, 3, 4, 7, 8], rows)
}

/// What was looked at and what was left out.
fn account(found: &Rings, lang: Lang, out: &str) -> String {
    let account = &found.account;
    let explained: u64 = account.explained.values().sum();
    let capped = &account.capped;
    let rings = found.rings.len();
    match lang {
        Lang::Zh => format!(
            "团伙疑点 {rings} 个，均需核实。到场 {} 次、{} 人；多日同行 {} 对，其中非偶然 {} 对，可由家庭、疗程等解释 {explained} 对；\
             因拥挤未比较：{} 个时段 {} 次到场，{} 个体检类集中日 {} 次到场。\n结果：{out}",
            account.presences,
            account.persons,
            account.pairs,
            account.surprising,
            capped.crowded_slots,
            capped.crowded_presences,
            capped.mass_days,
            capped.mass_presences,
        ),
        Lang::En => format!(
            "{}, all to verify. {} of {}; {} together on several days, {} of them beyond chance, {explained} explained by a household, a course \
             of treatment or the like; not compared for their crowd: {} with {}, {} with {}.\nResult: {out}",
            counted(rings as u64, "ring"),
            counted(account.presences, "presence"),
            counted(account.persons, "person"),
            counted(account.pairs, "pair"),
            account.surprising,
            counted(capped.crowded_slots, "slot"),
            counted(capped.crowded_presences, "presence"),
            counted(capped.mass_days, "mass day"),
            counted(capped.mass_presences, "presence"),
        ),
    }
}
