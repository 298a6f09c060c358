//! Model 7: care under somebody else's name, or of nobody.

use super::super::care::ONE;
use super::super::people::Who;
use super::{Scenario, WATCH_DAYS, hit, silent};

/// What crowds are admitted with.
const ILLNESSES: [&str; 4] = ["pneumonia", "copd", "diabetes-ward", "heart-failure"];

/// The scenarios of this model.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("claim-after-death", "a contact and a stay weeks after the registered death", |p| {
        p.care.person.death_day = Some(p.start);
        let visit = p.contact(0, "gastritis", 25)?;
        p.mark(visit);
        p.stay(0, "pneumonia", 40, 8).map(|stay| p.mark(stay))
    })
    .across_area(),
    silent("claim-after-death", "two days after: the register is late", |p| {
        p.care.person.death_day = Some(p.start);
        p.contact(0, "gastritis", 2).map(|visit| p.mark(visit))
    })
    .across_area(),
    silent("claim-after-death", "a stay that began in life and was closed late", |p| {
        p.care.person.death_day = Some(p.start + 3);
        p.stay(0, "heart-failure", 0, 9).map(|stay| p.mark(stay))
    })
    .across_area(),
    silent("claim-after-death", "the hospital recorded the death later than the register", |p| {
        p.care.person.death_day = Some(p.start - 10);
        let stay = p.stay(0, "heart-failure", 0, 9)?;
        p.visits[stay].discharge_way = "5";
        p.mark(stay);
        Ok(())
    })
    .across_area(),
    silent("claim-after-death", "the newborn is billed under the mother who died", |p| {
        p.care.person.death_day = Some(p.start);
        p.stay(0, "newborn-jaundice", 12, 5).map(|stay| p.mark(stay))
    })
    .who(Who::YoungWoman)
    .across_area(),
    silent("claim-after-death", "the family used up the personal account", |p| {
        p.care.person.employee = true;
        p.care.person.death_day = Some(p.start);
        p.purchase("cold", 20).map(|purchase| p.mark(purchase))
    })
    .across_area(),
    silent("claim-after-death", "masked person: nobody knows who died", |p| {
        p.care.person.death_day = Some(p.start);
        p.care.person.mask();
        p.contact(0, "gastritis", 25).map(|visit| p.mark(visit))
    })
    .once()
    .quiet()
    .across_area(),
    hit("far-apart-same-day", "two cities on each of two days", |p| {
        p.two_cities(0)?;
        p.two_cities(20).map(|_| ())
    })
    .across_area(),
    silent("far-apart-same-day", "a journey: two cities on one day", |p| p.two_cities(0).map(|_| ())).across_area(),
    silent("far-apart-same-day", "two counties of one city", |p| {
        let (here, there) = p.strangers();
        for (institution, after, hour) in [(here, 0, 9), (there, 0, 15), (here, 20, 9), (there, 20, 15)] {
            let visit = p.errand_at(institution, after)?;
            p.at(visit, after, hour * 60);
            p.mark(visit);
        }
        Ok(())
    })
    .across_area(),
    silent("far-apart-same-day", "relatives fetch the drugs of a chronic disease", |p| {
        for after in [0, 30] {
            let (here, _) = p.two_cities(after)?;
            p.visits[here].med_type = "14";
        }
        Ok(())
    })
    .across_area(),
    silent("far-apart-same-day", "referred to the other city", |p| {
        for after in [0, 20] {
            let (here, there) = p.two_cities(after)?;
            p.visits[there].referred_from = p.visits[here].id.clone();
        }
        Ok(())
    })
    .across_area(),
    silent("far-apart-same-day", "masked person: nobody knows whether both are one", |p| {
        p.care.person.mask();
        p.two_cities(0)?;
        p.two_cities(20).map(|_| ())
    })
    .once()
    .quiet()
    .across_area(),
    hit("identity-conflict", "a man's visit under a woman's card", |p| {
        let visit = p.contact(0, "gastritis", 0)?;
        p.visits[visit].registered = Some(("1", p.care.person.birth_day));
        p.mark(visit);
        Ok(())
    })
    .who(Who::Woman)
    .across_area(),
    hit("identity-conflict", "a stay of somebody fourteen years younger", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        p.visits[stay].registered = Some((p.care.person.sex(), p.care.person.birth_day + 14 * 365));
        p.mark(stay);
        Ok(())
    })
    .across_area(),
    silent("identity-conflict", "a newborn under the mother's number", |p| {
        let stay = p.stay(0, "newborn-jaundice", 0, 5)?;
        p.visits[stay].registered = Some(("1", p.start - 2));
        p.mark(stay);
        Ok(())
    })
    .who(Who::YoungWoman)
    .across_area(),
    silent("identity-conflict", "sex not stated", |p| {
        let visit = p.contact(0, "gastritis", 0)?;
        p.visits[visit].registered = Some(("9", p.care.person.birth_day));
        p.mark(visit);
        Ok(())
    })
    .across_area(),
    silent("identity-conflict", "a year's difference: the birthday was counted the old way", |p| {
        let visit = p.contact(0, "gastritis", 0)?;
        p.visits[visit].registered = Some((p.care.person.sex(), p.care.person.birth_day - 365));
        p.mark(visit);
        Ok(())
    })
    .across_area(),
    silent("identity-conflict", "masked person: nobody knows who it is", |p| {
        let visit = p.contact(0, "gastritis", 0)?;
        p.visits[visit].registered = Some(("1", p.care.person.birth_day));
        p.care.person.mask();
        p.mark(visit);
        Ok(())
    })
    .who(Who::Woman)
    .across_area(),
    hit("two-places-at-once", "settled in two counties within three minutes", |p| {
        let (here, there) = p.strangers();
        for (institution, minute) in [(here, 600), (there, 603)] {
            let visit = p.errand_at(institution, 0)?;
            p.at(visit, 0, minute);
            p.mark(visit);
        }
        Ok(())
    })
    .across_area(),
    silent("two-places-at-once", "two institutions of one county", |p| {
        let (here, there) = p.neighbours();
        for (institution, minute) in [(here, 600), (there, 603)] {
            let visit = p.errand_at(institution, 0)?;
            p.at(visit, 0, minute);
            p.mark(visit);
        }
        Ok(())
    })
    .across_area(),
    silent("two-places-at-once", "time enough to drive over", |p| {
        let (here, there) = p.strangers();
        for (institution, minute) in [(here, 600), (there, 640)] {
            let visit = p.errand_at(institution, 0)?;
            p.at(visit, 0, minute);
            p.mark(visit);
        }
        Ok(())
    })
    .across_area(),
    silent("two-places-at-once", "a relative settles a stay meanwhile", |p| {
        let (here, there) = p.strangers();
        let stay = p.stay_at(here, "pneumonia", 0, 8)?;
        let visit = p.errand_at(there, 8)?;
        let minute = p.visits[stay].discharged + 3;
        p.visits[visit].move_to(minute);
        p.mark(stay);
        p.mark(visit);
        Ok(())
    })
    .across_area(),
    silent("two-places-at-once", "drugs of a chronic disease fetched by a relative", |p| {
        let (here, there) = p.strangers();
        for (institution, disease, minute) in [(here, "gastritis", 600), (there, "hypertension", 603)] {
            let visit = p.contact_at(institution, disease, 0)?;
            p.at(visit, 0, minute);
            p.mark(visit);
        }
        Ok(())
    })
    .across_area(),
    silent("two-places-at-once", "a hospital uploads its day in one minute", |p| {
        let here = p.errand(0, 0)?;
        p.at(here, 0, 600 + 7 * p.member as i64);
        let there = p.errand_at(p.care.area.away, 0)?;
        p.at(there, 0, 620);
        p.mark(here);
        p.mark(there);
        Ok(())
    })
    .of(6)
    .once()
    .across_area(),
    silent("two-places-at-once", "masked person: nobody knows whether both are one", |p| {
        p.care.person.mask();
        let (here, there) = p.strangers();
        for (institution, minute) in [(here, 600), (there, 603)] {
            let visit = p.errand_at(institution, 0)?;
            p.at(visit, 0, minute);
            p.mark(visit);
        }
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("watch-list", "an outpatient contact while in custody", |p| {
        p.contact(0, "gastritis", 20).map(|visit| p.mark(visit))
    })
    .watched("custody")
    .across_area(),
    hit("watch-list", "a stay while abroad", |p| p.stay(0, "pneumonia", 20, 8).map(|stay| p.mark(stay)))
        .watched("abroad")
        .across_area(),
    silent("watch-list", "on the first and on the last day of the period", |p| {
        for after in [0, WATCH_DAYS] {
            p.contact(0, "gastritis", after).map(|visit| p.mark(visit))?;
        }
        Ok(())
    })
    .watched("custody")
    .across_area(),
    silent("watch-list", "a stay that was under way when the period began", |p| {
        p.stay(0, "pneumonia", -3, 9).map(|stay| p.mark(stay))
    })
    .watched("abroad")
    .quiet()
    .across_area(),
    silent("watch-list", "a relative fetches the drugs of somebody abroad", |p| {
        p.contact(0, "hypertension", 20).map(|visit| p.mark(visit))
    })
    .watched("abroad")
    .across_area(),
    silent("watch-list", "on a list of work injuries; but treated for something else", |p| {
        p.stay(0, "pneumonia", 20, 8).map(|stay| p.mark(stay))
    })
    .watched("work_injury")
    .across_area(),
    silent("watch-list", "a work injury settled by its own insurance", |p| {
        p.care.person.other_insurance = Some("410");
        p.stay(0, "fracture", 20, 10).map(|stay| p.mark(stay))
    })
    .watched("work_injury")
    .across_area(),
    silent("watch-list", "the newborn under the number of a mother in custody", |p| {
        p.stay(0, "newborn-jaundice", 20, 5).map(|stay| p.mark(stay))
    })
    .who(Who::YoungWoman)
    .watched("custody")
    .once()
    .quiet()
    .across_area(),
    hit("shared-phone", "six persons of six addresses on one number come together twice", |p| {
        p.telephoned("19900001");
        p.meets(&[0, 15], 0)
    })
    .of(6)
    .once()
    .across_area(),
    silent("shared-phone", "a family of six at one address", |p| {
        p.telephoned("19900002");
        p.care.person.address = "云川市长青巷18号".to_owned();
        p.meets(&[0, 15], 0)
    })
    .of(6)
    .once()
    .across_area(),
    silent("shared-phone", "the number that is typed when there is none", |p| {
        p.care.person.telephone = "13800138000".to_owned();
        p.meets(&[0, 15], 0)
    })
    .of(6)
    .once()
    .across_area(),
    silent("shared-phone", "an agency's number: its persons go where they live", |p| {
        p.telephoned("19900003");
        p.meets(&[0, 15], p.member)
    })
    .of(6)
    .once()
    .across_area(),
    silent("shared-phone", "treated at one hospital; each on another day", |p| {
        p.telephoned("19900004");
        let day = 3 * p.member as i64;
        p.meets(&[day, day + 20], 0)
    })
    .of(6)
    .once()
    .across_area(),
    hit("mass-admission", "twenty-six of the old admitted to one centre on one day", |p| {
        p.admitted_together(1, ILLNESSES[p.member % 4])
    })
    .of(26)
    .once()
    .who(Who::Old)
    .across_area(),
    silent("mass-admission", "eighteen cataracts on one day's list", |p| p.admitted_together(2, "cataract"))
        .of(18)
        .once()
        .who(Who::Old)
        .across_area(),
    silent("mass-admission", "eighteen patients taken over from a hospital that closed", |p| {
        p.admitted_together(2, ILLNESSES[p.member % 4])?;
        let visit = &mut p.visits[0];
        visit.referred_from = format!("{}9", visit.id);
        Ok(())
    })
    .of(18)
    .once()
    .who(Who::Old)
    .across_area(),
    hit("settlement-burst", "twenty-six persons settle between eleven and midnight", |p| p.settles_late("11", 23 * 60))
        .of(26)
        .once()
        .across_area(),
    silent("settlement-burst", "the collecting day of a special disease", |p| p.settles_late("14", 23 * 60))
        .of(26)
        .once()
        .across_area(),
    silent("settlement-burst", "a busy evening; by no means too busy for the counters", |p| {
        p.settles_late("11", 19 * 60)
    })
    .of(9)
    .once()
    .across_area(),
    hit("unsupported-benefit", "drugs for hemiplegia after a stroke that nobody saw", |p| p.benefits(None))
        .lasting(430)
        .quiet()
        .across_area(),
    silent("unsupported-benefit", "a stay for the stroke comes first", |p| p.benefits(Some("stroke")))
        .lasting(430)
        .quiet()
        .across_area(),
    silent("unsupported-benefit", "the history begins with the benefit", |p| {
        for month in 1..5 {
            p.benefit(30 * month)?;
        }
        Ok(())
    })
    .quiet()
    .across_area(),
    silent("unsupported-benefit", "a scan of the head on record", |p| {
        p.start = p.period.first_day + 5;
        let visit = p.errand(0, 100)?;
        p.charge(visit, "mri-plain", 0, 600, ONE)?;
        p.benefits(None)
    })
    .lasting(430)
    .once()
    .quiet()
    .across_area(),
    silent("unsupported-benefit", "insured in another city; where the history may be", |p| {
        p.care.person.division = "990299".to_owned();
        p.benefits(None)
    })
    .lasting(430)
    .once()
    .quiet()
    .across_area(),
    silent("unsupported-benefit", "masked person: nobody knows the history", |p| {
        p.care.person.mask();
        p.benefits(None)
    })
    .lasting(430)
    .once()
    .quiet()
    .across_area(),
];
