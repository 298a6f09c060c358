-- Evidence of unpaid-herb: decoction pieces that are paid neither alone nor in recipes, paid by the fund.

WITH never_paid AS (          -- one row per such piece and days
    SELECT item_key, begin_day, end_day
    FROM k_herb_limit
    WHERE herb_use = 'never'
    GROUP BY item_key, begin_day, end_day
),

breach AS (                   -- lines of them that the fund paid
    SELECT f.fee_key, f.visit_key, f.item_key, f.gross_fen, f.inscp_fen, f.fund_fen
    FROM fee AS f
    JOIN never_paid AS n ON f.item_key = n.item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.fund_fen > 0
      AND f.fee_day >= n.begin_day AND f.fee_day <= n.end_day
)

SELECT
    MIN(fee_key) OVER (PARTITION BY visit_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
    CAST(NULL AS DOUBLE) AS measure,
    CAST(NULL AS DOUBLE) AS threshold
FROM breach
