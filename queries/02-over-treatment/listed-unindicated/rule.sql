-- Evidence of listed-unindicated: an institution gives an item to far more of the visits without any indication for it than its peers do.
-- Nobody is judged alone: of the visits with diagnoses, but none of the indications at the visit or at another one of the person some days
-- around, the share with the item is compared with that of the other institutions of the kind and level, or where there are too few with the
-- stated share. At risk is what lies beyond that share.

WITH named_line AS (          -- lines of the items of the checks of this shape, on the days and in the settings of the check
    SELECT c.check_id, i.side, f.fee_key, f.visit_key, f.item_key, f.gross_fen, f.inscp_fen, f.fund_fen
    FROM fee AS f
    JOIN problem_item AS i ON f.item_key = i.item_key
    JOIN problem_check AS c ON i.check_id = c.check_id
    LEFT JOIN problem_setting AS s ON i.check_id = s.check_id AND f.care_setting = s.care_setting
    WHERE c.shape = 'unindicated' AND c.by_dx_in = 1 AND f.insured = 1 AND f.cnt_e4 > 0
      AND f.fee_day >= c.first_day AND f.fee_day <= c.last_day
      AND (c.by_setting = 0 OR s.check_id IS NOT NULL)
),

judged_check AS (             -- the checks of this shape
    SELECT check_id, first_day, last_day, sex, by_setting, by_department, by_dx_not_in
    FROM problem_check
    WHERE shape = 'unindicated' AND by_dx_in = 1
),

judged_department AS (        -- departments whose visits a check is about, where it names any
    SELECT check_id, dept_key FROM problem_department WHERE side = 'a'
),

dated_visit AS (              -- insured visits with diagnoses
    SELECT visit_key, psn_key, inst_key, care_setting, gend, dept_key, adm_day, dscg_day, insured
    FROM visit
    WHERE insured = 1 AND main_dx IS NOT NULL
),

looked_at_range AS (          -- ranges of days that are looked at: hardly more than one
    SELECT first_day, last_day, 1 AS insured
    FROM judged_check
    GROUP BY first_day, last_day
),

visit_count AS (              -- visits of each institution, setting, department and sex in each range
    SELECT r.first_day, r.last_day, v.inst_key, v.care_setting, v.dept_key, v.gend, COUNT(*) AS visits
    FROM dated_visit AS v
    JOIN looked_at_range AS r ON v.insured = r.insured
    WHERE v.adm_day >= r.first_day AND v.adm_day <= r.last_day
    GROUP BY r.first_day, r.last_day, v.inst_key, v.care_setting, v.dept_key, v.gend
),

looked_at_count AS (          -- of these the ones that each check looks at
    SELECT c.check_id, t.inst_key, t.care_setting, SUM(t.visits) AS visits
    FROM judged_check AS c
    JOIN visit_count AS t ON c.first_day = t.first_day AND c.last_day = t.last_day
    LEFT JOIN problem_setting AS s ON c.check_id = s.check_id AND t.care_setting = s.care_setting
    LEFT JOIN judged_department AS d ON c.check_id = d.check_id AND t.dept_key = d.dept_key
    WHERE (c.by_setting = 0 OR s.check_id IS NOT NULL)
      AND (c.by_department = 0 OR d.check_id IS NOT NULL)
      AND (c.sex IS NULL OR t.gend = c.sex)
    GROUP BY c.check_id, t.inst_key, t.care_setting
),

indication AS (               -- visits with an indication, or a diagnosis that excuses
    SELECT x.check_id, x.visit_key, v.psn_key, v.adm_day, v.dscg_day, x.has_in
    FROM listed_dx AS x
    SEMI JOIN judged_check AS c ON x.check_id = c.check_id
    JOIN visit AS v ON x.visit_key = v.visit_key
    WHERE x.has_in = 1 OR x.has_not_in = 1
),

excused AS (                  -- checks and visits that are not judged: with an indication
    SELECT check_id, visit_key
    FROM indication
    UNION ALL
    -- or with one at another visit of the person some days around
    SELECT i.check_id, v.visit_key
    FROM indication AS i
    JOIN dated_visit AS v ON i.psn_key = v.psn_key
    JOIN listed_check AS c ON i.check_id = c.check_id
    WHERE i.has_in = 1 AND v.adm_day - i.dscg_day <= c.period_days AND i.adm_day - v.dscg_day <= c.period_days
    UNION ALL
    -- or with an item that explains it
    SELECT check_id, visit_key
    FROM named_line
    WHERE side = 'unless'
),

excused_once AS (
    SELECT check_id, visit_key FROM excused GROUP BY check_id, visit_key
),

excused_count AS (            -- how many of those that the check looks at are not judged
    SELECT e.check_id, v.inst_key, v.care_setting, COUNT(*) AS visits
    FROM excused_once AS e
    JOIN judged_check AS c ON e.check_id = c.check_id
    JOIN dated_visit AS v ON e.visit_key = v.visit_key
    LEFT JOIN problem_setting AS s ON e.check_id = s.check_id AND v.care_setting = s.care_setting
    LEFT JOIN judged_department AS d ON e.check_id = d.check_id AND v.dept_key = d.dept_key
    WHERE v.adm_day >= c.first_day AND v.adm_day <= c.last_day
      AND (c.by_setting = 0 OR s.check_id IS NOT NULL)
      AND (c.by_department = 0 OR d.check_id IS NOT NULL)
      AND (c.sex IS NULL OR v.gend = c.sex)
    GROUP BY e.check_id, v.inst_key, v.care_setting
),

given_line AS (               -- charged lines of the item at visits that are judged
    SELECT
        n.check_id, n.fee_key, n.visit_key, n.item_key, n.gross_fen, n.inscp_fen, n.fund_fen, v.inst_key, v.care_setting
    FROM named_line AS n
    JOIN judged_check AS c ON n.check_id = c.check_id
    JOIN dated_visit AS v ON n.visit_key = v.visit_key
    LEFT JOIN judged_department AS d ON n.check_id = d.check_id AND v.dept_key = d.dept_key
    ANTI JOIN excused_once AS e ON n.check_id = e.check_id AND n.visit_key = e.visit_key
    WHERE n.side = 'a' AND n.gross_fen > 0 AND v.adm_day >= c.first_day AND v.adm_day <= c.last_day
      AND (c.by_department = 0 OR d.check_id IS NOT NULL)
      AND (c.sex IS NULL OR v.gend = c.sex)
),

given_count AS (              -- visits with the item without an indication
    SELECT check_id, inst_key, care_setting, COUNT(DISTINCT visit_key) AS given
    FROM given_line
    GROUP BY check_id, inst_key, care_setting
),

rate AS (                     -- of enough visits without an indication those with the item
    SELECT t.check_id, t.inst_key, t.care_setting, t.visits - COALESCE(e.visits, 0) AS visits, COALESCE(g.given, 0) AS given
    FROM looked_at_count AS t
    LEFT JOIN excused_count AS e ON t.check_id = e.check_id AND t.inst_key = e.inst_key AND t.care_setting = e.care_setting
    LEFT JOIN given_count AS g ON t.check_id = g.check_id AND t.inst_key = g.inst_key AND t.care_setting = g.care_setting
    WHERE t.visits - COALESCE(e.visits, 0) >= :min_visits
),

kind_rate AS (                -- beside those of the other institutions of the kind and level
    SELECT
        r.check_id, r.inst_key, r.care_setting, r.visits, r.given,
        SUM(r.visits) OVER (PARTITION BY r.check_id, r.care_setting, i.inst_type, COALESCE(i.level, 0 - 1)) - r.visits AS other_visits,
        SUM(r.given) OVER (PARTITION BY r.check_id, r.care_setting, i.inst_type, COALESCE(i.level, 0 - 1)) - r.given AS other_given,
        COUNT(*) OVER (PARTITION BY r.check_id, r.care_setting, i.inst_type, COALESCE(i.level, 0 - 1)) - 1 AS others
    FROM rate AS r
    JOIN institution AS i ON r.inst_key = i.inst_key
),

usual_rate AS (               -- what is usual there (one more visit with the item, so that none is never certain), else the stated share
    SELECT
        k.check_id, k.inst_key, k.care_setting, k.visits, k.given,
        CASE WHEN k.others >= :min_peers THEN CAST(k.other_given + 1 AS DOUBLE) / (k.other_visits + 2)
             ELSE CAST(c.share_pct AS DOUBLE) / 100 END AS usual,
        CASE WHEN k.others >= :min_peers
             THEN GREATEST(CAST(k.other_given + 1 AS DOUBLE) / (k.other_visits + 2) * :min_ratio_pct / 100, CAST(:min_rate_pct AS DOUBLE) / 100)
             ELSE CAST(c.share_pct AS DOUBLE) / 100 END AS bar
    FROM kind_rate AS k
    JOIN listed_check AS c ON k.check_id = c.check_id
),

conspicuous AS (              -- those whose share lies above the bar, further than chance explains: its lower bound (Wilson) does
    SELECT check_id, inst_key, care_setting, visits, given, usual * visits AS expected
    FROM usual_rate
    WHERE bar < 1 AND given > bar * visits
      AND (given - bar * visits) * (given - bar * visits) >= visits * bar * (1 - bar) * :sigmas * :sigmas
),

suspect_line AS (
    SELECT
        l.check_id, l.fee_key, l.visit_key, l.inst_key, l.care_setting, l.item_key, l.gross_fen, l.inscp_fen, l.fund_fen,
        k.visits, k.given, k.expected,
        MIN(l.fee_key) OVER (PARTITION BY l.check_id, l.inst_key, l.care_setting, l.item_key) AS first_fee_key
    FROM given_line AS l
    JOIN conspicuous AS k ON l.check_id = k.check_id AND l.inst_key = k.inst_key AND l.care_setting = k.care_setting
)

SELECT
    CASE WHEN s.first_fee_key < 0 THEN s.first_fee_key + c.case_shift ELSE s.first_fee_key - c.case_shift END AS case_key,
    'suspect' AS role, s.visit_key AS visit_key, s.fee_key AS fee_key,
    CAST(FLOOR((CAST(s.gross_fen AS DOUBLE) * (s.given - s.expected) + 0.001) / s.given) AS BIGINT) AS gross_fen,
    CAST(FLOOR((CAST(s.inscp_fen AS DOUBLE) * (s.given - s.expected) + 0.001) / s.given) AS BIGINT) AS inscp_fen,
    CAST(FLOOR((CAST(s.fund_fen AS DOUBLE) * (s.given - s.expected) + 0.001) / s.given) AS BIGINT) AS fund_fen,
    FLOOR(CAST(s.given AS DOUBLE) * 100 / s.visits) AS measure, CEIL(CAST(s.expected * 100 - 0.001 AS DOUBLE) / s.visits) AS threshold,
    c.problem AS problem, 'lead' AS grade
FROM suspect_line AS s
JOIN listed_check AS c ON s.check_id = c.check_id
