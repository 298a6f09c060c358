-- Canonical diagnoses of a unit bucket; those of visits that were taken back are gone with them.

WITH unit_visit AS (        -- the visit of a unit, for exports whose diagnoses carry no visit number
    SELECT unit_key, MIN(visit_key) AS visit_key, MIN(psn_key) AS psn_key FROM visit_part GROUP BY unit_key
)

SELECT COALESCE(d.visit_key, u.visit_key) AS visit_key, u.psn_key, d.dx_code, SUBSTR(d.dx_code, 1, 3) AS dx3,
       MIN(d.dx_name) AS dx_name, MAX(COALESCE(d.is_main, 0)) AS is_main, COALESCE(d.dx_kind, 'discharge') AS dx_kind,
       MIN(COALESCE(d.seq, 0)) AS seq
FROM diag_row AS d
JOIN unit_visit AS u ON d.unit_key = u.unit_key
GROUP BY COALESCE(d.visit_key, u.visit_key), u.psn_key, d.dx_code, SUBSTR(d.dx_code, 1, 3), COALESCE(d.dx_kind, 'discharge')
