//! Model 6: what the fund does not pay. Limits are those of the knowledge folder that synth writes.

use super::super::care::ONE;
use super::super::people::Who;
use super::{Scenario, hit, silent};

/// The scenarios of this model.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("age-limited", "a children's drug for an adult", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "montelukast-child", ONE).map(|_| ())
    })
    .across_area(),
    silent("age-limited", "sixty years old during the stay", |p| {
        p.turns(60, 3);
        let stay = p.stay(0, "copd", 0, 8)?;
        p.daily(stay, "sleep-study", 4..5)
    })
    .across_area(),
    silent("age-limited", "another day of birth registered at the visit", |p| {
        let visit = p.errand(0, 0)?;
        p.visits[visit].registered = Some((p.care.person.sex(), p.care.person.birth_day - 900));
        p.bill(visit, "montelukast-child", ONE).map(|_| ())
    })
    .across_area(),
    silent("age-limited", "the newborn's drug on the mother's bill", |p| {
        let stay = p.stay(0, "delivery", 0, 3)?;
        p.daily(stay, "montelukast-child", 1..2)
    })
    .who(Who::YoungWoman)
    .across_area(),
    silent("age-limited", "a children's drug that the patient pays", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "montelukast-child", ONE)?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("course-limited", "eighteen days of a drug that is paid for fourteen", |p| {
        let stay = p.stay(0, "stroke", 0, 19)?;
        p.daily(stay, "levocarnitine", 0..18)
    })
    .across_area(),
    silent("course-limited", "a new course after nine days", |p| {
        let stay = p.stay(0, "stroke", 0, 30)?;
        p.daily(stay, "levocarnitine", 0..10)?;
        p.daily(stay, "levocarnitine", 19..29)
    })
    .across_area(),
    silent("course-limited", "the second half at another hospital", |p| {
        let stay = p.stay(0, "stroke", 0, 10)?;
        p.daily(stay, "levocarnitine", 0..10)?;
        p.visits[stay].discharge_way = "2";
        let there = p.stay(1, "rehabilitation", 10, 12)?;
        p.leave_before(stay, there);
        p.daily(there, "levocarnitine", 1..10)
    })
    .across_area(),
    silent("course-limited", "several lines of one day", |p| {
        let stay = p.stay(0, "stroke", 0, 12)?;
        p.daily(stay, "levocarnitine", 0..10)?;
        p.daily(stay, "levocarnitine", 0..10)
    })
    .across_area(),
    silent("course-limited", "eighteen days; paid by the patient", |p| {
        let stay = p.stay(0, "stroke", 0, 19)?;
        p.daily(stay, "levocarnitine", 0..18)?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("external-cause", "a collision with another car", |p| p.injured("car-accident", true)),
    hit("external-cause", "beaten by somebody", |p| p.injured("assault", true)).across_area(),
    silent("external-cause", "fell off the motorcycle with nobody near", |p| p.injured("motorcycle-alone", true)),
    silent("external-cause", "fell on the stairs", |p| p.injured("fall-stairs", true)),
    silent("external-cause", "an outpatient contact after a collision", |p| p.injured("car-accident", false))
        .across_area(),
    hit("insurance-limited", "a drug for work injuries paid by basic insurance", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "silver-cream", ONE).map(|_| ())
    })
    .across_area(),
    hit("insurance-limited", "a maternity drug without any sign of maternity", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 7)?;
        p.daily(stay, "mifepristone", 2..3)
    })
    .who(Who::YoungWoman)
    .across_area(),
    silent("insurance-limited", "settled by a retired cadre's own insurance", |p| {
        p.care.person.other_insurance = Some("340");
        let visit = p.errand(0, 0)?;
        p.bill(visit, "silver-cream", ONE).map(|_| ())
    })
    .across_area(),
    silent("insurance-limited", "a maternity drug at a delivery", |p| {
        let stay = p.stay(0, "delivery", 0, 3)?;
        p.daily(stay, "mifepristone", 1..2)
    })
    .who(Who::YoungWoman)
    .across_area(),
    silent("insurance-limited", "a maternity drug in pregnancy", |p| {
        let stay = p.stay(0, "threatened-labour", 0, 2)?;
        p.daily(stay, "mifepristone", 1..2)
    })
    .who(Who::YoungWoman)
    .across_area(),
    silent("insurance-limited", "a drug for work injuries that the patient pays", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "silver-cream", ONE)?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("level-limited", "a drug of tertiary hospitals at a community centre", |p| {
        let centre = p.centre(0);
        let visit = p.errand_at(centre, 0)?;
        p.bill(visit, "thymalfasin", ONE).map(|_| ())
    })
    .across_area(),
    silent("level-limited", "at a tertiary hospital", |p| {
        let tertiary = p.tertiary();
        let visit = p.errand_at(tertiary, 0)?;
        p.bill(visit, "thymalfasin", ONE).map(|_| ())
    })
    .across_area(),
    silent("level-limited", "a tertiary hospital's prescription continued", |p| {
        let (tertiary, centre) = (p.tertiary(), p.centre(0));
        for (institution, after) in [(tertiary, 0), (centre, 40)] {
            let visit = p.errand_at(institution, after)?;
            p.bill(visit, "thymalfasin", ONE)?;
        }
        Ok(())
    })
    .across_area(),
    silent("level-limited", "dispensed by a pharmacy", |p| {
        let visit = p.purchase("hypertension", 0)?;
        p.visits[visit].med_type = "9929";
        p.bill(visit, "thymalfasin", ONE).map(|_| ())
    })
    .across_area(),
    silent("level-limited", "at a community centre; paid by the patient", |p| {
        let visit = p.errand_at(p.centre(0), 0)?;
        p.bill(visit, "thymalfasin", ONE)?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("self-paid-in-scope", "a special service counted within the scope", |p| {
        let visit = p.errand(0, 0)?;
        let line = p.bill(visit, "cosmetic-care", ONE)?;
        p.visits[visit].lines[line].scoped = true;
        Ok(())
    }),
    silent("self-paid-in-scope", "the same item regraded within the visit", |p| {
        let visit = p.errand(0, 0)?;
        let line = p.bill(visit, "cosmetic-care", ONE)?;
        p.visits[visit].lines[line].scoped = true;
        let line = p.bill(visit, "cosmetic-care", ONE)?;
        p.visits[visit].lines[line].grade = "02";
        Ok(())
    }),
    silent("self-paid-in-scope", "a retired cadre's own list", |p| {
        p.care.person.other_insurance = Some("340");
        let visit = p.errand(0, 0)?;
        let line = p.bill(visit, "cosmetic-care", ONE)?;
        p.visits[visit].lines[line].scoped = true;
        Ok(())
    })
    .across_area(),
    hit("setting-limited", "a drug of hospital stays in an outpatient contact", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "albumin", ONE).map(|_| ())
    })
    .across_area(),
    hit("setting-limited", "a drug of outpatients in the middle of a stay", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        p.daily(stay, "pudilan", 3..4)
    })
    .across_area(),
    silent("setting-limited", "used in a stay as allowed", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        p.daily(stay, "albumin", 3..4)
    })
    .across_area(),
    silent("setting-limited", "two days before the stay", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "albumin", ONE)?;
        p.stay(0, "pneumonia", 2, 8).map(|_| ())
    })
    .across_area(),
    silent("setting-limited", "outpatient care of a special disease", |p| {
        let visit = p.contact(0, "hypertension", 0)?;
        p.bill(visit, "albumin", ONE).map(|_| ())
    })
    .across_area(),
    silent("setting-limited", "an emergency drug in a stay", |p| {
        let stay = p.stay(0, "stroke", 0, 8)?;
        p.daily(stay, "urokinase", 1..2)
    })
    .across_area(),
    silent("setting-limited", "a drug of outpatients on the day of admission", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        p.daily(stay, "pudilan", 0..1)
    })
    .across_area(),
    silent("setting-limited", "a drug of hospital stays in a home bed", |p| {
        let visit = p.errand(0, 0)?;
        p.visits[visit].med_type = "71";
        p.bill(visit, "albumin", ONE).map(|_| ())
    })
    .once()
    .quiet()
    .across_area(),
    silent("setting-limited", "a drug of hospital stays that the outpatient pays", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "albumin", ONE)?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("sex-limited", "a drug for men paid for a woman", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "finasteride", ONE).map(|_| ())
    })
    .who(Who::Woman)
    .across_area(),
    hit("sex-limited", "a drug for women paid for a man", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "progesterone", ONE).map(|_| ())
    })
    .who(Who::Man)
    .across_area(),
    silent("sex-limited", "registered as a man at another visit", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "finasteride", ONE)?;
        let visit = p.errand(0, 20)?;
        p.visits[visit].registered = Some(("1", p.care.person.birth_day));
        Ok(())
    })
    .who(Who::Woman)
    .across_area(),
    silent("sex-limited", "charged at a delivery", |p| {
        let stay = p.stay(0, "delivery", 0, 3)?;
        p.daily(stay, "finasteride", 1..2)
    })
    .who(Who::YoungWoman)
    .across_area(),
    silent("sex-limited", "a couple treated together", |p| {
        let stay = p.stay(0, "infertility", 0, 4)?;
        p.daily(stay, "finasteride", 1..2)
    })
    .who(Who::YoungWoman)
    .across_area(),
    silent("sex-limited", "care around a change of sex", |p| {
        let visit = p.contact(0, "gender-identity", 0)?;
        p.bill(visit, "progesterone", ONE).map(|_| ())
    })
    .who(Who::Man)
    .once()
    .quiet()
    .across_area(),
    silent("sex-limited", "a drug for men that the woman pays", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "finasteride", ONE)?;
        p.paid_by_patient();
        Ok(())
    })
    .who(Who::Woman)
    .once()
    .quiet()
    .across_area(),
    hit("off-catalogue", "a drug that left the catalogue long ago", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "delisted", ONE).map(|_| ())
    })
    .across_area(),
    silent("off-catalogue", "a drug that left with the turn of the year", |p| {
        p.start = p.period.first_day + 20;
        let visit = p.errand(0, 0)?;
        p.bill(visit, "leaving", ONE).map(|_| ())
    })
    .across_area(),
    silent("off-catalogue", "admitted while the drug was still paid", |p| {
        p.start = p.period.first_day + 178;
        let stay = p.stay(0, "stroke", 0, 9)?;
        p.daily(stay, "leaving", 4..7)
    })
    .lasting(220)
    .across_area(),
    silent("off-catalogue", "a preparation of the hospital's own", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "house-lotion", ONE).map(|_| ())
    })
    .across_area(),
    silent("off-catalogue", "a drug that left long ago; paid by the patient", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "delisted", ONE)?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
];
