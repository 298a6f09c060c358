-- Billed lines that still hold something after refunds, in settlements that were not taken back, in units that are still live.

WITH remaining AS (         -- what is left of each line
    SELECT f.*,
           f.left_cnt_e4 - COALESCE(t.cnt_e4, 0) AS net_cnt_e4,
           f.left_gross_fen - COALESCE(t.gross_fen, 0) AS net_gross_fen,
           f.left_inscp_fen - COALESCE(t.inscp_fen, 0) AS net_inscp_fen
    FROM fee_named AS f
    LEFT JOIN fee_taken AS t ON f.fee_key = t.fee_key
),

standing AS (               -- not part of a settlement that was reversed
    SELECT r.*
    FROM remaining AS r
    ANTI JOIN (SELECT setl_key FROM setl_state WHERE state <> 'live') AS gone ON r.setl_key = gone.setl_key
    WHERE r.net_cnt_e4 > 0 AND r.net_gross_fen >= 0
)

SELECT s.*
FROM standing AS s
ANTI JOIN (SELECT unit_key FROM unit_state WHERE live_settlements = 0) AS dead ON s.unit_key = dead.unit_key
