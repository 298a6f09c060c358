//! Each record's money counted once over all findings.
//!
//! Findings are served in the order of what they put at risk (confidence × fund amount, then id). A finding gets what is left of each of
//! its records: of a line, what neither another finding about the line nor one about its whole visit has taken; of a visit, what neither
//! another finding about the visit nor those about its lines have taken.

use super::keyed::Keyed;
use super::maybe::Maybe;
use crate::model::Money;

/// What no finding has counted yet: at first the whole money of every record.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Of visits, by key.
    pub visits: Keyed<Money>,
    /// Of fee lines, by key.
    pub lines: Keyed<Money>,
}

impl Ledger {
    /// Counts up to `wanted` of a record's money and says how much was still there.
    pub fn take(&mut self, visit_key: i64, fee_key: Maybe, wanted: Money) -> Money {
        let mut visit = self.visits.get_mut(visit_key);
        let mut line = fee_key.get().and_then(|key| self.lines.get_mut(key));
        let mut granted = wanted;
        for left in [&visit, &line].into_iter().flatten() {
            granted = least(granted, **left);
        }
        for left in [&mut visit, &mut line].into_iter().flatten() {
            subtract(left, granted);
        }
        granted
    }
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
    use super::*;

    fn fund(fund_fen: i64) -> Money {
        Money { gross_fen: fund_fen, inscp_fen: fund_fen, fund_fen }
    }

    fn ledger() -> Ledger {
        let mut ledger = Ledger { visits: Keyed::of(vec![1]), lines: Keyed::of(vec![12, 11]) };
        ledger.visits.set(1, fund(100));
        for key in [11, 12] {
            ledger.lines.set(key, fund(50));
        }
        ledger
    }

    fn taken(ledger: &mut Ledger, fee_key: Option<i64>, fen: i64) -> Money {
        ledger.take(1, fee_key.into(), fund(fen))
    }

    #[test]
    fn a_visit_pays_only_what_its_lines_have_left() {
        let mut ledger = ledger();
        assert_eq!(taken(&mut ledger, Some(11), 50), fund(50));
        assert_eq!(taken(&mut ledger, Some(11), 50), fund(0));
        assert_eq!(taken(&mut ledger, None, 100), fund(50));
        assert_eq!(taken(&mut ledger, Some(12), 50), fund(0));
    }

    #[test]
    fn a_line_pays_nothing_after_its_whole_visit() {
        let mut ledger = ledger();
        assert_eq!(taken(&mut ledger, None, 100), fund(100));
        assert_eq!(taken(&mut ledger, Some(12), 10), fund(0));
    }
}
