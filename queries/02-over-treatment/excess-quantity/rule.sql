-- Evidence of excess-quantity: far more of a drug supplied to a person on a day than other persons with the disease get.
-- Quantities are per usual supply, so a long prescription is compared by what it holds per month. Each person counts once
-- among the peers, by the median of their own supplies, so a collector does not move the limit.

WITH drug AS (            -- western and patent drugs; infusion solvents (ATC B05) are used by the bottle
    SELECT item_key
    FROM item
    WHERE item_kind IN ('western', 'patent') AND SUBSTR(item_code, 1, 4) <> 'XB05'
),

visit_group AS (          -- what a supply is compared within: disease, and ordinary care or special-disease benefit
    SELECT
        visit_key, COALESCE(main_dx3, '-') AS dx3,
        CASE WHEN SUBSTR(med_type, 1, 2) = '14' OR med_type = '9929' THEN 1 ELSE 0 END AS special
    FROM visit
    WHERE insured = 1
),

drug_line AS (            -- drugs taken home by known persons
    SELECT
        f.fee_key, f.visit_key, f.psn_key, f.item_key, f.fee_day, f.cnt_e4, COALESCE(f.prd_days, 0) AS prd_days,
        f.gross_fen, f.inscp_fen, f.fund_fen, g.dx3, g.special
    FROM fee AS f
    JOIN visit_group AS g ON f.visit_key = g.visit_key
    SEMI JOIN drug AS d ON f.item_key = d.item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.cnt_e4 > 0 AND f.psn_key IS NOT NULL
      AND (f.care_setting IN ('outpatient', 'pharmacy') OR f.take_home = 1)
),

day_total AS (            -- what a person got of a drug on a day, wherever
    SELECT psn_key, item_key, special, fee_day, MIN(dx3) AS dx3, SUM(cnt_e4) AS cnt_e4, MAX(prd_days) AS prd_days, SUM(inscp_fen) AS inscp_fen
    FROM drug_line
    GROUP BY psn_key, item_key, special, fee_day
),

supply AS (               -- with the number of usual supplies it stands for, and the quantity in each
    SELECT
        psn_key, item_key, special, fee_day, dx3, inscp_fen,
        CAST(cnt_e4 AS DOUBLE) / GREATEST(CAST(1 AS DOUBLE), CAST(LEAST(prd_days, :max_supply_days) AS DOUBLE) / :usual_days) AS quantity_e4
    FROM day_total
),

person_usual AS (         -- what is usual for a person
    SELECT item_key, special, dx3, psn_key, MEDIAN(quantity_e4) AS quantity_e4
    FROM supply
    GROUP BY item_key, special, dx3, psn_key
),

ranked_peer AS (          -- persons by quantity, among those with the disease
    SELECT
        item_key, special, dx3, quantity_e4,
        ROW_NUMBER() OVER (PARTITION BY item_key, special, dx3 ORDER BY quantity_e4, psn_key) AS place,
        COUNT(psn_key) OVER (PARTITION BY item_key, special, dx3) AS persons
    FROM person_usual
),

disease_limit AS (        -- the upper percentile of enough of them
    SELECT item_key, special, dx3, MIN(CASE WHEN place * 100 >= persons * :percentile THEN quantity_e4 END) AS upper_e4
    FROM ranked_peer
    WHERE persons > :min_peers
    GROUP BY item_key, special, dx3
),

person_any AS (           -- the same whatever the disease
    SELECT item_key, special, psn_key, MEDIAN(quantity_e4) AS quantity_e4
    FROM supply
    GROUP BY item_key, special, psn_key
),

ranked_any AS (           -- persons by quantity, among all who get the drug
    SELECT
        item_key, special, quantity_e4,
        ROW_NUMBER() OVER (PARTITION BY item_key, special ORDER BY quantity_e4, psn_key) AS place,
        COUNT(psn_key) OVER (PARTITION BY item_key, special) AS persons
    FROM person_any
),

any_limit AS (            -- the upper percentile of enough of them, for rare diseases
    SELECT item_key, special, MIN(CASE WHEN place * 100 >= persons * :percentile THEN quantity_e4 END) AS upper_e4
    FROM ranked_any
    WHERE persons > :min_peers
    GROUP BY item_key, special
),

limited AS (              -- supplies beside their limit
    SELECT
        s.psn_key, s.item_key, s.special, s.fee_day, s.inscp_fen, s.quantity_e4,
        COALESCE(d.upper_e4, a.upper_e4) * :limit_pct / CAST(100 AS DOUBLE) AS limit_e4
    FROM supply AS s
    LEFT JOIN disease_limit AS d ON s.item_key = d.item_key AND s.special = d.special AND s.dx3 = d.dx3
    LEFT JOIN any_limit AS a ON s.item_key = a.item_key AND s.special = a.special
),

excess AS (               -- those beyond it, where the part beyond is worth asking about
    SELECT psn_key, item_key, special, fee_day, quantity_e4, limit_e4
    FROM limited
    WHERE quantity_e4 > limit_e4 AND inscp_fen * (quantity_e4 - limit_e4) >= quantity_e4 * :min_risk_fen
)

SELECT
    MIN(l.fee_key) OVER (PARTITION BY l.psn_key, l.item_key, l.special, l.fee_day) AS case_key, 'suspect' AS role,
    l.visit_key AS visit_key, l.fee_key AS fee_key,
    CAST(FLOOR(l.gross_fen * (e.quantity_e4 - e.limit_e4) / CAST(e.quantity_e4 AS DOUBLE)) AS BIGINT) AS gross_fen,
    CAST(FLOOR(l.inscp_fen * (e.quantity_e4 - e.limit_e4) / CAST(e.quantity_e4 AS DOUBLE)) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(l.fund_fen * (e.quantity_e4 - e.limit_e4) / CAST(e.quantity_e4 AS DOUBLE)) AS BIGINT) AS fund_fen,
    e.quantity_e4 / CAST(10000 AS DOUBLE) AS measure, e.limit_e4 / CAST(10000 AS DOUBLE) AS threshold
FROM drug_line AS l
JOIN excess AS e ON l.psn_key = e.psn_key AND l.item_key = e.item_key AND l.special = e.special AND l.fee_day = e.fee_day
