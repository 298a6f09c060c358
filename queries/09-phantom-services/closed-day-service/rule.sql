-- Evidence of closed-day-service: a department's outpatient services on a weekday on which it is closed as a rule.
-- A weekday is a day less its whole weeks: 0 is a Thursday, as 1970-01-01 was. Openings are taken from the department's own lines.

WITH ordinary_visit AS (      -- outpatient visits other than emergencies
    SELECT visit_key
    FROM visit
    WHERE care_setting = 'outpatient' AND SUBSTR(med_type, 1, 2) <> '13'
),

clinic_line AS (              -- their services, paid by whomever
    SELECT
        f.fee_key, f.visit_key, f.dept_key, f.fee_day, f.insured, f.gross_fen, f.inscp_fen, f.fund_fen,
        f.fee_day - 7 * CAST(FLOOR(CAST(f.fee_day AS DOUBLE) / 7) AS BIGINT) AS weekday
    FROM fee AS f
    SEMI JOIN ordinary_visit AS v ON f.visit_key = v.visit_key
    WHERE f.care_setting = 'outpatient' AND f.item_kind = 'service' AND f.dept_key IS NOT NULL
),

open_day AS (                 -- one row per department and day on which it served anybody
    SELECT dept_key, fee_day, weekday, COUNT(DISTINCT visit_key) AS visits
    FROM clinic_line
    GROUP BY dept_key, fee_day, weekday
),

lifetime AS (                 -- from each department's first to its last day in the data
    SELECT dept_key, MIN(fee_day) AS first_day, MAX(fee_day) AS last_day
    FROM open_day
    GROUP BY dept_key
),

any_weekday AS (
    SELECT weekday FROM open_day GROUP BY weekday
),

opened AS (                   -- on how many dates of a weekday a department was open
    SELECT dept_key, weekday, COUNT(*) AS open_dates
    FROM open_day
    GROUP BY dept_key, weekday
),

lifetime_weekday AS (         -- each department and weekday, with how many dates of it the department lived through
    SELECT
        l.dept_key AS dept_key, l.first_day AS first_day, l.last_day AS last_day, w.weekday AS weekday,
        CAST(FLOOR(CAST(l.last_day - w.weekday AS DOUBLE) / 7) AS BIGINT)
            - CAST(FLOOR(CAST(l.first_day - 1 - w.weekday AS DOUBLE) / 7) AS BIGINT) AS dates
    FROM lifetime AS l
    CROSS JOIN any_weekday AS w
),

rhythm AS (
    SELECT
        l.dept_key AS dept_key, l.first_day AS first_day, l.last_day AS last_day, l.weekday AS weekday, l.dates AS dates,
        COALESCE(o.open_dates, 0) AS open_dates
    FROM lifetime_weekday AS l
    LEFT JOIN opened AS o ON l.dept_key = o.dept_key AND l.weekday = o.weekday
    WHERE l.dates >= :min_weeks
),

regular AS (                  -- departments with clinic days
    SELECT dept_key
    FROM rhythm
    WHERE open_dates * 100 >= dates * :min_regular_pct
    GROUP BY dept_key
),

closed AS (                   -- the weekdays on which they are closed as a rule
    SELECT r.dept_key, r.weekday, r.first_day, r.last_day
    FROM rhythm AS r
    SEMI JOIN regular AS g ON r.dept_key = g.dept_key
    WHERE r.open_dates * 100 <= r.dates * :max_open_pct
),

opening AS (                  -- closed days with services all the same
    SELECT d.dept_key, d.fee_day, d.weekday, d.visits
    FROM open_day AS d
    SEMI JOIN closed AS c ON d.dept_key = c.dept_key AND d.weekday = c.weekday
),

opening_day AS (              -- how many departments opened on such a day
    SELECT fee_day, weekday, COUNT(*) AS opened_departments
    FROM opening
    GROUP BY fee_day, weekday
),

peer AS (                     -- the departments that are closed on that weekday and lived through the day
    SELECT o.fee_day AS fee_day, o.opened_departments AS opened_departments, c.dept_key AS dept_key
    FROM opening_day AS o
    JOIN closed AS c ON o.weekday = c.weekday
    WHERE c.first_day <= o.fee_day AND c.last_day >= o.fee_day
),

peer_day AS (
    SELECT fee_day, MIN(opened_departments) AS opened_departments, COUNT(*) AS closed_departments
    FROM peer
    GROUP BY fee_day
),

makeup_day AS (               -- days on which many of the others opened too: a working day moved to a weekend
    SELECT fee_day
    FROM peer_day
    WHERE opened_departments > 1 AND (opened_departments - 1) * 100 >= (closed_departments - 1) * :makeup_pct
),

weekly_opening AS (          -- a week before and after such days: who opens week by week has a session there for a time
    SELECT dept_key, fee_day + 7 AS fee_day FROM opening
    UNION ALL
    SELECT dept_key, fee_day - 7 AS fee_day FROM opening
),

suspect_day AS (
    SELECT o.dept_key, o.fee_day, o.visits
    FROM opening AS o
    ANTI JOIN makeup_day AS m ON o.fee_day = m.fee_day
    ANTI JOIN weekly_opening AS w ON o.dept_key = w.dept_key AND o.fee_day = w.fee_day
    WHERE o.visits >= :min_visits
),

suspect_line AS (             -- what the fund paid for on that day
    SELECT l.dept_key, l.fee_day, l.fee_key, l.visit_key, l.gross_fen, l.inscp_fen, l.fund_fen, s.visits
    FROM clinic_line AS l
    JOIN suspect_day AS s ON l.dept_key = s.dept_key AND l.fee_day = s.fee_day
    WHERE l.insured = 1 AND l.inscp_fen > 0
),

named AS (                    -- one finding per department and day, named after its first line
    SELECT dept_key, fee_day, MIN(fee_key) AS case_key
    FROM suspect_line
    GROUP BY dept_key, fee_day
)

SELECT
    n.case_key AS case_key, 'suspect' AS role, l.visit_key AS visit_key, l.fee_key AS fee_key,
    l.gross_fen AS gross_fen, l.inscp_fen AS inscp_fen, l.fund_fen AS fund_fen,
    l.visits AS measure, :min_visits AS threshold
FROM suspect_line AS l
JOIN named AS n ON l.dept_key = n.dept_key AND l.fee_day = n.fee_day
