//! The sentence of a finding: the rule's template with the finding's own values.

use super::model::Finding;
use crate::calendar;
use crate::format::{plain, scaled};
use crate::lang::Lang;

/// What a sentence names beside the values of its finding.
#[derive(Debug, Clone, Copy, Default)]
pub struct Named<'a> {
    /// The one insured item of the finding.
    pub item: Option<&'a str>,
    /// The words of the limit on that item, for a drug that is paid for some indications only.
    pub limit: Option<&'a str>,
    /// The item of a problem list that it was found by, in words.
    pub problem: Option<&'a str>,
}

/// Fills the braces of `template`. A value that the finding does not have is said to be unknown.
pub fn fill(template: &str, finding: &Finding, named: Named<'_>, lang: Lang) -> String {
    let mut sentence = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, tail) = rest.split_at(open);
        sentence.push_str(before);
        let Some(close) = tail.find('}') else {
            sentence.push_str(tail);
            return sentence;
        };
        sentence.push_str(&value(&tail[1..close], finding, named, lang));
        rest = &tail[close + 1..];
    }
    sentence.push_str(rest);
    sentence
}

fn value(name: &str, finding: &Finding, named: Named<'_>, lang: Lang) -> String {
    let unknown = || lang.pick("（不详）", "(unknown)").to_owned();
    let text = |value: Option<&str>| value.map_or_else(unknown, str::to_owned);
    let number = |value: Option<f64>| value.map_or_else(unknown, plain);
    match name {
        "measure" => number(finding.measure),
        "threshold" => number(finding.threshold),
        "psn_no" => text(finding.psn_no.as_deref()),
        "fixmedins_code" => text(finding.fixmedins_code.as_deref()),
        "fixmedins_name" => text(finding.fixmedins_name.as_deref().or(finding.fixmedins_code.as_deref())),
        "dr_name" => text(finding.dr_name.as_deref().or(finding.dr_code.as_deref())),
        "item_name" => text(named.item),
        "limit" => text(named.limit),
        "problem" => text(named.problem),
        "mdtrt_id" => text(finding.mdtrt_id.as_deref()),
        "first_day" => finding.first_day.map_or_else(unknown, calendar::iso),
        "last_day" => finding.last_day.map_or_else(unknown, calendar::iso),
        "records" => finding.records.to_string(),
        "gross_amount" => scaled(finding.at_risk.gross_fen, 2),
        "inscp_amount" => scaled(finding.at_risk.inscp_fen, 2),
        "fund_amount" => scaled(finding.at_risk.fund_fen, 2),
        // The rule loader refuses other names.
        other => format!("{{{other}}}"),
    }
}
