-- Evidence of overlapping-supply: a drug, by its generic name, supplied again while much of the earlier supply is left.
-- Days of supply are those of the line; where it has none, quantity ÷ the product's usual daily quantity, learned from lines
-- with days: of the same frequency if there are enough, else of any. The earlier supply reaches to the latest end of any
-- before; supplies do not add up, in favour of the person. Drugs taken home at a discharge are compared among themselves: the
-- hospital does not see what is at home, and the refill elsewhere goes on by its own calendar. A single unit of them is no supply
-- beyond need: it is the smallest pack.

WITH drug AS (                -- the generic name behind a national drug code: its first ten characters, classification and name
    SELECT
        item_key,
        CASE WHEN SUBSTR(item_code, 1, 1) IN ('X', 'Z') AND LENGTH(item_code) >= 20 THEN SUBSTR(item_code, 1, 10) ELSE item_code END AS generic_code
    FROM item
    WHERE item_kind IN ('western', 'patent')
),

drug_line AS (                -- drugs taken home by known persons, with the doses in fourteen days where the frequency is a known word
    SELECT
        fee_key, visit_key, psn_key, item_key, fee_day, cnt_e4, gross_fen, inscp_fen, fund_fen, COALESCE(prd_days, 0) AS prd_days,
        CASE WHEN care_setting IN ('outpatient', 'pharmacy') THEN 0 ELSE 1 END AS discharge,
        CASE
            WHEN UPPER(freq_text) IN ('QD', 'QN', 'QAM', 'QPM', 'Q24H', '每日一次', '每日1次', '一日一次', '一日1次', '每天一次', '每天1次', '1次/日', '1次/天', '每晚一次', '每晚1次') THEN 14
            WHEN UPPER(freq_text) IN ('BID', 'Q12H', '每日二次', '每日两次', '每日2次', '一日二次', '一日两次', '一日2次', '每天二次', '每天两次', '每天2次', '2次/日', '2次/天') THEN 28
            WHEN UPPER(freq_text) IN ('TID', 'Q8H', '每日三次', '每日3次', '一日三次', '一日3次', '每天三次', '每天3次', '3次/日', '3次/天') THEN 42
            WHEN UPPER(freq_text) IN ('QID', 'Q6H', '每日四次', '每日4次', '一日四次', '一日4次', '每天四次', '每天4次', '4次/日', '4次/天') THEN 56
            WHEN UPPER(freq_text) IN ('QOD', '隔日一次', '隔日1次') THEN 7
            WHEN UPPER(freq_text) IN ('QW', '每周一次', '每周1次', '一周一次', '1次/周') THEN 2
            ELSE 0
        END AS doses
    FROM fee
    WHERE insured = 1 AND inscp_fen > 0 AND cnt_e4 > 0 AND psn_key IS NOT NULL AND item_key IS NOT NULL
      AND item_kind IN ('western', 'patent')
      AND (care_setting IN ('outpatient', 'pharmacy') OR (take_home = 1 AND cnt_e4 > 10000))
),

daily_line AS (               -- the quantity per day of lines with a plausible number of days
    SELECT item_key, doses, CAST(cnt_e4 AS DOUBLE) / prd_days AS daily_e4
    FROM drug_line
    WHERE prd_days > 0 AND prd_days <= :max_supply_days
),

daily_at_frequency AS (       -- usual quantity per day of a product at a frequency
    SELECT item_key, doses, MEDIAN(daily_e4) AS daily_e4
    FROM daily_line
    WHERE doses > 0
    GROUP BY item_key, doses
    HAVING COUNT(*) >= :min_lines
),

daily_of_product AS (         -- and at any
    SELECT item_key, MEDIAN(daily_e4) AS daily_e4
    FROM daily_line
    GROUP BY item_key
    HAVING COUNT(*) >= :min_lines
),

day_line AS (                 -- lines with their generic name and days, stated or learned; of learned days only a part counts, as doses differ
    SELECT
        l.fee_key, l.visit_key, l.psn_key, g.generic_code, l.discharge, l.fee_day, l.gross_fen, l.inscp_fen, l.fund_fen,
        CASE WHEN l.prd_days > 0 THEN l.prd_days
             ELSE CAST(FLOOR(CAST(l.cnt_e4 AS DOUBLE) * :learned_pct / (100 * COALESCE(f.daily_e4, p.daily_e4))) AS BIGINT) END AS days
    FROM drug_line AS l
    JOIN drug AS g ON l.item_key = g.item_key
    LEFT JOIN daily_at_frequency AS f ON l.item_key = f.item_key AND l.doses = f.doses
    LEFT JOIN daily_of_product AS p ON l.item_key = p.item_key
),

supply_line AS (              -- those with a plausible number of days
    SELECT fee_key, visit_key, psn_key, generic_code, discharge, fee_day, gross_fen, inscp_fen, fund_fen, days
    FROM day_line
    WHERE days > 0 AND days <= :max_supply_days
),

supply_day AS (               -- one row per day of supply, the longest of its lines
    SELECT psn_key, generic_code, discharge, fee_day, MAX(days) AS days, MIN(fee_key) AS case_key
    FROM supply_line
    GROUP BY psn_key, generic_code, discharge, fee_day
),

ending_day AS (               -- the day after the supply ends
    SELECT psn_key, generic_code, discharge, fee_day, days, case_key, fee_day + days AS end_day
    FROM supply_day
),

reaching_day AS (             -- the latest end until this day
    SELECT *, MAX(end_day) OVER (PARTITION BY psn_key, generic_code, discharge ORDER BY fee_day) AS reach_day
    FROM ending_day
),

following_day AS (            -- beside the supply before and the end that it and those before it reach
    SELECT
        *,
        LAG(reach_day) OVER (PARTITION BY psn_key, generic_code, discharge ORDER BY fee_day) AS left_until_day,
        LAG(fee_day) OVER (PARTITION BY psn_key, generic_code, discharge ORDER BY fee_day) AS before_day
    FROM reaching_day
),

early_day AS (                -- supplied too early, with the days that overlap beyond those let pass
    SELECT
        psn_key, generic_code, discharge, fee_day, before_day, case_key,
        CASE WHEN left_until_day < end_day THEN left_until_day - fee_day ELSE days END - :early_days AS overlap_days,
        left_until_day - fee_day AS left_days
    FROM following_day
    WHERE left_until_day - fee_day > :early_days AND days > :early_days
)

SELECT
    e.case_key AS case_key, 'suspect' AS role, l.visit_key AS visit_key, l.fee_key AS fee_key,
    CAST(FLOOR(CAST(l.gross_fen AS DOUBLE) * LEAST(e.overlap_days, l.days) / l.days) AS BIGINT) AS gross_fen,
    CAST(FLOOR(CAST(l.inscp_fen AS DOUBLE) * LEAST(e.overlap_days, l.days) / l.days) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(CAST(l.fund_fen AS DOUBLE) * LEAST(e.overlap_days, l.days) / l.days) AS BIGINT) AS fund_fen,
    CAST(e.left_days AS DOUBLE) AS measure,
    CAST(:early_days AS DOUBLE) AS threshold
FROM supply_line AS l
JOIN early_day AS e ON l.psn_key = e.psn_key AND l.generic_code = e.generic_code AND l.discharge = e.discharge AND l.fee_day = e.fee_day
UNION ALL
SELECT
    e.case_key AS case_key, 'basis' AS role, l.visit_key AS visit_key, l.fee_key AS fee_key,
    CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
    CAST(e.left_days AS DOUBLE) AS measure,
    CAST(:early_days AS DOUBLE) AS threshold
FROM supply_line AS l
JOIN early_day AS e ON l.psn_key = e.psn_key AND l.generic_code = e.generic_code AND l.discharge = e.discharge AND l.fee_day = e.before_day
