//! A hospital's store: what it bought, had and handed out of the drugs and materials that it bills, in the tables of the
//! 2024 collection list.
//!
//! The books add up to what was billed, but for a few items that the planted cases of stock-shortfall use.

use std::collections::BTreeMap;

use super::SynthError;
use super::area::{Area, Institution};
use super::claims::{Line, Visit};
use super::life::Period;
use super::sheet::Kind::{Day, Minute, Price, Quantity, Text};
use super::sheet::{Sheet, Table};
use crate::calendar::DAY_MINUTES;

const ONE: i64 = 10_000;

/// Quantity billed of each item, ten-thousandths, refunds taken off.
pub(super) type Used = BTreeMap<usize, i64>;

/// Which store item is charged as what.
pub(super) static MAPPING: Table = Table {
    name: "HIS_VS_YB_STORE_MAPPING",
    columns: &[
        ("HOSPITAL_ID", Text),
        ("HOSPITAL_NAME", Text),
        ("ITEM_ID_STORE", Text),
        ("ITEM_NAME_STORE", Text),
        ("ITEM_ID", Text),
        ("ITEM_NAME", Text),
        ("ITEM_ID_HOSP", Text),
        ("ITEM_NAME_HOSP", Text),
        ("SELF_PAY_FLAG", Text),
        ("NO_CHARGE_FLAG", Text),
    ],
};

/// Opening and closing stock.
pub(super) static BALANCES: Table = Table {
    name: "HIS_VS_YB_STORE",
    columns: &[
        ("HOSPITAL_ID", Text),
        ("HOSPITAL_NAME", Text),
        ("INVENTORY_NAME", Text),
        ("INVENTORY_LEVEL", Text),
        ("ITEM_ID_STORE", Text),
        ("ITEM_NAME_STORE", Text),
        ("BATCH_NO", Text),
        ("SPEC", Text),
        ("OPENING_DATE", Day),
        ("OPENING_PRICE", Price),
        ("OPENING_BALANCE", Quantity),
        ("CLOSING_DATE", Day),
        ("CLOSING_PRICE", Price),
        ("CLOSING_BALANCE", Quantity),
        ("SPLER_NAME", Text),
        ("PRODENTP_NAME", Text),
        ("PROD_CONVRAT", Quantity),
        ("MIN_PRCUNT", Text),
    ],
};

/// What was received.
pub(super) static RECEIPTS: Table = Table {
    name: "HIS_VS_YB_INVENTORY",
    columns: &[
        ("HOSPITAL_ID", Text),
        ("HOSPITAL_NAME", Text),
        ("INVENTORY_NAME", Text),
        ("INVENTORY_LEVEL", Text),
        ("STORE_CODE", Text),
        ("STORE_DATE", Minute),
        ("UNT", Text),
        ("IMPORT_PRIC", Price),
        ("IMPORT_CNT", Quantity),
        ("ITEM_ID_STORE", Text),
        ("ITEM_NAME_STORE", Text),
        ("INVOICE_NO", Text),
        ("BATCH_NUMBER", Text),
        ("SPEC", Text),
        ("PROD_CONVRAT", Quantity),
        ("MIN_PRCUNT", Text),
        ("SPLER_NAME", Text),
        ("PRODENTP_NAME", Text),
    ],
};

/// What was handed on.
pub(super) static ISSUES: Table = Table {
    name: "HIS_VS_YB_DELIVER",
    columns: &[
        ("HOSPITAL_ID", Text),
        ("HOSPITAL_NAME", Text),
        ("INVENTORY_NAME", Text),
        ("INVENTORY_LEVEL", Text),
        ("DEL_CODE", Text),
        ("DEL_DATE", Minute),
        ("UNT", Text),
        ("EX_CNT", Quantity),
        ("EX_PRICE", Price),
        ("DELIVER_OBJECT", Text),
        ("ITEM_ID_STORE", Text),
        ("ITEM_NAME_STORE", Text),
        ("SPEC", Text),
        ("PROD_CONVRAT", Quantity),
        ("MIN_PRCUNT", Text),
        ("SPLER_NAME", Text),
        ("PRODENTP_NAME", Text),
    ],
};

/// How many charged units a pack of the store holds.
pub(super) static PACKS: Table = Table {
    name: "CONVERT_UNIT",
    columns: &[
        ("HOSPITAL_ID", Text),
        ("HOSPITAL_NAME", Text),
        ("ITEM_ID_STORE", Text),
        ("ITEM_NAME_STORE", Text),
        ("STORAGEHOUSE_UNIT", Text),
        ("STORAGEHOUSE_CONVERT", Quantity),
        ("OUTPATIENT_UNIT", Text),
        ("OUTPATIENT_CONVERT", Quantity),
        ("INPATIENT_UNIT", Text),
        ("INPATIENT_CONVERT", Quantity),
    ],
};

/// Adds what a settled visit used.
pub(super) fn count(area: &Area, visit: &Visit, used: &mut Used) {
    let stored = |line: &&Line| matches!(area.catalogue.items[line.item].list, "101" | "301");
    if !visit.still_in {
        for line in visit.lines.iter().filter(stored) {
            *used.entry(line.item).or_default() += line.quantity_e4;
        }
    }
}

/// One item of the store.
struct Stored<'a> {
    hospital: &'a Institution,
    item: usize,
    code: String,
    name: &'a str,
    spec: &'a str,
    unit: &'a str,
    /// Charged units in one unit of the store.
    ratio: i64,
    /// Ten-thousandths of the store's unit.
    opening: i64,
    bought: i64,
    closing: i64,
    /// Price of the store's unit in millionths of a yuan.
    price_e6: i64,
    /// Moves on to the ward's store.
    moved: bool,
}

/// The five tables of the store, filled from what was billed.
///
/// # Errors
/// When the catalogue lacks an item that planted cases use.
pub(super) fn write(area: &Area, period: Period, used: &Used, sheets: [&mut Sheet; 5]) -> Result<(), SynthError> {
    let Some(hospital) = area.institutions.first() else { return Ok(()) };
    let [mapping, balances, receipts, issues, packs] = sheets;
    let catalogue = &area.catalogue;
    let (short, unrecorded) = (catalogue.item("albumin")?, catalogue.item("urokinase")?);
    let (boxed, moved) = (catalogue.item("levocarnitine")?, catalogue.item("thymalfasin")?);
    for (place, (item, used)) in used.iter().enumerate() {
        if *item == unrecorded {
            continue;
        }
        let sold = &catalogue.items[*item];
        let ratio = if *item == boxed { 10 } else { 1 };
        // Whole packs, and a tenth more than was used.
        let needed = used.div_euclid(ratio * ONE) + 1;
        let (opening, bought) = if *item == short { (0, 2) } else { (5, needed + needed / 10) };
        let closing = (opening + bought) * ONE - used / ratio;
        let stored = Stored {
            hospital,
            item: *item,
            code: format!("WZ{:05}", place + 1),
            name: sold.name,
            spec: if sold.spec.is_empty() { "-" } else { sold.spec },
            unit: sold.unit,
            ratio,
            opening: opening * ONE,
            bought: bought * ONE,
            closing: closing.max(0),
            price_e6: hospital.prices_fen[*item] * ONE * ratio * 85 / 100,
            moved: *item == moved,
        };
        stored.map(area, mapping);
        stored.balance(period, balances);
        stored.receive(period, "一级", stored.bought, receipts);
        if stored.moved {
            // What a ward's store receives from the main one is no purchase.
            stored.receive(period, "二级", stored.bought, receipts);
        }
        stored.issue(period, *used / ratio, issues);
        stored.pack(packs);
    }
    Ok(())
}

impl Stored<'_> {
    fn open<'s>(&self, sheet: &'s mut Sheet) -> &'s mut Sheet {
        sheet.text(&self.hospital.code).text(&self.hospital.name)
    }

    fn unit(&self) -> &str {
        if self.ratio > 1 { "盒" } else { self.unit }
    }

    fn map(&self, area: &Area, sheet: &mut Sheet) {
        let item = &area.catalogue.items[self.item];
        let (own_code, own_name) = &self.hospital.own_items[self.item];
        self.open(sheet)
            .text(&self.code)
            .text(self.name)
            .text(item.code)
            .text(item.name)
            .text(own_code)
            .text(own_name)
            .text(if item.grade == "03" { "1" } else { "0" })
            .text("1")
            .end_row();
    }

    fn balance(&self, period: Period, sheet: &mut Sheet) {
        self.open(sheet)
            .text("药械总库")
            .text("一级")
            .text(&self.code)
            .text(self.name)
            .code("PH", self.item as u64, 6)
            .text(self.spec)
            .number(period.first_day)
            .number(self.price_e6)
            .number(self.opening)
            .number(period.end() - 1)
            .number(self.price_e6)
            .number(self.closing)
            .text("云川医药有限公司")
            .text("云川制药厂")
            .number(self.ratio * ONE)
            .text(self.unit)
            .end_row();
    }

    /// Three deliveries over the period.
    fn receive(&self, period: Period, level: &str, quantity: i64, sheet: &mut Sheet) {
        let third = quantity / ONE / 3 * ONE;
        for (turn, quantity) in [quantity - 2 * third, third, third].into_iter().enumerate() {
            let day = period.first_day + 1 + turn as i64 * (period.days / 3);
            if quantity == 0 {
                continue;
            }
            self.open(sheet)
                .text(if level == "一级" { "药械总库" } else { "病区药柜" })
                .text(level)
                .code("RK", self.item as u64 * 10 + turn as u64, 6)
                .number(day * DAY_MINUTES + 9 * 60)
                .text(self.unit())
                .number(self.price_e6)
                .number(quantity)
                .text(&self.code)
                .text(self.name)
                .code("FP", self.item as u64 * 10 + turn as u64, 8)
                .code("PH", self.item as u64, 6)
                .text(self.spec)
                .number(self.ratio * ONE)
                .text(self.unit)
                .text("云川医药有限公司")
                .text("云川制药厂")
                .end_row();
        }
    }

    fn issue(&self, period: Period, quantity: i64, sheet: &mut Sheet) {
        self.open(sheet)
            .text("药械总库")
            .text("一级")
            .code("CK", self.item as u64, 6)
            .number((period.end() - 1) * DAY_MINUTES + 10 * 60)
            .text(self.unit())
            .number(quantity.min(self.opening + self.bought))
            .number(self.price_e6)
            .text(if self.moved { "病区药柜" } else { "药房" })
            .text(&self.code)
            .text(self.name)
            .text(self.spec)
            .number(self.ratio * ONE)
            .text(self.unit)
            .text("云川医药有限公司")
            .text("云川制药厂")
            .end_row();
    }

    fn pack(&self, sheet: &mut Sheet) {
        self.open(sheet)
            .text(&self.code)
            .text(self.name)
            .text(self.unit())
            .number(self.ratio * ONE)
            .text(self.unit)
            .number(ONE)
            .text(self.unit)
            .number(ONE)
            .end_row();
    }
}
