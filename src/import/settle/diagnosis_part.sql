-- Diagnoses of a unit bucket; those of visits that were taken back are gone with them.

WITH unit_visit AS (        -- the visit of a unit, for exports whose diagnoses carry no visit number
    SELECT unit_key, MIN(visit_key) AS visit_key, MIN(psn_key) AS psn_key FROM visit_part GROUP BY unit_key
),

coded AS (                  -- diagnosis rows of visits that still stand
    SELECT COALESCE(d.visit_key, u.visit_key) AS of_visit, u.psn_key, d.dx_code, SUBSTR(d.dx_code, 1, 3) AS dx3,
           d.dx_name, COALESCE(d.is_main, 0) AS is_main, COALESCE(d.dx_kind, 'discharge') AS kind, COALESCE(d.seq, 0) AS seq
    FROM diag_row AS d
    JOIN unit_visit AS u ON d.unit_key = u.unit_key
)

SELECT of_visit AS visit_key, psn_key, dx_code, dx3, MIN(dx_name) AS dx_name, MAX(is_main) AS is_main, kind AS dx_kind, MIN(seq) AS seq
FROM coded
GROUP BY of_visit, psn_key, dx_code, dx3, kind
