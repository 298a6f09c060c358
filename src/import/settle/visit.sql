-- Canonical visits of a person bucket: the parts of a stay that was billed more than once become one visit.
-- A claim that states no sex, or neither birth date nor age, takes the register's; what a claim states is kept, also where the two differ.

WITH ranked AS (            -- parts of a visit, the one with the latest discharge first
    SELECT *, ROW_NUMBER() OVER (PARTITION BY visit_key ORDER BY dscg_day DESC, unit_key DESC) AS nth
    FROM visit_part
),

total AS (                  -- what the parts add up to
    SELECT visit_key, MIN(mdtrt_id) AS mdtrt_id, MIN(adm_day) AS adm_day, MAX(dscg_day) AS dscg_day,
           MIN(adm_min) AS adm_min, MAX(dscg_min) AS dscg_min, SUM(settlements) AS settlements,
           MAX(referral) AS referral, MIN(still_in) AS still_in,
           SUM(gross_fen) AS gross_fen, SUM(inscp_fen) AS inscp_fen, SUM(fund_fen) AS fund_fen
    FROM visit_part
    GROUP BY visit_key
),

main_diagnosis AS (         -- from the diagnosis table, for visits whose master row has none
    SELECT visit_key, dx_code, dx_name, ROW_NUMBER() OVER (PARTITION BY visit_key ORDER BY dx_code, dx_kind) AS nth
    FROM diagnosis
    WHERE is_main = 1 AND dx_kind <> 'admission'
),

coded AS (                  -- every diagnosis of a visit, the master row's own included
    SELECT visit_key, dx_code FROM diagnosis
    UNION ALL
    SELECT visit_key, main_dx AS dx_code FROM visit_part WHERE main_dx IS NOT NULL
),

flagged AS (                -- visits with a diagnosis on one of the lists
    SELECT c.visit_key, MAX(x.planned_cycle) AS planned_cycle, MAX(x.birth) AS birth
    FROM coded AS c
    JOIN dx_flag AS x ON c.dx_code = x.dx_code
    GROUP BY c.visit_key
)

SELECT r.visit_key, t.mdtrt_id, r.psn_key, r.inst_key, r.dr_key,
       COALESCE(r.care_setting, 'unknown') AS care_setting,
       COALESCE(r.med_type, '') AS med_type, COALESCE(r.insutype, '') AS insutype, r.insured,
       t.adm_day, t.dscg_day, t.adm_min, t.dscg_min,
       COALESCE(r.main_dx, d.dx_code) AS main_dx, SUBSTR(COALESCE(r.main_dx, d.dx_code), 1, 3) AS main_dx3,
       COALESCE(r.main_dx_name, d.dx_name) AS main_dx_name,
       COALESCE(r.dscg_way, 'unknown') AS dscg_way,
       COALESCE(f.planned_cycle, 0) AS planned_cycle,
       CASE WHEN r.med_type LIKE '28%' THEN 1 ELSE 0 END AS day_surgery,
       CASE WHEN r.med_type LIKE '52%' THEN 1 ELSE COALESCE(f.birth, 0) END AS birth,
       t.referral, t.still_in, t.settlements,
       COALESCE(r.gend, p.gend) AS gend, CASE WHEN r.age IS NULL THEN COALESCE(r.birth_day, p.birth_day) ELSE r.birth_day END AS birth_day,
       r.age AS age_years, r.dept_key, r.bed_no, r.ipt_otp_no, r.medrcdno, r.insu_admdvs, r.trt_dcla_detl_sn,
       t.gross_fen, t.inscp_fen, t.fund_fen, r.file_id, r.source_line,
       r.dise_no, r.dise_name, r.psn_cert_type, r.mdtrt_cert_type, r.emp_no, r.emp_name, r.refl_old_mdtrt_id, r.two_sources
FROM ranked AS r
JOIN total AS t ON r.visit_key = t.visit_key
LEFT JOIN (SELECT * FROM main_diagnosis WHERE nth = 1) AS d ON r.visit_key = d.visit_key
LEFT JOIN flagged AS f ON r.visit_key = f.visit_key
LEFT JOIN register AS p ON r.psn_key = p.psn_key
WHERE r.nth = 1
