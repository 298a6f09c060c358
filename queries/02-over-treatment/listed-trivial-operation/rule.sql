-- Evidence of listed-trivial-operation: an operation or treatment of a visit whose every diagnosis is among those that a problem list calls too
-- slight for it. A visit without a diagnosis is not judged.

WITH operation_line AS (      -- charged lines of the checks of this shape, at visits with a diagnosis
    SELECT check_id, fee_key, visit_key, item_key, gross_fen, inscp_fen, fund_fen
    FROM listed_line
    WHERE shape = 'diagnosis-operation' AND side = 'a' AND gross_fen > 0 AND has_in = 1
),

explaining_line AS (          -- visits with an item that explains it
    SELECT check_id, visit_key
    FROM listed_line
    WHERE shape = 'diagnosis-operation' AND side = 'unless'
),

operated_visit AS (           -- checks and visits in question
    SELECT check_id, visit_key
    FROM operation_line
    GROUP BY check_id, visit_key
),

stated_dx AS (                -- every diagnosis of these visits
    SELECT o.check_id, o.visit_key, d.dx_code
    FROM operated_visit AS o
    JOIN diagnosis AS d ON o.visit_key = d.visit_key
    UNION ALL
    SELECT o.check_id, o.visit_key, v.main_dx AS dx_code
    FROM operated_visit AS o
    JOIN visit AS v ON o.visit_key = v.visit_key
    WHERE v.main_dx IS NOT NULL
),

trivial_dx AS (
    SELECT check_id, dx_code FROM problem_dx WHERE side = 'in'
),

other_dx AS (                 -- visits with a diagnosis that is not among the slight ones
    SELECT s.check_id, s.visit_key
    FROM stated_dx AS s
    ANTI JOIN trivial_dx AS t ON s.check_id = t.check_id AND s.dx_code = t.dx_code
),

suspect_line AS (             -- lines of visits with slight diagnoses alone
    SELECT l.check_id, l.fee_key, l.visit_key, l.item_key, l.gross_fen, l.inscp_fen, l.fund_fen
    FROM operation_line AS l
    ANTI JOIN other_dx AS o ON l.check_id = o.check_id AND l.visit_key = o.visit_key
    ANTI JOIN explaining_line AS e ON l.check_id = e.check_id AND l.visit_key = e.visit_key
),

item_of_visit AS (            -- one finding per check, visit and item
    SELECT check_id, visit_key, item_key, MIN(fee_key) AS first_fee_key, COUNT(*) AS operation_lines
    FROM suspect_line
    GROUP BY check_id, visit_key, item_key
)

SELECT
    CASE WHEN i.first_fee_key < 0 THEN i.first_fee_key + c.case_shift ELSE i.first_fee_key - c.case_shift END AS case_key,
    'suspect' AS role, s.visit_key AS visit_key, s.fee_key AS fee_key,
    s.gross_fen AS gross_fen, s.inscp_fen AS inscp_fen, s.fund_fen AS fund_fen,
    i.operation_lines AS measure, CAST(NULL AS DOUBLE) AS threshold, c.problem AS problem, 'lead' AS grade
FROM suspect_line AS s
JOIN item_of_visit AS i ON s.check_id = i.check_id AND s.visit_key = i.visit_key AND s.item_key = i.item_key
JOIN listed_check AS c ON s.check_id = c.check_id
