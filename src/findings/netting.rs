//! Each record's money counted once over all findings.
//!
//! Findings are served in the order of what they put at risk (confidence × fund amount, then id). A finding gets what is left of each of
//! its records: of a line, what neither another finding about the line nor one about its whole visit has taken; of a visit, what neither
//! another finding about the visit nor those about its lines have taken.

use super::model::Money;
use super::records::{Maybe, Records};

/// Counts up to `wanted` of a record's money and says how much was still there.
pub fn take(records: &mut Records, visit_key: i64, fee_key: Maybe, wanted: Money) -> Money {
    let mut granted = wanted;
    if let Some(visit) = records.visits.get(visit_key) {
        granted = least(granted, visit.money);
    }
    if let Some(line) = fee_key.get().and_then(|key| records.fees.get(key)) {
        granted = least(granted, line.money);
    }
    if let Some(visit) = records.visits.get_mut(visit_key) {
        subtract(&mut visit.money, granted);
    }
    if let Some(line) = fee_key.get().and_then(|key| records.fees.get_mut(key)) {
        subtract(&mut line.money, granted);
    }
    granted
}

/// As much of `wanted` as there is.
fn least(wanted: Money, there: Money) -> Money {
    Money {
        gross_fen: wanted.gross_fen.min(there.gross_fen.max(0)),
        inscp_fen: wanted.inscp_fen.min(there.inscp_fen.max(0)),
        fund_fen: wanted.fund_fen.min(there.fund_fen.max(0)),
    }
}

fn subtract(from: &mut Money, counted: Money) {
    from.gross_fen -= counted.gross_fen;
    from.inscp_fen -= counted.inscp_fen;
    from.fund_fen -= counted.fund_fen;
}

#[cfg(test)]
mod tests {
    use super::super::records::{Keyed, Record};
    use super::*;

    fn fund(fund_fen: i64) -> Money {
        Money { gross_fen: fund_fen, inscp_fen: fund_fen, fund_fen }
    }

    fn records() -> Records {
        let mut records = Records::default();
        (records.visits, records.fees) = (Keyed::of(vec![1]), Keyed::of(vec![12, 11, 12]));
        records.visits.set(1, Record { visit_key: 1, money: fund(100), ..Record::default() });
        for key in [11, 12] {
            records.fees.set(key, Record { visit_key: 1, money: fund(50), ..Record::default() });
        }
        records
    }

    fn taken(records: &mut Records, fee_key: Option<i64>, fen: i64) -> Money {
        take(records, 1, fee_key.into(), fund(fen))
    }

    #[test]
    fn a_visit_pays_only_what_its_lines_have_left() {
        let mut records = records();
        assert_eq!(taken(&mut records, Some(11), 50), fund(50));
        assert_eq!(taken(&mut records, Some(11), 50), fund(0));
        assert_eq!(taken(&mut records, None, 100), fund(50));
        assert_eq!(taken(&mut records, Some(12), 50), fund(0));
    }

    #[test]
    fn a_line_pays_nothing_after_its_whole_visit() {
        let mut records = records();
        assert_eq!(taken(&mut records, None, 100), fund(100));
        assert_eq!(taken(&mut records, Some(12), 10), fund(0));
    }
}
