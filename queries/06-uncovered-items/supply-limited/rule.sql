-- Evidence of supply-limited: drugs handed out for more days at once than their limit.

WITH item_limit AS (          -- one row per drug and days: the longest supply of its knowledge points
    SELECT item_key, begin_day, end_day, MAX(max_supply_days) AS max_supply_days
    FROM k_supply_limit
    WHERE max_supply_days > 0
    GROUP BY item_key, begin_day, end_day
),

supplied_line AS (            -- lines in scope of such drugs that state plausible days; special-disease care (14…, 9929) has its own prescriptions
    SELECT f.fee_key, f.visit_key, f.item_key, f.prd_days, f.gross_fen, f.inscp_fen, f.fund_fen, l.max_supply_days
    FROM fee AS f
    JOIN item_limit AS l ON f.item_key = l.item_key
    JOIN visit AS v ON f.visit_key = v.visit_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.cnt_e4 > 10000
      AND f.prd_days > 0 AND f.prd_days <= :max_stated_days
      AND (v.care_setting IN ('outpatient', 'pharmacy') OR f.take_home = 1)
      AND SUBSTR(v.med_type, 1, 2) <> '14' AND v.med_type <> '9929'
      AND f.fee_day >= l.begin_day AND f.fee_day <= l.end_day
)

SELECT
    MIN(fee_key) OVER (PARTITION BY visit_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key,
    CAST(FLOOR((CAST(gross_fen AS DOUBLE) * (prd_days - max_supply_days) + 0.5) / prd_days) AS BIGINT) AS gross_fen,
    CAST(FLOOR((CAST(inscp_fen AS DOUBLE) * (prd_days - max_supply_days) + 0.5) / prd_days) AS BIGINT) AS inscp_fen,
    CAST(FLOOR((CAST(fund_fen AS DOUBLE) * (prd_days - max_supply_days) + 0.5) / prd_days) AS BIGINT) AS fund_fen,
    CAST(prd_days AS DOUBLE) AS measure,
    CAST(max_supply_days AS DOUBLE) AS threshold
FROM supplied_line
WHERE prd_days > max_supply_days
