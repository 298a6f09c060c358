//! Planted cases: violations that a rule should find, and look-alikes on which it should stay silent.
//!
//! Each scenario serves one rule and is written down as a small story on one person or a few. The persons of planted
//! cases have ordinary outpatient lives around them, but no other stays and no noise, so that their truth holds.

use super::SynthError;
use super::calendar::DAY_MINUTES;
use super::care::{Care, ONE};
use super::claims::{Operation, Visit};
use super::life::{Period, cut_off};
use super::people::Who;

/// Own codes and names that hospitals give to planted items.
pub(super) const SPECIAL_ITEMS: [(&str, &str); 17] = [
    ("ZD0001", "足底按摩"),
    ("ZD0002", "美容点痣"),
    ("ZD0003", "减肥指导套餐"),
    ("ZD0004", "产后塑形"),
    ("ZD0005", "汗蒸"),
    ("ZD0006", "陪护餐"),
    ("ZD0011", "注射用头孢呋辛钠（达力新）0.75g×10瓶 国产"),
    ("ZD0012", "太极养生课"),
    ("ZD0021", "综合理疗A"),
    ("ZD0022", "综合理疗B"),
    ("ZD0031", "静脉输液"),
    ("ZD0032", "翻身拍背"),
    ("ZD0033", "床边血糖仪检测"),
    ("ZD0034", "防褥疮气垫"),
    ("ZD0035", "静脉输液（头皮针）"),
    ("ZD0041", "CT平扫(胸部)"),
    ("ZD0042", "CT平扫(上腹部)"),
];

/// What a scenario should lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// The rule should point at a record of the case.
    Hit,
    /// The rule should point at none.
    Silent,
}

type Story = fn(&mut Plot<'_, '_>) -> Result<(), SynthError>;

/// A planted case in general.
pub(super) struct Scenario {
    pub(super) rule: &'static str,
    /// What it is about; for a look-alike what makes it legitimate.
    pub(super) note: &'static str,
    pub(super) expected: Expected,
    pub(super) who: Who,
    /// Persons in one case.
    pub(super) members: u32,
    /// Only once in an area, however often the others are planted.
    pub(super) once: bool,
    /// Needs several institutions, pharmacies or records that a hospital's own export does not have.
    pub(super) area_only: bool,
    story: Story,
}

const fn hit(rule: &'static str, note: &'static str, story: Story) -> Scenario {
    Scenario { rule, note, expected: Expected::Hit, who: Who::Adult, members: 1, once: false, area_only: false, story }
}

const fn silent(rule: &'static str, note: &'static str, story: Story) -> Scenario {
    Scenario { expected: Expected::Silent, ..hit(rule, note, story) }
}

impl Scenario {
    const fn across_area(self) -> Self {
        Self { area_only: true, ..self }
    }

    const fn of(self, members: u32) -> Self {
        Self { members, ..self }
    }

    const fn once(self) -> Self {
        Self { once: true, ..self }
    }

    const fn who(self, who: Who) -> Self {
        Self { who, ..self }
    }
}

/// All scenarios, by rule.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("split-stay", "back after two days with another disease", |p| {
        p.two_stays("diabetes-ward", "copd", 7, 2).map(|second| p.mark(second))
    }),
    hit("split-stay", "back after ten days with the same disease", |p| {
        p.two_stays("copd", "copd", 9, 10).map(|second| p.mark(second))
    }),
    silent("split-stay", "chemotherapy cycles", |p| {
        p.two_stays("chemotherapy", "chemotherapy", 3, 11).map(|second| p.mark(second))
    }),
    silent("split-stay", "rehabilitation cycles", |p| {
        p.two_stays("rehabilitation", "rehabilitation", 12, 3).map(|second| p.mark(second))
    }),
    silent("split-stay", "transferred out and back", |p| {
        let second = p.two_stays("stroke", "stroke", 4, 2)?;
        p.visits[second - 1].discharge_way = "2";
        p.visits[second].referred_from = p.visits[second - 1].id.clone();
        p.mark(second);
        Ok(())
    })
    .across_area(),
    silent("split-stay", "day surgery of the other eye", |p| {
        p.two_stays("cataract", "cataract", 1, 7).map(|second| p.mark(second))
    }),
    silent("split-stay", "false labour; then the delivery", |p| {
        p.two_stays("threatened-labour", "delivery", 2, 3).map(|second| p.mark(second))
    })
    .who(Who::YoungWoman),
    silent("split-stay", "interim settlement of one stay", |p| {
        let stay = p.stay(0, "fracture", 0, 16)?;
        p.visits[stay].cuts.push((p.start + 9) * DAY_MINUTES);
        p.mark(stay);
        Ok(())
    }),
    silent("split-stay", "interim settlement under a new visit number", |p| {
        let second = p.two_stays("stroke", "stroke", 8, 0)?;
        let number = p.visits[second - 1].admission_number.clone();
        p.visits[second - 1].discharge_way = "9";
        p.leave_before(second - 1, second);
        p.visits[second].admission_number = number;
        p.mark(second);
        Ok(())
    })
    .across_area(),
    silent("split-stay", "same disease; one day past the window", |p| {
        p.two_stays("copd", "copd", 8, 16).map(|second| p.mark(second))
    }),
    silent("split-stay", "still in hospital at extraction", |p| {
        p.start = p.period.end() - 14;
        let second = p.two_stays("copd", "copd", 8, 2)?;
        cut_off(&mut p.visits[second], p.period);
        p.mark(second);
        Ok(())
    })
    .across_area(),
    silent("split-stay", "masked person: nobody knows whether both stays are one's", |p| {
        p.care.person.mask();
        p.two_stays("copd", "copd", 8, 2).map(|second| p.mark(second))
    })
    .across_area(),
    hit("chained-stays", "four stays for one stroke; six days apart", |p| p.chain("stroke", 4, 6, 6)),
    silent("chained-stays", "chemotherapy cycles", |p| p.chain("chemotherapy", 4, 3, 12)),
    silent("chained-stays", "rehabilitation cycles", |p| p.chain("rehabilitation", 3, 12, 4)),
    silent("chained-stays", "relapses five weeks apart", |p| p.chain("heart-failure", 3, 6, 35)),
    hit("overlapping-stays", "in two hospitals over the same nights", |p| {
        p.stay(0, "diabetes-ward", 0, 9)?;
        let other = p.stay(1, "lumbar-disc", 4, 9)?;
        p.mark(other - 1);
        p.mark(other);
        Ok(())
    }),
    silent("overlapping-stays", "moved to another hospital on the day of discharge", |p| {
        p.stay(0, "stroke", 0, 6)?;
        let other = p.stay(1, "rehabilitation", 6, 12)?;
        p.visits[other - 1].discharge_way = "2";
        p.leave_before(other - 1, other);
        p.mark(other - 1);
        p.mark(other);
        Ok(())
    })
    .across_area(),
    silent("overlapping-stays", "discharged and admitted elsewhere on one day", |p| {
        p.stay(0, "diabetes-ward", 0, 6)?;
        let other = p.stay(1, "pneumonia", 6, 7)?;
        p.leave_before(other - 1, other);
        p.mark(other - 1);
        p.mark(other);
        Ok(())
    })
    .across_area(),
    hit("visit-during-stay", "outpatient contact in the middle of a stay", |p| {
        p.stay(0, "pneumonia", 0, 9)?;
        p.contact(1, "lumbago", 4).map(|contact| p.mark(contact))
    }),
    hit("visit-during-stay", "chronic-disease drugs bought in the middle of a stay; paid by the fund", |p| {
        p.stay(0, "stroke", 0, 10)?;
        let purchase = p.purchase("hypertension", 5)?;
        p.visits[purchase].med_type = "9929";
        p.mark(purchase);
        Ok(())
    })
    .across_area(),
    silent("visit-during-stay", "outpatient contact on the day of admission", |p| {
        p.stay(0, "pneumonia", 0, 8)?;
        p.contact(0, "cold", 0).map(|contact| p.mark(contact))
    }),
    silent("visit-during-stay", "outpatient contact on the day of discharge", |p| {
        p.stay(0, "pneumonia", 0, 8)?;
        p.contact(0, "cold", 8).map(|contact| p.mark(contact))
    }),
    silent("visit-during-stay", "bought by the family from the personal account", |p| {
        p.care.person.employee = true;
        p.stay(0, "pneumonia", 0, 8)?;
        p.purchase("cold", 3).map(|purchase| p.mark(purchase))
    })
    .across_area(),
    silent("visit-during-stay", "dialysis elsewhere during a stay", |p| {
        p.stay(0, "stroke", 0, 12)?;
        p.contact(1, "renal-failure", 5).map(|contact| p.mark(contact))
    }),
    hit("idle-stay-days", "four days in a row with bed; nursing and rounds only", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 12)?;
        p.idle(stay, &[5, 6, 7, 8]);
        p.mark_idle(stay, 5);
        Ok(())
    }),
    hit("idle-stay-days", "more than half of the stay idle; never three days in a row", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 9)?;
        p.idle(stay, &[1, 2, 4, 5, 7, 8]);
        p.mark_idle(stay, 4);
        Ok(())
    }),
    silent("idle-stay-days", "a weekend without treatment", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 12)?;
        p.idle(stay, &[5, 6]);
        p.mark_idle(stay, 5);
        Ok(())
    }),
    silent("idle-stay-days", "all fees booked on the day of discharge", |p| {
        let stay = p.stay(0, "copd", 0, 9)?;
        let visit = &mut p.visits[stay];
        let last_day = visit.last_day() * DAY_MINUTES;
        for line in &mut visit.lines {
            line.minute = last_day + line.minute.rem_euclid(DAY_MINUTES).min(14 * 60);
        }
        p.mark_line(stay, 0);
        Ok(())
    }),
    silent("idle-stay-days", "days of rest within a rehabilitation cycle", |p| {
        let stay = p.stay(0, "rehabilitation", 0, 13)?;
        p.idle(stay, &[4, 5, 6]);
        p.mark_idle(stay, 5);
        Ok(())
    }),
    hit("duplicate-line", "a laboratory test billed twice at one moment", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 7)?;
        p.copies(stay, "troponin", 2, 2)
    }),
    hit("duplicate-line", "an examination billed three times at one moment", |p| {
        let stay = p.stay(0, "copd", 0, 8)?;
        p.copies(stay, "echocardiography", 3, 3)
    }),
    silent("duplicate-line", "a drug given twice a day under one order", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 8)?;
        let order = p.visits[stay].new_order();
        for (day, hour) in [(1, 8), (1, 16), (2, 8), (2, 16)] {
            let line = p.charge_under(stay, "cefuroxime", day, hour * 60, ONE, order)?;
            p.mark_line(stay, line);
        }
        Ok(())
    }),
    silent("duplicate-line", "one examination of two parts of the body", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 7)?;
        let order = p.visits[stay].new_order();
        for special in ["CT平扫(胸部)", "CT平扫(上腹部)"] {
            let line = p.charge_under(stay, "ct-plain", 1, 10 * 60, ONE, order)?;
            p.rename(stay, line, special);
            p.mark_line(stay, line);
        }
        Ok(())
    }),
    silent("duplicate-line", "the second copy was refunded", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 7)?;
        p.copies(stay, "troponin", 2, 2)?;
        let second = p.visits[stay].lines.len() - 1;
        p.visits[stay].refund(second, 60);
        Ok(())
    })
    .across_area(),
    silent("duplicate-line", "one row exported twice", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 7)?;
        let line = p.charge(stay, "troponin", 2, 9 * 60, ONE)?;
        p.visits[stay].lines[line].twice = true;
        p.mark_line(stay, line);
        Ok(())
    })
    .across_area(),
    hit("included-item", "routine nursing beside intensive care that includes it", |p| {
        let stay = p.stay(0, "copd", 0, 9)?;
        p.charge(stay, "icu-care", 2, 8 * 60, 12 * ONE)?;
        let line = p.charge(stay, "nursing-catheter", 2, 8 * 60 + 5, 2 * ONE)?;
        p.mark_line(stay, line);
        Ok(())
    }),
    hit("included-item", "glucose billed beside the tolerance test", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 8)?;
        p.charge(stay, "glucose-tolerance", 3, 8 * 60, ONE)?;
        let line = p.charge(stay, "glucose", 3, 8 * 60 + 1, 3 * ONE)?;
        p.mark_line(stay, line);
        Ok(())
    }),
    silent("included-item", "glucose on another day than the tolerance test", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 8)?;
        p.charge(stay, "glucose-tolerance", 3, 8 * 60, ONE)?;
        let line = p.charge(stay, "glucose", 5, 8 * 60, ONE)?;
        p.mark_line(stay, line);
        Ok(())
    }),
    hit("price-over-cap", "above the ceiling stated on the line", |p| {
        let stay = p.stay(0, "copd", 0, 8)?;
        let line = p.charge(stay, "ct-contrast", 2, 10 * 60, ONE)?;
        p.price(stay, line, 130, true)
    }),
    hit("price-over-cap", "above the ceiling on the list of ceiling prices", |p| {
        let stay = p.stay(0, "copd", 0, 8)?;
        let line = p.charge(stay, "echocardiography", 2, 10 * 60, ONE)?;
        p.price(stay, line, 125, false)
    })
    .across_area(),
    silent("price-over-cap", "exactly at the ceiling", |p| {
        let stay = p.stay(0, "copd", 0, 8)?;
        let line = p.charge(stay, "ct-contrast", 2, 10 * 60, ONE)?;
        p.price(stay, line, 100, true)
    }),
    silent("price-over-cap", "a cent above the ceiling from rounding", |p| {
        let stay = p.stay(0, "copd", 0, 8)?;
        let line = p.charge(stay, "ct-contrast", 2, 10 * 60, ONE)?;
        p.price(stay, line, 100, true)?;
        p.visits[stay].lines[line].price_fen += 1;
        Ok(())
    }),
    hit("days-over-stay", "five bed days more than the stay has", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        let line = p.charge(stay, "bed-triple", 7, 12 * 60, 6 * ONE)?;
        p.mark_line(stay, line);
        p.mark(stay);
        Ok(())
    }),
    silent("days-over-stay", "the day of discharge counted as a day", |p| {
        let stay = p.stay(0, "pneumonia", 0, 8)?;
        let line = p.charge(stay, "bed-triple", 8, 8 * 60, ONE)?;
        p.mark_line(stay, line);
        p.mark(stay);
        Ok(())
    }),
    silent("days-over-stay", "two days in the monitored ward instead of the general one", |p| {
        let stay = p.stay(0, "copd", 0, 9)?;
        let icu = p.care.area.catalogue.item("bed-icu")?;
        let beds = [p.care.area.catalogue.item("bed-triple")?, p.care.area.catalogue.item("bed-double")?];
        let visit = &mut p.visits[stay];
        let price = p.care.area.institutions[visit.institution].prices_fen[icu];
        let first_day = visit.first_day();
        for line in &mut visit.lines {
            if beds.contains(&line.item) && line.minute < (first_day + 2) * DAY_MINUTES {
                line.item = icu;
                line.price_fen = price;
            }
        }
        p.mark(stay);
        Ok(())
    }),
    hit("hours-over-day", "thirty hours of oxygen on one day", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 8)?;
        let line = p.charge(stay, "oxygen", 3, 8 * 60, 30 * ONE)?;
        p.mark_line(stay, line);
        Ok(())
    }),
    silent("hours-over-day", "twenty-four hours of monitoring on one day", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 8)?;
        let line = p.charge(stay, "ecg-monitor", 3, 0, 24 * ONE)?;
        p.mark_line(stay, line);
        Ok(())
    }),
    silent("hours-over-day", "four days of oxygen booked together on the day of discharge", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 8)?;
        let line = p.charge(stay, "oxygen", 8, 9 * 60, 96 * ONE)?;
        p.mark_line(stay, line);
        Ok(())
    }),
    hit("second-operation-full-price", "two operations through one incision; both at the full price", |p| {
        let (stay, line) = p.second_operation("op-bile-duct", 0)?;
        p.mark_line(stay, line);
        let first = p.line_of(stay, "op-gallbladder")?;
        p.mark_line(stay, first);
        Ok(())
    }),
    silent("second-operation-full-price", "the second operation at half price", |p| {
        let (stay, line) = p.second_operation("op-bile-duct", 0)?;
        p.visits[stay].lines[line].price_fen /= 2;
        p.mark_line(stay, line);
        Ok(())
    }),
    silent("second-operation-full-price", "operated again three days later", |p| {
        let (stay, line) = p.second_operation("op-bile-duct", 3)?;
        p.mark_line(stay, line);
        Ok(())
    }),
    silent("second-operation-full-price", "operations of two groups", |p| {
        let (stay, line) = p.second_operation("op-haemorrhoid", 0)?;
        p.mark_line(stay, line);
        Ok(())
    }),
    hit("name-mismatch", "something else billed as a treatment", |p| {
        const BILLED: [&str; 6] = [
            "rehab-exercise",
            "electroacupuncture",
            "physio-medium-frequency",
            "moxibustion",
            "tcm-plaster",
            "massage",
        ];
        let name = SPECIAL_ITEMS[p.number % 6].1;
        // Each case has a pair of its own: a pair that many institutions use is the area's habit.
        let billed = BILLED[(p.number / 6 + p.number) % 6];
        let institution = p.ward(0);
        p.courses(institution, billed, 5, Some(name), true)
    })
    .of(3),
    silent("name-mismatch", "brand; strength and pack in the hospital's name", |p| {
        let institution = p.ward(0);
        p.courses(institution, "cefuroxime", 5, Some("注射用头孢呋辛钠（达力新）0.75g×10瓶 国产"), true)
    })
    .of(3),
    silent("name-mismatch", "an odd name that all institutions of the area use", |p| {
        let institution = p.ward(p.member);
        p.courses(institution, "rehab-exercise", 11, Some("太极养生课"), true)
    })
    .of(5)
    .once()
    .across_area(),
    hit("remapped-item", "one hospital item billed now as one thing; now as a dearer one", |p| {
        let institution = p.ward(0);
        p.courses(institution, "acupuncture", 6, Some("综合理疗A"), false)?;
        p.courses(institution, "massage", 6, Some("综合理疗A"), true)
    })
    .of(3),
    silent("remapped-item", "the catalogue changed: one code ends; the other begins", |p| {
        let institution = p.ward(0);
        p.courses(institution, "acupuncture", 6, Some("综合理疗B"), true)?;
        p.start += 8 * 6;
        p.courses(institution, "massage", 6, Some("综合理疗B"), true)
    })
    .of(3),
    hit("known-swap", "an ordinary infusion billed as a scalp infusion", |p| p.swapped("infusion-scalp", "静脉输液")),
    hit("known-swap", "turning and patting billed as mechanical clearance", |p| {
        p.swapped("sputum-machine", "翻身拍背")
    }),
    hit("known-swap", "a bedside glucose meter billed as a laboratory test", |p| {
        p.swapped("glucose-enzyme", "床边血糖仪检测")
    }),
    hit("known-swap", "an air mattress billed as a suspended bed", |p| p.swapped("bed-suspended", "防褥疮气垫")),
    silent("known-swap", "a longer name that contains a known one", |p| {
        p.swapped("infusion-scalp", "静脉输液（头皮针）")
    }),
    hit("volume-shift", "dialysis patients moved to the dearer filtration half-way", |p| {
        let institution = p.shift_institution();
        p.dialysis(institution, true)
    })
    .of(3)
    .once()
    .across_area(),
    silent("volume-shift", "dialysis goes on as before elsewhere", |p| {
        let institution = p.ward(p.member + 1);
        p.dialysis(institution, false)
    })
    .of(4)
    .once()
    .across_area(),
];

/// Scenarios of an area or of one hospital's export.
pub(super) fn scenarios(one_hospital: bool, violations: bool) -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().filter(move |scenario| {
        !(one_hospital && scenario.area_only) && (violations || scenario.expected == Expected::Silent)
    })
}

/// A record that belongs to a planted case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) visit: usize,
    /// A line of the visit; without one the visit itself.
    pub(super) line: Option<usize>,
}

/// One person's part of a planted case while it is being told.
pub(super) struct Plot<'a, 'b> {
    pub(super) care: &'b mut Care<'a>,
    pub(super) period: Period,
    /// Which case of its scenario this is, from 0.
    pub(super) number: usize,
    /// Which person of the case, from 0.
    pub(super) member: usize,
    /// The day on which it begins.
    pub(super) start: i64,
    pub(super) visits: Vec<Visit>,
    pub(super) marks: Vec<Mark>,
}

impl Plot<'_, '_> {
    /// Tells a scenario's story.
    pub(super) fn tell(&mut self, scenario: &Scenario) -> Result<(), SynthError> {
        (scenario.story)(self)
    }

    /// First and last day of the visits made so far.
    pub(super) fn span(&self) -> (i64, i64) {
        let first = self.visits.iter().map(Visit::first_day).min().unwrap_or(self.start);
        let last = self.visits.iter().map(Visit::last_day).max().unwrap_or(self.start);
        (first, last)
    }

    /// The `place`-th hospital of the case; in one hospital's export always that one.
    fn ward(&self, place: usize) -> usize {
        let area = self.care.area;
        let hospitals = area.tertiary.len() + area.secondary.len();
        area.wards().nth((self.number + place) % hospitals.max(1)).unwrap_or(0)
    }

    /// Hospital whose dialysis moves to filtration.
    fn shift_institution(&self) -> usize {
        self.care.area.wards().next().unwrap_or(0)
    }

    fn stay(&mut self, place: usize, disease: &'static str, after: i64, days: i64) -> Result<usize, SynthError> {
        let disease = self.care.area.catalogue.disease(disease)?;
        let institution = self.ward(place);
        let mut visit = self.care.stay(institution, disease, self.start + after, days);
        visit.discharge_way = "1";
        self.visits.push(visit);
        Ok(self.visits.len() - 1)
    }

    fn contact(&mut self, place: usize, disease: &'static str, after: i64) -> Result<usize, SynthError> {
        let disease = self.care.area.catalogue.disease(disease)?;
        let institution = self.ward(place);
        let visit = self.care.outpatient(institution, disease, self.start + after);
        self.visits.push(visit);
        Ok(self.visits.len() - 1)
    }

    fn purchase(&mut self, disease: &'static str, after: i64) -> Result<usize, SynthError> {
        let area = self.care.area;
        let disease = area.catalogue.disease(disease)?;
        let pharmacy = area.pharmacies.get(self.number % area.pharmacies.len().max(1)).copied().unwrap_or(0);
        let visit = self.care.purchase(pharmacy, disease, self.start + after);
        self.visits.push(visit);
        Ok(self.visits.len() - 1)
    }

    /// Two stays at one hospital; the second begins `gap` days after the first ended.
    fn two_stays(
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

    /// Stays at one hospital, each `gap` days after the one before; all but the first are marked.
    fn chain(&mut self, disease: &'static str, stays: i64, days: i64, gap: i64) -> Result<(), SynthError> {
        for place in 0..stays {
            let stay = self.stay(0, disease, place * (days + gap), days)?;
            if place > 0 {
                self.mark(stay);
            }
        }
        Ok(())
    }

    /// Ends a stay at the moment the next one begins.
    fn leave_before(&mut self, stay: usize, next: usize) {
        let end = self.visits[next].admitted;
        let visit = &mut self.visits[stay];
        visit.discharged = end;
        for line in &mut visit.lines {
            line.minute = line.minute.min(end);
        }
    }

    fn mark(&mut self, visit: usize) {
        self.marks.push(Mark { visit, line: None });
    }

    fn mark_line(&mut self, visit: usize, line: usize) {
        self.marks.push(Mark { visit, line: Some(line) });
    }

    /// Takes all treatment off some days of a stay, counted from the admission, and drugs for several days off all.
    fn idle(&mut self, stay: usize, days: &[i64]) {
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
    fn mark_idle(&mut self, stay: usize, day: i64) {
        let visit = &self.visits[stay];
        let wanted = visit.first_day() + day;
        let lines: Vec<usize> =
            (0..visit.lines.len()).filter(|line| visit.lines[*line].minute.div_euclid(DAY_MINUTES) == wanted).collect();
        for line in lines {
            self.mark_line(stay, line);
        }
    }

    fn charge(
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
    fn charge_under(
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
    fn copies(&mut self, visit: usize, item: &'static str, day: i64, copies: usize) -> Result<(), SynthError> {
        let order = self.visits[visit].new_order();
        for _ in 0..copies {
            let line = self.charge_under(visit, item, day, 9 * 60, ONE, order)?;
            self.mark_line(visit, line);
        }
        Ok(())
    }

    /// Gives a line the hospital's own name.
    fn rename(&mut self, visit: usize, line: usize, name: &str) {
        self.visits[visit].lines[line].special = SPECIAL_ITEMS.iter().position(|(_, known)| *known == name);
    }

    /// Sets a line's price to a percentage of its ceiling and marks it.
    fn price(&mut self, visit: usize, line: usize, percent: i64, stated: bool) -> Result<(), SynthError> {
        let area = self.care.area;
        let place = &mut self.visits[visit];
        let level = area.institutions[place.institution].level;
        let billed = &mut place.lines[line];
        billed.price_fen = area.ceiling_fen(billed.item, level) * percent / 100;
        billed.states_ceiling = stated;
        self.mark_line(visit, line);
        Ok(())
    }

    fn line_of(&self, visit: usize, item: &'static str) -> Result<usize, SynthError> {
        let item = self.care.area.catalogue.item(item)?;
        let lines = &self.visits[visit].lines;
        lines.iter().position(|line| line.item == item).ok_or(SynthError::Unknown { what: "line", id: "operation" })
    }

    /// A gallbladder removed and another operation `days_later`; returns the stay and the second operation's line.
    fn second_operation(&mut self, second: &'static str, days_later: i64) -> Result<(usize, usize), SynthError> {
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
    fn courses(
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
    fn swapped(&mut self, item: &'static str, name: &str) -> Result<(), SynthError> {
        let stay = self.stay(0, "diabetes-ward", 0, 8)?;
        for day in 1..=4 {
            let line = self.charge(stay, item, day, 10 * 60, ONE)?;
            self.rename(stay, line, name);
            self.mark_line(stay, line);
        }
        Ok(())
    }

    /// Dialysis through the whole period; where the area moves it to filtration, the moved lines are marked.
    fn dialysis(&mut self, institution: usize, moved: bool) -> Result<(), SynthError> {
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
}
