-- Persons and resale-prone drugs supplied for more days than could be used up and kept, from several places in some window: the days
-- supplied and the days allowed in hundredths, and the days between the first and the last supply.

WITH item_supply AS (     -- what a person got of each item over the whole time
    SELECT psn_key, item_key, drug_name, SUM(gross_fen) AS used_fen
    FROM resale_line
    GROUP BY psn_key, item_key, drug_name
),

drug_days AS (            -- the same in days of usual use, the products of one drug together, in hundredths of a day
    SELECT s.psn_key, s.drug_name, SUM(CAST(FLOOR(CAST(s.used_fen AS DOUBLE) * 100 / u.daily_fen) AS BIGINT)) AS supply_e2
    FROM item_supply AS s
    JOIN resale_usual_use AS u ON s.item_key = u.item_key
    GROUP BY s.psn_key, s.drug_name
),

drug_span AS (            -- the days between the first and the last supply
    SELECT psn_key, drug_name, MAX(fee_day) - MIN(fee_day) AS span_days
    FROM resale_judged_line
    GROUP BY psn_key, drug_name
),

place_count AS (          -- how many places supplied the drug within a window
    SELECT psn_key, drug_name, time_window, COUNT(DISTINCT inst_key) AS places
    FROM resale_judged_line
    GROUP BY psn_key, drug_name, time_window
),

many_places AS (          -- persons and drugs with several in some window
    SELECT psn_key, drug_name
    FROM place_count
    WHERE places >= :min_places
    GROUP BY psn_key, drug_name
)

SELECT
    d.psn_key, d.drug_name, d.supply_e2, s.span_days,
    CAST(s.span_days + :stock_days AS BIGINT) * :max_rate_pct AS allowed_e2
FROM drug_days AS d
JOIN drug_span AS s ON d.psn_key = s.psn_key AND d.drug_name = s.drug_name
SEMI JOIN many_places AS m ON d.psn_key = m.psn_key AND d.drug_name = m.drug_name
WHERE d.supply_e2 > CAST(s.span_days + :stock_days AS BIGINT) * :max_rate_pct
