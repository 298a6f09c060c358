-- Refund lines: negative, marked as a refund of a line they name, or in a settlement that takes another one back.

SELECT f.fee_key, f.unit_key, f.item_key, f.hosp_item_key, f.pric_e6, f.cnt_e4, f.gross_fen, f.inscp_fen,
       CASE WHEN f.init_fee_key <> f.fee_key THEN f.init_fee_key END AS named_key
FROM fee_row AS f
LEFT JOIN (SELECT setl_key, is_reversal FROM setl_paired WHERE is_reversal = 1) AS r ON f.setl_key = r.setl_key
WHERE f.gross_fen < 0 OR f.cnt_e4 < 0 OR (f.refund = 1 AND f.init_fee_key <> f.fee_key) OR r.is_reversal = 1
