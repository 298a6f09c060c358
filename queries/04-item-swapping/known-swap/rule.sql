-- Evidence of known-swap: a hospital item whose own name is that of a published swap, billed as the item it is swapped for.
-- Names are compared whole: a keyword would fire inside other words. Letter case does not count;
-- outer spaces and full-width forms are gone since import.

WITH named_pair AS (      -- the hospital's name of each pair as the knowledge table spells names
    SELECT pair_key, item_key, UPPER(medins_list_name) AS hospital_name
    FROM item_pair
    WHERE medins_list_name IS NOT NULL AND item_key IS NOT NULL
),

known AS (                -- the published swaps, each once
    SELECT UPPER(provided_name) AS hospital_name, billed_item_key, begin_day, end_day
    FROM k_known_swap
    GROUP BY UPPER(provided_name), billed_item_key, begin_day, end_day
),

swapped_pair AS (         -- pairs of names that are a published swap
    SELECT named_pair.pair_key, known.begin_day, known.end_day
    FROM named_pair
    JOIN known ON known.hospital_name = named_pair.hospital_name AND known.billed_item_key = named_pair.item_key
),

billed AS (               -- the lines that put such a pair on the fund's account
    SELECT fee.pair_key, fee.visit_key, fee.fee_key, fee.gross_fen, fee.inscp_fen, fee.fund_fen
    FROM fee
    JOIN swapped_pair ON swapped_pair.pair_key = fee.pair_key
    WHERE fee.insured = 1 AND fee.inscp_fen > 0
      AND fee.fee_day >= swapped_pair.begin_day AND fee.fee_day <= swapped_pair.end_day
),

volume AS (               -- how often each such pair was billed
    SELECT pair_key, COUNT(*) AS lines
    FROM billed
    GROUP BY pair_key
)

SELECT
    billed.pair_key AS case_key, 'suspect' AS role, billed.visit_key, billed.fee_key,
    billed.gross_fen, billed.inscp_fen, billed.fund_fen, volume.lines AS measure, :min_lines AS threshold
FROM billed
JOIN volume ON volume.pair_key = billed.pair_key
WHERE volume.lines >= :min_lines
