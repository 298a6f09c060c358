-- Evidence of claim-after-death: the fund paid a visit that began after the person's registered death.
-- A stay that began in life and was closed late is not looked at: only the day a visit began counts.

WITH dead AS (            -- persons with a registered death
    SELECT psn_key, death_day
    FROM person
    WHERE death_day IS NOT NULL
),

hospital_death AS (       -- the last death that a hospital itself recorded for a person: a register that says earlier may be wrong
    SELECT psn_key, MAX(dscg_day) AS hospital_death_day
    FROM visit
    WHERE psn_key IS NOT NULL AND dscg_way = 'death'
    GROUP BY psn_key
),

paid_visit AS (           -- visits that the fund paid; a newborn may be billed under a mother who died
    SELECT visit_key, psn_key, adm_day, gross_fen, inscp_fen, fund_fen
    FROM visit
    WHERE psn_key IS NOT NULL AND insured = 1 AND fund_fen > 0 AND birth = 0
),

late_visit AS (           -- visits beside the registered death and the hospital's, if there is one
    SELECT
        v.visit_key, v.gross_fen, v.inscp_fen, v.fund_fen, v.adm_day, v.adm_day - d.death_day AS days_after,
        COALESCE(h.hospital_death_day, d.death_day) AS hospital_death_day
    FROM paid_visit AS v
    JOIN dead AS d ON v.psn_key = d.psn_key
    LEFT JOIN hospital_death AS h ON v.psn_key = h.psn_key
)

SELECT
    visit_key AS case_key, 'suspect' AS role, visit_key, gross_fen, inscp_fen, fund_fen,
    days_after AS measure, :grace_days AS threshold
FROM late_visit
WHERE days_after > :grace_days AND adm_day > hospital_death_day
