//! `feijian knowledge`: notices into a knowledge folder, and what is in one.

use std::path::{Path, PathBuf};

use super::args::KnowledgeCommand;
use super::exit::{Failure, Status};
use super::print::{print, table};
use super::session::Session;
use crate::knowledge::classes::RULE_CLASSES;
use crate::knowledge::{self, Knowledge, Origin};
use crate::lang::Lang;
use crate::pipeline::PipelineError;
use crate::problems::{self, Problems};

/// Imports notices, or lists what is known.
///
/// # Errors
/// If a notice or the folder cannot be read, or the folder not be written.
pub fn run(session: &Session, command: &KnowledgeCommand) -> Result<Status, Failure> {
    match command {
        KnowledgeCommand::Import { files, knowledge, valid_from } => import(session, files, knowledge, *valid_from),
        KnowledgeCommand::List(args) => list(session, args.knowledge.as_deref()),
    }
}

fn import(session: &Session, files: &[PathBuf], folder: &Path, valid_from: Option<i32>) -> Result<Status, Failure> {
    let (lists, notices) = problems::told_apart(files);
    if !lists.is_empty() {
        import_lists(session, &lists, folder)?;
    }
    if notices.is_empty() { Ok(Status::Done) } else { import_notices(session, &notices, folder, valid_from) }
}

/// Keeps the words of problem lists as published, and tells which list each was taken for.
fn import_lists(session: &Session, files: &[PathBuf], folder: &Path) -> Result<(), Failure> {
    let lang = session.lang;
    let done = problems::import_lists(files, folder).map_err(PipelineError::from)?;
    let header = match lang {
        Lang::Zh => ["文件", "工作表", "问题清单", "读入", "项", "非清单项"],
        Lang::En => ["file", "sheet", "problem list", "rows in", "items", "no items"],
    };
    let rows = done.iter().map(|list| {
        vec![
            list.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            list.sheet.clone().unwrap_or_default(),
            list.list.clone(),
            list.rows_in.to_string(),
            list.items.to_string(),
            list.rejected.len().to_string(),
        ]
    });
    print(&table(&header, &[3, 4, 5], rows))?;
    for list in &done {
        let name = list.file.display();
        session.say(&match (&list.known_as, lang) {
            (Some(title), Lang::Zh) => format!("{name}：识别为《{}》，原文与内置的查法一一对应", title.zh),
            (Some(title), Lang::En) => format!("{name}: this is \"{}\": its words stand beside how the program looks for them", title.en),
            (None, Lang::Zh) => format!("{name}：没有内置查法的清单，各项列为“尚未编码”；可在 problem-lists/{}.toml 中自行编码", list.list),
            (None, Lang::En) => format!(
                "{name}: no list that the program knows, so its items are not yet encoded; problem-lists/{}.toml may say how to look for them",
                list.list
            ),
        });
        if list.renumbered {
            session.say(&match lang {
                Lang::Zh => format!("{name}：序号有缺失或重复，按行次重新编号"),
                Lang::En => {
                    format!("{name}: numbers are missing or stand there twice, so items are numbered by their place")
                }
            });
        }
        for (line, value) in &list.rejected {
            session.say(&match lang {
                Lang::Zh => format!("{name}:{line}: {value:?}：不是清单项"),
                Lang::En => format!("{name}:{line}: {value:?}: no item of the list"),
            });
        }
    }
    Ok(())
}

fn import_notices(
    session: &Session,
    files: &[PathBuf],
    folder: &Path,
    valid_from: Option<i32>,
) -> Result<Status, Failure> {
    let summary = knowledge::import_notices(files, folder, valid_from)?;
    let header = match session.lang {
        Lang::Zh => ["文件", "工作表", "读入", "入库", "重复", "拒收", "起效", "截止"],
        Lang::En => ["file", "sheet", "rows in", "stored", "repeats", "rejected", "from", "to"],
    };
    let rows = summary.sheets.iter().map(|sheet| {
        vec![
            sheet.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sheet.sheet.clone().unwrap_or_default(),
            sheet.rows_in.to_string(),
            sheet.stored.to_string(),
            sheet.repeats.to_string(),
            sheet.rejected.len().to_string(),
            sheet.begin_date.clone(),
            sheet.end_date.clone(),
        ]
    });
    if !summary.sheets.is_empty() {
        print(&table(&header, &[2, 3, 4, 5], rows))?;
    }
    for sheet in &summary.sheets {
        for reject in &sheet.rejected {
            session.say(&format!(
                "{}:{}: {} {:?}: {}",
                sheet.file.display(),
                reject.line,
                reject.column,
                reject.value,
                reject.reason.text(session.lang)
            ));
        }
    }
    for unmatched in &summary.unmatched {
        let (no_limit, no_codes) = (unmatched.names_without_limit.len(), unmatched.names_without_codes.len());
        if no_limit + no_codes > 0 {
            session.say(&match session.lang {
                Lang::Zh => {
                    format!("{}：{no_limit} 个药名有编码而无限定，{no_codes} 个药名有限定而无编码", unmatched.limit)
                }
                Lang::En => format!(
                    "{}: {no_limit} drug names have codes but no limit, {no_codes} have a limit but no codes",
                    unmatched.limit
                ),
            });
        }
    }
    // The others are in; the exit code is that of the last one told.
    let mut unreadable: Vec<Failure> = summary.unreadable.into_iter().map(Failure::from).collect();
    let last = unreadable.pop();
    for failure in &unreadable {
        failure.report(session.log_format, session.lang);
    }
    last.map_or(Ok(Status::Done), Err)
}

fn list(session: &Session, folder: Option<&Path>) -> Result<Status, Failure> {
    let knowledge = Knowledge::load(&knowledge::SEEDS, folder)?;
    let header = match session.lang {
        Lang::Zh => ["表", "来源", "行数"],
        Lang::En => ["table", "source", "rows"],
    };
    let rows = knowledge.describe().iter().map(|source| {
        let origin = match &source.origin {
            Origin::Seed => session.lang.pick("内置", "built in").to_owned(),
            Origin::Folder(notice) => notice.clone(),
        };
        vec![source.table.clone(), origin, source.rows.to_string()]
    });
    let lists = Problems::load(folder).map_err(PipelineError::from)?;
    let listed = lists.lists.iter().map(|list| {
        let name = format!("{} {}", session.lang.pick("问题清单", "problem list"), list.id);
        vec![name, list.source.clone(), list.problems.len().to_string()]
    });
    print(&table(&header, &[2], rows.chain(listed)))?;

    let indications = knowledge.indications();
    if indications.decided + indications.undecided > 0 {
        const SHOWN: usize = 10;
        let unknown: Vec<String> =
            indications.unknown.iter().take(SHOWN).map(|(phrase, texts)| format!("{phrase} {texts}")).collect();
        let (decided, undecided, unknown) = (indications.decided, indications.undecided, unknown.join("；"));
        print(&match session.lang {
            Lang::Zh => format!(
                "\n药品限适应症：{decided} 条限定能判定，{undecided} 条不能，不参与判断。词表未收的词句（条数）：{unknown}\n"
            ),
            Lang::En => format!(
                "\nIndications: {decided} limits are understood, {undecided} are not and decide nothing. Phrases without a term (limits): {unknown}\n"
            ),
        })?;
    }

    let header = match session.lang {
        Lang::Zh => ["序号", "规则类", "规则", "知识点表", "条数", "说明"],
        Lang::En => ["no.", "rule class", "rules", "tables", "rows", "note"],
    };
    let rows = RULE_CLASSES.iter().map(|class| {
        let count = class.tables.iter().filter_map(|table| knowledge.table(table)).map(|rows| rows.num_rows());
        vec![
            class.number.to_string(),
            class.name.clone(),
            class.rules.join(" "),
            class.tables.join(" "),
            if class.tables.is_empty() { String::new() } else { count.sum::<usize>().to_string() },
            class.state(session.lang),
        ]
    });
    print(&format!("\n{}", table(&header, &[0, 4], rows)))?;
    Ok(Status::Done)
}
