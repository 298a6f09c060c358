-- Evidence of visit-during-stay: the fund paid an outpatient contact or a pharmacy purchase of a person
-- on a day on which the same person lay in hospital. The contact is the suspect, the stay around it the basis.

WITH stay AS (            -- stays with a known end; an unknown person is nobody, not one person
    SELECT visit_key AS stay_key, psn_key, adm_day, dscg_day
    FROM visit
    WHERE care_setting = 'inpatient'
      AND psn_key IS NOT NULL
      AND planned_cycle = 0 AND day_surgery = 0 AND birth = 0 AND still_in = 0
),

contact AS (              -- outpatient contacts and purchases that the fund paid for; what only an account paid is the family's own
    SELECT visit_key, psn_key, adm_day AS contact_day, gross_fen, inscp_fen, fund_fen
    FROM visit
    WHERE care_setting IN ('outpatient', 'pharmacy')
      AND psn_key IS NOT NULL
      AND insured = 1 AND fund_fen > 0
      AND planned_cycle = 0 AND birth = 0 AND referral = 0
),

contact_in_stay AS (      -- contacts on interior days of a stay, with the distance to its nearer end
    SELECT
        c.visit_key AS visit_key, s.stay_key AS stay_key,
        LEAST(c.contact_day - s.adm_day, s.dscg_day - c.contact_day) AS days_inside
    FROM contact AS c
    JOIN stay AS s ON c.psn_key = s.psn_key
    WHERE c.contact_day >= s.adm_day + :min_days_inside
      AND c.contact_day <= s.dscg_day - :min_days_inside
),

deepest AS (              -- one row per contact, should it lie inside two stays
    SELECT visit_key, MAX(days_inside) AS days_inside
    FROM contact_in_stay
    GROUP BY visit_key
)

SELECT c.visit_key AS case_key, 'suspect' AS role, c.visit_key AS visit_key,
       c.gross_fen AS gross_fen, c.inscp_fen AS inscp_fen, c.fund_fen AS fund_fen,
       d.days_inside AS measure, :min_days_inside AS threshold
FROM contact AS c
JOIN deepest AS d ON c.visit_key = d.visit_key
UNION ALL
SELECT i.visit_key AS case_key, 'basis' AS role, i.stay_key AS visit_key,
       CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
       d.days_inside AS measure, :min_days_inside AS threshold
FROM contact_in_stay AS i
JOIN deepest AS d ON i.visit_key = d.visit_key
