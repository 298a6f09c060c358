//! Bars of money by month, as SVG that needs no script.

use maud::{Markup, html};

use super::super::figures::Month;
use super::words;
use crate::calendar;
use crate::format::yuan;
use crate::lang::Lang;
use crate::model::in_yuan;

/// Size of a chart in the units of its own drawing.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Width of the whole chart.
    pub width: f64,
    /// Height of the bars.
    pub height: f64,
}

/// Room for the labels of the vertical axis, for half the last month's name, and for the months below.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 14.0;
const BELOW: f64 = 22.0;
const ABOVE: f64 = 10.0;
/// Width that the name of a month needs.
const MONTH_LABEL: f64 = 52.0;

/// One bar a month. `highest_fen` is the top of the scale, so that several charts can share one.
pub fn months(
    title: &str,
    months: &[Month],
    value: impl Fn(&Month) -> i64,
    highest_fen: i64,
    size: Size,
    lang: Lang,
) -> Markup {
    let top = nice_ceiling(highest_fen);
    let step = (size.width - LEFT - RIGHT) / months.len().max(1) as f64;
    let bar = (step * 0.72).min(36.0);
    let height = |fen: i64| if top > 0 { fen.max(0) as f64 / top as f64 * size.height } else { 0.0 };
    let every = (MONTH_LABEL / step).ceil().max(1.0) as usize;
    let name = |month: Option<&Month>| month.map(|month| calendar::month_name(month.month)).unwrap_or_default();
    let most = months.iter().map(&value).max().unwrap_or_default();
    let label = words::months_label(title, &name(months.first()), &name(months.last()), &yuan(most), lang);
    html! {
        svg class="chart" role="img" aria-label=(label) viewBox={"0 0 " (size.width) " " (size.height + ABOVE + BELOW)} {
            @for part in 0_i64..=2 {
                @let y = ABOVE + size.height - height(top / 2 * part);
                line class="grid" x1=(LEFT) x2=(size.width) y1=(place(y)) y2=(place(y)) {}
                text class="axis" x=(LEFT - 6.0) y=(place(y + 4.0)) text-anchor="end" { (short(top / 2 * part, lang)) }
            }
            @for (at, month) in months.iter().enumerate() {
                @let x = LEFT + step * (at as f64 + 0.5);
                @let fen = value(month);
                @let high = height(fen);
                @if fen > 0 {
                    rect class="bar" x=(place(x - bar / 2.0)) y=(place(ABOVE + size.height - high)) width=(place(bar)) height=(place(high)) {
                        title { (calendar::month_name(month.month)) ": " (yuan(fen)) }
                    }
                }
                @if at % every == 0 {
                    text class="axis" x=(place(x)) y=(place(ABOVE + size.height + 15.0)) text-anchor="middle" { (calendar::month_name(month.month)) }
                }
            }
        }
    }
}

/// A coordinate with one decimal: more cannot be seen.
pub fn place(value: f64) -> String {
    format!("{value:.1}")
}

/// The next of 1, 2, 5 × 10ⁿ: an axis that people can read. In fen, at least one yuan.
fn nice_ceiling(fen: i64) -> i64 {
    let mut unit: i64 = 100;
    while unit < i64::MAX / 20 {
        for times in [1, 2, 4, 10] {
            if fen <= unit * times {
                return unit * times;
            }
        }
        unit *= 10;
    }
    fen
}

/// An amount on an axis: 万 or k where that is shorter.
fn short(fen: i64, lang: Lang) -> String {
    let yuan = in_yuan(fen);
    let (value, unit) = match lang {
        Lang::Zh if yuan >= 10_000.0 => (yuan / 10_000.0, "万"),
        Lang::En if yuan >= 1_000_000.0 => (yuan / 1_000_000.0, "m"),
        Lang::En if yuan >= 1_000.0 => (yuan / 1_000.0, "k"),
        _ => (yuan, ""),
    };
    let text = format!("{value:.1}");
    format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_amounts() {
        let cases = [(0, 100), (100, 100), (101, 200), (35_000, 40_000), (40_001, 100_000), (1_234_567, 2_000_000)];
        for (fen, ceiling) in cases {
            assert_eq!(nice_ceiling(fen), ceiling, "{fen}");
        }
    }

    #[test]
    fn axis_labels_are_short() {
        assert_eq!(short(123_400, Lang::Zh), "1234");
        assert_eq!(short(15_000_000, Lang::Zh), "15万");
        assert_eq!(short(250_000, Lang::En), "2.5k");
    }
}
