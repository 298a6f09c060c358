-- Evidence of drug-collector: a person is supplied with a resale-prone drug far beyond any use, from several places a month.
-- How much of a drug is used a day is learned from the persons who buy it month after month; their median stands for it.
-- Quantities are taken as billed money: one place counts boxes, another tablets, while the price of a tablet is the same.

WITH named_item AS (      -- items by name as the list writes it
    SELECT item_key, UPPER(item_name) AS drug_name
    FROM item
    WHERE item_name IS NOT NULL
),

listed_item AS (          -- those on the list of resale-prone drugs
    SELECT n.item_key, n.drug_name
    FROM named_item AS n
    JOIN k_resale_drug AS k ON n.drug_name = k.resale_drug_name
    GROUP BY n.item_key, n.drug_name
),

supply_line AS (          -- insured lines of those drugs taken home by known persons
    SELECT
        f.fee_key, f.visit_key, f.psn_key, f.inst_key, f.item_key, i.drug_name, f.fee_day,
        f.gross_fen, f.inscp_fen, f.fund_fen,
        CAST(FLOOR((CAST(f.fee_day AS DOUBLE) + 0.5) / :window_days) AS BIGINT) AS time_window
    FROM fee AS f
    JOIN listed_item AS i ON f.item_key = i.item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.psn_key IS NOT NULL AND f.gross_fen > 0
      AND f.item_kind IN ('western', 'patent') AND (f.care_setting IN ('outpatient', 'pharmacy') OR f.take_home = 1)
),

supply_day AS (           -- what a person got of an item on a day, as billed
    SELECT psn_key, item_key, fee_day, SUM(gross_fen) AS used_fen
    FROM supply_line
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
),

usual_use AS (            -- the usual daily amount of an item; a few collectors do not move the median
    SELECT item_key, MEDIAN(daily_fen) AS daily_fen
    FROM steady_use
    GROUP BY item_key
    HAVING COUNT(*) >= :min_peers
),

item_supply AS (          -- what a person got of each item over the whole time
    SELECT psn_key, item_key, SUM(used_fen) AS used_fen
    FROM supply_day
    GROUP BY psn_key, item_key
),

drug_days AS (            -- the same in days of usual use, the products of one drug together, in hundredths of a day
    SELECT s.psn_key, i.drug_name, SUM(CAST(FLOOR(CAST(s.used_fen AS DOUBLE) * 100 / u.daily_fen) AS BIGINT)) AS supply_e2
    FROM item_supply AS s
    JOIN usual_use AS u ON s.item_key = u.item_key
    JOIN listed_item AS i ON s.item_key = i.item_key
    GROUP BY s.psn_key, i.drug_name
),

judged_line AS (          -- the lines that those days are made of
    SELECT l.*
    FROM supply_line AS l
    SEMI JOIN usual_use AS u ON l.item_key = u.item_key
),

drug_span AS (            -- the days between the first and the last supply
    SELECT psn_key, drug_name, MAX(fee_day) - MIN(fee_day) AS span_days
    FROM judged_line
    GROUP BY psn_key, drug_name
),

place_count AS (          -- how many places supplied the drug within a month
    SELECT psn_key, drug_name, time_window, COUNT(DISTINCT inst_key) AS places
    FROM judged_line
    GROUP BY psn_key, drug_name, time_window
),

many_places AS (          -- persons and drugs with many in some month
    SELECT psn_key, drug_name
    FROM place_count
    WHERE places >= :min_places
    GROUP BY psn_key, drug_name
),

beyond_use AS (           -- supplied for more days than could be used up and kept; what is let pass in hundredths of a day
    SELECT
        d.psn_key, d.drug_name, d.supply_e2,
        CAST(s.span_days + :stock_days AS BIGINT) * :max_rate_pct AS allowed_e2,
        CAST(FLOOR(CAST(d.supply_e2 AS DOUBLE) / (s.span_days + :stock_days)) AS BIGINT) AS rate_pct
    FROM drug_days AS d
    JOIN drug_span AS s ON d.psn_key = s.psn_key AND d.drug_name = s.drug_name
    SEMI JOIN many_places AS m ON d.psn_key = m.psn_key AND d.drug_name = m.drug_name
    WHERE d.supply_e2 > CAST(s.span_days + :stock_days AS BIGINT) * :max_rate_pct
),

excess_line AS (          -- of each of their lines the share beyond
    SELECT
        l.psn_key, l.visit_key, l.fee_key, b.rate_pct,
        CAST(FLOOR(CAST(l.gross_fen AS DOUBLE) * (b.supply_e2 - b.allowed_e2) / b.supply_e2) AS BIGINT) AS gross_fen,
        CAST(FLOOR(CAST(l.inscp_fen AS DOUBLE) * (b.supply_e2 - b.allowed_e2) / b.supply_e2) AS BIGINT) AS inscp_fen,
        CAST(FLOOR(CAST(l.fund_fen AS DOUBLE) * (b.supply_e2 - b.allowed_e2) / b.supply_e2) AS BIGINT) AS fund_fen
    FROM judged_line AS l
    JOIN beyond_use AS b ON l.psn_key = b.psn_key AND l.drug_name = b.drug_name
),

collector AS (            -- one finding per person, named after the first line, if the money is worth it
    SELECT psn_key, MIN(fee_key) AS case_key, MAX(rate_pct) AS rate_pct
    FROM excess_line
    GROUP BY psn_key
    HAVING SUM(inscp_fen) >= :min_inscp_fen
)

SELECT
    c.case_key AS case_key, 'suspect' AS role, e.visit_key AS visit_key, e.fee_key AS fee_key,
    e.gross_fen AS gross_fen, e.inscp_fen AS inscp_fen, e.fund_fen AS fund_fen,
    CAST(c.rate_pct AS DOUBLE) AS measure, CAST(:max_rate_pct AS DOUBLE) AS threshold
FROM excess_line AS e
JOIN collector AS c ON e.psn_key = c.psn_key
