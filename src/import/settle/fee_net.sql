-- Billed lines that still hold something after refunds, in settlements that were not taken back, in units that are still live.

WITH remaining AS (         -- what is left of each line
    SELECT f.fee_key, f.unit_key, f.visit_key, f.setl_key, f.psn_key, f.gone, f.cnt_e4, f.gross_fen,
           f.left_cnt_e4 - COALESCE(t.cnt_e4, 0) AS net_cnt_e4,
           f.left_gross_fen - COALESCE(t.gross_fen, 0) AS net_gross_fen,
           f.left_inscp_fen - COALESCE(t.inscp_fen, 0) AS net_inscp_fen
    FROM fee_named AS f
    LEFT JOIN fee_taken AS t ON f.fee_key = t.fee_key
),

standing AS (               -- not part of a settlement that was reversed; a line may lack a quantity or an amount, not both
    SELECT fee_key, unit_key, visit_key, setl_key, psn_key, net_cnt_e4, net_gross_fen, net_inscp_fen
    FROM remaining
    WHERE gone = 0
      AND (net_cnt_e4 > 0 OR COALESCE(cnt_e4, 0) = 0)
      AND (net_gross_fen > 0 OR COALESCE(gross_fen, 0) = 0)
      AND (net_cnt_e4 > 0 OR net_gross_fen > 0)
)

SELECT s.*
FROM standing AS s
ANTI JOIN (SELECT unit_key FROM unit_state WHERE live_settlements = 0) AS dead ON s.unit_key = dead.unit_key
