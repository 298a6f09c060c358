-- Evidence of course-limited: days on which a drug was paid beyond the days of one course at one institution.
-- Days of use are counted, not doses: what was booked together counts as one day, in favour of the hospital.

WITH item_course AS (         -- one row per item and days: the longest course of its knowledge points
    SELECT item_key, begin_day, end_day, MAX(max_days) AS max_days
    FROM k_course_limit
    GROUP BY item_key, begin_day, end_day
),

drug_line AS (                -- drugs in scope with a limited course; an unknown person is known within a visit only
    SELECT
        f.fee_key, f.visit_key, f.inst_key, f.item_key, f.fee_day, f.gross_fen, f.inscp_fen, f.fund_fen, c.max_days,
        COALESCE(f.psn_key, 0) AS person_part,
        CASE WHEN f.psn_key IS NULL THEN f.visit_key ELSE 0 END AS visit_part
    FROM fee AS f
    JOIN item_course AS c ON f.item_key = c.item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.item_kind IN ('western', 'patent', 'herbal')
      AND f.fee_day >= c.begin_day AND f.fee_day <= c.end_day
),

used_day AS (                 -- one row per day on which the person was given the drug
    SELECT person_part, visit_part, inst_key, item_key, fee_day, MIN(max_days) AS max_days, MIN(fee_key) AS first_fee_key
    FROM drug_line
    GROUP BY person_part, visit_part, inst_key, item_key, fee_day
),

spaced_day AS (               -- beside the day before
    SELECT
        *,
        LAG(fee_day) OVER (PARTITION BY person_part, visit_part, inst_key, item_key ORDER BY fee_day) AS before_day
    FROM used_day
),

started_day AS (              -- a longer pause begins a new course
    SELECT *, CAST(CASE WHEN fee_day - before_day <= :new_course_days THEN 0 ELSE 1 END AS BIGINT) AS starts
    FROM spaced_day
),

course_day AS (               -- numbered courses
    SELECT
        *,
        SUM(starts) OVER (PARTITION BY person_part, visit_part, inst_key, item_key ORDER BY fee_day) AS course_no
    FROM started_day
),

numbered_day AS (             -- numbered days of each course
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY person_part, visit_part, inst_key, item_key, course_no ORDER BY fee_day) AS day_no,
        COUNT(*) OVER (PARTITION BY person_part, visit_part, inst_key, item_key, course_no) AS course_days,
        MIN(first_fee_key) OVER (PARTITION BY person_part, visit_part, inst_key, item_key, course_no) AS case_key
    FROM course_day
),

late_day AS (                 -- days beyond the course
    SELECT person_part, visit_part, inst_key, item_key, fee_day, case_key, course_days
    FROM numbered_day
    WHERE day_no > max_days
)

SELECT
    d.case_key AS case_key, 'suspect' AS role, l.visit_key AS visit_key, l.fee_key AS fee_key,
    l.gross_fen AS gross_fen, l.inscp_fen AS inscp_fen, l.fund_fen AS fund_fen,
    CAST(d.course_days AS DOUBLE) AS measure,
    CAST(l.max_days AS DOUBLE) AS threshold
FROM drug_line AS l
JOIN late_day AS d
  ON l.person_part = d.person_part AND l.visit_part = d.visit_part AND l.inst_key = d.inst_key
 AND l.item_key = d.item_key AND l.fee_day = d.fee_day
