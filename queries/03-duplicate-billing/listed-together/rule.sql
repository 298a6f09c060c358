-- Evidence of listed-together: items that a problem list says are not charged beside others, charged beside them in the window of the check.
-- The lines of side b are the suspects, one main line of each is the basis. Two that exclude each other: the lesser of both sums is at risk.
-- The half beside a product changes no result: it keeps exact quotients whole where an engine multiplies by 1 / c instead of dividing by c.

WITH check_line AS (          -- lines of the checks of this shape
    SELECT check_id, side, fee_key, visit_key, item_key, fee_day, fee_min, gross_fen, inscp_fen, fund_fen, posted_late
    FROM listed_line
    WHERE shape = 'together'
),

line_operation AS (           -- the operation that a line belongs to: the latest one until its day, or the only one of the visit
    SELECT l.check_id, l.side, l.fee_key, MAX(o.oprn_day) AS oprn_day, MAX(o.sessions) AS sessions
    FROM check_line AS l
    JOIN operation_session AS o ON l.visit_key = o.visit_key
    WHERE (l.posted_late = 0 AND o.oprn_day <= l.fee_day AND l.fee_day - o.oprn_day <= :posting_days)
       OR (l.posted_late = 1 AND o.operation_days = 1)
    GROUP BY l.check_id, l.side, l.fee_key
),

dated_line AS (               -- each line with the day of its session; none where it was posted late
    SELECT
        l.check_id, l.side, l.fee_key, l.visit_key, l.item_key, l.fee_day, l.fee_min, l.gross_fen, l.inscp_fen, l.fund_fen, l.posted_late,
        CASE WHEN o.oprn_day IS NOT NULL THEN o.oprn_day WHEN l.posted_late = 0 THEN l.fee_day END AS session_day,
        COALESCE(o.sessions, 1) AS sessions
    FROM check_line AS l
    LEFT JOIN line_operation AS o ON l.check_id = o.check_id AND l.side = o.side AND l.fee_key = o.fee_key
),

main_item AS (
    SELECT check_id, item_key FROM problem_item WHERE side = 'a'
),

main_line AS (                -- charged lines of side a; one given for nothing leaves the other as the only charge
    SELECT check_id, fee_key, visit_key, fee_day, fee_min, gross_fen, posted_late, session_day
    FROM dated_line
    WHERE side = 'a' AND gross_fen > 0
),

beside_line AS (              -- charged lines of side b; an item of both sides is a main one
    SELECT
        l.check_id, l.fee_key, l.visit_key, l.item_key, l.fee_day, l.fee_min, l.gross_fen, l.inscp_fen, l.fund_fen, l.posted_late,
        l.session_day, l.sessions, c.time_window, c.window_minutes, c.indicator
    FROM dated_line AS l
    JOIN listed_check AS c ON l.check_id = c.check_id
    ANTI JOIN main_item AS m ON l.check_id = m.check_id AND l.item_key = m.item_key
    WHERE l.side = 'b' AND l.gross_fen > 0
),

paired AS (                   -- lines of both sides within a window, one branch per kind of window
    SELECT b.check_id, b.fee_key, b.visit_key, m.fee_key AS main_fee_key
    FROM beside_line AS b
    JOIN main_line AS m ON b.check_id = m.check_id AND b.visit_key = m.visit_key AND b.fee_day = m.fee_day
    WHERE b.time_window = 'day' AND b.posted_late = 0
    UNION ALL
    SELECT b.check_id, b.fee_key, b.visit_key, m.fee_key AS main_fee_key
    FROM beside_line AS b
    JOIN main_line AS m ON b.check_id = m.check_id AND b.visit_key = m.visit_key AND b.session_day = m.session_day
    WHERE b.time_window = 'operation'
    UNION ALL
    SELECT b.check_id, b.fee_key, b.visit_key, m.fee_key AS main_fee_key
    FROM beside_line AS b
    JOIN main_line AS m ON b.check_id = m.check_id AND b.visit_key = m.visit_key
    WHERE b.time_window = 'hours' AND b.posted_late = 0 AND m.posted_late = 0
      AND b.fee_min - m.fee_min < b.window_minutes AND m.fee_min - b.fee_min < b.window_minutes
    UNION ALL
    SELECT b.check_id, b.fee_key, b.visit_key, m.fee_key AS main_fee_key
    FROM beside_line AS b
    JOIN main_line AS m ON b.check_id = m.check_id AND b.visit_key = m.visit_key
    WHERE b.time_window = 'visit'
      AND (b.indicator = 'never' OR b.posted_late = 1 OR m.posted_late = 1 OR b.session_day = m.session_day)
),

compared_pair AS (            -- beside the hours between both, where they are of one day and the day is known
    SELECT
        p.check_id, p.fee_key, p.main_fee_key, m.gross_fen AS main_gross_fen, b.indicator, b.time_window, b.sessions,
        CASE WHEN m.fee_day = b.fee_day AND b.posted_late = 0 THEN ABS(m.fee_min - b.fee_min) END AS minutes_apart
    FROM paired AS p
    JOIN beside_line AS b ON p.check_id = b.check_id AND p.fee_key = b.fee_key
    JOIN main_line AS m ON p.check_id = m.check_id AND p.main_fee_key = m.fee_key
),

one_session AS (              -- without those that the record shows to be of another session: hours apart, or two operations on the day
    SELECT check_id, fee_key, main_fee_key, main_gross_fen
    FROM compared_pair
    WHERE indicator = 'never' OR time_window = 'hours'
       OR (sessions = 1 AND COALESCE(minutes_apart, 0) < :session_hours * 60)
),

excused AS (                  -- lines of side b in whose window an item stands that explains them
    SELECT b.check_id, b.fee_key
    FROM beside_line AS b
    JOIN dated_line AS u ON b.check_id = u.check_id AND b.visit_key = u.visit_key
    WHERE u.side = 'unless' AND (b.time_window = 'visit' OR b.fee_day = u.fee_day OR b.session_day = u.session_day)
    GROUP BY b.check_id, b.fee_key
),

covered AS (                  -- one row per line of side b and main line of it; sums are compared per day, session or visit
    SELECT
        p.check_id, p.fee_key, p.main_fee_key, p.main_gross_fen, b.visit_key, b.item_key, b.gross_fen, b.inscp_fen, b.fund_fen,
        CASE WHEN b.time_window = 'visit' THEN 0 WHEN b.time_window = 'operation' THEN b.session_day ELSE b.fee_day END AS compared_day
    FROM one_session AS p
    JOIN beside_line AS b ON p.check_id = b.check_id AND p.fee_key = b.fee_key
    ANTI JOIN excused AS e ON p.check_id = e.check_id AND p.fee_key = e.fee_key
),

main_once AS (                -- each main line once
    SELECT check_id, visit_key, compared_day, main_fee_key, MIN(main_gross_fen) AS main_gross_fen
    FROM covered
    GROUP BY check_id, visit_key, compared_day, main_fee_key
),

mains_total AS (              -- what the main lines cost together
    SELECT check_id, visit_key, compared_day, SUM(main_gross_fen) AS mains_fen
    FROM main_once
    GROUP BY check_id, visit_key, compared_day
),

covered_once AS (             -- one row per line of side b, with the first of its main lines to show, and at most what its main lines cost
    SELECT
        check_id, visit_key, compared_day, item_key, fee_key, MIN(main_fee_key) AS main_fee_key,
        MIN(gross_fen) AS gross_fen, MIN(inscp_fen) AS inscp_fen, MIN(fund_fen) AS fund_fen,
        LEAST(SUM(main_gross_fen), MIN(gross_fen)) AS line_risk_fen
    FROM covered
    GROUP BY check_id, visit_key, compared_day, item_key, fee_key
),

compared AS (                 -- beside what the lines of side b would come to together
    SELECT
        o.check_id, o.visit_key, o.item_key, o.fee_key, o.main_fee_key, o.gross_fen, o.inscp_fen, o.fund_fen, o.line_risk_fen, t.mains_fen,
        SUM(o.line_risk_fen) OVER (PARTITION BY o.check_id, o.visit_key, o.compared_day) AS beside_fen
    FROM covered_once AS o
    JOIN mains_total AS t ON o.check_id = t.check_id AND o.visit_key = t.visit_key AND o.compared_day = t.compared_day
),

at_risk AS (                  -- the lesser of both sums, shared out among the lines of side b
    SELECT
        *,
        CASE WHEN beside_fen <= mains_fen THEN line_risk_fen
             ELSE CAST(FLOOR((CAST(line_risk_fen AS DOUBLE) * mains_fen + 0.5) / beside_fen) AS BIGINT) END AS risk_fen
    FROM compared
),

item_of_visit AS (            -- one finding per check, visit and item of side b
    SELECT check_id, visit_key, item_key, MIN(fee_key) AS first_fee_key, COUNT(*) AS beside_lines
    FROM at_risk
    GROUP BY check_id, visit_key, item_key
),

finding AS (                  -- the lines of each finding
    SELECT
        CASE WHEN i.first_fee_key < 0 THEN i.first_fee_key + c.case_shift ELSE i.first_fee_key - c.case_shift END AS case_key,
        r.visit_key, r.fee_key, r.main_fee_key, r.gross_fen, r.inscp_fen, r.fund_fen, r.risk_fen, i.beside_lines, c.problem, c.finding_grade
    FROM at_risk AS r
    JOIN item_of_visit AS i ON r.check_id = i.check_id AND r.visit_key = i.visit_key AND r.item_key = i.item_key
    JOIN listed_check AS c ON r.check_id = c.check_id
)

SELECT
    case_key, 'suspect' AS role, visit_key, fee_key,
    risk_fen AS gross_fen,
    CAST(FLOOR((CAST(inscp_fen AS DOUBLE) * risk_fen + 0.5) / gross_fen) AS BIGINT) AS inscp_fen,
    CAST(FLOOR((CAST(fund_fen AS DOUBLE) * risk_fen + 0.5) / gross_fen) AS BIGINT) AS fund_fen,
    beside_lines AS measure, CAST(NULL AS DOUBLE) AS threshold, problem, finding_grade AS grade
FROM finding
UNION ALL
SELECT
    case_key, 'basis' AS role, visit_key, main_fee_key AS fee_key,
    0 AS gross_fen, 0 AS inscp_fen, 0 AS fund_fen,
    MIN(beside_lines) AS measure, CAST(NULL AS DOUBLE) AS threshold, problem, finding_grade AS grade
FROM finding
GROUP BY case_key, visit_key, main_fee_key, problem, finding_grade
