-- Evidence of hours-over-day: more hours of an hourly item on one day than a day has.
-- Hours are kept in ten-thousandths of a minute, as quantities are in ten-thousandths. The visit itself is the basis.
-- The half beside a product changes no result: it keeps exact quotients whole where an engine multiplies by 1 / c instead of dividing by c.

WITH hourly_item AS (         -- one row per item and days on which it is known as one
    SELECT item_key, begin_day, end_day, MIN(minutes_per_unit) AS minutes_per_unit
    FROM k_hourly_item
    GROUP BY item_key, begin_day, end_day
),

care AS (                     -- visits of one person; deliveries may carry the newborn's charges
    SELECT visit_key, adm_day, dscg_day, CASE WHEN care_setting = 'inpatient' AND still_in = 0 THEN 1 ELSE 0 END AS discharged
    FROM visit
    WHERE birth = 0
),

hourly_line AS (              -- each line with the time it charges for
    SELECT
        f.fee_key, f.visit_key, f.item_key, f.fee_day, 0 - f.pric_e6 AS dearest_first, f.gross_fen, f.inscp_fen, f.fund_fen,
        c.adm_day, c.dscg_day, c.discharged,
        f.cnt_e4 * h.minutes_per_unit AS line_min_e4
    FROM fee AS f
    JOIN hourly_item AS h ON f.item_key = h.item_key
    JOIN care AS c ON f.visit_key = c.visit_key
    WHERE f.cnt_e4 > 0 AND h.minutes_per_unit > 0 AND f.gross_fen > 0
      AND f.fee_day >= h.begin_day AND f.fee_day <= h.end_day
),

item_day AS (                 -- the time charged per visit, item and day
    SELECT visit_key, item_key, fee_day, adm_day, dscg_day, discharged, SUM(line_min_e4) AS day_min_e4, MIN(fee_key) AS case_key
    FROM hourly_line
    GROUP BY visit_key, item_key, fee_day, adm_day, dscg_day, discharged
),

item_days AS (                -- beside it the day booked before, and all time booked earlier in the visit
    SELECT
        *,
        LAG(fee_day) OVER (PARTITION BY visit_key, item_key ORDER BY fee_day) AS before_day,
        SUM(day_min_e4) OVER (PARTITION BY visit_key, item_key ORDER BY fee_day) - day_min_e4 AS before_min_e4
    FROM item_day
),

held AS (                     -- the days a booking can stand for: itself and unbooked days just before it; from the discharge day on, what is left of the stay
    SELECT
        *,
        CAST(:max_hours AS BIGINT) * 60 * 10000 AS one_day_min_e4,
        LEAST(fee_day - COALESCE(before_day, adm_day - 1), 1 + :arrears_days) AS booked_days,
        CASE WHEN discharged = 1 AND fee_day >= dscg_day THEN dscg_day - adm_day + 1 ELSE 0 END AS stay_days
    FROM item_days
),

limited AS (                  -- the time these days hold, never less than one day
    SELECT
        visit_key, item_key, fee_day, day_min_e4, case_key,
        GREATEST(one_day_min_e4, booked_days * one_day_min_e4, stay_days * one_day_min_e4 - before_min_e4) AS limit_min_e4
    FROM held
),

running AS (                  -- the lines of the days that are over, from the dearest on, with the time reached
    SELECT
        l.fee_key, l.visit_key, l.line_min_e4, l.gross_fen, l.inscp_fen, l.fund_fen, d.day_min_e4, d.limit_min_e4, d.case_key,
        SUM(l.line_min_e4) OVER (PARTITION BY d.case_key ORDER BY l.dearest_first, l.fee_key) AS reached_min_e4
    FROM hourly_line AS l JOIN limited AS d
      ON l.visit_key = d.visit_key AND l.item_key = d.item_key AND l.fee_day = d.fee_day
    WHERE d.day_min_e4 > d.limit_min_e4
),

excess AS (                   -- the part of each line above the limit
    SELECT *, LEAST(reached_min_e4 - limit_min_e4, line_min_e4) AS excess_min_e4
    FROM running
    WHERE reached_min_e4 > limit_min_e4
)

SELECT
    case_key, 'suspect' AS role, visit_key, fee_key,
    CAST(FLOOR((CAST(gross_fen AS DOUBLE) * excess_min_e4 + 0.5) / line_min_e4) AS BIGINT) AS gross_fen,
    CAST(FLOOR((CAST(inscp_fen AS DOUBLE) * excess_min_e4 + 0.5) / line_min_e4) AS BIGINT) AS inscp_fen,
    CAST(FLOOR((CAST(fund_fen AS DOUBLE) * excess_min_e4 + 0.5) / line_min_e4) AS BIGINT) AS fund_fen,
    FLOOR((CAST(day_min_e4 AS DOUBLE) + 0.5) / 6000) * 0.01 AS measure,
    FLOOR((CAST(limit_min_e4 AS DOUBLE) + 0.5) / 6000) * 0.01 AS threshold
FROM excess
UNION ALL
SELECT
    case_key, 'basis' AS role, visit_key, CAST(NULL AS BIGINT) AS fee_key,
    0 AS gross_fen, 0 AS inscp_fen, 0 AS fund_fen,
    FLOOR((CAST(MIN(day_min_e4) AS DOUBLE) + 0.5) / 6000) * 0.01 AS measure,
    FLOOR((CAST(MIN(limit_min_e4) AS DOUBLE) + 0.5) / 6000) * 0.01 AS threshold
FROM excess
GROUP BY case_key, visit_key
