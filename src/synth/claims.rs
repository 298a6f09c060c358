//! A person's claims before they are written in either family's form: visits, lines, settlements and their money.
//!
//! A visit's settlements are sums of its lines, so whatever is done to the lines, the export adds up.

use super::area::{Area, DOCTORS, Level};
use super::people::Person;
use crate::calendar::DAY_MINUTES;

/// The traceability code under which a pharmacy sells a drug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trace {
    /// Each pack has a code of its own.
    Own,
    /// Nothing was scanned.
    Missing,
    /// The pack with this number.
    Pack(u64),
    /// A part of the pack with this number.
    Part(u64),
    /// The pack with this number, which was brought back the day after while the line stayed as it was.
    Returned(u64),
    /// A code that names no pack: one digit over and over.
    Placeholder,
}

/// What the hospital's own systems hold about an examination, a test or an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Record {
    /// A record with a report, for an examination with an image.
    Reported,
    /// Nothing.
    Missing,
    /// A record without any part of a report.
    Unreported,
    /// Two records, of which one has the report.
    Twofold,
    /// Among the executed orders instead.
    Executed,
    /// A record with the image of this number.
    Image(u64),
}

/// One billed line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) item: usize,
    /// An own code and name other than the institution's: position in `plants::SPECIAL_ITEMS`.
    pub(super) special: Option<usize>,
    pub(super) minute: i64,
    /// Ten-thousandths; negative in refunds.
    pub(super) quantity_e4: i64,
    pub(super) price_fen: i64,
    /// The line states its price ceiling.
    pub(super) states_ceiling: bool,
    /// chrgitm_lv: 01, 02, or 03 for what the fund does not pay.
    pub(super) grade: &'static str,
    /// Counted within the fund's scope although graded 03.
    pub(super) scoped: bool,
    /// Days that what was handed out lasts; 0 when that means nothing.
    pub(super) supply_days: i64,
    /// The line states these days.
    pub(super) states_days: bool,
    /// Number of the prescription or order within the visit.
    pub(super) order: u64,
    /// Line that this one refunds.
    pub(super) refunds: Option<usize>,
    pub(super) take_home: bool,
    pub(super) trace: Trace,
    pub(super) record: Record,
    /// The ordering doctor was left blank.
    pub(super) no_doctor: bool,
    /// The export holds the row twice.
    pub(super) twice: bool,
}

/// The amounts of a line or of a sum of lines, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) gross: i64,
    /// Fully the patient's own: grade 丙.
    pub(super) own: i64,
    /// Paid by the patient before the fund comes in: grade 乙.
    pub(super) first_share: i64,
    pub(super) in_scope: i64,
}

impl Amounts {
    fn add(&mut self, other: Self) {
        self.gross += other.gross;
        self.own += other.own;
        self.first_share += other.first_share;
        self.in_scope += other.in_scope;
    }
}

impl Line {
    /// What the line costs and how much of it the fund's scope covers.
    pub(super) fn amounts(&self) -> Amounts {
        let exact = self.quantity_e4 * self.price_fen;
        let gross = (exact.abs() + 5_000) / 10_000 * exact.signum();
        match self.grade {
            "03" if self.scoped => Amounts { gross, in_scope: gross, ..Amounts::default() },
            "03" => Amounts { gross, own: gross, ..Amounts::default() },
            "02" => {
                let first_share = gross / 10;
                Amounts { gross, first_share, in_scope: gross - first_share, own: 0 }
            }
            _ => Amounts { gross, in_scope: gross, ..Amounts::default() },
        }
    }
}

/// One operation of a stay.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) begin: i64,
    pub(super) end: i64,
    /// anst_way: 01 general, 02 spinal, 03 local.
    pub(super) anaesthesia: &'static str,
    pub(super) operator: usize,
    pub(super) anaesthetist: usize,
}

/// A stay, an outpatient contact or a purchase.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) id: String,
    pub(super) institution: usize,
    pub(super) med_type: &'static str,
    pub(super) disease: usize,
    /// Further diagnoses.
    pub(super) others: Vec<usize>,
    pub(super) admitted: i64,
    pub(super) discharged: i64,
    pub(super) department: usize,
    pub(super) doctor: usize,
    /// dscg_way of the platform; empty outside stays.
    pub(super) discharge_way: &'static str,
    pub(super) referred_from: String,
    pub(super) admission_number: String,
    pub(super) bed: i64,
    /// False for patients who pay for themselves (only in a hospital's own export).
    pub(super) insured: bool,
    /// The export was taken before the discharge: not settled.
    pub(super) still_in: bool,
    pub(super) lines: Vec<Line>,
    pub(super) operations: Vec<Operation>,
    /// Minutes at which an interim settlement was made.
    pub(super) cuts: Vec<i64>,
    /// The last settlement was reversed and made again.
    pub(super) reversed: bool,
    /// Medical record number other than the person's own.
    pub(super) record_number: Option<String>,
    /// Sex and day of birth as the visit was registered, where they are not the person's.
    pub(super) registered: Option<(&'static str, i64)>,
    /// Institution whose doctor this is, where it is not the visit's own.
    pub(super) doctor_of: Option<usize>,
    pub(super) orders: u64,
}

impl Visit {
    /// True for stays.
    pub(super) fn is_stay(&self) -> bool {
        self.med_type.starts_with('2')
    }

    /// Day of admission.
    pub(super) const fn first_day(&self) -> i64 {
        self.admitted.div_euclid(DAY_MINUTES)
    }

    /// Day of discharge.
    pub(super) const fn last_day(&self) -> i64 {
        self.discharged.div_euclid(DAY_MINUTES)
    }

    /// Adds a line at the institution's own price and returns its place.
    pub(super) fn charge(&mut self, area: &Area, item: usize, minute: i64, quantity_e4: i64, order: u64) -> usize {
        let item = area.billed(self.institution, item, minute);
        self.lines.push(Line {
            item,
            special: None,
            minute,
            quantity_e4,
            price_fen: area.institutions[self.institution].prices_fen[item],
            // Ceilings come with most items; for the others there is only the list of ceiling prices.
            states_ceiling: item % 10 != 3,
            grade: area.catalogue.items[item].grade,
            scoped: false,
            supply_days: 0,
            states_days: false,
            order,
            refunds: None,
            take_home: false,
            trace: Trace::Own,
            record: Record::Reported,
            no_doctor: false,
            twice: false,
        });
        self.lines.len() - 1
    }

    /// Code and name of the doctor in charge.
    pub(super) fn doctor<'a>(&self, area: &'a Area) -> &'a (String, String) {
        let institution = self.doctor_of.unwrap_or(self.institution);
        &area.institutions[institution].doctors[self.department * DOCTORS + self.doctor]
    }

    /// gend and day of birth as the visit was registered.
    pub(super) fn identity(&self, person: &Person) -> (&'static str, i64) {
        self.registered.unwrap_or((person.sex(), person.birth_day))
    }

    /// Moves an outpatient contact so that it begins in a minute; everything in it moves along.
    pub(super) fn move_to(&mut self, minute: i64) {
        let later = minute - self.admitted;
        self.admitted += later;
        self.discharged += later;
        for line in &mut self.lines {
            line.minute += later;
        }
    }

    /// A new order or prescription number.
    pub(super) const fn new_order(&mut self) -> u64 {
        self.orders += 1;
        self.orders
    }

    /// Refunds a line in full, `minutes` after it was billed.
    pub(super) fn refund(&mut self, line: usize, minutes: i64) {
        let original = self.lines[line];
        self.lines.push(Line {
            quantity_e4: -original.quantity_e4,
            minute: original.minute + minutes,
            refunds: Some(line),
            twice: false,
            ..original
        });
    }

    /// The settlement, counted from 0, that a minute of the visit belongs to.
    pub(super) fn settlement_of(&self, minute: i64) -> usize {
        self.cuts.iter().filter(|cut| **cut <= minute).count()
    }
}

/// A settlement of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settlement {
    /// Distinguishes the settlements of a visit, from 1.
    pub(super) sequence: u64,
    /// Sequence of the settlement that this one reverses.
    pub(super) reverses: Option<u64>,
    /// The lines of this part of the visit, see `Visit::settlement_of`.
    pub(super) part: usize,
    pub(super) interim: bool,
    pub(super) first_day: i64,
    pub(super) last_day: i64,
    pub(super) minute: i64,
    pub(super) amounts: Amounts,
    pub(super) deductible: i64,
    /// Paid by the pooled fund.
    pub(super) pooled: i64,
    /// Paid by the serious-illness insurance of residents or the large-sum aid of employees.
    pub(super) supplement: i64,
    /// Paid from the personal account.
    pub(super) account: i64,
}

impl Settlement {
    /// What the funds pay together.
    pub(super) const fn fund(&self) -> i64 {
        self.pooled + self.supplement
    }

    /// The same settlement taken back.
    fn reversal(&self, sequence: u64) -> Self {
        Self {
            sequence,
            reverses: Some(self.sequence),
            minute: self.minute + 25,
            amounts: Amounts {
                gross: -self.amounts.gross,
                own: -self.amounts.own,
                first_share: -self.amounts.first_share,
                in_scope: -self.amounts.in_scope,
            },
            deductible: -self.deductible,
            pooled: -self.pooled,
            supplement: -self.supplement,
            account: -self.account,
            ..self.clone()
        }
    }
}

/// All settlements of a visit in the order they were made; none while the person is still in.
pub(super) fn settlements(area: &Area, person: &Person, visit: &Visit) -> Vec<Settlement> {
    if visit.still_in {
        return Vec::new();
    }
    let mut parts = vec![Amounts::default(); visit.cuts.len() + 1];
    for line in &visit.lines {
        parts[visit.settlement_of(line.minute)].add(line.amounts());
    }
    let level = area.institutions[visit.institution].level;
    let mut made = Vec::with_capacity(parts.len());
    for (part, amounts) in parts.iter().enumerate() {
        let begin = if part == 0 { visit.admitted } else { visit.cuts[part - 1] };
        let end = visit.cuts.get(part).copied().unwrap_or(visit.discharged);
        let deductible =
            if part == 0 && visit.insured { deductible(person, visit, level).min(amounts.in_scope) } else { 0 };
        let payable = if visit.insured { (amounts.in_scope - deductible).max(0) } else { 0 };
        let share = payable * fund_percent(person, visit, level) / 100;
        // Above 100 000 yuan a year's pooled fund is exhausted; here a settlement stands for it.
        let pooled = share.min(10_000_000);
        let left = amounts.gross - share;
        let account = if person.employee && visit.insured { left.clamp(0, 200_000) * 3 / 10 } else { 0 };
        let account = if visit.med_type == "41" && person.employee { left.max(0) } else { account };
        made.push(Settlement {
            sequence: made.len() as u64 + 1,
            reverses: None,
            part,
            interim: part + 1 < parts.len(),
            first_day: begin.div_euclid(DAY_MINUTES),
            last_day: end.div_euclid(DAY_MINUTES),
            minute: end + 30,
            amounts: *amounts,
            deductible,
            pooled,
            supplement: share - pooled,
            account,
        });
    }
    if visit.reversed
        && let Some(last) = made.last().cloned()
    {
        made.push(last.reversal(last.sequence + 1));
        made.push(Settlement { sequence: last.sequence + 2, minute: last.minute + 40, ..last });
    }
    made
}

/// The sequence of the settlement under which the lines of a part are settled in the end.
pub(super) fn final_sequence(settlements: &[Settlement], part: usize) -> Option<u64> {
    settlements.iter().rfind(|made| made.part == part && made.reverses.is_none()).map(|made| made.sequence)
}

/// What a stay costs before the fund pays, in fen.
fn deductible(person: &Person, visit: &Visit, level: Level) -> i64 {
    match (visit.is_stay(), level) {
        (false, _) => 0,
        (true, Level::Tertiary) => 80_000,
        (true, Level::Secondary) => 50_000,
        (true, Level::Primary | Level::Pharmacy) => {
            if person.employee {
                20_000
            } else {
                15_000
            }
        }
    }
}

/// The fund's share of what is payable, in per cent.
fn fund_percent(person: &Person, visit: &Visit, level: Level) -> i64 {
    let base = match (visit.med_type, visit.is_stay(), person.employee, level) {
        ("41", ..) => 0,
        (_, true, true, Level::Tertiary) => 85,
        (_, true, true, Level::Secondary) => 88,
        (_, true, true, Level::Primary | Level::Pharmacy) => 92,
        (_, true, false, Level::Tertiary) => 60,
        (_, true, false, Level::Secondary) => 70,
        (_, true, false, Level::Primary | Level::Pharmacy) => 85,
        ("14" | "9929", _, employee, _) => {
            if employee {
                80
            } else {
                65
            }
        }
        (_, false, employee, _) => {
            if employee {
                60
            } else {
                50
            }
        }
    };
    base + if person.retired && base > 0 { 3 } else { 0 }
}
