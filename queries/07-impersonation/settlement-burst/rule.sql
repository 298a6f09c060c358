-- Evidence of settlement-burst: far more persons settle within one window of the day than an institution's history and counters explain.
-- The usual number is the median of the same window on the institution's other days, raised when the other institutions are busier
-- that day as well. As in mass-admission, 4·(√n − √usual)² ÷ dispersion is compared with the limit, written without roots.
-- Only what the whole day has more than usual counts: claims uploaded together in the evening move within the day, they do not add to it.

WITH timed AS (           -- outpatient and pharmacy settlements of the day of the visit with a clock time; midnight is a date without one
    SELECT
        s.visit_key, s.psn_key, s.inst_key, s.setl_day, s.gross_fen, s.inscp_fen, s.fund_fen,
        CAST(FLOOR(CAST(s.setl_min - CAST(s.setl_day AS BIGINT) * 1440 AS DOUBLE) / :window_minutes) AS BIGINT) AS slot
    FROM settlement AS s
    JOIN visit AS v ON s.visit_key = v.visit_key
    WHERE s.psn_key IS NOT NULL AND s.fund_fen > 0 AND s.setl_day IS NOT NULL AND s.setl_min IS NOT NULL
      AND s.setl_min > CAST(s.setl_day AS BIGINT) * 1440
      AND v.insured = 1 AND v.care_setting IN ('outpatient', 'pharmacy') AND v.adm_day = s.setl_day
      AND SUBSTR(v.med_type, 1, 2) <> '14' AND v.med_type <> '9929'
),

slot_count AS (           -- persons per institution, day and window
    SELECT inst_key, setl_day, slot, COUNT(DISTINCT psn_key) AS persons
    FROM timed
    GROUP BY inst_key, setl_day, slot
),

day_count AS (            -- persons per institution and day, each window counted for itself
    SELECT inst_key, setl_day, SUM(persons) AS persons, MAX(persons) AS peak
    FROM slot_count
    GROUP BY inst_key, setl_day
),

day_usual AS (            -- an institution's usual day and the most its counters do on a usual day
    SELECT inst_key, MEDIAN(persons) AS usual_day, MEDIAN(peak) AS usual_peak, COUNT(*) AS days
    FROM day_count
    GROUP BY inst_key
),

area_day AS (             -- persons of all institutions per day
    SELECT setl_day, SUM(persons) AS persons, 1 AS same
    FROM day_count
    GROUP BY setl_day
),

area_usual AS (           -- and on a usual day
    SELECT same, MEDIAN(persons) AS usual_day
    FROM area_day
    GROUP BY same
),

busy_slot AS (            -- windows of the day in which an institution was ever busy enough to ask
    SELECT inst_key, slot
    FROM slot_count
    GROUP BY inst_key, slot
    HAVING MAX(persons) >= :min_persons
),

slot_day AS (             -- such a window on every day that the institution settled, empty ones too
    SELECT b.inst_key, b.slot, d.setl_day, COALESCE(c.persons, 0) AS persons
    FROM busy_slot AS b
    JOIN day_count AS d ON b.inst_key = d.inst_key
    LEFT JOIN slot_count AS c ON b.inst_key = c.inst_key AND b.slot = c.slot AND d.setl_day = c.setl_day
),

slot_usual AS (           -- the usual number in the window
    SELECT inst_key, slot, MEDIAN(persons) AS usual
    FROM slot_day
    GROUP BY inst_key, slot
),

slot_spread AS (          -- and how far the days are from it
    SELECT d.inst_key, d.slot, MEDIAN(ABS(d.persons - u.usual)) AS deviation
    FROM slot_day AS d
    JOIN slot_usual AS u ON d.inst_key = u.inst_key AND d.slot = u.slot
    GROUP BY d.inst_key, d.slot
),

compared AS (             -- busy windows of institutions with a history; one person is the least usual number
    SELECT
        c.inst_key, c.setl_day, c.slot, c.persons, y.persons AS day_persons, i.usual_day, i.usual_peak, s.deviation,
        GREATEST(u.usual, CAST(1 AS DOUBLE)) AS usual,
        GREATEST(CAST(1 AS DOUBLE), CAST(a.persons - y.persons AS DOUBLE) / GREATEST(t.usual_day - i.usual_day, CAST(1 AS DOUBLE))) AS rise
    FROM slot_count AS c
    JOIN slot_usual AS u ON c.inst_key = u.inst_key AND c.slot = u.slot
    JOIN slot_spread AS s ON c.inst_key = s.inst_key AND c.slot = s.slot
    JOIN day_count AS y ON c.inst_key = y.inst_key AND c.setl_day = y.setl_day
    JOIN day_usual AS i ON c.inst_key = i.inst_key
    JOIN area_day AS a ON c.setl_day = a.setl_day
    JOIN area_usual AS t ON a.same = t.same
    WHERE c.persons >= :min_persons AND i.days >= :min_days
),

expected AS (             -- dispersion: the robust variance over the mean, at least that of chance (1.4826² = 2.198)
    SELECT
        inst_key, setl_day, slot, persons, usual_peak,
        usual * rise AS expected, day_persons - usual_day * rise AS added_to_day,
        GREATEST(CAST(1 AS DOUBLE), 2.198 * deviation * deviation / CAST(usual AS DOUBLE)) AS dispersion
    FROM compared
),

excess AS (               -- windows with more than expected, and s as in mass-admission
    SELECT
        inst_key, setl_day, slot, persons, usual_peak, expected, added_to_day,
        persons + expected - :min_evidence * dispersion / CAST(4 AS DOUBLE) AS s
    FROM expected
    WHERE persons > expected
),

burst AS (                -- beyond chance, added to the day, and at night or more than the counters usually do
    SELECT inst_key, setl_day, slot, persons, expected, LEAST(persons - expected, added_to_day) AS beyond
    FROM excess
    WHERE s >= 0 AND s * s >= 4 * persons * expected
      AND added_to_day * 100 >= (persons - expected) * :min_added_pct
      AND (persons * 100 >= usual_peak * :min_peak_pct
           OR slot * :window_minutes >= 60 * :night_from_hour OR slot * :window_minutes < 60 * :night_until_hour)
),

settled AS (              -- what a visit settled within a window
    SELECT visit_key, inst_key, setl_day, slot, SUM(gross_fen) AS gross_fen, SUM(inscp_fen) AS inscp_fen, SUM(fund_fen) AS fund_fen
    FROM timed
    GROUP BY visit_key, inst_key, setl_day, slot
)

SELECT
    MIN(t.visit_key) OVER (PARTITION BY t.inst_key, t.setl_day, t.slot) AS case_key, 'suspect' AS role, t.visit_key AS visit_key,
    -- at risk is the share of the persons beyond the expected
    CAST(FLOOR(t.gross_fen * b.beyond / CAST(b.persons AS DOUBLE)) AS BIGINT) AS gross_fen,
    CAST(FLOOR(t.inscp_fen * b.beyond / CAST(b.persons AS DOUBLE)) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(t.fund_fen * b.beyond / CAST(b.persons AS DOUBLE)) AS BIGINT) AS fund_fen,
    CAST(b.persons AS DOUBLE) AS measure, CEIL(b.expected) AS threshold
FROM settled AS t
JOIN burst AS b ON t.inst_key = b.inst_key AND t.setl_day = b.setl_day AND t.slot = b.slot
