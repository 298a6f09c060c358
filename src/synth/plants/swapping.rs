//! Model 4: items billed in place of others.

use super::super::care::ONE;
use super::{MANY_INSTITUTIONS, SPECIAL_ITEMS, Scenario, hit, silent};

/// The scenarios of this model.
pub(super) const SCENARIOS: &[Scenario] = &[
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
    silent("name-mismatch", "another name for a treatment that the patient pays", |p| {
        let institution = p.ward(1);
        p.courses(institution, "physio-infrared", 8, Some("足底按摩"), true)?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
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
    })
    .across_area(),
    hit("known-swap", "a bedside glucose meter billed as a laboratory test", |p| {
        p.swapped("glucose-enzyme", "床边血糖仪检测")
    })
    .across_area(),
    hit("known-swap", "an air mattress billed as a suspended bed", |p| p.swapped("bed-suspended", "防褥疮气垫"))
        .across_area(),
    silent("known-swap", "a longer name that contains a known one", |p| {
        p.swapped("sputum-machine", "翻身拍背排痰（机械辅助）")
    }),
    silent("known-swap", "an infusion billed as an infusion", |p| p.swapped("infusion", "静脉输液"))
        .once()
        .quiet()
        .across_area(),
    silent("known-swap", "billed as a scalp infusion; paid by the patient", |p| {
        p.swapped("infusion-scalp", "静脉输液")?;
        p.paid_by_patient();
        Ok(())
    })
    .once()
    .quiet()
    .across_area(),
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
    hit("stock-shortfall", "twelve bottles billed where two were ever bought", |p| {
        let stay = p.stay(0, "heart-failure", 0, 9)?;
        for day in 1..7 {
            let line = p.charge(stay, "albumin", day, 16 * 60, 2 * ONE)?;
            p.mark_line(stay, line);
        }
        Ok(())
    })
    .once()
    .in_hospital(),
    silent("stock-shortfall", "as much as was bought; moved on to the ward's store", |p| {
        let stay = p.stay(0, "heart-failure", 0, 9)?;
        p.daily(stay, "thymalfasin", 1..8)
    })
    .once()
    .in_hospital(),
    silent("stock-shortfall", "stocked in boxes; billed by the ampoule", |p| {
        let stay = p.stay(0, "heart-failure", 0, 9)?;
        for day in 1..8 {
            let line = p.charge(stay, "levocarnitine", day, 16 * 60, 10 * ONE)?;
            p.mark_line(stay, line);
        }
        Ok(())
    })
    .once()
    .in_hospital(),
    silent("stock-shortfall", "the store has no record of the item", |p| {
        let stay = p.stay(0, "heart-failure", 0, 9)?;
        for day in 1..8 {
            let line = p.charge(stay, "urokinase", day, 16 * 60, 5 * ONE)?;
            p.mark_line(stay, line);
        }
        Ok(())
    })
    .once()
    .in_hospital(),
    hit("price-signature", "massage at the price of a service that nobody insures", |p| {
        let institution = p.tertiary_at(p.member);
        p.priced(institution, p.member == 0)
    })
    .of(4)
    .once()
    .quiet()
    .among(MANY_INSTITUTIONS)
    .across_area(),
    silent("price-signature", "a discount of a fifth that is no other item's price", |p| {
        let institution = p.tertiary_at(1);
        p.courses(institution, "moxibustion", 11, None, true)?;
        for visit in &mut p.visits {
            if let Some(line) = visit.lines.last_mut() {
                line.price_fen = line.price_fen * 4 / 5;
            }
        }
        Ok(())
    })
    .once()
    .quiet()
    .among(MANY_INSTITUTIONS)
    .across_area(),
];
