//! Model 9: services that were not given.

use super::{Scenario, hit, silent};

/// The scenarios of this model.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("practitioner-elsewhere", "one doctor at two hospitals within three minutes, week after week", |p| {
        for week in 0..4 {
            p.seen_by_first_doctor(7 * week, 600, 603)?;
        }
        Ok(())
    })
    .of(2)
    .across_area(),
    silent("practitioner-elsewhere", "mornings here, afternoons there", |p| {
        for week in 0..4 {
            p.seen_by_first_doctor(7 * week, 600, 900)?;
        }
        Ok(())
    })
    .of(2)
    .across_area(),
    silent("practitioner-elsewhere", "a day's bookings entered in one minute", |p| {
        for week in 0..4 {
            p.seen_by_first_doctor(7 * week, 600, 603)?;
        }
        Ok(())
    })
    .of(6)
    .once()
    .across_area(),
    silent("practitioner-elsewhere", "orders for a patient in the other hospital's ward", |p| {
        if p.member == 0 {
            for day in 1..5 {
                p.seen_by_first_doctor(day, 600, 603)?;
            }
            return Ok(());
        }
        let stay = p.stay(1, "pneumonia", 0, 8)?;
        p.visits[stay].doctor_of = Some(p.ward(0));
        p.mark(stay);
        Ok(())
    })
    .of(2)
    .across_area(),
];
