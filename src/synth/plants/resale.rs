//! Model 5: drugs that are settled and sold again.

use super::super::care::ONE;
use super::super::claims::Trace;
use super::{Scenario, hit, silent};

/// 2025-07-01, from which every settled pack has to be scanned.
const SCANNING_DAY: i64 = 20_270;

/// The scenarios of this model.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("trace-code-reuse", "one pack sold to two persons at two pharmacies", |p| {
        p.start += 12 * p.member as i64;
        p.sells(p.member, 0, "liuwei", Trace::Pack(p.pack(1)))
    })
    .of(2)
    .across_area(),
    hit("trace-code-reuse", "one pack sold twice at one pharmacy to one person; nine days apart", |p| {
        for after in [0, 9] {
            p.sells(0, after, "liuwei", Trace::Pack(p.pack(2)))?;
        }
        Ok(())
    })
    .across_area(),
    silent("trace-code-reuse", "a pack opened and sold in parts", |p| {
        p.start += 12 * p.member as i64;
        p.sells(0, 0, "liuwei", Trace::Part(p.pack(3)))
    })
    .of(2)
    .across_area(),
    silent("trace-code-reuse", "brought back before it was sold again", |p| {
        p.start += 12 * p.member as i64;
        let pack = p.pack(4);
        p.sells(0, 0, "liuwei", if p.member == 0 { Trace::Returned(pack) } else { Trace::Pack(pack) })
    })
    .of(2)
    .across_area(),
    silent("trace-code-reuse", "the first sale was refunded in full", |p| {
        p.start += 12 * p.member as i64;
        p.sells(0, 0, "liuwei", Trace::Pack(p.pack(5)))?;
        if p.member == 0 {
            let line = p.visits[0].lines.len() - 1;
            p.visits[0].refund(line, 90);
        }
        Ok(())
    })
    .of(2)
    .across_area(),
    silent("trace-code-reuse", "settled anew an hour later at the same counter", |p| {
        for minute in [600, 660] {
            p.sells(0, 0, "liuwei", Trace::Pack(p.pack(6)))?;
            let visit = p.visits.len() - 1;
            p.at(visit, 0, minute);
        }
        Ok(())
    })
    .across_area(),
    silent("trace-code-reuse", "scanned twice within one visit", |p| {
        let pack = p.pack(7);
        p.sells(0, 0, "liuwei", Trace::Pack(pack))?;
        let line = p.bill(0, "liuwei", ONE)?;
        p.visits[0].lines[line].trace = Trace::Pack(pack);
        p.visits[0].lines[line].order += 1;
        Ok(())
    })
    .across_area(),
    silent("trace-code-reuse", "a row of noughts in place of a code", |p| {
        for after in [0, 9] {
            p.sells(0, after, "liuwei", Trace::Placeholder)?;
        }
        Ok(())
    })
    .across_area(),
    silent("trace-code-reuse", "sold again after nine days; paid by the patient", |p| {
        for after in [0, 9] {
            p.sells(0, after, "liuwei", Trace::Pack(p.pack(9)))?;
        }
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("drug-collector", "a year's tablets from three pharmacies within days; twice in a month", |p| {
        for (after, pharmacy) in [(0, 0), (1, 1), (2, 2), (15, 0), (16, 1), (17, 2)] {
            p.collects(pharmacy, after, "amlodipine", 60)?;
        }
        Ok(())
    })
    .quiet()
    .across_area(),
    silent("drug-collector", "a month's tablets month after month; now here; now there", |p| {
        for month in 0..3 {
            p.collects(month, 30 * month as i64, "amlodipine", 2)?;
        }
        Ok(())
    })
    .quiet()
    .across_area(),
    silent("drug-collector", "a fortnight's tablets every fortnight; each time from another pharmacy", |p| {
        for fortnight in 0..6 {
            p.collects(fortnight % 3, 14 * fortnight as i64, "amlodipine", 1)?;
        }
        Ok(())
    })
    .quiet()
    .across_area(),
    silent("drug-collector", "a drug that nobody buys up", |p| {
        for pharmacy in 0..3 {
            p.collects(pharmacy, pharmacy as i64, "liuwei", 70)?;
        }
        Ok(())
    })
    .quiet()
    .across_area(),
    silent("drug-collector", "masked person: nobody knows whether it is one", |p| {
        p.care.person.mask();
        for pharmacy in 0..3 {
            p.collects(pharmacy, pharmacy as i64, "amlodipine", 90)?;
        }
        Ok(())
    })
    .quiet()
    .across_area(),
    silent("drug-collector", "a couple on one card: twice a month's tablets; month after month", |p| {
        for month in 0..3 {
            p.collects(month % 3, 30 * month as i64, "amlodipine", 4)?;
        }
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("drug-collector", "sixty packs at each of three pharmacies; paid by the patient", |p| {
        for pharmacy in 0..3 {
            p.collects(pharmacy, pharmacy as i64, "amlodipine", 60)?;
        }
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("collector-hub", "sixteen who buy up a drug come to the same two doctors", |p| {
        let crowd = p.member as i64;
        for place in 0..2 {
            let visit = p.errand(place, crowd + 3 * place as i64)?;
            p.visits[visit].doctor = 0;
            p.bill(visit, "amlodipine", 25 * ONE)?;
        }
        Ok(())
    })
    .of(16)
    .once()
    .across_area(),
    silent("collector-hub", "sixteen patients of one doctor; each with a month's tablets", |p| {
        let crowd = p.member as i64;
        for month in 0..3 {
            let visit = p.errand(2, crowd + 30 * month)?;
            p.visits[visit].doctor = 0;
            p.bill(visit, "amlodipine", 2 * ONE)?;
        }
        Ok(())
    })
    .of(16)
    .once()
    .across_area(),
    hit("untraced-sale", "four packs without a code on a day on which six were scanned", |p| {
        p.sells(0, 0, "xuesaitong", if p.member < 6 { Trace::Own } else { Trace::Missing })?;
        if p.member < 6 {
            p.marks.clear();
        }
        Ok(())
    })
    .of(10)
    .once()
    .since(SCANNING_DAY)
    .across_area(),
    silent("untraced-sale", "sold in the month before codes were required", |p| {
        p.start = p.start.min(SCANNING_DAY - 20);
        p.sells(0, 0, "ambroxol", if p.member < 6 { Trace::Own } else { Trace::Missing })
    })
    .of(10)
    .once()
    .since(SCANNING_DAY)
    .across_area(),
    silent("untraced-sale", "a drug of which this pharmacy opens packs", |p| {
        p.sells(0, 0, "furosemide", if p.member < 6 { Trace::Part(p.pack(8)) } else { Trace::Missing })
    })
    .of(10)
    .once()
    .since(SCANNING_DAY)
    .across_area(),
    silent("untraced-sale", "a drug that carries no code and is never scanned", |p| {
        p.sells(0, 0, "salbutamol", Trace::Missing)
    })
    .of(4)
    .once()
    .since(SCANNING_DAY)
    .across_area(),
    silent("untraced-sale", "old stock; before the first scan of the drug", |p| {
        let first = p.member < 4;
        p.sells(0, if first { 0 } else { 9 }, "edaravone", if first { Trace::Missing } else { Trace::Own })
    })
    .of(10)
    .once()
    .since(SCANNING_DAY)
    .across_area(),
    silent("untraced-sale", "herbal pieces", |p| {
        p.sells(0, 0, "huangqi", Trace::Missing)?;
        p.sells(0, 1, "huangqi", Trace::Missing)
    })
    .of(3)
    .once()
    .since(SCANNING_DAY)
    .across_area(),
    hit("card-carrier", "four cards one after another on each of four days", |p| p.queue(4))
        .of(18)
        .once()
        .quiet()
        .across_area(),
    silent("card-carrier", "a family of four fetches its tablets together", |p| {
        if p.member < 4 {
            p.care.person.address = "云川市滨河路8号".to_owned();
        }
        p.queue(4)
    })
    .of(18)
    .once()
    .quiet()
    .across_area(),
    silent("card-carrier", "two neighbours who come at the same hour", |p| p.queue(2))
        .of(16)
        .once()
        .quiet()
        .across_area(),
];
