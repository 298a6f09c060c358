-- Refund lines: negative, or marked as a refund of a line they name.

SELECT *, CASE WHEN init_fee_key <> fee_key THEN init_fee_key END AS named_key
FROM fee_row
WHERE gross_fen < 0 OR cnt_e4 < 0 OR (refund = 1 AND init_fee_key <> fee_key)
