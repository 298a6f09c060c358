-- Evidence of not-executed: billed items without an examination, laboratory or execution record, or with fewer records than
-- units, where such items have one for each as a rule. What is usual is learned per hospital item and kind of visit from the
-- institution's own bills: an item whose records were never handed over has none to miss, and only items of which settlements
-- with several units have as many records are counted.

WITH trace AS (               -- settlements and items with the number of records they left
    SELECT setl_key, hosp_item_key, CAST(COUNT(*) AS BIGINT) AS records
    FROM exam
    WHERE setl_key IS NOT NULL AND hosp_item_key IS NOT NULL
    GROUP BY setl_key, hosp_item_key
    UNION ALL
    -- one test has a row for each of its results: requests, samples and times on the machine tell tests apart
    SELECT setl_key, hosp_item_key,
           CAST(GREATEST(COUNT(DISTINCT apply_no), COUNT(DISTINCT sample_no), COUNT(DISTINCT machine_min)) AS BIGINT) AS records
    FROM lab
    WHERE setl_key IS NOT NULL AND hosp_item_key IS NOT NULL
    GROUP BY setl_key, hosp_item_key
    UNION ALL
    SELECT o.setl_key AS setl_key, h.hosp_item_key AS hosp_item_key, CAST(COUNT(*) AS BIGINT) AS records
    FROM order_execute AS o
    JOIN hosp_item AS h ON o.inst_key = h.inst_key AND o.order_code = h.medins_list_codg
    WHERE o.setl_key IS NOT NULL AND (o.exec_day IS NOT NULL OR o.exec_min IS NOT NULL)
    GROUP BY o.setl_key, h.hosp_item_key
),

recorded AS (                 -- one row per settlement and item with a record; records of several kinds add up, in favour of the hospital
    SELECT setl_key, hosp_item_key, SUM(records) AS records
    FROM trace
    GROUP BY setl_key, hosp_item_key
),

recorded_item AS (            -- items that have records at all: the only ones worth looking at among the bills
    SELECT hosp_item_key
    FROM recorded
    GROUP BY hosp_item_key
),

last_bill AS (                -- the last day of each institution's bills
    SELECT inst_key, MAX(fee_day) AS last_day
    FROM fee
    GROUP BY inst_key
),

billed_line AS (              -- the lines of these items that were done in the house; records of the last days may still come
    SELECT
        f.fee_key, f.visit_key, f.setl_key, f.hosp_item_key, f.care_setting, f.insured, f.cnt_e4, f.gross_fen, f.inscp_fen, f.fund_fen,
        CASE WHEN f.fee_day + :pending_days <= l.last_day THEN 1 ELSE 0 END AS complete
    FROM fee AS f
    SEMI JOIN recorded_item AS r ON f.hosp_item_key = r.hosp_item_key
    JOIN last_bill AS l ON f.inst_key = l.inst_key
    WHERE f.setl_key IS NOT NULL AND f.external_exam = 0 AND f.gross_fen > 0
),

billed AS (                   -- one row per settlement, item and kind of visit, with the units that should have a record by now
    SELECT
        setl_key, hosp_item_key, care_setting,
        CAST(FLOOR(CAST(SUM(CASE WHEN complete = 1 THEN cnt_e4 ELSE 0 END) AS DOUBLE) / 10000) AS BIGINT) AS units
    FROM billed_line
    GROUP BY setl_key, hosp_item_key, care_setting
),

checked AS (                  -- beside the number of records
    SELECT
        b.setl_key AS setl_key, b.hosp_item_key AS hosp_item_key, b.care_setting AS care_setting, b.units AS units,
        CAST(COALESCE(r.records, 0) AS BIGINT) AS records
    FROM billed AS b
    LEFT JOIN recorded AS r ON b.setl_key = r.setl_key AND b.hosp_item_key = r.hosp_item_key
),

usual AS (                    -- items that have a record as a rule, self-paid settlements included
    SELECT hosp_item_key, care_setting
    FROM checked
    GROUP BY hosp_item_key, care_setting
    HAVING COUNT(*) >= :min_billed
       AND SUM(CASE WHEN records > 0 THEN 1 ELSE 0 END) * 100 >= COUNT(*) * :min_recorded_pct
),

counted AS (                  -- items that have a record for each unit as a rule, by settlements with several units
    SELECT hosp_item_key, care_setting
    FROM checked
    WHERE units > 1
    GROUP BY hosp_item_key, care_setting
    HAVING COUNT(*) >= :min_billed
       AND SUM(CASE WHEN records >= units THEN 1 ELSE 0 END) * 100 >= COUNT(*) * :min_recorded_pct
),

missing AS (                  -- settlements of these items that have none, or too few; the missing share of their units
    SELECT c.setl_key, c.hosp_item_key, CAST(1 AS BIGINT) AS missing_units, CAST(1 AS BIGINT) AS units
    FROM checked AS c
    SEMI JOIN usual AS u ON c.hosp_item_key = u.hosp_item_key AND c.care_setting = u.care_setting
    WHERE c.records = 0
    UNION ALL
    SELECT c.setl_key, c.hosp_item_key, c.units - c.records AS missing_units, c.units AS units
    FROM checked AS c
    SEMI JOIN counted AS n ON c.hosp_item_key = n.hosp_item_key AND c.care_setting = n.care_setting
    WHERE c.records > 0 AND c.units - c.records >= :min_missing_units
),

missing_line AS (             -- what the fund paid for them
    SELECT
        f.fee_key, f.visit_key, f.hosp_item_key,
        CAST(FLOOR(CAST(f.gross_fen AS DOUBLE) * m.missing_units / m.units) AS BIGINT) AS gross_fen,
        CAST(FLOOR(CAST(f.inscp_fen AS DOUBLE) * m.missing_units / m.units) AS BIGINT) AS inscp_fen,
        CAST(FLOOR(CAST(f.fund_fen AS DOUBLE) * m.missing_units / m.units) AS BIGINT) AS fund_fen
    FROM billed_line AS f
    JOIN missing AS m ON f.setl_key = m.setl_key AND f.hosp_item_key = m.hosp_item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.complete = 1
),

missing_visit AS (            -- one finding per visit
    SELECT visit_key, MIN(fee_key) AS case_key, COUNT(DISTINCT hosp_item_key) AS items
    FROM missing_line
    GROUP BY visit_key
    HAVING COUNT(DISTINCT hosp_item_key) >= :min_items
)

SELECT
    v.case_key AS case_key, 'suspect' AS role, l.visit_key AS visit_key, l.fee_key AS fee_key,
    l.gross_fen AS gross_fen, l.inscp_fen AS inscp_fen, l.fund_fen AS fund_fen,
    v.items AS measure, :min_items AS threshold
FROM missing_line AS l
JOIN missing_visit AS v ON l.visit_key = v.visit_key
