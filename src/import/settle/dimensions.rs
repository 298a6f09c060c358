//! The small tables: who and what the claims name. Each bucket adds what it saw; at the end the commonest wording wins.

use std::collections::HashSet;

use polars::prelude::*;

use super::super::error::SettleError;
use crate::privacy;
use crate::sql::engine::Workbench;

/// One small table: how a bucket's rows name its members, and how the names of all buckets become one row each.
struct Dimension {
    table: &'static str,
    /// Rows of one bucket: the columns below, grouped, with their number as `row_count`.
    seen: &'static str,
    /// Columns that identify a wording.
    columns: &'static [&'static str],
    /// One row per key from `seen` (all buckets).
    choose: Choose,
    /// Key and code columns: one key with two codes is a hash collision.
    key_code: Option<(&'static str, &'static str)>,
}

/// How the wordings of a key become one row.
enum Choose {
    /// The commonest one, and one with a `name` before all without; the first by `ties` of equally common ones.
    Commonest { key: &'static str, name: &'static str, ties: &'static str, columns: &'static str },
    /// By a statement of its own.
    Statement(&'static str),
}

impl Choose {
    fn sql(&self) -> String {
        match self {
            Self::Commonest { key, name, ties, columns } => format!(
                "SELECT {columns} FROM (
                     SELECT *, ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY unnamed, rarity, {ties}) AS nth
                     FROM (SELECT *, CASE WHEN {name} IS NULL THEN 1 ELSE 0 END AS unnamed,
                                  0 - CAST(row_count AS BIGINT) AS rarity FROM seen) AS s
                 ) AS ranked WHERE nth = 1"
            ),
            Self::Statement(sql) => (*sql).to_owned(),
        }
    }
}

const DIMENSIONS: &[Dimension] = &[
    Dimension {
        table: "practitioner",
        seen: "SELECT dr_key, dr_code, dr_name, COUNT(*) AS row_count FROM (
                   SELECT dr_key, COALESCE(dr_code, fixmedins_code || ':' || dr_name) AS dr_code, dr_name FROM fee_row
                   UNION ALL
                   SELECT exec_dr_key AS dr_key, COALESCE(exec_dr_code, fixmedins_code || ':' || exec_dr_name) AS dr_code,
                          exec_dr_name AS dr_name FROM fee_row
                   UNION ALL
                   SELECT dr_key, COALESCE(dr_code, fixmedins_code || ':' || dr_name) AS dr_code, dr_name FROM mdtrt_row
                   UNION ALL
                   SELECT oper_dr_key AS dr_key, dr_code, dr_name FROM oprn_row WHERE dr_code IS NOT NULL
                   UNION ALL
                   SELECT anst_dr_key AS dr_key, anst_dr_code AS dr_code, anst_dr_name AS dr_name FROM oprn_row
                   WHERE anst_dr_code IS NOT NULL
               ) AS named
               WHERE dr_key IS NOT NULL
               GROUP BY dr_key, dr_code, dr_name",
        columns: &["dr_key", "dr_code", "dr_name"],
        choose: Choose::Commonest { key: "dr_key", name: "dr_name", ties: "dr_name, dr_code", columns: "dr_key, COALESCE(dr_code, '') AS dr_code, dr_name" },
        key_code: Some(("dr_key", "dr_code")),
    },
    Dimension {
        table: "institution",
        seen: "SELECT inst_key, fixmedins_code, fixmedins_name, hosp_lv, lmtpric_hosp_lv, admdvs, beds, uscc, registered,
                      COUNT(*) AS row_count FROM (
                   SELECT inst_key, fixmedins_code, fixmedins_name, hosp_lv, lmtpric_hosp_lv, fix_blng_admdvs AS admdvs, beds, uscc,
                          1 AS registered FROM inst_row
                   UNION ALL
                   SELECT inst_key, fixmedins_code, fixmedins_name, hosp_lv, CAST(NULL AS VARCHAR) AS lmtpric_hosp_lv,
                          fix_blng_admdvs AS admdvs, CAST(NULL AS INT) AS beds, CAST(NULL AS VARCHAR) AS uscc, 0 AS registered FROM mdtrt_row
                   UNION ALL
                   SELECT inst_key, fixmedins_code, fixmedins_name, hosp_lv, CAST(NULL AS VARCHAR) AS lmtpric_hosp_lv,
                          fix_blng_admdvs AS admdvs, CAST(NULL AS INT) AS beds, CAST(NULL AS VARCHAR) AS uscc, 0 AS registered FROM setl_row
                   UNION ALL
                   SELECT inst_key, fixmedins_code, fixmedins_name, CAST(NULL AS VARCHAR) AS hosp_lv,
                          CAST(NULL AS VARCHAR) AS lmtpric_hosp_lv, CAST(NULL AS VARCHAR) AS admdvs,
                          CAST(NULL AS INT) AS beds, CAST(NULL AS VARCHAR) AS uscc, 0 AS registered FROM fee_row
               ) AS named
               WHERE inst_key IS NOT NULL
               GROUP BY inst_key, fixmedins_code, fixmedins_name, hosp_lv, lmtpric_hosp_lv, admdvs, beds, uscc, registered",
        columns: &[
            "inst_key",
            "fixmedins_code",
            "fixmedins_name",
            "hosp_lv",
            "lmtpric_hosp_lv",
            "admdvs",
            "beds",
            "uscc",
            "registered",
        ],
        // The register of institutions is believed before what claims say; characters 2–7 of the code are the division.
        choose: Choose::Statement("WITH member AS (
                     SELECT inst_key, MIN(fixmedins_code) AS fixmedins_code,
                            COALESCE(MIN(CASE WHEN registered = 1 THEN hosp_lv END), MIN(hosp_lv)) AS hosp_lv,
                            MIN(lmtpric_hosp_lv) AS lmtpric_hosp_lv,
                            COALESCE(MIN(CASE WHEN registered = 1 THEN admdvs END), MIN(admdvs)) AS admdvs,
                            MAX(beds) AS beds, MIN(uscc) AS uscc
                     FROM seen GROUP BY inst_key
                 ),
                 wording AS (
                     SELECT inst_key, fixmedins_name, 1 - MAX(registered) AS unregistered,
                            0 - CAST(SUM(row_count) AS BIGINT) AS rarity
                     FROM seen WHERE fixmedins_name IS NOT NULL GROUP BY inst_key, fixmedins_name
                 ),
                 ranked AS (
                     SELECT inst_key, fixmedins_name, ROW_NUMBER() OVER (
                         PARTITION BY inst_key ORDER BY unregistered, rarity, fixmedins_name) AS nth
                     FROM wording
                 )
                 SELECT m.inst_key, COALESCE(m.fixmedins_code, '') AS fixmedins_code, r.fixmedins_name,
                        CASE WHEN m.fixmedins_code LIKE 'P%' THEN 'pharmacy' ELSE 'hospital' END AS inst_type,
                        m.hosp_lv,
                        CASE WHEN m.hosp_lv IN ('01', '02', '03', '04') THEN 3
                             WHEN m.hosp_lv IN ('05', '06', '07') THEN 2
                             WHEN m.hosp_lv IN ('08', '09', '10') THEN 1
                             WHEN m.hosp_lv = '11' THEN 0 END AS level,
                        m.lmtpric_hosp_lv,
                        COALESCE(m.admdvs, SUBSTR(m.fixmedins_code, 2, 6)) AS admdvs, m.beds, m.uscc
                 FROM member AS m
                 LEFT JOIN (SELECT inst_key, fixmedins_name FROM ranked WHERE nth = 1) AS r ON m.inst_key = r.inst_key"),
        key_code: Some(("inst_key", "fixmedins_code")),
    },
    Dimension {
        table: "person",
        seen: "SELECT psn_key, psn_no, psn_name, certno, gend, brdy_day, tel, addr, death_day, registered,
                      COUNT(*) AS row_count FROM (
                   SELECT psn_key, psn_no, psn_name, certno, gend, brdy_day, tel, addr, death_day, 1 AS registered FROM psn_row
                   UNION ALL
                   SELECT psn_key, COALESCE(psn_no, certno) AS psn_no, psn_name, certno, gend, brdy_day, tel, addr,
                          die_day AS death_day, 0 AS registered FROM mdtrt_row
                   UNION ALL
                   SELECT psn_key, COALESCE(psn_no, certno) AS psn_no, psn_name, certno, gend, brdy_day,
                          CAST(NULL AS VARCHAR) AS tel, CAST(NULL AS VARCHAR) AS addr,
                          CAST(NULL AS INT) AS death_day, 0 AS registered FROM setl_row
                   UNION ALL
                   SELECT psn_key, psn_no, CAST(NULL AS VARCHAR) AS psn_name, CAST(NULL AS VARCHAR) AS certno,
                          CAST(NULL AS VARCHAR) AS gend, CAST(NULL AS INT) AS brdy_day, CAST(NULL AS VARCHAR) AS tel,
                          CAST(NULL AS VARCHAR) AS addr, CAST(NULL AS INT) AS death_day, 0 AS registered
                   FROM (SELECT DISTINCT psn_key, psn_no FROM fee_row) AS billed
               ) AS named
               WHERE psn_key IS NOT NULL
               GROUP BY psn_key, psn_no, psn_name, certno, gend, brdy_day, tel, addr, death_day, registered",
        columns: &[
            "psn_key",
            "psn_no",
            "psn_name",
            "certno",
            "gend",
            "brdy_day",
            "tel",
            "addr",
            "death_day",
            "registered",
        ],
        choose: Choose::Statement("SELECT psn_key, COALESCE(MIN(psn_no), '') AS psn_no,
                        COALESCE(MIN(CASE WHEN registered = 1 THEN psn_name END), MIN(psn_name)) AS psn_name,
                        COALESCE(MIN(CASE WHEN registered = 1 THEN certno END), MIN(certno)) AS certno,
                        COALESCE(MIN(CASE WHEN registered = 1 THEN gend END), MIN(gend)) AS gend,
                        COALESCE(MIN(CASE WHEN registered = 1 THEN brdy_day END), MIN(brdy_day)) AS birth_day,
                        COALESCE(MIN(CASE WHEN registered = 1 THEN tel END), MIN(tel)) AS tel,
                        COALESCE(MIN(CASE WHEN registered = 1 THEN addr END), MIN(addr)) AS addr,
                        COALESCE(MIN(CASE WHEN registered = 1 THEN death_day END), MIN(death_day)) AS death_day
                 FROM seen GROUP BY psn_key"),
        key_code: None,
    },
    Dimension {
        table: "department",
        seen: "SELECT dept_key, inst_key, dept_code, dept_name, COUNT(*) AS row_count FROM (
                   SELECT dept_key, inst_key, dept_code, dept_name FROM fee_row
                   UNION ALL
                   SELECT exec_dept_key AS dept_key, inst_key, exec_dept_code AS dept_code, exec_dept_name AS dept_name FROM fee_row
                   UNION ALL
                   SELECT dept_key, inst_key, dept_code, dept_name FROM mdtrt_row
               ) AS named
               WHERE dept_key IS NOT NULL AND inst_key IS NOT NULL
               GROUP BY dept_key, inst_key, dept_code, dept_name",
        columns: &["dept_key", "inst_key", "dept_code", "dept_name"],
        choose: Choose::Commonest { key: "dept_key", name: "dept_name", ties: "dept_name, dept_code", columns: "dept_key, inst_key, dept_code, dept_name" },
        key_code: None,
    },
    Dimension {
        table: "item",
        seen: "SELECT f.item_key, f.item_code, f.item_name, k.item_kind, COUNT(*) AS row_count
               FROM fee_row AS f
               JOIN (SELECT item_key, MIN(item_kind) AS item_kind FROM fee GROUP BY item_key) AS k ON f.item_key = k.item_key
               WHERE f.item_key IS NOT NULL
               GROUP BY f.item_key, f.item_code, f.item_name, k.item_kind",
        columns: &["item_key", "item_code", "item_name", "item_kind"],
        choose: Choose::Commonest { key: "item_key", name: "item_name", ties: "item_name, item_kind", columns: "item_key, COALESCE(item_code, '') AS item_code, item_name, item_kind" },
        key_code: Some(("item_key", "item_code")),
    },
    Dimension {
        table: "hosp_item",
        seen: "SELECT hosp_item_key, inst_key, medins_list_codg, medins_list_name, COUNT(*) AS row_count
               FROM fee_row
               WHERE hosp_item_key IS NOT NULL AND inst_key IS NOT NULL
               GROUP BY hosp_item_key, inst_key, medins_list_codg, medins_list_name",
        columns: &["hosp_item_key", "inst_key", "medins_list_codg", "medins_list_name"],
        choose: Choose::Commonest { key: "hosp_item_key", name: "medins_list_name", ties: "medins_list_name", columns: "hosp_item_key, inst_key, COALESCE(medins_list_codg, '') AS medins_list_codg, medins_list_name" },
        key_code: Some(("hosp_item_key", "medins_list_codg")),
    },
    Dimension {
        table: "item_pair",
        seen: "SELECT pair_key, inst_key, hosp_item_key, item_key, medins_list_name, item_name, COUNT(*) AS row_count
               FROM fee_row
               WHERE pair_key IS NOT NULL AND inst_key IS NOT NULL
               GROUP BY pair_key, inst_key, hosp_item_key, item_key, medins_list_name, item_name",
        columns: &["pair_key", "inst_key", "hosp_item_key", "item_key", "medins_list_name", "item_name"],
        choose: Choose::Statement("SELECT pair_key, inst_key, hosp_item_key, item_key, medins_list_name, item_name FROM (
                     SELECT *, ROW_NUMBER() OVER (
                         PARTITION BY pair_key ORDER BY rarity, medins_list_name, item_name) AS nth
                     FROM (SELECT *, 0 - CAST(row_count AS BIGINT) AS rarity FROM seen) AS s
                 ) AS ranked WHERE nth = 1"),
        key_code: None,
    },
];

/// Persons whom the register knows; of register rows that contradict each other one was kept before.
const REGISTER: &str =
    "SELECT psn_key, MIN(gend) AS gend, MIN(brdy_day) AS birth_day FROM seen WHERE registered = 1 GROUP BY psn_key";

/// Small tables in the making.
#[derive(Default)]
pub struct Dimensions {
    seen: Vec<Option<DataFrame>>,
}

impl Dimensions {
    /// Adds what the current bucket's rows name. `context` holds the bucket's rows and its canonical fee lines.
    ///
    /// # Errors
    /// If a statement fails.
    pub fn add(&mut self, context: &Workbench) -> Result<(), SettleError> {
        self.seen.resize(DIMENSIONS.len(), None);
        for (dimension, seen) in DIMENSIONS.iter().zip(&mut self.seen) {
            let fresh = context.run(dimension.seen).map_err(SettleError::step(dimension.table))?;
            *seen = Some(match seen.take() {
                None => fresh,
                // Added up at once, so that memory holds each wording once and not once per bucket.
                Some(before) => {
                    let both = before.vstack(&fresh).map_err(SettleError::step(dimension.table))?;
                    let keys: Vec<Expr> = dimension.columns.iter().map(|name| col(*name)).collect();
                    let summed = both.lazy().group_by(keys).agg([col("row_count").sum()]);
                    summed.select(fresh_order(dimension)).collect().map_err(SettleError::step(dimension.table))?
                }
            });
        }
        Ok(())
    }

    /// Sex and day of birth as the register of insured persons states them, one row per registered person: `psn_key`, `gend`, `birth_day`.
    ///
    /// # Errors
    /// If the statement fails.
    pub fn register(&self) -> Result<DataFrame, SettleError> {
        let mut context = Workbench::default();
        for (dimension, seen) in DIMENSIONS.iter().zip(&self.seen) {
            if let ("person", Some(seen)) = (dimension.table, seen) {
                context.put("seen", seen.clone());
            }
        }
        context.run(REGISTER).map_err(SettleError::step("register"))
    }

    fn seen_of(&self, table: &str) -> Option<&DataFrame> {
        let seen = DIMENSIONS.iter().zip(&self.seen).find(|(dimension, _)| dimension.table == table);
        seen.and_then(|(_, seen)| seen.as_ref())
    }

    /// Keys and codes of all practitioners.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn practitioners(&self) -> PolarsResult<Vec<(i64, String)>> {
        let Some(seen) = self.seen_of("practitioner") else { return Ok(Vec::new()) };
        let (keys, codes) = (seen.column("dr_key")?.i64()?, seen.column("dr_code")?.str()?);
        Ok(keys.iter().zip(codes.iter()).filter_map(|(key, code)| Some((key?, code?.to_owned()))).collect())
    }

    /// Persons with one of these identity numbers, those with one of `other` keys left out.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn persons_with(&self, certnos: &HashSet<&str>, other: &HashSet<i64>) -> PolarsResult<Vec<(String, i64)>> {
        let Some(seen) = self.seen_of("person") else { return Ok(Vec::new()) };
        let (keys, known) = (seen.column("psn_key")?.i64()?, seen.column("certno")?.str()?);
        let found = keys.iter().zip(known.iter()).filter_map(|(key, certno)| Some((certno?, key?)));
        let found = found.filter(|(certno, key)| certnos.contains(certno) && !other.contains(key));
        Ok(found.map(|(certno, key)| (certno.to_owned(), key)).collect())
    }

    /// Leaves out the members of a small table with one of these keys.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn forget(&mut self, table: &str, keys: &HashSet<i64>) -> PolarsResult<()> {
        for (dimension, seen) in DIMENSIONS.iter().zip(&mut self.seen) {
            if let (true, Some(rows), Some(key)) = (dimension.table == table, seen.as_mut(), dimension.columns.first())
            {
                let kept: BooleanChunked = rows
                    .column(key)?
                    .i64()?
                    .iter()
                    .map(|key| Some(key.is_none_or(|key| !keys.contains(&key))))
                    .collect();
                *rows = rows.filter(&kept)?;
            }
        }
        Ok(())
    }

    /// Adds persons known by their identity number alone.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn add_persons(&mut self, persons: &[(i64, String)]) -> PolarsResult<()> {
        for (dimension, seen) in DIMENSIONS.iter().zip(&mut self.seen) {
            let (true, Some(rows)) = (dimension.table == "person" && !persons.is_empty(), seen.as_mut()) else {
                continue;
            };
            let known = df![
                "psn_key" => persons.iter().map(|(key, _)| *key).collect::<Vec<_>>(),
                "psn_no" => persons.iter().map(|(_, certno)| certno.as_str()).collect::<Vec<_>>(),
                "certno" => persons.iter().map(|(_, certno)| certno.as_str()).collect::<Vec<_>>(),
            ]?;
            let columns = rows.columns().iter().map(|column| {
                let (name, dtype) = (column.name().clone(), column.dtype().clone());
                match name.as_str() {
                    "psn_key" | "psn_no" | "certno" => col(name),
                    "registered" | "row_count" => lit(i32::from(name == "row_count")).cast(dtype).alias(name),
                    _ => lit(NULL).cast(dtype).alias(name),
                }
            });
            let added = known.lazy().select(columns.collect::<Vec<_>>()).collect()?;
            *rows = rows.vstack(&added)?;
        }
        Ok(())
    }

    /// One row per key of every small table.
    ///
    /// # Errors
    /// If a statement fails or two codes meet in one key.
    pub fn finish(self) -> Result<Vec<(&'static str, DataFrame)>, SettleError> {
        let mut tables = Vec::new();
        for (dimension, seen) in DIMENSIONS.iter().zip(self.seen) {
            let Some(seen) = seen else { continue };
            let mut context = Workbench::default();
            context.put("seen", seen);
            if let Some((key, code)) = dimension.key_code {
                refuse_collisions(&context, dimension.table, key, code)?;
            }
            tables.push((
                dimension.table,
                context.run(&dimension.choose.sql()).map_err(SettleError::step(dimension.table))?,
            ));
        }
        Ok(tables)
    }
}

fn fresh_order(dimension: &Dimension) -> Vec<Expr> {
    dimension.columns.iter().copied().chain(["row_count"]).map(col).collect()
}

fn refuse_collisions(context: &Workbench, table: &'static str, key: &str, code: &str) -> Result<(), SettleError> {
    let sql = format!(
        "SELECT {key} AS key, MIN({code}) AS one, MAX({code}) AS other FROM seen
         WHERE {code} IS NOT NULL GROUP BY {key} HAVING COUNT(DISTINCT {code}) > 1 ORDER BY {key} LIMIT 1"
    );
    let clash = context.run(&sql).map_err(SettleError::step(table))?;
    if clash.height() == 0 {
        return Ok(());
    }
    let text = |name: &str| -> Result<String, SettleError> {
        let column = clash.column(name).map_err(SettleError::step(table))?;
        Ok(column.get(0).map_err(SettleError::step(table))?.to_string())
    };
    // The codes may be persons': what they look like and their key are enough to report it.
    let [one, other] = [text("one")?, text("other")?].map(|code| privacy::shape(&code));
    Err(SettleError::Collision { table, key: text("key")?, one, other })
}
