//! What a hospital's other systems hold beside its bills: examinations with their images, laboratory results, executed
//! orders. Three optional tables of the 2024 collection list.

use super::area::{Area, DEPARTMENTS, Institution};
use super::bureau::executing;
use super::catalogue::Item;
use super::claims::{Line, Record, Visit};
use super::people::Person;
use super::random::spread;
use super::sheet::Kind::{Minute, Text};
use super::sheet::{Sheet, Table};

/// Examinations.
pub(super) const EXAMS: Table = Table {
    name: "EXAMINFO",
    columns: &[
        ("HOSPITAL_ID", Text),
        ("HOSPITAL_NAME", Text),
        ("HISID", Text),
        ("PATIENT_ID", Text),
        ("APPY_NO", Text),
        ("APPY_DEPT_NAME", Text),
        ("APPY_DR_NAME", Text),
        ("EXAM_DATE", Minute),
        ("EXAM_ITEM_CODE", Text),
        ("EXAM_ITEM_NAME", Text),
        ("YB_EXAM_ITEM_CODE", Text),
        ("YB_EXAM_ITEM_NAME", Text),
        ("EXAM_PART", Text),
        ("EXAM_DEPT_NAME", Text),
        ("EXAM_DEV_NO", Text),
        ("RPOTC_NO", Text),
        ("RPT_DATE", Minute),
        ("EXAM_RSTL_ABN", Text),
        ("EXAM_RESULT", Text),
        ("EXAM_CCLS", Text),
        ("EXAM_PIC_NO", Text),
        ("VALI_FLAG", Text),
    ],
};

/// Laboratory results.
pub(super) const LABS: Table = Table {
    name: "LABINFO",
    columns: &[
        ("HOSPITAL_ID", Text),
        ("HOSPITAL_NAME", Text),
        ("HISID", Text),
        ("PATIENT_ID", Text),
        ("APPY_NO", Text),
        ("APPY_DEPT_CODE", Text),
        ("BILG_DR_NAME", Text),
        ("EXAM_SAMPLE_TYPE", Text),
        ("EXAM_SAMPLE_NO", Text),
        ("EXAM_DEPT_CODE", Text),
        ("EXAM_ITEM_CODE", Text),
        ("EXAM_ITEM_NAME", Text),
        ("EXAM_RESULT", Text),
        ("EXAM_RESULT_UNIT", Text),
        ("REFER_RESULT", Text),
        ("MACHINE_TIME", Minute),
        ("RPT_NO", Text),
        ("RPT_DATE", Minute),
        ("RPT_DOC", Text),
        ("VALI_FLAG", Text),
    ],
};

/// Executed orders.
pub(super) const ORDERS: Table = Table {
    name: "MEDICAL_ORDER_EXECUTE",
    columns: &[
        ("HOSPITAL_ID", Text),
        ("HOSPITAL_NAME", Text),
        ("HISID", Text),
        ("ZYH", Text),
        ("VISIT_ID", Text),
        ("PATIENT_ID", Text),
        ("ID_CARD", Text),
        ("ORDER_ID", Text),
        ("ORDER_CODE", Text),
        ("ORDER_NAME", Text),
        ("INPUT_DEPT_NAME", Text),
        ("INPUT_DOCTOR_NAME", Text),
        ("INPUT_TIME", Minute),
        ("EXEC_TIME", Minute),
        ("EXEC_DEPT_NAME", Text),
    ],
};

/// A billed line beside what its records repeat.
pub(super) struct Recorded<'a> {
    pub(super) area: &'a Area,
    pub(super) hospital: &'a Institution,
    pub(super) person: &'a Person,
    pub(super) visit: &'a Visit,
    /// Place of the line in the visit.
    pub(super) place: usize,
    pub(super) line: &'a Line,
    /// The settlement that the line is settled under in the end.
    pub(super) sequence: u64,
}

impl Recorded<'_> {
    /// Writes what the line left behind, into sheets of `EXAMS`, `LABS` and `ORDERS`.
    pub(super) fn write(&self, exams: &mut Sheet, labs: &mut Sheet, orders: &mut Sheet) {
        let item = self.item();
        // Monitoring by the hour has no report.
        let reported = matches!(item.charge, "03" | "04") && !item.is_hourly();
        if self.line.refunds.is_some() {
            return;
        }
        let sheet = if item.charge == "03" { exams } else { labs };
        let row = if item.charge == "03" { Self::exam } else { Self::lab };
        match self.line.record {
            Record::Executed => self.order(orders),
            // Of treatments only those of rehabilitation and Chinese medicine are signed for.
            _ if item.charge == "05" && matches!(item.code.get(..4), Some("0034" | "0043" | "0044" | "0045")) => {
                self.order(orders);
            }
            _ if !reported => {}
            Record::Missing => {}
            Record::Reported | Record::Image(_) => row(self, 0, true, sheet),
            Record::Unreported => row(self, 0, false, sheet),
            Record::Twofold => {
                row(self, 0, false, sheet);
                row(self, 1, true, sheet);
            }
        }
    }

    fn item(&self) -> &Item {
        &self.area.catalogue.items[self.line.item]
    }

    /// A number for the `copy`-th record of the line.
    fn number(&self, copy: u64) -> u64 {
        let visit = self.visit.id.parse().unwrap_or(self.person.number);
        spread(visit ^ spread((self.place as u64) << 8 | copy)) % 1_000_000_000_000
    }

    /// Starts a row: hospital, settlement and person.
    fn open<'s>(&self, sheet: &'s mut Sheet) -> &'s mut Sheet {
        sheet.text(&self.hospital.code).text(&self.hospital.name).code(&self.visit.id, self.sequence, 1)
    }

    fn exam(&self, copy: u64, reported: bool, sheet: &mut Sheet) {
        let Self { hospital, visit, line, .. } = self;
        let item = self.item();
        let (own_code, own_name) = &hospital.own_items[line.item];
        let number = self.number(copy);
        let (_, _, department) = DEPARTMENTS[executing(item, visit.department)];
        self.open(sheet)
            .text(&self.person.psn_no)
            .code("SQ", number, 12)
            .text(DEPARTMENTS[visit.department].2)
            .text(&visit.doctor(self.area).1)
            .number(line.minute + 20)
            .text(own_code)
            .text(own_name)
            .text(item.code)
            .text(item.name)
            .text(item.name.split('(').next().unwrap_or(item.name))
            .text(department)
            .code("SB", line.item as u64, 4);
        if reported {
            sheet.code("BG", number, 12).number(line.minute + 140).text("0").text("未见明显异常").text("未见明显异常");
        } else {
            sheet.text("").optional(None).text("").text("").text("");
        }
        match line.record {
            Record::Image(image) => sheet.code("TX", spread(image) % 1_000_000_000_000, 12),
            _ => sheet.code("TX", number, 12),
        };
        sheet.text("1").end_row();
    }

    fn lab(&self, copy: u64, reported: bool, sheet: &mut Sheet) {
        let Self { hospital, visit, line, .. } = self;
        let (own_code, own_name) = &hospital.own_items[line.item];
        let number = self.number(copy);
        let (doctor_code, doctor) = visit.doctor(self.area);
        self.open(sheet)
            .text(&self.person.psn_no)
            .code("SQ", number, 12)
            .text(DEPARTMENTS[visit.department].2)
            .text(doctor)
            .text("血液")
            .code("BB", number, 12)
            .text(DEPARTMENTS[executing(self.item(), visit.department)].2)
            .text(own_code)
            .text(own_name);
        if reported {
            sheet.code("", number % 90 + 10, 2).text("U/L").text("10-100").number(line.minute + 40);
            sheet.code("BG", number, 12).number(line.minute + 120).text(doctor_code);
        } else {
            sheet.text("").text("").text("").number(line.minute + 40).text("").optional(None).text("");
        }
        sheet.text("1").end_row();
    }

    fn order(&self, sheet: &mut Sheet) {
        let Self { hospital, person, visit, line, .. } = self;
        let (own_code, own_name) = &hospital.own_items[line.item];
        self.open(sheet)
            .text(&visit.admission_number)
            .text(&visit.id)
            .text(&person.psn_no)
            .text(&person.certno)
            .code(&visit.id, line.order, 3)
            .text(own_code)
            .text(own_name)
            .text(DEPARTMENTS[visit.department].2)
            .text(&visit.doctor(self.area).1)
            .number(line.minute - 10)
            .number(line.minute)
            .text(DEPARTMENTS[visit.department].2)
            .end_row();
    }
}
