-- What blind refunds take from each line: lines of settlements taken back first, so that those of a visit settled again stay, then the
-- latest line of the item, until the refunded quantity is used up.

WITH line AS (              -- lines of an item that has a blind refund, with what stands before each
    SELECT f.fee_key, f.left_cnt_e4, f.left_gross_fen, f.left_inscp_fen, b.refund_cnt_e4,
           SUM(f.left_cnt_e4) OVER (
               PARTITION BY f.unit_key, f.match_item, f.match_hosp_item, f.match_pric
               ORDER BY f.gone DESC, f.fee_day DESC, f.fee_key DESC
           ) AS up_to_cnt_e4
    FROM fee_named AS f
    JOIN fee_blind AS b
      ON f.unit_key = b.unit_key AND f.match_item = b.match_item AND f.match_hosp_item = b.match_hosp_item
     AND f.match_pric = b.match_pric
    WHERE f.left_cnt_e4 > 0
),

taken AS (                  -- the part of each line that is refunded
    SELECT fee_key, left_cnt_e4, left_gross_fen, left_inscp_fen,
           LEAST(left_cnt_e4, GREATEST(0, refund_cnt_e4 - (up_to_cnt_e4 - left_cnt_e4))) AS cnt_e4
    FROM line
)

SELECT fee_key, cnt_e4,
       CAST(ROUND(CAST(left_gross_fen AS DOUBLE) * cnt_e4 / left_cnt_e4, 0) AS BIGINT) AS gross_fen,
       CAST(ROUND(CAST(COALESCE(left_inscp_fen, 0) AS DOUBLE) * cnt_e4 / left_cnt_e4, 0) AS BIGINT) AS inscp_fen
FROM taken
WHERE cnt_e4 > 0
