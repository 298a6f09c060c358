//! Which layout of a notice a sheet has, decided by its header, never by the name of the file.

use unicode_normalization::UnicodeNormalization;

use super::notice::{self, NoticeRule};
use super::sheets::Sheet;
use crate::lang::Lang;

/// Titles and explanations stand above the header in some published workbooks.
const HEADER_WITHIN_ROWS: usize = 10;

/// The layouts in which the notices are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// One item or drug code per row with its limit.
    ItemLimit,
    /// One generic drug name per row with its limit; the codes come in another sheet.
    DrugLimit,
    /// One drug code per row with its generic name.
    DrugCode,
    /// One pair per row: a main item and an item it includes.
    IncludedItem,
    /// One item per row with the most that can be billed in a day.
    Frequency,
    /// One item per row with the most that can be billed in a number of days.
    Period,
    /// One item per row, the limit only in words (courses and ages).
    Remark,
    /// The bureau's own layout: one knowledge point per row, the rule in the title.
    Points,
    /// The bureau's own layout: the codes of the generic names of a sheet of points.
    PointCodes,
}

impl Layout {
    /// What the layout is called in an import summary.
    pub const fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::ItemLimit => lang.pick("项目限定", "limits per item"),
            Self::DrugLimit => lang.pick("药品限定（按通用名）", "drug limits per generic name"),
            Self::DrugCode => lang.pick("药品编码（按通用名）", "drug codes per generic name"),
            Self::IncludedItem => lang.pick("重复收费", "included items"),
            Self::Frequency => lang.pick("限定频次", "frequency limits"),
            Self::Period => lang.pick("限定周期", "period limits"),
            Self::Remark => lang.pick("限定疗程、限定年龄（文字）", "course and age limits in words"),
            Self::Points => lang.pick("知识点明细", "knowledge points"),
            Self::PointCodes => lang.pick("知识点对应药品代码", "drug codes of knowledge points"),
        }
    }
}

/// What a column of a notice means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    DrugName,
    ItemName,
    Code,
    LimitType,
    Limit,
    Wording,
    Window,
    MainName,
    MainCode,
    PartName,
    PartCode,
    MaxCount,
    CountUnit,
    PeriodDays,
    Logic,
    Basis,
    PointNumber,
}

impl Field {
    /// The headers seen for it in published notices, compatibility forms folded.
    const fn headers(self) -> &'static [&'static str] {
        match self {
            Self::DrugName => &["药品通用名"],
            Self::ItemName => &["项目名称", "医疗服务项目名称", "中药饮片名称", "医用耗材名称", "耗材名称"],
            Self::Code => &["国标代码", "药品代码", "项目代码", "项目编码", "中药饮片代码", "医用耗材代码", "耗材代码"],
            Self::LimitType => &["限定类型"],
            Self::Limit => &["限定对象", "限定值域", "限定性别"],
            Self::Wording => &["药品说明", "项目说明", "备注"],
            Self::Window => &["频度", "时间区间"],
            Self::MainName => &["主项名称", "医疗服务项目A名称"],
            Self::MainCode => &["主项编码", "医疗服务项目A代码"],
            Self::PartName => &["从项名称", "医疗服务项目B名称"],
            Self::PartCode => &["从项编码", "医疗服务项目B代码"],
            Self::MaxCount => &["限制数量", "频次上限", "单日上限数量"],
            Self::CountUnit => &["数量单位"],
            Self::PeriodDays => &["疗程周期", "周期"],
            Self::Logic => &["检出逻辑"],
            Self::Basis => &["逻辑依据"],
            Self::PointNumber => &["对应知识点序号"],
        }
    }
}

/// The fields that make a layout, and those it may have besides. The first that a header satisfies is taken: a drug sheet
/// with names, codes and limits together is an `ItemLimit`, and `Remark`, which asks least, stands last.
const LAYOUTS: [(Layout, &[Field], &[Field]); 7] = [
    (
        Layout::ItemLimit,
        &[Field::Code, Field::LimitType, Field::Limit],
        &[Field::ItemName, Field::DrugName, Field::Wording],
    ),
    (Layout::DrugLimit, &[Field::DrugName, Field::LimitType, Field::Limit], &[Field::Wording]),
    (Layout::DrugCode, &[Field::DrugName, Field::Code, Field::LimitType], &[]),
    (
        Layout::IncludedItem,
        &[Field::Window, Field::MainCode, Field::PartCode],
        &[Field::MainName, Field::PartName, Field::Wording],
    ),
    (Layout::Frequency, &[Field::Code, Field::MaxCount, Field::CountUnit], &[Field::ItemName]),
    (Layout::Period, &[Field::Code, Field::MaxCount, Field::PeriodDays], &[Field::ItemName, Field::Wording]),
    (Layout::Remark, &[Field::ItemName, Field::Code, Field::Wording], &[]),
];

/// The layouts of the bureau itself, where a title above names the rule. Only these state on what a limit rests.
const NOTICE_LAYOUTS: [(Layout, &[Field], &[Field]); 4] = [
    (Layout::PointCodes, &[Field::PointNumber, Field::DrugName, Field::Code], &[]),
    (
        Layout::Points,
        &[Field::Window, Field::MainCode, Field::PartCode, Field::Basis],
        &[Field::MainName, Field::PartName, Field::Logic],
    ),
    (
        Layout::Points,
        &[Field::ItemName, Field::Code, Field::Basis],
        &[Field::Limit, Field::Logic, Field::MaxCount, Field::PeriodDays],
    ),
    (Layout::Points, &[Field::DrugName, Field::Basis], &[Field::Limit, Field::Logic]),
];

/// A sheet whose layout is known.
#[derive(Debug)]
pub(super) struct Recognised {
    /// Its layout.
    pub layout: Layout,
    /// The rule that its title names; the bureau's own layouts have one.
    pub rule: Option<&'static NoticeRule>,
    /// Index of its header among the sheet's rows.
    pub header_row: usize,
    /// Where each field stands, with its header as printed.
    columns: Vec<(Field, usize, String)>,
    /// Cells of the header row.
    pub width: usize,
}

impl Recognised {
    /// The text of a field in a row; empty when the layout has no such column or the row is shorter.
    pub fn cell<'a>(&self, field: Field, cells: &'a [String]) -> &'a str {
        let column = self.columns.iter().find(|column| column.0 == field);
        column.and_then(|column| cells.get(column.1)).map_or("", String::as_str)
    }

    /// The header of a field as printed.
    pub fn header(&self, field: Field) -> &str {
        self.columns.iter().find(|column| column.0 == field).map_or("", |column| &column.2)
    }

    /// Whether the sheet has a column for the field.
    pub fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|column| column.0 == field)
    }

    /// What the header says the limits rest on.
    pub fn basis(&self) -> &str {
        self.header(Field::Basis)
    }
}

/// The layout of a sheet: the first of its top rows that is a known header.
pub(super) fn recognise(sheet: &Sheet) -> Option<Recognised> {
    sheet.rows.iter().take(HEADER_WITHIN_ROWS).enumerate().find_map(|(index, row)| {
        let printed: Vec<String> = row.cells.iter().map(|cell| cell.nfkc().collect::<String>().trim().into()).collect();
        let header: Vec<String> = printed.iter().map(|cell| bare(cell)).collect();
        let position = |field: &Field| header.iter().position(|cell| field.headers().contains(&cell.as_str()));
        let fitting = |layouts: &'static [(Layout, &'static [Field], &'static [Field])]| {
            layouts.iter().find(|(_, needed, _)| needed.iter().all(|field| position(field).is_some()))
        };
        let rule = title_rule(sheet, index);
        let ((layout, needed, optional), rule) = match rule.and_then(|_| fitting(&NOTICE_LAYOUTS)) {
            Some(found) => (found, rule),
            None => (fitting(&LAYOUTS)?, None),
        };
        let columns = needed.iter().chain(*optional).filter_map(|field| {
            let column = position(field)?;
            Some((*field, column, printed[column].clone()))
        });
        Some(Recognised { layout: *layout, rule, header_row: index, columns: columns.collect(), width: header.len() })
    })
}

/// The rule that a line above the header names, or else the sheet's name.
fn title_rule(sheet: &Sheet, header_row: usize) -> Option<&'static NoticeRule> {
    let titles = sheet.rows.iter().take(header_row).flat_map(|row| &row.cells);
    titles.chain(&sheet.name).find_map(|title| notice::named_in(title))
}

/// A header without what follows in brackets, without blanks, and without `供参考`: `项目代码,供参考 (2022版…)` is `项目代码`.
fn bare(header: &str) -> String {
    let before = header.split(['(', ',']).next().unwrap_or_default();
    let bare: String = before.chars().filter(|c| !c.is_whitespace()).collect();
    bare.strip_suffix("供参考").map_or(bare.clone(), str::to_owned)
}

/// The headers that would have been recognised, for messages.
pub(super) fn known_headers() -> String {
    let layouts = LAYOUTS.iter().chain(&NOTICE_LAYOUTS).map(|(_, needed, _)| {
        let fields: Vec<String> = needed.iter().map(|field| field.headers().join("|")).collect();
        fields.join(",")
    });
    layouts.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::sheets::SheetRow;
    use super::*;

    fn layout_of(rows: &[&str]) -> Option<Layout> {
        let rows = rows.iter().enumerate().map(|(index, row)| SheetRow {
            line: index as u64 + 1,
            cells: row.split(',').map(str::to_owned).collect(),
        });
        recognise(&Sheet { name: None, rows: rows.collect() }).map(|recognised| recognised.layout)
    }

    #[test]
    fn every_published_header_is_recognised() {
        for (header, layout) in [
            ("药品通用名,药品说明,限定类型,限定对象", Layout::DrugLimit),
            ("药品通用名,药品说明,限定类型,限定值域", Layout::DrugLimit),
            ("药品通用名,序号,国标代码,限定类型", Layout::DrugCode),
            ("药品通用名,序号,药品代码,限定类型", Layout::DrugCode),
            ("项目名称,国标代码,限定类型,限定对象", Layout::ItemLimit),
            ("项目名称,项目说明,国标代码,限定类型,限定性别", Layout::ItemLimit),
            ("项目名称,项目说明,国标代码,限定类型,限定值域", Layout::ItemLimit),
            ("序号,频度,主项名称,主项编码,从项名称,从项编码,备注", Layout::IncludedItem),
            ("序号,项目名称,限制数量,数量单位,项目编码", Layout::Frequency),
            ("序号,项目名称,备注,项目代码", Layout::Remark),
            ("序号,项目名称,频次上限,疗程周期,备注,项目代码", Layout::Period),
        ] {
            assert_eq!(layout_of(&[header]), Some(layout), "{header}");
        }
    }

    #[test]
    fn a_title_above_and_other_spacing_do_not_hide_a_header() {
        assert_eq!(layout_of(&["附件", "药品通用名 ,序号,国标代码,　限定类型"]), Some(Layout::DrugCode));
        assert_eq!(layout_of(&["序号,名称,编码"]), None);
    }
}
