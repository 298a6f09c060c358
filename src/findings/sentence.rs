//! The sentence of a finding: the rule's template with the finding's own values.

use super::model::Finding;
use crate::calendar;
use crate::lang::Lang;

/// Fills the braces of `template`. A value that the finding does not have is said to be unknown.
pub fn fill(template: &str, finding: &Finding, item_name: Option<&str>, lang: Lang) -> String {
    let mut sentence = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, tail) = rest.split_at(open);
        sentence.push_str(before);
        let Some(close) = tail.find('}') else {
            sentence.push_str(tail);
            return sentence;
        };
        sentence.push_str(&value(&tail[1..close], finding, item_name, lang));
        rest = &tail[close + 1..];
    }
    sentence.push_str(rest);
    sentence
}

fn value(name: &str, finding: &Finding, item_name: Option<&str>, lang: Lang) -> String {
    let unknown = || lang.pick("（不详）", "(unknown)").to_owned();
    let text = |value: Option<&str>| value.map_or_else(unknown, str::to_owned);
    let number = |value: Option<f64>| value.map_or_else(unknown, plain);
    let yuan = |fen: i64| format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100);
    match name {
        "measure" => number(finding.measure),
        "threshold" => number(finding.threshold),
        "psn_no" => text(finding.psn_no.as_deref()),
        "fixmedins_code" => text(finding.fixmedins_code.as_deref()),
        "fixmedins_name" => text(finding.fixmedins_name.as_deref().or(finding.fixmedins_code.as_deref())),
        "dr_name" => text(finding.dr_name.as_deref().or(finding.dr_code.as_deref())),
        "item_name" => item_name.map_or_else(unknown, str::to_owned),
        "mdtrt_id" => text(finding.mdtrt_id.as_deref()),
        "first_day" => finding.first_day.map_or_else(unknown, calendar::iso),
        "last_day" => finding.last_day.map_or_else(unknown, calendar::iso),
        "records" => finding.records.to_string(),
        "gross_amount" => yuan(finding.at_risk.gross_fen),
        "inscp_amount" => yuan(finding.at_risk.inscp_fen),
        "fund_amount" => yuan(finding.at_risk.fund_fen),
        // The rule loader refuses other names.
        other => format!("{{{other}}}"),
    }
}

/// A number as people write it: at most two decimals, none when it is whole.
pub(crate) fn plain(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn numbers_have_no_needless_decimals() {
        assert_eq!(plain(3.0), "3");
        assert_eq!(plain(0.5), "0.5");
        assert_eq!(plain(1.256), "1.26");
        assert_eq!(plain(120.0), "120");
    }
}
