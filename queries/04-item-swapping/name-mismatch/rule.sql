-- Evidence of name-mismatch: lines whose hospital name and insured name have hardly anything in common.
-- Compared once per pair of names at import (item_pair.similarity_pct), so the fee table is only asked for the few odd pairs.

WITH naming AS (          -- each combination of hospital name and insured name, and how many institutions use it
    SELECT
        UPPER(medins_list_name) AS hospital_name, UPPER(item_name) AS insured_name,
        COUNT(DISTINCT inst_key) AS institutions
    FROM item_pair
    WHERE similarity_pct < :min_similarity_pct
    GROUP BY UPPER(medins_list_name), UPPER(item_name)
),

odd_pair AS (             -- pairs with unlike names that are not the naming habit of the area; a null similarity is no pair here
    SELECT item_pair.pair_key, item_pair.similarity_pct
    FROM item_pair
    JOIN naming
        ON naming.hospital_name = UPPER(item_pair.medins_list_name)
        AND naming.insured_name = UPPER(item_pair.item_name)
    WHERE item_pair.similarity_pct < :min_similarity_pct AND naming.institutions < :habit_institutions
),

billed AS (               -- the lines that put such a pair on the fund's account
    SELECT
        fee.pair_key, fee.visit_key, fee.fee_key, fee.gross_fen, fee.inscp_fen, fee.fund_fen, odd_pair.similarity_pct
    FROM fee
    JOIN odd_pair ON odd_pair.pair_key = fee.pair_key
    WHERE fee.insured = 1 AND fee.inscp_fen > 0
),

material AS (             -- pairs worth an inspector's time: many lines, or much money
    SELECT pair_key
    FROM billed
    GROUP BY pair_key
    HAVING COUNT(*) >= :min_lines OR SUM(inscp_fen) >= :min_inscp_fen
)

SELECT
    billed.pair_key AS case_key, 'suspect' AS role, billed.visit_key, billed.fee_key,
    billed.gross_fen, billed.inscp_fen, billed.fund_fen,
    billed.similarity_pct AS measure, :min_similarity_pct AS threshold
FROM billed
JOIN material ON material.pair_key = billed.pair_key
