//! Bars on stderr with rates and time left; none when stderr is no terminal or `--quiet` is given.

use std::io::IsTerminal;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::import::ImportProgress;
use crate::lang::Lang;

/// What the run is doing, for a person who waits.
pub struct Progress {
    visible: bool,
    lang: Lang,
    bar: Mutex<Option<ProgressBar>>,
}

/// Steps of netting are shown without a rate: a bucket is no unit that anybody counts in.
const STEPS: &str = "{msg:32!} {wide_bar} {pos}/{len}  {eta}";

/// Bytes are shown with their rate and the rows so far.
const BYTES: &str = "{msg:32!} {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {prefix}  {eta}";

impl Progress {
    /// Bars unless `quiet` or stderr is no terminal.
    pub fn new(quiet: bool, lang: Lang) -> Self {
        Self { visible: !quiet && std::io::stderr().is_terminal(), lang, bar: Mutex::new(None) }
    }

    fn start(&self, length: u64, template: &str, message: String) {
        if !self.visible {
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸ "));
        }
        bar.set_message(message);
        if let Ok(mut slot) = self.bar.lock()
            && let Some(before) = slot.replace(bar)
        {
            before.finish_and_clear();
        }
    }

    fn update(&self, change: impl FnOnce(&ProgressBar)) {
        if let Ok(slot) = self.bar.lock()
            && let Some(bar) = slot.as_ref()
        {
            change(bar);
        }
    }

    /// Rule number `done` of `all` begins.
    pub fn rule(&self, done: usize, all: usize, rule_id: &str) {
        if done == 0 {
            self.start(all as u64, STEPS, String::new());
        }
        self.update(|bar| {
            bar.set_position(done as u64);
            bar.set_message(rule_id.to_owned());
        });
    }

    /// `done` of `all` units of something.
    pub fn units(&self, what: &str, done: u64, all: u64) {
        if done == 0 || self.bar.lock().is_ok_and(|slot| slot.is_none()) {
            self.start(all, STEPS, what.to_owned());
        }
        self.update(|bar| bar.set_position(done));
    }

    /// Takes the bar away before something is printed.
    pub fn clear(&self) {
        if let Ok(mut slot) = self.bar.lock()
            && let Some(bar) = slot.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl ImportProgress for Progress {
    fn file(&self, name: &str, bytes: u64) {
        // The end of a path says more than its beginning.
        let tail: String = name.chars().rev().take(32).collect::<Vec<_>>().into_iter().rev().collect();
        self.start(bytes, BYTES, tail);
    }

    fn advanced(&self, bytes: u64, rows: u64) {
        self.update(|bar| {
            bar.set_position(bytes);
            bar.set_prefix(format!("{rows} {}", self.lang.pick("行", "rows")));
        });
    }

    fn settling(&self, done: usize, steps: usize) {
        if done == 1 {
            self.start(steps as u64, STEPS, self.lang.pick("冲销退费、合并重复", "netting").to_owned());
        }
        self.update(|bar| bar.set_position(done as u64));
    }
}
