-- Canonical diagnoses of a person bucket: the bills of one stay name the same ones.

SELECT visit_key, MIN(psn_key) AS psn_key, dx_code, dx3, MIN(dx_name) AS dx_name, MAX(is_main) AS is_main, dx_kind, MIN(seq) AS seq
FROM diagnosis_part
GROUP BY visit_key, dx_code, dx3, dx_kind
