//! Model 8: records that cannot be true.

use super::super::care::ONE;
use super::super::claims::{Operation, Record};
use super::super::people::Who;
use super::{MANY_INSTITUTIONS, REGULARS, Scenario, hit, silent};
use crate::calendar::DAY_MINUTES;

/// The scenarios of this model.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("cloned-bill", "two persons with one bill; line by line", |p| {
        p.draw_alike();
        p.stay(0, "stroke", 0, 12).map(|stay| p.mark(stay))
    })
    .of(2)
    .across_area(),
    silent("cloned-bill", "bills of a few items agree by chance", |p| {
        p.draw_alike();
        // The shortest bill there is, without what only newborns get.
        let stay = p.stay(0, "newborn-jaundice", 0, 5)?;
        let phototherapy = p.care.area.catalogue.item("phototherapy")?;
        p.visits[stay].lines.retain(|line| line.item != phototherapy);
        p.visits[stay].disease = p.care.area.catalogue.disease("gastritis")?;
        p.mark(stay);
        Ok(())
    })
    .of(2)
    .across_area(),
    silent("cloned-bill", "two nights by one pathway", |p| {
        p.draw_alike();
        p.stay(0, "stroke", 0, 2).map(|stay| p.mark(stay))
    })
    .of(2)
    .across_area(),
    silent("cloned-bill", "one person's regimen again", |p| {
        p.draw_alike();
        p.stay(0, "stroke", 0, 12).map(|stay| p.mark(stay))?;
        p.draw_alike();
        p.stay(0, "stroke", 40, 12).map(|stay| p.mark(stay))
    })
    .across_area(),
    silent("cloned-bill", "chemotherapy by protocol", |p| {
        p.draw_alike();
        p.stay(0, "chemotherapy", 0, 4).map(|stay| p.mark(stay))
    })
    .of(2)
    .across_area(),
    silent("cloned-bill", "two deliveries by one pathway", |p| {
        p.draw_alike();
        p.stay(0, "delivery", 0, 4).map(|stay| p.mark(stay))
    })
    .of(2)
    .who(Who::YoungWoman)
    .once()
    .quiet()
    .across_area(),
    silent("cloned-bill", "masked persons: nobody knows whether they are two", |p| {
        p.care.person.mask();
        p.draw_alike();
        p.stay(0, "stroke", 0, 12).map(|stay| p.mark(stay))
    })
    .of(2)
    .once()
    .quiet()
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
    silent("operation-outside-stay", "a cycle of chemotherapy with the date of the port's operation", |p| {
        let stay = p.stay(0, "chemotherapy", 0, 4)?;
        let dated = (p.visits[stay].first_day() + 12) * DAY_MINUTES + 600;
        p.visits[stay].operations.push(Operation {
            code: "86.0700",
            name: "完全植入式血管通路装置置入",
            begin: dated,
            end: dated + 40,
            anaesthesia: "03",
            operator: 0,
            anaesthetist: 1,
        });
        p.mark(stay);
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("operation-outside-stay", "a birth whose operation is dated after the discharge", |p| {
        p.operated("delivery", 14, "21")
    })
    .who(Who::YoungWoman)
    .once()
    .quiet()
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
    silent("shared-record-number", "masked persons: nobody knows whether they are two", |p| {
        p.care.person.mask();
        p.numbered("ZYF", 2 * p.member as i64)
    })
    .of(2)
    .once()
    .quiet()
    .across_area(),
    hit("impossible-identity", "an identity number with a wrong check character", |p| {
        p.care.person.misprint_identity_number();
        p.contact(0, "gastritis", 0).map(|visit| p.mark(visit))
    })
    .across_area(),
    hit("impossible-identity", "an identity number of somebody born twelve years earlier", |p| {
        let birth_day = p.care.person.birth_day - 12 * 365;
        p.care.person.borrow_identity_number(birth_day);
        p.contact(0, "gastritis", 0).map(|visit| p.mark(visit))
    })
    .across_area(),
    silent("impossible-identity", "a passport", |p| {
        p.care.person.certno = format!("EA{:07}", p.care.person.number);
        p.contact(0, "gastritis", 0).map(|visit| p.mark(visit))
    })
    .across_area(),
    silent("impossible-identity", "a birthday counted by the moon: forty days apart", |p| {
        let birth_day = p.care.person.birth_day - 40;
        p.care.person.borrow_identity_number(birth_day);
        p.contact(0, "gastritis", 0).map(|visit| p.mark(visit))
    })
    .across_area(),
    silent("impossible-identity", "a number that eight persons carry because theirs is not known", |p| {
        p.care.person.certno = "990102190001010001".to_owned();
        p.contact(0, "gastritis", 0).map(|visit| p.mark(visit))
    })
    .of(8)
    .once()
    .across_area(),
    silent("impossible-identity", "a delivery", |p| {
        p.care.person.misprint_identity_number();
        p.stay(0, "delivery", 0, 3).map(|stay| p.mark(stay))
    })
    .quiet()
    .who(Who::YoungWoman)
    .across_area(),
    hit("prescription-without-visit", "a hospital's drug bought again and again; no hospital seen for months", |p| {
        p.start = p.period.end() - 50;
        p.dual_channel(&[0, 20])
    })
    .quiet()
    .across_area(),
    silent("prescription-without-visit", "a hospital visit five weeks before", |p| {
        p.start = p.period.end() - 50;
        p.contact(0, "gastritis", -35)?;
        p.dual_channel(&[0, 20])
    })
    .quiet()
    .across_area(),
    silent("prescription-without-visit", "the prescription on the day of the purchase", |p| {
        p.start = p.period.end() - 50;
        p.contact(0, "gastritis", 0)?;
        p.dual_channel(&[0])
    })
    .quiet()
    .across_area(),
    silent("prescription-without-visit", "the prescription may lie before the export begins", |p| {
        p.start = p.period.first_day + 20;
        p.dual_channel(&[0, 20])
    })
    .quiet()
    .across_area(),
    silent("prescription-without-visit", "insured in another city", |p| {
        p.start = p.period.end() - 50;
        p.care.person.division = "990299".to_owned();
        p.dual_channel(&[0, 20])
    })
    .quiet()
    .across_area(),
    silent("prescription-without-visit", "masked person: visits cannot be looked up", |p| {
        p.start = p.period.end() - 50;
        p.care.person.mask();
        p.dual_channel(&[0, 20])
    })
    .once()
    .quiet()
    .across_area(),
    hit("digit-anomaly", "bills of herbal pieces made up to totals that end in eight or six yuan", |p| {
        p.regular(3, |p, visit| p.invent(visit))?.into_iter().for_each(|visit| p.mark(visit));
        Ok(())
    })
    .of_regulars(),
    silent("digit-anomaly", "herbal pieces weighed out by the gram", |p| {
        // One visit in three stands for all.
        p.regular(1, |p, visit| p.weigh(visit))?.into_iter().step_by(3).for_each(|visit| p.mark(visit));
        Ok(())
    })
    .of_regulars(),
    silent("digit-anomaly", "packages priced at eights and sixes; too few bills to tell", |p| {
        p.regular(0, |p, visit| p.invent(visit))?.into_iter().for_each(|visit| p.mark(visit));
        Ok(())
    })
    .of(8)
    .once()
    .quiet()
    .among(MANY_INSTITUTIONS)
    .across_area(),
    silent("digit-anomaly", "beside weighed pieces a course at one price again and again", |p| {
        if (p.member as u32) < REGULARS {
            return p.regular(5, |p, visit| p.weigh(visit)).map(|_| ());
        }
        p.regular(5, |p, visit| p.fixed_course(visit))?.into_iter().for_each(|visit| p.mark(visit));
        Ok(())
    })
    .of(REGULARS + 9)
    .once()
    .quiet()
    .among(MANY_INSTITUTIONS)
    .across_area(),
    hit("image-reuse", "two persons with one image", |p| p.examined(Record::Image(p.image(1)), 5 * p.member as i64))
        .of(2)
        .in_hospital(),
    hit("image-reuse", "one person's image again after a month", |p| {
        p.examined(Record::Image(p.image(2)), 0)?;
        p.examined(Record::Image(p.image(2)), 30)
    })
    .in_hospital(),
    silent("image-reuse", "one examination in two rows of a day", |p| {
        p.examined(Record::Image(p.image(3)), 0)?;
        p.examined(Record::Image(p.image(3)), 0)
    })
    .in_hospital(),
    silent("image-reuse", "two person numbers of one human being", |p| {
        p.twins();
        p.examined(Record::Image(p.image(4)), 0)
    })
    .of(2)
    .in_hospital(),
    hit("missing-report", "blood counts with a record and no report", |p| p.counted(Record::Unreported)).in_hospital(),
    silent("missing-report", "another record of the settlement has the report", |p| p.counted(Record::Twofold))
        .in_hospital(),
    silent("missing-report", "the last days of the export: not finished yet", |p| {
        p.start = p.period.end() - 3;
        let visit = p.errand(0, 0)?;
        let line = p.bill(visit, "blood-count", ONE)?;
        p.visits[visit].lines[line].record = Record::Unreported;
        Ok(())
    })
    .in_hospital(),
];
