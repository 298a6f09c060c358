//! The files of an export that were not read, named: those that may hold claims one by one, stray ones together where there are many.

use std::collections::BTreeMap;

use crate::import::summary::{Skipped, SkippedFile};
use crate::lang::Lang;

/// Stray files with one reason that are named; of more, these and how many follow.
const NAMED: usize = 5;

/// The lines that name them. `all` names every one.
pub fn lines(files: &[SkippedFile], lang: Lang, all: bool) -> Vec<String> {
    let (refused, stray): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.kind == Skipped::Refused);
    let mut lines = Vec::new();
    if !refused.is_empty() {
        lines.push(match lang {
            Lang::Zh => format!("有 {} 个文件读不了，可能缺数据：", refused.len()),
            Lang::En => format!("{} files cannot be read; data may be missing:", refused.len()),
        });
        lines.extend(refused.iter().map(|file| {
            let unread = lang.pick("未读取", "not read");
            format!("  {}: {unread}: {}", file.name, file.reason.pick(lang))
        }));
    }
    if stray.is_empty() {
        return lines;
    }
    lines.push(match lang {
        Lang::Zh => format!("另有 {} 个文件不是要读的数据，未读取：", stray.len()),
        Lang::En => format!("{} files are no data to be read:", stray.len()),
    });
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in stray {
        by_reason.entry(file.reason.pick(lang)).or_default().push(&file.name);
    }
    for (reason, names) in by_reason {
        let named = if all { names.len() } else { NAMED };
        lines.extend(names.iter().take(named).map(|name| format!("  {name}: {reason}")));
        if names.len() > named {
            let more = names.len() - named;
            lines.push(match lang {
                Lang::Zh => format!("  以及另外 {more} 个：{reason}（加 -v 列出）"),
                Lang::En => format!("  and {more} more: {reason} (-v lists them)"),
            });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Text;

    #[test]
    fn what_may_be_missing_is_named_whole_and_the_rest_is_grouped() {
        let file = |name: &str, reason: &str, kind| SkippedFile {
            name: name.to_owned(),
            reason: Text::new(reason, reason),
            kind,
        };
        let mut files: Vec<SkippedFile> =
            (0..7).map(|number| file(&format!("{number}.png"), "picture", Skipped::Stray)).collect();
        files.extend((0..7).map(|number| file(&format!("{number}.rar"), "rar", Skipped::Refused)));
        let lines = lines(&files, Lang::En, false);
        assert_eq!(lines.len(), 8 + 1 + 6, "{lines:?}");
        assert_eq!(lines[8 + 6], "  and 2 more: picture (-v lists them)");
        assert_eq!(super::lines(&files, Lang::En, true).len(), 8 + 8);
        assert!(super::lines(&[], Lang::Zh, false).is_empty());
    }
}
