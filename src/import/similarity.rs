//! How alike a hospital's name for an item and the insured name it was billed under are, as a whole percentage.
//!
//! Hospitals write strength, dosage form, brand, maker, grade and origin into one name field, and abbreviate. None of
//! that is a mismatch, so it is taken off first, and what remains is compared by characters, which suits Chinese names
//! that have no word boundaries and swap the order of body part and method. The measure is built to be generous: a low
//! value should mean that the two names have hardly anything in common. It runs once per distinct pair of names, at
//! import, so that rules need no text functions. The words it knows are in similarity.toml.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

/// The score of names that cannot be held against each other.
const NOT_COMPARABLE: i32 = 100;

/// The least score when all characters of one name appear in the other in the same order: an abbreviation, or a part.
const ABBREVIATION_FLOOR: usize = 55;

/// Weight of shared characters, of 100; the rest is the weight of shared neighbouring pairs of characters.
const CHARACTER_WEIGHT: usize = 60;

/// Longest name, in characters, that processing is taken off: names of herbal pieces are short.
const LONGEST_PIECE: usize = 5;

/// The words of similarity.toml, which explains them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    charge_categories: Vec<String>,
    synonyms: Vec<(String, String)>,
    markers: Vec<String>,
    bracket_markers: Vec<String>,
    form_endings: Vec<String>,
    form_beginnings: Vec<String>,
    salt_beginnings: Vec<String>,
    salt_endings: Vec<String>,
    service_endings: Vec<String>,
    service_beginnings: Vec<String>,
    processing: Vec<String>,
    measure_characters: String,
    units: Vec<String>,
}

static WORDS: LazyLock<Words> =
    LazyLock::new(|| toml::from_str(include_str!("similarity.toml")).expect("src/import/similarity.toml parses"));

/// How alike two names are, 0 (nothing in common) to 100 (the same thing as far as names tell).
///
/// 100 too when they cannot be compared: when one is a charge category (西药费), or a bare code or Latin abbreviation
/// beside a Chinese name. A name that is missing altogether is the caller's to leave out.
pub fn similarity_pct(hospital_name: &str, insured_name: &str) -> i32 {
    let hospital = normalise(hospital_name);
    let insured = normalise(insured_name);
    if hospital == insured || is_category(&hospital) || is_category(&insured) {
        return NOT_COMPARABLE;
    }
    let hospital = readings(&hospital);
    let insured = readings(&insured);
    if has_chinese(&hospital) != has_chinese(&insured) {
        return NOT_COMPARABLE;
    }
    let best = hospital.iter().flat_map(|left| insured.iter().map(|right| score(left, right))).max();
    best.map_or(NOT_COMPARABLE, |percent| i32::try_from(percent).unwrap_or(NOT_COMPARABLE))
}

/// Compatibility forms folded, lower case, brackets of all kinds made round, spaces dropped.
fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.nfkc().flat_map(char::to_lowercase) {
        match c {
            '[' | '{' | '【' | '〔' | '〖' | '「' | '<' | '《' => normal.push('('),
            ']' | '}' | '】' | '〕' | '〗' | '」' | '>' | '》' => normal.push(')'),
            c if c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}' => {}
            c => normal.push(c),
        }
    }
    normal
}

/// Whether a normalised name is a charge category and no item.
fn is_category(name: &str) -> bool {
    WORDS.charge_categories.iter().any(|category| category == name.strip_suffix('费').unwrap_or(name))
}

/// The ways to read one name: with what its brackets say, without it, and as a herbal piece without its processing.
///
/// A bracket may hold a brand or a maker (to be ignored) or a body part (to be kept), and nothing tells which: the best
/// reading counts.
fn readings(name: &str) -> Vec<String> {
    let (outside, inside) = split_brackets(name);
    let bare = essence(&outside);
    let mut all = bare.clone();
    for part in &inside {
        if !WORDS.bracket_markers.contains(part) {
            all.push_str(&essence(part));
        }
    }
    let mut readings = vec![all];
    if !bare.is_empty() {
        if let Some(raw) = without_processing(&bare) {
            readings.push(raw);
        }
        readings.push(bare);
    }
    readings.retain(|reading| !reading.is_empty());
    readings.sort();
    readings.dedup();
    readings
}

/// A name split into what stands outside of brackets and the content of each bracket; an unclosed one ends with the name.
fn split_brackets(name: &str) -> (String, Vec<String>) {
    let mut outside = String::new();
    let mut inside = Vec::new();
    let mut current = String::new();
    let mut depth = 0_usize;
    for c in name.chars() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && !current.is_empty() {
                    inside.push(std::mem::take(&mut current));
                }
            }
            c if depth == 0 => outside.push(c),
            c => current.push(c),
        }
    }
    if !current.is_empty() {
        inside.push(current);
    }
    (outside, inside)
}

/// What of a bracket-free text names the item: no strength, marker, form, salt, service word or punctuation.
fn essence(text: &str) -> String {
    let mut text = text.to_owned();
    for marker in &WORDS.markers {
        text = text.replace(marker, "");
    }
    // Before numbers go: 2级 is a grade, and CT stands alone only while the punctuation around it is there.
    for (short, full) in &WORDS.synonyms {
        text = replace_word(&text, short, full);
    }
    let mut text: String = without_strength(&text).into_iter().filter(|c| c.is_alphanumeric()).collect();
    strip_start(&mut text, &WORDS.form_beginnings, 2);
    strip_start(&mut text, &WORDS.salt_beginnings, 2);
    strip_start(&mut text, &WORDS.service_beginnings, 2);
    strip_end(&mut text, &WORDS.form_endings, 2);
    strip_end(&mut text, &WORDS.salt_endings, 3);
    strip_end(&mut text, &WORDS.service_endings, 2);
    text
}

/// `text` with `short` replaced by `full`; Latin short forms only where they stand alone, not within a longer Latin word.
fn replace_word(text: &str, short: &str, full: &str) -> String {
    if text.contains(full) {
        return text.to_owned();
    }
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(short) {
        let (before, after) = (&rest[..at], &rest[at + short.len()..]);
        let latin = short.is_ascii();
        let joined = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let within = latin && (joined(before.chars().next_back()) || joined(after.chars().next()));
        replaced.push_str(before);
        replaced.push_str(if within { short } else { full });
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

/// The characters of a text without numbers and the units that follow them.
///
/// A number right behind a Latin letter stays: it is part of a name (`维生素b12`, `ca125`).
fn without_strength(text: &str) -> Vec<char> {
    let characters: Vec<char> = text.chars().collect();
    let mut kept: Vec<char> = Vec::with_capacity(characters.len());
    let mut at = 0;
    while at < characters.len() {
        let c = characters[at];
        let after_letter = kept.last().is_some_and(char::is_ascii_alphabetic);
        if !c.is_ascii_digit() {
            kept.push(c);
            at += 1;
        } else if after_letter {
            while at < characters.len() && characters[at].is_ascii_digit() {
                kept.push(characters[at]);
                at += 1;
            }
        } else {
            while at < characters.len() && (characters[at].is_ascii_digit() || matches!(characters[at], '.' | ',')) {
                at += 1;
            }
            at += unit_length(&characters[at..]);
            // Keeps "0.5g*24" from reading as a number behind the letter of its unit.
            kept.push('*');
        }
    }
    kept
}

/// How many characters at the beginning of `rest` are the unit of the number before them.
fn unit_length(rest: &[char]) -> usize {
    let latin: String = rest.iter().take_while(|c| c.is_alphabetic() && !is_chinese(**c)).collect();
    if WORDS.units.contains(&latin) {
        return latin.chars().count();
    }
    rest.iter().take_while(|c| WORDS.measure_characters.contains(**c)).count()
}

/// Takes beginnings off as long as `least` characters remain.
fn strip_start(text: &mut String, beginnings: &[String], least: usize) {
    while let Some(rest) =
        beginnings.iter().filter_map(|word| text.strip_prefix(word.as_str())).find(|rest| rest.chars().count() >= least)
    {
        *text = rest.to_owned();
    }
}

/// Takes endings off as long as `least` characters remain.
fn strip_end(text: &mut String, endings: &[String], least: usize) {
    while let Some(rest) =
        endings.iter().filter_map(|word| text.strip_suffix(word.as_str())).find(|rest| rest.chars().count() >= least)
    {
        text.truncate(rest.len());
    }
}

/// The herbal piece behind its processing, when the name is short enough to be one.
fn without_processing(name: &str) -> Option<String> {
    if name.chars().count() > LONGEST_PIECE {
        return None;
    }
    let mut raw = name.to_owned();
    strip_start(&mut raw, &WORDS.processing, 2);
    (raw != name).then_some(raw)
}

/// Whether any reading holds a Chinese character.
fn has_chinese(readings: &[String]) -> bool {
    readings.iter().any(|reading| reading.chars().any(is_chinese))
}

/// Whether a character is a Chinese one.
fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

/// How alike two readings are, 0 to 100: shared characters and shared pairs of them, or one as a short form of the other.
fn score(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let characters = dice(&left, &right);
    let pairs = dice(&neighbours(&left), &neighbours(&right));
    let overlap = (characters * CHARACTER_WEIGHT + pairs * (100 - CHARACTER_WEIGHT)) / 100;
    let (short, long) = if left.len() <= right.len() { (&left, &right) } else { (&right, &left) };
    if short.len() < 2 || !is_subsequence(short, long) {
        return overlap;
    }
    overlap.max(ABBREVIATION_FLOOR + percent(short.len(), long.len()) * (100 - ABBREVIATION_FLOOR) / 100)
}

/// Each character with the one after it.
fn neighbours(text: &[char]) -> Vec<(char, char)> {
    text.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// The Sørensen–Dice coefficient of two multisets in whole percent.
///
/// `strsim` has it for pairs of characters only, and as a float; single characters count more here, and the result is whole.
fn dice<T: Ord>(left: &[T], right: &[T]) -> usize {
    let mut open: BTreeMap<&T, usize> = BTreeMap::new();
    for part in left {
        *open.entry(part).or_default() += 1;
    }
    let mut shared = 0;
    for part in right {
        if let Some(count) = open.get_mut(part).filter(|count| **count > 0) {
            *count -= 1;
            shared += 1;
        }
    }
    percent(2 * shared, left.len() + right.len())
}

/// `part` of `whole` in whole percent, rounded down; 0 of nothing.
fn percent(part: usize, whole: usize) -> usize {
    (100 * part).checked_div(whole).unwrap_or(0)
}

/// Whether all characters of `short` appear in `long` in the same order: 胸片 in 胸部摄片.
fn is_subsequence(short: &[char], long: &[char]) -> bool {
    let mut rest = long.iter();
    short.iter().all(|wanted| rest.any(|c| c == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Below this the rule `name-mismatch` speaks, with its default.
    const RULE_DEFAULT: i32 = 25;

    #[test]
    fn the_same_item_written_differently_stays_well_above_the_limit() {
        for (hospital, insured) in [
            ("阿莫西林胶囊(阿莫仙)0.5g*24粒", "阿莫西林"),
            ("阿莫西林胶囊", "阿莫西林分散片"),
            ("０．９％氯化钠注射液 100ml:0.9g", "氯化钠注射液"),
            ("5%葡萄糖注射液(塑瓶)250ml", "葡萄糖"),
            ("盐酸氨溴索注射液15mg:2ml", "氨溴索"),
            ("(甲)硝苯地平控释片[拜新同]30mg×7片", "硝苯地平"),
            ("★注射用头孢曲松钠1.0g", "头孢曲松"),
            ("△双氯芬酸钠缓释胶囊", "双氯芬酸"),
            ("硫酸氢氯吡格雷片(波立维)(赛诺菲)", "氯吡格雷"),
            ("阿托伐他汀钙片20mg*7片/盒[辉瑞]", "阿托伐他汀"),
            ("【乙】苯磺酸氨氯地平片(国产)", "氨氯地平"),
            ("重组人胰岛素注射液300iu:3ml", "重组人胰岛素"),
            ("青霉素钠80万单位", "注射用青霉素钠"),
            ("维生素B12注射液", "维生素B12"),
            ("炒白术", "白术"),
            ("醋延胡索", "延胡索"),
            ("蜜炙甘草", "甘草"),
            ("麸炒枳壳", "枳壳"),
            ("酒黄芩配方颗粒", "黄芩"),
            ("炙甘草", "甘草"),
            ("彩超(心脏)", "心脏彩色多普勒超声"),
            ("心脏彩超", "普通心脏彩色多普勒超声检查"),
            ("胸片", "胸部X线摄影"),
            ("头颅CT平扫", "X线计算机体层(CT)平扫"),
            ("头部核磁共振平扫", "磁共振平扫"),
            ("血常规(五分类)", "血细胞分析"),
            ("尿常规", "尿液分析"),
            ("肝功能", "肝功检查"),
            ("心电图(十二导联)", "常规心电图检查"),
            ("Ⅱ级护理", "II级护理"),
            ("二级护理费", "Ⅱ级护理"),
            ("2级护理", "Ⅱ级护理"),
            ("输氧", "氧气吸入"),
            ("一次性使用静脉留置针(进口)BD 24G", "静脉留置针"),
            ("双人间床位费", "普通病房床位费(双人间)"),
            ("关节松动训练（大关节）", "关节松动训练(大关节)"),
            ("乙肝表面抗原测定", "乙型肝炎表面抗原测定(HBsAg)"),
            ("葡萄糖测定(血清)", "葡萄糖测定(各种酶法)"),
            ("血清钾", "钾测定"),
            ("空腹血糖", "葡萄糖测定"),
            ("谷草转氨酶(AST)", "血清天门冬氨酸氨基转移酶测定"),
            ("气管插管全麻", "全身麻醉"),
            ("阑尾切除", "阑尾切除术"),
            ("针刺运动疗法", "普通针刺"),
            ("自费 红外线照射", "红外线治疗"),
        ] {
            let pct = similarity_pct(hospital, insured);
            assert!(pct >= RULE_DEFAULT + 15, "{hospital} / {insured}: {pct}");
            assert_eq!(pct, similarity_pct(insured, hospital), "{hospital} / {insured} depends on the order");
        }
    }

    #[test]
    fn another_item_is_below_the_limit() {
        for (hospital, insured) in [
            ("冬病夏治穴位贴敷", "康复综合评定"),
            ("足浴", "中药蒸汽浴治疗"),
            ("按摩", "红外线治疗"),
            ("保健品套餐", "血细胞分析"),
            ("面部美容护理", "微波治疗"),
            ("盐酸左氧氟沙星片", "盐酸氨溴索"),
            ("板蓝根颗粒", "头孢克肟颗粒"),
            ("维生素C片", "阿卡波糖片"),
            ("近视激光手术", "白内障超声乳化摘除术"),
            ("健康体检", "腹部彩色多普勒超声"),
            ("种植牙", "根管治疗"),
            ("洁牙", "牙周刮治"),
            ("人工叩背", "机械辅助排痰"),
            ("气垫床", "微波治疗"),
            ("心理咨询", "肢体功能训练"),
            ("纯净水", "复方氯化钠注射液"),
            ("血糖仪试纸", "糖化血红蛋白测定"),
            ("西洋参", "当归"),
            ("推拿", "低频脉冲电治疗"),
            ("陪护费", "Ⅰ级护理"),
        ] {
            let pct = similarity_pct(hospital, insured);
            assert!(pct < RULE_DEFAULT, "{hospital} / {insured}: {pct}");
            assert_eq!(pct, similarity_pct(insured, hospital), "{hospital} / {insured} depends on the order");
        }
    }

    #[test]
    fn what_names_no_item_contradicts_none() {
        for (hospital, insured) in [
            ("西药费", "阿莫西林"),
            ("卫生材料费", "静脉留置针"),
            ("其他", "氧气吸入"),
            ("100023", "阿莫西林"),
            ("CEA", "癌胚抗原测定"),
            ("(0.5g)", "阿莫西林"),
            ("", "阿莫西林"),
            ("阿莫西林", "阿莫西林"),
        ] {
            assert_eq!(similarity_pct(hospital, insured), 100, "{hospital} / {insured}");
        }
    }

    #[test]
    fn brackets_spaces_width_and_case_do_not_count() {
        assert_eq!(similarity_pct("关节松动训练（大关节）", "关节松动训练 [大关节]"), 100);
        assert_eq!(similarity_pct("Ｂ超", "b 超"), 100);
        assert_eq!(similarity_pct("维生素b12", "维生素B12片"), 100);
    }

    #[test]
    fn numbers_in_names_stay_and_strengths_go() {
        assert_eq!(essence("维生素b12"), "维生素b12");
        assert_eq!(essence("阿莫西林胶囊0.5g*24粒"), "阿莫西林");
        assert_eq!(essence("氯化钠注射液100ml:0.9g"), "氯化钠");
        assert!(similarity_pct("维生素B1片", "维生素B6片") < 100);
    }

    #[test]
    fn unclosed_brackets_end_with_the_name() {
        assert_eq!(
            split_brackets("甲(乙(丙)丁)戊(己"),
            ("甲戊".to_owned(), vec!["乙丙丁".to_owned(), "己".to_owned()])
        );
    }
}
