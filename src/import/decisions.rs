//! What is decided about columns by the values of all files of an import, before the files that it concerns are read again.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::dates::{Context, Order, Style};
use super::error::ReadError;
use super::evidence::{ColumnEvidence, FileEvidence, Orders, Persons};
use crate::casestore::store::Example;
use crate::lang::Text;

/// Cells against the order that a column is read in, in ten thousandths of those that say anything: slips of the pen.
const SLIPS: u64 = 100;

/// So many lines have more than one number between them.
const FEW_LINES: u64 = 10;

/// What was asked for by `--date-order`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateOrders {
    /// Where nothing decides.
    pub all: Option<Order>,
    /// By column, in lower case.
    pub columns: BTreeMap<String, Order>,
}

/// One `--date-order`: `dmy`, or `fee_ocur_time=dmy` for one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateOrder {
    column: Option<String>,
    order: Order,
}

impl FromStr for DateOrder {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (column, order) = text.rsplit_once('=').map_or((None, text), |(column, order)| (Some(column), order));
        let order = order.trim().to_lowercase();
        let order = Order::ALL.into_iter().find(|known| known.id() == order).ok_or("dmy, mdy, ymd; COLUMN=dmy")?;
        Ok(Self { column: column.map(super::layout::header_name), order })
    }
}

impl FromIterator<DateOrder> for DateOrders {
    fn from_iter<T: IntoIterator<Item = DateOrder>>(asked: T) -> Self {
        let mut orders = Self::default();
        for DateOrder { column, order } in asked {
            match column {
                Some(column) => {
                    orders.columns.insert(column, order);
                }
                None => orders.all = Some(order),
            }
        }
        orders
    }
}

impl DateOrders {
    fn of(&self, column: &str, header: &str) -> Option<Order> {
        let named = |name: &str| self.columns.get(&super::layout::header_name(name)).copied();
        named(column).or_else(|| named(header))
    }
}

/// What a style of a column was decided to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// In this order.
    As(Order),
    /// In no order: the column holds both.
    Mixed,
}

/// Why long numbers of a column are not what they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lost {
    /// Rounded to fifteen digits.
    Rounded,
    /// Went through a float.
    Float,
    /// Numbers of persons that name several each.
    Shared,
}

/// What is decided about one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decided {
    /// Styles of dates.
    pub orders: BTreeMap<Style, Reads>,
    /// Its long numbers lost their digits.
    pub lost: Option<Lost>,
    /// A spreadsheet took its days for months: what has the year in front is wrong.
    pub swapped: bool,
    /// Its numbers have decimal commas.
    pub comma: bool,
    /// Its dates are births.
    pub birth: bool,
    /// Times said to be Greenwich's are Beijing's.
    pub printed_clock: bool,
}

impl Context for Decided {
    fn order(&self, style: Style) -> Option<Order> {
        match self.orders.get(&style) {
            Some(Reads::As(order)) => Some(*order),
            _ => None,
        }
    }

    fn birth(&self) -> bool {
        self.birth
    }

    fn printed_clock(&self) -> bool {
        self.printed_clock
    }
}

/// What is decided for an import.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    /// By layout and the layout's name of the column.
    columns: BTreeMap<(String, String), Decided>,
    /// Columns that should number fee lines and do not, by layout: empty, or with one value for all.
    numberless: Vec<(String, String)>,
    printed_clock: bool,
    /// Person numbers rounded to fifteen digits are shared by several persons.
    persons_merged: bool,
    /// Person numbers name nobody: many belong to persons of different birth.
    persons_shared: bool,
}

impl Decisions {
    /// Draws the conclusions from what all files of an import say.
    ///
    /// # Errors
    /// A column holds dates whose day and month no value tells apart.
    pub fn draw(files: &[FileEvidence], asked: &DateOrders) -> Result<Self, ReadError> {
        let mut sums: BTreeMap<(&str, &str), (u64, ColumnEvidence)> = BTreeMap::new();
        let (mut persons, mut people) = (Persons::default(), Persons::default());
        let mut decisions = Self::default();
        for file in files {
            persons.merge(&file.persons);
            people.merge(&file.people);
            for (column, (_, filled, evidence)) in &file.columns {
                let sum = sums.entry((&file.layout, column)).or_default();
                sum.0 += filled;
                sum.1.merge(evidence);
                // A table in one piece, or the damaged part of one in several.
                if let Some(lost) = lost(evidence) {
                    decisions.of(&file.layout, column).lost = Some(lost);
                }
            }
        }
        for ((layout, column), (filled, evidence)) in &sums {
            if let Some(lost) = lost(evidence) {
                decisions.of(layout, column).lost = Some(lost);
            }
            if evidence.commas * 2 > *filled {
                decisions.of(layout, column).comma = true;
            }
        }
        for ((layout, column), (filled, evidence)) in &sums {
            let of_layout = || files.iter().filter(|file| file.layout == *layout);
            let numbers = of_layout().any(|file| file.number_columns.contains(*column));
            let rows: u64 = of_layout().map(|file| file.rows).sum();
            let one_for_all = evidence.numbers.len() == 1 && *filled >= FEW_LINES;
            if numbers && rows > 0 && (*filled == 0 || one_for_all) {
                decisions.numberless.push(((*layout).to_owned(), (*column).to_owned()));
            }
        }
        decisions.persons_merged = persons.shared() > 0;
        decisions.persons_shared = !decisions.persons_merged && people.name_nobody();
        let (beijing, greenwich) = sums.values().fold((0, 0), |(beijing, greenwich), (_, evidence)| {
            (beijing + evidence.beijing_clock, greenwich + evidence.greenwich_clock)
        });
        decisions.printed_clock = beijing >= 3 && beijing > 4 * greenwich;
        for ((layout, column), (_, evidence)) in &sums {
            for (style, orders) in &evidence.orders {
                let headers =
                    files.iter().filter(|file| file.layout == *layout).filter_map(|file| file.columns.get(*column));
                let named = headers.map(|(header, ..)| asked.of(column, header)).find(Option::is_some).flatten();
                let read = named.map(Reads::As).or_else(|| decide(orders)).or_else(|| {
                    // One tool writes all dates of a table alike.
                    let same = sums.iter().filter(|((other, name), _)| other == layout && name != column);
                    let mut others =
                        same.filter_map(|(_, (_, evidence))| evidence.orders.get(style)).filter_map(decide);
                    let first = others.next()?;
                    others.all(|other| other == first).then_some(first)
                });
                let read = read.or(asked.all.map(Reads::As));
                let Some(read) = read else { return Err(undecided(files, layout, column, *style)) };
                decisions.of(layout, column).orders.insert(*style, read);
            }
        }
        Ok(decisions)
    }

    fn of(&mut self, layout: &str, column: &str) -> &mut Decided {
        self.columns.entry((layout.to_owned(), column.to_owned())).or_default()
    }

    /// What is decided about a column; `person` says that it numbers persons.
    pub fn about(&self, layout: &str, column: &str, person: bool) -> Decided {
        let mut decided = self.columns.get(&(layout.to_owned(), column.to_owned())).cloned().unwrap_or_default();
        decided.printed_clock = self.printed_clock;
        if person && self.persons_merged {
            decided.lost = decided.lost.or(Some(Lost::Rounded));
        }
        if person && self.persons_shared {
            decided.lost = Some(Lost::Shared);
        }
        decided
    }

    /// Columns of a layout that should number fee lines and do not.
    pub fn numberless<'a>(&'a self, layout: &'a str) -> impl Iterator<Item = &'a str> {
        self.numberless.iter().filter(move |(of, _)| of == layout).map(|(_, column)| column.as_str())
    }

    /// These decisions with what is decided about a file by itself: a spreadsheet damages the days of one file, not of the table.
    pub fn about_file(&self, file: &FileEvidence) -> Self {
        let mut decisions = self.clone();
        for (column, (.., evidence)) in &file.columns {
            decisions.of(&file.layout, column).swapped = evidence.has_swapped_dates();
        }
        decisions
    }

    /// Whether a file that was read without these decisions reads otherwise with them.
    pub fn concern(&self, file: &FileEvidence) -> bool {
        let numberless = self.numberless(&file.layout).any(|column| file.columns.contains_key(column));
        numberless
            || file.columns.iter().any(|(column, (_, filled, evidence))| {
                let decided = self.about(&file.layout, column, file.person_columns.contains(column));
                let digits_lost = match decided.lost {
                    Some(Lost::Rounded) => evidence.long.rounded > 0,
                    Some(Lost::Float) => evidence.long.float + evidence.long.rounded > 0,
                    Some(Lost::Shared) => *filled > 0,
                    None => false,
                };
                !evidence.orders.is_empty()
                    || digits_lost
                    || evidence.has_swapped_dates()
                    || (decided.comma && evidence.commas > 0)
                    || (decided.printed_clock && evidence.greenwich > 0)
            })
    }

    /// What the reader of a file should know about these decisions.
    pub fn notes(&self, file: &FileEvidence) -> Vec<Text> {
        let mut notes = Vec::new();
        for (column, (header, _, evidence)) in &file.columns {
            let decided = self.about(&file.layout, column, file.person_columns.contains(column));
            for (style, read) in decided.orders.iter().filter(|(style, _)| evidence.orders.contains_key(style)) {
                let shape = shape_of(*style);
                notes.push(match read {
                    Reads::As(order) => {
                        let (zh, en) = match order {
                            Order::Dmy => ("日/月/年", "day, month, year"),
                            Order::Mdy => ("月/日/年", "month, day, year"),
                            Order::Ymd => ("年/月/日", "year, month, day"),
                        };
                        Text::new(
                            format!("列 {header} 中形如 {shape} 的日期按“{zh}”读取"),
                            format!("column {header}: dates like {shape} are read as {en}"),
                        )
                    }
                    Reads::Mixed => Text::new(
                        format!("列 {header} 中形如 {shape} 的日期，日月顺序前后不一，无法确定，均未采用"),
                        format!("column {header}: dates like {shape} have days before months and months before days; none is used"),
                    ),
                });
            }
            if let Some(lost) = decided.lost.filter(|lost| {
                evidence.long.rounded > 0 || (*lost == Lost::Float && evidence.long.float > 0) || *lost == Lost::Shared
            }) {
                notes.push(match lost {
                    Lost::Rounded => Text::new(
                        format!("列 {header} 的长编码已被表格软件舍入为15位有效数字，末几位无法恢复，这些值均未采用；请以文本格式重新导出"),
                        format!("column {header}: a spreadsheet rounded long codes to 15 digits; these values are not used: export the column as text"),
                    ),
                    Lost::Shared => Text::new(
                        format!("列 {header} 的人员编号一号多人（同一编号对应不同出生日期的身份证），分不清是谁，均未采用"),
                        format!("column {header}: many of its numbers belong to persons of different birth; none of them is used"),
                    ),
                    Lost::Float => Text::new(
                        format!("列 {header} 的长编码经过浮点数转换，末几位已变，这些值均未采用；请以文本格式重新导出"),
                        format!("column {header}: long codes went through a float and changed; these values are not used: export the column as text"),
                    ),
                });
            }
            if evidence.has_swapped_dates() {
                notes.push(Text::new(
                    format!("列 {header} 的日期被表格软件把日当作月：能当作月份的都已改写，这些值均未采用；请以文本格式重新导出"),
                    format!("column {header}: a spreadsheet took days for months wherever it could; these values are not used: export the column as text"),
                ));
            }
            if evidence.greenwich > 0 {
                notes.push(if decided.printed_clock {
                    Text::new(
                        format!("列 {header} 的时间带零时区后缀，但取值符合北京时间，按所写时刻读取"),
                        format!("column {header}: the zone +0000 is written behind Beijing's clock; times are read as printed"),
                    )
                } else {
                    Text::new(
                        format!("列 {header} 的时间为零时区，已换算为北京时间"),
                        format!("column {header}: times of zone +0000 are shown at Beijing's clock"),
                    )
                });
            }
            if decided.comma && evidence.commas > 0 {
                notes.push(Text::new(
                    format!("列 {header} 以逗号作小数点"),
                    format!("column {header}: the comma is the decimal point"),
                ));
            }
        }
        notes
    }
}

fn lost(evidence: &ColumnEvidence) -> Option<Lost> {
    if evidence.long.went_through_float() {
        Some(Lost::Float)
    } else {
        evidence.long.are_rounded().then_some(Lost::Rounded)
    }
}

/// The order that the cells decide; `None` where they leave several.
fn decide(orders: &Orders) -> Option<Reads> {
    let all: u64 = orders.by_set.iter().sum();
    let against = |order: Order| -> u64 {
        orders.by_set.iter().enumerate().filter(|(set, _)| set & order.bit() == 0).map(|(_, count)| count).sum()
    };
    let possible: Vec<Order> = Order::ALL.into_iter().filter(|order| against(*order) == 0).collect();
    match possible.as_slice() {
        [one] => Some(Reads::As(*one)),
        [_, ..] => None,
        [] => {
            let best = Order::ALL.into_iter().min_by_key(|order| against(*order))?;
            let telling: u64 = all - orders.by_set[7] - orders.by_set[3];
            Some(if against(best) * 10_000 <= telling * SLIPS { Reads::As(best) } else { Reads::Mixed })
        }
    }
}

fn shape_of(style: Style) -> String {
    let sign = char::from(style.separator);
    let year = if style.long_year { "9999" } else { "99" };
    format!("99{sign}99{sign}{year}")
}

fn undecided(files: &[FileEvidence], layout: &str, column: &str, style: Style) -> ReadError {
    let told = files.iter().filter(|file| file.layout == layout).find_map(|file| {
        let (header, _, evidence) = file.columns.get(column)?;
        let example = evidence.orders.get(&style)?.example.clone()?;
        Some((file.source.clone(), header.clone(), example))
    });
    let (source_name, column, example) =
        told.unwrap_or_else(|| (layout.to_owned(), column.to_owned(), Example::default()));
    ReadError::DateOrder { source_name, column, line: example.line, shape: example.shape }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLASH: Style = Style { separator: b'/', long_year: true };

    fn file(columns: &[(&str, [u64; 8])]) -> FileEvidence {
        let columns = columns.iter().map(|(name, by_set)| {
            let orders = [(SLASH, Orders { by_set: *by_set, example: None })].into();
            ((*name).to_owned(), ((*name).to_owned(), 100, ColumnEvidence { orders, ..ColumnEvidence::default() }))
        });
        FileEvidence { layout: "l".to_owned(), columns: columns.collect(), ..FileEvidence::default() }
    }

    fn read(files: &[FileEvidence], asked: &[&str]) -> Option<Reads> {
        let asked: DateOrders = asked.iter().map(|word| word.parse::<DateOrder>().expect("an order")).collect();
        let decisions = Decisions::draw(files, &asked).ok()?;
        decisions.about("l", "a", false).orders.get(&SLASH).copied()
    }

    #[test]
    fn one_value_decides_and_none_asks() {
        // Sets: 1 day first only, 2 month first only, 3 either.
        assert_eq!(read(&[file(&[("a", [0, 1, 0, 9, 0, 0, 0, 0])])], &[]), Some(Reads::As(Order::Dmy)));
        assert_eq!(read(&[file(&[("a", [0, 0, 1, 9, 0, 0, 0, 0])])], &[]), Some(Reads::As(Order::Mdy)));
        let silent = file(&[("a", [0, 0, 0, 9, 0, 0, 0, 0])]);
        assert_eq!(read(std::slice::from_ref(&silent), &[]), None);
        assert_eq!(read(std::slice::from_ref(&silent), &["dmy"]), Some(Reads::As(Order::Dmy)));
        assert_eq!(read(std::slice::from_ref(&silent), &["A=mdy", "dmy"]), Some(Reads::As(Order::Mdy)));
        // The other part of the table decides, in whatever order they come; so does another column of it.
        let telling = file(&[("a", [0, 0, 5, 9, 0, 0, 0, 0])]);
        assert_eq!(read(&[silent.clone(), telling.clone()], &[]), Some(Reads::As(Order::Mdy)));
        assert_eq!(read(&[telling, silent], &["dmy"]), Some(Reads::As(Order::Mdy)));
        let beside = file(&[("a", [0, 0, 0, 9, 0, 0, 0, 0]), ("b", [0, 5, 0, 9, 0, 0, 0, 0])]);
        assert_eq!(read(&[beside], &[]), Some(Reads::As(Order::Dmy)));
    }

    #[test]
    fn days_that_a_spreadsheet_took_for_months_are_known_by_what_it_left_as_text() {
        let concerned = |plain_dates: u64, late_day: bool, by_set: [u64; 8]| {
            let mut file = file(&[("a", by_set)]);
            let of_column = &mut file.columns.get_mut("a").expect("the column").2;
            (of_column.plain_dates, of_column.late_day) = (plain_dates, late_day);
            let decisions = Decisions::draw(std::slice::from_ref(&file), &DateOrders::default()).expect("decided");
            decisions.about_file(&file).about("l", "a", false).swapped
        };
        assert!(concerned(20, false, [0, 20, 0, 0, 0, 0, 0, 0]));
        assert!(concerned(20, false, [0, 0, 20, 0, 0, 0, 0, 0]), "months first are left as text the other way round");
        assert!(!concerned(19, false, [0, 20, 0, 0, 0, 0, 0, 0]), "too few to say");
        assert!(!concerned(20, false, [0, 19, 0, 0, 0, 0, 0, 0]), "too few to say");
        assert!(!concerned(20, true, [0, 20, 0, 0, 0, 0, 0, 0]), "a thirteenth that was read");
        assert!(!concerned(20, false, [0, 20, 0, 1, 0, 0, 0, 0]), "a text that could have been read");
    }

    #[test]
    fn slips_are_few() {
        assert_eq!(read(&[file(&[("a", [0, 99, 1, 50, 0, 0, 0, 0])])], &[]), Some(Reads::As(Order::Dmy)));
        assert_eq!(read(&[file(&[("a", [0, 97, 2, 50, 0, 0, 0, 0])])], &[]), Some(Reads::Mixed));
        assert!("dym".parse::<DateOrder>().is_err());
    }
}
