//! The visits around a finding as a small timeline, as SVG that needs no script.

use maud::{Markup, html};
use unicode_width::UnicodeWidthChar;

use super::chart::place;
use super::words;
use crate::calendar;
use crate::findings::history::{Contact, History};
use crate::format::yuan;
use crate::lang::Lang;

/// Width of the drawing, of the names at its left, height of a lane and of the axis below, in the drawing's own units.
const WIDTH: f64 = 960.0;
const NAMES: f64 = 190.0;
const LANE: f64 = 30.0;
const AXIS: f64 = 24.0;
const TOP: f64 = 6.0;
/// A name longer than this, in Latin characters, is cut; the pointer shows it whole.
const NAME_CHARS: usize = 27;
/// Narrowest bar of a stay, radius of a visit.
const STAY: f64 = 5.0;
const DOT: f64 = 5.0;
/// Width that a date on the axis needs.
const DATE: f64 = 78.0;

/// Draws one history; nothing when it holds no visit.
pub fn timeline(history: &History, lang: Lang) -> Markup {
    if history.lanes.is_empty() {
        return html! {};
    }
    let days = f64::from((history.last_day - history.first_day + 1).max(1));
    let x = |day: i32| {
        NAMES
            + (WIDTH - NAMES) * f64::from(day.clamp(history.first_day, history.last_day + 1) - history.first_day) / days
    };
    let bottom = TOP + LANE * history.lanes.len() as f64;
    let label = words::timeline_label(
        &calendar::iso(history.first_day),
        &calendar::iso(history.last_day),
        history.lanes.len(),
        lang,
    );
    html! {
        svg class="timeline" role="img" aria-label=(label) viewBox={"0 0 " (WIDTH) " " (bottom + AXIS)} {
            @for day in axis_days(history.first_day, history.last_day) {
                line class="grid" x1=(place(x(day))) x2=(place(x(day))) y1=(TOP) y2=(bottom) {}
                text class="axis" x=(place(x(day) + 3.0)) y=(bottom + 15.0) { (calendar::iso(day)) }
            }
            @for (at, lane) in history.lanes.iter().enumerate() {
                @let middle = TOP + LANE * (at as f64 + 0.5);
                @let name = lane.name.as_deref().unwrap_or(words::UNKNOWN.pick(lang));
                text class="lane" x="0" y=(middle + 4.0) { title { (name) } (cut(name)) }
                line class="lane" x1=(NAMES) x2=(WIDTH) y1=(middle) y2=(middle) {}
                // What is in question lies on top.
                @for contact in lane.contacts.iter().filter(|contact| !contact.suspect).chain(lane.contacts.iter().filter(|contact| contact.suspect)) {
                    (drawn(contact, middle, &x, lang))
                }
                @for (day, count) in &lane.lines {
                    @let at = x(*day) + (WIDTH - NAMES) / days / 2.0;
                    line class="fee" x1=(place(at)) x2=(place(at)) y1=(middle - 12.0) y2=(middle + 12.0) {
                        title { (words::fee_lines(&calendar::iso(*day), *count, lang)) }
                    }
                }
            }
        }
        @if history.more > 0 { p class="note" { (words::more_lanes(history.more, lang)) } }
    }
}

/// A stay as a bar from the first to the last day, a visit as a dot.
fn drawn(contact: &Contact, middle: f64, x: &impl Fn(i32) -> f64, lang: Lang) -> Markup {
    let days = if contact.first_day == contact.last_day {
        calendar::iso(contact.first_day)
    } else {
        format!("{} – {}", calendar::iso(contact.first_day), calendar::iso(contact.last_day))
    };
    let title = words::contact(&days, contact.stay, &yuan(contact.fund_fen), &contact.mdtrt_id, lang);
    let class = if contact.suspect { "suspect" } else { "other" };
    let (from, to) = (x(contact.first_day), x(contact.last_day.saturating_add(1)));
    html! {
        @if contact.stay {
            rect class=(class) x=(place(from)) y=(place(middle - 7.0)) width=(place((to - from).max(STAY))) height="14" rx="2" { title { (title) } }
        } @else {
            circle class=(class) cx=(place(f64::midpoint(from, to))) cy=(place(middle)) r=(DOT) { title { (title) } }
        }
    }
}

/// The marks of the legend, drawn as in the timelines.
pub fn legend(lang: Lang) -> Markup {
    let entry = |x: f64, label: &str| html! { text class="axis" x=(x) y="14" { (label) } };
    html! {
        svg class="legend" role="img" aria-label=(words::TOP_NOTE.pick(lang)) viewBox="0 0 460 20" width="460" height="20" {
            rect class="suspect" x="2" y="3" width="26" height="14" rx="2" {}
            circle class="suspect" cx="40" cy="10" r=(DOT) {}
            (entry(52.0, words::LEGEND_SUSPECT.pick(lang)))
            rect class="other" x="150" y="3" width="26" height="14" rx="2" {}
            circle class="other" cx="188" cy="10" r=(DOT) {}
            (entry(200.0, words::LEGEND_OTHER.pick(lang)))
            line class="fee" x1="300" x2="300" y1="1" y2="19" {}
            (entry(308.0, words::LEGEND_LINES.pick(lang)))
        }
    }
}

/// Days named on the axis: the first of months when there are few, else evenly spaced firsts of months.
fn axis_days(first: i32, last: i32) -> Vec<i32> {
    let (Some(from), Some(to)) = (calendar::month(first), calendar::month(last)) else { return Vec::new() };
    let room = ((WIDTH - NAMES) / DATE) as i32;
    let months = (to - from + 1).max(1);
    let every = (months + room - 1) / room;
    let firsts = (from..=to).filter(|month| (month - from) % every.max(1) == 0);
    // A date too near to the right edge would be cut.
    let latest = f64::from(last - first + 1) * (1.0 - DATE / (WIDTH - NAMES));
    firsts
        .filter_map(|month| calendar::month_days(month).map(|(day, _)| day))
        .filter(|day| *day >= first && f64::from(*day - first) <= latest)
        .collect()
}

/// As much of a name as fits at the left.
fn cut(name: &str) -> String {
    let mut width = 0;
    let mut shown = String::new();
    for c in name.chars() {
        width += c.width().unwrap_or(0);
        if width > NAME_CHARS {
            shown.push('…');
            break;
        }
        shown.push(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_name_firsts_of_months_that_fit() {
        let names = |first, last| axis_days(first, last).into_iter().map(calendar::iso).collect::<Vec<_>>();
        // 2024-01-05 to 2024-03-20.
        assert_eq!(names(19_727, 19_802), ["2024-02-01", "2024-03-01"]);
        // 2024-01-01 to 2026-12-31: three years in at most nine marks.
        let years = names(19_723, 20_818);
        assert!(years.len() <= 9 && years.contains(&"2024-01-01".to_owned()), "{years:?}");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(cut("示例市第一人民医院"), "示例市第一人民医院");
        assert_eq!(cut("示例市第一人民医院东部院区健康管理中心"), "示例市第一人民医院东部院区…");
    }
}
