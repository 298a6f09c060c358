-- Evidence of missing-report: billed examinations and tests with a record but no report, of items that the institution reports as a rule.
-- Records and bills meet by settlement and hospital item; what has no record at all is left to not-executed.

WITH record AS (              -- one row per record: whether it carries any part of a report
    SELECT
        inst_key, setl_key, hosp_item_key, exam_day AS record_day,
        CASE WHEN report_no IS NULL AND report_day IS NULL AND result IS NULL AND conclusion IS NULL THEN 0 ELSE 1 END AS reported
    FROM exam
    WHERE setl_key IS NOT NULL AND hosp_item_key IS NOT NULL
    UNION ALL
    SELECT
        inst_key, setl_key, hosp_item_key, machine_day AS record_day,
        CASE WHEN report_no IS NULL AND report_day IS NULL AND result IS NULL THEN 0 ELSE 1 END AS reported
    FROM lab
    WHERE setl_key IS NOT NULL AND hosp_item_key IS NOT NULL
),

recorded AS (                 -- one row per settlement and item: any of its records may hold the report
    SELECT inst_key, setl_key, hosp_item_key, MAX(reported) AS reported
    FROM record
    GROUP BY inst_key, setl_key, hosp_item_key
),

usual AS (                    -- items that the institution reports as a rule
    SELECT hosp_item_key
    FROM recorded
    GROUP BY hosp_item_key
    HAVING COUNT(*) >= :min_records AND SUM(reported) * 100 >= COUNT(*) * :min_reported_pct
),

last_record AS (              -- the last day of each institution's records
    SELECT inst_key, MAX(record_day) AS last_day
    FROM record
    WHERE record_day IS NOT NULL
    GROUP BY inst_key
),

unreported AS (
    SELECT r.setl_key, r.hosp_item_key, l.last_day
    FROM recorded AS r
    SEMI JOIN usual AS u ON r.hosp_item_key = u.hosp_item_key
    JOIN last_record AS l ON r.inst_key = l.inst_key
    WHERE r.reported = 0
),

unreported_line AS (          -- what the fund paid for them; the last days are not finished
    SELECT f.fee_key, f.visit_key, f.hosp_item_key, f.gross_fen, f.inscp_fen, f.fund_fen
    FROM fee AS f
    JOIN unreported AS u ON f.setl_key = u.setl_key AND f.hosp_item_key = u.hosp_item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.fee_day + :pending_days <= u.last_day
),

unreported_visit AS (         -- one finding per visit
    SELECT visit_key, MIN(fee_key) AS case_key, COUNT(DISTINCT hosp_item_key) AS items
    FROM unreported_line
    GROUP BY visit_key
    HAVING COUNT(DISTINCT hosp_item_key) >= :min_items
)

SELECT
    v.case_key AS case_key, 'suspect' AS role, l.visit_key AS visit_key, l.fee_key AS fee_key,
    l.gross_fen AS gross_fen, l.inscp_fen AS inscp_fen, l.fund_fen AS fund_fen,
    v.items AS measure, :min_items AS threshold
FROM unreported_line AS l
JOIN unreported_visit AS v ON l.visit_key = v.visit_key
