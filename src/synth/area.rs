//! The area: its institutions with their departments, practitioners and own price lists.
//!
//! Everything is fictional. The division codes begin with 99, which no place has, so no code or identity number made
//! from them can be a real one.

use super::catalogue::{Catalogue, Item};
use super::random::{Dice, spread};

/// Division code of the city; its districts follow it.
pub(super) const CITY_CODE: u64 = 990_100;
/// Division of the hospital in another city.
const AWAY_CODE: u64 = 990_202;
/// Beds of the centres that planted stays fill; no ordinary stay is there.
pub(super) const SMALL_WARD_BEDS: i64 = 5;
const DISTRICTS: [&str; 6] = ["青溪区", "临江区", "云台区", "石桥县", "安岭县", "白塔县"];
const NEIGHBOURHOODS: [&str; 12] =
    ["城东", "城西", "南门", "北苑", "河滨", "柳林", "新桥", "枫树", "桃园", "东湖", "西岭", "平安"];

/// Level of an institution; decides what it charges and what the fund pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Pharmacy,
    Primary,
    Secondary,
    Tertiary,
}

impl Level {
    /// hosp_lv of the platform.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Tertiary => "02",
            Self::Secondary => "05",
            Self::Primary => "08",
            Self::Pharmacy => "11",
        }
    }

    /// Ceiling prices of services as a percentage of a tertiary hospital's.
    const fn service_percent(self) -> i64 {
        match self {
            Self::Tertiary => 100,
            Self::Secondary => 90,
            Self::Primary | Self::Pharmacy => 80,
        }
    }
}

/// A department as every hospital has it: (word used in diseases.csv, code, name).
pub(super) const DEPARTMENTS: [(&str, &str, &str); 20] = [
    ("general", "A02", "全科医疗科"),
    ("medicine", "A03", "内科"),
    ("respiratory", "A03.01", "呼吸内科"),
    ("cardiology", "A03.04", "心血管内科"),
    ("neurology", "A03.03", "神经内科"),
    ("nephrology", "A03.07", "肾病学科"),
    ("surgery", "A04.01", "普通外科"),
    ("orthopaedics", "A04.03", "骨科"),
    ("gynaecology", "A05", "妇产科"),
    ("paediatrics", "A07", "儿科"),
    ("ophthalmology", "A10", "眼科"),
    ("oncology", "A19", "肿瘤科"),
    ("emergency", "A20", "急诊医学科"),
    ("rehabilitation", "A21", "康复医学科"),
    ("anaesthesia", "A26", "麻醉科"),
    ("laboratory", "A30", "医学检验科"),
    ("imaging", "A32", "医学影像科"),
    ("tcm", "A50", "中医科"),
    ("dispensary", "Y01", "药房"),
    ("materials", "Y02", "材料库房"),
];

/// Index of the department with this word; general medicine when there is none.
pub(super) fn department(word: &str) -> usize {
    DEPARTMENTS.iter().position(|(known, ..)| *known == word).unwrap_or(0)
}

/// Number of the hospital in another city: far from any that an area has.
const AWAY_NUMBER: u64 = 9_999_996;

/// Doctors of one department.
pub(super) const DOCTORS: usize = 4;

/// An institution.
pub(super) struct Institution {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) level: Level,
    pub(super) division: String,
    pub(super) credit_code: String,
    pub(super) beds: i64,
    /// Codes and names of the doctors: `DOCTORS` for each department.
    pub(super) doctors: Vec<(String, String)>,
    /// Code and name of each item in the institution's own price list, in the order of the catalogue.
    pub(super) own_items: Vec<(String, String)>,
    /// The insured code that it writes for each item: the national one, at some with the area's own behind it.
    pub(super) item_codes: Vec<String>,
    /// Its price of each item in fen, never above the ceiling.
    pub(super) prices_fen: Vec<i64>,
    /// Writes charge categories without the leading zero, as some systems do.
    pub(super) unpadded_codes: bool,
}

/// A move from one item to another, from a minute on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shift {
    /// Where; everywhere without one.
    pub(super) institution: Option<usize>,
    pub(super) left: usize,
    pub(super) taken: usize,
    pub(super) minute: i64,
}

/// A test that one institution orders for everybody who comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habit {
    pub(super) institution: usize,
    pub(super) test: usize,
}

/// The institutions of an area and what they have in common.
pub(super) struct Area {
    pub(super) catalogue: Catalogue,
    pub(super) institutions: Vec<Institution>,
    /// Positions of the institutions by level.
    pub(super) tertiary: Vec<usize>,
    pub(super) secondary: Vec<usize>,
    pub(super) primary: Vec<usize>,
    pub(super) pharmacies: Vec<usize>,
    /// A hospital in another city, where ordinary lives do not go.
    pub(super) away: usize,
    /// Items that are billed in place of others from some time on.
    pub(super) shifts: Vec<Shift>,
    /// What one of the community centres orders for all its outpatients.
    pub(super) habit: Option<Habit>,
}

impl Area {
    /// An area of `count` institutions numbered from `first`, with one more in another city, or the one hospital of a
    /// hospital's own export. With `local_codes` two of five write the area's codes behind the national ones.
    pub(super) fn new(catalogue: Catalogue, first: u64, count: u32, seed: u64, local_codes: bool) -> Self {
        let mut area = Self {
            catalogue,
            institutions: Vec::new(),
            tertiary: Vec::new(),
            secondary: Vec::new(),
            primary: Vec::new(),
            pharmacies: Vec::new(),
            away: 0,
            shifts: Vec::new(),
            habit: None,
        };
        for number in first..first + u64::from(count.max(1)) {
            // Each twelve hold each level in the proportion of the whole.
            let level = match number % 12 {
                0 | 9 => Level::Tertiary,
                1 | 4 | 7 => Level::Secondary,
                2 | 5 | 8 => Level::Primary,
                _ => Level::Pharmacy,
            };
            let mut institution = institution(&area.catalogue, number, level, seed);
            if local_codes && number % 5 < 2 {
                institution.item_codes = area.catalogue.items.iter().enumerate().map(with_local_code).collect();
            }
            if level == Level::Primary && area.primary.len() < 3 {
                institution.beds = SMALL_WARD_BEDS;
            }
            let place = match level {
                Level::Tertiary => &mut area.tertiary,
                Level::Secondary => &mut area.secondary,
                Level::Primary => &mut area.primary,
                Level::Pharmacy => &mut area.pharmacies,
            };
            place.push(area.institutions.len());
            area.institutions.push(institution);
        }
        if count > 1 {
            let mut away = institution(&area.catalogue, AWAY_NUMBER, Level::Tertiary, seed);
            away.division = AWAY_CODE.to_string();
            away.code = format!("H{AWAY_CODE}00001");
            away.name = "海陵市中心医院".to_owned();
            area.away = area.institutions.len();
            area.institutions.push(away);
        }
        area
    }

    /// What is billed when an institution means `item` at a minute.
    pub(super) fn billed(&self, institution: usize, item: usize, minute: i64) -> usize {
        self.shifts
            .iter()
            .find(|shift| {
                shift.left == item
                    && minute >= shift.minute
                    && shift.institution.is_none_or(|place| place == institution)
            })
            .map_or(item, |shift| shift.taken)
    }

    /// Hospitals with wards, tertiary and secondary ones.
    pub(super) fn wards(&self) -> impl Iterator<Item = usize> + '_ {
        self.tertiary.iter().chain(&self.secondary).copied()
    }

    /// The ceiling price of an item at a level, in fen. Drugs have one for all levels.
    pub(super) fn ceiling_fen(&self, item: usize, level: Level) -> i64 {
        ceiling_fen(&self.catalogue.items[item], level)
    }
}

/// The ceiling price of an item at a level, in fen.
fn ceiling_fen(item: &Item, level: Level) -> i64 {
    if item.list == "201" { item.ceiling_fen * level.service_percent() / 100 } else { item.ceiling_fen }
}

fn institution(catalogue: &Catalogue, number: u64, level: Level, seed: u64) -> Institution {
    // Institutions have streams far from those of the persons.
    let mut dice = Dice::new(seed, spread(number ^ 0x00ab_cdef));
    let district = (number % DISTRICTS.len() as u64) as usize;
    let division = (CITY_CODE + 2 + district as u64).to_string();
    let letter = if level == Level::Pharmacy { 'P' } else { 'H' };
    let code = format!("{letter}{division}{:05}", number + 1);
    let neighbourhood = NEIGHBOURHOODS[(number / 3) as usize % NEIGHBOURHOODS.len()];
    let ordinal = number / 12 + 1;
    let name = match level {
        Level::Tertiary => format!("云川市第{}人民医院", chinese(ordinal * 2 - u64::from(number.is_multiple_of(12)))),
        Level::Secondary => {
            format!("{}{}医院", DISTRICTS[district], ["人民", "中医", "仁和", "康宁"][(ordinal % 4) as usize])
        }
        Level::Primary => format!("{}{neighbourhood}社区卫生服务中心", DISTRICTS[district]),
        Level::Pharmacy => format!("{}{neighbourhood}大药房", ["康民", "益寿", "百草", "惠仁"][(ordinal % 4) as usize]),
    };
    // Names repeat in a large area; the running number keeps them apart.
    let name = if number < 12 { name } else { format!("{name}（{}）", number + 1) };
    let doctors = (0..DEPARTMENTS.len() * DOCTORS)
        .map(|place| {
            let code = format!("D{division}{:06}", number * 100 + place as u64 + 1);
            (code, super::people::name(&mut dice, place % 2 == 0))
        })
        .collect();
    let unpadded_codes = dice.chance(1500);
    let dashed = dice.chance(5000);
    let mut own_items = Vec::with_capacity(catalogue.items.len());
    let mut prices_fen = Vec::with_capacity(catalogue.items.len());
    for (place, item) in catalogue.items.iter().enumerate() {
        let own_code = if dashed {
            format!("{}-{:04}", item.charge, place * 7 + 101)
        } else {
            format!("{:08}", (place as u64 + 1) * 1309 + number)
        };
        let mut own_name = (*dice.pick(&item.own_names)).to_owned();
        // Price lists carry strengths, grades and full-width brackets; none of that is another item.
        if !item.spec.is_empty() && dice.chance(5000) {
            own_name = format!("{own_name} {}", item.spec);
        }
        if item.grade == "01" && dice.chance(800) {
            own_name = format!("{own_name}(甲)");
        }
        if dice.chance(2000) {
            own_name = own_name.replace('(', "（").replace(')', "）");
        }
        own_items.push((own_code, own_name));
        let ceiling = ceiling_fen(item, level);
        let low = if item.list == "201" { 96 } else { 88 };
        prices_fen.push((ceiling * dice.between(low, 100) / 100).max(1));
    }
    Institution {
        code,
        name,
        level,
        credit_code: format!("129901{:012}", number * 97 + 31),
        beds: match level {
            Level::Tertiary => dice.between(6, 15) * 100,
            Level::Secondary => dice.between(10, 40) * 10,
            Level::Primary => dice.between(2, 6) * 10,
            Level::Pharmacy => 0,
        },
        division,
        doctors,
        own_items,
        item_codes: catalogue.items.iter().map(|item| item.code.to_owned()).collect(),
        prices_fen,
        unpadded_codes,
    }
}

/// The code of an item with the area's own behind it: services in the ways in which areas write them, packs of drugs with a number.
fn with_local_code((place, item): (usize, &Item)) -> String {
    let (code, edition) = (item.code, item.code.get(2..11).unwrap_or_default());
    match (item.list, place % 4) {
        ("201", 0) => format!("{code}-{edition}"),
        ("201", 1) => format!("{code}-{edition}-{}", place % 20 + 1),
        ("201", 2) => format!("{code}-{edition}{}", ["a", "b", "h"][place % 3]),
        ("201", _) => format!("{code}{edition}"),
        ("101", 0) => format!("{}-{}", code.to_lowercase(), place % 3 + 1),
        _ => code.to_owned(),
    }
}

/// A small number in Chinese: 一, 二 … 十, then digits.
fn chinese(number: u64) -> String {
    const NUMERALS: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    NUMERALS.get(number.wrapping_sub(1) as usize).map_or_else(|| number.to_string(), |numeral| (*numeral).to_owned())
}
