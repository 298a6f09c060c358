//! Model 3: repeated and excessive charges.

use super::super::care::ONE;
use super::super::life::cut_off;
use super::super::people::Who;
use super::{Scenario, hit, silent};
use crate::calendar::DAY_MINUTES;

/// The scenarios of this model.
pub(super) const SCENARIOS: &[Scenario] = &[
    hit("duplicate-line", "a laboratory test billed twice at one moment", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 7)?;
        p.copies(stay, "troponin", 2, 2)
    }),
    hit("duplicate-line", "an examination billed three times at one moment", |p| {
        let stay = p.stay(0, "copd", 0, 8)?;
        p.copies(stay, "echocardiography", 3, 3)
    })
    .across_area(),
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
    silent("duplicate-line", "a week of inhalations entered on the last day", |p| {
        let stay = p.stay(0, "copd", 0, 9)?;
        p.copies(stay, "nebuliser", 9, 7)?;
        let visit = &mut p.visits[stay];
        let last_day = visit.last_day() * DAY_MINUTES;
        for line in &mut visit.lines {
            line.minute = last_day + line.minute.rem_euclid(DAY_MINUTES).min(14 * 60);
        }
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("duplicate-line", "four hours of oxygen; a line for each", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 7)?;
        p.copies(stay, "oxygen", 2, 4)
    })
    .once()
    .quiet()
    .across_area(),
    silent("duplicate-line", "two orders for one test in the same minute", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 7)?;
        p.daily(stay, "troponin", 2..3)?;
        p.daily(stay, "troponin", 2..3)
    })
    .once()
    .quiet()
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
    silent("included-item", "the tolerance test was given for nothing", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 8)?;
        let main = p.charge(stay, "glucose-tolerance", 3, 8 * 60, ONE)?;
        p.visits[stay].lines[main].price_fen = 0;
        p.daily(stay, "glucose", 3..4)
    })
    .once()
    .quiet()
    .across_area(),
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
    silent("price-over-cap", "the surcharge for a child of four", |p| {
        p.turns(4, 5);
        p.start += 60;
        let visit = p.contact(0, "cold", 0)?;
        let line = p.charge(visit, "xray-chest", 0, 600, ONE)?;
        p.price(visit, line, 120, true)
    })
    .once()
    .quiet()
    .across_area(),
    silent("price-over-cap", "a box of tablets beside the ceiling of one tablet", |p| {
        let visit = p.errand(0, 0)?;
        let line = p.charge(visit, "aspirin", 0, 600, ONE)?;
        p.price(visit, line, 3000, true)?;
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("price-over-cap", "at the ceiling of tertiary hospitals; above that of centres", |p| {
        let visit = p.errand_at(p.tertiary(), 0)?;
        let line = p.charge(visit, "xray-chest", 0, 600, ONE)?;
        p.price(visit, line, 100, false)
    })
    .once()
    .quiet()
    .across_area(),
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
    silent("days-over-stay", "admitted and discharged on one day; one day charged", |p| {
        p.stay(0, "chest-pain", 0, 0).map(|stay| p.mark(stay))
    })
    .once()
    .quiet()
    .across_area(),
    silent("days-over-stay", "the newborn's bed on the mother's bill", |p| {
        let stay = p.stay(0, "delivery", 0, 3)?;
        let line = p.charge(stay, "bed-triple", 2, 12 * 60, 3 * ONE)?;
        p.mark_line(stay, line);
        Ok(())
    })
    .who(Who::YoungWoman)
    .once()
    .quiet()
    .across_area(),
    silent("days-over-stay", "the bed booked ahead; still in hospital at extraction", |p| {
        p.start = p.period.end() - 4;
        let stay = p.stay(0, "pneumonia", 0, 9)?;
        p.charge(stay, "bed-triple", 1, 12 * 60, 9 * ONE)?;
        cut_off(&mut p.visits[stay], p.period);
        p.mark(stay);
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
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
    silent("hours-over-day", "twenty hours of oxygen and twenty of monitoring on one day", |p| {
        let stay = p.stay(0, "diabetes-ward", 0, 8)?;
        for item in ["oxygen", "ecg-monitor"] {
            let line = p.charge(stay, item, 3, 3 * 60, 20 * ONE)?;
            p.mark_line(stay, line);
        }
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    silent("hours-over-day", "mother and child monitored under one number", |p| {
        let stay = p.stay(0, "delivery", 0, 3)?;
        let line = p.charge(stay, "ecg-monitor", 1, 0, 40 * ONE)?;
        p.mark_line(stay, line);
        Ok(())
    })
    .who(Who::YoungWoman)
    .once()
    .quiet()
    .across_area(),
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
    silent("second-operation-full-price", "the same operation on both legs", |p| {
        let stay = p.stay(0, "fracture", 0, 11)?;
        let first = p.line_of(stay, "op-fracture")?;
        let second = p.visits[stay].lines[first];
        p.visits[stay].lines.push(second);
        p.mark_line(stay, first);
        let second = p.visits[stay].lines.len() - 1;
        p.mark_line(stay, second);
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
    hit("same-service-two-visits", "one laboratory test in two visits of a day", |p| {
        for hour in [9, 14] {
            let visit = p.errand(0, 0)?;
            p.at(visit, 0, hour * 60);
            p.bill(visit, "troponin", ONE)?;
        }
        Ok(())
    }),
    silent("same-service-two-visits", "blood glucose three times within one of the visits", |p| {
        for (hour, times) in [(9, 3), (14, 1)] {
            let visit = p.errand(0, 0)?;
            p.at(visit, 0, hour * 60);
            p.bill(visit, "glucose", times * ONE)?;
        }
        Ok(())
    }),
    silent("same-service-two-visits", "two kinds of sample by the hospital's own list", |p| {
        for (hour, special) in [(9, "C-反应蛋白测定(末梢血)"), (14, "C-反应蛋白测定(静脉血)")] {
            let visit = p.errand(0, 0)?;
            p.at(visit, 0, hour * 60);
            let line = p.bill(visit, "crp", ONE)?;
            p.rename(visit, line, special);
        }
        Ok(())
    })
    .across_area(),
    silent("same-service-two-visits", "tested again on admission", |p| {
        let visit = p.errand(0, 0)?;
        p.at(visit, 0, 7 * 60);
        p.bill(visit, "blood-count", ONE)?;
        p.stay(0, "pneumonia", 0, 8)?;
        Ok(())
    })
    .across_area(),
    silent("same-service-two-visits", "masked person: nobody knows whether both visits are one's", |p| {
        p.care.person.mask();
        for hour in [9, 14] {
            let visit = p.errand(0, 0)?;
            p.at(visit, 0, hour * 60);
            p.bill(visit, "troponin", ONE)?;
        }
        Ok(())
    })
    .across_area(),
    hit("unbundled-components", "haemoglobin and red cells beside the blood count that holds them", |p| {
        let visit = p.errand(0, 0)?;
        p.charge(visit, "blood-count", 0, 600, ONE)?;
        for item in ["haemoglobin", "red-cells"] {
            let line = p.charge(visit, item, 0, 601, ONE)?;
            p.mark_line(visit, line);
        }
        Ok(())
    })
    .across_area(),
    silent("unbundled-components", "the component on the next day of the stay", |p| {
        let stay = p.stay(0, "fracture", 0, 9)?;
        let line = p.charge(stay, "haemoglobin", 7, 6 * 60, ONE)?;
        p.mark_line(stay, line);
        Ok(())
    })
    .across_area(),
    silent("unbundled-components", "checked again in the evening", |p| {
        let stay = p.stay(0, "lumbar-disc", 0, 9)?;
        p.charge(stay, "blood-count", 7, 6 * 60, ONE)?;
        let line = p.charge(stay, "haemoglobin", 7, 19 * 60, ONE)?;
        p.mark_line(stay, line);
        Ok(())
    })
    .across_area(),
    silent("unbundled-components", "the package was given for nothing", |p| {
        let visit = p.errand(0, 0)?;
        let package = p.charge(visit, "blood-count", 0, 600, ONE)?;
        p.visits[visit].lines[package].price_fen = 0;
        let line = p.charge(visit, "haemoglobin", 0, 601, ONE)?;
        p.mark_line(visit, line);
        Ok(())
    })
    .across_area(),
];
