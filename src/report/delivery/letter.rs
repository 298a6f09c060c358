//! The letter to whoever delivered the data: what to deliver again and how. Self-contained and printable, with shapes in place of values.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Delivery;
use crate::import::summary::{InputFile, Skipped};
use crate::lang::{Lang, Text};

/// The last part of a path: where a file lay on the team's disk is nobody else's matter.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The letter as a page: in Chinese, with the English below each text in grey, or in English alone.
pub fn letter(delivery: &Delivery, lang: Lang) -> String {
    let both = |text: &Text| -> Markup {
        html! {
            @if lang == Lang::Zh && !text.en.is_empty() && text.en != text.zh { (text.zh) span class="code en" { (text.en) } }
            @else { (text.pick(lang)) }
        }
    };
    let say = |zh: &'static str, en: &'static str| lang.pick(zh, en);
    let imported = &delivery.imported;
    let refused = imported.skipped_files.iter().filter(|file| file.kind == Skipped::Refused);
    let page = html! {
        (DOCTYPE)
        html lang=(lang.pick("zh-CN", "en")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (say("数据退回补充清单", "Data to be delivered again")) }
                style { (PreEscaped(include_str!("../page/style.css"))) ".en { white-space: normal; }" }
            }
            body {
                header {
                    h1 { (say("数据退回补充清单", "Data to be delivered again")) }
                    p { (say("我们读取了贵单位提供的数据。下列内容读不出、不能用或者缺少，请核对后重新提供；未列出的不必再提供。",
                            "We have read the data that you delivered. What is listed below cannot be read or used, or is not there: please check it and deliver it again. The rest need not be delivered again.")) }
                    p class="note" { (say("示例只给出行号和值的样子（9 代表数字，a、A 代表字母，字 代表汉字），不含个人信息。",
                            "Examples tell a line and the shape of the value (9 for a digit, a and A for letters, 字 for other characters) and hold no personal data.")) }
                }
                main {
                    section {
                        h2 { (say("请重新提供", "Please deliver again")) }
                        @if delivery.asks.is_empty() { p { (say("没有需要重新提供的内容。", "Nothing needs to be delivered again.")) } }
                        @else { table {
                            thead { tr {
                                th { (say("序号", "No.")) } th { (say("表、列或文件", "Table, column or file")) } th { (say("问题", "What is wrong")) }
                                th { (say("示例（行号：样子）", "Example (line: shape)")) } th { (say("请这样提供", "What is wanted")) }
                            } }
                            tbody { @for (at, ask) in delivery.asks.iter().enumerate() { tr {
                                td class="n" { (at + 1) }
                                th scope="row" { (both(&ask.subject)) @if !ask.file.is_empty() { span class="code" { (file_name(&ask.file)) } } }
                                td { (both(&ask.problem)) } td { (ask.example) } td { (both(&ask.wanted)) }
                            } } }
                        } }
                    }
                    section {
                        h2 { (say("收到的文件", "Files received")) }
                        table {
                            thead { tr { @for label in [say("文件", "File"), say("表", "Table"), say("行数", "Rows"), say("能用的行", "Rows usable")] { th { (label) } } } }
                            tbody {
                                @for file in &imported.inputs { (received(file, lang)) }
                                @for file in refused { tr { th scope="row" { (file_name(&file.name)) } td { (say("未能读取", "not read")) } td class="n" {} td class="n" { "0" } } }
                            }
                        }

                    }
                    section {
                        h2 { (say("数据期间", "Months covered")) }
                        table {
                            thead { tr { @for label in [say("表", "Table"), say("最早", "First"), say("最晚", "Last"), say("行数", "Rows"), say("没有数据的月份", "Months without data")] { th { (label) } } } }
                            tbody { @for period in &delivery.periods { tr {
                                th scope="row" { (period.title.pick(lang)) } td { (period.first) } td { (period.last) } td class="n" { (period.rows) }
                                td { (super::asks::months(&period.missing, "、")) }
                            } } }
                        }
                    }
                }
                footer { p { "feijian " (delivery.version) } }
            }
        }
    };
    page.into_string()
}

fn received(file: &InputFile, lang: Lang) -> Markup {
    let title = file.layout_title.pick(lang);
    html! { tr {
        th scope="row" { (file_name(&file.name)) }
        td { @if title.is_empty() { (file.layout) } @else { (title) span class="code" { (file.layout) } } }
        td class="n" { (file.rows_in) }
        td class="n" { (file.rows_in - file.rows_rejected) }
    } }
}
