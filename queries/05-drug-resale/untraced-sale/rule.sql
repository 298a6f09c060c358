-- Evidence of untraced-sale: drugs settled with the fund without a traceability code, where the institution scans the same
-- drug on other sales. What is compared is the institution with itself: the drug, the day and the time before its first scan.

WITH dispensed AS (       -- insured lines of whole packs handed to the patient since codes are required
    SELECT
        fee_key, visit_key, setl_key, inst_key, item_key, fee_day, gross_fen, inscp_fen, fund_fen
    FROM fee
    WHERE insured = 1 AND inscp_fen > 0 AND setl_key IS NOT NULL AND item_key IS NOT NULL
      AND item_kind IN ('western', 'patent') AND fee_day >= :from_day
      AND (care_setting IN ('outpatient', 'pharmacy') OR take_home = 1)
      AND cnt_e4 >= 10000 AND FLOOR(CAST(cnt_e4 AS DOUBLE) / 10000) * 10000 = cnt_e4
),

scan AS (                 -- sales with a code
    SELECT fee_key, visit_key, setl_key, item_key
    FROM trac
    WHERE kind IN ('sale', 'use')
),

scan_of_visit AS (        -- scans told by visit and drug, for exports whose line numbers differ
    SELECT visit_key, item_key
    FROM scan
    WHERE visit_key IS NOT NULL AND item_key IS NOT NULL
    GROUP BY visit_key, item_key
),

scan_of_settlement AS (   -- the same by settlement and drug
    SELECT setl_key, item_key
    FROM scan
    WHERE setl_key IS NOT NULL AND item_key IS NOT NULL
    GROUP BY setl_key, item_key
),

scan_of_line AS (         -- scans told by the fee line
    SELECT fee_key
    FROM scan
    WHERE fee_key IS NOT NULL
    GROUP BY fee_key
),

traced AS (               -- each line with 1 when any scan belongs to it
    SELECT
        d.fee_key, d.visit_key, d.inst_key, d.item_key, d.fee_day, d.gross_fen, d.inscp_fen, d.fund_fen,
        CASE WHEN l.fee_key IS NOT NULL OR v.visit_key IS NOT NULL OR s.setl_key IS NOT NULL THEN 1 ELSE 0 END AS coded
    FROM dispensed AS d
    LEFT JOIN scan_of_line AS l ON d.fee_key = l.fee_key
    LEFT JOIN scan_of_visit AS v ON d.visit_key = v.visit_key AND d.item_key = v.item_key
    LEFT JOIN scan_of_settlement AS s ON d.setl_key = s.setl_key AND d.item_key = s.item_key
),

split_item AS (           -- drugs that an institution hands out in parts
    SELECT inst_key, item_key
    FROM trac
    WHERE split_pack = 1 AND inst_key IS NOT NULL AND item_key IS NOT NULL
    GROUP BY inst_key, item_key
),

day_load AS (             -- lines and coded lines of an institution's day
    SELECT inst_key, fee_day, COUNT(*) AS lines, SUM(coded) AS coded_lines
    FROM traced
    GROUP BY inst_key, fee_day
),

sending_day AS (          -- days on which the institution did send codes
    SELECT inst_key, fee_day
    FROM day_load
    WHERE coded_lines > 0 AND coded_lines * 100 >= lines * :min_day_coded_pct
),

scanned_item AS (         -- drugs that the institution scans as a rule, with its first scan
    SELECT
        inst_key, item_key, MIN(CASE WHEN coded = 1 THEN fee_day END) AS first_coded_day
    FROM traced
    GROUP BY inst_key, item_key
    HAVING SUM(coded) >= :min_coded_lines
),

uncoded AS (              -- lines without a code, on days with codes, of drugs scanned before
    SELECT t.fee_key, t.visit_key, t.inst_key, t.item_key, t.gross_fen, t.inscp_fen, t.fund_fen
    FROM traced AS t
    SEMI JOIN sending_day AS d ON t.inst_key = d.inst_key AND t.fee_day = d.fee_day
    JOIN scanned_item AS i ON t.inst_key = i.inst_key AND t.item_key = i.item_key
    ANTI JOIN split_item AS p ON t.inst_key = p.inst_key AND t.item_key = p.item_key
    WHERE t.coded = 0 AND t.fee_day >= i.first_coded_day
),

repeated AS (             -- an institution's drug with enough of them
    SELECT inst_key, item_key, MIN(fee_key) AS case_key, COUNT(*) AS lines
    FROM uncoded
    GROUP BY inst_key, item_key
    HAVING COUNT(*) >= :min_uncoded_lines
)

SELECT
    r.case_key AS case_key, 'suspect' AS role, u.visit_key AS visit_key, u.fee_key AS fee_key,
    u.gross_fen AS gross_fen, u.inscp_fen AS inscp_fen, u.fund_fen AS fund_fen,
    CAST(r.lines AS DOUBLE) AS measure, CAST(:min_uncoded_lines AS DOUBLE) AS threshold
FROM uncoded AS u
JOIN repeated AS r ON u.inst_key = r.inst_key AND u.item_key = r.item_key
