-- Evidence of not-executed: billed items without an examination, laboratory or execution record, where such items have one as a rule.
-- What is usual is learned per hospital item and kind of visit from the institution's own bills, so an item whose records
-- were never handed over has none to miss.

WITH trace AS (               -- settlements and items that left a record
    SELECT setl_key, hosp_item_key
    FROM exam
    WHERE setl_key IS NOT NULL AND hosp_item_key IS NOT NULL
    UNION ALL
    SELECT setl_key, hosp_item_key
    FROM lab
    WHERE setl_key IS NOT NULL AND hosp_item_key IS NOT NULL
    UNION ALL
    SELECT o.setl_key AS setl_key, h.hosp_item_key AS hosp_item_key
    FROM order_execute AS o
    JOIN hosp_item AS h ON o.inst_key = h.inst_key AND o.order_code = h.medins_list_codg
    WHERE o.setl_key IS NOT NULL AND (o.exec_day IS NOT NULL OR o.exec_min IS NOT NULL)
),

recorded AS (                 -- one row per settlement and item with a record
    SELECT setl_key, hosp_item_key, 1 AS has_record
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

billed_line AS (              -- the lines of these items that were done in the house
    SELECT f.fee_key, f.visit_key, f.setl_key, f.inst_key, f.hosp_item_key, f.care_setting, f.fee_day, f.insured, f.gross_fen, f.inscp_fen, f.fund_fen
    FROM fee AS f
    SEMI JOIN recorded_item AS r ON f.hosp_item_key = r.hosp_item_key
    WHERE f.setl_key IS NOT NULL AND f.external_exam = 0 AND f.gross_fen > 0
),

billed AS (                   -- one row per settlement, item and kind of visit
    SELECT setl_key, hosp_item_key, care_setting
    FROM billed_line
    GROUP BY setl_key, hosp_item_key, care_setting
),

checked AS (                  -- with or without a record
    SELECT b.setl_key AS setl_key, b.hosp_item_key AS hosp_item_key, b.care_setting AS care_setting, COALESCE(r.has_record, 0) AS has_record
    FROM billed AS b
    LEFT JOIN recorded AS r ON b.setl_key = r.setl_key AND b.hosp_item_key = r.hosp_item_key
),

usual AS (                    -- items that have a record as a rule, self-paid settlements included
    SELECT hosp_item_key, care_setting
    FROM checked
    GROUP BY hosp_item_key, care_setting
    HAVING COUNT(*) >= :min_billed AND SUM(has_record) * 100 >= COUNT(*) * :min_recorded_pct
),

unrecorded AS (               -- settlements of these items that have none
    SELECT c.setl_key, c.hosp_item_key
    FROM checked AS c
    SEMI JOIN usual AS u ON c.hosp_item_key = u.hosp_item_key AND c.care_setting = u.care_setting
    WHERE c.has_record = 0
),

unrecorded_line AS (          -- what the fund paid for them; records of the last days may still come
    SELECT f.fee_key, f.visit_key, f.hosp_item_key, f.gross_fen, f.inscp_fen, f.fund_fen
    FROM billed_line AS f
    SEMI JOIN unrecorded AS u ON f.setl_key = u.setl_key AND f.hosp_item_key = u.hosp_item_key
    JOIN last_bill AS l ON f.inst_key = l.inst_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.fee_day + :pending_days <= l.last_day
),

unrecorded_visit AS (         -- one finding per visit
    SELECT visit_key, MIN(fee_key) AS case_key, COUNT(DISTINCT hosp_item_key) AS items
    FROM unrecorded_line
    GROUP BY visit_key
    HAVING COUNT(DISTINCT hosp_item_key) >= :min_items
)

SELECT
    v.case_key AS case_key, 'suspect' AS role, l.visit_key AS visit_key, l.fee_key AS fee_key,
    l.gross_fen AS gross_fen, l.inscp_fen AS inscp_fen, l.fund_fen AS fund_fen,
    v.items AS measure, :min_items AS threshold
FROM unrecorded_line AS l
JOIN unrecorded_visit AS v ON l.visit_key = v.visit_key
