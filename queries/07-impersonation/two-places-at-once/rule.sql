-- Evidence of two-places-at-once: one person settles at institutions of two counties within minutes.
-- If any two settlements in different counties are close, two neighbours in time are closer, so only neighbours are compared.

WITH timed AS (           -- outpatient and pharmacy settlements that the fund paid, with a clock time; midnight is a date without one
    SELECT
        s.setl_key, s.visit_key, s.psn_key, s.inst_key, s.setl_day, s.setl_min, s.gross_fen, s.inscp_fen, s.fund_fen,
        SUBSTR(i.admdvs, 1, 6) AS county, SUBSTR(i.admdvs, 1, 4) AS city
    FROM settlement AS s
    JOIN visit AS v ON s.visit_key = v.visit_key
    JOIN institution AS i ON s.inst_key = i.inst_key
    WHERE s.psn_key IS NOT NULL AND s.fund_fen > 0 AND i.admdvs IS NOT NULL
      AND s.setl_day IS NOT NULL AND s.setl_min IS NOT NULL AND s.setl_min > s.setl_day * 1440
      AND v.insured = 1 AND v.care_setting IN ('outpatient', 'pharmacy')
      AND SUBSTR(v.med_type, 1, 2) <> '14' AND v.med_type <> '9929'
),

minute_queue AS (         -- persons per institution and minute
    SELECT inst_key, setl_day, setl_min, COUNT(DISTINCT psn_key) AS persons
    FROM timed
    GROUP BY inst_key, setl_day, setl_min
),

day_queue AS (            -- persons per institution and day
    SELECT inst_key, setl_day, COUNT(DISTINCT psn_key) AS persons
    FROM timed
    GROUP BY inst_key, setl_day
),

batch AS (                -- minutes in which an institution uploaded a good part of its day
    SELECT m.inst_key, m.setl_min
    FROM minute_queue AS m
    JOIN day_queue AS d ON m.inst_key = d.inst_key AND m.setl_day = d.setl_day
    WHERE m.persons >= :batch_persons AND m.persons * 100 >= d.persons * :batch_pct
),

present AS (              -- settlements whose minute is the person's, beside the one before
    SELECT
        t.setl_key, t.visit_key, t.psn_key, t.setl_min, t.county, t.city, t.gross_fen, t.inscp_fen, t.fund_fen,
        LAG(t.setl_key) OVER (PARTITION BY t.psn_key ORDER BY t.setl_min, t.setl_key) AS before_key,
        LAG(t.visit_key) OVER (PARTITION BY t.psn_key ORDER BY t.setl_min, t.setl_key) AS before_visit_key,
        LAG(t.setl_min) OVER (PARTITION BY t.psn_key ORDER BY t.setl_min, t.setl_key) AS before_min,
        LAG(t.county) OVER (PARTITION BY t.psn_key ORDER BY t.setl_min, t.setl_key) AS before_county,
        LAG(t.city) OVER (PARTITION BY t.psn_key ORDER BY t.setl_min, t.setl_key) AS before_city,
        LAG(t.fund_fen) OVER (PARTITION BY t.psn_key ORDER BY t.setl_min, t.setl_key) AS before_fund_fen
    FROM timed AS t
    ANTI JOIN batch AS b ON t.inst_key = b.inst_key AND t.setl_min = b.setl_min
),

jump AS (                 -- neighbours in time in two counties, with the limit that holds between them
    SELECT
        setl_key, visit_key, before_key, before_visit_key, fund_fen, before_fund_fen,
        setl_min - before_min AS minutes_apart,
        CASE WHEN city = before_city THEN :county_minutes ELSE :city_minutes END AS limit_minutes
    FROM present
    WHERE before_key IS NOT NULL AND county <> before_county
),

judged AS (               -- of two too close, the one that cost the fund less is the suspect
    SELECT
        CASE WHEN before_fund_fen < fund_fen THEN before_key ELSE setl_key END AS suspect_setl_key,
        CASE WHEN before_fund_fen < fund_fen THEN before_visit_key ELSE visit_key END AS suspect_visit_key,
        CASE WHEN before_fund_fen < fund_fen THEN visit_key ELSE before_visit_key END AS basis_visit_key,
        minutes_apart, limit_minutes
    FROM jump
    WHERE minutes_apart <= limit_minutes
),

ranked AS (               -- one row per suspect visit, the closest jump first: a visit may jump twice, its money counts once
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY suspect_visit_key ORDER BY minutes_apart, suspect_setl_key, basis_visit_key) AS choice
    FROM judged
)

SELECT
    r.suspect_visit_key AS case_key, 'suspect' AS role, r.suspect_visit_key AS visit_key,
    p.gross_fen AS gross_fen, p.inscp_fen AS inscp_fen, p.fund_fen AS fund_fen,
    r.minutes_apart AS measure, r.limit_minutes AS threshold
FROM ranked AS r
JOIN present AS p ON r.suspect_setl_key = p.setl_key
WHERE r.choice = 1
UNION ALL
SELECT
    suspect_visit_key AS case_key, 'basis' AS role, basis_visit_key AS visit_key,
    CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
    minutes_apart AS measure, limit_minutes AS threshold
FROM ranked
WHERE choice = 1
