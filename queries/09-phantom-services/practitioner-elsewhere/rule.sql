-- Evidence of practitioner-elsewhere: a practitioner orders for outpatients at two institutions within minutes, on several days.
-- Lines are brought down to moments (practitioner, institution, minute) first; of moments only neighbours in time are compared.

WITH moment AS (          -- one row per practitioner, institution and minute; bookings of many patients together tell no time
    SELECT dr_key, inst_key, fee_day, fee_min
    FROM fee
    WHERE dr_key IS NOT NULL AND fee_min IS NOT NULL AND fee_min > fee_day * 1440
      AND insured = 1 AND care_setting = 'outpatient' AND inscp_fen > 0
    GROUP BY dr_key, inst_key, fee_day, fee_min
    HAVING COUNT(DISTINCT visit_key) < :batch_visits
),

neighbour AS (            -- with the moments before and after
    SELECT
        dr_key, inst_key, fee_day, fee_min,
        LAG(inst_key) OVER (PARTITION BY dr_key ORDER BY fee_min, inst_key, fee_day) AS before_inst_key,
        LAG(fee_min) OVER (PARTITION BY dr_key ORDER BY fee_min, inst_key, fee_day) AS before_min,
        LEAD(inst_key) OVER (PARTITION BY dr_key ORDER BY fee_min, inst_key, fee_day) AS after_inst_key,
        LEAD(fee_min) OVER (PARTITION BY dr_key ORDER BY fee_min, inst_key, fee_day) AS after_min
    FROM moment
),

near_moment AS (          -- moments that come too soon after one elsewhere (suspect), or that one elsewhere follows too soon (basis)
    SELECT
        dr_key, inst_key, fee_day, fee_min,
        CASE WHEN before_inst_key <> inst_key AND fee_min - before_min <= :max_minutes THEN 1 ELSE 0 END AS jumped,
        CASE WHEN after_inst_key <> inst_key AND after_min - fee_min <= :max_minutes THEN 1 ELSE 0 END AS left_behind
    FROM neighbour
),

elsewhere AS (            -- practitioners with enough such days
    SELECT dr_key, COUNT(DISTINCT fee_day) AS days
    FROM near_moment
    WHERE jumped = 1
    GROUP BY dr_key
    HAVING COUNT(DISTINCT fee_day) >= :min_days
),

shown AS (                -- their moments that are evidence
    SELECT m.dr_key, m.inst_key, m.fee_min, m.jumped, e.days
    FROM near_moment AS m
    JOIN elsewhere AS e ON m.dr_key = e.dr_key
    WHERE m.jumped = 1 OR m.left_behind = 1
),

evidence_line AS (        -- the lines of these moments
    SELECT
        f.dr_key, f.visit_key, f.fee_key, f.gross_fen, f.inscp_fen, f.fund_fen, s.jumped, s.days
    FROM fee AS f
    JOIN shown AS s ON f.dr_key = s.dr_key AND f.inst_key = s.inst_key AND f.fee_min = s.fee_min
    WHERE f.insured = 1 AND f.care_setting = 'outpatient' AND f.inscp_fen > 0
),

named AS (                -- a practitioner's finding is named after the first suspect line
    SELECT dr_key, MIN(fee_key) AS case_key
    FROM evidence_line
    WHERE jumped = 1
    GROUP BY dr_key
)

SELECT
    n.case_key AS case_key,
    CASE WHEN l.jumped = 1 THEN 'suspect' ELSE 'basis' END AS role,
    l.visit_key AS visit_key, l.fee_key AS fee_key,
    CASE WHEN l.jumped = 1 THEN l.gross_fen ELSE 0 END AS gross_fen,
    CASE WHEN l.jumped = 1 THEN l.inscp_fen ELSE 0 END AS inscp_fen,
    CASE WHEN l.jumped = 1 THEN l.fund_fen ELSE 0 END AS fund_fen,
    l.days AS measure, :min_days AS threshold
FROM evidence_line AS l
JOIN named AS n ON l.dr_key = n.dr_key
