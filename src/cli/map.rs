//! `feijian map`: a first map for tables that no layout knows, to be corrected and given to `--map`.

use std::io::Write;

use super::args::MapArgs;
use super::exit::{Failure, Status};
use super::print;
use super::session::Session;
use super::usage::UsageError;
use crate::files::{self, Readers};
use crate::import::{self, guess_map::FirstMap};
use crate::lang::Lang;

/// Looks at the files and writes the map.
///
/// # Errors
/// If a file cannot be read, or the map not be written.
pub fn run(session: &Session, args: &MapArgs) -> Result<Status, Failure> {
    let map = import::guess(&args.exports)?;
    if args.out.as_os_str() == "-" {
        print::print(&map.text)?;
    } else {
        let refused = |source| UsageError::Output { path: args.out.clone(), source };
        let mut file = files::create(&args.out, Readers::Owner).map_err(refused)?;
        file.write_all(map.text.as_bytes()).map_err(refused)?;
    }
    session.say(&told(&map, session.lang));
    Ok(Status::Done)
}

/// What each file was taken for.
fn told(map: &FirstMap, lang: Lang) -> String {
    let each = map.files.iter().map(|file| {
        let (name, layout, known, columns) = (&file.name, &file.layout, file.known, file.columns);
        let lacking = file.lacking.join(lang.pick("、", ", "));
        match (lang, layout.as_str(), lacking.as_str()) {
            (Lang::Zh, "", _) => format!("{name}：{columns} 列，没有一列像已知的表"),
            (Lang::En, "", _) => format!("{name}: {columns} columns, none like one of a known table"),
            (Lang::Zh, _, "") => format!("{name}：像 {layout}，{columns} 列猜出 {known} 列，请核对"),
            (Lang::En, _, "") => format!("{name}: like {layout}, {known} of {columns} columns guessed: check them"),
            (Lang::Zh, _, _) => format!("{name}：像 {layout}，{columns} 列猜出 {known} 列，缺 {lacking}，请补上"),
            (Lang::En, _, _) => {
                format!("{name}: like {layout}, {known} of {columns} columns guessed, {lacking} not found")
            }
        }
    });
    each.collect::<Vec<_>>().join("\n")
}
