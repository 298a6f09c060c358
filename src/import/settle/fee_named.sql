-- Billed lines with the refunds that name them taken off; gone = 1 in settlements that no longer stand.

WITH refunded AS (          -- what was taken back from each named line
    SELECT named_key, SUM(ABS(cnt_e4)) AS cnt_e4, SUM(ABS(gross_fen)) AS gross_fen, SUM(ABS(COALESCE(inscp_fen, 0))) AS inscp_fen
    FROM fee_refund
    WHERE named_key IS NOT NULL
    GROUP BY named_key
),

billed AS (                 -- lines that are no refunds
    SELECT f.fee_key, f.unit_key, f.visit_key, f.setl_key, f.psn_key, f.fee_day, f.cnt_e4, f.gross_fen, f.inscp_fen,
           f.item_key, f.hosp_item_key, f.pric_e6
    FROM fee_row AS f
    ANTI JOIN fee_refund AS r ON f.fee_key = r.fee_key
)

SELECT b.fee_key, b.unit_key, b.visit_key, b.setl_key, b.psn_key, b.fee_day, b.cnt_e4, b.gross_fen,
       b.cnt_e4 - COALESCE(r.cnt_e4, 0) AS left_cnt_e4,
       b.gross_fen - COALESCE(r.gross_fen, 0) AS left_gross_fen,
       b.inscp_fen - COALESCE(r.inscp_fen, 0) AS left_inscp_fen,
       CASE WHEN g.setl_key IS NULL THEN 0 ELSE 1 END AS gone,
       COALESCE(b.item_key, 0) AS match_item, COALESCE(b.hosp_item_key, 0) AS match_hosp_item, COALESCE(b.pric_e6, 0) AS match_pric
FROM billed AS b
LEFT JOIN refunded AS r ON b.fee_key = r.named_key
LEFT JOIN (SELECT setl_key FROM setl_state WHERE state <> 'live') AS g ON b.setl_key = g.setl_key
