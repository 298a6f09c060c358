-- Days on which the operation records of a visit show an operation, and how many separate ones by the clock: an operation that begins after
-- all earlier ones of the day have ended is another session. Several codes of one operation are one session.

WITH begun AS (               -- moments at which operations of a visit and day began, and the latest end
    SELECT visit_key, oprn_day, oprn_begin_min, MAX(oprn_end_min) AS oprn_end_min
    FROM operation
    WHERE oprn_day IS NOT NULL AND oprn_begin_min IS NOT NULL AND oprn_end_min IS NOT NULL
    GROUP BY visit_key, oprn_day, oprn_begin_min
),

ended AS (                    -- beside them the latest end until then
    SELECT *, MAX(oprn_end_min) OVER (PARTITION BY visit_key, oprn_day ORDER BY oprn_begin_min) AS latest_end_min
    FROM begun
),

followed AS (                 -- and the latest end before them
    SELECT *, LAG(latest_end_min) OVER (PARTITION BY visit_key, oprn_day ORDER BY oprn_begin_min) AS ended_before_min
    FROM ended
),

timed AS (                    -- sessions of each day with a clock
    SELECT visit_key, oprn_day, SUM(CASE WHEN oprn_begin_min >= ended_before_min THEN 1 ELSE 0 END) + 1 AS sessions
    FROM followed
    GROUP BY visit_key, oprn_day
),

recorded AS (                 -- every day with a record
    SELECT visit_key, oprn_day
    FROM operation
    WHERE oprn_day IS NOT NULL
    GROUP BY visit_key, oprn_day
)

SELECT
    r.visit_key, r.oprn_day, COALESCE(t.sessions, 1) AS sessions,
    COUNT(*) OVER (PARTITION BY r.visit_key) AS operation_days
FROM recorded AS r
LEFT JOIN timed AS t ON r.visit_key = t.visit_key AND r.oprn_day = t.oprn_day
