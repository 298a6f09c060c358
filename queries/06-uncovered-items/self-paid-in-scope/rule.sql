-- Evidence of self-paid-in-scope: lines graded as outside the fund with an amount in its scope.

WITH self_paid_line AS (      -- insured lines graded 03 with more in scope than rounding
    SELECT fee_key, visit_key, item_key, gross_fen, inscp_fen, fund_fen
    FROM fee
    WHERE insured = 1 AND chrgitm_lv = '03' AND inscp_fen > :tolerance_fen
),

ordinary_visit AS (           -- visits of basic insurance: 310 employees, 390 residents
    SELECT visit_key
    FROM visit
    WHERE insutype IN ('310', '390')
),

regraded AS (                 -- items that the same visit has under another grade
    SELECT f.visit_key, f.item_key
    FROM fee AS f
    SEMI JOIN self_paid_line AS s ON f.visit_key = s.visit_key AND f.item_key = s.item_key
    WHERE f.insured = 1 AND f.chrgitm_lv IN ('01', '02')
    GROUP BY f.visit_key, f.item_key
),

breach AS (                   -- what remains
    SELECT s.fee_key, s.visit_key, s.item_key, s.gross_fen, s.inscp_fen, s.fund_fen
    FROM self_paid_line AS s
    SEMI JOIN ordinary_visit AS o ON s.visit_key = o.visit_key
    ANTI JOIN regraded AS r ON s.visit_key = r.visit_key AND s.item_key = r.item_key
)

SELECT
    MIN(fee_key) OVER (PARTITION BY visit_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
    CAST(inscp_fen AS DOUBLE) / 100 AS measure,
    CAST(:tolerance_fen AS DOUBLE) / 100 AS threshold
FROM breach
