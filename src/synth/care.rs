//! What one visit consists of: the lines of an outpatient contact, a purchase or a stay, day by day.
//!
//! Times are those of a ward's routine: rounds and beds in the morning, infusions before noon and in the afternoon,
//! laboratory samples at six, operations before noon, take-home drugs at the discharge.

use super::SynthError;
use super::area::{Area, Level, department};
use super::catalogue::Setting;
use super::claims::{Operation, Visit};
use super::people::{Person, full_years};
use super::random::Dice;
use crate::calendar::DAY_MINUTES;

/// One whole unit.
pub(super) const ONE: i64 = 10_000;
/// Days that a prescription for a chronic disease lasts at least.
const MONTH_SUPPLY: i64 = 28;

/// Items that every ward uses, looked up once.
pub(super) struct Routine {
    consult_clinic: usize,
    consult_expert: usize,
    consult_ward: usize,
    bed: usize,
    bed_double: usize,
    nursing_1: usize,
    nursing_2: usize,
    nursing_3: usize,
    nursing_newborn: usize,
    anaesthesia_general: usize,
    anaesthesia_spinal: usize,
    anaesthesia_monitor: usize,
    propofol: usize,
    suture: usize,
    plate: usize,
    lens: usize,
    cataract: usize,
    fracture: usize,
    delivery: usize,
    caesarean: usize,
    infusion_set: usize,
    /// What is done when somebody asks for it.
    on_demand: Vec<usize>,
    /// Tests whose result stays the same for months.
    slow: Vec<usize>,
}

/// Tests of long-lasting values: nobody measures them again within a quarter.
const SLOW: [&str; 4] = ["hba1c", "hbsag", "cholesterol", "ldl"];
/// Days after which such a test is made again.
const QUARTER: i64 = 90;

/// Small things that doctors order between the rounds, which make bills differ.
const ON_DEMAND: [&str; 12] = [
    "stool",
    "urine",
    "potassium",
    "sodium",
    "protein",
    "uric-acid",
    "triglyceride",
    "alt",
    "creatinine",
    "cholesterol",
    "injection-iv",
    "injection-im",
];

impl Routine {
    /// Finds the items in the area's catalogue.
    pub(super) fn new(area: &Area) -> Result<Self, SynthError> {
        let item = |id| area.catalogue.item(id);
        Ok(Self {
            consult_clinic: item("consult-clinic")?,
            consult_expert: item("consult-expert")?,
            consult_ward: item("consult-ward")?,
            bed: item("bed-triple")?,
            bed_double: item("bed-double")?,
            nursing_1: item("nursing-1")?,
            nursing_2: item("nursing-2")?,
            nursing_3: item("nursing-3")?,
            nursing_newborn: item("nursing-newborn")?,
            anaesthesia_general: item("anaesthesia-general")?,
            anaesthesia_spinal: item("anaesthesia-spinal")?,
            anaesthesia_monitor: item("anaesthesia-monitor")?,
            propofol: item("propofol")?,
            suture: item("suture")?,
            plate: item("bone-plate")?,
            lens: item("lens")?,
            cataract: item("op-cataract")?,
            fracture: item("op-fracture")?,
            delivery: item("delivery")?,
            caesarean: item("caesarean")?,
            infusion_set: item("infusion-set")?,
            on_demand: ON_DEMAND.into_iter().map(item).collect::<Result<_, _>>()?,
            slow: SLOW.into_iter().map(item).collect::<Result<_, _>>()?,
        })
    }
}

/// Makes the visits of one person.
pub(super) struct Care<'a> {
    pub(super) area: &'a Area,
    pub(super) routine: &'a Routine,
    pub(super) dice: Dice,
    pub(super) person: Person,
    made: u64,
    /// Slow tests with the days on which they were made.
    measured: Vec<(usize, i64)>,
}

impl<'a> Care<'a> {
    /// Care for `person`, drawing from `dice`.
    pub(super) const fn new(area: &'a Area, routine: &'a Routine, dice: Dice, person: Person) -> Self {
        Self { area, routine, dice, person, made: 0, measured: Vec::new() }
    }

    /// Forgets which tests the person had: the next visit is as for somebody new.
    pub(super) fn forget_tests(&mut self) {
        self.measured.clear();
    }

    /// False for a slow test that was made within the quarter before or after the day; otherwise it is noted as made.
    fn due(&mut self, test: usize, day: i64) -> bool {
        if !self.routine.slow.contains(&test) {
            return true;
        }
        let known = self.measured.iter().any(|(made, on)| *made == test && (on - day).abs() < QUARTER);
        if !known {
            self.measured.push((test, day));
        }
        !known
    }

    /// A visit without lines.
    fn visit(&mut self, institution: usize, med_type: &'static str, disease: usize, from: i64, to: i64) -> Visit {
        self.made += 1;
        let number = self.person.number;
        let word = self.area.catalogue.diseases[disease].department;
        let department = match self.area.institutions[institution].level {
            // Community centres have no specialties but Chinese medicine.
            Level::Primary if word != "tcm" => department("general"),
            Level::Pharmacy => department("dispensary"),
            _ => department(word),
        };
        Visit {
            id: format!("99{number:011}{:04}", self.made),
            institution,
            med_type,
            disease,
            others: Vec::new(),
            admitted: from,
            discharged: to,
            department,
            doctor: self.dice.index(super::area::DOCTORS),
            discharge_way: "",
            referred_from: String::new(),
            admission_number: format!(
                "{}{:07}",
                if med_type.starts_with('2') { "ZY" } else { "MZ" },
                number * 11 + self.made
            ),
            bed: 0,
            insured: true,
            still_in: false,
            lines: Vec::new(),
            operations: Vec::new(),
            cuts: Vec::new(),
            reversed: false,
            record_number: None,
            registered: None,
            doctor_of: None,
            orders: 0,
        }
    }

    /// An outpatient contact on a day.
    pub(super) fn outpatient(&mut self, institution: usize, disease: usize, day: i64) -> Visit {
        let area = self.area;
        let minute = day * DAY_MINUTES + self.dice.between(8 * 60, 16 * 60 + 30);
        let care = &area.catalogue.diseases[disease];
        let med_type = match care.setting {
            Setting::Chronic | Setting::Dialysis => "14",
            _ => "11",
        };
        let mut visit = self.visit(institution, med_type, disease, minute, minute);
        let tertiary = area.institutions[institution].level == Level::Tertiary;
        let consult =
            if tertiary && self.dice.chance(3000) { self.routine.consult_expert } else { self.routine.consult_clinic };
        let order = visit.new_order();
        if care.setting != Setting::Dialysis {
            visit.charge(area, consult, minute, ONE, order);
        }
        for lab in &care.labs {
            if self.dice.chance(1500) && self.due(*lab, day) {
                let order = visit.new_order();
                visit.charge(area, *lab, minute + 15, ONE, order);
            }
        }
        for exam in &care.exams {
            if self.dice.chance(1200) {
                let order = visit.new_order();
                visit.charge(area, *exam, minute + 30, ONE, order);
            }
        }
        if let Some(habit) = area.habit
            && habit.institution == institution
            && visit.lines.iter().all(|line| line.item != habit.test)
        {
            let order = visit.new_order();
            visit.charge(area, habit.test, minute + 40, ONE, order);
        }
        let every_time = care.setting == Setting::Dialysis;
        for (place, item) in care.daily.iter().enumerate() {
            if every_time || place == 0 || self.dice.chance(3500) {
                let order = visit.new_order();
                visit.charge(area, *item, minute + 20 + 25 * place as i64, ONE, order);
            }
        }
        let order = visit.new_order();
        for (place, drug) in care.drugs.iter().enumerate() {
            if place == 0 || self.dice.chance(4500) {
                self.dispense(&mut visit, *drug, minute + 10, order);
            }
        }
        visit
    }

    /// A purchase at a pharmacy on a day.
    pub(super) fn purchase(&mut self, pharmacy: usize, disease: usize, day: i64) -> Visit {
        let area = self.area;
        let minute = day * DAY_MINUTES + self.dice.between(8 * 60, 20 * 60);
        let care = &area.catalogue.diseases[disease];
        let mut visit = self.visit(pharmacy, "41", disease, minute, minute);
        let order = visit.new_order();
        for (place, drug) in care.drugs.iter().enumerate() {
            let sold = !area.catalogue.items[*drug].is_injection();
            if sold && (visit.lines.is_empty() || self.dice.chance(3000 / (place as u64 + 1))) {
                self.dispense(&mut visit, *drug, minute, order);
            }
        }
        visit
    }

    /// Charges what is handed out at once: a month's for chronic diseases, at most a week's otherwise, grams of herbal
    /// pieces.
    fn dispense(&mut self, visit: &mut Visit, drug: usize, minute: i64, order: u64) {
        let area = self.area;
        let item = &area.catalogue.items[drug];
        let chronic = area.catalogue.diseases[visit.disease].setting == Setting::Chronic;
        let (quantity, days) = match item.list {
            "102" => (self.dice.between(7, 21) * 10, 7),
            _ if chronic && item.pack_days > 0 => {
                let packs = MONTH_SUPPLY.div_euclid(item.pack_days) + i64::from(MONTH_SUPPLY % item.pack_days > 0);
                (packs, packs * item.pack_days)
            }
            _ => {
                let packs = self.dice.between(1, 2).min(MONTH_SUPPLY / item.pack_days.max(1)).max(1);
                (packs, (packs * item.pack_days).min(7))
            }
        };
        let line = visit.charge(area, drug, minute, quantity * ONE, order);
        visit.lines[line].supply_days = days;
    }

    /// A stay from `first_day`, discharged `days` later.
    pub(super) fn stay(&mut self, institution: usize, disease: usize, first_day: i64, days: i64) -> Visit {
        let area = self.area;
        let care = &area.catalogue.diseases[disease];
        let planned = matches!(care.setting, Setting::DaySurgery | Setting::Cycle);
        let admitted = first_day * DAY_MINUTES
            + if planned { self.dice.between(8 * 60, 9 * 60) } else { self.dice.between(8 * 60, 15 * 60) };
        let discharged = (first_day + days) * DAY_MINUTES + self.dice.between(15 * 60 + 30, 17 * 60);
        let med_type = match care.setting {
            Setting::DaySurgery => "28",
            _ if care.operations.contains(&self.routine.fracture) => "22",
            _ => "21",
        };
        let mut visit = self.visit(institution, med_type, disease, admitted, discharged);
        visit.discharge_way = match self.dice.below(1000) {
            0..=9 => "4",
            10..=24 => "3",
            _ => "1",
        };
        visit.bed = self.dice.between(1, 60);
        if self.dice.chance(5000) {
            visit.others.push(self.dice.index(area.catalogue.diseases.len()));
            visit
                .others
                .retain(|other| matches!(area.catalogue.diseases[*other].setting, Setting::Chronic | Setting::Clinic));
        }
        self.ward_days(&mut visit, days);
        self.investigations(&mut visit, days);
        self.operation(&mut visit, days);
        self.take_home(&mut visit);
        visit
    }

    /// Bed, nursing, rounds, treatments and drugs of each day.
    fn ward_days(&mut self, visit: &mut Visit, days: i64) {
        let (area, routine) = (self.area, self.routine);
        let care = &area.catalogue.diseases[visit.disease];
        let newborn = full_years(self.person.birth_day, visit.first_day()) == 0;
        let bed = if self.dice.chance(1500) { routine.bed_double } else { routine.bed };
        let board = visit.new_order();
        let standing: Vec<u64> = care.drugs.iter().chain(&care.daily).map(|_| visit.new_order()).collect();
        for day in 0..days.max(1) {
            let midnight = (visit.first_day() + day) * DAY_MINUTES;
            // The first day begins with the admission.
            let open = if day == 0 { visit.admitted + 20 } else { midnight + 7 * 60 };
            let nursing = match day {
                _ if newborn => routine.nursing_newborn,
                0 | 1 if care.weight % 20 == 10 => routine.nursing_1,
                _ if day + 2 >= days && days > 5 => routine.nursing_3,
                _ => routine.nursing_2,
            };
            for item in [bed, nursing, routine.consult_ward] {
                let minute = open + self.dice.between(0, 19);
                visit.charge(area, item, minute, ONE, board);
            }
            for (place, drug) in care.drugs.iter().enumerate() {
                let order = standing[place];
                if area.catalogue.items[*drug].is_injection() {
                    let morning = open + 60 + self.dice.between(0, 30);
                    visit.charge(area, *drug, morning, ONE, order);
                    // The second drug of a list is one that is given twice a day.
                    if place == 1 && day > 0 && day + 1 < days {
                        visit.charge(area, *drug, midnight + 16 * 60 + self.dice.between(0, 30), ONE, order);
                    }
                } else if day % 5 == 0 {
                    visit.charge(area, *drug, open + 40, ONE, order);
                }
            }
            if day > 0 && self.dice.chance(4000) {
                let order = visit.new_order();
                let item = *self.dice.pick(&routine.on_demand);
                visit.charge(area, item, midnight + self.dice.between(17 * 60, 22 * 60), ONE, order);
            }
            for (place, item) in care.daily.iter().enumerate() {
                let order = standing[care.drugs.len() + place];
                let minute = open + 90 + 20 * place as i64 + self.dice.between(0, 15);
                if area.catalogue.items[*item].is_hourly() {
                    if day < 4 {
                        let until_midnight = (midnight + DAY_MINUTES - minute) / 60;
                        visit.charge(area, *item, minute, self.dice.between(4, 14).min(until_midnight) * ONE, order);
                    }
                } else {
                    let quantity = if *item == routine.infusion_set { ONE * self.dice.between(1, 2) } else { ONE };
                    visit.charge(area, *item, minute, quantity, order);
                }
            }
        }
    }

    /// Samples on the first morning and in the middle, examinations in the first days.
    fn investigations(&mut self, visit: &mut Visit, days: i64) {
        let area = self.area;
        let care = &area.catalogue.diseases[visit.disease];
        let first = visit.admitted + 45;
        let samples = visit.new_order();
        for lab in &care.labs {
            let minute = first + self.dice.between(0, 5);
            if self.due(*lab, visit.first_day()) {
                visit.charge(area, *lab, minute, ONE, samples);
            }
        }
        if days >= 5 {
            let again = visit.new_order();
            let morning = (visit.first_day() + days / 2) * DAY_MINUTES + 6 * 60;
            for lab in &care.labs {
                if self.dice.chance(5000) && self.due(*lab, visit.first_day() + days / 2) {
                    visit.charge(area, *lab, morning + self.dice.between(0, 9), ONE, again);
                }
            }
        }
        for (place, exam) in care.exams.iter().enumerate() {
            let order = visit.new_order();
            let day = (place as i64).min((days - 1).max(0));
            let minute = if day == 0 { visit.admitted + 80 } else { (visit.first_day() + day) * DAY_MINUTES + 10 * 60 };
            visit.charge(area, *exam, minute + self.dice.between(0, 60), ONE, order);
        }
    }

    /// The operation of the disease, with anaesthesia, monitoring and materials; the birth of a delivery.
    fn operation(&mut self, visit: &mut Visit, days: i64) {
        let (area, routine) = (self.area, self.routine);
        let care = &area.catalogue.diseases[visit.disease];
        let birth = care.icd.starts_with("O80");
        if care.operations.is_empty() && !birth {
            return;
        }
        let day = if days > 3 { self.dice.between(1, 2) } else { 0 };
        let begin = if day == 0 {
            visit.admitted + 120
        } else {
            (visit.first_day() + day) * DAY_MINUTES + self.dice.between(9 * 60, 12 * 60)
        };
        let length = self.dice.between(40, 170);
        let order = visit.new_order();
        let caesarean = birth && self.dice.chance(3000);
        let small = care.setting == Setting::DaySurgery || (birth && !caesarean);
        if birth {
            let item = if caesarean { routine.caesarean } else { routine.delivery };
            visit.charge(area, item, begin, ONE, order);
        }
        for item in &care.operations {
            visit.charge(area, *item, begin, ONE, order);
            if *item == routine.fracture {
                visit.charge(area, routine.plate, begin + 30, ONE, order);
            }
            if *item == routine.cataract {
                visit.charge(area, routine.lens, begin + 15, ONE, order);
            }
        }
        let general = !small && care.department == "surgery";
        if !small {
            let anaesthesia = if general { routine.anaesthesia_general } else { routine.anaesthesia_spinal };
            visit.charge(area, anaesthesia, begin - 20, ONE, order);
            visit.charge(area, routine.anaesthesia_monitor, begin - 15, (length / 60 + 1) * ONE, order);
            visit.charge(area, routine.suture, begin + length - 10, ONE * self.dice.between(1, 3), order);
            if general {
                visit.charge(area, routine.propofol, begin - 18, ONE * self.dice.between(1, 4), order);
            }
        }
        let (code, name) = if caesarean { ("74.1x01", "剖宫产术，子宫下段横切口") } else { care.procedure };
        visit.operations.push(Operation {
            code,
            name,
            begin,
            end: begin + length,
            anaesthesia: match (small, general) {
                (true, _) => "03",
                (false, true) => "01",
                (false, false) => "02",
            },
            operator: self.dice.index(super::area::DOCTORS),
            anaesthetist: self.dice.index(super::area::DOCTORS),
        });
    }

    /// Drugs to take home at the discharge.
    fn take_home(&mut self, visit: &mut Visit) {
        let area = self.area;
        let order = visit.new_order();
        for drug in &area.catalogue.diseases[visit.disease].drugs {
            if !area.catalogue.items[*drug].is_injection() && self.dice.chance(6000) {
                let pack_days = area.catalogue.items[*drug].pack_days;
                // A week's supply at most, or the smallest pack.
                let packs = self.dice.between(1, 2).min(7 / pack_days.max(1)).max(1);
                let line = visit.charge(area, *drug, visit.discharged - 60, packs * ONE, order);
                visit.lines[line].take_home = true;
                visit.lines[line].supply_days = packs * pack_days;
            }
        }
    }
}
