//! Ordinary lives: what an insured person has over the period, at plausible rates and tuned to no rule.
//!
//! True readmissions, cycles of chemotherapy, dialysis, births and drugs fetched by relatives happen here at their own
//! rates, and nothing about them is recorded as truth.

use super::SynthPlan;
use super::area::Area;
use super::care::Care;
use super::catalogue::Setting;
use super::claims::Visit;
use super::people::{Person, full_years};
use super::random::Dice;
use crate::calendar::DAY_MINUTES;

/// The period of an area: first day and number of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) first_day: i64,
    pub(super) days: i64,
}

impl Period {
    /// The period of a plan.
    pub(super) fn of(plan: &SynthPlan) -> Self {
        Self { first_day: i64::from(plan.first_day.to_epoch_days()), days: i64::from(plan.months) * 30 }
    }

    /// The first day after the period.
    pub(super) const fn end(self) -> i64 {
        self.first_day + self.days
    }
}

/// Where a person goes.
struct Habits {
    ward: usize,
    clinic: usize,
    pharmacy: Option<usize>,
}

/// Lives through the period; visits beyond its end are cut off or still in.
pub(super) fn live(care: &mut Care<'_>, period: Period) -> Vec<Visit> {
    let habits = habits(care);
    let mut visits = Vec::new();
    let absent = stays(care, period, &habits, &mut visits);
    contacts(care, period, &habits, &absent, &mut visits);
    death(care, &mut visits);
    visits
}

/// Of the old, three in two hundred stays end in death, and nothing comes after.
fn death(care: &mut Care<'_>, visits: &mut Vec<Visit>) {
    for visit in visits.iter_mut() {
        let old = full_years(care.person.birth_day, visit.first_day()) >= 60;
        if old && visit.med_type == "21" && !visit.still_in && care.dice.chance(150) {
            visit.discharge_way = "5";
            care.person.death_day = Some(visit.last_day());
            break;
        }
    }
    if let Some(day) = care.person.death_day {
        visits.retain(|visit| visit.last_day() <= day);
    }
}

/// Outpatient contacts and purchases only, away from the days given: the life of a person with planted stays.
pub(super) fn live_around(care: &mut Care<'_>, period: Period, busy: (i64, i64), visits: &mut Vec<Visit>) {
    let habits = habits(care);
    let mut ordinary = Vec::new();
    contacts(care, period, &habits, &[busy], &mut ordinary);
    if let Some(day) = care.person.death_day {
        ordinary.retain(|visit| visit.last_day() <= day);
    }
    visits.append(&mut ordinary);
}

fn habits(care: &mut Care<'_>) -> Habits {
    let area = care.area;
    let big = care.dice.chance(5500);
    let wards = if big || area.secondary.is_empty() { &area.tertiary } else { &area.secondary };
    let ward = *care.dice.pick(wards);
    let near = if area.primary.is_empty() || care.dice.chance(3500) { ward } else { *care.dice.pick(&area.primary) };
    let pharmacy = if area.pharmacies.is_empty() { None } else { Some(*care.dice.pick(&area.pharmacies)) };
    Habits { ward, clinic: near, pharmacy }
}

/// Makes the stays and returns the days on which the person is away from home.
fn stays(care: &mut Care<'_>, period: Period, habits: &Habits, visits: &mut Vec<Visit>) -> Vec<(i64, i64)> {
    let mut absent = Vec::new();
    let age = full_years(care.person.birth_day, period.first_day);
    // Stays in ten thousand persons and month.
    let monthly = match age {
        i64::MIN..=4 => 60,
        5..=44 => 40,
        45..=64 => 110,
        65..=79 => 240,
        _ => 330,
    };
    let mut day = period.first_day.max(care.person.birth_day);
    if care.person.birth_day >= period.first_day && care.dice.chance(900) {
        let first = day + care.dice.between(2, 6);
        if let Some(disease) = newborn_disease(care.area, &mut care.dice) {
            day = add_stay(care, period, habits.ward, disease, first, visits, &mut absent);
        }
    }
    if age >= 40 && care.dice.chance(60) {
        day = cycle(care, period, habits, day, visits, &mut absent);
    }
    while day < period.end() {
        let admitted = day + care.dice.between(0, 29);
        if !care.dice.chance(monthly) {
            day += 30;
            continue;
        }
        let roll = care.dice.below(100);
        let setting = match age {
            20..=40 if care.person.woman && roll < 30 => Setting::Birth,
            58.. if roll < 8 => Setting::DaySurgery,
            _ => Setting::Ward,
        };
        let Some(disease) = fitting(care.area, &mut care.dice, &care.person, admitted, setting) else {
            day += 30;
            continue;
        };
        day = add_stay(care, period, habits.ward, disease, admitted, visits, &mut absent);
        // People do fall ill again: one in twenty-five within the month, half of them with the same disease.
        if setting == Setting::Ward && care.dice.chance(400) {
            let again = day - 1 + care.dice.between(1, 30);
            let relapse = care.dice.chance(5000);
            let next = fitting(care.area, &mut care.dice, &care.person, again, Setting::Ward);
            let disease = if relapse { disease } else { next.unwrap_or(disease) };
            let ward = if care.dice.chance(7500) { habits.ward } else { *care.dice.pick(&care.area.tertiary) };
            day = add_stay(care, period, ward, disease, again, visits, &mut absent);
        }
    }
    absent
}

/// Chemotherapy or rehabilitation that comes back by plan.
fn cycle(
    care: &mut Care<'_>,
    period: Period,
    habits: &Habits,
    from: i64,
    visits: &mut Vec<Visit>,
    absent: &mut Vec<(i64, i64)>,
) -> i64 {
    let Some(disease) = fitting(care.area, &mut care.dice, &care.person, from, Setting::Cycle) else { return from };
    let mut day = from + care.dice.between(0, 90);
    for _ in 0..care.dice.between(3, 6) {
        let next = add_stay(care, period, habits.ward, disease, day, visits, absent);
        day = (day + 21).max(next + 12);
    }
    day
}

/// Adds a stay and returns the first day on which another may begin.
fn add_stay(
    care: &mut Care<'_>,
    period: Period,
    institution: usize,
    disease: usize,
    first_day: i64,
    visits: &mut Vec<Visit>,
    absent: &mut Vec<(i64, i64)>,
) -> i64 {
    if first_day >= period.end() {
        return period.end();
    }
    let (shortest, longest) = care.area.catalogue.diseases[disease].days;
    let days = care.dice.between(shortest, longest);
    let mut visit = care.stay(institution, disease, first_day, days);
    if visit.last_day() >= period.end() {
        cut_off(&mut visit, period);
    }
    absent.push((first_day, first_day + days));
    visits.push(visit);
    first_day + days + 1
}

/// Makes a stay one that was going on when the export was taken.
pub(super) fn cut_off(visit: &mut Visit, period: Period) {
    let end = period.end() * DAY_MINUTES;
    visit.still_in = true;
    visit.discharge_way = "";
    // Refunds and cuts are added later, so lines may go without renumbering anything.
    visit.lines.retain(|line| line.minute < end);
    visit.operations.retain(|operation| operation.end < end);
}

/// Outpatient contacts and purchases on days when the person is at home.
fn contacts(care: &mut Care<'_>, period: Period, habits: &Habits, absent: &[(i64, i64)], visits: &mut Vec<Visit>) {
    let area = care.area;
    let first_day = period.first_day.max(care.person.birth_day + 30);
    let age = full_years(care.person.birth_day, period.end());
    let chronic = chronic_disease(care, period);
    if let Some(disease) = chronic
        && area.catalogue.diseases[disease].setting == Setting::Dialysis
    {
        let mut day = first_day + care.dice.between(0, 3);
        while day < period.end() {
            // Dialysis goes on in the ward during a stay.
            if at_home(absent, day) {
                visits.push(care.outpatient(habits.ward, disease, day));
            }
            day += if day % 7 == 2 { 3 } else { 2 };
        }
        return;
    }
    // Who has a chronic disease comes when the month's supply is nearly used up.
    let phase = care.dice.between(0, 27);
    let mut month = first_day;
    while month < period.end() {
        let day = month + phase + care.dice.between(0, 2);
        if let Some(disease) = chronic
            && day < period.end()
            && at_home(absent, day)
        {
            match habits.pharmacy {
                Some(pharmacy) if care.dice.chance(2500) => {
                    let mut purchase = care.purchase(pharmacy, disease, day);
                    if care.dice.chance(5000) {
                        // The fund pays for drugs of a declared chronic disease at pharmacies too.
                        purchase.med_type = "9929";
                    }
                    visits.push(purchase);
                }
                _ => visits.push(care.outpatient(habits.clinic, disease, day)),
            }
        }
        let acute = month + care.dice.between(0, 29);
        let often = if (8..=60).contains(&age) { 600 } else { 1300 };
        if care.dice.chance(often)
            && acute < period.end()
            && at_home(absent, acute)
            && let Some(disease) = fitting(area, &mut care.dice, &care.person, acute, Setting::Clinic)
        {
            visits.push(care.outpatient(habits.clinic, disease, acute));
        }
        let errand = month + care.dice.between(0, 29);
        // Now and then a relative fetches drugs for somebody in hospital.
        if let Some(pharmacy) = habits.pharmacy
            && care.dice.chance(700)
            && errand < period.end()
            && (at_home(absent, errand) || care.dice.chance(200))
            && let Ok(cold) = area.catalogue.disease("cold")
        {
            visits.push(care.purchase(pharmacy, cold, errand));
        }
        month += 30;
    }
}

fn at_home(absent: &[(i64, i64)], day: i64) -> bool {
    !absent.iter().any(|(from, to)| (*from..=*to).contains(&day))
}

fn chronic_disease(care: &mut Care<'_>, period: Period) -> Option<usize> {
    let age = full_years(care.person.birth_day, period.first_day);
    let share = match age {
        i64::MIN..=34 => 0,
        35..=49 => 900,
        50..=64 => 2800,
        _ => 5200,
    };
    if !care.dice.chance(share) {
        return None;
    }
    let setting = if care.dice.chance(40) { Setting::Dialysis } else { Setting::Chronic };
    fitting(care.area, &mut care.dice, &care.person, period.first_day, setting)
}

/// A disease of a setting that a person of this age and sex can have, by how common it is.
fn fitting(area: &Area, dice: &mut Dice, person: &Person, day: i64, setting: Setting) -> Option<usize> {
    let age = full_years(person.birth_day, day);
    let diseases = &area.catalogue.diseases;
    let fits = |place: &usize| {
        let disease = &diseases[*place];
        disease.setting == setting
            && (disease.sex == "0" || disease.sex == person.sex())
            && (disease.ages.0..=disease.ages.1).contains(&age)
            && !(setting == Setting::Birth && disease.sex == "0")
    };
    let total: u64 = (0..diseases.len()).filter(fits).map(|place| diseases[place].weight).sum();
    let mut draw = dice.below(total);
    (0..diseases.len()).filter(fits).find(|place| {
        let found = draw < diseases[*place].weight;
        draw = draw.saturating_sub(diseases[*place].weight);
        found
    })
}

/// What newborns are admitted with.
fn newborn_disease(area: &Area, dice: &mut Dice) -> Option<usize> {
    let id = if dice.chance(8000) { "newborn-jaundice" } else { "pneumonia" };
    area.catalogue.disease(id).ok()
}
