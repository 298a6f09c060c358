//! Each record's money counted once over all findings.
//!
//! Findings are served in the order of what they put at risk (confidence × fund amount, then id). A finding gets what is left of each of
//! its records: of a line, what neither another finding about the line nor one about its whole visit has taken; of a visit, what neither
//! another finding about the visit nor those about its lines have taken.

use std::collections::HashMap;

use super::model::Money;
use super::records::Records;

/// What has been counted so far.
#[derive(Default)]
pub struct Ledger {
    lines: HashMap<i64, Money>,
    visits: HashMap<i64, Money>,
}

impl Ledger {
    /// Counts up to `wanted` of a record's money and says how much was still there.
    pub fn take(&mut self, records: &Records, visit_key: i64, fee_key: Option<i64>, wanted: Money) -> Money {
        let mut granted = wanted;
        if let Some(visit) = records.visits.get(&visit_key) {
            granted = least(granted, rest(visit.money, self.visits.get(&visit_key)));
        }
        if let Some(line) = fee_key.and_then(|key| records.fees.get(&key)) {
            granted = least(granted, rest(line.money, fee_key.and_then(|key| self.lines.get(&key))));
        }
        if let Some(key) = fee_key {
            *self.lines.entry(key).or_default() += granted;
        }
        *self.visits.entry(visit_key).or_default() += granted;
        granted
    }
}

fn least(one: Money, other: Money) -> Money {
    Money {
        gross_fen: one.gross_fen.min(other.gross_fen),
        inscp_fen: one.inscp_fen.min(other.inscp_fen),
        fund_fen: one.fund_fen.min(other.fund_fen),
    }
}

fn rest(whole: Money, counted: Option<&Money>) -> Money {
    let counted = counted.copied().unwrap_or_default();
    Money {
        gross_fen: (whole.gross_fen - counted.gross_fen).max(0),
        inscp_fen: (whole.inscp_fen - counted.inscp_fen).max(0),
        fund_fen: (whole.fund_fen - counted.fund_fen).max(0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::records::Record;
    use super::*;

    fn fund(fund_fen: i64) -> Money {
        Money { gross_fen: fund_fen, inscp_fen: fund_fen, fund_fen }
    }

    fn records() -> Records {
        let mut records = Records::default();
        records.visits.insert(1, Record { visit_key: 1, money: fund(100), ..Record::default() });
        for key in [11, 12] {
            let line = Record { visit_key: 1, fee_key: Some(key), money: fund(50), ..Record::default() };
            records.fees.insert(key, line);
        }
        records
    }

    #[test]
    fn a_visit_pays_only_what_its_lines_have_left() {
        let (records, mut ledger) = (records(), Ledger::default());
        assert_eq!(ledger.take(&records, 1, Some(11), fund(50)), fund(50));
        assert_eq!(ledger.take(&records, 1, Some(11), fund(50)), fund(0));
        assert_eq!(ledger.take(&records, 1, None, fund(100)), fund(50));
        assert_eq!(ledger.take(&records, 1, Some(12), fund(50)), fund(0));
    }

    #[test]
    fn a_line_pays_nothing_after_its_whole_visit() {
        let (records, mut ledger) = (records(), Ledger::default());
        assert_eq!(ledger.take(&records, 1, None, fund(100)), fund(100));
        assert_eq!(ledger.take(&records, 1, Some(12), fund(10)), fund(0));
    }
}
