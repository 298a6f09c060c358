//! One ring drawn: members down the side, days along the bottom, a dot for each meeting in the colour of its place.
//!
//! [`layout`] gives positions as data, [`svg`] a drawing of them that stands alone.

use std::collections::BTreeSet;
use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use crate::calendar;
use crate::format::safe_xml;
use crate::lang::Lang;
use crate::rings::model::{Ring, Role};

/// Members drawn at most; the picture says how many are left out.
const MAX_ROWS: usize = 40;
/// Days drawn at most.
const MAX_DAYS: usize = 60;
/// Width of a day and height of a member, pixels.
const CELL: f64 = 18.0;
/// Room for members' codes and for days, pixels.
const LEFT: f64 = 180.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 84.0;
/// How far the slanted label of the last day reaches to the right, pixels.
const SLANT: f64 = 36.0;
/// Width of a Latin letter of a label, pixels; a Chinese character is two.
const LETTER: f64 = 6.5;
/// Letters of the note that members or days are not drawn, at most.
const NOTE: usize = 40;
/// Colours of places in turn; apart for the colour-blind too (Okabe and Ito).
const COLOURS: [&str; 7] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

/// Positions of everything in a picture, pixels from the upper left.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Right end of the members' rows.
    pub row_end: f64,
    /// Members: label and the height of their row.
    pub members: Vec<(String, f64)>,
    /// Days: label and their place from the left.
    pub days: Vec<(String, f64)>,
    /// Places: label and colour.
    pub places: Vec<(String, &'static str)>,
    /// Meetings: a line over its members' rows.
    pub meetings: Vec<Bar>,
    /// Members and days left out.
    pub left_out: (usize, usize),
}

/// A meeting: its place from the left, its members' heights, its colour.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Place from the left.
    pub x: f64,
    /// Heights of the members who were there, ascending.
    pub ys: Vec<f64>,
    /// Colour of the place.
    pub colour: &'static str,
}

/// Where everything of a ring goes; core members first, then whoever met most often.
pub fn layout(ring: &Ring) -> Layout {
    let mut shown: Vec<usize> = (0..ring.members.len())
        .filter(|member| matches!(ring.members[*member].role, Role::Core | Role::Member))
        .collect();
    shown.sort_by_key(|member| {
        let member = &ring.members[*member];
        (member.role, std::cmp::Reverse(member.events), member.code.clone())
    });
    let left_out = shown.len().saturating_sub(MAX_ROWS);
    shown.truncate(MAX_ROWS);
    let row =
        |member: usize| shown.iter().position(|other| *other == member).map(|row| TOP + CELL * (row as f64 + 0.5));
    let days: BTreeSet<i32> = ring.meetings.iter().map(|meeting| meeting.day).collect();
    let skipped = days.len().saturating_sub(MAX_DAYS);
    let days: Vec<i32> = days.into_iter().take(MAX_DAYS).collect();
    let column = |day: i32| days.binary_search(&day).ok().map(|column| LEFT + CELL * (column as f64 + 0.5));
    let places: Vec<usize> =
        (0..ring.members.len()).filter(|member| ring.members[*member].role == Role::Place).collect();
    let colour =
        |place: usize| COLOURS[places.iter().position(|other| *other == place).unwrap_or_default() % COLOURS.len()];
    let label = |member: usize| {
        let member = &ring.members[member];
        member.name.clone().unwrap_or_else(|| member.code.clone())
    };
    let meetings = ring
        .meetings
        .iter()
        .filter_map(|meeting| {
            let mut ys: Vec<f64> = meeting.members.iter().filter_map(|member| row(*member)).collect();
            ys.sort_by(f64::total_cmp);
            Some(Bar { x: column(meeting.day)?, ys, colour: colour(meeting.place) })
        })
        .collect();
    let row_end = LEFT + CELL * days.len() as f64;
    let note = if left_out + skipped > 0 { NOTE } else { 0 };
    let longest = places.iter().map(|place| label(*place).width()).chain([note]).max().unwrap_or_default();
    Layout {
        width: (row_end + SLANT).max(LEFT + CELL + LETTER * longest as f64),
        row_end,
        height: TOP + CELL * shown.len() as f64 + BOTTOM + 16.0 * places.len() as f64,
        members: shown.iter().filter_map(|member| Some((ring.members[*member].code.clone(), row(*member)?))).collect(),
        days: days.iter().filter_map(|day| Some((calendar::iso(*day), column(*day)?))).collect(),
        places: places.iter().map(|place| (label(*place), colour(*place))).collect(),
        meetings,
        left_out: (left_out, skipped),
    }
}

/// The picture as SVG without outside references. Colours of text and lines follow the page.
pub fn svg(ring: &Ring, lang: Lang) -> String {
    let layout = layout(ring);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {:.0} {:.0}" width="{:.0}" height="{:.0}" role="img" font-size="11" font-family="sans-serif">"#,
        layout.width, layout.height, layout.width, layout.height
    );
    // Writing to a String cannot fail.
    let _ = write!(svg, "<title>{}</title>", safe_xml(ring.explained(lang)));
    for (code, y) in &layout.members {
        let _ = write!(
            svg,
            r#"<text x="{:.0}" y="{:.1}" text-anchor="end" fill="currentColor">{}</text>"#,
            LEFT - 6.0,
            y + 4.0,
            safe_xml(code)
        );
        let _ = write!(
            svg,
            r#"<line x1="{LEFT}" x2="{:.0}" y1="{y:.1}" y2="{y:.1}" stroke="currentColor" stroke-opacity="0.12"/>"#,
            layout.row_end
        );
    }
    let foot = TOP + CELL * layout.members.len() as f64;
    for (day, x) in &layout.days {
        let y = foot + 8.0;
        let _ = write!(
            svg,
            r#"<text transform="translate({:.1} {y:.1}) rotate(60)" fill="currentColor">{day}</text>"#,
            x - 3.0
        );
    }
    for bar in &layout.meetings {
        if let (Some(first), Some(last)) = (bar.ys.first(), bar.ys.last()) {
            let _ = write!(
                svg,
                r#"<line x1="{0:.1}" x2="{0:.1}" y1="{first:.1}" y2="{last:.1}" stroke="{1}" stroke-opacity="0.35"/>"#,
                bar.x, bar.colour
            );
        }
        for y in &bar.ys {
            let _ = write!(svg, r#"<circle cx="{:.1}" cy="{y:.1}" r="4.5" fill="{}"/>"#, bar.x, bar.colour);
        }
    }
    for (row, (name, colour)) in layout.places.iter().enumerate() {
        let y = foot + BOTTOM + 16.0 * row as f64;
        let _ = write!(svg, r#"<circle cx="{:.0}" cy="{:.1}" r="4.5" fill="{colour}"/>"#, LEFT, y - 4.0);
        let _ = write!(svg, r#"<text x="{:.0}" y="{y:.1}" fill="currentColor">{}</text>"#, LEFT + 10.0, safe_xml(name));
    }
    let (members, days) = layout.left_out;
    if members + days > 0 {
        let note = match lang {
            Lang::Zh => format!("未画出：成员 {members} 人、日期 {days} 天"),
            Lang::En => format!("not drawn: {members} members, {days} days"),
        };
        let _ = write!(svg, r#"<text x="{LEFT}" y="14" fill="currentColor">{note}</text>"#);
    }
    svg.push_str("</svg>");
    svg
}
