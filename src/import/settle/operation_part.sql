-- Operations of a unit bucket; those of visits that were taken back are gone with them.

WITH unit_visit AS (        -- the visit of a unit, for exports whose operations carry no visit number
    SELECT unit_key, MIN(visit_key) AS visit_key, MIN(psn_key) AS psn_key, MIN(inst_key) AS inst_key
    FROM visit_part
    GROUP BY unit_key
)

SELECT COALESCE(o.visit_key, u.visit_key) AS visit_key, u.psn_key, COALESCE(o.inst_key, u.inst_key) AS inst_key,
       o.oprn_code, o.oprn_name, COALESCE(o.is_main, 0) AS is_main,
       COALESCE(o.oprn_day, o.oprn_begin_day) AS oprn_day, o.oprn_begin_min, o.oprn_end_min,
       o.anst_way, o.anst_begin_min, o.anst_end_min, o.oper_dr_key, o.anst_dr_key
FROM oprn_row AS o
JOIN unit_visit AS u ON o.unit_key = u.unit_key
