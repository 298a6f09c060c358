//! rings.csv, ring_members.csv and rings.graphml.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::contract::{self, MemberRow, RingRow};
use super::tables::{Audience, TableError, write_csv};
use crate::format::{safe_xml, scaled};
use crate::lang::Lang;
use crate::rings::model::{Ring, RingKind};

/// Name of the rings' file.
const RINGS_CSV: &str = "rings.csv";
/// Name of the members' file.
const MEMBERS_CSV: &str = "ring_members.csv";
/// Name of the graph's file.
const GRAPHML: &str = "rings.graphml";

/// The members of all rings, ring by ring.
pub fn members<'a>(rings: &'a [&'a Ring]) -> impl Iterator<Item = MemberRow<'a>> {
    rings.iter().flat_map(|ring| ring.members.iter().map(|member| MemberRow { ring, member }))
}

/// Writes the three files into `dir`, rings by rank.
///
/// # Errors
/// If a file cannot be written.
pub fn write(dir: &Path, rings: &[&Ring], lang: Lang) -> Result<(), TableError> {
    let rows = rings.iter().map(|ring| RingRow { ring, lang });
    write_csv(&dir.join(RINGS_CSV), &contract::rings(), Audience::Programs, rows)?;
    write_csv(&dir.join(MEMBERS_CSV), &contract::ring_members(), Audience::Programs, members(rings))?;
    write_graph(&dir.join(GRAPHML), rings, lang)
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
