-- Evidence of low-need-stay: a short stay whose bill is tests, with hardly any treatment or medicine.

WITH stay AS (            -- insured short stays that ran their course; emergencies may be admitted to rule a danger out
    SELECT visit_key, gross_fen, inscp_fen, fund_fen
    FROM visit
    WHERE care_setting = 'inpatient' AND insured = 1
      AND still_in = 0 AND planned_cycle = 0 AND day_surgery = 0 AND birth = 0
      AND dscg_way IN ('home', 'unknown')
      AND med_type <> '24' AND med_type <> '210104'
      AND dscg_day - adm_day <= :max_nights
),

unoperated AS (           -- stays without an operation or procedure
    SELECT s.visit_key, s.gross_fen, s.inscp_fen, s.fund_fen
    FROM stay AS s
    ANTI JOIN operation AS o ON s.visit_key = o.visit_key
),

bill AS (                 -- what a visit was charged, by purpose; what is neither test nor keep counts as care, in favour of the stay
    SELECT
        visit_key,
        SUM(gross_fen) AS billed_fen,
        SUM(CASE WHEN charge_type IN ('03', '04') THEN gross_fen ELSE 0 END) AS test_fen,
        SUM(CASE WHEN charge_type IN ('01', '02', '03', '04', '07', '12', '13') THEN 0 ELSE gross_fen END) AS care_fen,
        SUM(CASE WHEN charge_type = '06' THEN 1 ELSE 0 END) AS operation_lines
    FROM fee
    WHERE care_setting = 'inpatient' AND gross_fen > 0
    GROUP BY visit_key
)

SELECT
    u.visit_key AS case_key, 'suspect' AS role, u.visit_key AS visit_key,
    u.gross_fen AS gross_fen, u.inscp_fen AS inscp_fen, u.fund_fen AS fund_fen,
    FLOOR(CAST(b.test_fen AS DOUBLE) * 100 / b.billed_fen) AS measure, :min_test_pct AS threshold
FROM unoperated AS u
JOIN bill AS b ON u.visit_key = b.visit_key
WHERE b.operation_lines = 0
  AND b.test_fen * 100 >= b.billed_fen * :min_test_pct
  AND b.care_fen * 100 <= b.billed_fen * :max_care_pct
