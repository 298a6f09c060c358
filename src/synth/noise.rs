//! What exports are full of besides claims: refunds, reversed settlements, interim ones, rows exported twice, blank
//! doctors, masked identities. Low rates, as they are seen; planted cases are left alone so that their truth holds.

use super::care::Care;
use super::claims::Visit;
use crate::calendar::DAY_MINUTES;

/// Roughens a person's visits.
pub(super) fn roughen(care: &mut Care<'_>, visits: &mut [Visit]) {
    if care.dice.chance(15) {
        care.person.mask();
    }
    for visit in visits {
        let dice = &mut care.dice;
        if visit.is_stay() && !visit.still_in && visit.last_day() - visit.first_day() >= 12 && dice.chance(500) {
            // Long stays are settled in between; the part before the cut keeps its own settlement.
            visit.cuts.push((visit.first_day() + 8) * DAY_MINUTES);
        }
        if !visit.still_in && dice.chance(if visit.is_stay() { 150 } else { 40 }) {
            visit.reversed = true;
        }
        if dice.chance(if visit.is_stay() { 1500 } else { 60 }) && !visit.lines.is_empty() {
            let line = dice.index(visit.lines.len());
            visit.refund(line, 35);
        }
        for line in &mut visit.lines {
            line.no_doctor = dice.chance(100);
            line.twice = dice.chance(8);
        }
    }
}
