-- Evidence of listed-more-than: more units of an item than a problem list allows per day, visit, operation or a person's days.
-- The units within the limit are the dearest ones, so that the excess is counted at the lowest price; the other lines are the basis.
-- The half beside a product changes no result: it keeps exact quotients whole where an engine multiplies by 1 / c instead of dividing by c.

WITH named_line AS (          -- charged lines of the items of the checks of this shape, on the days and in the settings of the check
    SELECT
        c.check_id, i.side, f.fee_key, f.visit_key, f.psn_key, f.inst_key, f.item_key, f.fee_day, f.cnt_e4, f.pric_e6,
        f.gross_fen, f.inscp_fen, f.fund_fen,
        CASE WHEN f.charge_type IN ('03', '04', '06') THEN 1 ELSE 0 END AS of_one_day,
        CASE WHEN o.check_id IS NOT NULL OR e.check_id IS NOT NULL THEN 1 ELSE 0 END AS in_department
    FROM fee AS f
    JOIN problem_item AS i ON f.item_key = i.item_key
    JOIN problem_check AS c ON i.check_id = c.check_id
    LEFT JOIN problem_setting AS s ON i.check_id = s.check_id AND f.care_setting = s.care_setting
    LEFT JOIN problem_department AS o ON i.check_id = o.check_id AND i.side = o.side AND f.dept_key = o.dept_key
    LEFT JOIN problem_department AS e ON i.check_id = e.check_id AND i.side = e.side AND f.exec_dept_key = e.dept_key
    WHERE c.shape = 'more-than' AND c.limit_e4 IS NOT NULL AND f.insured = 1 AND f.cnt_e4 > 0
      AND f.fee_day >= c.first_day AND f.fee_day <= c.last_day
      AND (c.by_setting = 0 OR s.check_id IS NOT NULL)
),

item_price AS (               -- usual unit price of each institution
    SELECT item_key, inst_key, MEDIAN(pric_e6) AS usual_e6
    FROM named_line
    WHERE side = 'a' AND pric_e6 > 0
    GROUP BY item_key, inst_key
),

other_price AS (              -- and that of the others
    SELECT p.item_key, p.inst_key, MEDIAN(o.usual_e6) AS usual_e6
    FROM item_price AS p
    JOIN item_price AS o ON p.item_key = o.item_key
    WHERE o.inst_key <> p.inst_key
    GROUP BY p.item_key, p.inst_key
    HAVING COUNT(*) >= :min_peers
),

other_unit AS (               -- institutions whose price is a fraction of the others': their unit is a smaller one
    SELECT p.item_key, p.inst_key
    FROM item_price AS p
    JOIN other_price AS o ON p.item_key = o.item_key AND p.inst_key = o.inst_key
    WHERE p.usual_e6 * 100 <= o.usual_e6 * :unit_price_pct
),

explained AS (                -- visits with an item that explains more, and its days
    SELECT check_id, visit_key, fee_day, 1 AS is_explained
    FROM named_line
    WHERE side = 'unless'
    GROUP BY check_id, visit_key, fee_day
),

judged_line AS (              -- lines of the item at the visits and departments that the check looks at
    SELECT
        n.check_id, n.fee_key, n.visit_key, n.psn_key, n.inst_key, n.item_key, n.fee_day, n.cnt_e4, n.pric_e6,
        n.gross_fen, n.inscp_fen, n.fund_fen, n.of_one_day, v.adm_day, v.dscg_day, v.birth,
        CASE WHEN v.care_setting = 'inpatient' AND v.dscg_day > v.adm_day AND n.fee_day >= v.dscg_day THEN 1 ELSE 0 END AS posted_late
    FROM named_line AS n
    JOIN problem_check AS c ON n.check_id = c.check_id
    JOIN visit AS v ON n.visit_key = v.visit_key
    LEFT JOIN problem_department AS d ON n.check_id = d.check_id AND n.side = d.side AND v.dept_key = d.dept_key
    LEFT JOIN listed_dx AS x ON n.check_id = x.check_id AND n.visit_key = x.visit_key
    WHERE n.side = 'a' AND n.gross_fen > 0
      AND (c.by_department = 0 OR n.in_department = 1 OR d.check_id IS NOT NULL)
      AND (c.sex IS NULL OR v.gend = c.sex)
      AND (c.by_dx_in = 0 OR x.has_in = 1)
      AND (c.by_dx_not_in = 0 OR (v.main_dx IS NOT NULL AND COALESCE(x.has_not_in, 0) = 0))
),

line_operation AS (           -- the operation that a line belongs to: the latest one until its day, or the only one of the visit
    SELECT l.check_id, l.fee_key, MAX(o.oprn_day) AS oprn_day, MAX(o.sessions) AS sessions
    FROM judged_line AS l
    JOIN operation_session AS o ON l.visit_key = o.visit_key
    WHERE (l.posted_late = 0 AND o.oprn_day <= l.fee_day AND l.fee_day - o.oprn_day <= :posting_days)
       OR (l.posted_late = 1 AND o.operation_days = 1)
    GROUP BY l.check_id, l.fee_key
),

limited_line AS (             -- beside the limit (a birth may carry two persons' charges), whom it is counted for, and the day it is counted on;
                              -- a visit is counted on day 0
    SELECT
        l.check_id, l.fee_key, l.visit_key, l.inst_key, l.fee_day, l.cnt_e4, l.pric_e6, l.gross_fen, l.inscp_fen, l.fund_fen,
        l.adm_day, l.dscg_day, l.posted_late, l.of_one_day, COALESCE(o.sessions, 1) AS sessions, c.per, c.period_days, c.limit_e4 * (1 + l.birth) AS limit_e4,
        CASE WHEN c.per = 'person-days' THEN l.psn_key ELSE l.visit_key END AS owner_key,
        CASE WHEN c.each_item = 1 THEN l.item_key ELSE 0 END AS counted_item,
        CASE WHEN c.per = 'visit' THEN 0
             WHEN c.per = 'operation' AND o.oprn_day IS NOT NULL THEN o.oprn_day
             WHEN c.per = 'operation' AND l.posted_late = 1 THEN NULL
             ELSE l.fee_day END AS counted_day
    FROM judged_line AS l
    JOIN listed_check AS c ON l.check_id = c.check_id
    LEFT JOIN line_operation AS o ON l.check_id = o.check_id AND l.fee_key = o.fee_key
    ANTI JOIN other_unit AS u ON l.item_key = u.item_key AND l.inst_key = u.inst_key
),

counted_line AS (             -- without those that an item of the day or visit explains, of an unknown operation or of an unknown person
    SELECT l.*
    FROM limited_line AS l
    LEFT JOIN explained AS d ON l.check_id = d.check_id AND l.visit_key = d.visit_key AND l.fee_day = d.fee_day
    WHERE d.is_explained IS NULL AND l.owner_key IS NOT NULL AND l.counted_day IS NOT NULL
),

explained_visit AS (          -- visits so explained, for what is not counted by the day
    SELECT check_id, visit_key FROM explained GROUP BY check_id, visit_key
),

unexplained_line AS (
    SELECT l.*
    FROM counted_line AS l
    WHERE l.per = 'day'
    UNION ALL
    SELECT l.*
    FROM counted_line AS l
    ANTI JOIN explained_visit AS e ON l.check_id = e.check_id AND l.visit_key = e.visit_key
    WHERE l.per <> 'day'
),

day_total AS (                -- units of each day, operation or visit, and of each day of a person at the institution
    SELECT
        check_id, per, owner_key, inst_key, counted_item, counted_day,
        SUM(cnt_e4) AS total_e4, MAX(sessions) AS sessions, MIN(adm_day) AS adm_day, MAX(dscg_day) AS dscg_day, MAX(posted_late) AS posted_late,
        MIN(of_one_day) AS of_one_day, MIN(limit_e4) AS limit_e4, MIN(period_days) AS period_days
    FROM unexplained_line
    GROUP BY check_id, per, owner_key, inst_key, counted_item, counted_day
),

neighboured AS (              -- beside the days before and after on which it was charged, or the ends of the visit, and what was charged before
    SELECT
        *,
        LAG(counted_day) OVER (PARTITION BY check_id, owner_key, inst_key, counted_item ORDER BY counted_day) AS before_day,
        LEAD(counted_day) OVER (PARTITION BY check_id, owner_key, inst_key, counted_item ORDER BY counted_day) AS after_day,
        SUM(total_e4) OVER (PARTITION BY check_id, owner_key, inst_key, counted_item ORDER BY counted_day) - total_e4 AS before_e4
    FROM day_total
),

allowed_unit AS (             -- a day and its free neighbours; on the day of discharge what is left of the stay. An examination, test or operation
                              -- (charge types 03, 04, 06) is of its day and stands for no other
    SELECT
        check_id, per, owner_key, inst_key, counted_item, counted_day, CAST(counted_day AS BIGINT) AS unit_no, total_e4,
        CASE WHEN per = 'visit' THEN limit_e4
             WHEN per = 'operation' THEN limit_e4 * sessions
             ELSE GREATEST(
                 limit_e4 * (1 + (1 - of_one_day) * (GREATEST(LEAST(counted_day - COALESCE(before_day, adm_day - 1) - 1, :spread_days), 0)
                                                      + GREATEST(LEAST(COALESCE(after_day, dscg_day + 1) - counted_day - 1, :spread_days), 0))),
                 CASE WHEN posted_late = 1 THEN limit_e4 * (dscg_day - adm_day + 1) - before_e4 ELSE 0 END) END AS allowed_e4
    FROM neighboured
    WHERE per <> 'person-days'
),

chain_start AS (              -- days of a person; a full period without the item ends a chain
    SELECT *, CAST(CASE WHEN counted_day - before_day < period_days THEN 0 ELSE 1 END AS BIGINT) AS starts
    FROM neighboured
    WHERE per = 'person-days' AND period_days > 0
),

chain_day AS (                -- numbered chains
    SELECT *, SUM(starts) OVER (PARTITION BY check_id, owner_key, inst_key, counted_item ORDER BY counted_day) AS chain_no
    FROM chain_start
),

chain_total AS (              -- beside the first day of the chain and the units until each day
    SELECT
        *,
        MIN(counted_day) OVER (PARTITION BY check_id, owner_key, inst_key, counted_item, chain_no) AS first_day,
        SUM(total_e4) OVER (PARTITION BY check_id, owner_key, inst_key, counted_item, chain_no ORDER BY counted_day) AS until_e4,
        SUM(total_e4) OVER (PARTITION BY check_id, owner_key, inst_key, counted_item, chain_no) AS chain_e4
    FROM chain_day
),

chain_excess AS (             -- each full period from the first day on allows the limit: the most that a chain was beyond that on any day
    SELECT
        check_id, owner_key, inst_key, counted_item, chain_no, MIN(chain_e4) AS chain_e4,
        MAX(until_e4 - limit_e4 * (CAST(FLOOR(CAST(counted_day - first_day AS DOUBLE) / period_days) AS BIGINT) + 1)) AS excess_e4
    FROM chain_total
    GROUP BY check_id, owner_key, inst_key, counted_item, chain_no
),

day_of_unit AS (              -- all units beyond their limit, with the days that they are made of
    SELECT check_id, owner_key, inst_key, counted_item, counted_day, unit_no, total_e4, allowed_e4
    FROM allowed_unit
    WHERE total_e4 > allowed_e4
    UNION ALL
    SELECT
        d.check_id, d.owner_key, d.inst_key, d.counted_item, d.counted_day, d.chain_no AS unit_no,
        x.chain_e4 AS total_e4, x.chain_e4 - x.excess_e4 AS allowed_e4
    FROM chain_day AS d
    JOIN chain_excess AS x
      ON d.check_id = x.check_id AND d.owner_key = x.owner_key AND d.inst_key = x.inst_key AND d.counted_item = x.counted_item
     AND d.chain_no = x.chain_no
    WHERE x.excess_e4 > 0
),

running AS (                  -- their lines from the dearest on, with the quantity reached
    SELECT
        l.check_id, l.owner_key, l.inst_key, l.counted_item, l.fee_key, l.visit_key, l.cnt_e4, l.gross_fen, l.inscp_fen, l.fund_fen,
        u.total_e4, u.allowed_e4,
        SUM(l.cnt_e4) OVER (
            PARTITION BY u.check_id, u.owner_key, u.inst_key, u.counted_item, u.unit_no
            ORDER BY 0 - l.pric_e6, l.fee_day, l.fee_key
        ) AS reached_e4
    FROM unexplained_line AS l
    JOIN day_of_unit AS u
      ON l.check_id = u.check_id AND l.owner_key = u.owner_key AND l.inst_key = u.inst_key AND l.counted_item = u.counted_item
     AND l.counted_day = u.counted_day
),

excess AS (                   -- the part of each line above the limit
    SELECT *, GREATEST(LEAST(reached_e4 - allowed_e4, cnt_e4), 0) AS excess_e4
    FROM running
),

finding AS (                  -- one per check, visit (or person and institution) and item, with its furthest unit
    SELECT
        check_id, owner_key, inst_key, counted_item, MIN(fee_key) AS first_fee_key,
        MAX(total_e4) AS total_e4, MIN(allowed_e4) AS allowed_e4
    FROM excess
    GROUP BY check_id, owner_key, inst_key, counted_item
)

SELECT
    CASE WHEN g.first_fee_key < 0 THEN g.first_fee_key + c.case_shift ELSE g.first_fee_key - c.case_shift END AS case_key,
    CASE WHEN x.excess_e4 > 0 THEN 'suspect' ELSE 'basis' END AS role, x.visit_key AS visit_key, x.fee_key AS fee_key,
    CAST(FLOOR((CAST(x.gross_fen AS DOUBLE) * x.excess_e4 + 0.5) / x.cnt_e4) AS BIGINT) AS gross_fen,
    CAST(FLOOR((CAST(x.inscp_fen AS DOUBLE) * x.excess_e4 + 0.5) / x.cnt_e4) AS BIGINT) AS inscp_fen,
    CAST(FLOOR((CAST(x.fund_fen AS DOUBLE) * x.excess_e4 + 0.5) / x.cnt_e4) AS BIGINT) AS fund_fen,
    CAST(g.total_e4 AS DOUBLE) / 10000 AS measure, CAST(g.allowed_e4 AS DOUBLE) / 10000 AS threshold,
    c.problem AS problem, c.finding_grade AS grade
FROM excess AS x
JOIN finding AS g
  ON x.check_id = g.check_id AND x.owner_key = g.owner_key AND x.inst_key = g.inst_key AND x.counted_item = g.counted_item
JOIN listed_check AS c ON x.check_id = c.check_id
