-- Evidence of age-limited: items limited by age in the fund's scope for a person of another age.

WITH age_range AS (           -- one row per item and days: the widest range of its knowledge points, null where a side is open
    SELECT
        item_key, begin_day, end_day,
        CASE WHEN COUNT(*) = COUNT(min_age) THEN MIN(min_age) END AS min_age,
        CASE WHEN COUNT(*) = COUNT(max_age) THEN MAX(max_age) END AS max_age
    FROM k_age_limit
    GROUP BY item_key, begin_day, end_day
),

limited_line AS (             -- lines in scope of such items
    SELECT f.fee_key, f.visit_key, f.item_key, f.gross_fen, f.inscp_fen, f.fund_fen, r.min_age, r.max_age
    FROM fee AS f
    JOIN age_range AS r ON f.item_key = r.item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.fee_day >= r.begin_day AND f.fee_day <= r.end_day
),

aged_line AS (                -- with the age at the visit; who turns a year older until discharge gets that year towards the least age
    SELECT
        l.fee_key, l.visit_key, l.item_key, l.gross_fen, l.inscp_fen, l.fund_fen, l.min_age, l.max_age,
        v.psn_key, v.birth_day, v.age_years,
        CASE WHEN v.dscg_day > v.adm_day THEN v.age_years + 1 ELSE v.age_years END AS age_at_end
    FROM limited_line AS l
    JOIN visit AS v ON l.visit_key = v.visit_key
    WHERE v.age_years IS NOT NULL AND v.birth = 0
),

other_age_line AS (           -- outside the range
    SELECT *, CASE WHEN age_years > max_age + :grace_years THEN max_age ELSE min_age END AS bound_years
    FROM aged_line
    WHERE age_years > max_age + :grace_years OR age_at_end < min_age - :grace_years
),

breach AS (                   -- unless the person record has another day of birth
    SELECT o.fee_key, o.visit_key, o.item_key, o.gross_fen, o.inscp_fen, o.fund_fen, o.age_years, o.bound_years
    FROM other_age_line AS o
    LEFT JOIN person AS p ON o.psn_key = p.psn_key
    WHERE p.birth_day IS NULL OR o.birth_day IS NULL OR p.birth_day = o.birth_day
)

SELECT
    MIN(fee_key) OVER (PARTITION BY visit_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
    CAST(age_years AS DOUBLE) AS measure,
    CAST(bound_years AS DOUBLE) AS threshold
FROM breach
