-- The usual daily amount of each resale-prone item, learned from the persons who came for it again and again; a few collectors do not
-- move the median. Quantities are billed money: one place counts boxes, another tablets, while the price of a tablet is the same.

WITH supply_day AS (      -- what a person got of an item on a day, as billed
    SELECT psn_key, item_key, fee_day, SUM(gross_fen) AS used_fen
    FROM resale_line
    GROUP BY psn_key, item_key, fee_day
),

ranked_day AS (           -- the last day of each person and item is number 1: it is not used up yet
    SELECT
        psn_key, item_key, fee_day, used_fen,
        ROW_NUMBER() OVER (PARTITION BY psn_key, item_key ORDER BY fee_day DESC) AS from_last
    FROM supply_day
),

steady_use AS (           -- daily amount of the persons who came for the item again and again
    SELECT
        psn_key, item_key,
        CAST(SUM(CASE WHEN from_last > 1 THEN used_fen ELSE 0 END) AS DOUBLE) / NULLIF(MAX(fee_day) - MIN(fee_day), 0) AS daily_fen
    FROM ranked_day
    GROUP BY psn_key, item_key
    HAVING COUNT(*) >= :min_refills AND MAX(fee_day) - MIN(fee_day) >= :min_span_days
)

SELECT item_key, MEDIAN(daily_fen) AS daily_fen
FROM steady_use
GROUP BY item_key
HAVING COUNT(*) >= :min_peers
