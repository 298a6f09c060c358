-- Evidence of bed-overload: an institution has more persons in bed than its approved beds allow, for days.
-- Persons in bed are a running sum of admissions less discharges, so stays need not be spread out to days.

WITH stay AS (            -- stays that take a bed for a night, self-paid ones too; an unknown person lies in a bed as well
    SELECT visit_key, inst_key, insured, adm_day, dscg_day, gross_fen, inscp_fen, fund_fen
    FROM visit
    WHERE care_setting = 'inpatient' AND dscg_day > adm_day
      AND planned_cycle = 0 AND day_surgery = 0 AND birth = 0
),

bed_change AS (           -- one more from the admission day on, one fewer from the discharge day on
    SELECT inst_key, adm_day AS day, 1 AS change
    FROM stay
    UNION ALL
    SELECT inst_key, dscg_day AS day, -1 AS change
    FROM stay
),

day_change AS (           -- one row per institution and day on which anybody came or went
    SELECT inst_key, day, SUM(change) AS change
    FROM bed_change
    GROUP BY inst_key, day
),

census AS (               -- persons in bed from that day until the next one
    SELECT
        inst_key, day,
        SUM(change) OVER (PARTITION BY inst_key ORDER BY day) AS in_bed,
        LEAD(day) OVER (PARTITION BY inst_key ORDER BY day) - day AS days
    FROM day_change
),

crowded AS (              -- times above the limit
    SELECT c.inst_key, c.day, c.in_bed, c.days, i.beds
    FROM census AS c
    JOIN institution AS i ON c.inst_key = i.inst_key
    WHERE i.beds > 0 AND c.days IS NOT NULL
      AND c.in_bed * 100 > i.beds * :max_load_pct
),

overloaded AS (           -- institutions with enough such days
    SELECT inst_key, SUM(days) AS crowded_days
    FROM crowded
    GROUP BY inst_key
    HAVING SUM(days) >= :min_days
),

ranked AS (               -- their crowded times, the fullest and then the first one in front
    SELECT
        c.inst_key, c.day, c.in_bed, c.beds,
        ROW_NUMBER() OVER (PARTITION BY c.inst_key ORDER BY 0 - c.in_bed, c.day) AS place
    FROM crowded AS c
    SEMI JOIN overloaded AS o ON c.inst_key = o.inst_key
),

fullest AS (              -- the fullest night of each
    SELECT inst_key, day, in_bed, beds
    FROM ranked
    WHERE place = 1
),

lying AS (                -- everybody in bed that night
    SELECT
        s.visit_key, s.inst_key, s.insured, s.gross_fen, s.inscp_fen, s.fund_fen, f.in_bed, f.beds,
        s.dscg_day - s.adm_day AS nights
    FROM stay AS s
    JOIN fullest AS f ON s.inst_key = f.inst_key
    WHERE s.adm_day <= f.day AND s.dscg_day > f.day
),

named AS (                -- the finding is named after the first insured stay of that night; without one no fund money is at risk
    SELECT inst_key, MIN(visit_key) AS case_key
    FROM lying
    WHERE insured = 1
    GROUP BY inst_key
)

SELECT
    n.case_key AS case_key,
    CASE WHEN l.insured = 1 THEN 'suspect' ELSE 'basis' END AS role,
    l.visit_key AS visit_key,
    -- one night of the stay, and of it the share of the persons beyond the beds
    CASE WHEN l.insured = 1 THEN CAST(FLOOR(CAST(l.gross_fen AS DOUBLE) * (l.in_bed - l.beds) / (l.nights * l.in_bed)) AS BIGINT) ELSE 0 END AS gross_fen,
    CASE WHEN l.insured = 1 THEN CAST(FLOOR(CAST(l.inscp_fen AS DOUBLE) * (l.in_bed - l.beds) / (l.nights * l.in_bed)) AS BIGINT) ELSE 0 END AS inscp_fen,
    CASE WHEN l.insured = 1 THEN CAST(FLOOR(CAST(l.fund_fen AS DOUBLE) * (l.in_bed - l.beds) / (l.nights * l.in_bed)) AS BIGINT) ELSE 0 END AS fund_fen,
    FLOOR(CAST(l.in_bed AS DOUBLE) * 100 / l.beds) AS measure, :max_load_pct AS threshold
FROM lying AS l
JOIN named AS n ON l.inst_key = n.inst_key
