-- Evidence of fee-outside-stay: lines of a stay that are dated before its admission or after its discharge.
-- The lines of one stay are one finding.

WITH stay AS (            -- stays with both ends known whose charges lie inside them; an emergency room's charges come with the patient
    SELECT visit_key, adm_day, dscg_day
    FROM visit
    WHERE care_setting = 'inpatient' AND insured = 1
      AND still_in = 0 AND planned_cycle = 0 AND birth = 0
      AND med_type <> '24' AND med_type <> '210104'
),

insured_line AS (         -- lines within the fund's scope with their distance to the stay, at least one of the two is 0 or less
    SELECT
        f.fee_key, f.visit_key, f.gross_fen, f.inscp_fen, f.fund_fen,
        CASE WHEN f.charge_type IN ('03', '04') OR f.external_exam = 1 THEN 1 ELSE 0 END AS is_test,
        s.adm_day - f.fee_day AS days_before,
        f.fee_day - s.dscg_day AS days_after
    FROM fee AS f
    JOIN stay AS s ON f.visit_key = s.visit_key
    WHERE f.care_setting = 'inpatient' AND f.insured = 1 AND f.inscp_fen > 0
),

outside AS (              -- lines farther away than bookings explain
    SELECT
        fee_key, visit_key, gross_fen, inscp_fen, fund_fen,
        GREATEST(days_before, days_after) AS days_away
    FROM insured_line
    WHERE (days_before > :grace_days AND (is_test = 0 OR days_before > :pre_admission_days))
       OR (days_after > :grace_days AND (is_test = 0 OR days_after > :late_booking_days))
),

farthest AS (             -- one row per stay, which names the finding
    SELECT visit_key, MIN(fee_key) AS case_key, MAX(days_away) AS days_away
    FROM outside
    GROUP BY visit_key
)

SELECT
    t.case_key AS case_key, 'suspect' AS role, o.visit_key AS visit_key, o.fee_key AS fee_key,
    o.gross_fen AS gross_fen, o.inscp_fen AS inscp_fen, o.fund_fen AS fund_fen,
    t.days_away AS measure, :grace_days AS threshold
FROM outside AS o
JOIN farthest AS t ON o.visit_key = t.visit_key
UNION ALL
SELECT
    case_key, 'basis' AS role, visit_key, CAST(NULL AS BIGINT) AS fee_key,
    CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
    days_away AS measure, :grace_days AS threshold
FROM farthest
