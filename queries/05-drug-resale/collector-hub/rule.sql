-- Evidence of collector-hub: an institution or a practitioner supplies improbably many of the persons who get resale-prone
-- drugs beyond any use (the shared step resale_beyond_use; drug-collector judges the persons by it).
-- Persons are counted, not money, because one person's money is one decision. If collectors went where everybody goes, the
-- number at a place would be about Poisson with mean = the area's share × the place's persons. The chance of k or more is then at
-- most mean^r / (k (k-1) … (k-r+1)) for any r <= k (Markov's inequality for the r-th factorial moment), which needs no more than
-- products; r = 4 and r = 8 are taken, the smaller counts. False discoveries are held by Benjamini and Hochberg's step-up.

WITH hub_line AS (        -- every line once for its institution and once for its practitioner; excess is null when nothing is odd
    SELECT
        1 AS hub_kind, l.inst_key AS hub_key, l.psn_key, l.visit_key, l.fee_key, l.gross_fen, l.inscp_fen, l.fund_fen,
        b.supply_e2, b.allowed_e2
    FROM resale_judged_line AS l
    LEFT JOIN resale_beyond_use AS b ON l.psn_key = b.psn_key AND l.drug_name = b.drug_name
    UNION ALL
    SELECT
        2 AS hub_kind, l.dr_key AS hub_key, l.psn_key, l.visit_key, l.fee_key, l.gross_fen, l.inscp_fen, l.fund_fen,
        b.supply_e2, b.allowed_e2
    FROM resale_judged_line AS l
    LEFT JOIN resale_beyond_use AS b ON l.psn_key = b.psn_key AND l.drug_name = b.drug_name
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
