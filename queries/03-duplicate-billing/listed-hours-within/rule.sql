-- Evidence of listed-hours-within: more time charged for an item than there was: than the records of anaesthesia or operation say, than the
-- stay lasted, or than the items that give the time (such as bed days of intensive care) stand for. Each item is compared by itself: several
-- machines may run at once. Times are in ten-thousandths of a minute, as quantities are in ten-thousandths. A started unit counts whole.
-- The half beside a product changes no result: it keeps exact quotients whole where an engine multiplies by 1 / c instead of dividing by c.

WITH time_line AS (           -- charged lines of the checks of this shape, with the time they charge for
    SELECT
        l.check_id, l.fee_key, l.visit_key, l.item_key, l.fee_day, l.posted_late, l.pric_e6, l.gross_fen, l.inscp_fen, l.fund_fen,
        l.care_setting, l.adm_day, l.dscg_day, l.adm_min, l.dscg_min, l.birth, l.still_in,
        c.time_from, c.unit_minutes, c.base_minutes, l.cnt_e4 * c.unit_minutes AS line_min_e4
    FROM listed_line AS l
    JOIN listed_check AS c ON l.check_id = c.check_id
    WHERE l.shape = 'hours-within' AND l.side = 'a' AND l.gross_fen > 0 AND c.unit_minutes > 0
),

giving_line AS (              -- lines of the items that give the time, given for nothing or not
    SELECT l.check_id, l.visit_key, l.cnt_e4 * c.b_unit_minutes AS given_min_e4
    FROM listed_line AS l
    JOIN listed_check AS c ON l.check_id = c.check_id
    WHERE l.shape = 'hours-within' AND l.side = 'b' AND c.time_from = 'items'
),

given_time AS (               -- their time in each visit
    SELECT check_id, visit_key, SUM(given_min_e4) AS given_min_e4
    FROM giving_line
    GROUP BY check_id, visit_key
),

explained_visit AS (          -- visits with an item that explains it
    SELECT check_id, visit_key
    FROM listed_line
    WHERE shape = 'hours-within' AND side = 'unless'
),

recorded_day AS (             -- days of operations: from the first begin to the last end; unknown where a record of the day has no times
    SELECT
        visit_key, oprn_day,
        CASE WHEN COUNT(*) = COUNT(anst_begin_min) AND COUNT(*) = COUNT(anst_end_min) THEN MAX(anst_end_min) - MIN(anst_begin_min) END AS anaesthesia_min,
        CASE WHEN COUNT(*) = COUNT(oprn_begin_min) AND COUNT(*) = COUNT(oprn_end_min) THEN MAX(oprn_end_min) - MIN(oprn_begin_min) END AS operation_min
    FROM operation
    WHERE oprn_day IS NOT NULL
    GROUP BY visit_key, oprn_day
),

line_operation AS (           -- the operation that a line belongs to: the latest one until its day, or the only one of the visit
    SELECT l.check_id, l.fee_key, MAX(o.oprn_day) AS oprn_day
    FROM time_line AS l
    JOIN operation_session AS o ON l.visit_key = o.visit_key
    WHERE l.time_from IN ('anaesthesia', 'operation')
      AND ((l.posted_late = 0 AND o.oprn_day <= l.fee_day AND l.fee_day - o.oprn_day <= :posting_days)
        OR (l.posted_late = 1 AND o.operation_days = 1))
    GROUP BY l.check_id, l.fee_key
),

known_time AS (               -- lines of which is known how long it can have been
    SELECT
        l.check_id, l.fee_key, l.visit_key, l.item_key, l.pric_e6, l.gross_fen, l.inscp_fen, l.fund_fen, l.line_min_e4, l.unit_minutes,
        o.oprn_day AS counted_day,
        CAST(CASE WHEN l.time_from = 'anaesthesia' THEN r.anaesthesia_min ELSE r.operation_min END - l.base_minutes AS BIGINT) * 10000 AS had_min_e4
    FROM time_line AS l
    JOIN line_operation AS o ON l.check_id = o.check_id AND l.fee_key = o.fee_key
    JOIN recorded_day AS r ON l.visit_key = r.visit_key AND o.oprn_day = r.oprn_day
    UNION ALL
    -- the whole stay, by the minute where both are known; a birth may carry two persons' charges
    SELECT
        check_id, fee_key, visit_key, item_key, pric_e6, gross_fen, inscp_fen, fund_fen, line_min_e4, unit_minutes,
        0 AS counted_day,
        (CASE WHEN adm_min IS NOT NULL AND dscg_min IS NOT NULL THEN dscg_min - adm_min
              ELSE CAST(dscg_day - adm_day + 1 AS BIGINT) * 1440 END * (1 + birth) - base_minutes) * 10000 AS had_min_e4
    FROM time_line
    WHERE time_from = 'stay' AND care_setting = 'inpatient' AND still_in = 0
    UNION ALL
    SELECT
        l.check_id, l.fee_key, l.visit_key, l.item_key, l.pric_e6, l.gross_fen, l.inscp_fen, l.fund_fen, l.line_min_e4, l.unit_minutes,
        0 AS counted_day, g.given_min_e4 - CAST(l.base_minutes AS BIGINT) * 10000 AS had_min_e4
    FROM time_line AS l
    JOIN given_time AS g ON l.check_id = g.check_id AND l.visit_key = g.visit_key
    WHERE l.time_from = 'items'
),

judged_time AS (              -- beside the most that could be charged: slack, and whole units
    SELECT
        k.*,
        CAST(CEIL((CAST(GREATEST(k.had_min_e4 + CAST(:slack_minutes AS BIGINT) * 10000, 0) AS DOUBLE) - 0.5) / (k.unit_minutes * 10000)) AS BIGINT)
            * k.unit_minutes * 10000 AS allowed_min_e4
    FROM known_time AS k
    ANTI JOIN explained_visit AS e ON k.check_id = e.check_id AND k.visit_key = e.visit_key
    WHERE k.had_min_e4 IS NOT NULL
),

running AS (                  -- the lines from the dearest on, with the time reached and the time in all
    SELECT
        *,
        SUM(line_min_e4) OVER (PARTITION BY check_id, visit_key, item_key, counted_day) AS total_min_e4,
        SUM(line_min_e4) OVER (PARTITION BY check_id, visit_key, item_key, counted_day ORDER BY 0 - pric_e6, fee_key) AS reached_min_e4
    FROM judged_time
),

excess AS (                   -- the part of each line above what could be charged
    SELECT *, GREATEST(LEAST(reached_min_e4 - allowed_min_e4, line_min_e4), 0) AS excess_min_e4
    FROM running
    WHERE total_min_e4 > allowed_min_e4
),

finding AS (                  -- one per check, visit and item, with its longest time
    SELECT
        check_id, visit_key, item_key, MIN(fee_key) AS first_fee_key, MAX(total_min_e4) AS total_min_e4, MIN(allowed_min_e4) AS allowed_min_e4
    FROM excess
    GROUP BY check_id, visit_key, item_key
)

SELECT
    CASE WHEN g.first_fee_key < 0 THEN g.first_fee_key + c.case_shift ELSE g.first_fee_key - c.case_shift END AS case_key,
    CASE WHEN x.excess_min_e4 > 0 THEN 'suspect' ELSE 'basis' END AS role, x.visit_key AS visit_key, x.fee_key AS fee_key,
    CAST(FLOOR((CAST(x.gross_fen AS DOUBLE) * x.excess_min_e4 + 0.5) / x.line_min_e4) AS BIGINT) AS gross_fen,
    CAST(FLOOR((CAST(x.inscp_fen AS DOUBLE) * x.excess_min_e4 + 0.5) / x.line_min_e4) AS BIGINT) AS inscp_fen,
    CAST(FLOOR((CAST(x.fund_fen AS DOUBLE) * x.excess_min_e4 + 0.5) / x.line_min_e4) AS BIGINT) AS fund_fen,
    FLOOR((CAST(g.total_min_e4 AS DOUBLE) + 0.5) / 6000) * 0.01 AS measure,
    FLOOR((CAST(g.allowed_min_e4 AS DOUBLE) + 0.5) / 6000) * 0.01 AS threshold,
    c.problem AS problem, c.finding_grade AS grade
FROM excess AS x
JOIN finding AS g ON x.check_id = g.check_id AND x.visit_key = g.visit_key AND x.item_key = g.item_key
JOIN listed_check AS c ON x.check_id = c.check_id
