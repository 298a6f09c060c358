//! What the stories of planted cases are told with: visits, lines and marks of one person's part of a case.

use chrono::NaiveDate;

use super::super::SynthError;
use super::super::area::CITY_CODE;
use super::super::care::{Care, ONE};
use super::super::claims::{Operation, Record, Trace, Visit};
use super::super::life::Period;
use super::super::people;
use super::super::random::Dice;
use super::{SPECIAL_ITEMS, Scenario};
use crate::calendar::{self, DAY_MINUTES};

/// A record that belongs to a planted case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::synth) struct Mark {
    pub(in crate::synth) visit: usize,
    /// A line of the visit; without one the visit itself.
    pub(in crate::synth) line: Option<usize>,
}

/// One person's part of a planted case while it is being told.
pub(in crate::synth) struct Plot<'a, 'b> {
    pub(in crate::synth) care: &'b mut Care<'a>,
    pub(in crate::synth) period: Period,
    /// Which case of its scenario this is, from 0.
    pub(in crate::synth) number: usize,
    /// Which person of the case, from 0.
    pub(in crate::synth) member: usize,
    /// The day on which it begins.
    pub(in crate::synth) start: i64,
    /// Draws that all persons of the case share.
    pub(in crate::synth) shared: Dice,
    pub(in crate::synth) visits: Vec<Visit>,
    pub(in crate::synth) marks: Vec<Mark>,
}

/// Days of the week, counted from Thursday as day numbers are.
const SUNDAY: i64 = 3;
const TUESDAY: i64 = 5;

/// How often a patient of `Plot::regular` comes.
const REGULAR_VISITS: i64 = 15;
/// What a mixture of herbal pieces consists of here; the cheapest comes last.
const HERBS: [&str; 4] = ["danggui", "baizhu", "huangqi", "gancao"];

impl Plot<'_, '_> {
    /// Tells a scenario's story.
    pub(in crate::synth) fn tell(&mut self, scenario: &Scenario) -> Result<(), SynthError> {
        (scenario.story)(self)
    }

    /// First and last day of the visits made so far.
    pub(in crate::synth) fn span(&self) -> (i64, i64) {
        let first = self.visits.iter().map(Visit::first_day).min().unwrap_or(self.start);
        let last = self.visits.iter().map(Visit::last_day).max().unwrap_or(self.start);
        (first, last)
    }

    /// The `place`-th hospital of the case; in one hospital's export always that one.
    pub(super) fn ward(&self, place: usize) -> usize {
        let area = self.care.area;
        let hospitals = area.tertiary.len() + area.secondary.len();
        area.wards().nth((self.number + place) % hospitals.max(1)).unwrap_or(0)
    }

    /// The `place`-th community centre; the first three have a few beds and no ordinary stays.
    pub(super) fn centre(&self, place: usize) -> usize {
        let primary = &self.care.area.primary;
        primary.get(place % primary.len().max(1)).copied().unwrap_or(0)
    }

    /// Hospital whose dialysis moves to filtration.
    pub(super) fn shift_institution(&self) -> usize {
        self.care.area.wards().next().unwrap_or(0)
    }

    pub(super) fn stay(
        &mut self,
        place: usize,
        disease: &'static str,
        after: i64,
        days: i64,
    ) -> Result<usize, SynthError> {
        let institution = self.ward(place);
        self.stay_at(institution, disease, after, days)
    }

    /// A stay at an institution of any kind; the discharge is home.
    pub(super) fn stay_at(
        &mut self,
        institution: usize,
        disease: &'static str,
        after: i64,
        days: i64,
    ) -> Result<usize, SynthError> {
        let disease = self.care.area.catalogue.disease(disease)?;
        let mut visit = self.care.stay(institution, disease, self.start + after, days);
        visit.discharge_way = "1";
        self.visits.push(visit);
        Ok(self.visits.len() - 1)
    }

    pub(super) fn contact(&mut self, place: usize, disease: &'static str, after: i64) -> Result<usize, SynthError> {
        let institution = self.ward(place);
        self.contact_at(institution, disease, after)
    }

    pub(super) fn contact_at(
        &mut self,
        institution: usize,
        disease: &'static str,
        after: i64,
    ) -> Result<usize, SynthError> {
        let disease = self.care.area.catalogue.disease(disease)?;
        let visit = self.care.outpatient(institution, disease, self.start + after);
        self.visits.push(visit);
        Ok(self.visits.len() - 1)
    }

    /// A contact at an institution in which nothing is billed but the consultation.
    pub(super) fn errand_at(&mut self, institution: usize, after: i64) -> Result<usize, SynthError> {
        let visit = self.contact_at(institution, "lumbago", after)?;
        self.visits[visit].lines.truncate(1);
        Ok(visit)
    }

    /// A contact at the `place`-th hospital in which nothing is billed but the consultation.
    pub(super) fn errand(&mut self, place: usize, after: i64) -> Result<usize, SynthError> {
        let institution = self.ward(place);
        self.errand_at(institution, after)
    }

    /// Moves an outpatient contact to a minute of a day of the case.
    pub(super) fn at(&mut self, visit: usize, after: i64, minute: i64) {
        let minute = (self.start + after) * DAY_MINUTES + minute;
        self.visits[visit].move_to(minute);
    }

    /// Two hospitals or centres of one county; the same one twice in an area that has no two.
    pub(super) fn neighbours(&self) -> (usize, usize) {
        let area = self.care.area;
        let places: Vec<usize> = area.wards().chain(area.primary.iter().copied()).collect();
        let county = |place: usize| &area.institutions[place].division;
        let pair = places.iter().enumerate().find_map(|(index, one)| {
            places[index + 1..].iter().find(|other| county(**other) == county(*one)).map(|other| (*one, *other))
        });
        pair.unwrap_or_default()
    }

    /// The first hospital of the case and one of another county.
    pub(super) fn strangers(&self) -> (usize, usize) {
        let area = self.care.area;
        let here = self.ward(0);
        let county = |place: usize| &area.institutions[place].division;
        (here, area.wards().find(|place| county(*place) != county(here)).unwrap_or(here))
    }

    /// Charges an item in an outpatient contact and marks the line.
    pub(super) fn bill(&mut self, visit: usize, item: &'static str, quantity_e4: i64) -> Result<usize, SynthError> {
        let minute = self.visits[visit].admitted.rem_euclid(DAY_MINUTES) + 20;
        let line = self.charge(visit, item, 0, minute, quantity_e4)?;
        self.mark_line(visit, line);
        Ok(line)
    }

    /// Charges packs of a drug that last some days, says so on the line and marks it.
    pub(super) fn supply(
        &mut self,
        visit: usize,
        item: &'static str,
        packs: i64,
        days: i64,
    ) -> Result<usize, SynthError> {
        let line = self.bill(visit, item, packs * ONE)?;
        let supplied = &mut self.visits[visit].lines[line];
        supplied.supply_days = days;
        supplied.states_days = true;
        Ok(line)
    }

    /// Charges an item once on each of some days of a stay, in the morning, and marks the lines.
    pub(super) fn daily(
        &mut self,
        visit: usize,
        item: &'static str,
        days: std::ops::Range<i64>,
    ) -> Result<(), SynthError> {
        for day in days {
            let line = self.charge(visit, item, day, 16 * 60, ONE)?;
            self.mark_line(visit, line);
        }
        Ok(())
    }

    /// Keeps a stay's bed, nursing, rounds and tests only, and adds two scans.
    pub(super) fn tests_only(&mut self, stay: usize) -> Result<(), SynthError> {
        let items = &self.care.area.catalogue.items;
        self.visits[stay].lines.retain(|line| matches!(items[line.item].charge, "01" | "02" | "03" | "04" | "07"));
        for (item, day) in [("mri-plain", 1), ("ct-contrast", 1), ("echocardiography", 2)] {
            self.charge(stay, item, day, 10 * 60, ONE)?;
        }
        Ok(())
    }

    /// Lets all that follows be drawn alike for each person of the case.
    pub(super) fn draw_alike(&mut self) {
        self.care.dice = self.shared.clone();
        self.care.forget_tests();
    }

    pub(super) fn purchase(&mut self, disease: &'static str, after: i64) -> Result<usize, SynthError> {
        let disease = self.care.area.catalogue.disease(disease)?;
        let visit = self.care.purchase(self.pharmacy(0), disease, self.start + after);
        self.visits.push(visit);
        Ok(self.visits.len() - 1)
    }

    /// Two stays at one hospital; the second begins `gap` days after the first ended.
    pub(super) fn two_stays(
        &mut self,
        first: &'static str,
        second: &'static str,
        days: i64,
        gap: i64,
    ) -> Result<usize, SynthError> {
        self.stay(0, first, 0, days)?;
        let again = self.care.area.catalogue.disease(second)?;
        let (shortest, _) = self.care.area.catalogue.diseases[again].days;
        self.stay(0, second, days + gap, shortest.max(1))
    }

    /// A stay of nine days and one that begins on its fifth; both are marked. Returns the second.
    pub(super) fn overlapped(
        &mut self,
        first: &'static str,
        second: &'static str,
        place: usize,
        days: i64,
    ) -> Result<usize, SynthError> {
        let first = self.stay(0, first, 0, 9)?;
        let second = self.stay(place, second, 4, days)?;
        self.mark(first);
        self.mark(second);
        Ok(second)
    }

    /// Lets the patient pay for the marked lines: nothing of them is within the fund's scope.
    pub(super) fn paid_by_patient(&mut self) {
        for mark in &self.marks {
            if let Some(line) = mark.line {
                self.visits[mark.visit].lines[line].grade = "03";
            }
        }
    }

    /// A stay of a week with packs of a drug for fourteen days each to take home; the line is marked.
    pub(super) fn discharged_with(&mut self, disease: &'static str, after: i64, packs: i64) -> Result<(), SynthError> {
        let stay = self.stay(0, disease, after, 7)?;
        let line = self.charge(stay, "amlodipine-levo", 7, 10 * 60, packs * ONE)?;
        let given = &mut self.visits[stay].lines[line];
        given.take_home = true;
        given.supply_days = 14 * packs;
        given.states_days = true;
        self.mark_line(stay, line);
        Ok(())
    }

    /// Stays at one hospital, each `gap` days after the one before; all but the first are marked.
    pub(super) fn chain(&mut self, disease: &'static str, stays: i64, days: i64, gap: i64) -> Result<(), SynthError> {
        for place in 0..stays {
            let stay = self.stay(0, disease, place * (days + gap), days)?;
            if place > 0 {
                self.mark(stay);
            }
        }
        Ok(())
    }

    /// Ends a stay at the moment the next one begins.
    pub(super) fn leave_before(&mut self, stay: usize, next: usize) {
        let end = self.visits[next].admitted;
        let visit = &mut self.visits[stay];
        visit.discharged = end;
        for line in &mut visit.lines {
            line.minute = line.minute.min(end);
        }
    }

    pub(super) fn mark(&mut self, visit: usize) {
        self.marks.push(Mark { visit, line: None });
    }

    pub(super) fn mark_line(&mut self, visit: usize, line: usize) {
        self.marks.push(Mark { visit, line: Some(line) });
    }

    /// Takes all treatment off some days of a stay, counted from the admission, and drugs for several days off all.
    pub(super) fn idle(&mut self, stay: usize, days: &[i64]) {
        let items = &self.care.area.catalogue.items;
        let visit = &mut self.visits[stay];
        let first_day = visit.first_day();
        visit.lines.retain(|line| {
            let item = &items[line.item];
            let resting = days.contains(&(line.minute.div_euclid(DAY_MINUTES) - first_day));
            let boxed = item.list == "101" && !item.is_injection();
            !boxed && (!resting || matches!(item.charge, "01" | "02" | "07"))
        });
    }

    /// Marks the lines of one day of a stay.
    pub(super) fn mark_idle(&mut self, stay: usize, day: i64) {
        let visit = &self.visits[stay];
        let wanted = visit.first_day() + day;
        let lines: Vec<usize> =
            (0..visit.lines.len()).filter(|line| visit.lines[*line].minute.div_euclid(DAY_MINUTES) == wanted).collect();
        for line in lines {
            self.mark_line(stay, line);
        }
    }

    pub(super) fn charge(
        &mut self,
        visit: usize,
        item: &'static str,
        day: i64,
        minute: i64,
        quantity_e4: i64,
    ) -> Result<usize, SynthError> {
        let order = self.visits[visit].new_order();
        self.charge_under(visit, item, day, minute, quantity_e4, order)
    }

    /// Charges an item `day` days after the admission, `minute` minutes after midnight.
    pub(super) fn charge_under(
        &mut self,
        visit: usize,
        item: &'static str,
        day: i64,
        minute: i64,
        quantity_e4: i64,
        order: u64,
    ) -> Result<usize, SynthError> {
        let area = self.care.area;
        let item = area.catalogue.item(item)?;
        let visit = &mut self.visits[visit];
        let minute = (visit.first_day() + day) * DAY_MINUTES + minute;
        Ok(visit.charge(area, item, minute, quantity_e4, order))
    }

    /// Charges an item several times in one moment, under one order, and marks the lines.
    pub(super) fn copies(
        &mut self,
        visit: usize,
        item: &'static str,
        day: i64,
        copies: usize,
    ) -> Result<(), SynthError> {
        let order = self.visits[visit].new_order();
        for _ in 0..copies {
            let line = self.charge_under(visit, item, day, 9 * 60, ONE, order)?;
            self.mark_line(visit, line);
        }
        Ok(())
    }

    /// Gives a line the hospital's own name.
    pub(super) fn rename(&mut self, visit: usize, line: usize, name: &str) {
        self.visits[visit].lines[line].special = SPECIAL_ITEMS.iter().position(|(_, known)| *known == name);
    }

    /// Sets a line's price to a percentage of its ceiling and marks it.
    pub(super) fn price(&mut self, visit: usize, line: usize, percent: i64, stated: bool) -> Result<(), SynthError> {
        let area = self.care.area;
        let place = &mut self.visits[visit];
        let level = area.institutions[place.institution].level;
        let billed = &mut place.lines[line];
        billed.price_fen = area.ceiling_fen(billed.item, level) * percent / 100;
        billed.states_ceiling = stated;
        self.mark_line(visit, line);
        Ok(())
    }

    pub(super) fn line_of(&self, visit: usize, item: &'static str) -> Result<usize, SynthError> {
        let item = self.care.area.catalogue.item(item)?;
        let lines = &self.visits[visit].lines;
        lines.iter().position(|line| line.item == item).ok_or(SynthError::Unknown { what: "line", id: "operation" })
    }

    /// A gallbladder removed and another operation `days_later`; returns the stay and the second operation's line.
    pub(super) fn second_operation(
        &mut self,
        second: &'static str,
        days_later: i64,
    ) -> Result<(usize, usize), SynthError> {
        let stay = self.stay(0, "gallstone", 0, 9)?;
        let first = self.line_of(stay, "op-gallbladder")?;
        let begin = self.visits[stay].lines[first].minute + days_later * DAY_MINUTES;
        let order = self.visits[stay].lines[first].order;
        let area = self.care.area;
        let item = area.catalogue.item(second)?;
        // The full price of both is the ceiling: what the rule compares with must not differ by chance.
        let line = self.visits[stay].charge(area, item, begin, ONE, order);
        let (code, name) = if second == "op-bile-duct" {
            ("51.4200x001", "胆总管探查术")
        } else {
            ("49.4600x001", "痔切除术")
        };
        let end = begin + 80;
        self.visits[stay].operations.push(Operation {
            code,
            name,
            begin,
            end,
            anaesthesia: "01",
            operator: 0,
            anaesthetist: 1,
        });
        Ok((stay, line))
    }

    /// Outpatient contacts a week apart with one line of an item each, under a special name if given.
    pub(super) fn courses(
        &mut self,
        institution: usize,
        item: &'static str,
        contacts: i64,
        name: Option<&str>,
        marked: bool,
    ) -> Result<(), SynthError> {
        let area = self.care.area;
        let disease = area.catalogue.disease("lumbago")?;
        let item = area.catalogue.item(item)?;
        let start = self.start;
        for place in 0..contacts {
            let day = start + place * 8 + self.member as i64;
            let mut visit = self.care.outpatient(institution, disease, day);
            // The contact is for this treatment only.
            visit.lines.truncate(1);
            let order = visit.new_order();
            let line = visit.charge(area, item, visit.admitted + 20, ONE, order);
            self.visits.push(visit);
            let visit = self.visits.len() - 1;
            if let Some(name) = name {
                self.rename(visit, line, name);
            }
            if marked {
                self.mark_line(visit, line);
            }
        }
        Ok(())
    }

    /// A stay on which an item is billed under the name of another one, four times.
    pub(super) fn swapped(&mut self, item: &'static str, name: &str) -> Result<(), SynthError> {
        let stay = self.stay(0, "diabetes-ward", 0, 8)?;
        for day in 1..=4 {
            let line = self.charge(stay, item, day, 10 * 60, ONE)?;
            self.rename(stay, line, name);
            self.mark_line(stay, line);
        }
        Ok(())
    }

    /// Dialysis through the whole period; where the area moves it to filtration, the moved lines are marked.
    pub(super) fn dialysis(&mut self, institution: usize, moved: bool) -> Result<(), SynthError> {
        let area = self.care.area;
        let disease = area.catalogue.disease("renal-failure")?;
        let filtration = area.catalogue.item("haemofiltration")?;
        let mut day = self.period.first_day + self.member as i64;
        while day < self.period.end() {
            let visit = self.care.outpatient(institution, disease, day);
            let line = visit.lines.iter().position(|line| line.item == filtration);
            self.visits.push(visit);
            match line {
                Some(line) => self.mark_line(self.visits.len() - 1, line),
                // Of the dialysis that goes on as before one in eight stands for all.
                None if !moved && self.visits.len() % 8 == 1 => self.mark_line(self.visits.len() - 1, 0),
                None => {}
            }
            day += if day % 7 == 2 { 3 } else { 2 };
        }
        Ok(())
    }

    /// A morning's contact at the case's first hospital and an afternoon's in the other city, both marked.
    pub(super) fn two_cities(&mut self, after: i64) -> Result<(usize, usize), SynthError> {
        let here = self.errand(0, after)?;
        self.at(here, after, 9 * 60);
        let there = self.errand_at(self.care.area.away, after)?;
        self.at(there, after, 15 * 60);
        self.mark(here);
        self.mark(there);
        Ok((here, there))
    }

    /// Contacts on some days with a steam bath in each.
    pub(super) fn baths(&mut self, institution: usize, days: &[i64]) -> Result<(), SynthError> {
        for day in days {
            let visit = self.errand_at(institution, *day)?;
            self.bill(visit, "tcm-steam", ONE)?;
        }
        Ok(())
    }

    /// Contacts of a type of care on some days with a test in each.
    pub(super) fn tests(&mut self, item: &'static str, days: &[i64], med_type: &'static str) -> Result<(), SynthError> {
        for day in days {
            let visit = self.errand(0, *day)?;
            self.visits[visit].med_type = med_type;
            self.bill(visit, item, ONE)?;
        }
        Ok(())
    }

    /// A stay for one disease only, with a drug to take home for some days.
    pub(super) fn take_home(
        &mut self,
        disease: &'static str,
        item: &'static str,
        packs: i64,
        days: i64,
    ) -> Result<(), SynthError> {
        let stay = self.stay(0, disease, 0, 8)?;
        let line = self.charge(stay, item, 8, 10 * 60, packs * ONE)?;
        self.mark_line(stay, line);
        let visit = &mut self.visits[stay];
        visit.others.clear();
        let given = &mut visit.lines[line];
        given.take_home = true;
        given.supply_days = days;
        given.states_days = true;
        Ok(())
    }

    /// Lets the person turn so many years old some days after the beginning.
    pub(super) fn turns(&mut self, years: i64, after: i64) {
        let (year, month, day) = calendar::parts(self.start + after);
        let birth = i32::try_from(year - years).ok().zip(u32::try_from(month).ok()).zip(u32::try_from(day).ok());
        // The 29th of February has its birthday on the first of March.
        let born = birth.and_then(|((year, month), day)| {
            NaiveDate::from_ymd_opt(year, month, day).or(NaiveDate::from_ymd_opt(year, 3, 1))
        });
        if let Some(born) = born {
            let person = &mut self.care.person;
            person.birth_day = i64::from(born.to_epoch_days());
            person.borrow_identity_number(person.birth_day);
        }
    }

    /// A fracture, or a small wound of an outpatient, with the cause among the diagnoses.
    pub(super) fn injured(&mut self, cause: &'static str, stays: bool) -> Result<(), SynthError> {
        let visit = if stays { self.stay(0, "fracture", 0, 11)? } else { self.contact(0, "trauma-minor", 0)? };
        self.visits[visit].others = vec![self.care.area.catalogue.disease(cause)?];
        self.mark(visit);
        Ok(())
    }

    /// The first tertiary hospital.
    pub(super) fn tertiary(&self) -> usize {
        self.care.area.tertiary.first().copied().unwrap_or(0)
    }

    /// A stay with an operation that is dated some days after the admission.
    pub(super) fn operated(
        &mut self,
        disease: &'static str,
        day: i64,
        med_type: &'static str,
    ) -> Result<(), SynthError> {
        let stay = self.stay(0, disease, 0, 8)?;
        let visit = &mut self.visits[stay];
        visit.med_type = med_type;
        let dated = (visit.first_day() + day) * DAY_MINUTES + 10 * 60;
        for operation in &mut visit.operations {
            operation.end = dated + operation.end - operation.begin;
            operation.begin = dated;
        }
        self.mark(stay);
        Ok(())
    }

    /// A stay under an admission number that all persons of the case share.
    pub(super) fn numbered(&mut self, prefix: &str, after: i64) -> Result<(), SynthError> {
        let stay = self.stay(0, "pneumonia", after, 8)?;
        self.visits[stay].admission_number = format!("{prefix}{}{}", self.start, self.number);
        self.mark(stay);
        Ok(())
    }

    /// Gives all persons of the case one name, one day of birth and one identity number.
    pub(super) fn twins(&mut self) {
        let mut shared = self.shared.clone();
        let person = &mut self.care.person;
        person.woman = false;
        person.name = people::name(&mut shared, false);
        person.birth_day = self.period.first_day - shared.between(50 * 365, 70 * 365);
        person.certno = people::identity_number(CITY_CODE + 2, person.birth_day, 101);
    }

    /// A contact with a doctor of the case's first hospital: there for the first person, at the second hospital for the
    /// others.
    pub(super) fn seen_by(&mut self, doctor: usize, after: i64, here: i64, there: i64) -> Result<(), SynthError> {
        let first = self.member == 0;
        let visit = self.errand(usize::from(!first), after)?;
        self.at(visit, after, if first { here } else { there });
        self.visits[visit].doctor_of = Some(self.ward(0));
        self.visits[visit].doctor = doctor;
        self.mark(visit);
        Ok(())
    }

    /// Number of a pack that all persons of the case share; `series` keeps the scenarios apart.
    pub(super) fn pack(&self, series: u64) -> u64 {
        series * 1_000_000 + self.number as u64 + 1
    }

    /// Number of an image that all persons of the case share.
    pub(super) fn image(&self, series: u64) -> u64 {
        self.pack(100 + series)
    }

    /// The `place`-th pharmacy of the case.
    fn pharmacy(&self, place: usize) -> usize {
        let pharmacies = &self.care.area.pharmacies;
        pharmacies.get((self.number + place) % pharmacies.len().max(1)).copied().unwrap_or(0)
    }

    /// Sells one pack at a pharmacy, paid by the fund, and marks the line.
    pub(super) fn sells(
        &mut self,
        place: usize,
        after: i64,
        item: &'static str,
        trace: Trace,
    ) -> Result<(), SynthError> {
        self.collects(place, after, item, 1)?;
        if let Some(line) = self.visits.last_mut().and_then(|visit| visit.lines.last_mut()) {
            line.trace = trace;
        }
        Ok(())
    }

    /// Sells packs at a pharmacy and nothing else, paid by the fund, and marks the line.
    pub(super) fn collects(
        &mut self,
        place: usize,
        after: i64,
        item: &'static str,
        packs: i64,
    ) -> Result<(), SynthError> {
        let disease = self.care.area.catalogue.disease("hypertension")?;
        let mut purchase = self.care.purchase(self.pharmacy(place), disease, self.start + after);
        purchase.med_type = "9929";
        purchase.lines.clear();
        self.visits.push(purchase);
        self.bill(self.visits.len() - 1, item, packs * ONE).map(|_| ())
    }

    /// A pharmacy's queue on four days: the first `set` persons buy one drug within minutes and are marked, the others other
    /// drugs over the day.
    pub(super) fn queue(&mut self, set: usize) -> Result<(), SynthError> {
        let place = self.member as i64;
        for day in [0, 6, 13, 19] {
            let carried = self.member < set;
            self.collects(0, day, if carried { "liuwei" } else { "ibuprofen" }, 1)?;
            let visit = self.visits.len() - 1;
            self.at(visit, day, if carried { 600 + 2 * place } else { 660 + 20 * place });
            if !carried {
                self.marks.pop();
            }
        }
        Ok(())
    }

    /// The `place`-th tertiary hospital.
    pub(super) fn tertiary_at(&self, place: usize) -> usize {
        let tertiary = &self.care.area.tertiary;
        tertiary.get(place % tertiary.len().max(1)).copied().unwrap_or(0)
    }

    /// Contacts with a service of grade 03 at one price everywhere, and with massages, at this price too where `swapped`; the
    /// massages are marked.
    pub(super) fn priced(&mut self, institution: usize, swapped: bool) -> Result<(), SynthError> {
        const PRICE_FEN: i64 = 9_731;
        for day in 0..11 {
            let visit = self.errand_at(institution, 3 * day)?;
            let service = self.charge(visit, "cosmetic-care", 0, 600, ONE)?;
            let massage = self.charge(visit, "massage", 0, 630, ONE)?;
            let lines = &mut self.visits[visit].lines;
            lines[service].price_fen = PRICE_FEN;
            if swapped {
                lines[massage].price_fen = PRICE_FEN;
                self.mark_line(visit, massage);
            }
        }
        Ok(())
    }

    /// Gives the person the telephone number of the case.
    pub(super) fn telephoned(&mut self, prefix: &str) {
        self.care.person.telephone = format!("{prefix}{:03}", 137 + self.number);
    }

    /// Contacts at a hospital on some days, marked.
    pub(super) fn meets(&mut self, days: &[i64], place: usize) -> Result<(), SynthError> {
        for day in days {
            let visit = self.errand(place, *day)?;
            self.mark(visit);
        }
        Ok(())
    }

    /// A short stay at a small centre, late enough for it to have a history, marked.
    pub(super) fn admitted_together(&mut self, place: usize, disease: &'static str) -> Result<(), SynthError> {
        self.start = self.start.max(self.period.first_day + 100);
        let centre = self.centre(place);
        let stay = self.stay_at(centre, disease, 0, if disease == "cataract" { 1 } else { 4 })?;
        self.mark(stay);
        Ok(())
    }

    /// A contact with a department of the other city's hospital, marked.
    fn clinic(&mut self, disease: &'static str, day: i64) -> Result<usize, SynthError> {
        let visit = self.contact_at(self.care.area.away, disease, day - self.start)?;
        self.visits[visit].lines.truncate(1);
        self.mark(visit);
        Ok(visit)
    }

    /// The first person comes on every Tuesday of the period and is not marked, the others on one Sunday.
    pub(super) fn tuesdays(&mut self, disease: &'static str, med_type: &'static str) -> Result<(), SynthError> {
        // 1970-01-01 was a Thursday.
        let on = |from: i64, weekday: i64| from + (weekday - from).rem_euclid(7);
        if self.member > 0 {
            let visit = self.clinic(disease, on(self.start + 10, SUNDAY))?;
            self.visits[visit].med_type = med_type;
            return Ok(());
        }
        let mut day = on(self.period.first_day, TUESDAY);
        while day < self.period.end() {
            self.clinic(disease, day)?;
            day += 7;
        }
        self.marks.clear();
        Ok(())
    }

    /// Packs of a drug in a contact for hypertension, which its other drugs are taken off.
    pub(super) fn overdone(&mut self, item: &'static str, packs: i64, days: i64) -> Result<(), SynthError> {
        let visit = self.contact(0, "hypertension", 0)?;
        self.visits[visit].lines.truncate(1);
        self.supply(visit, item, packs, days).map(|_| ())
    }

    /// A contact settled in one hour with all others of the case, marked.
    pub(super) fn settles_late(&mut self, med_type: &'static str, from_minute: i64) -> Result<(), SynthError> {
        let centre = self.centre(0);
        let visit = self.errand_at(centre, 0)?;
        // The settlement follows half an hour after the contact.
        self.at(visit, 0, from_minute - 30 + 2 * (self.member as i64 % 25));
        self.visits[visit].med_type = med_type;
        self.mark(visit);
        Ok(())
    }

    /// A purchase under the benefit for the late effects of a stroke, marked.
    pub(super) fn benefit(&mut self, after: i64) -> Result<(), SynthError> {
        let visit = self.contact(0, "hemiplegia", after)?;
        self.visits[visit].med_type = "14";
        self.mark(visit);
        Ok(())
    }

    /// Claims from the beginning of the period on, and a benefit that begins more than a year later.
    pub(super) fn benefits(&mut self, stay: Option<&'static str>) -> Result<(), SynthError> {
        self.start = self.period.first_day + 5;
        self.contact(0, "cold", 0)?;
        if let Some(disease) = stay {
            self.stay(0, disease, 200, 10)?;
        }
        for after in [372, 395] {
            self.benefit(after)?;
        }
        Ok(())
    }

    /// Purchases of a dual-channel drug on some days.
    pub(super) fn dual_channel(&mut self, days: &[i64]) -> Result<(), SynthError> {
        for day in days {
            self.collects(0, *day, "paclitaxel", 1)?;
        }
        Ok(())
    }

    /// A contact with a scan that has such a record; the line is marked.
    pub(super) fn examined(&mut self, record: Record, after: i64) -> Result<(), SynthError> {
        let visit = self.errand(0, after)?;
        let line = self.bill(visit, "ct-plain", ONE)?;
        self.visits[visit].lines[line].record = record;
        Ok(())
    }

    /// A stay whose blood counts have such a record; the lines are marked.
    pub(super) fn counted(&mut self, record: Record) -> Result<(), SynthError> {
        let stay = self.stay(0, "diabetes-ward", 0, 7)?;
        self.charge(stay, "blood-count", 1, 7 * 60, ONE)?;
        for line in self.lines_of(stay, "blood-count")? {
            self.visits[stay].lines[line].record = record;
            self.mark_line(stay, line);
        }
        Ok(())
    }

    /// A community centre's patient, who comes for herbal pieces regularly over the whole period: a urine test first, as
    /// all centres do, now and then an electrocardiogram, and what `dispense` puts together. Returns the visits.
    pub(super) fn regular(
        &mut self,
        centre: usize,
        dispense: fn(&mut Self, usize) -> Result<(), SynthError>,
    ) -> Result<Vec<usize>, SynthError> {
        let pause = self.period.days / REGULAR_VISITS;
        self.start = self.period.first_day + self.care.dice.between(0, pause - 1);
        let institution = self.centre(centre);
        let mut visits = Vec::new();
        for place in 0..REGULAR_VISITS {
            let visit = self.contact_at(institution, "herbal", place * pause)?;
            let items = &self.care.area.catalogue.items;
            self.visits[visit].lines.retain(|line| items[line.item].list != "102");
            let minute = self.visits[visit].admitted.rem_euclid(DAY_MINUTES);
            self.charge(visit, "urine", 0, minute + 15, ONE)?;
            if self.lines_of(visit, "ecg")?.is_empty() && self.care.dice.chance(800) {
                self.charge(visit, "ecg", 0, minute + 30, ONE)?;
            }
            dispense(self, visit)?;
            visits.push(visit);
        }
        Ok(visits)
    }

    /// Herbal pieces for one to two weeks, weighed out by the gram: more than a hundred yuan, where the last digit is tested.
    pub(super) fn weigh(&mut self, visit: usize) -> Result<(), SynthError> {
        let doses = *self.care.dice.pick(&[7, 10, 14, 15]);
        for item in HERBS {
            let grams = doses * self.care.dice.between(22, 60);
            self.herb(visit, item, grams)?;
        }
        Ok(())
    }

    /// Herbal pieces to a total that was thought of first: a number of yuan that ends as people like it.
    pub(super) fn invent(&mut self, visit: usize) -> Result<(), SynthError> {
        /// Six and eight are lucky, four is not, and round amounts would be looked at.
        const ENDINGS: [i64; 20] = [8, 8, 8, 8, 8, 8, 8, 6, 6, 6, 6, 6, 9, 9, 9, 1, 2, 3, 5, 7];
        let dice = &mut self.care.dice;
        let total = dice.between(11, 29) * 1000 + *dice.pick(&ENDINGS) * 100 + dice.between(20, 79);
        let billed = |visit: &Visit| visit.lines.iter().map(|line| line.amounts().gross).sum::<i64>();
        for (item, left) in HERBS.into_iter().zip([4, 3, 2, 1]) {
            let open = (total - billed(&self.visits[visit])).max(0);
            let price = self.care.area.institutions[self.visits[visit].institution].prices_fen
                [self.care.area.catalogue.item(item)?];
            self.herb(visit, item, (open / left + price / 2) / price)?;
        }
        Ok(())
    }

    fn herb(&mut self, visit: usize, item: &'static str, grams: i64) -> Result<usize, SynthError> {
        let minute = self.visits[visit].admitted.rem_euclid(DAY_MINUTES) + 20;
        let order = self.visits[visit].orders;
        self.charge_under(visit, item, 0, minute, grams * ONE, order)
    }

    /// A course of massage at one price, without any test.
    pub(super) fn fixed_course(&mut self, visit: usize) -> Result<(), SynthError> {
        self.visits[visit].lines.truncate(1);
        let minute = self.visits[visit].admitted.rem_euclid(DAY_MINUTES) + 20;
        self.charge(visit, "massage", 0, minute, 4 * ONE).map(|_| ())
    }

    /// A stay with a blood count on so many mornings, marked; the last ones left no record.
    pub(super) fn counted_daily(&mut self, counts: i64, missing: i64) -> Result<(), SynthError> {
        let stay = self.stay(0, "diabetes-ward", 0, counts + 2)?;
        self.daily(stay, "blood-count", 1..counts + 1)?;
        let lines = self.lines_of(stay, "blood-count")?;
        for line in lines.into_iter().rev().take(missing.unsigned_abs() as usize) {
            self.visits[stay].lines[line].record = Record::Missing;
        }
        Ok(())
    }

    /// The lines of an item in a visit.
    pub(super) fn lines_of(&self, visit: usize, item: &'static str) -> Result<Vec<usize>, SynthError> {
        let item = self.care.area.catalogue.item(item)?;
        let lines = &self.visits[visit].lines;
        Ok((0..lines.len()).filter(|line| lines[*line].item == item).collect())
    }

    /// Takes the anaesthesia off a stay's bill and marks the operation.
    pub(super) fn without_anaesthesia(&mut self, stay: usize) -> Result<(), SynthError> {
        let catalogue = &self.care.area.catalogue;
        let given = [
            catalogue.item("anaesthesia-general")?,
            catalogue.item("anaesthesia-spinal")?,
            catalogue.item("anaesthesia-monitor")?,
        ];
        self.visits[stay].lines.retain(|line| !given.contains(&line.item));
        let line = self.line_of(stay, "op-gallbladder")?;
        self.mark_line(stay, line);
        Ok(())
    }

    /// Exercise on three days under a doctor's name: so many lines a day of so many units, marked.
    pub(super) fn exercised(&mut self, place: usize, doctor: usize, lines: i64, units: i64) -> Result<(), SynthError> {
        for day in 0..3 {
            let visit = self.errand(place, day)?;
            self.visits[visit].doctor = doctor;
            for line in 0..lines {
                let line =
                    self.charge(visit, "rehab-exercise", 0, 500 + 97 * line + self.member as i64, units * ONE)?;
                self.mark_line(visit, line);
            }
        }
        Ok(())
    }
}
