//! rings.csv, ring_members.csv and rings.graphml: columns are a contract, see the output contract in the project's notes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::tables::TableError;
use crate::calendar;
use crate::format::{safe_text, safe_xml, scaled};
use crate::lang::Lang;
use crate::rings::model::{Ring, RingKind};

/// Name of the rings' file.
pub const RINGS_CSV: &str = "rings.csv";
/// Name of the members' file.
pub const MEMBERS_CSV: &str = "ring_members.csv";
/// Name of the graph's file.
pub const GRAPHML: &str = "rings.graphml";

const RINGS_HEADER: [&str; 14] = [
    "ring_id",
    "kind",
    "members",
    "institutions",
    "co_events",
    "first_day",
    "last_day",
    "fund_amount",
    "density",
    "exclusivity",
    "surprise",
    "score",
    "rank",
    "explanation",
];
/// The further parts of the score, behind the columns of the contract.
const PARTS_HEADER: [&str; 4] = ["synchrony", "spread", "similarity", "resale_pct"];
const MEMBERS_HEADER: [&str; 7] = ["ring_id", "kind", "code", "role", "degree", "events", "fund_amount"];

/// Writes the three files into `dir`, rings by rank.
///
/// # Errors
/// If a file cannot be written.
pub fn write(dir: &Path, rings: &[&Ring], lang: Lang) -> Result<(), TableError> {
    write_rings(&dir.join(RINGS_CSV), rings, lang)?;
    write_members(&dir.join(MEMBERS_CSV), rings)?;
    write_graph(&dir.join(GRAPHML), rings, lang)
}

fn write_rings(path: &Path, rings: &[&Ring], lang: Lang) -> Result<(), TableError> {
    let header: Vec<&str> = RINGS_HEADER.into_iter().chain(PARTS_HEADER).collect();
    let rows = rings.iter().map(|ring| {
        let day = |day: Option<i32>| day.map(calendar::iso).unwrap_or_default();
        vec![
            ring.ring_id.clone(),
            ring.kind.as_str().to_owned(),
            ring.size().to_string(),
            ring.institutions.to_string(),
            ring.co_events.to_string(),
            day(ring.first_day),
            day(ring.last_day),
            scaled(ring.fund_fen, 2),
            part(ring.parts.density),
            part(ring.parts.exclusivity),
            part(ring.surprise),
            part(ring.score),
            ring.rank.to_string(),
            safe_text(ring.explained(lang)).into_owned(),
            part(ring.parts.synchrony),
            part(ring.parts.spread),
            part(ring.parts.similarity),
            ring.resale_pct.map(|pct| pct.to_string()).unwrap_or_default(),
        ]
    });
    write_csv(path, &header, rows)
}

fn write_members(path: &Path, rings: &[&Ring]) -> Result<(), TableError> {
    let rows = rings.iter().flat_map(|ring| {
        ring.members.iter().map(|member| {
            vec![
                ring.ring_id.clone(),
                member.kind.as_str().to_owned(),
                safe_text(&member.code).into_owned(),
                member.role.as_str().to_owned(),
                member.degree.to_string(),
                member.events.to_string(),
                scaled(member.fund_fen, 2),
            ]
        })
    });
    write_csv(path, &MEMBERS_HEADER, rows)
}

/// A part, surprise or score with four decimals: more would be noise.
fn part(value: f64) -> String {
    format!("{value:.4}")
}

fn write_csv(path: &Path, header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<(), TableError> {
    let failed = |error| TableError::Csv(path.to_owned(), error);
    let mut csv = csv::Writer::from_path(path).map_err(failed)?;
    csv.write_record(header).map_err(failed)?;
    for row in rows {
        csv.write_record(row).map_err(failed)?;
    }
    csv.flush().map_err(|error| TableError::Io(path.to_owned(), error))
}

/// The rings as one graph for Gephi, yEd or Cytoscape: a node per member of a ring, an edge per link, an edge to the place of each member
/// of a meeting.
fn write_graph(path: &Path, rings: &[&Ring], lang: Lang) -> Result<(), TableError> {
    let failed = |error| TableError::Io(path.to_owned(), error);
    let mut out = BufWriter::new(File::create(path).map_err(failed)?);
    graph(&mut out, rings, lang).and_then(|()| out.flush()).map_err(failed)
}

fn graph(out: &mut impl Write, rings: &[&Ring], lang: Lang) -> std::io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<graphml xmlns="http://graphml.graphdrawing.org/xmlns">"#)?;
    for (id, of, kind) in [
        ("ring_id", "node", "string"),
        ("ring_rank", "node", "long"),
        ("kind", "node", "string"),
        ("code", "node", "string"),
        ("label", "node", "string"),
        ("role", "node", "string"),
        ("events", "node", "long"),
        ("fund_amount", "node", "double"),
        ("count", "edge", "long"),
        ("surprise", "edge", "double"),
    ] {
        writeln!(out, r#"  <key id="{id}" for="{of}" attr.name="{id}" attr.type="{kind}"/>"#)?;
    }
    writeln!(out, r#"  <graph id="rings" edgedefault="undirected">"#)?;
    writeln!(out, r"    <desc>{}</desc>", lang.pick("疑点，需核实", "indications to verify"))?;
    for ring in rings {
        for (place, member) in ring.members.iter().enumerate() {
            writeln!(out, r#"    <node id="r{}m{place}">"#, ring.rank)?;
            let label = member.name.as_deref().unwrap_or(&member.code);
            for (key, value) in [
                ("ring_id", ring.ring_id.clone()),
                ("ring_rank", ring.rank.to_string()),
                ("kind", member.kind.as_str().to_owned()),
                ("code", safe_xml(&member.code)),
                ("label", safe_xml(label)),
                ("role", member.role.as_str().to_owned()),
                ("events", member.events.to_string()),
                ("fund_amount", scaled(member.fund_fen, 2)),
            ] {
                writeln!(out, r#"      <data key="{key}">{value}</data>"#)?;
            }
            writeln!(out, "    </node>")?;
        }
    }
    for ring in rings {
        // A rotation goes one way.
        let directed = ring.kind == RingKind::Rotation;
        for link in &ring.links {
            edge(out, ring.rank, (link.one, link.other), link.count, Some(link.surprise), directed)?;
        }
        let mut visited: std::collections::BTreeMap<(usize, usize), u64> = std::collections::BTreeMap::new();
        for meeting in &ring.meetings {
            for member in &meeting.members {
                *visited.entry((*member, meeting.place)).or_default() += 1;
            }
        }
        for (ends, count) in visited {
            edge(out, ring.rank, ends, count, None, false)?;
        }
    }
    writeln!(out, "  </graph>")?;
    writeln!(out, "</graphml>")
}

fn edge(
    out: &mut impl Write,
    rank: u64,
    (one, other): (usize, usize),
    count: u64,
    surprise: Option<f64>,
    directed: bool,
) -> std::io::Result<()> {
    writeln!(out, r#"    <edge source="r{rank}m{one}" target="r{rank}m{other}" directed="{directed}">"#)?;
    writeln!(out, r#"      <data key="count">{count}</data>"#)?;
    if let Some(surprise) = surprise {
        writeln!(out, r#"      <data key="surprise">{surprise:.4}</data>"#)?;
    }
    writeln!(out, "    </edge>")
}
