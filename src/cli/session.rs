//! What every command knows: the language, how much is said and how, the threads, and when it all began.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};

use super::args::{Cli, LogFormat};
use super::exit::Failure;
use super::progress::Progress;
use super::usage::UsageError;
use crate::lang::Lang;
use crate::pipeline::Origin;

/// What every command knows.
pub struct Session {
    /// Language of reports and messages.
    pub lang: Lang,
    /// Whether only errors are told.
    pub quiet: bool,
    /// How a run is told.
    pub log_format: LogFormat,
    /// Whether more is told than a run needs.
    pub verbose: bool,
    /// Bars for whoever waits.
    pub progress: Progress,
    threads: usize,
    began: Instant,
    started: String,
}

impl Session {
    /// Begins a session as the flags ask for; sets the size of the thread pools, before the first of them is used.
    ///
    /// # Errors
    /// If the threads asked for cannot be had.
    pub fn new(cli: &Cli) -> Result<Self, Failure> {
        let lang = cli.lang.into();
        Ok(Self {
            lang,
            quiet: cli.quiet,
            log_format: cli.log_format,
            verbose: cli.verbose,
            progress: Progress::new(cli.quiet || cli.log_format != LogFormat::Text, lang),
            threads: use_threads(cli.threads)?,
            began: Instant::now(),
            started: utc_now(),
        })
    }

    /// Says something to the person at the terminal; data goes to stdout, this does not.
    pub fn say(&self, text: &str) {
        if !self.quiet && self.log_format == LogFormat::Text {
            self.progress.clear();
            eprintln!("{text}");
        }
    }

    /// Tells an error that does not end the command.
    pub fn fail(&self, error: UsageError) {
        self.progress.clear();
        Failure::from(error).report(self.log_format, self.lang);
    }

    /// Where what is written now comes from; `stage_seconds` are those of the stages before.
    pub fn origin(&self, stage_seconds: BTreeMap<String, f64>) -> Origin {
        Origin {
            command_line: std::env::args().collect(),
            started: self.started.clone(),
            began: self.began,
            stage_seconds,
            threads: self.threads,
        }
    }
}

fn use_threads(threads: Option<u16>) -> Result<usize, Failure> {
    let all = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let Some(threads) = threads else { return Ok(all) };
    // Polars sizes its pool from the environment only.
    // SAFETY: no other thread runs yet that could read the environment meanwhile.
    unsafe { std::env::set_var("POLARS_MAX_THREADS", threads.to_string()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(usize::from(threads))
        .build_global()
        .map_err(|source| UsageError::Threads { threads, source })?;
    Ok(usize::from(threads))
}

fn utc_now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let time = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}
