-- Refunds that name no line, added up per item and price within the unit.

SELECT unit_key, COALESCE(item_key, 0) AS match_item, COALESCE(hosp_item_key, 0) AS match_hosp_item,
       COALESCE(pric_e6, 0) AS match_pric,
       SUM(ABS(COALESCE(cnt_e4, 0))) AS refund_cnt_e4, SUM(ABS(gross_fen)) AS refund_gross_fen
FROM fee_refund
WHERE named_key IS NULL
GROUP BY unit_key, COALESCE(item_key, 0), COALESCE(hosp_item_key, 0), COALESCE(pric_e6, 0)
