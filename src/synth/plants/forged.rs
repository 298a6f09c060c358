//! Model 8: records that cannot be true.

use super::super::people::Who;
use super::{Scenario, hit, silent};

/// The scenarios of this model.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("cloned-bill", "two persons with one bill, line by line", |p| {
        p.draw_alike();
        p.stay(0, "copd", 0, 8).map(|stay| p.mark(stay))
    })
    .of(2),
    silent("cloned-bill", "bills of a few items agree by chance", |p| {
        p.draw_alike();
        let stay = p.stay(0, "newborn-jaundice", 0, 5)?;
        p.visits[stay].disease = p.care.area.catalogue.disease("gastritis")?;
        p.mark(stay);
        Ok(())
    })
    .of(2)
    .across_area(),
    silent("cloned-bill", "two nights by one pathway", |p| {
        p.draw_alike();
        p.stay(0, "copd", 0, 2).map(|stay| p.mark(stay))
    })
    .of(2)
    .across_area(),
    silent("cloned-bill", "one person's regimen again", |p| {
        p.draw_alike();
        p.stay(0, "copd", 0, 8).map(|stay| p.mark(stay))?;
        p.draw_alike();
        p.stay(0, "copd", 40, 8).map(|stay| p.mark(stay))
    })
    .across_area(),
    silent("cloned-bill", "chemotherapy by protocol", |p| {
        p.draw_alike();
        p.stay(0, "chemotherapy", 0, 4).map(|stay| p.mark(stay))
    })
    .of(2)
    .across_area(),
    hit("fee-outside-stay", "drugs charged five days after the discharge", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        p.daily(stay, "cefuroxime", 13..15)
    }),
    silent("fee-outside-stay", "tests three days before the admission", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        p.daily(stay, "ct-plain", -3..-2)
    }),
    silent("fee-outside-stay", "a test's result booked three days late", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        p.daily(stay, "cea", 11..12)
    })
    .across_area(),
    silent("fee-outside-stay", "the emergency room's charges two days before", |p| {
        let stay = p.stay(0, "stroke", 0, 9)?;
        p.visits[stay].med_type = "210104";
        p.daily(stay, "rescue-medium", -2..-1)
    })
    .across_area(),
    silent("fee-outside-stay", "a cycle's treatments under one registration", |p| {
        let stay = p.stay(0, "chemotherapy", 0, 3)?;
        p.daily(stay, "cisplatin", 8..9)
    })
    .across_area(),
    silent("fee-outside-stay", "the newborn's charges after the mother's discharge", |p| {
        let stay = p.stay(0, "delivery", 0, 3)?;
        p.daily(stay, "nursing-newborn", 5..8)
    })
    .who(Who::YoungWoman)
    .across_area(),
    silent("fee-outside-stay", "a drug booked on the day after the discharge", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        p.daily(stay, "cefuroxime", 9..10)
    })
    .across_area(),
    hit("operation-outside-stay", "operated twelve days after the discharge", |p| p.operated("gallstone", 20, "21")),
    silent("operation-outside-stay", "the date of last year's operation", |p| p.operated("gallstone", -260, "21")),
    silent("operation-outside-stay", "operated in the emergency room", |p| p.operated("appendicitis", -3, "210104"))
        .across_area(),
    silent("operation-outside-stay", "operated at the hospital that referred", |p| {
        p.operated("fracture", -5, "21")?;
        p.visits[0].referred_from = format!("{}9", p.visits[0].id);
        Ok(())
    })
    .across_area(),
    hit("shared-record-number", "two persons on the same nights under one admission number", |p| {
        p.numbered("ZYA", 2 * p.member as i64)
    })
    .of(2)
    .across_area(),
    silent("shared-record-number", "a placeholder that five persons carry", |p| p.numbered("ZYB", 0))
        .of(5)
        .once()
        .across_area(),
    silent("shared-record-number", "two person numbers of one human being", |p| {
        p.twins();
        p.numbered("ZYC", p.member as i64)
    })
    .of(2)
    .across_area(),
    silent("shared-record-number", "the number was given again after the discharge", |p| {
        p.numbered("ZYD", 15 * p.member as i64)
    })
    .of(2)
    .across_area(),
    silent("shared-record-number", "mother and child", |p| {
        let disease = if p.member == 0 { "delivery" } else { "newborn-jaundice" };
        let stay = p.stay(0, disease, p.member as i64, 4)?;
        p.visits[stay].admission_number = format!("ZYE{}{}", p.start, p.number);
        p.mark(stay);
        Ok(())
    })
    .of(2)
    .who(Who::YoungWoman)
    .across_area(),
];
