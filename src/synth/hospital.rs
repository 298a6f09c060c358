//! Family B: one hospital's tables of the 2024 collection list, text with `|@|` between the cells.
//!
//! All payers are in them, self-paid patients too. Column names are the list's own, its misspellings included. The list
//! is extracted by settlement, so whoever is still in hospital is not there.

use super::area::{Area, CITY_CODE, DEPARTMENTS, DOCTORS, Institution, department};
use super::bureau::executing;
use super::claims::{Amounts, Line, Settlement, Visit, final_sequence};
use super::people::{Person, full_years};
use super::plants::SPECIAL_ITEMS;
use super::random::Dice;
use super::records::{EXAMS, LABS, ORDERS, Recorded};
use super::sheet::Kind::{Day, Int, Minute, Money, Text};
use super::sheet::{Sheet, Table};
use crate::calendar;

/// The tables, in the order of `write`.
pub(super) static TABLES: [Table; 9] = [
    Table {
        name: "SETTLE_ZY",
        columns: &[
            ("HOSPITAL_ID", Text),
            ("HOSPITAL_NAME", Text),
            ("BRIDGE_ID", Text),
            ("HISID", Text),
            ("P_LEVEL", Text),
            ("BILL_DATE", Minute),
            ("ZYH", Text),
            ("PATIENT_ID", Text),
            ("SOCIAL_ID", Text),
            ("ID_CARD", Text),
            ("BENEFIT_TYPE", Text),
            ("BENEFIT_GROUP_ID", Text),
            ("ADMISSION_DEPT_ID", Text),
            ("ADMISSION_DEPT_NAME", Text),
            ("TRANSFER_DEPT_ID", Text),
            ("TRANSFER_DEPT_NAME", Text),
            ("DISCHARGE_DEPT_ID", Text),
            ("DISCHARGE_DEPT_NAME", Text),
            ("DOCTOR_ID", Text),
            ("DOCTOR_NAME", Text),
            ("PATIENT_GENDER", Text),
            ("PATIENT_BIRTHDAY", Day),
            ("PATIENT_AGE", Int),
            ("BEDID", Text),
            ("NB_TYPE", Text),
            ("NB_BIRTH_WEIGHT", Text),
            ("NB_INPATIENT_WEIGHT", Text),
            ("CLAIM_TYPE", Text),
            ("IF_LOCAL_FLAG", Text),
            ("ADMISSION_DATE", Minute),
            ("DISCHARGE_DATE", Minute),
            ("ZYTS", Int),
            ("DISCHARGE_STATUS", Text),
            ("TOTAL_AMOUNT", Money),
            ("BMI_PAY_AMOUNT", Money),
            ("CASH", Money),
            ("SELF_PAY_AMOUNT", Money),
            ("SELF_PAY_IN", Money),
            ("SELF_PAY_OUT", Money),
            ("BMI_CONVERED_AMOUNT", Money),
            ("HOSPITAL_AREA", Text),
            ("MEDICAL_INSURANCE_FLAG", Text),
            ("REFUND_FLAG_TYPE", Text),
            ("REFUND_HISID", Text),
        ],
    },
    Table {
        name: "SETTLE_ZY_DIAGNOSIS",
        columns: &[
            ("HOSPITAL_ID", Text),
            ("HOSPITAL_NAME", Text),
            ("BRIDGE_ID", Text),
            ("HISID", Text),
            ("ZYH", Text),
            ("PATIENT_ID", Text),
            ("SOCIAL_ID", Text),
            ("ID_CARD", Text),
            ("ADMISSION_DISEASE_ID", Text),
            ("ADMISSION_DISEASE_NAME", Text),
            ("DISCHARGE_DISEASE_ID_MAIN", Text),
            ("DISCHARGE_DISEASE_NAME_MAIN", Text),
            ("DISCHARGE_DISEASE_ID_OTHER1", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER1", Text),
            ("DISCHARGE_DISEASE_ID_OTHER2", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER2", Text),
            ("DISCHARGE_DISEASE_ID_OTHER3", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER3", Text),
            ("DISCHARGE_DISEASE_ID_OTHER4", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER4", Text),
            ("DISCHARGE_DISEASE_ID_OTHER5", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER5", Text),
            ("DISCHARGE_DISEASE_ID_OTHER6", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER6", Text),
            ("DISCHARGE_DISEASE_ID_OTHER7", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER7", Text),
            ("DISCHARGE_DISEASE_ID_OTHER8", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER8", Text),
            ("DISCHARGE_DISEASE_ID_OTHER9", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER9", Text),
            ("DISCHARGE_DISEASE_ID_OTHER10", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER10", Text),
            ("DISCHARGE_DISEASE_ID_OTHER11", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER11", Text),
            ("DISCHARGE_DISEASE_ID_OTHER12", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER12", Text),
            ("DISCHARGE_DISEASE_ID_OTHER13", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER13", Text),
            ("DISCHARGE_DISEASE_ID_OTHER14", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER14", Text),
            ("DISCHARGE_DISEASE_ID_OTHER15", Text),
            ("DISCHARGE_DISEASE_NAME_OTHER15", Text),
        ],
    },
    Table {
        name: "MDCS_FUND_SETL_LIST_OPRN_D",
        columns: &[
            ("HOSPITAL_ID", Text),
            ("HOSPITAL_NAME", Text),
            ("HISID", Text),
            ("ZYH", Text),
            ("PATIENT_ID", Text),
            ("SOCIAL_ID", Text),
            ("ID_CARD", Text),
            ("ICD9_CODE_MAIN", Text),
            ("ICD9_NAME_MAIN", Text),
            ("ICD9_CODE_OTHER", Text),
            ("ICD9_NAME_OTHER", Text),
            ("OPRN_OPRT_DATE", Minute),
            ("ANST_WAY", Text),
            ("ANST_BEGIN_TIME", Minute),
            ("ANST_END_TIME", Minute),
            ("OPER_BEGIN_TIME", Minute),
            ("OPER_END_TIME", Minute),
            ("OPER_DR_NAME", Text),
            ("OPER_DR_CODE", Text),
            ("OPER_OTHER_DR_NAME", Text),
            ("OPER_OTHER_DR_CODE", Text),
            ("ANST_DR_NAME", Text),
            ("ANST_DR_CODE", Text),
        ],
    },
    Table {
        name: "SETTLE_ZY_DETAIL",
        columns: &[
            ("HOSPITAL_ID", Text),
            ("HOSPITAL_NAME", Text),
            ("HISID", Text),
            ("PATIENT_ID", Text),
            ("ZYH", Text),
            ("ID_CARD", Text),
            ("BILLING_DEPT_ID", Text),
            ("BILLING_DEPT_NAME", Text),
            ("BILLING_TIME", Minute),
            ("USAGE_DATE", Minute),
            ("EXCUTE_DEPT_ID", Text),
            ("EXCUTE_DEPT_NAME", Text),
            ("DOCTOR_ID", Text),
            ("DOCTOR_NAME", Text),
            ("P_CATEGORY", Text),
            ("BILL_DATE", Minute),
            ("DISCHARGE_MEDICATION", Text),
            ("ITEM_ID_HOSP", Text),
            ("ITEM_NAME_HOSP", Text),
            ("ITEM_ID", Text),
            ("ITEM_NAME", Text),
            ("DRUG_SPEC", Text),
            ("DOSAGE_FORM", Text),
            ("PACKAGE_UNIT", Text),
            ("UNIT_PRICE", Money),
            ("NUM", Money),
            ("COST", Money),
            ("SELF_PAY_LIMIT", Money),
            ("BMI_CONVERED_AMOUNT", Money),
            ("P_TYPE", Int),
            ("P_TYPE_PCT", Int),
            ("REFUND_FLAG_TYPE", Text),
            ("REFUND_HISID", Text),
        ],
    },
    Table {
        name: "SETTLE_MZ",
        columns: &[
            ("HOSPITAL_ID", Text),
            ("HOSPITAL_NAME", Text),
            ("HISID", Text),
            ("P_LEVEL", Text),
            ("BILL_DATE", Minute),
            ("YEAR", Int),
            ("MONTH", Int),
            ("PATIENT_ID", Text),
            ("SOCIAL_ID", Text),
            ("BENEFIT_TYPE", Text),
            ("BENEFIT_GROUP_ID", Text),
            ("MZH", Text),
            ("ADMISSION_DEPT_ID", Text),
            ("ADMISSION_DEPT_NAME", Text),
            ("DOCTOR_ID", Text),
            ("DOCTOR_NAME", Text),
            ("ID_CARD", Text),
            ("PATIENT_GENDER", Text),
            ("PATIENT_BIRTHDAY", Day),
            ("PATIENT_AGE", Int),
            ("CLAIM_TYPE", Text),
            ("IF_LOCAL_FLAG", Text),
            ("ADMISSION_DATE", Minute),
            ("OUTPATIENT_DISEASE_ID", Text),
            ("ADMISSION_DISEASE_NAME", Text),
            ("TOTAL_AMOUNT", Money),
            ("BMI_PAY_AMOUNT", Money),
            ("CASH", Money),
            ("SELF_PAY_AMOUNT", Money),
            ("BMI_CONVERED_AMOUNT", Money),
            ("HOSPITAL_AREA", Text),
            ("MEDICAL_INSURANCE_FLAG", Text),
            ("REFUND_FLAG_TYPE", Text),
            ("REFUND_HISID", Text),
        ],
    },
    Table {
        name: "SETTLE_MZ_DETAIL",
        columns: &[
            ("HOSPITAL_ID", Text),
            ("HOSPITAL_NAME", Text),
            ("HISID", Text),
            ("PATIENT_ID", Text),
            ("DISCHARGE_DEPT_ID", Text),
            ("DISCHARGE_DEPT_NAME", Text),
            ("BILLING_TIME", Minute),
            ("EXCUTE_DEPT_ID", Text),
            ("EXCUTE_DEPT_NAME", Text),
            ("USAGE_DATE", Minute),
            ("DOCTOR_ID", Text),
            ("DOCTOR_NAME", Text),
            ("BILL_DATE", Minute),
            ("PRESCRIPTION", Text),
            ("P_CATEGORY", Text),
            ("ITEM_ID_HOSP", Text),
            ("ITEM_NAME_HOSP", Text),
            ("ITEM_ID", Text),
            ("ITEM_NAME", Text),
            ("DRUG_SPEC", Text),
            ("DOSAGE_FORM", Text),
            ("PACKAGE_UNIT", Text),
            ("UNIT_PRICE", Money),
            ("NUM", Money),
            ("COST", Money),
            ("SELF_PAY_LIMIT", Money),
            ("BMI_CONVERED_AMOUNT", Money),
            ("P_TYPE", Int),
            ("P_TYPE_PCT", Int),
            ("REFUND_FLAG_TYPE", Text),
            ("REFUND_HISID", Text),
        ],
    },
    EXAMS,
    LABS,
    ORDERS,
];

/// Writes the settled visits of a person. Nothing is drawn here; the signature is that of the bureau's writer.
pub(super) fn write(
    area: &Area,
    person: &Person,
    visits: &[Visit],
    settlements: &[Vec<Settlement>],
    _dice: &mut Dice,
    sheets: &mut [Sheet],
) {
    let [stays, diagnoses, operations, stay_lines, contacts, contact_lines, exams, labs, orders] = sheets else {
        return;
    };
    for (visit, made) in visits.iter().zip(settlements) {
        let bill = Bill { area, person, visit, hospital: &area.institutions[visit.institution] };
        for settlement in made {
            if visit.is_stay() {
                bill.stay(settlement, stays);
            } else {
                bill.contact(settlement, contacts);
            }
            let lines = if visit.is_stay() { &mut *stay_lines } else { &mut *contact_lines };
            for line in visit.lines.iter().filter(|line| visit.settlement_of(line.minute) == settlement.part) {
                bill.line(settlement, line, lines);
            }
        }
        for (place, line) in visit.lines.iter().enumerate() {
            if let Some(sequence) = final_sequence(made, visit.settlement_of(line.minute)) {
                Recorded { area, hospital: bill.hospital, person, visit, place, line, sequence }
                    .write(exams, labs, orders);
            }
        }
        let last = final_sequence(made, visit.cuts.len());
        if let Some(last) = last
            && visit.is_stay()
        {
            bill.diagnoses(last, diagnoses);
            bill.operations(last, operations);
        }
    }
}

/// A visit beside what its rows repeat.
struct Bill<'a> {
    area: &'a Area,
    person: &'a Person,
    visit: &'a Visit,
    hospital: &'a Institution,
}

impl Bill<'_> {
    /// Starts a row: hospital and settlement number.
    fn open<'s>(&self, sequence: u64, sheet: &'s mut Sheet) -> &'s mut Sheet {
        sheet.text(&self.hospital.code).text(&self.hospital.name).code(&self.visit.id, sequence, 1)
    }

    fn stay(&self, made: &Settlement, sheet: &mut Sheet) {
        let Self { person, visit, hospital, .. } = self;
        let amounts = made.amounts;
        let (_, dept_code, dept_name) = DEPARTMENTS[visit.department];
        sheet.text(&hospital.code).text(&hospital.name).text(&visit.admission_number).code(&visit.id, made.sequence, 1);
        sheet.text("三级").number(made.minute).text(&visit.admission_number);
        self.patient(sheet);
        sheet.text(&person.certno);
        self.insurance(sheet);
        sheet.text(dept_code).text(dept_name).text("").text("").text(dept_code).text(dept_name);
        self.doctor(sheet);
        self.birth(sheet);
        sheet
            .code("", visit.bed.unsigned_abs(), 1)
            .text("")
            .text("")
            .text("")
            .text(visit.med_type)
            .text(self.local())
            .number(visit.admitted)
            .number(visit.discharged)
            .number((visit.last_day() - visit.first_day()).max(1))
            // The list has no "against advice": that is "other" here, and 4 is a death.
            .text(match visit.discharge_way {
                "4" => "9",
                "5" => "4",
                way => way,
            })
            .number(amounts.gross)
            .number(made.fund())
            .number(amounts.gross - made.fund() - made.account)
            .number(made.account)
            .number(amounts.gross - amounts.own - made.fund())
            .number(amounts.own)
            .number(amounts.in_scope)
            .text("本部")
            .text(if visit.insured { "0" } else { "1" });
        self.refund_columns(made, sheet);
        sheet.end_row();
    }

    fn contact(&self, made: &Settlement, sheet: &mut Sheet) {
        let Self { area, person, visit, .. } = self;
        let amounts = made.amounts;
        let disease = &area.catalogue.diseases[visit.disease];
        let (_, dept_code, dept_name) = DEPARTMENTS[visit.department];
        let (year, month, _) = calendar::parts(made.last_day);
        self.open(made.sequence, sheet).text("三级").number(made.minute).number(year).number(month);
        self.patient(sheet);
        self.insurance(sheet);
        sheet.text(&visit.admission_number).text(dept_code).text(dept_name);
        self.doctor(sheet);
        sheet.text(&person.certno);
        self.birth(sheet);
        sheet
            .text(visit.med_type)
            .text(self.local())
            .number(visit.admitted)
            .text(disease.icd)
            .text(disease.name)
            .number(amounts.gross)
            .number(made.fund())
            .number(amounts.gross - made.fund() - made.account)
            .number(made.account)
            .number(amounts.in_scope)
            .text("本部")
            .text(if visit.insured { "0" } else { "1" });
        self.refund_columns(made, sheet);
        sheet.end_row();
    }

    /// A line under one settlement; taken back under the settlement that reverses another.
    fn line(&self, made: &Settlement, line: &Line, sheet: &mut Sheet) {
        let Self { area, person, visit, hospital } = self;
        let item = &area.catalogue.items[line.item];
        let sign = if made.reverses.is_some() { -1 } else { 1 };
        let Amounts { gross, in_scope, .. } = line.amounts();
        let (own_code, own_name) = match line.special {
            Some(special) => SPECIAL_ITEMS[special],
            None => {
                let (code, name) = &hospital.own_items[line.item];
                (code.as_str(), name.as_str())
            }
        };
        let (_, dept_code, dept_name) = DEPARTMENTS[visit.department];
        let (_, exec_code, exec_name) = DEPARTMENTS[executing(item, visit.department)];
        self.open(made.sequence, sheet).text(&person.psn_no);
        if visit.is_stay() {
            sheet.text(&visit.admission_number).text(&person.certno);
            sheet.text(dept_code).text(dept_name).number(line.minute - 10).number(line.minute);
            sheet.text(exec_code).text(exec_name);
        } else {
            sheet.text(dept_code).text(dept_name).number(line.minute - 10);
            sheet.text(exec_code).text(exec_name).number(line.minute);
        }
        if line.no_doctor {
            sheet.text("").text("未知");
        } else {
            self.doctor(sheet);
        }
        if visit.is_stay() {
            sheet.text(category(item.charge)).number(made.minute).text(if line.take_home { "1" } else { "0" });
        } else {
            sheet.number(made.minute).code(&visit.id, line.order, 3).text(category(item.charge));
        }
        sheet
            .text(own_code)
            .text(own_name)
            .text(&hospital.item_codes[line.item])
            .text(item.name)
            .text(item.spec)
            .text(item.form)
            .text(item.unit)
            .number(line.price_fen)
            .number(sign * line.quantity_e4 / 100)
            .number(sign * gross)
            .number(0)
            .number(sign * in_scope)
            .number(line.grade.parse().unwrap_or(1))
            .number(match line.grade {
                "03" => 0,
                "02" => 90,
                _ => 100,
            });
        // A refund within one settlement names that settlement itself.
        if line.refunds.is_some() && made.reverses.is_none() {
            sheet.text("1").code(&visit.id, made.sequence, 1);
        } else {
            self.refund_columns(made, sheet);
        }
        sheet.end_row();
    }

    fn diagnoses(&self, sequence: u64, sheet: &mut Sheet) {
        let Self { area, person, visit, hospital } = self;
        let main = &area.catalogue.diseases[visit.disease];
        sheet.text(&hospital.code).text(&hospital.name).text(&visit.admission_number).code(&visit.id, sequence, 1);
        sheet.text(&visit.admission_number);
        self.patient(sheet);
        sheet.text(&person.certno).text(main.icd).text(main.name).text(main.icd).text(main.name);
        for place in 0..15 {
            let other = visit.others.get(place).map(|other| &area.catalogue.diseases[*other]);
            sheet.text(other.map_or("", |disease| disease.icd)).text(other.map_or("", |disease| disease.name));
        }
        sheet.end_row();
    }

    /// One row for a stay: the first operation, and all others joined by `|`.
    fn operations(&self, sequence: u64, sheet: &mut Sheet) {
        let Self { person, visit, hospital, .. } = self;
        let Some((main, others)) = visit.operations.split_first() else { return };
        let codes: Vec<&str> = others.iter().map(|operation| operation.code).collect();
        let names: Vec<&str> = others.iter().map(|operation| operation.name).collect();
        let (doctor_code, doctor_name) = &hospital.doctors[visit.department * DOCTORS + main.operator];
        let (anst_code, anst_name) = &hospital.doctors[department("anaesthesia") * DOCTORS + main.anaesthetist];
        self.open(sequence, sheet).text(&visit.admission_number);
        self.patient(sheet);
        sheet
            .text(&person.certno)
            .text(main.code)
            .text(main.name)
            .text(&codes.join("|"))
            .text(&names.join("|"))
            .number(main.begin)
            .text(main.anaesthesia)
            .number(main.begin - 20)
            .number(main.end + 10)
            .number(main.begin)
            .number(main.end)
            .text(doctor_name)
            .text(doctor_code)
            .text("")
            .text("")
            .text(anst_name)
            .text(anst_code)
            .end_row();
    }

    /// Person number and social security number.
    fn patient(&self, sheet: &mut Sheet) {
        sheet.text(&self.person.psn_no).text(&self.person.certno);
    }

    /// Insurance and kind of person; empty for those who pay for themselves.
    fn insurance(&self, sheet: &mut Sheet) {
        let insured = self.visit.insured;
        sheet.text(if insured { self.person.insurance() } else { "" }).text(match (insured, self.person.retired) {
            (false, _) => "",
            (true, true) => "退休",
            (true, false) => "在职或居民",
        });
    }

    fn doctor(&self, sheet: &mut Sheet) {
        let (code, name) = self.visit.doctor(self.area);
        sheet.text(code).text(name);
    }

    fn birth(&self, sheet: &mut Sheet) {
        let (sex, birth_day) = self.visit.identity(self.person);
        let age = full_years(birth_day, self.visit.first_day()).max(0);
        let word = match sex {
            "1" => "男",
            "2" => "女",
            _ => "未说明",
        };
        sheet.text(word).number(birth_day).number(age);
    }

    /// 异地标志: 0 when the person is insured in the city.
    fn local(&self) -> &'static str {
        if self.person.division.starts_with(&CITY_CODE.to_string()[..4]) { "0" } else { "1" }
    }

    fn refund_columns(&self, made: &Settlement, sheet: &mut Sheet) {
        match made.reverses {
            Some(original) => sheet.text("1").code(&self.visit.id, original, 1),
            None => sheet.text("0").text(""),
        };
    }
}

/// 费用类别 in words.
fn category(charge: &str) -> &'static str {
    match charge {
        "01" => "床位费",
        "02" => "诊察费",
        "03" => "检查费",
        "04" => "化验费",
        "05" => "治疗费",
        "06" => "手术费",
        "07" => "护理费",
        "08" => "卫生材料费",
        "09" => "西药费",
        "10" => "中药饮片费",
        "11" => "中成药费",
        _ => "其他费",
    }
}
