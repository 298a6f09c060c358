//! `feijian reward`: the steps as people see them, in both languages, and schedules of other places.

use std::fs;

use insta::assert_snapshot;

use crate::support::{done, run};

#[test]
fn the_steps_are_printed_in_both_languages() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_snapshot!("reward_zh", done(folder.path(), "reward 120000").stdout);
    assert_snapshot!("reward_en", done(folder.path(), "reward 20,000,000.00 --insider --lang en").stdout);
    assert!(done(folder.path(), "reward 5000").stdout.contains("补足最低 200.00"));
}

#[test]
fn another_place_brings_its_own_schedule() {
    let folder = tempfile::tempdir().expect("a folder");
    let schedule = "title = { zh = \"某地\", en = \"Somewhere\" }\nsource = { zh = \"某办法\", en = \"some rules\" }\n\
                    minimum_yuan = 500\nmaximum_yuan = 100000\ninsider_extra_percent = 0\n\
                    [[step]]\nabove_yuan = 0\npercent = 2.5\n";
    fs::write(folder.path().join("own.toml"), schedule).expect("writable");
    let text = done(folder.path(), "reward 120000 --schedule own.toml").stdout;
    assert!(text.contains("某地") && text.contains("2.5 %") && text.contains("3,000.00"), "{text}");
    fs::write(folder.path().join("own.toml"), schedule.replace("above_yuan = 0", "above_yuan = 5")).expect("writable");
    for (line, words) in [
        ("reward 120000 --schedule own.toml", "第一档没有从 0 元开始"),
        ("reward 120000 --schedule none.toml", "none.toml"),
        ("reward twelve", "FJ-834"),
        ("reward 0", "FJ-834"),
    ] {
        let ended = run(folder.path(), line);
        assert_eq!(ended.code, Some(2), "{line}");
        assert!(ended.stderr.contains(words), "{line}: {}", ended.stderr);
    }
}
