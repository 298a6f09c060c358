//! The insured persons: names, identity numbers, ages and insurance.

use super::area::CITY_CODE;
use super::random::Dice;
use crate::calendar;

const SURNAMES: [&str; 40] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "高",
    "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "萧", "田", "董", "袁", "潘", "于",
    "蒋", "蔡",
];
const MEN: [&str; 24] = [
    "伟", "强", "军", "勇", "杰", "涛", "明", "辉", "刚", "平", "建国", "志强", "德华", "国庆", "永福", "文博", "子轩",
    "浩然", "长林", "光明", "世昌", "福生", "建军", "立新",
];
const WOMEN: [&str; 24] = [
    "芳", "娜", "敏", "静", "丽", "艳", "娟", "霞", "秀英", "桂兰", "玉梅", "淑珍", "秀兰", "雪梅", "晓燕", "雨桐",
    "欣怡", "春花", "美玲", "凤英", "桂英", "红梅", "婷婷", "思雨",
];
const STREETS: [&str; 8] = ["人民路", "解放街", "滨河路", "长青巷", "建设路", "学府路", "朝阳街", "和平里"];

/// Sex and age an invented person must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Anybody, by the area's age structure.
    Anybody,
    /// A man or woman of 46 to 74.
    Adult,
    /// A man of 46 to 74.
    Man,
    /// A woman of 46 to 74.
    Woman,
    /// A man or woman of 62 to 80.
    Old,
    /// A woman of 26 to 38.
    YoungWoman,
}

/// An insured person.
pub(super) struct Person {
    pub(super) number: u64,
    pub(super) psn_no: String,
    pub(super) certno: String,
    pub(super) name: String,
    pub(super) woman: bool,
    pub(super) birth_day: i64,
    /// As the register has it; visits of a living person only otherwise.
    pub(super) death_day: Option<i64>,
    pub(super) telephone: String,
    pub(super) address: String,
    /// Employees' insurance, otherwise residents'.
    pub(super) employee: bool,
    /// An insutype of its own, such as 340 for retired cadres.
    pub(super) other_insurance: Option<&'static str>,
    pub(super) retired: bool,
    pub(super) division: String,
    /// The person number itself is masked in this export.
    pub(super) masked: bool,
}

impl Person {
    /// The person with this number, as of `today`, the first day of the period, which lasts `days`.
    pub(super) fn new(dice: &mut Dice, number: u64, who: Who, today: i64, days: i64) -> Self {
        let woman = match who {
            Who::YoungWoman | Who::Woman => true,
            Who::Man => false,
            Who::Anybody | Who::Adult | Who::Old => dice.chance(4950),
        };
        let birth_day = match who {
            Who::Anybody => match dice.below(100) {
                // A few are born within the period.
                0 => today + dice.between(0, days * 2 / 3),
                1..=15 => today - dice.between(30, 15 * 365),
                16..=58 => today - dice.between(15 * 365, 45 * 365),
                59..=83 => today - dice.between(45 * 365, 65 * 365),
                84..=96 => today - dice.between(65 * 365, 80 * 365),
                _ => today - dice.between(80 * 365, 97 * 365),
            },
            Who::Adult | Who::Man | Who::Woman => today - dice.between(46 * 366, 74 * 365),
            Who::Old => today - dice.between(62 * 366, 80 * 365),
            Who::YoungWoman => today - dice.between(26 * 366, 37 * 365),
        };
        let age = full_years(birth_day, today);
        let division = CITY_CODE + 2 + dice.below(6);
        let employee = age >= 22 && dice.chance(4200);
        let sequence = (number % 490) * 2 + if woman { 2 } else { 1 };
        let certno = identity_number(division, birth_day, sequence);
        Self {
            number,
            psn_no: person_number(number),
            certno,
            name: name(dice, woman),
            woman,
            birth_day,
            death_day: None,
            telephone: format!("199{:08}", (number * 2_654_435_761) % 100_000_000),
            address: format!("云川市{}{}号", dice.pick(&STREETS), dice.between(1, 299)),
            employee,
            other_insurance: None,
            retired: employee && age >= if woman { 55 } else { 60 },
            division: division.to_string(),
            masked: false,
        }
    }

    /// Hides the person number as some bureaus do, so that nobody can say who this is.
    pub(super) fn mask(&mut self) {
        self.masked = true;
        self.psn_no = mask(&self.psn_no);
        self.certno = mask(&self.certno);
    }

    /// gend of the platform.
    pub(super) const fn sex(&self) -> &'static str {
        if self.woman { "2" } else { "1" }
    }

    /// insutype of the platform.
    pub(super) fn insurance(&self) -> &'static str {
        self.other_insurance.unwrap_or(if self.employee { "310" } else { "390" })
    }

    /// Makes the identity number one that cannot exist: its check character is wrong.
    pub(super) fn misprint_identity_number(&mut self) {
        let last = self.certno.pop().unwrap_or('0');
        self.certno.push(if last == '5' { '6' } else { '5' });
    }

    /// Makes the identity number a valid one of somebody born on another day.
    pub(super) fn borrow_identity_number(&mut self, birth_day: i64) {
        let sequence = (self.number % 490) * 2 + if self.woman { 2 } else { 1 };
        self.certno = identity_number(self.division.parse().unwrap_or(CITY_CODE), birth_day, sequence);
    }
}

/// psn_no of the person with a number.
pub(super) fn person_number(number: u64) -> String {
    format!("9901{:016}", number * 10 + 7)
}

/// Full years from a birth to a day; negative before the birth.
pub(super) fn full_years(birth_day: i64, day: i64) -> i64 {
    let days = i32::try_from(birth_day).ok().zip(i32::try_from(day).ok());
    days.and_then(|(birth_day, day)| calendar::age_years(birth_day, day)).map_or(-1, i64::from)
}

/// The first six and last four characters; the rest hidden.
pub(super) fn mask(code: &str) -> String {
    let length = code.len();
    if length < 10 { code.to_owned() } else { format!("{}********{}", &code[..6], &code[length - 4..]) }
}

/// A full name.
pub(super) fn name(dice: &mut Dice, woman: bool) -> String {
    let given = if woman { dice.pick(&WOMEN) } else { dice.pick(&MEN) };
    format!("{}{given}", dice.pick(&SURNAMES))
}

/// An 18-character identity number with its check character.
pub(super) fn identity_number(division: u64, birth_day: i64, sequence: u64) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let (year, month, day) = calendar::parts(birth_day);
    let mut digits = format!("{division}{year:04}{month:02}{day:02}{sequence:03}");
    let sum: u32 = digits.chars().zip(WEIGHTS).map(|(digit, weight)| digit.to_digit(10).unwrap_or(0) * weight).sum();
    digits.push(CHECKS[(sum % 11) as usize]);
    digits
}

#[cfg(test)]
mod tests {
    use super::{full_years, identity_number, mask};

    #[test]
    fn a_birthday_adds_a_year() {
        assert_eq!(full_years(0, 364), 0);
        assert_eq!(full_years(0, 365), 1);
        assert_eq!(full_years(365, 0), -1);
    }

    #[test]
    fn identity_numbers_carry_their_check_character() {
        // 11010519491231002X is the standard's own example (GB 11643); 1949-12-31 is day −7306.
        assert_eq!(identity_number(110_105, -7306, 2), "11010519491231002X");
    }

    #[test]
    fn masks_keep_both_ends() {
        assert_eq!(mask("990102195001011234"), "990102********1234");
    }
}
