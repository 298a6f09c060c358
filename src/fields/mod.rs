//! The twelve inspection fields (心血管内科 … 精神医学): which rules, items, departments and diagnoses belong to each.
//!
//! `fields.toml` holds them as data and says what each list means. `--field` narrows findings by [`Field::holds`].

use std::sync::LazyLock;

use serde::Deserialize;

use crate::lang::{Lang, Text};
use crate::spelling::nearest;

/// One inspection field.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    zh: String,
    en: String,
    aliases: Vec<String>,
    items: Vec<String>,
    #[serde(default)]
    charge_types: Vec<String>,
    departments: Vec<String>,
    #[serde(default)]
    department_codes: Vec<String>,
    #[serde(default)]
    dx: Vec<DxRange>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    field: Vec<Field>,
}

/// First and last three-character code, both included.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct DxRange(String, String);

impl TryFrom<String> for DxRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (first, last) = text.split_once('-').unwrap_or((&text, &text));
        let is_code = |code: &str| {
            let bytes = code.as_bytes();
            bytes.len() == 3 && bytes[0].is_ascii_uppercase() && bytes[1..].iter().all(u8::is_ascii_digit)
        };
        if is_code(first) && is_code(last) && first <= last {
            Ok(Self(first.to_owned(), last.to_owned()))
        } else {
            Err(format!("{text} is no range such as I00-I52"))
        }
    }
}

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let document: Document = toml::from_str(include_str!("fields.toml")).expect("src/fields/fields.toml parses");
    document.field
});

/// What a claim record says that can make it belong to a field; codes in upper case, nothing where it is not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traits<'a> {
    /// Code of the insured item.
    pub item_code: Option<&'a str>,
    /// Charge category, 01–14.
    pub charge_type: Option<&'a str>,
    /// Departments: code and name.
    pub departments: [Option<(&'a str, Option<&'a str>)>; 2],
    /// First three characters of the visit's main diagnosis.
    pub main_dx3: Option<&'a str>,
}

/// All fields, in the order of the inspection notices.
pub fn all() -> &'static [Field] {
    &FIELDS
}

/// The field of this name: Chinese, English or an alias, in any case.
///
/// # Errors
/// A sentence with the names there are.
pub fn field(name: &str) -> Result<&'static Field, Text> {
    let wanted = name.trim().to_lowercase();
    let named = |field: &&Field| field.names().any(|known| known.to_lowercase() == wanted);
    FIELDS.iter().find(named).ok_or_else(|| {
        let near = nearest(&wanted, FIELDS.iter().flat_map(Field::names));
        let names: Vec<&str> = FIELDS.iter().map(|field| field.zh.as_str()).collect();
        match near {
            Some(near) => Text::new(
                format!("没有检查领域 {name}，是不是 {near}？"),
                format!("there is no field {name}: did you mean {near}?"),
            ),
            None => {
                let names = names.join(" ");
                Text::new(
                    format!("没有检查领域 {name}；有 {names}"),
                    format!("there is no field {name}: there are {names}"),
                )
            }
        }
    })
}

impl Field {
    /// Its name, as rule.toml writes it.
    pub fn tag(&self) -> &str {
        &self.zh
    }

    /// Its name in both languages.
    pub fn title(&self) -> Text {
        Text::new(self.zh.clone(), self.en.clone())
    }

    /// Its name.
    pub fn name(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        [&self.zh, &self.en].into_iter().chain(&self.aliases).map(String::as_str)
    }

    /// Whether a record belongs to it.
    pub fn holds(&self, record: &Traits<'_>) -> bool {
        let begins = |code: &str, with: &[String]| with.iter().any(|begin| code.starts_with(begin));
        let department = |(code, name): (&str, Option<&str>)| match name {
            Some(name) => self.departments.iter().any(|word| name.contains(word)),
            None => begins(code, &self.department_codes),
        };
        record.item_code.is_some_and(|code| begins(code, &self.items))
            || record.charge_type.is_some_and(|kind| self.charge_types.iter().any(|known| known == kind))
            || record.departments.into_iter().flatten().any(department)
            || record.main_dx3.is_some_and(|dx| self.dx.iter().any(|range| *range.0 <= *dx && *dx <= *range.1))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn fields_of(record: &Traits<'_>) -> Vec<&'static str> {
        FIELDS.iter().filter(|field| field.holds(record)).map(Field::tag).collect()
    }

    #[test]
    fn the_twelve_fields_are_found_by_any_of_their_names() {
        let names: Vec<&str> = FIELDS.iter().map(Field::tag).collect();
        let twelve = [
            "心血管内科",
            "骨科",
            "血液净化",
            "康复",
            "医学影像",
            "临床检验",
            "肿瘤",
            "麻醉",
            "重症医学",
            "口腔",
            "内分泌",
            "精神医学",
        ];
        assert_eq!(names, twelve);
        for (typed, tag) in [
            ("血液透析", "血液净化"),
            ("Dialysis", "血液净化"),
            (" icu ", "重症医学"),
            ("骨科", "骨科"),
            ("牙科", "口腔"),
            ("精神", "精神医学"),
        ] {
            assert_eq!(field(typed).unwrap().tag(), tag, "{typed}");
        }
        assert!(field("眼科").unwrap_err().en.contains("there are 心血管内科 骨科"));
        assert!(field("dialisis").unwrap_err().en.contains("did you mean dialysis?"));
        let all: Vec<String> = FIELDS.iter().flat_map(Field::names).map(str::to_lowercase).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "no name stands for two fields");
    }

    #[test]
    fn a_record_belongs_by_item_department_diagnosis_or_charge() {
        let item = |code| Traits { item_code: Some(code), ..Traits::default() };
        let department = |code, name| Traits { departments: [None, Some((code, name))], ..Traits::default() };
        let dx = |dx| Traits { main_dx3: Some(dx), ..Traits::default() };
        for (record, tags) in [
            (item("003107010010000"), &["心血管内科"][..]),
            (item("XC07ABM018A010010101880"), &["心血管内科"]),
            (item("003315030010000"), &["骨科"]),
            (item("003110000060000"), &["血液净化"]),
            (item("003110000110000"), &["血液净化"]),
            // Other items of the same chapter: kidneys, not dialysis.
            (item("003110000140000"), &[]),
            (item("003402000200000"), &["康复"]),
            (item("002206000040000"), &["心血管内科", "医学影像"]),
            (item("002501010150000"), &["临床检验"]),
            (item("002401000030000"), &["肿瘤"]),
            (item("003301000050000"), &["麻醉"]),
            (item("001201000010000"), &["重症医学"]),
            (item("001102000010000"), &[]),
            // C03 is a class of materials; a drug of ATC group C03 begins with X.
            (item("XC03CAF130B002010102206"), &["心血管内科"]),
            (department("1", Some("心血管内科一病区")), &["心血管内科"]),
            (department("1", Some("心血管外科")), &[]),
            (department("1", Some("放射治疗科")), &["肿瘤"]),
            (department("1", Some("放射科")), &["医学影像"]),
            (department("1", Some("血液科")), &[]),
            // A hospital's own number that happens to be one of the ministry's.
            (department("A28", Some("消化内科")), &[]),
            (department("A28", None), &["重症医学"]),
            (item("003105010010000"), &["口腔"]),
            (item("003306040010000"), &["口腔"]),
            (item("003102010010000"), &["内分泌"]),
            (item("XA10BAE046A001010104023"), &["内分泌"]),
            (item("003115010010000"), &["精神医学"]),
            // A sedative is given in every ward.
            (item("XN05CDM119B002010101122"), &[]),
            (department("1", Some("口腔颌面外科")), &["口腔"]),
            (department("1", Some("内分泌科")), &["内分泌"]),
            (department("1", Some("神经内科")), &[]),
            (department("1", Some("老年精神科")), &["精神医学"]),
            (dx("K05"), &["口腔"]),
            (dx("E11"), &["内分泌"]),
            (dx("E78"), &[]),
            (dx("F20"), &["精神医学"]),
            (dx("I52"), &["心血管内科"]),
            (dx("I60"), &[]),
            (dx("C97"), &["肿瘤"]),
            (dx("D10"), &[]),
            (dx("Z49"), &["血液净化"]),
            (Traits { charge_type: Some("04"), ..Traits::default() }, &["临床检验"]),
            (Traits::default(), &[]),
        ] {
            assert_eq!(fields_of(&record), tags, "{record:?}");
        }
    }

    #[test]
    fn ranges_are_checked() {
        assert_eq!(DxRange::try_from("Z49".to_owned()), Ok(DxRange("Z49".to_owned(), "Z49".to_owned())));
        for wrong in ["I52-I00", "I5", "i00-i52", "I00-"] {
            assert!(DxRange::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
