-- Each visit with fee lines, all of them suspect: as much evidence as a store can give.
SELECT visit_key AS case_key, 'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
       CAST(gross_fen AS DOUBLE) AS measure, CAST(gross_fen AS DOUBLE) AS threshold
FROM fee
