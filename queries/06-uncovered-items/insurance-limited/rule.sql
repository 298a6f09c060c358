-- Evidence of insurance-limited: drugs of work-injury or maternity insurance in the scope of basic insurance.

WITH other_fund_item AS (     -- one row per item and days: whether maternity insurance is among the funds that pay it
    SELECT item_key, begin_day, end_day, MAX(CAST(CASE WHEN insurance = '生育' THEN 1 ELSE 0 END AS BIGINT)) AS maternity
    FROM k_insurance_limit
    WHERE insurance IN ('工伤', '生育')
    GROUP BY item_key, begin_day, end_day
),

limited_line AS (             -- lines in scope of such items
    SELECT f.fee_key, f.visit_key, f.item_key, f.gross_fen, f.inscp_fen, f.fund_fen, o.maternity
    FROM fee AS f
    JOIN other_fund_item AS o ON f.item_key = o.item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.fee_day >= o.begin_day AND f.fee_day <= o.end_day
),

breach AS (                   -- settled as ordinary basic insurance (310 employees, 390 residents); maternity items without a sign of maternity
    SELECT l.fee_key, l.visit_key, l.item_key, l.gross_fen, l.inscp_fen, l.fund_fen
    FROM limited_line AS l
    JOIN visit AS v ON l.visit_key = v.visit_key
    WHERE v.insutype IN ('310', '390')
      AND (l.maternity = 0
           OR (v.birth = 0
               AND SUBSTR(v.med_type, 1, 2) NOT IN ('51', '52')
               AND SUBSTR(COALESCE(v.main_dx3, 'O'), 1, 1) <> 'O'
               AND SUBSTR(v.main_dx3, 1, 2) <> 'Z3'))
)

SELECT
    MIN(fee_key) OVER (PARTITION BY visit_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
    CAST(NULL AS DOUBLE) AS measure,
    CAST(NULL AS DOUBLE) AS threshold
FROM breach
