-- Evidence of operation-outside-stay: an operation is dated before the admission or after the discharge of its stay.

WITH stay AS (            -- insured stays with both ends known, in which an operation was done here and under this registration
    SELECT visit_key, adm_day, dscg_day
    FROM visit
    WHERE care_setting = 'inpatient' AND insured = 1
      AND still_in = 0 AND planned_cycle = 0 AND birth = 0 AND referral = 0
      AND med_type <> '24' AND med_type <> '210104'
),

dated AS (                -- operations with their distance to the stay; 0 or less inside it
    SELECT
        s.visit_key,
        GREATEST(s.adm_day - o.oprn_day, o.oprn_day - s.dscg_day) AS days_away
    FROM operation AS o
    JOIN stay AS s ON o.visit_key = s.visit_key
    WHERE o.oprn_day IS NOT NULL
),

outside AS (              -- one row per stay: its farthest operation that is no typing error
    SELECT visit_key, MAX(days_away) AS days_away
    FROM dated
    WHERE days_away > :grace_days AND days_away <= :max_days
    GROUP BY visit_key
),

operation_charge AS (     -- what these stays were charged for operations
    SELECT f.visit_key, SUM(f.gross_fen) AS gross_fen, SUM(f.inscp_fen) AS inscp_fen, SUM(f.fund_fen) AS fund_fen
    FROM fee AS f
    SEMI JOIN outside AS o ON f.visit_key = o.visit_key
    WHERE f.charge_type = '06'
    GROUP BY f.visit_key
)

SELECT
    o.visit_key AS case_key, 'suspect' AS role, o.visit_key AS visit_key,
    COALESCE(c.gross_fen, 0) AS gross_fen, COALESCE(c.inscp_fen, 0) AS inscp_fen, COALESCE(c.fund_fen, 0) AS fund_fen,
    o.days_away AS measure, :grace_days AS threshold
FROM outside AS o
LEFT JOIN operation_charge AS c ON o.visit_key = c.visit_key
