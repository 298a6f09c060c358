-- Evidence of overlapping-supply: the same drug supplied again while much of the earlier supply is left.
-- The earlier supply reaches to the latest end of any before; supplies do not add up, in favour of the person.

WITH supply_line AS (         -- drugs taken home by known persons, with a plausible number of days
    SELECT fee_key, visit_key, psn_key, item_key, fee_day, prd_days, gross_fen, inscp_fen, fund_fen
    FROM fee
    WHERE insured = 1 AND inscp_fen > 0 AND psn_key IS NOT NULL AND item_key IS NOT NULL
      AND item_kind IN ('western', 'patent')
      AND (care_setting IN ('outpatient', 'pharmacy') OR take_home = 1)
      AND prd_days > 0 AND prd_days <= :max_supply_days
),

supply_day AS (               -- one row per day of supply, the longest of its lines
    SELECT psn_key, item_key, fee_day, MAX(prd_days) AS prd_days, MIN(fee_key) AS case_key
    FROM supply_line
    GROUP BY psn_key, item_key, fee_day
),

ending_day AS (               -- the day after the supply ends
    SELECT *, fee_day + prd_days AS end_day
    FROM supply_day
),

reaching_day AS (             -- the latest end until this day
    SELECT *, MAX(end_day) OVER (PARTITION BY psn_key, item_key ORDER BY fee_day) AS reach_day
    FROM ending_day
),

following_day AS (            -- beside the supply before and the end that it and those before it reach
    SELECT
        *,
        LAG(reach_day) OVER (PARTITION BY psn_key, item_key ORDER BY fee_day) AS left_until_day,
        LAG(fee_day) OVER (PARTITION BY psn_key, item_key ORDER BY fee_day) AS before_day
    FROM reaching_day
),

early_day AS (                -- supplied too early, with the days that overlap beyond those let pass
    SELECT
        psn_key, item_key, fee_day, before_day, case_key,
        CASE WHEN left_until_day < end_day THEN left_until_day - fee_day ELSE prd_days END - :early_days AS overlap_days,
        left_until_day - fee_day AS left_days
    FROM following_day
    WHERE left_until_day - fee_day > :early_days AND prd_days > :early_days
)

SELECT
    e.case_key AS case_key, 'suspect' AS role, l.visit_key AS visit_key, l.fee_key AS fee_key,
    CAST(FLOOR(CAST(l.gross_fen AS DOUBLE) * LEAST(e.overlap_days, l.prd_days) / l.prd_days) AS BIGINT) AS gross_fen,
    CAST(FLOOR(CAST(l.inscp_fen AS DOUBLE) * LEAST(e.overlap_days, l.prd_days) / l.prd_days) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(CAST(l.fund_fen AS DOUBLE) * LEAST(e.overlap_days, l.prd_days) / l.prd_days) AS BIGINT) AS fund_fen,
    CAST(e.left_days AS DOUBLE) AS measure,
    CAST(:early_days AS DOUBLE) AS threshold
FROM supply_line AS l
JOIN early_day AS e ON l.psn_key = e.psn_key AND l.item_key = e.item_key AND l.fee_day = e.fee_day
UNION ALL
SELECT
    e.case_key AS case_key, 'basis' AS role, l.visit_key AS visit_key, l.fee_key AS fee_key,
    CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
    CAST(e.left_days AS DOUBLE) AS measure,
    CAST(:early_days AS DOUBLE) AS threshold
FROM supply_line AS l
JOIN early_day AS e ON l.psn_key = e.psn_key AND l.item_key = e.item_key AND l.fee_day = e.before_day
