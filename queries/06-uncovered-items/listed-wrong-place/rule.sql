-- Evidence of listed-wrong-place: items charged at an institution that shows nothing of the place they need (a recovery room, a compounding centre),
-- or for lines of departments that are not the place (intensive care outside the unit). A department named as the check says shows the place,
-- and so does a charge of side b. Where an export names hardly any departments, holds few others that charge the item, or few of these
-- show the place, its names say nothing and nobody is judged: a recovery room often has no name of its own.

WITH named_line AS (          -- lines of the items of the checks of this shape, on the days and in the settings of the check
    SELECT
        c.check_id, i.side, f.fee_key, f.visit_key, f.inst_key, f.item_key, f.gross_fen, f.inscp_fen, f.fund_fen, f.insured,
        CASE WHEN f.dept_key IS NULL AND f.exec_dept_key IS NULL THEN 0 ELSE 1 END AS has_department,
        CASE WHEN o.check_id IS NOT NULL OR e.check_id IS NOT NULL THEN 1 ELSE 0 END AS in_department
    FROM fee AS f
    JOIN problem_item AS i ON f.item_key = i.item_key
    JOIN problem_check AS c ON i.check_id = c.check_id
    LEFT JOIN problem_setting AS s ON i.check_id = s.check_id AND f.care_setting = s.care_setting
    LEFT JOIN problem_department AS o ON i.check_id = o.check_id AND f.dept_key = o.dept_key
    LEFT JOIN problem_department AS e ON i.check_id = e.check_id AND f.exec_dept_key = e.dept_key
    WHERE c.shape = 'place' AND f.cnt_e4 > 0
      AND (i.side = 'b' OR ((c.by_setting = 0 OR s.check_id IS NOT NULL) AND f.fee_day >= c.first_day AND f.fee_day <= c.last_day))
),

shown_place AS (              -- checks and institutions with the place: a department of it, or a charge of side b, paid by whomever
    SELECT p.check_id, d.inst_key
    FROM problem_department AS p
    JOIN department AS d ON p.dept_key = d.dept_key
    UNION ALL
    SELECT check_id, inst_key
    FROM named_line
    WHERE side = 'b'
),

place AS (
    SELECT check_id, inst_key, 1 AS has_place FROM shown_place GROUP BY check_id, inst_key
),

described AS (                -- institutions whose departments the export names
    SELECT inst_key
    FROM department
    WHERE dept_name IS NOT NULL
    GROUP BY inst_key
    HAVING COUNT(DISTINCT dept_name) >= :min_departments
),

charged_line AS (             -- charged lines of side a at the visits that the check looks at
    SELECT
        n.check_id, n.fee_key, n.visit_key, n.inst_key, n.item_key, n.gross_fen, n.inscp_fen, n.fund_fen, k.place,
        CASE WHEN n.in_department = 1 OR d.check_id IS NOT NULL THEN 1 ELSE 0 END AS in_place,
        CASE WHEN n.has_department = 1 OR v.dept_key IS NOT NULL THEN 1 ELSE 0 END AS has_department
    FROM named_line AS n
    JOIN problem_check AS c ON n.check_id = c.check_id
    JOIN listed_check AS k ON n.check_id = k.check_id
    JOIN visit AS v ON n.visit_key = v.visit_key
    LEFT JOIN problem_department AS d ON n.check_id = d.check_id AND v.dept_key = d.dept_key
    LEFT JOIN listed_dx AS x ON n.check_id = x.check_id AND n.visit_key = x.visit_key
    SEMI JOIN described AS y ON n.inst_key = y.inst_key
    WHERE n.side = 'a' AND n.insured = 1 AND n.gross_fen > 0
      AND (c.sex IS NULL OR v.gend = c.sex)
      AND (c.by_dx_in = 0 OR x.has_in = 1)
      AND (c.by_dx_not_in = 0 OR (v.main_dx IS NOT NULL AND COALESCE(x.has_not_in, 0) = 0))
),

charging AS (                 -- institutions that charge side a, with or without the place
    SELECT l.check_id, l.inst_key, MAX(COALESCE(p.has_place, 0)) AS has_place
    FROM charged_line AS l
    LEFT JOIN place AS p ON l.check_id = p.check_id AND l.inst_key = p.inst_key
    GROUP BY l.check_id, l.inst_key
),

compared AS (                 -- beside how many of the others charge it, and how many of these show the place
    SELECT
        check_id, inst_key, has_place,
        COUNT(*) OVER (PARTITION BY check_id) - 1 AS others,
        SUM(has_place) OVER (PARTITION BY check_id) - has_place AS others_with
    FROM charging
),

telling AS (                  -- where the names of departments say something: the place is named, or enough others name theirs
    SELECT check_id, inst_key, has_place
    FROM compared
    WHERE has_place = 1 OR (others >= :min_peers AND others_with * 100 >= others * :min_place_pct)
),

explained AS (                -- visits with side b, or with an item that explains it
    SELECT check_id, visit_key
    FROM named_line
    WHERE side <> 'a'
    GROUP BY check_id, visit_key
),

suspect_line AS (             -- a finding is an institution and item, or a visit and item
    SELECT
        l.check_id, l.fee_key, l.visit_key, l.item_key, l.gross_fen, l.inscp_fen, l.fund_fen,
        CASE WHEN l.place = 'institution' THEN l.inst_key ELSE l.visit_key END AS owner_key
    FROM charged_line AS l
    JOIN telling AS t ON l.check_id = t.check_id AND l.inst_key = t.inst_key
    ANTI JOIN explained AS e ON l.check_id = e.check_id AND l.visit_key = e.visit_key
    WHERE (l.place = 'institution' AND t.has_place = 0)
       OR (l.place = 'department' AND l.has_department = 1 AND l.in_place = 0)
),

finding AS (
    SELECT check_id, owner_key, item_key, MIN(fee_key) AS first_fee_key, COUNT(*) AS lines_charged
    FROM suspect_line
    GROUP BY check_id, owner_key, item_key
)

SELECT
    CASE WHEN g.first_fee_key < 0 THEN g.first_fee_key + c.case_shift ELSE g.first_fee_key - c.case_shift END AS case_key,
    'suspect' AS role, s.visit_key AS visit_key, s.fee_key AS fee_key,
    s.gross_fen AS gross_fen, s.inscp_fen AS inscp_fen, s.fund_fen AS fund_fen,
    g.lines_charged AS measure, CAST(NULL AS DOUBLE) AS threshold, c.problem AS problem, 'lead' AS grade
FROM suspect_line AS s
JOIN finding AS g ON s.check_id = g.check_id AND s.owner_key = g.owner_key AND s.item_key = g.item_key
JOIN listed_check AS c ON s.check_id = c.check_id
