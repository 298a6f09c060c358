-- Evidence of listed-without: items charged without the other items that a problem list says belong to them, at the visit or near it.
-- Where an institution shows these others as a rule, each visit without them is a finding. Where it does not, it is compared with the stated share
-- or, of its kind and level, with the other institutions that do as a rule; then only what exceeds their share is at risk.

WITH named_line AS (          -- lines of the items of the checks of this shape, on the days and in the settings of the check, paid by whomever
    SELECT
        c.check_id, i.side, f.fee_key, f.visit_key, f.psn_key, f.inst_key, f.item_key, f.fee_day, f.fee_min, f.insured,
        f.gross_fen, f.inscp_fen, f.fund_fen,
        CASE WHEN o.check_id IS NOT NULL OR e.check_id IS NOT NULL THEN 1 ELSE 0 END AS in_department
    FROM fee AS f
    JOIN problem_item AS i ON f.item_key = i.item_key
    JOIN problem_check AS c ON i.check_id = c.check_id
    LEFT JOIN problem_setting AS s ON i.check_id = s.check_id AND f.care_setting = s.care_setting
    LEFT JOIN problem_department AS o ON i.check_id = o.check_id AND i.side = o.side AND f.dept_key = o.dept_key
    LEFT JOIN problem_department AS e ON i.check_id = e.check_id AND i.side = e.side AND f.exec_dept_key = e.dept_key
    WHERE c.shape = 'without' AND f.cnt_e4 > 0 AND f.fee_day >= c.first_day - :max_days_apart AND f.fee_day <= c.last_day + :max_days_apart
      AND (i.side <> 'a' OR ((c.by_setting = 0 OR s.check_id IS NOT NULL) AND f.fee_day >= c.first_day AND f.fee_day <= c.last_day))
),

needing_line AS (             -- charged lines of side a, at visits whose bill is complete and not bundled, as the check looks at them
    SELECT
        n.check_id, n.fee_key, n.visit_key, n.psn_key, n.inst_key, n.item_key, n.fee_day, n.fee_min, n.gross_fen, n.inscp_fen, n.fund_fen,
        CASE WHEN v.care_setting = 'inpatient' AND v.dscg_day > v.adm_day AND n.fee_day >= v.dscg_day THEN 1 ELSE 0 END AS posted_late,
        v.dscg_day
    FROM named_line AS n
    JOIN problem_check AS c ON n.check_id = c.check_id
    JOIN visit AS v ON n.visit_key = v.visit_key
    LEFT JOIN problem_department AS d ON n.check_id = d.check_id AND n.side = d.side AND v.dept_key = d.dept_key
    LEFT JOIN listed_dx AS x ON n.check_id = x.check_id AND n.visit_key = x.visit_key
    WHERE n.side = 'a' AND n.insured = 1 AND n.gross_fen > 0 AND v.still_in = 0 AND v.day_surgery = 0 AND v.med_type <> '26'
      AND (c.by_department = 0 OR n.in_department = 1 OR d.check_id IS NOT NULL)
      AND (c.sex IS NULL OR v.gend = c.sex)
      AND (c.by_dx_in = 0 OR x.has_in = 1)
      AND (c.by_dx_not_in = 0 OR (v.main_dx IS NOT NULL AND COALESCE(x.has_not_in, 0) = 0))
),

other_line AS (               -- lines of what belongs to it, and of what explains that it is missing
    SELECT check_id, side, visit_key, psn_key, inst_key, fee_day, fee_min
    FROM named_line
    WHERE side <> 'a'
),

met AS (                      -- lines with such a line in the window of the same visit; what was posted late is of any day of it
    SELECT n.check_id, n.fee_key
    FROM needing_line AS n
    JOIN other_line AS o ON n.check_id = o.check_id AND n.visit_key = o.visit_key
    JOIN listed_check AS c ON n.check_id = c.check_id
    WHERE c.time_window = 'visit' OR o.side = 'unless' OR n.posted_late = 1 OR (n.dscg_day > n.fee_day AND o.fee_day >= n.dscg_day)
       OR (c.time_window = 'day' AND n.fee_day = o.fee_day)
       OR (c.time_window = 'operation' AND ABS(n.fee_day - o.fee_day) <= :max_days_apart)
       OR (c.time_window = 'hours' AND ABS(n.fee_min - o.fee_min) < c.window_minutes)
       OR (c.time_window = 'hours' AND (n.fee_min IS NULL OR o.fee_min IS NULL) AND n.fee_day = o.fee_day)
    UNION ALL
    -- or at another visit of the person at the institution, some days around
    SELECT n.check_id, n.fee_key
    FROM needing_line AS n
    JOIN other_line AS o ON n.check_id = o.check_id AND n.psn_key = o.psn_key AND n.inst_key = o.inst_key
    WHERE n.visit_key <> o.visit_key AND ABS(n.fee_day - o.fee_day) <= :max_days_apart
),

met_once AS (
    SELECT check_id, fee_key, 1 AS is_met FROM met GROUP BY check_id, fee_key
),

checked_line AS (             -- each line, met or not
    SELECT n.check_id, n.fee_key, n.visit_key, n.inst_key, n.item_key, n.gross_fen, n.inscp_fen, n.fund_fen, COALESCE(m.is_met, 0) AS is_met
    FROM needing_line AS n
    LEFT JOIN met_once AS m ON n.check_id = m.check_id AND n.fee_key = m.fee_key
),

checked_visit AS (            -- each visit: without, where one of its lines is
    SELECT check_id, inst_key, visit_key, MIN(is_met) AS is_met
    FROM checked_line
    GROUP BY check_id, inst_key, visit_key
),

custom AS (                   -- visits of each institution, and those without
    SELECT check_id, inst_key, COUNT(*) AS visits, COUNT(*) - SUM(is_met) AS visits_without
    FROM checked_visit
    GROUP BY check_id, inst_key
),

kind_custom AS (              -- institutions with enough visits to speak of a custom, beside those of their kind and level
    SELECT
        k.check_id, k.inst_key, k.visits, k.visits_without,
        SUM(k.visits) OVER (PARTITION BY k.check_id, i.inst_type, COALESCE(i.level, 0 - 1)) - k.visits AS other_visits,
        SUM(k.visits_without) OVER (PARTITION BY k.check_id, i.inst_type, COALESCE(i.level, 0 - 1)) - k.visits_without AS other_without,
        COUNT(*) OVER (PARTITION BY k.check_id, i.inst_type, COALESCE(i.level, 0 - 1)) - 1 AS others
    FROM custom AS k
    JOIN institution AS i ON k.inst_key = i.inst_key
    WHERE k.visits >= :min_visits
),

compared AS (                 -- beside the share without that is usual elsewhere (one such visit more, so that none is never certain) or stated
    SELECT
        k.check_id, k.inst_key, k.visits, k.visits_without,
        CASE WHEN k.others >= :min_peers THEN CAST(k.other_without + 1 AS DOUBLE) / (k.other_visits + 2)
             WHEN c.share_pct IS NOT NULL THEN CAST(100 - c.share_pct AS DOUBLE) / 100 END AS usual,
        CASE WHEN k.others >= :min_peers THEN CAST(100 - :min_met_pct AS DOUBLE) / 100 ELSE 1 END AS most_usual,
        CASE WHEN k.visits_without * 100 <= k.visits * (100 - :min_met_pct) THEN 1 ELSE 0 END AS is_custom
    FROM kind_custom AS k
    JOIN listed_check AS c ON k.check_id = c.check_id
),

conspicuous AS (              -- those whose custom it is (each visit without counts whole), and those far over what is usual elsewhere,
                              -- further than chance explains (the lower bound of their share lies above it); there only the rest counts
    SELECT check_id, inst_key, visits, visits_without, is_custom, CAST(0 AS DOUBLE) AS expected
    FROM compared
    WHERE is_custom = 1
    UNION ALL
    SELECT check_id, inst_key, visits, visits_without, is_custom, usual * visits AS expected
    FROM compared
    WHERE is_custom = 0 AND usual <= most_usual
      AND visits_without * 100 >= usual * visits * 100 + visits * :min_gap_pct
      AND (visits_without - usual * visits) * (visits_without - usual * visits) >= visits * usual * (1 - usual) * :sigmas * :sigmas
),

suspect_line AS (             -- their lines without; a finding is a visit, or where the institution is compared an item of it
    SELECT
        l.check_id, l.fee_key, l.visit_key, l.gross_fen, l.inscp_fen, l.fund_fen, k.visits, k.visits_without, k.expected,
        CASE WHEN k.is_custom = 1 THEN l.visit_key ELSE l.inst_key END AS owner_key,
        CASE WHEN k.is_custom = 1 THEN 0 ELSE l.item_key END AS owner_item
    FROM checked_line AS l
    JOIN conspicuous AS k ON l.check_id = k.check_id AND l.inst_key = k.inst_key
    WHERE l.is_met = 0
),

finding AS (
    SELECT check_id, owner_key, owner_item, MIN(fee_key) AS first_fee_key
    FROM suspect_line
    GROUP BY check_id, owner_key, owner_item
)

SELECT
    CASE WHEN g.first_fee_key < 0 THEN g.first_fee_key + c.case_shift ELSE g.first_fee_key - c.case_shift END AS case_key,
    'suspect' AS role, s.visit_key AS visit_key, s.fee_key AS fee_key,
    CAST(FLOOR((CAST(s.gross_fen AS DOUBLE) * (s.visits_without - s.expected) + 0.001) / s.visits_without) AS BIGINT) AS gross_fen,
    CAST(FLOOR((CAST(s.inscp_fen AS DOUBLE) * (s.visits_without - s.expected) + 0.001) / s.visits_without) AS BIGINT) AS inscp_fen,
    CAST(FLOOR((CAST(s.fund_fen AS DOUBLE) * (s.visits_without - s.expected) + 0.001) / s.visits_without) AS BIGINT) AS fund_fen,
    FLOOR(CAST(s.visits_without AS DOUBLE) * 100 / s.visits) AS measure, CAST(NULL AS DOUBLE) AS threshold,
    c.problem AS problem, 'lead' AS grade
FROM suspect_line AS s
JOIN finding AS g ON s.check_id = g.check_id AND s.owner_key = g.owner_key AND s.owner_item = g.owner_item
JOIN listed_check AS c ON s.check_id = c.check_id
