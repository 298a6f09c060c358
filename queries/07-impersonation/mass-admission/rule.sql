-- Evidence of mass-admission: far more of the old are admitted on one day than an institution's own history explains.
-- The usual number is the median of the same weekday, raised when the other institutions admit more that day as well.
-- Square roots of counts vary alike whatever the mean, so 4·(√n − √usual)² ÷ dispersion is compared with the limit;
-- it is written without roots: with s = n + usual − limit·dispersion ÷ 4, the roots are far enough apart when s² ≥ 4·n·usual.

WITH admitted_person AS ( -- insured stays that nobody planned in advance or sent there, with the birth day that either table has
    SELECT
        v.visit_key, v.inst_key, v.adm_day, v.gross_fen, v.inscp_fen, v.fund_fen, v.age_years,
        COALESCE(v.birth_day, p.birth_day) AS birth_day
    FROM visit AS v
    LEFT JOIN person AS p ON v.psn_key = p.psn_key
    WHERE v.care_setting = 'inpatient' AND v.insured = 1
      AND v.planned_cycle = 0 AND v.day_surgery = 0 AND v.birth = 0 AND v.referral = 0
),

stay AS (                 -- those of the old; without an age on the visit it is counted from the birth day, a year being 365.25 days
    SELECT visit_key, inst_key, adm_day, gross_fen, inscp_fen, fund_fen
    FROM admitted_person
    WHERE COALESCE(CAST(age_years AS BIGINT), CAST(FLOOR(CAST(adm_day - birth_day AS DOUBLE) * 100 / 36525) AS BIGINT)) >= :min_age
),

admission AS (            -- admissions per institution and day
    SELECT inst_key, adm_day, COUNT(*) AS admitted
    FROM stay
    GROUP BY inst_key, adm_day
),

candidate AS (            -- institutions with a day that is worth asking about
    SELECT inst_key, 1 AS same
    FROM admission
    GROUP BY inst_key
    HAVING MAX(admitted) >= :min_admissions
),

working_time AS (         -- from when to when an institution is in the export
    SELECT inst_key, MIN(adm_day) AS first_day, MAX(adm_day) AS last_day
    FROM visit
    GROUP BY inst_key
),

open_day AS (             -- days of the export
    SELECT adm_day
    FROM visit
    GROUP BY adm_day
),

area_admission AS (       -- admissions of all institutions per day
    SELECT adm_day, SUM(admitted) AS admitted
    FROM admission
    GROUP BY adm_day
),

calendar AS (             -- every day with its weekday and the admissions of all institutions
    SELECT
        d.adm_day AS adm_day, 1 AS same,
        d.adm_day - 7 * CAST(FLOOR(CAST(d.adm_day AS DOUBLE) / 7) AS BIGINT) AS weekday, COALESCE(a.admitted, 0) AS admitted
    FROM open_day AS d
    LEFT JOIN area_admission AS a ON d.adm_day = a.adm_day
),

area_usual AS (           -- usual number of all institutions per weekday
    SELECT weekday, MEDIAN(admitted) AS usual
    FROM calendar
    GROUP BY weekday
),

inst_day AS (             -- every day of a candidate's history after its opening, days without admissions too
    SELECT c.inst_key, d.adm_day, d.weekday, d.admitted AS area_admitted, COALESCE(a.admitted, 0) AS admitted
    FROM candidate AS c
    JOIN calendar AS d ON c.same = d.same
    JOIN working_time AS w ON c.inst_key = w.inst_key
    LEFT JOIN admission AS a ON c.inst_key = a.inst_key AND d.adm_day = a.adm_day
    WHERE d.adm_day >= w.first_day + :opening_days AND d.adm_day <= w.last_day
),

weekday_usual AS (        -- the usual number per institution and weekday
    SELECT inst_key, weekday, MEDIAN(admitted) AS usual, COUNT(*) AS weeks
    FROM inst_day
    GROUP BY inst_key, weekday
),

weekday_spread AS (       -- and how far the days are from it
    SELECT i.inst_key, i.weekday, MEDIAN(ABS(i.admitted - u.usual)) AS deviation
    FROM inst_day AS i
    JOIN weekday_usual AS u ON i.inst_key = u.inst_key AND i.weekday = u.weekday
    GROUP BY i.inst_key, i.weekday
),

compared AS (             -- busy days; one admission is the least usual number, and a rise counts when the others rise
    SELECT
        i.inst_key, i.adm_day, i.admitted, s.deviation,
        GREATEST(u.usual, CAST(1 AS DOUBLE)) AS usual,
        GREATEST(CAST(1 AS DOUBLE), CAST(i.area_admitted - i.admitted AS DOUBLE) / GREATEST(a.usual - u.usual, CAST(1 AS DOUBLE))) AS rise
    FROM inst_day AS i
    JOIN weekday_usual AS u ON i.inst_key = u.inst_key AND i.weekday = u.weekday
    JOIN weekday_spread AS s ON i.inst_key = s.inst_key AND i.weekday = s.weekday
    JOIN area_usual AS a ON i.weekday = a.weekday
    WHERE i.admitted >= :min_admissions AND u.weeks >= :min_weeks
),

expected AS (             -- dispersion: the robust variance over the mean, at least that of chance (1.4826² = 2.198)
    SELECT
        inst_key, adm_day, admitted, usual * rise AS expected,
        GREATEST(CAST(1 AS DOUBLE), 2.198 * deviation * deviation / CAST(usual AS DOUBLE)) AS dispersion
    FROM compared
),

crowd AS (                -- days beyond, with s as above
    SELECT inst_key, adm_day, admitted, expected
    FROM expected
    WHERE admitted > expected
      AND admitted + expected - :min_evidence * dispersion / CAST(4 AS DOUBLE) >= 0
      AND (admitted + expected - :min_evidence * dispersion / CAST(4 AS DOUBLE))
          * (admitted + expected - :min_evidence * dispersion / CAST(4 AS DOUBLE)) >= 4 * admitted * expected
)

SELECT
    MIN(s.visit_key) OVER (PARTITION BY s.inst_key, s.adm_day) AS case_key, 'suspect' AS role, s.visit_key AS visit_key,
    -- at risk is the share of the admissions beyond the expected
    CAST(FLOOR(s.gross_fen * (c.admitted - c.expected) / CAST(c.admitted AS DOUBLE)) AS BIGINT) AS gross_fen,
    CAST(FLOOR(s.inscp_fen * (c.admitted - c.expected) / CAST(c.admitted AS DOUBLE)) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(s.fund_fen * (c.admitted - c.expected) / CAST(c.admitted AS DOUBLE)) AS BIGINT) AS fund_fen,
    CAST(c.admitted AS DOUBLE) AS measure, CEIL(c.expected) AS threshold
FROM stay AS s
JOIN crowd AS c ON s.inst_key = c.inst_key AND s.adm_day = c.adm_day
