//! `feijian rings`: the ring search alone, over a store or an edge list.

use std::collections::BTreeMap;
use std::path::Path;

use super::args::RingsArgs;
use super::exit::{Failure, Status};
use super::plan;
use super::print::{print, table};
use super::session::Session;
use super::usage::UsageError;
use crate::calendar;
use crate::casestore::store::{Store, StoreError};
use crate::format::yuan;
use crate::lang::{Lang, counted};
use crate::pipeline::{PipelineError, Tables};
use crate::privacy::Disguise;
use crate::report::outdir::OutDir;
use crate::report::summary::RunSummary;
use crate::report::{self, manifest};
use crate::rings::{self, Ring, Rings, Settings};
use crate::rules::{self, Catalog};

/// Rings listed on the terminal; the files hold all.
const LISTED: usize = 20;

/// Finds rings, writes their files and lists the first of them.
///
/// # Errors
/// If the store or the edge list cannot be read, or a file not be written.
pub fn run(session: &Session, args: &RingsArgs) -> Result<Status, Failure> {
    let catalog = Catalog::embedded()?;
    let settings = Settings::new(&catalog, &rules::Settings::parse(&args.set.settings, &catalog)?)?;
    if args.sql {
        print(&rings::sweep::edges_sql(&settings))?;
        return Ok(Status::Done);
    }
    let out = OutDir::create(&args.out)?;
    let search = match (&args.edges, &args.store) {
        (Some(edges), _) => Search::of_edges(edges, &settings)?,
        (None, Some(store)) => Search::of_store(store, args, &settings)?,
        (None, None) => return Err(UsageError::NowhereToLook.into()),
    };
    let Search { found, tables, disguise } = search;
    let all: Vec<&Ring> = found.rings.iter().collect();
    report::rings::write(out.path(), &all, session.lang).map_err(PipelineError::from)?;
    let origin = session.origin(BTreeMap::new());
    let summary = RunSummary {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        clock: origin.clock(BTreeMap::new()),
        command_line: origin.command_line,
        revealed: matches!(disguise, Some(Disguise::Reveal)),
        pseudonym_key: disguise.and_then(|disguise| disguise.key_id()),
        tables,
        rings: Some(found.account.clone()),
        ..RunSummary::default()
    };
    manifest::write(&out, &summary).map_err(StoreError::io(&out.path().join(manifest::FILE_NAME)))?;
    out.commit()?;
    print(&listing(&found, session.lang))?;
    session.say(&account(&found, session.lang, &args.out.display().to_string()));
    Ok(Status::Done)
}

/// What a search looked at and found.
struct Search {
    found: Rings,
    /// Rows of each table of the store; none for an edge list.
    tables: BTreeMap<String, u64>,
    /// How persons appear; an edge list brings the names it has.
    disguise: Option<Disguise>,
}

impl Search {
    fn of_edges(edges: &Path, settings: &Settings) -> Result<Self, Failure> {
        let found = rings::from_edges(edges, settings).map_err(PipelineError::from)?;
        Ok(Self { found, tables: BTreeMap::new(), disguise: None })
    }

    fn of_store(store: &Path, args: &RingsArgs, settings: &Settings) -> Result<Self, Failure> {
        let store = Store::open(store)?;
        let disguise = plan::disguise(&args.privacy, &store)?;
        let tables = Tables::open(&store, args.known.knowledge.as_deref())?;
        let mut found = rings::find(&tables, settings).map_err(PipelineError::from)?;
        found.rings.iter_mut().for_each(|ring| ring.disguise_persons(&disguise));
        Ok(Self { found, tables: store.index.rows.clone(), disguise: Some(disguise) })
    }
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
