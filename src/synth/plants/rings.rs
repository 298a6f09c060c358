//! Groups that the search for rings should find, and groups of everyday life. Its rules stand under several models.

use super::super::SynthError;
use super::super::care::ONE;
use super::super::people::Who;
use super::{Plot, Scenario, hit, silent};

/// The scenarios of the ring rules.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("patient-ring", "seven cards one after another at two centres on each of seven days", |p| {
        for (nth, day) in [0, 8, 21, 33, 52, 67, 90].into_iter().enumerate() {
            p.together(1 + nth % 2, day, 560 + 41 * (nth as i64 % 3), 1)?;
        }
        Ok(())
    })
    .of(7)
    .once()
    .across_area(),
    hit("patient-ring", "five cards every Tuesday at one hospital; for tablets", |p| {
        for week in 0..10 {
            let visit = p.weekly(1, week)?;
            p.charge(visit, "liuwei", 0, 600, ONE)?;
        }
        Ok(())
    })
    .of(5)
    .once()
    .quiet()
    .across_area(),
    silent("patient-ring", "a family of five at one address", |p| {
        p.care.person.address = "云川市和平里88号".to_owned();
        [0, 11, 26, 47, 75].into_iter().try_for_each(|day| p.together(1, day, 610, 1))
    })
    .of(5)
    .once()
    .quiet()
    .across_area(),
    silent("patient-ring", "the doctor's round for nine from a nursing home", |p| {
        p.care.person.address = "云川市滨河路夕阳红养老院".to_owned();
        [0, 30, 58, 91].into_iter().try_for_each(|day| p.together(2, day, 540, 1))
    })
    .of(9)
    .once()
    .who(Who::Old)
    .quiet()
    .across_area(),
    silent("patient-ring", "five on one shift of dialysis", |p| {
        for session in 0..12 {
            let after = session * 7 / 3;
            let visit = p.contact(1, "renal-failure", after)?;
            p.at(visit, after, 480 + p.member as i64);
            p.mark(visit);
        }
        Ok(())
    })
    .of(5)
    .once()
    .quiet()
    .across_area(),
    silent("patient-ring", "a group that exercises under guidance every Tuesday", |p| {
        for week in 0..9 {
            let visit = p.weekly(2, week)?;
            p.charge(visit, "rehab-exercise", 0, 600, ONE)?;
        }
        Ok(())
    })
    .of(5)
    .once()
    .quiet()
    .across_area(),
    silent("patient-ring", "colleagues sent to a check and to the next one", |p| {
        [0, 100].into_iter().try_for_each(|day| p.together(0, day, 500, 1))
    })
    .of(16)
    .once()
    .quiet()
    .across_area(),
    silent("patient-ring", "a mother with three children", |p| {
        if p.member > 0 {
            p.turns(3 * p.member as i64, 10);
        }
        [0, 14, 33, 61, 90].into_iter().try_for_each(|day| p.together(1, day, 900, 1))
    })
    .of(4)
    .once()
    .who(Who::YoungWoman)
    .quiet()
    .across_area(),
    silent("patient-ring", "a school class of nine looked at each month", |p| {
        p.turns(9, 40 + 13 * p.member as i64);
        [0, 30, 61].into_iter().try_for_each(|day| p.together(2, day, 870, 1))
    })
    .of(9)
    .once()
    .quiet()
    .across_area(),
    silent("patient-ring", "a village's doctor comes on market days; seven go there over the morning", |p| {
        [0, 28, 57, 85, 112].into_iter().try_for_each(|day| p.together(2, day, 480, 26))
    })
    .of(7)
    .once()
    .quiet()
    .across_area(),
    hit("resale-ring", "six cards buy a drug that is bought up; one after another on five days", |p| {
        for (nth, day) in [0, 12, 31, 47, 70].into_iter().enumerate() {
            p.buys(nth % 2, day, 1)?;
        }
        Ok(())
    })
    .of(6)
    .once()
    .quiet()
    .across_area(),
    silent("resale-ring", "the refill day of a chronic disease; six come over the day", |p| {
        [0, 28, 56, 84].into_iter().try_for_each(|day| p.buys(2, day, 47))
    })
    .of(6)
    .once()
    .quiet()
    .across_area(),
    hit("shared-patients-ring", "all patients of one doctor of the other city buy at one pharmacy here", |p| {
        p.doctor_and_pharmacy(2)
    })
    .of(22)
    .once()
    .quiet()
    .across_area(),
    silent("shared-patients-ring", "a doctor and a pharmacy have no more in common than eighteen regulars", |p| {
        p.doctor_and_pharmacy(3)
    })
    .of(18)
    .once()
    .quiet()
    .across_area(),
    hit("rotation-ring", "six of the old go round three hospitals and begin again", |p| p.circle(false))
        .of(6)
        .once()
        .who(Who::Old)
        .quiet()
        .across_area(),
    silent("rotation-ring", "the same way; but each hospital refers to the next", |p| p.circle(true))
        .of(5)
        .once()
        .who(Who::Old)
        .quiet()
        .across_area(),
];

/// 1970-01-01 was a Thursday.
const TUESDAY: i64 = 5;

impl Plot<'_, '_> {
    /// A contact at the `place`-th centre in which nothing is billed but the consultation, so many minutes after the member before. Marked.
    fn together(&mut self, place: usize, after: i64, minute: i64, apart: i64) -> Result<(), SynthError> {
        let visit = self.contact_at(self.centre(place), "cold", after)?;
        self.visits[visit].lines.truncate(1);
        self.at(visit, after, minute + apart * self.member as i64);
        self.mark(visit);
        Ok(())
    }

    /// A Tuesday's contact at the `place`-th hospital in which nothing is billed but the consultation, a minute after the member before.
    /// Marked.
    fn weekly(&mut self, place: usize, week: i64) -> Result<usize, SynthError> {
        let after = (TUESDAY - self.start).rem_euclid(7) + 7 * week;
        let visit = self.errand(place, after)?;
        self.at(visit, after, 585 + self.member as i64);
        self.mark(visit);
        Ok(visit)
    }

    /// A purchase at the `place`-th pharmacy of two packs of a drug that is bought up, so many minutes after the member before. Marked.
    fn buys(&mut self, place: usize, after: i64, apart: i64) -> Result<(), SynthError> {
        self.collects(place, after, "atorvastatin", 2)?;
        self.at(self.visits.len() - 1, after, 570 + apart * self.member as i64);
        Ok(())
    }

    /// A contact with a doctor of the other city's hospital, and the drugs from a pharmacy of this city the day after. Marked.
    fn doctor_and_pharmacy(&mut self, doctor: usize) -> Result<(), SynthError> {
        let after = 4 * self.member as i64;
        let visit = self.errand_at(self.care.area.away, after)?;
        self.visits[visit].doctor = doctor;
        self.mark(visit);
        self.collects(doctor, after + 1, "liuwei", 1)
    }

    /// Four short stays at three hospitals, the last at the first again, each three days after the one before. Marked.
    fn circle(&mut self, referred: bool) -> Result<(), SynthError> {
        for (stop, disease) in ["pneumonia", "copd", "heart-failure", "pneumonia"].into_iter().enumerate() {
            let stay = self.stay(stop % 3, disease, 3 * self.member as i64 + 7 * stop as i64, 4)?;
            if referred && stop > 0 {
                self.visits[stay].referred_from = self.visits[stay - 1].id.clone();
            }
            self.mark(stay);
        }
        Ok(())
    }
}
