-- Evidence of missing-prerequisite: items billed without what they need, at the visit or near it, where the institution bills it as a rule.
-- Custom is learned per institution and need from all visits with such an item, so that local codes stay silent.

WITH needed AS (              -- one row per item, need, item that meets it and days on which it is known to
    SELECT item_key, need, required_item_key, begin_day, end_day
    FROM k_prerequisite
    GROUP BY item_key, need, required_item_key, begin_day, end_day
),

needing AS (                  -- one row per item, need and days on which it needs it
    SELECT item_key, need, begin_day, end_day
    FROM needed
    GROUP BY item_key, need, begin_day, end_day
),

required_item AS (
    SELECT required_item_key FROM needed GROUP BY required_item_key
),

finished_visit AS (           -- visits whose bill is complete and not bundled
    SELECT visit_key
    FROM visit
    WHERE still_in = 0 AND day_surgery = 0 AND med_type <> '26'
),

needing_line AS (             -- lines of items that need something, once per need
    SELECT
        f.fee_key, f.visit_key, f.psn_key, f.inst_key, f.item_key, f.fee_day, f.insured, f.gross_fen, f.inscp_fen, f.fund_fen, n.need
    FROM fee AS f
    JOIN needing AS n ON f.item_key = n.item_key
    SEMI JOIN finished_visit AS v ON f.visit_key = v.visit_key
    WHERE f.gross_fen > 0 AND f.fee_day >= n.begin_day AND f.fee_day <= n.end_day
),

required_line AS (            -- lines of what meets a need, paid by whomever
    SELECT f.visit_key, f.psn_key, f.inst_key, f.item_key, f.fee_day
    FROM fee AS f
    JOIN required_item AS r ON f.item_key = r.required_item_key
    WHERE f.cnt_e4 > 0
),

met AS (                      -- needs met within the visit, on whatever day
    SELECT l.fee_key AS fee_key, l.need AS need
    FROM needing_line AS l
    JOIN needed AS n ON l.item_key = n.item_key AND l.need = n.need
    JOIN required_line AS r ON l.visit_key = r.visit_key AND n.required_item_key = r.item_key
    UNION ALL
    -- or at another visit of the person at the institution, some days around
    SELECT l.fee_key AS fee_key, l.need AS need
    FROM needing_line AS l
    JOIN needed AS n ON l.item_key = n.item_key AND l.need = n.need
    JOIN required_line AS r ON l.psn_key = r.psn_key AND l.inst_key = r.inst_key AND n.required_item_key = r.item_key
    WHERE r.fee_day - l.fee_day <= :max_days_apart AND l.fee_day - r.fee_day <= :max_days_apart
    UNION ALL
    -- or anaesthesia that is not billed by itself: the operation record states neither a general nor a spinal one (codes 1 and 2)
    SELECT l.fee_key AS fee_key, l.need AS need
    FROM needing_line AS l
    JOIN operation AS o ON l.visit_key = o.visit_key
    WHERE l.need = '麻醉' AND o.anst_way IS NOT NULL
      AND SUBSTR(o.anst_way, 1, 1) NOT IN ('1', '2', '全', '椎') AND SUBSTR(o.anst_way, 1, 2) NOT IN ('01', '02')
),

met_once AS (
    SELECT fee_key, need, 1 AS is_met
    FROM met
    GROUP BY fee_key, need
),

checked AS (                  -- each line and need, met or not
    SELECT
        l.fee_key AS fee_key, l.visit_key AS visit_key, l.inst_key AS inst_key, l.item_key AS item_key, l.need AS need,
        l.insured AS insured, l.gross_fen AS gross_fen, l.inscp_fen AS inscp_fen, l.fund_fen AS fund_fen, COALESCE(m.is_met, 0) AS is_met
    FROM needing_line AS l
    LEFT JOIN met_once AS m ON l.fee_key = m.fee_key AND l.need = m.need
),

visit_need AS (               -- one row per visit and need
    SELECT inst_key, need, visit_key, MIN(is_met) AS is_met
    FROM checked
    GROUP BY inst_key, need, visit_key
),

custom AS (                   -- institutions that bill what meets the need, as a rule
    SELECT inst_key, need
    FROM visit_need
    GROUP BY inst_key, need
    HAVING COUNT(*) >= :min_visits AND SUM(is_met) * 100 >= COUNT(*) * :min_met_pct
),

unmet AS (                    -- one row per line, whatever number of needs is open
    SELECT c.fee_key, c.visit_key, c.item_key, c.gross_fen, c.inscp_fen, c.fund_fen
    FROM checked AS c
    SEMI JOIN custom AS u ON c.inst_key = u.inst_key AND c.need = u.need
    WHERE c.is_met = 0 AND c.insured = 1 AND c.inscp_fen > 0
    GROUP BY c.fee_key, c.visit_key, c.item_key, c.gross_fen, c.inscp_fen, c.fund_fen
),

unmet_visit AS (              -- one finding per visit
    SELECT visit_key, MIN(fee_key) AS case_key, COUNT(DISTINCT item_key) AS items
    FROM unmet
    GROUP BY visit_key
)

SELECT
    v.case_key AS case_key, 'suspect' AS role, u.visit_key AS visit_key, u.fee_key AS fee_key,
    u.gross_fen AS gross_fen, u.inscp_fen AS inscp_fen, u.fund_fen AS fund_fen,
    v.items AS measure, CAST(NULL AS DOUBLE) AS threshold
FROM unmet AS u
JOIN unmet_visit AS v ON u.visit_key = v.visit_key
