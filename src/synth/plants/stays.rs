//! Model 1: split stays and stays without need.

use super::super::care::ONE;
use super::super::life::cut_off;
use super::super::people::Who;
use super::{Scenario, hit, silent};
use crate::calendar::DAY_MINUTES;

/// The scenarios of this model.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("split-stay", "back after two days with another disease", |p| {
        p.two_stays("diabetes-ward", "copd", 7, 2).map(|second| p.mark(second))
    }),
    hit("split-stay", "back after ten days with the same disease", |p| {
        p.two_stays("copd", "copd", 9, 10).map(|second| p.mark(second))
    }),
    silent("split-stay", "chemotherapy cycles", |p| {
        p.two_stays("chemotherapy", "chemotherapy", 3, 11).map(|second| p.mark(second))
    }),
    silent("split-stay", "rehabilitation cycles", |p| {
        p.two_stays("rehabilitation", "rehabilitation", 12, 3).map(|second| p.mark(second))
    })
    .across_area(),
    silent("split-stay", "transferred out and back", |p| {
        let second = p.two_stays("stroke", "stroke", 4, 2)?;
        p.visits[second - 1].discharge_way = "2";
        p.visits[second].referred_from = p.visits[second - 1].id.clone();
        p.mark(second);
        Ok(())
    })
    .across_area(),
    silent("split-stay", "day surgery of the other eye", |p| {
        p.two_stays("cataract", "cataract", 1, 7).map(|second| p.mark(second))
    }),
    silent("split-stay", "false labour; then the delivery", |p| {
        p.two_stays("threatened-labour", "delivery", 2, 3).map(|second| p.mark(second))
    })
    .who(Who::YoungWoman),
    silent("split-stay", "interim settlement of one stay", |p| {
        let stay = p.stay(0, "fracture", 0, 16)?;
        p.visits[stay].cuts.push((p.start + 9) * DAY_MINUTES);
        p.mark(stay);
        Ok(())
    }),
    silent("split-stay", "interim settlement under a new visit number", |p| {
        let second = p.two_stays("stroke", "stroke", 8, 0)?;
        let number = p.visits[second - 1].admission_number.clone();
        p.visits[second - 1].discharge_way = "9";
        p.leave_before(second - 1, second);
        p.visits[second].admission_number = number;
        p.mark(second);
        Ok(())
    })
    .across_area(),
    silent("split-stay", "same disease; one day past the window", |p| {
        p.two_stays("copd", "copd", 8, 16).map(|second| p.mark(second))
    }),
    silent("split-stay", "still in hospital at extraction", |p| {
        p.start = p.period.end() - 14;
        let second = p.two_stays("copd", "copd", 8, 2)?;
        cut_off(&mut p.visits[second], p.period);
        p.mark(second);
        Ok(())
    })
    .across_area(),
    silent("split-stay", "masked person: nobody knows whether both stays are one's", |p| {
        p.care.person.mask();
        p.two_stays("copd", "copd", 8, 2).map(|second| p.mark(second))
    })
    .across_area(),
    silent("split-stay", "referred back by another hospital", |p| {
        let second = p.two_stays("diabetes-ward", "copd", 7, 2)?;
        p.visits[second].referred_from = format!("{}9", p.visits[second].id);
        p.mark(second);
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("chained-stays", "four stays for one stroke; six days apart", |p| p.chain("stroke", 4, 6, 6)),
    silent("chained-stays", "chemotherapy cycles", |p| p.chain("chemotherapy", 4, 3, 12)).across_area(),
    silent("chained-stays", "rehabilitation cycles", |p| p.chain("rehabilitation", 3, 12, 4)).across_area(),
    silent("chained-stays", "relapses five weeks apart", |p| p.chain("heart-failure", 3, 6, 35)).across_area(),
    silent("chained-stays", "one eye after the other; then the lens polished: day surgery", |p| {
        p.chain("cataract", 3, 1, 9)
    })
    .once()
    .quiet()
    .across_area(),
    silent("chained-stays", "sent to and fro between two hospitals", |p| {
        p.chain("stroke", 4, 6, 6)?;
        for stay in &mut p.visits {
            stay.discharge_way = "2";
        }
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("chained-stays", "referred in each time", |p| {
        p.chain("stroke", 4, 6, 6)?;
        for stay in 1..p.visits.len() {
            p.visits[stay].referred_from = p.visits[stay - 1].id.clone();
        }
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("chained-stays", "one long stay settled four times", |p| {
        p.chain("stroke", 4, 6, 0)?;
        for stay in 1..p.visits.len() {
            p.visits[stay - 1].discharge_way = "9";
            p.leave_before(stay - 1, stay);
            p.visits[stay].admission_number = p.visits[0].admission_number.clone();
        }
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("chained-stays", "masked person: nobody knows whose stays they are", |p| {
        p.care.person.mask();
        p.chain("stroke", 4, 6, 6)
    })
    .quiet()
    .across_area(),
    hit("overlapping-stays", "in two hospitals over the same nights", |p| {
        p.stay(0, "diabetes-ward", 0, 9)?;
        let other = p.stay(1, "lumbar-disc", 4, 9)?;
        p.mark(other - 1);
        p.mark(other);
        Ok(())
    }),
    silent("overlapping-stays", "moved to another hospital on the day of discharge", |p| {
        p.stay(0, "stroke", 0, 6)?;
        let other = p.stay(1, "rehabilitation", 6, 12)?;
        p.visits[other - 1].discharge_way = "2";
        p.leave_before(other - 1, other);
        p.mark(other - 1);
        p.mark(other);
        Ok(())
    })
    .across_area(),
    silent("overlapping-stays", "discharged and admitted elsewhere on one day", |p| {
        p.stay(0, "diabetes-ward", 0, 6)?;
        let other = p.stay(1, "pneumonia", 6, 7)?;
        p.leave_before(other - 1, other);
        p.mark(other - 1);
        p.mark(other);
        Ok(())
    })
    .across_area(),
    silent("overlapping-stays", "a cycle of chemotherapy while the other stay goes on", |p| {
        p.overlapped("heart-failure", "chemotherapy", 1, 3).map(|_| ())
    })
    .once()
    .quiet()
    .across_area(),
    silent("overlapping-stays", "day surgery of an eye while the other stay goes on", |p| {
        p.overlapped("diabetes-ward", "cataract", 1, 1).map(|_| ())
    })
    .once()
    .quiet()
    .across_area(),
    silent("overlapping-stays", "the newborn under the mother's number", |p| {
        p.overlapped("delivery", "newborn-jaundice", 0, 5).map(|_| ())
    })
    .who(Who::YoungWoman)
    .once()
    .quiet()
    .across_area(),
    silent("overlapping-stays", "referred to another hospital; the first bill was closed later", |p| {
        let second = p.overlapped("stroke", "stroke", 1, 9)?;
        p.visits[second].referred_from = p.visits[second - 1].id.clone();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("overlapping-stays", "an interim settlement that names the days of the whole stay", |p| {
        let second = p.overlapped("stroke", "stroke", 0, 9)?;
        p.visits[second].admission_number = p.visits[second - 1].admission_number.clone();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("overlapping-stays", "still in hospital at extraction", |p| {
        p.start = p.period.end() - 10;
        let second = p.overlapped("diabetes-ward", "lumbar-disc", 1, 9)?;
        cut_off(&mut p.visits[second], p.period);
        Ok(())
    })
    .quiet()
    .across_area(),
    silent("overlapping-stays", "masked person: nobody knows whether both stays are one's", |p| {
        p.care.person.mask();
        p.overlapped("diabetes-ward", "lumbar-disc", 1, 9).map(|_| ())
    })
    .quiet()
    .across_area(),
    hit("visit-during-stay", "outpatient contact in the middle of a stay", |p| {
        p.stay(0, "pneumonia", 0, 9)?;
        p.contact(1, "lumbago", 4).map(|contact| p.mark(contact))
    }),
    hit("visit-during-stay", "chronic-disease drugs bought in the middle of a stay; paid by the fund", |p| {
        p.stay(0, "stroke", 0, 10)?;
        let purchase = p.purchase("hypertension", 5)?;
        p.visits[purchase].med_type = "9929";
        p.mark(purchase);
        Ok(())
    })
    .across_area(),
    silent("visit-during-stay", "outpatient contact on the day of admission", |p| {
        p.stay(0, "pneumonia", 0, 8)?;
        p.contact(0, "cold", 0).map(|contact| p.mark(contact))
    }),
    silent("visit-during-stay", "outpatient contact on the day of discharge", |p| {
        p.stay(0, "pneumonia", 0, 8)?;
        p.contact(0, "cold", 8).map(|contact| p.mark(contact))
    }),
    silent("visit-during-stay", "bought by the family from the personal account", |p| {
        p.care.person.employee = true;
        p.stay(0, "pneumonia", 0, 8)?;
        p.purchase("cold", 3).map(|purchase| p.mark(purchase))
    })
    .across_area(),
    silent("visit-during-stay", "dialysis elsewhere during a stay", |p| {
        p.stay(0, "stroke", 0, 12)?;
        p.contact(1, "renal-failure", 5).map(|contact| p.mark(contact))
    }),
    silent("visit-during-stay", "sent to another hospital for a consultation", |p| {
        let stay = p.stay(0, "pneumonia", 0, 9)?;
        let contact = p.contact(1, "lumbago", 4)?;
        p.visits[contact].referred_from = p.visits[stay].id.clone();
        p.mark(contact);
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("visit-during-stay", "the newborn seen under the number of the mother in childbed", |p| {
        p.stay(0, "delivery", 0, 6)?;
        p.contact(1, "newborn-jaundice", 3).map(|contact| p.mark(contact))
    })
    .who(Who::YoungWoman)
    .once()
    .quiet()
    .across_area(),
    silent("visit-during-stay", "still in hospital at extraction: the end is not known", |p| {
        p.start = p.period.end() - 8;
        let stay = p.stay(0, "stroke", 0, 12)?;
        cut_off(&mut p.visits[stay], p.period);
        p.contact(1, "lumbago", 4).map(|contact| p.mark(contact))
    })
    .once()
    .quiet()
    .across_area(),
    silent("visit-during-stay", "masked person: nobody knows whether both are one", |p| {
        p.care.person.mask();
        p.stay(0, "pneumonia", 0, 9)?;
        p.contact(1, "lumbago", 4).map(|contact| p.mark(contact))
    })
    .once()
    .quiet()
    .across_area(),
    hit("idle-stay-days", "four days in a row with bed; nursing and rounds only", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 12)?;
        p.idle(stay, &[5, 6, 7, 8]);
        p.mark_idle(stay, 5);
        Ok(())
    }),
    hit("idle-stay-days", "more than half of the stay idle; never three days in a row", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 9)?;
        p.idle(stay, &[1, 2, 4, 5, 7, 8]);
        p.mark_idle(stay, 4);
        Ok(())
    })
    .across_area(),
    silent("idle-stay-days", "a weekend without treatment", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 12)?;
        p.idle(stay, &[5, 6]);
        p.mark_idle(stay, 5);
        Ok(())
    }),
    silent("idle-stay-days", "all fees booked on the day of discharge", |p| {
        let stay = p.stay(0, "copd", 0, 9)?;
        let visit = &mut p.visits[stay];
        let last_day = visit.last_day() * DAY_MINUTES;
        for line in &mut visit.lines {
            line.minute = last_day + line.minute.rem_euclid(DAY_MINUTES).min(14 * 60);
        }
        p.mark_line(stay, 0);
        Ok(())
    }),
    silent("idle-stay-days", "days of rest within a rehabilitation cycle", |p| {
        let stay = p.stay(0, "rehabilitation", 0, 13)?;
        p.idle(stay, &[4, 5, 6]);
        p.mark_idle(stay, 5);
        Ok(())
    })
    .across_area(),
    silent("idle-stay-days", "tablets for ten days handed out before the quiet days", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 12)?;
        p.idle(stay, &[5, 6, 7, 8]);
        let line = p.charge(stay, "ibuprofen", 4, 9 * 60, ONE)?;
        let given = &mut p.visits[stay].lines[line];
        given.supply_days = 10;
        given.states_days = true;
        p.mark_idle(stay, 5);
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("idle-stay-days", "mother and child stay on after the birth", |p| {
        let stay = p.stay(0, "delivery", 0, 8)?;
        p.idle(stay, &[3, 4, 5, 6]);
        p.mark_idle(stay, 5);
        Ok(())
    })
    .who(Who::YoungWoman)
    .once()
    .quiet()
    .across_area(),
    silent("idle-stay-days", "still in hospital at extraction: not all is booked yet", |p| {
        p.start = p.period.end() - 10;
        let stay = p.stay(0, "lumbar-disc", 0, 14)?;
        p.idle(stay, &[4, 5, 6, 7, 8, 9]);
        cut_off(&mut p.visits[stay], p.period);
        p.mark_idle(stay, 5);
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("idle-stay-days", "on leave: nothing was charged on four days", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 12)?;
        p.idle(stay, &[5, 6, 7, 8]);
        let visit = &mut p.visits[stay];
        let first_day = visit.first_day();
        visit.lines.retain(|line| !(5..9).contains(&(line.minute.div_euclid(DAY_MINUTES) - first_day)));
        p.mark(stay);
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("bed-overload", "seven persons on five beds for nine nights", |p| {
        let institution = p.centre(0);
        p.stay_at(institution, "pneumonia", 0, 9).map(|stay| p.mark(stay))
    })
    .of(7)
    .once()
    .across_area(),
    silent("bed-overload", "five beds change hands within a day", |p| {
        let institution = p.centre(1);
        let half = p.member as i64 / 5;
        p.stay_at(institution, "pneumonia", half * 8, 8).map(|stay| p.mark(stay))
    })
    .of(10)
    .once()
    .across_area(),
    silent("bed-overload", "eight patients in rehabilitation who sleep at home", |p| {
        let institution = p.centre(2);
        p.stay_at(institution, "rehabilitation", 0, 12).map(|stay| p.mark(stay))
    })
    .of(8)
    .once()
    .across_area(),
    hit("frequent-stays", "seven stays of five days within five months", |p| {
        p.start = p.period.first_day + 5;
        p.chain("copd", 7, 5, 18)
    })
    .across_area(),
    silent("frequent-stays", "seven cycles of chemotherapy", |p| {
        p.start = p.period.first_day + 5;
        p.chain("chemotherapy", 7, 3, 20)
    })
    .across_area(),
    silent("frequent-stays", "sent on from one hospital to the next", |p| {
        p.start = p.period.first_day + 5;
        p.chain("copd", 7, 5, 18)?;
        for stay in 1..p.visits.len() {
            p.visits[stay].referred_from = p.visits[stay - 1].id.clone();
        }
        Ok(())
    })
    .across_area(),
    silent("frequent-stays", "masked person: nobody knows whose stays they are", |p| {
        p.start = p.period.first_day + 5;
        p.care.person.mask();
        p.chain("copd", 7, 5, 18)
    })
    .across_area(),
    hit("low-need-stay", "four nights for tests that outpatients have", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 4)?;
        p.tests_only(stay)?;
        p.mark(stay);
        Ok(())
    }),
    silent("low-need-stay", "an operation is on record", |p| {
        let stay = p.stay(0, "gallstone", 0, 5)?;
        p.tests_only(stay)?;
        p.mark(stay);
        Ok(())
    }),
    silent("low-need-stay", "left against medical advice", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 3)?;
        p.tests_only(stay)?;
        p.visits[stay].discharge_way = "4";
        p.mark(stay);
        Ok(())
    }),
    silent("low-need-stay", "the check before a cycle of chemotherapy", |p| {
        let stay = p.stay(0, "chemotherapy", 0, 3)?;
        p.tests_only(stay)?;
        p.mark(stay);
        Ok(())
    })
    .across_area(),
    silent("low-need-stay", "came with chest pain through the emergency room", |p| {
        let stay = p.stay(0, "chest-pain", 0, 3)?;
        p.tests_only(stay)?;
        p.visits[stay].med_type = "210104";
        p.mark(stay);
        Ok(())
    })
    .across_area(),
    silent("low-need-stay", "a newborn under observation", |p| {
        let stay = p.stay(0, "newborn-jaundice", 0, 4)?;
        p.tests_only(stay)?;
        p.mark(stay);
        Ok(())
    })
    .who(Who::YoungWoman)
    .across_area(),
    silent("low-need-stay", "still in hospital at extraction", |p| {
        p.start = p.period.end() - 3;
        let stay = p.stay(0, "diabetes-ward", 0, 5)?;
        p.tests_only(stay)?;
        cut_off(&mut p.visits[stay], p.period);
        p.mark(stay);
        Ok(())
    })
    .across_area(),
];
