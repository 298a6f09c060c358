//! Model 2: more treatment, tests and drugs than needed. Limits are those of the knowledge folder that synth writes.

use super::super::care::ONE;
use super::super::people::Who;
use super::{ECG_CENTRE, Scenario, hit, silent};

/// The scenarios of this model.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("over-course", "steam baths for a month where a course has twenty days", |p| {
        let institution = p.ward(0);
        p.baths(institution, &[0, 4, 8, 12, 16, 19, 23, 27, 31])
    })
    .across_area(),
    silent("over-course", "a second course after a pause of five weeks", |p| {
        let institution = p.ward(0);
        p.baths(institution, &[0, 5, 10, 15, 19, 55, 60, 65])
    })
    .across_area(),
    silent("over-course", "the second half at another hospital", |p| {
        let (here, there) = p.strangers();
        p.baths(here, &[0, 5, 10, 15])?;
        p.baths(there, &[19, 23, 27, 31])
    })
    .across_area(),
    silent("over-course", "a month of steam baths that the patient pays", |p| {
        let institution = p.ward(0);
        for day in [0, 4, 8, 12, 16, 19, 23, 27, 31] {
            let visit = p.errand_at(institution, day)?;
            p.bill(visit, "tcm-steam", ONE)?;
        }
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("over-frequency", "infrared five times in one contact where two a day are usual", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "physio-infrared", 5 * ONE).map(|_| ())
    }),
    hit("over-frequency", "four assessments in one stay where two are paid", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 9)?;
        for day in [1, 3, 5, 7] {
            let line = p.charge(stay, "rehab-assessment", day, 10 * 60, ONE)?;
            p.mark_line(stay, line);
        }
        Ok(())
    })
    .across_area(),
    silent("over-frequency", "a week's treatments booked together on the last day", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        let line = p.charge(stay, "physio-infrared", 8, 10 * 60, 10 * ONE)?;
        p.mark_line(stay, line);
        Ok(())
    }),
    silent("over-frequency", "two visits on one day; each within the limit", |p| {
        for hour in [9, 14] {
            let visit = p.errand(0, 0)?;
            p.at(visit, 0, hour * 60);
            p.bill(visit, "physio-infrared", 2 * ONE)?;
        }
        Ok(())
    })
    .across_area(),
    silent("over-frequency", "mother and child charged in one visit", |p| {
        let stay = p.stay(0, "delivery", 0, 3)?;
        let line = p.charge(stay, "physio-infrared", 1, 10 * 60, 4 * ONE)?;
        p.charge(stay, "physio-infrared", 0, 18 * 60, 2 * ONE)?;
        p.charge(stay, "physio-infrared", 2, 10 * 60, 2 * ONE)?;
        p.charge(stay, "physio-infrared", 3, 9 * 60, 2 * ONE)?;
        p.mark_line(stay, line);
        Ok(())
    })
    .who(Who::YoungWoman)
    .across_area(),
    silent("over-frequency", "five times in one contact; paid by the patient", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "physio-infrared", 5 * ONE)?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("overlapping-supply", "a month's tablets again after ten days; at another institution", |p| {
        let first = p.errand(0, 0)?;
        p.supply(first, "amlodipine-levo", 2, 28)?;
        let second = p.errand(1, 10)?;
        p.supply(second, "amlodipine-levo", 2, 28).map(|_| ())
    })
    .across_area(),
    silent("overlapping-supply", "fetched five days before the month is over", |p| {
        for after in [0, 23] {
            let visit = p.errand(0, after)?;
            p.supply(visit, "amlodipine-levo", 2, 28)?;
        }
        Ok(())
    })
    .across_area(),
    silent("overlapping-supply", "two lines of one day", |p| {
        let visit = p.errand(0, 0)?;
        let first = p.supply(visit, "amlodipine-levo", 1, 14)?;
        let second = p.supply(visit, "amlodipine-levo", 1, 14)?;
        let lines = &mut p.visits[visit].lines;
        lines[second].order = lines[first].order;
        Ok(())
    })
    .across_area(),
    silent("overlapping-supply", "used during a stay", |p| {
        let visit = p.errand(0, 0)?;
        p.supply(visit, "amlodipine-levo", 2, 28)?;
        let stay = p.stay(0, "pneumonia", 5, 8)?;
        p.daily(stay, "amlodipine-levo", 1..2)
    })
    .across_area(),
    silent("overlapping-supply", "a slip: three hundred days", |p| {
        let visit = p.errand(0, 0)?;
        p.supply(visit, "amlodipine-levo", 2, 300)?;
        let visit = p.errand(0, 29)?;
        p.supply(visit, "amlodipine-levo", 2, 28).map(|_| ())
    })
    .across_area(),
    silent("overlapping-supply", "masked person: nobody knows whose supply it is", |p| {
        p.care.person.mask();
        for after in [0, 10] {
            let visit = p.errand(0, after)?;
            p.supply(visit, "amlodipine-levo", 2, 28)?;
        }
        Ok(())
    })
    .across_area(),
    silent(
        "overlapping-supply",
        "drugs at the discharge though there are some at home; and the refill by its calendar",
        |p| {
            let visit = p.errand(0, 0)?;
            p.supply(visit, "amlodipine-levo", 2, 28)?;
            p.discharged_with("diabetes-ward", 10, 2)?;
            let visit = p.errand(0, 28)?;
            p.supply(visit, "amlodipine-levo", 2, 28).map(|_| ())
        },
    )
    .once()
    .quiet()
    .across_area(),
    silent("overlapping-supply", "a box at each of two discharges", |p| {
        p.discharged_with("heart-failure", 0, 1)?;
        p.discharged_with("pneumonia", 15, 1)
    })
    .once()
    .quiet()
    .across_area(),
    silent("overlapping-supply", "two mixtures of herbal pieces within a week", |p| {
        for after in [0, 5] {
            let visit = p.errand(0, after)?;
            p.supply(visit, "huangqi", 200, 28)?;
        }
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("overlapping-supply", "fetched again after ten days; paid by the patient", |p| {
        for after in [0, 10] {
            let visit = p.errand(0, after)?;
            p.supply(visit, "amlodipine-levo", 2, 28)?;
        }
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("repeated-exam", "a hormone test again after ten days where one in thirty is paid", |p| {
        p.tests("tsh", &[0, 10], "11")
    })
    .across_area(),
    silent("repeated-exam", "the check in the next period", |p| p.tests("tsh", &[0, 31], "11")).across_area(),
    silent("repeated-exam", "two lines of one day", |p| {
        let visit = p.errand(0, 0)?;
        for minute in [600, 660] {
            let line = p.charge(visit, "tsh", 0, minute, ONE)?;
            p.mark_line(visit, line);
        }
        Ok(())
    })
    .across_area(),
    silent("repeated-exam", "tested as an emergency", |p| p.tests("tsh", &[0, 10], "1301")).across_area(),
    silent("repeated-exam", "masked person: nobody knows whose tests they are", |p| {
        p.care.person.mask();
        p.tests("tsh", &[0, 10], "11")
    })
    .across_area(),
    silent("repeated-exam", "tested again after ten days; paid by the patient", |p| {
        p.tests("tsh", &[0, 10], "11")?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("repeated-exam", "again after ten days where one notice asks for thirty and another for seven", |p| {
        p.tests("cea", &[0, 10], "11")
    })
    .once()
    .quiet()
    .across_area(),
    hit("split-prescription", "one drug on two prescriptions of a doctor on one day", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "liuwei", ONE)?;
        p.bill(visit, "liuwei", 2 * ONE).map(|_| ())
    }),
    silent("split-prescription", "two lines of one prescription", |p| {
        let visit = p.errand(0, 0)?;
        let order = p.visits[visit].new_order();
        for minute in [600, 601] {
            let line = p.charge_under(visit, "liuwei", 0, minute, ONE, order)?;
            p.mark_line(visit, line);
        }
        Ok(())
    }),
    silent("split-prescription", "an ordinary and a special-disease visit", |p| {
        for (hour, med_type) in [(9, "11"), (10, "14")] {
            let visit = p.errand(0, 0)?;
            p.at(visit, 0, hour * 60);
            p.visits[visit].med_type = med_type;
            p.visits[visit].doctor = 0;
            p.bill(visit, "liuwei", ONE)?;
        }
        Ok(())
    })
    .across_area(),
    silent("split-prescription", "two doctors on one day", |p| {
        for (hour, doctor) in [(9, 0), (14, 1)] {
            let visit = p.errand(0, 0)?;
            p.at(visit, 0, hour * 60);
            p.visits[visit].doctor = doctor;
            p.bill(visit, "liuwei", ONE)?;
        }
        Ok(())
    })
    .across_area(),
    silent("split-prescription", "two mixtures of herbal pieces", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "huangqi", 90 * ONE)?;
        p.bill(visit, "huangqi", 60 * ONE).map(|_| ())
    })
    .across_area(),
    silent("split-prescription", "two orders of a stay", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        p.daily(stay, "liuwei", 2..3)?;
        p.daily(stay, "liuwei", 2..3)
    })
    .across_area(),
    silent("split-prescription", "two prescriptions on a day; paid by the patient", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "liuwei", ONE)?;
        p.bill(visit, "liuwei", 2 * ONE)?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("split-prescription", "masked person: nobody knows whether it is one", |p| {
        p.care.person.mask();
        let visit = p.errand(0, 0)?;
        p.bill(visit, "liuwei", ONE)?;
        p.bill(visit, "liuwei", 2 * ONE).map(|_| ())
    })
    .quiet()
    .across_area(),
    hit("take-home-excess", "three weeks of an antibiotic after pneumonia", |p| {
        p.take_home("pneumonia", "amoxicillin", 5, 20)
    })
    .across_area(),
    silent("take-home-excess", "a month's tablets for a chronic disease", |p| {
        p.take_home("diabetes-ward", "metformin", 3, 30)
    })
    .across_area(),
    silent("take-home-excess", "two weeks of herbal pieces", |p| p.take_home("pneumonia", "gancao", 140, 14))
        .across_area(),
    silent("take-home-excess", "the smallest pack lasts a fortnight", |p| {
        p.take_home("pneumonia", "pantoprazole", 1, 14)
    })
    .across_area(),
    silent("take-home-excess", "a slip: two hundred days", |p| p.take_home("pneumonia", "amoxicillin", 2, 200))
        .across_area(),
    silent("take-home-excess", "used during the stay", |p| {
        p.take_home("pneumonia", "amoxicillin", 5, 20)?;
        p.visits[0].lines.iter_mut().for_each(|line| line.take_home = false);
        Ok(())
    })
    .across_area(),
    silent("take-home-excess", "three weeks of an antibiotic; paid by the patient", |p| {
        p.take_home("pneumonia", "amoxicillin", 5, 20)?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("exam-for-everyone", "an electrocardiogram for everybody who comes to one centre", |p| {
        for visit in p.regular(ECG_CENTRE, |p, visit| p.weigh(visit))? {
            let line = p.line_of(visit, "ecg")?;
            p.mark_line(visit, line);
        }
        Ok(())
    })
    .of_regulars(),
    silent("exam-for-everyone", "a urine test before herbal pieces; as all centres order it", |p| {
        // One visit in three stands for all.
        for visit in p.regular(2, |p, visit| p.weigh(visit))?.into_iter().step_by(3) {
            let line = p.line_of(visit, "urine")?;
            p.mark_line(visit, line);
        }
        Ok(())
    })
    .of_regulars(),
    hit("excess-quantity", "twenty packs of tablets where others get four", |p| p.overdone("metoprolol", 20, 30))
        .once()
        .quiet()
        .across_area(),
    silent("excess-quantity", "three months' tablets at once", |p| p.overdone("metoprolol", 12, 84))
        .quiet()
        .across_area(),
    silent("excess-quantity", "a hundred doses of herbal pieces", |p| p.overdone("gancao", 900, 14))
        .quiet()
        .across_area(),
    silent("excess-quantity", "infusion solvent by the bottle", |p| p.overdone("saline", 30, 0)).quiet().across_area(),
    silent("excess-quantity", "used during a stay", |p| {
        let stay = p.stay(0, "stroke", 0, 12)?;
        let line = p.charge(stay, "amlodipine", 3, 10 * 60, 14 * ONE)?;
        p.mark_line(stay, line);
        Ok(())
    })
    .across_area(),
    silent("excess-quantity", "masked person: nobody knows whether it is one", |p| {
        p.care.person.mask();
        p.overdone("metoprolol", 20, 30)
    })
    .quiet()
    .across_area(),
    silent("excess-quantity", "twenty packs; paid by the patient", |p| {
        p.overdone("metoprolol", 20, 30)?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
];
