//! Model 9: services that were not given.

use super::super::care::ONE;
use super::super::claims::Record;
use super::{Scenario, hit, silent};

/// The scenarios of this model.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("practitioner-elsewhere", "one doctor at two hospitals within three minutes; week after week", |p| {
        for week in 0..4 {
            p.seen_by(0, 7 * week, 600, 603)?;
        }
        Ok(())
    })
    .of(2)
    .across_area(),
    silent("practitioner-elsewhere", "mornings here; afternoons there", |p| {
        for week in 0..4 {
            p.seen_by(1, 7 * week, 600, 900)?;
        }
        Ok(())
    })
    .of(2)
    .across_area(),
    silent("practitioner-elsewhere", "a day's bookings entered in one minute", |p| {
        // Other patients each week; the first person is there for the doctor's presence at the other hospital.
        let weeks = if p.member == 0 { 0..4 } else { (p.member as i64 - 1) / 5..(p.member as i64 + 4) / 5 };
        for week in weeks {
            p.seen_by(2, 7 * week, 600, 603)?;
        }
        Ok(())
    })
    .of(21)
    .once()
    .across_area(),
    silent("practitioner-elsewhere", "orders for a patient in the other hospital's ward", |p| {
        if p.member == 0 {
            for day in 1..5 {
                p.seen_by(3, day, 600, 603)?;
            }
            return Ok(());
        }
        let stay = p.stay(1, "pneumonia", 0, 8)?;
        p.visits[stay].doctor_of = Some(p.ward(0));
        p.visits[stay].doctor = 3;
        p.mark(stay);
        Ok(())
    })
    .of(2)
    .across_area(),
    hit("not-executed", "blood counts without any record", |p| p.counted(Record::Missing)).in_hospital(),
    silent("not-executed", "found among the executed orders", |p| p.counted(Record::Executed)).in_hospital(),
    silent("not-executed", "refunded because it was cancelled", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 7)?;
        for line in p.lines_of(stay, "blood-count")? {
            p.visits[stay].lines[line].record = Record::Missing;
            p.mark_line(stay, line);
            p.visits[stay].refund(line, 45);
        }
        Ok(())
    })
    .in_hospital(),
    hit("not-executed", "ten blood counts on the bill of a stay; six in the laboratory", |p| p.counted_daily(10, 4))
        .in_hospital(),
    silent("not-executed", "ten blood counts on the bill; one of them left out of the register", |p| {
        p.counted_daily(10, 1)
    })
    .in_hospital(),
    silent("not-executed", "a scan of three parts of the body under one request", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 7)?;
        let line = p.charge(stay, "ct-plain", 1, 10 * 60, 3 * ONE)?;
        p.mark_line(stay, line);
        Ok(())
    })
    .in_hospital(),
    silent("not-executed", "the last days of the export", |p| {
        p.start = p.period.end() - 3;
        let visit = p.errand(0, 0)?;
        let line = p.bill(visit, "blood-count", ONE)?;
        p.visits[visit].lines[line].record = Record::Missing;
        Ok(())
    })
    .in_hospital(),
    hit("missing-prerequisite", "a gallbladder removed without anaesthesia; where eleven others had it", |p| {
        let stay = p.stay(0, "gallstone", p.member as i64, 3)?;
        if p.member == 0 {
            p.without_anaesthesia(stay)?;
            p.visits[stay].operations.clear();
        }
        Ok(())
    })
    .of(12)
    .once()
    .across_area(),
    silent("missing-prerequisite", "the record of the operation states a local anaesthesia", |p| {
        let stay = p.stay(0, "gallstone", 0, 3)?;
        p.visits[stay].operations.iter_mut().for_each(|operation| operation.anaesthesia = "03");
        p.without_anaesthesia(stay)
    })
    .across_area(),
    silent("missing-prerequisite", "a single-disease price that includes it", |p| {
        let stay = p.stay(0, "gallstone", 0, 3)?;
        p.visits[stay].med_type = "26";
        p.without_anaesthesia(stay)?;
        p.visits[stay].operations.clear();
        Ok(())
    })
    .across_area(),
    silent("missing-prerequisite", "the anaesthesia on the bill of the day before", |p| {
        let visit = p.errand(0, 0)?;
        p.bill(visit, "anaesthesia-general", ONE)?;
        p.marks.clear();
        let stay = p.stay(0, "gallstone", 1, 3)?;
        p.without_anaesthesia(stay)?;
        p.visits[stay].operations.clear();
        Ok(())
    })
    .across_area(),
    silent("missing-prerequisite", "a hospital of which little is known", |p| {
        let stay = p.stay_at(p.care.area.away, "gallstone", 0, 3)?;
        p.without_anaesthesia(stay)?;
        p.visits[stay].operations.clear();
        Ok(())
    })
    .across_area(),
    hit("beyond-capacity", "one therapist's name under forty hours of exercise a day", |p| {
        p.exercised(0, usize::from(p.member >= 9), 3, 2)
    })
    .of(12)
    .once()
    .across_area(),
    silent("beyond-capacity", "a whole department booked under its head", |p| p.exercised(1, 0, 3, 2))
        .of(9)
        .once()
        .across_area(),
    silent("beyond-capacity", "several days booked at once", |p| p.exercised(2, usize::from(p.member >= 9), 1, 6))
        .of(12)
        .once()
        .across_area(),
    hit("closed-day-service", "three patients on a Sunday in a department that opens on Tuesdays", |p| {
        p.tuesdays("trauma-minor", "11")
    })
    .of(4)
    .once()
    .quiet()
    .across_area(),
    silent("closed-day-service", "three emergencies on a Sunday", |p| p.tuesdays("gastritis", "1301"))
        .of(4)
        .once()
        .quiet()
        .across_area(),
    silent("closed-day-service", "two patients on a Sunday", |p| p.tuesdays("cold", "11"))
        .of(3)
        .once()
        .quiet()
        .across_area(),
];
