-- Evidence of exam-for-everyone: an institution orders a test for nearly every visit, its peers for far fewer of the same visits.
-- Expected orders are those that the peers' rates give for the institution's own mix of diseases (indirect standardisation).
-- The ratio of orders to expected ones is shrunk towards 1 by pseudo-orders and compared with the peers' median in robust
-- standard deviations z. False discoveries are controlled over all tests made (Benjamini–Hochberg), with the bound
-- kurtosis ÷ z⁴ (Markov's inequality for the fourth power) as p-value, which holds for any distribution of that kurtosis.

WITH case_visit AS (      -- insured visits at hospitals, other than check-ups, by the chapter of the main diagnosis
    SELECT
        v.visit_key, v.inst_key, v.care_setting, i.level,
        CASE WHEN v.planned_cycle = 1 THEN '*' ELSE COALESCE(SUBSTR(v.main_dx3, 1, 1), '-') END AS dx_group
    FROM visit AS v
    JOIN institution AS i ON v.inst_key = i.inst_key
    WHERE v.insured = 1 AND v.care_setting IN ('inpatient', 'outpatient') AND i.inst_type = 'hospital' AND i.level IS NOT NULL
      AND COALESCE(v.main_dx3, '-') NOT IN ('Z00', 'Z01', 'Z02', 'Z10', 'Z11', 'Z12', 'Z13')
),

inst_total AS (           -- visits per institution and setting: enough to speak of a habit
    SELECT inst_key, care_setting, level, COUNT(*) AS visits
    FROM case_visit
    GROUP BY inst_key, care_setting, level
    HAVING COUNT(*) >= :min_visits
),

inst_cell AS (            -- and per group of diseases
    SELECT c.inst_key, c.care_setting, c.dx_group, COUNT(*) AS visits
    FROM case_visit AS c
    SEMI JOIN inst_total AS t ON c.inst_key = t.inst_key AND c.care_setting = t.care_setting
    GROUP BY c.inst_key, c.care_setting, c.dx_group
),

test_line AS (            -- examinations and laboratory tests in scope
    SELECT fee_key, visit_key, inst_key, care_setting, item_key, gross_fen, inscp_fen, fund_fen
    FROM fee
    WHERE charge_type IN ('03', '04') AND insured = 1 AND inscp_fen > 0 AND item_key IS NOT NULL
      AND care_setting IN ('inpatient', 'outpatient')
),

tested_visit AS (         -- visits with a test, once however often it was done
    SELECT l.item_key, l.visit_key, c.inst_key, c.care_setting, c.dx_group
    FROM test_line AS l
    JOIN case_visit AS c ON l.visit_key = c.visit_key
    GROUP BY l.item_key, l.visit_key, c.inst_key, c.care_setting, c.dx_group
),

item_cell AS (            -- orders per institution, test and group of diseases
    SELECT inst_key, care_setting, item_key, dx_group, COUNT(*) AS orders
    FROM tested_visit
    GROUP BY inst_key, care_setting, item_key, dx_group
),

provider AS (             -- institutions that do a test at all, with their rate
    SELECT c.inst_key, c.care_setting, t.level, c.item_key, t.visits, SUM(c.orders) AS orders
    FROM item_cell AS c
    JOIN inst_total AS t ON c.inst_key = t.inst_key AND c.care_setting = t.care_setting
    GROUP BY c.inst_key, c.care_setting, t.level, c.item_key, t.visits
),

compared_provider AS (    -- beside whether any institution of the level orders the test for nearly everybody
    SELECT
        inst_key, care_setting, level, item_key,
        MAX(CASE WHEN orders * 100 >= visits * :min_rate_pct THEN 1 ELSE 0 END) OVER (PARTITION BY care_setting, level, item_key) AS everyday
    FROM provider
),

provider_cell AS (        -- for such tests, every provider's visits and orders in each group of diseases
    SELECT p.inst_key, p.care_setting, p.level, p.item_key, v.dx_group, v.visits, COALESCE(c.orders, 0) AS orders
    FROM compared_provider AS p
    JOIN inst_cell AS v ON p.inst_key = v.inst_key AND p.care_setting = v.care_setting
    LEFT JOIN item_cell AS c
      ON p.inst_key = c.inst_key AND p.care_setting = c.care_setting AND p.item_key = c.item_key AND v.dx_group = c.dx_group
    WHERE p.everyday = 1
),

level_cell AS (           -- beside the same of all providers of the level
    SELECT
        inst_key, care_setting, level, item_key, visits, orders,
        SUM(visits) OVER (PARTITION BY care_setting, level, item_key, dx_group) AS all_visits,
        SUM(orders) OVER (PARTITION BY care_setting, level, item_key, dx_group) AS all_orders
    FROM provider_cell
),

expected_cell AS (        -- orders expected at the others' rates, in millionths, so that sums do not depend on their order
    SELECT
        inst_key, care_setting, level, item_key, visits, orders,
        CAST(FLOOR(CAST(visits AS DOUBLE) * 1000000 * (all_orders - orders) / (all_visits - visits)) AS BIGINT) AS expected_e6
    FROM level_cell
    WHERE all_visits > visits
),

standardised AS (         -- over all diseases; those that nobody else treats cannot be compared and are left out
    SELECT
        inst_key, care_setting, level, item_key, SUM(visits) AS visits, SUM(orders) AS orders,
        CAST(SUM(expected_e6) AS DOUBLE) / 1000000 AS expected
    FROM expected_cell
    GROUP BY inst_key, care_setting, level, item_key
),

ratio AS (                -- ratio of orders to expected ones, shrunk
    SELECT
        inst_key, care_setting, level, item_key, visits, orders, expected,
        CAST(orders + :prior_orders AS DOUBLE) / (expected + :prior_orders) AS ratio
    FROM standardised
),

ratio_usual AS (          -- what is usual among enough institutions
    SELECT care_setting, level, item_key, MEDIAN(ratio) AS usual
    FROM ratio
    GROUP BY care_setting, level, item_key
    HAVING COUNT(*) > :min_peers
),

ratio_spread AS (         -- and how far they are from it
    SELECT r.care_setting, r.level, r.item_key, MEDIAN(ABS(r.ratio - u.usual)) AS deviation
    FROM ratio AS r
    JOIN ratio_usual AS u ON r.care_setting = u.care_setting AND r.level = u.level AND r.item_key = u.item_key
    GROUP BY r.care_setting, r.level, r.item_key
),

measured AS (             -- z² of each; the standard deviation is 1.4826 (² = 2.198) times the median one, and never below a least spread
    SELECT
        r.inst_key, r.care_setting, r.level, r.item_key, r.visits, r.orders, r.expected, r.ratio, u.usual, 1 AS same,
        CAST((r.ratio - u.usual) * (r.ratio - u.usual) AS DOUBLE)
            / GREATEST(2.198 * s.deviation * s.deviation, CAST(:min_spread_pct * :min_spread_pct AS DOUBLE) / 10000) AS z2
    FROM ratio AS r
    JOIN ratio_usual AS u ON r.care_setting = u.care_setting AND r.level = u.level AND r.item_key = u.item_key
    JOIN ratio_spread AS s ON r.care_setting = s.care_setting AND r.level = s.level AND r.item_key = s.item_key
),

ranked AS (               -- with the number of tests made in all; those above the usual come first, the furthest in front
    SELECT
        inst_key, care_setting, item_key, visits, orders, expected, ratio, usual, z2, same,
        COUNT(*) OVER (PARTITION BY same) AS tests,
        ROW_NUMBER() OVER (
            PARTITION BY same
            ORDER BY CASE WHEN ratio > usual THEN 0 - z2 ELSE 1 END, item_key, inst_key, care_setting
        ) AS place
    FROM measured
),

discovered AS (           -- beside the last place at which the expected share of false ones is within the limit
    SELECT
        inst_key, care_setting, item_key, visits, orders, expected, ratio, usual, place,
        MAX(CASE WHEN tests * CAST(:kurtosis AS DOUBLE) * 100 <= :false_pct * place * z2 * z2 AND ratio > usual THEN place ELSE 0 END)
            OVER (PARTITION BY same) AS last_place
    FROM ranked
),

conspicuous AS (          -- up to there, those that order for nearly everybody and far more than is usual
    SELECT inst_key, care_setting, item_key, visits, orders, expected * usual AS expected
    FROM discovered
    WHERE place <= last_place
      AND orders * 100 >= visits * :min_rate_pct
      AND ratio * 100 >= usual * :min_ratio_pct
      AND orders > expected * usual
),

suspect_line AS (         -- lines of that test in those visits
    SELECT
        l.fee_key, l.visit_key, l.inst_key, l.care_setting, l.item_key, l.gross_fen, l.inscp_fen, l.fund_fen,
        c.visits, c.orders, c.expected
    FROM test_line AS l
    SEMI JOIN case_visit AS v ON l.visit_key = v.visit_key
    JOIN conspicuous AS c ON l.inst_key = c.inst_key AND l.care_setting = c.care_setting AND l.item_key = c.item_key
)

SELECT
    MIN(fee_key) OVER (PARTITION BY inst_key, care_setting, item_key) AS case_key, 'suspect' AS role, visit_key, fee_key,
    -- at risk is the share of the orders beyond the expected
    CAST(FLOOR(gross_fen * (orders - expected) / CAST(orders AS DOUBLE)) AS BIGINT) AS gross_fen,
    CAST(FLOOR(inscp_fen * (orders - expected) / CAST(orders AS DOUBLE)) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(fund_fen * (orders - expected) / CAST(orders AS DOUBLE)) AS BIGINT) AS fund_fen,
    FLOOR(CAST(orders AS DOUBLE) * 100 / visits) AS measure, CEIL(CAST(expected AS DOUBLE) * 100 / visits) AS threshold
FROM suspect_line
