-- Evidence of over-course: a service used after the days of its course, counted from the course's first day.

WITH item_course AS (         -- one row per item and days on which its knowledge points hold: their longest course
    SELECT item_key, begin_day, end_day, MAX(max_days) AS max_days
    FROM k_course_limit
    WHERE max_days > 0
    GROUP BY item_key, begin_day, end_day
),

service_line AS (             -- services in scope with a limited course; an unknown person is known within a visit only
    SELECT
        f.fee_key, f.visit_key, f.inst_key, f.item_key, f.fee_day, f.gross_fen, f.inscp_fen, f.fund_fen, c.max_days,
        COALESCE(f.psn_key, 0) AS person_part,
        CASE WHEN f.psn_key IS NULL THEN f.visit_key ELSE 0 END AS visit_part
    FROM fee AS f
    JOIN item_course AS c ON f.item_key = c.item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.item_kind = 'service'
      AND f.fee_day >= c.begin_day AND f.fee_day <= c.end_day
),

spaced_line AS (              -- beside the line before
    SELECT
        *,
        LAG(fee_day) OVER (PARTITION BY person_part, visit_part, inst_key, item_key ORDER BY fee_day, fee_key) AS before_day
    FROM service_line
),

started_line AS (             -- a longer pause begins a new course
    SELECT *, CAST(CASE WHEN fee_day - before_day <= :new_course_days THEN 0 ELSE 1 END AS BIGINT) AS starts
    FROM spaced_line
),

course_line AS (              -- numbered courses
    SELECT
        *,
        SUM(starts) OVER (PARTITION BY person_part, visit_part, inst_key, item_key ORDER BY fee_day, fee_key) AS course_no
    FROM started_line
),

dated_line AS (               -- with the first and last day of the course
    SELECT
        *,
        MIN(fee_day) OVER (PARTITION BY person_part, visit_part, inst_key, item_key, course_no) AS first_day,
        MAX(fee_day) OVER (PARTITION BY person_part, visit_part, inst_key, item_key, course_no) AS last_day,
        MIN(fee_key) OVER (PARTITION BY person_part, visit_part, inst_key, item_key, course_no) AS case_key
    FROM course_line
)

SELECT
    case_key, 'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
    CAST(last_day - first_day + 1 AS DOUBLE) AS measure,
    CAST(max_days AS DOUBLE) AS threshold
FROM dated_line
WHERE fee_day - first_day + 1 > max_days
