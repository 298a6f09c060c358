//! Family A: the tables of the bureau's platform.
//!
//! A realistic part of the columns of each table, with the platform's names and codes, and with what its exports are
//! known for: levels that are `2` in one table and `02` in another, columns that are hardly ever filled, null words.

use super::area::{Area, CITY_CODE, DEPARTMENTS, DOCTORS, Institution, Level, department};
use super::care::ONE;
use super::catalogue::{Item, Setting};
use super::claims::{Line, Settlement, Trace, Visit, final_sequence};
use super::life::Period;
use super::people::{Person, full_years, mask};
use super::plants::SPECIAL_ITEMS;
use super::random::{Dice, spread};
use super::sheet::Kind::{CompactDay, Day, Int, Minute, Money, Price, Quantity, Text};
use super::sheet::{Sheet, Table};
use crate::calendar::DAY_MINUTES;

/// The tables that are written person by person, in the order of `write`.
pub(super) static TABLES: [Table; 7] = [
    Table {
        name: "mdtrt_d",
        columns: &[
            ("mdtrt_id", Text),
            ("psn_no", Text),
            ("psn_cert_type", Text),
            ("certno", Text),
            ("psn_name", Text),
            ("gend", Text),
            ("brdy", Day),
            ("age", Int),
            ("tel", Text),
            ("addr", Text),
            ("insutype", Text),
            ("psn_type", Text),
            ("insu_admdvs", Text),
            ("fixmedins_code", Text),
            ("fixmedins_name", Text),
            ("hosp_lv", Text),
            ("fix_blng_admdvs", Text),
            ("begntime", Minute),
            ("endtime", Minute),
            ("med_type", Text),
            ("ipt_otp_no", Text),
            ("medrcdno", Text),
            ("chfpdr_code", Text),
            ("chfpdr_name", Text),
            ("adm_dept_codg", Text),
            ("adm_dept_name", Text),
            ("adm_bed", Text),
            ("dscg_maindiag_code", Text),
            ("dscg_maindiag_name", Text),
            ("dscg_dept_codg", Text),
            ("dscg_dept_name", Text),
            ("dscg_way", Text),
            ("dise_no", Text),
            ("dise_name", Text),
            ("otp_diag_info", Text),
            ("inhosp_stas", Text),
            ("ipt_days", Int),
            ("refl_old_mdtrt_id", Text),
            ("vali_flag", Text),
        ],
    },
    Table {
        name: "setl_d",
        columns: &[
            ("setl_id", Text),
            ("init_setl_id", Text),
            ("mdtrt_id", Text),
            ("psn_no", Text),
            ("psn_name", Text),
            ("certno", Text),
            ("gend", Text),
            ("brdy", Day),
            ("age", Int),
            ("insutype", Text),
            ("psn_type", Text),
            ("insu_admdvs", Text),
            ("fixmedins_code", Text),
            ("fixmedins_name", Text),
            ("hosp_lv", Int),
            ("fix_blng_admdvs", Text),
            ("begndate", Day),
            ("enddate", Day),
            ("setl_time", Minute),
            ("med_type", Text),
            ("setl_type", Text),
            ("medfee_sumamt", Money),
            ("fulamt_ownpay_amt", Money),
            ("overlmt_selfpay", Money),
            ("preselfpay_amt", Money),
            ("inscp_amt", Money),
            ("act_pay_dedc", Money),
            ("hifp_pay", Money),
            ("cvlserv_pay", Money),
            ("hifes_pay", Money),
            ("hifmi_pay", Money),
            ("hifob_pay", Money),
            ("maf_pay", Money),
            ("othfund_pay", Money),
            ("fund_pay_sumamt", Money),
            ("psn_pay", Money),
            ("acct_pay", Money),
            ("cash_payamt", Money),
            ("refd_setl_flag", Text),
            ("mid_setl_flag", Text),
            ("dise_no", Text),
            ("dise_name", Text),
            ("vali_flag", Text),
        ],
    },
    Table {
        name: "fee_list_d",
        columns: &[
            ("bkkp_sn", Text),
            ("mdtrt_id", Text),
            ("setl_id", Text),
            ("psn_no", Text),
            ("fixmedins_code", Text),
            ("fixmedins_name", Text),
            ("fee_ocur_time", Minute),
            ("rx_drord_no", Text),
            ("cnt", Quantity),
            ("pric", Price),
            ("det_item_fee_sumamt", Money),
            ("pric_uplmt_amt", Price),
            ("selfpay_prop", Quantity),
            ("fulamt_ownpay_amt", Money),
            ("overlmt_selfpay", Money),
            ("preselfpay_amt", Money),
            ("inscp_amt", Money),
            ("chrgitm_lv", Text),
            ("hilist_code", Text),
            ("hilist_name", Text),
            ("list_type", Text),
            ("med_list_codg", Text),
            ("medins_list_codg", Text),
            ("medins_list_name", Text),
            ("med_chrgitm_type", Text),
            ("spec", Text),
            ("dosform_name", Text),
            ("bilg_dept_codg", Text),
            ("bilg_dept_name", Text),
            ("bilg_dr_code", Text),
            ("bilg_dr_name", Text),
            ("acord_dept_codg", Text),
            ("acord_dept_name", Text),
            ("dscg_tkdrug_flag", Text),
            ("etip_flag", Text),
            ("sin_dos_dscr", Text),
            ("used_frqu_dscr", Text),
            ("prd_days", Int),
            ("init_feedetl_sn", Text),
            ("vali_flag", Text),
        ],
    },
    Table {
        name: "setl_list_diag_d",
        columns: &[
            ("setl_id", Text),
            ("mdtrt_id", Text),
            ("psn_no", Text),
            ("maindiag_flag", Text),
            ("inout_diag_type", Text),
            ("diag_srt_no", Int),
            ("diag_code", Text),
            ("diag_name", Text),
        ],
    },
    Table {
        name: "setl_list_oprn_d",
        columns: &[
            ("setl_id", Text),
            ("mdtrt_id", Text),
            ("psn_no", Text),
            ("main_oprn_flag", Text),
            ("oprn_oprt_code", Text),
            ("oprn_oprt_name", Text),
            ("oprn_oprt_date", Minute),
            ("oprn_oprt_begntime", Minute),
            ("oprn_oprt_endtime", Minute),
            ("anst_way", Text),
            ("anst_begntime", Minute),
            ("anst_endtime", Minute),
            ("oper_dr_code", Text),
            ("oper_dr_name", Text),
            ("anst_dr_code", Text),
            ("anst_dr_name", Text),
        ],
    },
    Table {
        name: "psn_info_b",
        columns: &[
            ("psn_no", Text),
            ("certno", Text),
            ("psn_name", Text),
            ("gend", Text),
            ("brdy", CompactDay),
            ("tel", Text),
            ("surv_stas", Text),
            ("surv_stas_ocur_date", CompactDay),
        ],
    },
    Table {
        name: "drug_trac_d",
        columns: &[
            ("drug_trac_codg", Text),
            ("bkkp_sn", Text),
            ("mdtrt_id", Text),
            ("setl_id", Text),
            ("psn_no", Text),
            ("fixmedins_code", Text),
            ("med_list_codg", Text),
            ("fixmedins_bchno", Text),
            ("manu_lotnum", Text),
            ("trdn_flag", Text),
            ("sel_retn_cnt", Quantity),
            ("sel_retn_time", Minute),
            ("sel_retn_type", Text),
            ("mdtrt_setl_type", Text),
            ("rx_flag", Text),
            ("rtal_docno", Text),
        ],
    },
];

/// Which of `TABLES` holds the fee lines.
pub(super) const FEE_TABLE: usize = 2;

/// The institutions.
pub(super) static INSTITUTIONS: Table = Table {
    name: "fixmedins_b",
    columns: &[
        ("fixmedins_code", Text),
        ("fixmedins_name", Text),
        ("uscc", Text),
        ("fix_blng_admdvs", Text),
        ("fixmedins_type", Text),
        ("hosp_lv", Text),
        ("lmtpric_hosp_lv", Text),
        ("aprv_bed_cnt", Int),
        ("begntime", Day),
    ],
};

/// The ceiling prices.
pub(super) static CEILINGS: Table = Table {
    name: "hilist_lmtpric_d",
    columns: &[
        ("hilist_code", Text),
        ("hilist_lmtpric_type", Text),
        ("insu_admdvs", Text),
        ("lmtpric_hosp_lv", Text),
        ("begndate", Day),
        ("enddate", Day),
        ("hilist_pric_uplmt_amt", Price),
    ],
};

/// Traceability codes are an 8 and nineteen digits.
const CODE_NUMBERS: u64 = 10_000_000_000_000_000_000;

/// Words that bureaus write for "nothing".
const NULL_WORDS: [&str; 4] = ["", "NULL", "null", "\\N"];

/// Writes the institutions.
pub(super) fn institutions(area: &Area, sheet: &mut Sheet, period: Period) {
    for place in &area.institutions {
        sheet
            .text(&place.code)
            .text(&place.name)
            .text(&place.credit_code)
            .text(&place.division)
            .text(if place.level == Level::Pharmacy { "2" } else { "1" })
            .text(place.level.code())
            .text(place.level.code())
            .optional((place.beds > 0).then_some(place.beds))
            .number(period.first_day - 2000)
            .end_row();
    }
}

/// Writes the ceiling prices: one per level for services, one for all levels for the rest, and some that have ended.
pub(super) fn ceilings(area: &Area, sheet: &mut Sheet, period: Period) {
    for (place, item) in area.catalogue.items.iter().enumerate() {
        let levels: &[Option<Level>] = if item.list == "201" {
            &[Some(Level::Tertiary), Some(Level::Secondary), Some(Level::Primary)]
        } else {
            &[None]
        };
        for level in levels {
            let ceiling = area.ceiling_fen(place, level.unwrap_or(Level::Tertiary)) * 10_000;
            let mut row = |first_day: i64, last_day: Option<i64>, ceiling: i64| {
                sheet
                    .text(item.code)
                    .text("01")
                    .number((CITY_CODE).cast_signed())
                    .text(level.map_or("", Level::code))
                    .number(first_day)
                    .optional(last_day)
                    .number(ceiling)
                    .end_row();
            };
            if place % 9 == 4 {
                // Lower before; it is no longer in force.
                row(period.first_day - 1500, Some(period.first_day - 400), ceiling * 7 / 10);
            }
            row(period.first_day - 399, None, ceiling);
        }
    }
}

/// Writes a person and the person's visits.
pub(super) fn write(
    area: &Area,
    person: &Person,
    visits: &[Visit],
    settlements: &[Vec<Settlement>],
    dice: &mut Dice,
    sheets: &mut [Sheet],
) {
    let [mdtrt, setl, fee, diag, oprn, psn, trac] = sheets else { return };
    if !person.masked {
        register(person, dice, psn);
    }
    for (visit, made) in visits.iter().zip(settlements) {
        let context = Context { area, person, visit, institution: &area.institutions[visit.institution] };
        context.visit(mdtrt, dice);
        for settlement in made {
            context.settlement(settlement, setl);
        }
        for (place, line) in visit.lines.iter().enumerate() {
            let settled = final_sequence(made, visit.settlement_of(line.minute));
            for _ in 0..1 + u8::from(line.twice) {
                context.line(place, line, settled, fee);
            }
            // Pharmacies scan what they sell.
            if context.institution.level == Level::Pharmacy
                && matches!(area.catalogue.items[line.item].list, "101" | "102")
            {
                context.scans(place, line, settled, trac);
            }
        }
        let listed = visit.is_stay() || matches!(visit.med_type, "14" | "9929") || dice.chance(4000);
        if let Some(last) = made.last()
            && listed
        {
            context.diagnoses(last.sequence, diag);
            context.operations(last.sequence, oprn);
        }
    }
}

fn register(person: &Person, dice: &mut Dice, sheet: &mut Sheet) {
    let masked;
    let certno = match dice.below(10_000) {
        0..=29 => {
            masked = mask(&person.certno);
            &masked
        }
        // A spreadsheet has been over it: the digits are gone.
        30..=32 => "9.90102E+17",
        _ => &person.certno,
    };
    sheet
        .text(&person.psn_no)
        .text(certno)
        .text(&person.name)
        .text(person.sex())
        .number(person.birth_day)
        .text(&person.telephone)
        .text(if person.death_day.is_some() { "0" } else { "1" })
        .optional(person.death_day)
        .end_row();
}

/// A visit beside what its rows repeat.
struct Context<'a> {
    area: &'a Area,
    person: &'a Person,
    visit: &'a Visit,
    institution: &'a Institution,
}

impl Context<'_> {
    fn visit(&self, sheet: &mut Sheet, dice: &mut Dice) {
        let Self { area, person, visit, institution } = self;
        let disease = &area.catalogue.diseases[visit.disease];
        let stay = visit.is_stay();
        let pharmacy = institution.level == Level::Pharmacy;
        let (_, dept_code, dept_name) = DEPARTMENTS[visit.department];
        let (doctor_code, doctor_name) = visit.doctor(area);
        let (sex, birth_day) = visit.identity(person);
        let age = full_years(birth_day, visit.first_day()).max(0);
        sheet
            .text(&visit.id)
            .text(&person.psn_no)
            .text("01")
            .text(&person.certno)
            .text(&person.name)
            .text(sex)
            .number(birth_day)
            .number(if dice.chance(2) { 850 } else { age })
            .text(&person.telephone)
            .text(&person.address)
            .text(person.insurance())
            .text(person_type(person))
            .text(&person.division)
            .text(&institution.code)
            .text(&institution.name)
            .text(institution.level.code())
            .text(&institution.division)
            .number(visit.admitted)
            .optional((!visit.still_in).then_some(visit.discharged))
            .text(visit.med_type)
            .text(&visit.admission_number);
        match &visit.record_number {
            Some(number) => sheet.text(number),
            None => sheet.code("B", person.number, 8),
        };
        sheet
            .text(if pharmacy { "" } else { doctor_code })
            .text(if pharmacy { "-" } else { doctor_name })
            .text(if pharmacy { "" } else { dept_code })
            .text(if pharmacy { "" } else { dept_name });
        if stay {
            sheet.code("", visit.bed.unsigned_abs(), 1);
        } else {
            sheet.null_word("");
        }
        let closed = stay && !visit.still_in;
        sheet
            .text(if closed { disease.icd } else { "" })
            .text(if closed { disease.name } else { "" })
            .text(if closed { dept_code } else { "" })
            .text(if closed { dept_name } else { "" })
            .text(visit.discharge_way);
        self.chronic(sheet);
        // Most outpatient contacts come without a diagnosis.
        sheet
            .text(if !stay && dice.chance(2500) { disease.name } else { "" })
            .text(if visit.still_in { "1" } else { "0" })
            .optional((closed && dice.chance(500)).then_some(visit.last_day() - visit.first_day()))
            .text(&visit.referred_from)
            .text("1")
            .end_row();
    }

    /// dise_no and dise_name of a declared chronic disease.
    fn chronic(&self, sheet: &mut Sheet) {
        let disease = &self.area.catalogue.diseases[self.visit.disease];
        let declared = matches!(self.visit.med_type, "14" | "9929")
            && matches!(disease.setting, Setting::Chronic | Setting::Dialysis);
        if declared {
            sheet.code("M", 3900 + self.visit.disease as u64, 5).text(disease.name);
        } else {
            sheet.null_word("").null_word("");
        }
    }

    fn settlement(&self, made: &Settlement, sheet: &mut Sheet) {
        let Self { person, visit, institution, .. } = self;
        let amounts = made.amounts;
        let paid = amounts.gross - made.fund();
        let account = made.account;
        sheet.code(&visit.id, made.sequence, 1);
        match made.reverses {
            Some(original) => sheet.code(&visit.id, original, 1),
            None => sheet.null_word(""),
        };
        // Some platforms flag the reversed settlement as well as the reversing one.
        let refunded = made.reverses.is_some()
            || (institution.unpadded_codes && visit.reversed && made.sequence == visit.cuts.len() as u64 + 1);
        let (sex, birth_day) = visit.identity(person);
        sheet
            .text(&visit.id)
            .text(&person.psn_no)
            .text(&person.name)
            .text(&person.certno)
            .text(sex)
            .number(birth_day)
            .number(full_years(birth_day, made.first_day).max(0))
            .text(person.insurance())
            .text(person_type(person))
            .text(&person.division)
            .text(&institution.code)
            .text(&institution.name)
            .number(institution.level.code().parse().unwrap_or(11))
            .text(&institution.division)
            .number(made.first_day)
            .number(made.last_day)
            .number(made.minute)
            .text(visit.med_type)
            .text("2")
            .number(amounts.gross)
            .number(amounts.own)
            .number(0)
            .number(amounts.first_share)
            .number(amounts.in_scope)
            .number(made.deductible)
            .number(made.pooled)
            .number(0)
            .number(0)
            .number(if person.employee { 0 } else { made.supplement })
            .number(if person.employee { made.supplement } else { 0 })
            .number(0)
            .number(0)
            .number(made.fund())
            .number(paid)
            .number(account)
            .number(paid - account)
            .text(if refunded { "1" } else { "0" })
            .text(if made.interim { "1" } else { "0" });
        self.chronic(sheet);
        sheet.text("1").end_row();
    }

    fn line(&self, place: usize, line: &Line, settled: Option<u64>, sheet: &mut Sheet) {
        let Self { area, person, visit, institution } = self;
        let item = &area.catalogue.items[line.item];
        let item_code = &institution.item_codes[line.item];
        let amounts = line.amounts();
        let (own_code, own_name) = match line.special {
            Some(special) => SPECIAL_ITEMS[special],
            None => {
                let (code, name) = &institution.own_items[line.item];
                (code.as_str(), name.as_str())
            }
        };
        let pharmacy = institution.level == Level::Pharmacy;
        let (_, dept_code, dept_name) = DEPARTMENTS[visit.department];
        let (_, exec_code, exec_name) = DEPARTMENTS[executing(item, visit.department)];
        let (doctor_code, doctor_name) = visit.doctor(area);
        sheet.code("", place as u64 + 1, 5).text(&visit.id);
        match settled {
            Some(sequence) => sheet.code(&visit.id, sequence, 1),
            None => sheet.null_word(""),
        };
        sheet
            .text(&person.psn_no)
            .text(&institution.code)
            .text(&institution.name)
            .number(line.minute)
            .code(&visit.id, line.order, 3)
            .number(line.quantity_e4)
            .number(line.price_fen * 10_000)
            .number(amounts.gross)
            .optional(line.states_ceiling.then(|| area.ceiling_fen(line.item, institution.level) * 10_000))
            .number(match line.grade {
                "03" => 10_000,
                "02" => 1_000,
                _ => 0,
            })
            .number(amounts.own)
            .number(0)
            .number(amounts.first_share)
            .number(amounts.in_scope)
            .text(if institution.unpadded_codes { &line.grade[1..] } else { line.grade })
            .text(item_code)
            .text(item.name)
            .text(item.list)
            .text(item_code)
            .text(own_code)
            .text(own_name)
            .text(if institution.unpadded_codes { item.charge.trim_start_matches('0') } else { item.charge })
            .text(item.spec)
            .text(item.form)
            // Departments are mostly missing in pharmacies' lines.
            .text(if pharmacy { "" } else { dept_code })
            .text(if pharmacy { "" } else { dept_name })
            .text(if pharmacy || line.no_doctor { "" } else { doctor_code })
            .text(match (pharmacy, line.no_doctor, line.minute % 3) {
                (true, ..) | (false, true, 0) => "-",
                (false, true, 1) => "admin",
                (false, true, _) => "无",
                (false, false, _) => doctor_name,
            })
            .text(if pharmacy { "" } else { exec_code })
            .text(if pharmacy { "" } else { exec_name })
            .text(if line.take_home { "1" } else { "0" })
            .text("0");
        let drug = item.list == "101";
        let word = NULL_WORDS[(line.minute % 29).unsigned_abs() as usize % NULL_WORDS.len()];
        if drug && line.minute % 4 == 0 {
            sheet.text("按说明书").text(if item.is_injection() { "bid" } else { "qd" });
        } else {
            sheet.null_word(word).null_word("");
        }
        // Most platforms' lines do not say how many days a drug lasts.
        let stated = line.supply_days > 0 && (line.states_days || line.minute % 5 == 0);
        sheet.optional(stated.then_some(line.supply_days));
        match line.refunds {
            Some(original) => sheet.code("", original as u64 + 1, 5),
            None => sheet.null_word(""),
        };
        sheet.text("1").end_row();
    }

    /// The scans of a drug line, one for each pack; a refund scans the packs of its original again.
    fn scans(&self, place: usize, line: &Line, settled: Option<u64>, sheet: &mut Sheet) {
        let packs = if self.area.catalogue.items[line.item].list == "102" { 0 } else { line.quantity_e4.abs() / ONE };
        let sold_at = line.refunds.unwrap_or(place);
        for pack in 0..packs.unsigned_abs() {
            let own = || {
                let visit = self.visit.id.parse().unwrap_or(self.person.number);
                spread(visit ^ spread((sold_at as u64) << 16 | pack))
            };
            let (number, part) = match line.trace {
                Trace::Own => (own(), false),
                Trace::Pack(number) | Trace::Returned(number) if pack == 0 => (spread(number), false),
                Trace::Pack(_) | Trace::Returned(_) => (own(), false),
                Trace::Part(number) => (spread(number), true),
                Trace::Placeholder => (0, false),
                Trace::Missing => return,
            };
            let kind = if line.refunds.is_some() { "3506" } else { "3505" };
            self.scan(place, line, settled, (number, part, kind, line.minute), sheet);
            if let Trace::Returned(_) = line.trace {
                self.scan(place, line, settled, (number, part, "3506", line.minute + DAY_MINUTES), sheet);
            }
        }
    }

    /// One scan: number of the pack, whether it was opened, kind and minute.
    fn scan(
        &self,
        place: usize,
        line: &Line,
        settled: Option<u64>,
        (number, part, kind, minute): (u64, bool, &str, i64),
        sheet: &mut Sheet,
    ) {
        let Self { area, person, visit, institution } = self;
        let item = &area.catalogue.items[line.item];
        if number == 0 {
            sheet.text("00000000000000000000");
        } else {
            sheet.code("8", number % CODE_NUMBERS, 19);
        }
        sheet.code("", place as u64 + 1, 5).text(&visit.id);
        match settled {
            Some(sequence) => sheet.code(&visit.id, sequence, 1),
            None => sheet.null_word(""),
        };
        sheet
            .text(&person.psn_no)
            .text(&institution.code)
            .text(&institution.item_codes[line.item])
            .code("PC", number % 100_000, 5)
            .code("L", number % 1_000, 6)
            .text(if part { "1" } else { "0" })
            .number(ONE)
            .number(minute)
            .text(kind)
            .text("1")
            .text(if item.charge == "09" { "1" } else { "0" })
            .code("LS", line.order, 4)
            .end_row();
    }

    fn diagnoses(&self, sequence: u64, sheet: &mut Sheet) {
        let Self { area, person, visit, .. } = self;
        for (place, disease) in std::iter::once(&visit.disease).chain(&visit.others).enumerate() {
            let disease = &area.catalogue.diseases[*disease];
            sheet
                .code(&visit.id, sequence, 1)
                .text(&visit.id)
                .text(&person.psn_no)
                .text(if place == 0 { "1" } else { "0" })
                .text("2")
                .number(place as i64 + 1)
                .text(disease.icd)
                .text(disease.name)
                .end_row();
        }
    }

    fn operations(&self, sequence: u64, sheet: &mut Sheet) {
        let Self { person, visit, institution, .. } = self;
        for (place, operation) in visit.operations.iter().enumerate() {
            let (doctor_code, doctor_name) = &institution.doctors[visit.department * DOCTORS + operation.operator];
            let (anst_code, anst_name) =
                &institution.doctors[department("anaesthesia") * DOCTORS + operation.anaesthetist];
            sheet
                .code(&visit.id, sequence, 1)
                .text(&visit.id)
                .text(&person.psn_no)
                .text(if place == 0 { "1" } else { "0" })
                .text(operation.code)
                .text(operation.name)
                .number(operation.begin.div_euclid(DAY_MINUTES) * DAY_MINUTES)
                .number(operation.begin)
                .number(operation.end)
                .text(operation.anaesthesia)
                .number(operation.begin - 20)
                .number(operation.end + 10)
                .text(doctor_code)
                .text(doctor_name)
                .text(anst_code)
                .text(anst_name)
                .end_row();
        }
    }
}

/// psn_type of the platform: at work, retired, resident.
fn person_type(person: &Person) -> &'static str {
    match (person.employee, person.retired) {
        (true, true) => "12",
        (true, false) => "11",
        (false, _) => "1401",
    }
}

/// The department that carries an item out.
pub(super) fn executing(item: &Item, ordering: usize) -> usize {
    match item.charge {
        "03" => department("imaging"),
        "04" => department("laboratory"),
        "08" => department("materials"),
        "09" | "10" | "11" => department("dispensary"),
        _ => ordering,
    }
}
