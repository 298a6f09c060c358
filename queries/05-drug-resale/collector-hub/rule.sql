-- Evidence of collector-hub: an institution or a practitioner supplies improbably many of the persons who get resale-prone
-- drugs beyond any use (see drug-collector, whose first steps these are).
-- Persons are counted, not money, because one person's money is one decision. If collectors went where everybody goes, the
-- number at a place would be about Poisson with mean = the area's share × the place's persons. The chance of k or more is then at
-- most mean^r / (k (k-1) … (k-r+1)) for any r <= k (Markov's inequality for the r-th factorial moment), which needs no more than
-- products; r = 4 and r = 8 are taken, the smaller counts. False discoveries are held by Benjamini and Hochberg's step-up.

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
        f.fee_key, f.visit_key, f.psn_key, f.inst_key, f.dr_key, f.item_key, i.drug_name, f.fee_day,
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

many_places AS (          -- persons and drugs with several in some month
    SELECT psn_key, drug_name
    FROM place_count
    WHERE places >= :min_places
    GROUP BY psn_key, drug_name
),

beyond_use AS (           -- persons and drugs supplied for more days than could be used up and kept
    SELECT
        d.psn_key, d.drug_name, d.supply_e2,
        CAST(s.span_days + :stock_days AS BIGINT) * :max_rate_pct AS allowed_e2
    FROM drug_days AS d
    JOIN drug_span AS s ON d.psn_key = s.psn_key AND d.drug_name = s.drug_name
    SEMI JOIN many_places AS m ON d.psn_key = m.psn_key AND d.drug_name = m.drug_name
    WHERE d.supply_e2 > CAST(s.span_days + :stock_days AS BIGINT) * :max_rate_pct
),

hub_line AS (             -- every line once for its institution and once for its practitioner; excess is null when nothing is odd
    SELECT
        1 AS hub_kind, l.inst_key AS hub_key, l.psn_key, l.visit_key, l.fee_key, l.gross_fen, l.inscp_fen, l.fund_fen,
        b.supply_e2, b.allowed_e2
    FROM judged_line AS l
    LEFT JOIN beyond_use AS b ON l.psn_key = b.psn_key AND l.drug_name = b.drug_name
    UNION ALL
    SELECT
        2 AS hub_kind, l.dr_key AS hub_key, l.psn_key, l.visit_key, l.fee_key, l.gross_fen, l.inscp_fen, l.fund_fen,
        b.supply_e2, b.allowed_e2
    FROM judged_line AS l
    LEFT JOIN beyond_use AS b ON l.psn_key = b.psn_key AND l.drug_name = b.drug_name
    WHERE l.dr_key IS NOT NULL
),

hub AS (                  -- persons and money of each, and what of it is collectors'
    SELECT
        hub_kind, hub_key, COUNT(DISTINCT psn_key) AS persons,
        COUNT(DISTINCT CASE WHEN supply_e2 IS NOT NULL THEN psn_key END) AS collectors,
        SUM(inscp_fen) AS inscp_fen, SUM(CASE WHEN supply_e2 IS NOT NULL THEN inscp_fen ELSE 0 END) AS collected_fen
    FROM hub_line
    GROUP BY hub_kind, hub_key
),

area_share AS (           -- the share of collectors among the persons of all of a kind
    SELECT hub_kind, CAST(SUM(collectors) AS DOUBLE) / SUM(persons) AS share
    FROM hub
    GROUP BY hub_kind
),

expecting AS (            -- the mean number by the area's share, shrunk towards the area by persons added to each
    SELECT
        h.hub_kind, h.hub_key, h.persons, h.inscp_fen, h.collected_fen, CAST(h.collectors AS DOUBLE) AS k,
        a.share * (h.persons + :prior_persons) AS mean_k
    FROM hub AS h
    JOIN area_share AS a ON h.hub_kind = a.hub_kind
    WHERE h.persons >= :min_persons
),

bounded AS (              -- the chance of as many is at most that; 1 when there are too few to say
    SELECT
        *,
        CASE WHEN k >= 4 THEN mean_k * mean_k * mean_k * mean_k / CAST(k * (k - 1) * (k - 2) * (k - 3) AS DOUBLE) ELSE 1 END AS chance_4,
        CASE WHEN k >= 8 THEN mean_k * mean_k * mean_k * mean_k * mean_k * mean_k * mean_k * mean_k
                  / CAST(k * (k - 1) * (k - 2) * (k - 3) * (k - 4) * (k - 5) * (k - 6) * (k - 7) AS DOUBLE) ELSE 1 END AS chance_8
    FROM expecting
),

ranked AS (               -- the least probable first, among all that were looked at
    SELECT
        hub_kind, hub_key, k, mean_k, inscp_fen, collected_fen, LEAST(chance_4, chance_8) AS chance,
        ROW_NUMBER() OVER (PARTITION BY hub_kind ORDER BY LEAST(chance_4, chance_8), hub_key) AS place,
        COUNT(*) OVER (PARTITION BY hub_kind) AS hubs
    FROM bounded
),

last_place AS (           -- the step-up: the last rank at which chance × number looked at ÷ rank is within the rate
    SELECT hub_kind, MAX(place) AS place
    FROM ranked
    WHERE chance * hubs * 100 <= CAST(place AS DOUBLE) * :false_discovery_pct
    GROUP BY hub_kind
),

improbable AS (           -- those up to there, with enough collectors and enough of the money
    SELECT r.hub_kind, r.hub_key, r.k, r.mean_k
    FROM ranked AS r
    JOIN last_place AS t ON r.hub_kind = t.hub_kind
    WHERE r.place <= t.place AND r.k >= :min_collectors
      AND r.collected_fen * 100 >= r.inscp_fen * :min_money_pct
),

named AS (                -- the collectors' lines there; the first names an institution, the last a practitioner, so the names differ
    SELECT
        l.hub_kind, l.visit_key, l.fee_key, l.gross_fen, l.inscp_fen, l.fund_fen, l.supply_e2, l.allowed_e2, i.k, i.mean_k,
        MIN(l.fee_key) OVER (PARTITION BY l.hub_kind, l.hub_key) AS first_key,
        MAX(l.fee_key) OVER (PARTITION BY l.hub_kind, l.hub_key) AS last_key
    FROM hub_line AS l
    JOIN improbable AS i ON l.hub_kind = i.hub_kind AND l.hub_key = i.hub_key
    WHERE l.supply_e2 IS NOT NULL
)

SELECT
    CASE WHEN hub_kind = 1 THEN first_key ELSE last_key END AS case_key, 'suspect' AS role, visit_key, fee_key,
    CAST(FLOOR(CAST(gross_fen AS DOUBLE) * (supply_e2 - allowed_e2) / supply_e2) AS BIGINT) AS gross_fen,
    CAST(FLOOR(CAST(inscp_fen AS DOUBLE) * (supply_e2 - allowed_e2) / supply_e2) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(CAST(fund_fen AS DOUBLE) * (supply_e2 - allowed_e2) / supply_e2) AS BIGINT) AS fund_fen,
    k AS measure, FLOOR(mean_k * 100) / CAST(100 AS DOUBLE) AS threshold
FROM named
