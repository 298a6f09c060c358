-- Lines of the items that the checks of the problem lists name, one row per check, side and line: of insured visits, and of the check's days,
-- settings, departments, sex and diagnoses. Lines given for nothing are among them. Lines posted on the day of discharge of a stay of several
-- days, or later, are posted late: their day says nothing. Where a rule judges by diagnoses itself, they are no filter here.

WITH looked_at_setting AS (   -- settings that a check looks at, where it names any
    SELECT check_id, care_setting, 1 AS is_looked_at
    FROM problem_setting
),

named_department AS (         -- departments that a check names for the lines of a side
    SELECT check_id, side, dept_key, 1 AS is_named
    FROM problem_department
),

named_line AS (               -- lines of named items on the days of the check
    SELECT
        c.check_id, c.shape, i.side, f.fee_key, f.visit_key, f.psn_key, f.inst_key, f.item_key, f.fee_day, f.fee_min, f.cnt_e4, f.pric_e6,
        f.gross_fen, f.inscp_fen, f.fund_fen, c.sex, c.by_dx_in, c.by_dx_not_in,
        CASE WHEN i.side = 'a' THEN c.by_department WHEN i.side = 'b' THEN c.by_b_department ELSE 0 END AS by_department,
        COALESCE(o.is_named, e.is_named, 0) AS in_department
    FROM fee AS f
    JOIN problem_item AS i ON f.item_key = i.item_key
    JOIN problem_check AS c ON i.check_id = c.check_id
    LEFT JOIN looked_at_setting AS s ON i.check_id = s.check_id AND f.care_setting = s.care_setting
    LEFT JOIN named_department AS o ON i.check_id = o.check_id AND i.side = o.side AND f.dept_key = o.dept_key
    LEFT JOIN named_department AS e ON i.check_id = e.check_id AND i.side = e.side AND f.exec_dept_key = e.dept_key
    WHERE f.insured = 1 AND f.cnt_e4 > 0 AND f.fee_day >= c.first_day AND f.fee_day <= c.last_day
      AND (c.by_setting = 0 OR s.is_looked_at = 1)
)

SELECT
    n.check_id, n.shape, n.side, n.fee_key, n.visit_key, n.psn_key, n.inst_key, n.item_key, n.fee_day, n.fee_min, n.cnt_e4, n.pric_e6,
    n.gross_fen, n.inscp_fen, n.fund_fen, v.care_setting, v.adm_day, v.dscg_day, v.adm_min, v.dscg_min, v.birth, v.still_in,
    CASE WHEN v.care_setting = 'inpatient' AND v.dscg_day > v.adm_day AND n.fee_day >= v.dscg_day THEN 1 ELSE 0 END AS posted_late,
    CASE WHEN v.main_dx IS NOT NULL OR x.has_in = 1 THEN 1 ELSE 0 END AS is_diagnosed,
    COALESCE(x.has_in, 0) AS has_in
FROM named_line AS n
JOIN visit AS v ON n.visit_key = v.visit_key
LEFT JOIN named_department AS d ON n.check_id = d.check_id AND n.side = d.side AND v.dept_key = d.dept_key
LEFT JOIN listed_dx AS x ON n.check_id = x.check_id AND n.visit_key = x.visit_key
WHERE (n.by_department = 0 OR n.in_department = 1 OR d.is_named = 1)
  AND (n.sex IS NULL OR v.gend = n.sex)
  AND (n.by_dx_in = 0 OR n.shape IN ('unindicated', 'diagnosis-operation') OR x.has_in = 1)
  AND (n.by_dx_not_in = 0 OR (v.main_dx IS NOT NULL AND COALESCE(x.has_not_in, 0) = 0))
