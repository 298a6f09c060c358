//! What can be typed. Help, manual page and completions come from it.
//!
//! The same thing is asked by the same flag in every command, so flags of several commands are defined once, in a struct of their own:
//!
//! - A flag that names things is singular: `--model`, `--rule`, `--institution`, `--field`, `--person`. It takes several with commas
//!   between them and may be given again: `--model 1,3` is `--model 1 --model 3`. A plural says how many: `synth --persons 1000`.
//! - A path or a setting may hold a comma, so `--map` and `--set` take one each and may be given again.
//! - What a command works on or makes stands first, without a flag: exports, a case store, a rule, a finding, a synthetic area. Everything
//!   beside it has a flag, and that flag is the same wherever it is known: `--store`, `--report`, `--knowledge`, `--rules-dir`,
//!   `--dispositions`. `--out` is where a result goes, `--format` the form it is printed in.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::calendar;
use crate::import::Patterns;
use crate::import::decisions::DateOrder;
use crate::lang::Lang;
use crate::model::Grade;

/// The program.
#[derive(Debug, Parser)]
#[command(
    name = "feijian",
    version,
    about = "飞检: finds indications to verify (疑点) in claims; exports in, report out",
    max_term_width = 100,
    after_help = "Examples:
  feijian run /media/usb/exports --out report
  feijian run exports --model 1,3 --set split-stay.max_gap_days=7
  feijian case 1 --report report
  feijian rule split-stay
  feijian sql STORE \"SELECT * FROM visit LIMIT 5\"

Exit codes:
  0   done, findings or not
  1   findings reach --fail-on
  2   wrong usage or configuration
  3   an input cannot be read
  4   rules failed, or were skipped under --strict
  5   done, but data were lost beyond the limits and --accept-losses was not
      given; before 1 and 4, as neither says anything over damaged data
  75  another run holds the lock"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Language of reports and messages: zh or en
    #[arg(long, global = true, value_enum, default_value = "zh", env = "FEIJIAN_LANG", hide_possible_values = true)]
    pub lang: LangArg,
    /// Print errors only
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// How a run is told on stderr: tables, one line, or one JSON object
    #[arg(long, global = true, value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// Also name the files not read and the rows of each step of a rule
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// Threads to use; all processors without it
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// How a run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Tables, for people
    Text,
    /// One line when done, for a log
    Short,
    /// One JSON object when done or failed, for a program
    Json,
}

/// Language of reports.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LangArg {
    /// Chinese
    Zh,
    /// English
    En,
}

impl From<LangArg> for Lang {
    fn from(lang: LangArg) -> Self {
        match lang {
            LangArg::Zh => Self::Zh,
            LangArg::En => Self::En,
        }
    }
}

/// Subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Exports in, ranked report out: import, rules and report in one go
    Run(RunArgs),
    /// Read exports into a case store
    Import(ImportArgs),
    /// Look at exports before anything else: what is there, what is lost, what to ask for again; keeps nothing
    Check(CheckArgs),
    /// Write a first map for unknown tables: every column with its shapes and its guessed meaning, to be corrected
    Map(MapArgs),
    /// Write the report of a case store whose rules have run
    Report(ReportArgs),
    /// Take what inspectors filled in out of workbooks into the dispositions file
    Learn(LearnArgs),
    /// Explain one finding of a report: what, why, its records, what to ask for
    Case(CaseArgs),
    /// Findings of a report as CSV, TSV, JSON or a workbook
    Findings(FindingsArgs),
    /// List the rules
    Rules(RulesArgs),
    /// Explain one rule
    Rule(RuleArgs),
    /// List the problem lists (问题清单), or explain items of them
    Problems(ProblemsArgs),
    /// Run SQL over a case store; the result goes to stdout
    Sql(SqlArgs),
    /// Find rings alone: groups of persons, institutions and practitioners that share more than chance explains
    Rings(RingsArgs),
    /// Try values of a rule's parameter: findings and money for each
    Sweep(SweepArgs),
    /// Bring official knowledge points (.xlsx, .csv) into a knowledge folder
    #[command(subcommand)]
    Knowledge(KnowledgeCommand),
    /// Make a synthetic area with planted cases and their truth
    Synth(SynthArgs),
    /// Compare a report with the truth of its synthetic exports
    Evaluate(EvaluateArgs),
    /// What a reporter gets for a case of this value
    Reward(RewardArgs),
    /// Print a completion script for a shell
    Completions {
        /// Shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff)
    Man,
}

/// How exports are read.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// Map for exports with other columns (docs/map-format.md); may be given again
    #[arg(long = "map", value_name = "FILE.toml")]
    pub maps: Vec<PathBuf>,
    /// Order of day, month and year where the values of a column do not tell it: dmy, mdy or ymd, or for one column
    /// fee_ocur_time=dmy; may be given again
    #[arg(long = "date-order", value_name = "[COLUMN=]ORDER,...", value_delimiter = ',')]
    pub date_orders: Vec<DateOrder>,
    /// Greatest share of the rows of a table or file that may be unusable, in percent
    #[arg(long, value_name = "PERCENT", default_value = "0.1", value_parser = percentage)]
    pub max_lost_rows: u32,
    /// Greatest share of the filled cells of a column that rules need that may be unusable, in percent
    #[arg(long, value_name = "PERCENT", default_value = "1", value_parser = percentage)]
    pub max_lost_cells: u32,
    /// Read only what this pattern names, as in .gitignore: files, folders, members of archives (a.zip/b.csv), sheets (a.xlsx/Sheet1);
    /// may be given again
    #[arg(long = "include", value_name = "GLOB")]
    pub include: Vec<String>,
    /// Do not read what this pattern names, as in .gitignore; may be given again. A file .feijianignore in the folder of the exports does
    /// the same
    #[arg(long = "exclude", value_name = "GLOB")]
    pub exclude: Vec<String>,
}

impl SourceArgs {
    /// What of the exports is read.
    pub fn patterns(&self) -> Patterns {
        Patterns { include: self.include.clone(), exclude: self.exclude.clone() }
    }
}

/// What is made of data of which more is lost than may be.
#[derive(Debug, Args)]
pub struct LossArgs {
    /// Take losses beyond the limits as they are: no exit code 5. The report still tells them, and that they were accepted
    #[arg(long)]
    pub accept_losses: bool,
}

/// A percentage with up to four decimals as millionths.
fn percentage(text: &str) -> Result<u32, String> {
    let refused = || "0 to 100, with at most four decimals; 0 到 100，至多四位小数".to_owned();
    let plain = text.trim().trim_end_matches(['%', '％']).trim_end();
    let (whole, decimals) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
        return Err(refused());
    }
    let ppm: u32 = format!("{whole}{decimals:0<4}").parse().map_err(|_| refused())?;
    if ppm > 1_000_000 { Err(refused()) } else { Ok(ppm) }
}

/// Whose findings, and when.
#[derive(Debug, Args)]
pub struct WantedArgs {
    /// Keep findings with a record in these months or days, both ends included; their money is not cut. Where exports are read, the
    /// acceptance checks look for these months
    #[arg(long, value_name = "2023-01..2024-12")]
    pub period: Option<String>,
    /// Findings of these institutions only (peers still count); may be given again
    #[arg(long = "institution", value_name = "CODE,...", value_delimiter = ',')]
    pub institutions: Vec<String>,
    /// Findings of these inspection fields (such as 血液透析) only: those of rules tagged with the field and those whose items,
    /// departments or main diagnoses belong to it; may be given again
    #[arg(long = "field", value_name = "FIELD,...", value_delimiter = ',')]
    pub fields: Vec<String>,
    /// Items asked for.
    #[command(flatten)]
    pub listed: ListedArgs,
}

/// Items of problem lists.
#[derive(Debug, Args)]
pub struct ListedArgs {
    /// Findings that count for items of these problem lists only, such as 2025-hospital; may be given again
    #[arg(long = "list", value_name = "LIST,...", value_delimiter = ',')]
    pub lists: Vec<String>,
    /// Findings that count for these items of problem lists only: a number, or list and number (2025-hospital:139); may be given again
    #[arg(long = "problem", value_name = "NUMBER,...", value_delimiter = ',')]
    pub problems: Vec<String>,
}

/// Rules of one's own.
#[derive(Debug, Args)]
pub struct OwnRulesArgs {
    /// Folder with rules of one's own, beside the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rules_dir: Option<PathBuf>,
}

/// Parameters of rules.
#[derive(Debug, Args)]
pub struct SettingArgs {
    /// Parameter of a rule, such as split-stay.max_gap_days=7; may be given again
    #[arg(long = "set", value_name = "RULE.PARAM=VALUE")]
    pub settings: Vec<String>,
}

/// Knowledge points.
#[derive(Debug, Args)]
pub struct KnowledgeArgs {
    /// Folder of knowledge points made by `feijian knowledge import`
    #[arg(long, value_name = "DIR")]
    pub knowledge: Option<PathBuf>,
}

/// A finished report.
#[derive(Debug, Args)]
pub struct ReportDirArgs {
    /// Folder of the report
    #[arg(long, value_name = "DIR", default_value = "report")]
    pub report: PathBuf,
}

/// Which rules run, and with what.
#[derive(Debug, Args)]
pub struct RuleChoiceArgs {
    /// Models to run, rules on trial (preview) included; without it and --rule all stable rules
    #[arg(long = "model", value_name = "1,3,4", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(1..=9))]
    pub models: Vec<u8>,
    /// Rules to run, by id, beside those of --model
    #[arg(long = "rule", value_name = "ID,...", value_delimiter = ',')]
    pub rules: Vec<String>,
    /// Rules of one's own.
    #[command(flatten)]
    pub own: OwnRulesArgs,
    /// Parameters.
    #[command(flatten)]
    pub set: SettingArgs,
    /// Knowledge points.
    #[command(flatten)]
    pub known: KnowledgeArgs,
}

/// How persons appear.
#[derive(Debug, Args)]
pub struct PrivacyArgs {
    /// Show persons' numbers and names as in the export; the manifest records it. Without it they appear under pseudonyms
    #[arg(long)]
    pub reveal: bool,
    /// Key of the pseudonyms, 64 hexadecimal digits; without it the case store's own, made when it is first needed. --reveal wins
    #[arg(long, value_name = "FILE", env = "FEIJIAN_PSEUDONYM_KEY", hide_env_values = true)]
    pub pseudonym_key: Option<PathBuf>,
}

/// Where the report goes, and what is in it besides.
#[derive(Debug, Args)]
pub struct OutArgs {
    /// Folder for the report; replaced as a whole when the run is done
    #[arg(long, value_name = "DIR", default_value = "report")]
    pub out: PathBuf,
    /// What inspectors found out, kept by `feijian learn`: sets the confidence of rules and marks what is settled
    #[arg(long, value_name = "FILE")]
    pub dispositions: Option<PathBuf>,
    /// Folder of an earlier report: mark findings new, continued or gone since then
    #[arg(long, value_name = "DIR")]
    pub since: Option<PathBuf>,
    /// Also write a workbook for each institution, to be taken there and signed, and an index of them
    #[arg(long, value_enum, value_name = "WHAT")]
    pub split_by: Option<SplitArg>,
    /// Persons.
    #[command(flatten)]
    pub privacy: PrivacyArgs,
    /// Exit with 1 when there are findings of this grade or above
    #[arg(long, value_enum, value_name = "GRADE")]
    pub fail_on: Option<GradeArg>,
    /// Exit with 4 when rules were skipped for missing tables
    #[arg(long)]
    pub strict: bool,
}

/// What a report is split by.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SplitArg {
    /// A workbook for each institution, in institutions/
    Institution,
}

/// Grade of a finding.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum GradeArg {
    /// Any finding
    Lead,
    /// The record itself shows it
    Violation,
}

impl From<GradeArg> for Grade {
    fn from(grade: GradeArg) -> Self {
        match grade {
            GradeArg::Lead => Self::Lead,
            GradeArg::Violation => Self::Violation,
        }
    }
}

/// `feijian run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian run sample-data
  feijian run ODS_2023.zip ODS_2024.zip --out /srv/report --store /srv/store
  feijian run exports --rule split-stay,duplicate-line --lang en")]
pub struct RunArgs {
    /// Files and folders: text, workbooks, Parquet, .dbf, also in .gz and .zip; which table a file is, is told by its header. With none, the rules
    /// run on what --store holds
    #[arg(required_unless_present = "store", value_name = "EXPORT")]
    pub exports: Vec<PathBuf>,
    /// How to read it.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Keep the case store here, adding to what is there; without it a temporary one is used
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Rules.
    #[command(flatten)]
    pub choice: RuleChoiceArgs,
    /// Findings.
    #[command(flatten)]
    pub wanted: WantedArgs,
    /// Output.
    #[command(flatten)]
    pub out: OutArgs,
    /// Losses.
    #[command(flatten)]
    pub losses: LossArgs,
}

/// `feijian import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian import exports --store store
  feijian import claims.csv --map my-map.toml --store store")]
pub struct ImportArgs {
    /// Files and folders: text, workbooks, Parquet, .dbf, also in .gz and .zip; which table a file is, is told by its header
    #[arg(required = true, value_name = "EXPORT")]
    pub exports: Vec<PathBuf>,
    /// How to read it.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Months or days that the exports are to cover, both ends included: the acceptance checks look for them
    #[arg(long, value_name = "2023-01..2024-12")]
    pub period: Option<String>,
    /// Case store to make or to add to
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// Losses.
    #[command(flatten)]
    pub losses: LossArgs,
}

/// `feijian check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian check /media/usb/exports
  feijian check exports --format xlsx --out check.xlsx
  feijian check exports --format html --out letter.html

html is a letter to whoever delivered the exports: it tells what is wrong and
what is wanted, with shapes in place of values, and nothing of the rules.")]
pub struct CheckArgs {
    /// Files and folders: text, workbooks, Parquet, .dbf, also in .gz and .zip; which table a file is, is told by its header
    #[arg(required = true, value_name = "EXPORT")]
    pub exports: Vec<PathBuf>,
    /// How to read it.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Months or days that the exports are to cover, both ends included: the acceptance checks look for them
    #[arg(long, value_name = "2023-01..2024-12")]
    pub period: Option<String>,
    /// Knowledge points: rules that need them are told by it.
    #[command(flatten)]
    pub known: KnowledgeArgs,
    /// Rules of one's own.
    #[command(flatten)]
    pub own: OwnRulesArgs,
    /// What is written
    #[arg(long, value_enum, default_value = "text")]
    pub format: CheckFormat,
    /// File to write; - is stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub out: PathBuf,
    /// Losses.
    #[command(flatten)]
    pub losses: LossArgs,
}

/// `feijian map`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian map claims.csv --out map.toml
  feijian import claims.csv --map map.toml --store store")]
pub struct MapArgs {
    /// Files and folders with tables that no layout knows
    #[arg(required = true, value_name = "FILE")]
    pub exports: Vec<PathBuf>,
    /// File to write; - is stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub out: PathBuf,
}

/// Form in which a delivery is told.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum CheckFormat {
    /// For reading, in the language of --lang
    Text,
    /// For programs, both languages at once
    Json,
    /// A workbook for the team: all of it, sheet by sheet
    Xlsx,
    /// A letter to whoever delivered the exports: what to deliver again
    Html,
}

/// `feijian report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Case store
    pub store: PathBuf,
    /// Folder of the evidence, RULE.parquet and rules.json; the store's own without it
    #[arg(long, value_name = "DIR")]
    pub evidence: Option<PathBuf>,
    /// Rules that the evidence names.
    #[command(flatten)]
    pub own: OwnRulesArgs,
    /// Knowledge points: the words of problem lists.
    #[command(flatten)]
    pub known: KnowledgeArgs,
    /// Findings.
    #[command(flatten)]
    pub wanted: WantedArgs,
    /// Output.
    #[command(flatten)]
    pub out: OutArgs,
    /// Losses.
    #[command(flatten)]
    pub losses: LossArgs,
}

/// `feijian learn`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian learn report/report.xlsx
  feijian learn returned/*.xlsx --dispositions /srv/dispositions.csv
  feijian run exports --dispositions /srv/dispositions.csv")]
pub struct LearnArgs {
    /// Filled-in workbooks: report.xlsx or working papers
    #[arg(required = true, value_name = "REPORT.xlsx")]
    pub reports: Vec<PathBuf>,
    /// File to add to; made when it is not there
    #[arg(long, value_name = "FILE", default_value = "dispositions.csv")]
    pub dispositions: PathBuf,
    /// Rules of one's own.
    #[command(flatten)]
    pub own: OwnRulesArgs,
}

/// `feijian case`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian case 1
  feijian case 9aea4851 --report /srv/report --format md > case.md")]
pub struct CaseArgs {
    /// Finding: its id, the first characters of it, or its rank
    #[arg(value_name = "FINDING_ID")]
    pub finding: String,
    /// The report.
    #[command(flatten)]
    pub from: ReportDirArgs,
    /// Text for the terminal, or Markdown
    #[arg(long, value_enum, default_value = "text")]
    pub format: CaseFormat,
    /// Rules that the report names.
    #[command(flatten)]
    pub own: OwnRulesArgs,
}

/// Form of a dossier.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum CaseFormat {
    /// For the terminal
    Text,
    /// Markdown
    Md,
}

/// `feijian findings`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian findings --model 3 --format csv > model3.csv
  feijian findings --grade violation --format xlsx --out clear.xlsx
  feijian findings --report /srv/report --top 10 --records --format json | jq .")]
pub struct FindingsArgs {
    /// The report.
    #[command(flatten)]
    pub from: ReportDirArgs,
    /// Findings of these models only; may be given again
    #[arg(long = "model", value_name = "1,3,4", value_delimiter = ',')]
    pub models: Vec<u8>,
    /// Findings of these rules only, by id; may be given again
    #[arg(long = "rule", value_name = "ID,...", value_delimiter = ',')]
    pub rules: Vec<String>,
    /// Findings of these institutions only, by code; may be given again
    #[arg(long = "institution", value_name = "CODE,...", value_delimiter = ',')]
    pub institutions: Vec<String>,
    /// Findings of these persons only, as the report names them; may be given again
    #[arg(long = "person", value_name = "PERSON,...", value_delimiter = ',')]
    pub persons: Vec<String>,
    /// Items asked for.
    #[command(flatten)]
    pub listed: ListedArgs,
    /// One grade only
    #[arg(long, value_enum, value_name = "GRADE")]
    pub grade: Option<GradeArg>,
    /// The first so many by rank
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// The records behind these findings instead of the findings
    #[arg(long)]
    pub records: bool,
    /// Form of the rows
    #[arg(long, value_enum, default_value = "csv")]
    pub format: RowsFormat,
    /// File to write; - is stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub out: PathBuf,
    /// Begin CSV and TSV with a byte-order mark, for Excel
    #[arg(long)]
    pub bom: bool,
}

/// Form of exported rows.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RowsFormat {
    /// Comma-separated values
    Csv,
    /// Tab-separated values
    Tsv,
    /// An array with an object a line
    Json,
    /// A workbook
    Xlsx,
}

/// `feijian rules`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian rules
  feijian rules --rules-dir my-rules --test
  feijian rules --format json | jq '.[] | {id, params}'")]
pub struct RulesArgs {
    /// These rules only, such as split-stay
    #[arg(value_name = "RULE")]
    pub rules: Vec<String>,
    /// Rules of one's own.
    #[command(flatten)]
    pub own: OwnRulesArgs,
    /// A table to read, or all that is known of each rule as JSON (docs/rules-json.md)
    #[arg(long, value_enum, default_value = "text")]
    pub format: RuleFormat,
    /// Also run each rule's cases; exit 2 when one fails
    #[arg(long)]
    pub test: bool,
}

/// `feijian rule`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian rule split-stay --lang en
  feijian rule split-stay --sql
  feijian rule split-stay --format json | jq .params")]
pub struct RuleArgs {
    /// Rule, such as split-stay
    pub id: String,
    /// Rules of one's own.
    #[command(flatten)]
    pub own: OwnRulesArgs,
    /// An explanation to read, or all that is known of the rule as JSON (docs/rules-json.md)
    #[arg(long, value_enum, default_value = "text")]
    pub format: RuleFormat,
    /// Print the SQL too; JSON always has it
    #[arg(long)]
    pub sql: bool,
}

/// `feijian problems`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian problems
  feijian problems 16 --store store
  feijian problems --list 2025-pharmacy --format json | jq '.[] | {number, status}'

With a store the items of it that fall into each group are named; the table
item_group has all of them: feijian sql STORE \"SELECT * FROM item_group\"")]
pub struct ProblemsArgs {
    /// Items to explain: a number, or list and number (2025-hospital:16)
    #[arg(value_name = "NUMBER")]
    pub numbers: Vec<String>,
    /// These lists only, such as 2025-hospital; may be given again
    #[arg(long = "list", value_name = "LIST,...", value_delimiter = ',')]
    pub lists: Vec<String>,
    /// Case store: also tell which of its items fall into the groups of an item
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Knowledge points: the official words, and lists of one's own.
    #[command(flatten)]
    pub known: KnowledgeArgs,
    /// Rules of one's own that lists name.
    #[command(flatten)]
    pub own: OwnRulesArgs,
    /// A text to read, or all that is known of each item as JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: RuleFormat,
}

/// Form in which rules are told.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RuleFormat {
    /// For reading, in the language of --lang
    Text,
    /// For programs, both languages at once
    Json,
}

/// `feijian rings`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian rings store --out rings
  feijian rings --sql > edges.sql
  feijian rings --edges edges.parquet

The second prints the statement to run on a cluster, over the tables visit and
settlement; the third takes its result.")]
pub struct RingsArgs {
    /// Case store
    #[arg(required_unless_present_any = ["edges", "sql"], conflicts_with_all = ["edges", "sql"])]
    pub store: Option<PathBuf>,
    /// Edge list made elsewhere (.csv or .parquet): columns low, high and days; expected_e9, common_days, meetings, crowd, first_day and
    /// last_day where known
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    pub edges: Option<PathBuf>,
    /// Print the statement that makes such a list
    #[arg(long)]
    pub sql: bool,
    /// Folder for rings.csv, ring_members.csv and rings.graphml; replaced as a whole
    #[arg(long, value_name = "DIR", default_value = "rings")]
    pub out: PathBuf,
    /// Knowledge points: drugs known to be resold.
    #[command(flatten)]
    pub known: KnowledgeArgs,
    /// Parameters of the ring rules.
    #[command(flatten)]
    pub set: SettingArgs,
    /// Persons.
    #[command(flatten)]
    pub privacy: PrivacyArgs,
}

/// `feijian sql`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian sql store \"SELECT * FROM visit LIMIT 5\"
  feijian sql store --format csv - < query.sql > result.csv")]
pub struct SqlArgs {
    /// Case store
    pub store: PathBuf,
    /// Statement; - reads it from stdin
    pub statement: String,
    /// How the rows are printed
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// Knowledge points.
    #[command(flatten)]
    pub known: KnowledgeArgs,
    /// Persons.
    #[command(flatten)]
    pub privacy: PrivacyArgs,
}

/// Form of rows on stdout.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// Columns aligned for reading
    Table,
    /// Comma-separated values
    Csv,
}

/// `feijian sweep`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian import exports --store store
  feijian sweep store split-stay.max_gap_days=3,7,10,15
  feijian sweep store split-stay.max_gap_days=3,7 --format csv > sweep.csv

No report is written, and the store stays as it is.")]
pub struct SweepArgs {
    /// Case store
    pub store: PathBuf,
    /// Parameter and its values; several are tried one after the other
    #[arg(required = true, value_name = "RULE.PARAM=VALUE,...")]
    pub sweep: Vec<String>,
    /// Parameters that are the same in every try.
    #[command(flatten)]
    pub set: SettingArgs,
    /// Findings.
    #[command(flatten)]
    pub wanted: WantedArgs,
    /// Rules of one's own.
    #[command(flatten)]
    pub own: OwnRulesArgs,
    /// Knowledge points.
    #[command(flatten)]
    pub known: KnowledgeArgs,
    /// Exit with 4 when a rule has no data to run on
    #[arg(long)]
    pub strict: bool,
    /// How the rows are printed
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

/// `feijian evaluate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian evaluate sample-data --report report
  feijian evaluate /tmp/area/truth.csv --report /tmp/report --format csv

The exports are invented, so this is a measure to notice regressions by, not the accuracy on real claims.
With --verbose the cases that ended otherwise than planted are named.")]
pub struct EvaluateArgs {
    /// truth.csv, or a folder of exports with one
    #[arg(required = true, value_name = "TRUTH")]
    pub truth: Vec<PathBuf>,
    /// The run's report.
    #[command(flatten)]
    pub from: ReportDirArgs,
    /// How the rows are printed
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

/// `feijian reward`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian reward 120000
  feijian reward 120000 --insider
  feijian reward 120000 --schedule our-province.toml")]
pub struct RewardArgs {
    /// Value of the case, yuan
    #[arg(value_name = "YUAN")]
    pub value: String,
    /// The reporter is an insider of the institution
    #[arg(long)]
    pub insider: bool,
    /// Schedule of another place, of the form of src/reward/anhui.toml
    #[arg(long, value_name = "FILE.toml")]
    pub schedule: Option<PathBuf>,
}

/// `feijian knowledge`.
#[derive(Debug, Subcommand)]
pub enum KnowledgeCommand {
    /// Read notices and problem lists into a knowledge folder
    Import {
        /// Notices and problem lists as published, .xlsx or .csv, or folders of them
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Knowledge folder to make or to add to
        #[arg(long, value_name = "DIR", default_value = "knowledge")]
        knowledge: PathBuf,
        /// First day on which these notices hold, such as 2025-01-01; without it the day known of their batch and of what they rest on
        #[arg(long, value_name = "DATE", value_parser = calendar_day)]
        valid_from: Option<i32>,
    },
    /// Show what the seeds and a knowledge folder hold
    List(KnowledgeArgs),
}

/// A day written `2025-01-01`.
fn calendar_day(text: &str) -> Result<i32, String> {
    calendar::parse_iso(text)
        .ok_or_else(|| "应为 2025-01-01 这样的日期 / a date such as 2025-01-01 is needed".to_owned())
}

/// `feijian synth`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  feijian synth /tmp/area --persons 20000 --institutions 40 --months 24
  feijian synth sample-data --sample
  feijian synth /tmp/benign --persons 20000 --plant benign")]
pub struct SynthArgs {
    /// Folder to write into; its folder knowledge/ holds the limits that the planted cases are judged by
    pub out: PathBuf,
    /// Write what sample-data/ of the project holds
    #[arg(long, conflicts_with_all = ["persons", "institutions", "months", "seed", "family", "plant"])]
    pub sample: bool,
    /// Persons
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub persons: u64,
    /// Hospitals and pharmacies
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub institutions: u32,
    /// Months of 30 days
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub months: u32,
    /// Same seed, same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Which exports
    #[arg(long, value_enum, default_value = "csv")]
    pub family: FamilyArg,
    /// Which cases are planted
    #[arg(long, value_enum, default_value = "all")]
    pub plant: PlantArg,
}

/// Family of synthetic exports.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FamilyArg {
    /// Bureau tables as CSV in UTF-8
    Csv,
    /// Bureau tables as CSV in GB18030
    Gb18030,
    /// Bureau tables as Parquet
    Parquet,
    /// One hospital's collection list, |@| between cells
    Hospital,
}

/// What is planted in a synthetic area.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PlantArg {
    /// Cases to find and look-alikes
    All,
    /// Look-alikes only
    Benign,
    /// Nothing
    None,
}

#[cfg(test)]
mod tests {
    use clap::{ArgAction, CommandFactory};

    use super::*;

    /// The long names of flags that may be given again, with whether they split at commas.
    fn lists(command: &clap::Command, found: &mut Vec<(String, bool)>) {
        for arg in command.get_arguments().filter(|arg| matches!(arg.get_action(), ArgAction::Append)) {
            found.extend(arg.get_long().map(|long| (long.to_owned(), arg.get_value_delimiter() == Some(','))));
        }
        command.get_subcommands().for_each(|command| lists(command, found));
    }

    #[test]
    fn flags_of_several_values_are_singular_and_split_at_commas() {
        let mut found = Vec::new();
        lists(&Cli::command(), &mut found);
        assert!(found.len() > 10, "{found:?}");
        for (long, split) in found {
            assert!(!long.ends_with('s'), "--{long} names one thing each time");
            assert_eq!(split, !["map", "set", "include", "exclude"].contains(&long.as_str()), "--{long}");
        }
    }
}
