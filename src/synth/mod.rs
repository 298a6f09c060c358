//! A synthetic area of any size: exports as a bureau or a hospital would hand them over, with planted violations and
//! legitimate look-alikes whose truth is known. For demonstrations, tests and benchmarks.
//!
//! `write_area` invents one person after another: `people` says who it is, `life` what happens to them, `care` what each
//! visit consists of, `plants` the planted cases, `noise` what goes wrong in exports. `bureau` and `hospital` put the
//! visits into the two families of tables, `sheet` into files. Each person has a random stream of their own, so an area
//! depends on its plan and on nothing else, and memory does not grow with its size.

mod area;
mod bureau;
mod care;
mod catalogue;
mod claims;
mod hospital;
mod knowledge;
mod life;
mod noise;
mod people;
mod plants;
mod random;
mod records;
mod sheet;
mod stock;
mod truth;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use rayon::prelude::*;

use area::{Area, Habit, Shift};
use care::{Care, Routine};
use catalogue::Catalogue;
use claims::{Settlement, Visit, settlements};
use life::Period;
use people::{Person, Who};
use plants::{Expected, Plot};
use random::{Dice, spread};
use sheet::{Form, Sheet, SheetFile, Table};
use stock::Used;
use truth::Case;

use crate::calendar::DAY_MINUTES;
use crate::explained::{Explained, Told, io_zh};
use crate::lang::Text;

pub use knowledge::write_knowledge;
pub use sheet::SynthFile;

/// Where a hospital's own export takes its numbers from: no area has a hospital or a person of these numbers, so that
/// exports of both families can be read together.
const HOSPITAL_NUMBER: u64 = 36;
const HOSPITAL_PERSONS: u64 = 1_000_000_000;

/// Persons invented at a time by one thread.
const CHUNK: u64 = 256;

/// Text encoding of CSV exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without a byte order mark.
    Utf8,
    /// GB18030, as half of the bureaus write it.
    Gb18030,
}

/// Which tables of the bureau's side are Parquet instead of CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParquetTables {
    /// None.
    None,
    /// The fee lines only, by far the largest table.
    Fees,
    /// All of them.
    All,
}

/// Which family of exports is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The platform tables of a whole area.
    Bureau {
        /// Encoding of the CSV files.
        encoding: Encoding,
        /// What is Parquet.
        parquet: ParquetTables,
    },
    /// The 2024 collection list of one hospital, UTF-8 with `|@|` between the cells.
    Hospital,
}

/// Planted cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plants {
    /// False plants the look-alikes only: an area on which every rule should stay silent about the planted persons.
    pub violations: bool,
    /// How often each scenario is planted; a few are planted once whatever this says.
    pub each: u32,
}

/// A synthetic area to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynthPlan {
    /// Folder for the files; it is made when missing.
    pub out: PathBuf,
    /// The same seed and plan give the same bytes.
    pub seed: u64,
    /// First day of the period.
    pub first_day: NaiveDate,
    /// Length of the period in months of 30 days.
    pub months: u32,
    /// Persons with ordinary lives; those of planted cases come on top.
    pub persons: u64,
    /// Hospitals and pharmacies. A hospital's own export has one.
    pub institutions: u32,
    /// The family of exports.
    pub family: Family,
    /// What is planted.
    pub plants: Option<Plants>,
    /// Whether some institutions write the area's own codes of items behind the national ones, as real claims hold them.
    pub local_codes: bool,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynthSummary {
    /// The files with their rows.
    pub files: Vec<SynthFile>,
    /// Persons, those of planted cases included.
    pub persons: u64,
    /// Visits.
    pub visits: u64,
    /// Fee lines, without rows written twice.
    pub fee_lines: u64,
    /// Planted cases that a rule should find.
    pub planted: u64,
    /// Planted look-alikes.
    pub look_alikes: u64,
}

/// Why an area could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The plan asks for something impossible.
    #[error("{}", .0.en)]
    Plan(Text),
    /// The embedded catalogue is damaged.
    #[error("{file}, line {line}: {cell:?} cannot be used")]
    Data {
        /// Embedded file.
        file: &'static str,
        /// Line in it.
        line: usize,
        /// What it says there.
        cell: String,
    },
    /// The embedded catalogue lacks something that the program asks for.
    #[error("the catalogue has no {what} {id:?}")]
    Unknown {
        /// Item or disease.
        what: &'static str,
        /// Its name in the catalogue.
        id: &'static str,
    },
    /// A file could not be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A Parquet file could not be written.
    #[error("{} cannot be written as Parquet: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the Parquet writer says.
        source: parquet::errors::ParquetError,
    },
}

impl Explained for SynthError {
    fn told(&self) -> Told {
        match self {
            Self::Plan(problem) => Told::new("FJ-811", problem.zh.clone()),
            Self::Data { file, line, cell } => {
                Told::new("FJ-812", format!("内置文件 {file} 第 {line} 行：“{cell}”不能用"))
            }
            Self::Unknown { what, id } => Told::new("FJ-813", format!("内置目录里没有 {what} {id}")),
            Self::Write { path, source } => {
                Told::new("FJ-814", format!("无法写入 {}：{}", path.display(), io_zh(source)))
            }
            Self::Parquet { path, source } => {
                Told::new("FJ-815", format!("{} 无法写成 Parquet（{source}）", path.display()))
            }
        }
    }
}

/// The plans of sample-data/: a small area in `area/` (CSV in GB18030, fee lines in Parquet) and a hospital in `hospital/`.
pub fn sample(out: &Path) -> [SynthPlan; 2] {
    let area = SynthPlan {
        out: out.join("area"),
        seed: 20_250_101,
        first_day: NaiveDate::from_ymd_opt(2024, 7, 1).unwrap_or_default(),
        // Long enough for a history of a year before a benefit, with enough institutions of a level to compare.
        months: 15,
        persons: 130,
        institutions: plants::MANY_INSTITUTIONS,
        family: Family::Bureau { encoding: Encoding::Gb18030, parquet: ParquetTables::Fees },
        plants: Some(Plants { violations: true, each: 2 }),
        local_codes: false,
    };
    let hospital = SynthPlan {
        out: out.join("hospital"),
        seed: 20_250_102,
        first_day: NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default(),
        months: 9,
        persons: 15,
        institutions: 1,
        family: Family::Hospital,
        plants: Some(Plants { violations: true, each: 1 }),
        local_codes: false,
    };
    [area, hospital]
}

/// Writes the exports of a synthetic area and truth.csv. The knowledge that some planted cases are judged by is written
/// by [`write_knowledge`].
///
/// `progress` is called with persons done and persons in all.
///
/// # Errors
/// When the plan is impossible or a file cannot be written. Files written until then stay.
pub fn write_area(plan: &SynthPlan, progress: &dyn Fn(u64, u64)) -> Result<SynthSummary, SynthError> {
    let one_hospital = plan.family == Family::Hospital;
    check(plan, one_hospital)?;
    let period = Period::of(plan);
    let catalogue = Catalogue::load()?;
    let (first, institutions) = if one_hospital { (HOSPITAL_NUMBER, 1) } else { (0, plan.institutions) };
    let mut area = Area::new(catalogue, first, institutions, plan.seed, plan.local_codes);
    if plan.plants.is_some_and(|plants| plants.violations) && !one_hospital {
        plant_habits(&mut area, period)?;
    }
    let routine = Routine::new(&area)?;
    let cases = cases(plan);

    std::fs::create_dir_all(&plan.out).map_err(|source| SynthError::Write { path: plan.out.clone(), source })?;
    let mut files = Files::create(plan, &area, period)?;
    let world =
        World { plan, area: &area, routine: &routine, period, cases: &cases, one_hospital, forms: files.forms() };

    let total = plan.persons + cases.len() as u64;
    let mut summary = SynthSummary {
        files: Vec::new(),
        persons: total,
        visits: 0,
        fee_lines: 0,
        planted: count(&cases, Expected::Hit),
        look_alikes: count(&cases, Expected::Silent),
    };
    let mut used = Used::new();
    let mut done = 0;
    let at_once = CHUNK * rayon::current_num_threads() as u64 * 2;
    while done < total {
        let end = (done + at_once).min(total);
        let chunks: Vec<u64> = (done..end).step_by(CHUNK as usize).collect();
        let pieces: Vec<Result<Piece, SynthError>> =
            chunks.into_par_iter().map(|first| world.chunk(first, (first + CHUNK).min(end))).collect();
        for piece in pieces {
            let mut piece = piece?;
            for (item, quantity) in std::mem::take(&mut piece.used) {
                *used.entry(item).or_default() += quantity;
            }
            summary.visits += piece.visits;
            summary.fee_lines += piece.fee_lines;
            files.append(piece)?;
        }
        done = end;
        progress(done, total);
    }
    if one_hospital {
        files.store(plan, &area, period, &used)?;
    }
    summary.files = files.finish()?;
    Ok(summary)
}

fn check(plan: &SynthPlan, one_hospital: bool) -> Result<(), SynthError> {
    if plan.months == 0 || plan.months > 1200 || (plan.plants.is_some() && plan.months < 6) {
        return Err(SynthError::Plan(Text::new(
            "期间应为 1 到 1200 个月；要植入疑点的，至少 6 个月",
            "the period must last from 1 to 1200 months, and at least 6 for planted cases",
        )));
    }
    if !one_hospital && plan.institutions < 12 {
        return Err(SynthError::Plan(Text::new(
            "一个地区至少 12 家机构，使每一级别都不止一家",
            "an area has at least 12 institutions, so that each level has more than one",
        )));
    }
    if plan.persons > 1_000_000_000 {
        return Err(SynthError::Plan(Text::new(
            "人数最多 1 000 000 000：编号没有更多位数",
            "at most 1 000 000 000 persons: their numbers have no more digits",
        )));
    }
    Ok(())
}

/// What planted cases need whole institutions for: from the middle of the period on, one hospital's dialysis is billed as
/// filtration, and one community centre orders an electrocardiogram for everybody, where there are enough to compare with.
fn plant_habits(area: &mut Area, period: Period) -> Result<(), SynthError> {
    let shift = Shift {
        institution: area.wards().next(),
        left: area.catalogue.item("haemodialysis")?,
        taken: area.catalogue.item("haemofiltration")?,
        minute: (period.first_day + period.days / 2) * DAY_MINUTES,
    };
    area.shifts.push(shift);
    if area.institutions.len() > plants::MANY_INSTITUTIONS as usize {
        let test = area.catalogue.item("ecg")?;
        area.habit = area.primary.get(plants::ECG_CENTRE).map(|institution| Habit { institution: *institution, test });
    }
    Ok(())
}

/// One planted person: the case and which of its members.
struct Planted {
    case: Case,
    member: usize,
}

/// The planted persons in order.
fn cases(plan: &SynthPlan) -> Vec<Planted> {
    let mut planted = Vec::new();
    let Some(plants) = plan.plants else { return planted };
    for (place, scenario) in plants::scenarios(plan, plants).enumerate() {
        let times = if scenario.once { 1 } else { plants.each };
        for number in 0..times as usize {
            for member in 0..scenario.members as usize {
                planted.push(Planted { case: Case { scenario, place, number }, member });
            }
        }
    }
    planted
}

/// The day on which a case begins, and the draws that its persons share. All persons of a case get the same.
fn beginning(plan: &SynthPlan, period: Period, case: &Case) -> (i64, Dice) {
    let mut dice = Dice::new(plan.seed, spread(spread(case.place as u64) ^ case.number as u64));
    let earliest = period.first_day + 5;
    let start = dice.between(earliest, earliest.max(period.end() - 130));
    (start.max(case.scenario.from_day), dice)
}

/// The persons on outside lists: person number, kind, first and last day.
fn watched(plan: &SynthPlan) -> Vec<(String, &'static str, i64, i64)> {
    let period = Period::of(plan);
    let cases = cases(plan);
    let total = plan.persons + cases.len() as u64;
    let mut listed = Vec::new();
    for (place, Planted { case, .. }) in cases.iter().enumerate() {
        if let Some(kind) = case.scenario.watch {
            // The first number whose share of the cases goes beyond this place, see `World::planted`.
            let number = ((place as u64 + 1) * total).div_ceil(cases.len() as u64) - 1;
            let (start, _) = beginning(plan, period, case);
            listed.push((people::person_number(number), kind, start, start + plants::WATCH_DAYS));
        }
    }
    listed
}

fn count(cases: &[Planted], expected: Expected) -> u64 {
    cases.iter().filter(|planted| planted.member == 0 && planted.case.scenario.expected == expected).count() as u64
}

/// Everything that inventing a person needs.
struct World<'a> {
    plan: &'a SynthPlan,
    area: &'a Area,
    routine: &'a Routine,
    period: Period,
    cases: &'a [Planted],
    one_hospital: bool,
    forms: Vec<(&'static Table, Form)>,
}

/// The rows of some persons.
struct Piece {
    sheets: Vec<Sheet>,
    /// What a hospital's store handed out.
    used: Used,
    visits: u64,
    fee_lines: u64,
}

impl World<'_> {
    fn chunk(&self, first: u64, end: u64) -> Result<Piece, SynthError> {
        let sheets = self.forms.iter().map(|(table, form)| Sheet::new(table, *form)).collect();
        let mut piece = Piece { sheets, used: Used::new(), visits: 0, fee_lines: 0 };
        for number in first..end {
            self.person(number, &mut piece)?;
        }
        Ok(piece)
    }

    /// Planted persons are spread evenly among the others.
    fn planted(&self, number: u64) -> Option<&Planted> {
        let total = u128::from(self.plan.persons) + self.cases.len() as u128;
        let before = |number: u128| number * self.cases.len() as u128 / total.max(1);
        let place = before(u128::from(number));
        (before(u128::from(number) + 1) > place).then(|| &self.cases[place as usize])
    }

    fn person(&self, number: u64, piece: &mut Piece) -> Result<(), SynthError> {
        let planted = self.planted(number);
        let who = planted.map_or(Who::Anybody, |planted| planted.case.scenario.who);
        let mut dice = Dice::new(self.plan.seed, number);
        let known_as = if self.one_hospital { HOSPITAL_PERSONS + number } else { number };
        let person = Person::new(&mut dice, known_as, who, self.period.first_day, self.period.days);
        let mut care = Care::new(self.area, self.routine, dice, person);
        let (visits, marks) = match planted {
            Some(planted) => self.story(planted, &mut care)?,
            None => {
                let mut visits = life::live(&mut care, self.period);
                if self.one_hospital && care.dice.chance(1200) {
                    visits.iter_mut().for_each(|visit| visit.insured = false);
                }
                noise::roughen(&mut care, &mut visits);
                (visits, Vec::new())
            }
        };
        let made: Vec<Vec<Settlement>> =
            visits.iter().map(|visit| settlements(self.area, &care.person, visit)).collect();
        let Some((truth, tables)) = piece.sheets.split_last_mut() else { return Ok(()) };
        // What the export adds to a row is drawn apart, so that both families hold the same lives.
        let mut dice = Dice::new(self.plan.seed, spread(number));
        let write = if self.one_hospital { hospital::write } else { bureau::write };
        write(self.area, &care.person, &visits, &made, &mut dice, tables);
        if let Some(planted) = planted {
            truth::write(self.area, &planted.case, &marks, &visits, &made, self.one_hospital, truth);
        }
        if self.one_hospital {
            visits.iter().for_each(|visit| stock::count(self.area, visit, &mut piece.used));
        }
        piece.visits += visits.len() as u64;
        piece.fee_lines += visits.iter().map(|visit| visit.lines.len() as u64).sum::<u64>();
        Ok(())
    }

    /// A planted person's part of a case, with an ordinary outpatient life around it.
    fn story(&self, planted: &Planted, care: &mut Care<'_>) -> Result<(Vec<Visit>, Vec<plants::Mark>), SynthError> {
        let (start, shared) = beginning(self.plan, self.period, &planted.case);
        let mut plot = Plot {
            care,
            period: self.period,
            number: planted.case.number,
            member: planted.member,
            start,
            shared,
            visits: Vec::new(),
            marks: Vec::new(),
        };
        plot.tell(planted.case.scenario)?;
        let (first, last) = plot.span();
        let Plot { mut visits, marks, .. } = plot;
        // Every twelfth has a life: were it all of them, a small area would be lives of planted persons mostly.
        let lively = (planted.case.place + planted.case.number + planted.member).is_multiple_of(12);
        if lively && !planted.case.scenario.quiet {
            life::live_around(care, self.period, (first - 40, last + 40), &mut visits);
        }
        Ok((visits, marks))
    }
}

/// The files of an area; truth.csv is the last.
struct Files {
    whole: Vec<SheetFile>,
    written: Vec<SheetFile>,
    tables: Vec<&'static Table>,
}

impl Files {
    fn create(plan: &SynthPlan, area: &Area, period: Period) -> Result<Self, SynthError> {
        let mut files = Self { whole: Vec::new(), written: Vec::new(), tables: Vec::new() };
        let utf8 = Form::Text { gb18030: false, delimiter: "," };
        match plan.family {
            Family::Hospital => {
                let form = Form::Text { gb18030: false, delimiter: "|@|" };
                for table in &hospital::TABLES {
                    files.add(plan, table, form)?;
                }
            }
            Family::Bureau { encoding, parquet } => {
                let text = Form::Text { gb18030: encoding == Encoding::Gb18030, delimiter: "," };
                let form = |fees: bool| match parquet {
                    ParquetTables::All => Form::Parquet,
                    ParquetTables::Fees if fees => Form::Parquet,
                    ParquetTables::Fees | ParquetTables::None => text,
                };
                for (place, table) in bureau::TABLES.iter().enumerate() {
                    files.add(plan, table, form(place == bureau::FEE_TABLE))?;
                }
                files.whole(plan, &bureau::INSTITUTIONS, form(false), |sheet| {
                    bureau::institutions(area, sheet, period);
                })?;
                files.whole(plan, &bureau::CEILINGS, form(false), |sheet| bureau::ceilings(area, sheet, period))?;
            }
        }
        files.add(plan, &truth::TABLE, utf8)?;
        Ok(files)
    }

    fn add(&mut self, plan: &SynthPlan, table: &'static Table, form: Form) -> Result<(), SynthError> {
        self.written.push(SheetFile::create(&plan.out, table, form)?);
        self.tables.push(table);
        Ok(())
    }

    /// Writes a table that does not come person by person.
    fn whole(
        &mut self,
        plan: &SynthPlan,
        table: &'static Table,
        form: Form,
        fill: impl FnOnce(&mut Sheet),
    ) -> Result<(), SynthError> {
        let mut file = SheetFile::create(&plan.out, table, form)?;
        let mut sheet = Sheet::new(table, form);
        fill(&mut sheet);
        file.append(sheet)?;
        self.whole.push(file);
        Ok(())
    }

    /// Writes the tables of a hospital's store, which add up over all persons.
    fn store(&mut self, plan: &SynthPlan, area: &Area, period: Period, used: &Used) -> Result<(), SynthError> {
        let form = Form::Text { gb18030: false, delimiter: "|@|" };
        let tables = [&stock::MAPPING, &stock::BALANCES, &stock::RECEIPTS, &stock::ISSUES, &stock::PACKS];
        let mut sheets = tables.map(|table| Sheet::new(table, form));
        stock::write(area, period, used, sheets.each_mut())?;
        for (table, sheet) in tables.into_iter().zip(sheets) {
            let mut file = SheetFile::create(&plan.out, table, form)?;
            file.append(sheet)?;
            self.whole.push(file);
        }
        Ok(())
    }

    fn forms(&self) -> Vec<(&'static Table, Form)> {
        self.tables.iter().copied().zip(self.written.iter().map(SheetFile::form)).collect()
    }

    fn append(&mut self, piece: Piece) -> Result<(), SynthError> {
        self.written.iter_mut().zip(piece.sheets).try_for_each(|(file, sheet)| file.append(sheet))
    }

    fn finish(self) -> Result<Vec<SynthFile>, SynthError> {
        self.written.into_iter().chain(self.whole).map(SheetFile::finish).collect()
    }
}

#[cfg(test)]
mod tests;
