-- Evidence of far-apart-same-day: outpatient contacts of one person in two cities on one day, on several days.
-- One finding per person. Each day the city that cost the fund most is the basis: of things that exclude each other the lesser is at risk.

WITH contact AS (         -- outpatient contacts that need the patient; special-disease medicine is often fetched by relatives
    SELECT
        v.visit_key, v.psn_key, v.adm_day, v.gross_fen, v.inscp_fen, v.fund_fen, SUBSTR(i.admdvs, 1, 4) AS city
    FROM visit AS v
    JOIN institution AS i ON v.inst_key = i.inst_key
    WHERE v.care_setting = 'outpatient' AND v.psn_key IS NOT NULL
      AND v.insured = 1 AND v.fund_fen > 0
      AND v.referral = 0 AND v.planned_cycle = 0 AND v.birth = 0
      AND SUBSTR(v.med_type, 1, 2) <> '14'
      AND i.admdvs IS NOT NULL AND LENGTH(i.admdvs) >= 4
),

city_day AS (             -- one row per person, day and city, with the negative of its cost, so that the dearest sorts first
    SELECT psn_key, adm_day, city, SUM(0 - fund_fen) AS dearest_first
    FROM contact
    GROUP BY psn_key, adm_day, city
),

ranked_city AS (          -- with the number of cities of the day
    SELECT
        psn_key, adm_day, city,
        ROW_NUMBER() OVER (PARTITION BY psn_key, adm_day ORDER BY dearest_first, city) AS place,
        COUNT(*) OVER (PARTITION BY psn_key, adm_day) AS cities
    FROM city_day
),

traveller AS (            -- persons with enough days in two cities
    SELECT psn_key, COUNT(DISTINCT adm_day) AS far_days
    FROM ranked_city
    WHERE cities >= 2
    GROUP BY psn_key
    HAVING COUNT(DISTINCT adm_day) >= :min_days
),

far_contact AS (          -- their contacts on those days
    SELECT
        c.visit_key, c.psn_key, c.gross_fen, c.inscp_fen, c.fund_fen, t.far_days,
        CASE WHEN r.place = 1 THEN 'basis' ELSE 'suspect' END AS role
    FROM contact AS c
    JOIN ranked_city AS r ON c.psn_key = r.psn_key AND c.adm_day = r.adm_day AND c.city = r.city
    JOIN traveller AS t ON c.psn_key = t.psn_key
    WHERE r.cities >= 2
),

named AS (                -- a person's finding is named after the first of its suspects
    SELECT psn_key, MIN(visit_key) AS case_key
    FROM far_contact
    WHERE role = 'suspect'
    GROUP BY psn_key
)

SELECT
    n.case_key AS case_key, f.role AS role, f.visit_key AS visit_key,
    CASE WHEN f.role = 'suspect' THEN f.gross_fen ELSE 0 END AS gross_fen,
    CASE WHEN f.role = 'suspect' THEN f.inscp_fen ELSE 0 END AS inscp_fen,
    CASE WHEN f.role = 'suspect' THEN f.fund_fen ELSE 0 END AS fund_fen,
    f.far_days AS measure, :min_days AS threshold
FROM far_contact AS f
JOIN named AS n ON f.psn_key = n.psn_key
