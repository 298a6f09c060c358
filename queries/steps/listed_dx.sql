-- Checks of the problem lists and visits with a diagnosis that the check names: whether one counts, whether one excuses.

WITH visit_dx AS (            -- every diagnosis of a visit; exports may state the main one in the visit alone
    SELECT visit_key, dx_code
    FROM diagnosis
    UNION ALL
    SELECT visit_key, main_dx AS dx_code
    FROM visit
    WHERE main_dx IS NOT NULL
)

SELECT
    p.check_id, d.visit_key,
    MAX(CASE WHEN p.side = 'in' THEN 1 ELSE 0 END) AS has_in,
    MAX(CASE WHEN p.side = 'not_in' THEN 1 ELSE 0 END) AS has_not_in
FROM visit_dx AS d
JOIN problem_dx AS p ON d.dx_code = p.dx_code
GROUP BY p.check_id, d.visit_key
