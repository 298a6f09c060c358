-- Net lines with the visit they belong to: by the visit number, or by the settlement where the export has no visit number.

SELECT f.*, COALESCE(f.visit_key, s.visit_key) AS of_visit
FROM fee_net AS f
LEFT JOIN (SELECT setl_key, visit_key FROM setl_live) AS s ON f.setl_key = s.setl_key
