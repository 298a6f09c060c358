-- Insured lines of resale-prone drugs taken home by known persons, with the window of :window_days that the day is in.

WITH named_item AS (      -- items by name as the list writes it
    SELECT item_key, UPPER(item_name) AS drug_name
    FROM item
    WHERE item_name IS NOT NULL
),

listed_item AS (          -- those on the list of resale-prone drugs
    SELECT n.item_key, n.drug_name, k.begin_day, k.end_day
    FROM named_item AS n
    JOIN k_resale_drug AS k ON n.drug_name = k.resale_drug_name
    GROUP BY n.item_key, n.drug_name, k.begin_day, k.end_day
)

SELECT
    f.fee_key, f.visit_key, f.psn_key, f.inst_key, f.dr_key, f.item_key, i.drug_name, f.fee_day,
    f.gross_fen, f.inscp_fen, f.fund_fen,
    CAST(FLOOR((CAST(f.fee_day AS DOUBLE) + 0.5) / :window_days) AS BIGINT) AS time_window
FROM fee AS f
JOIN listed_item AS i ON f.item_key = i.item_key
WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.psn_key IS NOT NULL AND f.gross_fen > 0
  AND f.item_kind IN ('western', 'patent') AND (f.care_setting IN ('outpatient', 'pharmacy') OR f.take_home = 1)
  AND f.fee_day >= i.begin_day AND f.fee_day <= i.end_day
