-- One row per visit and unit: a bureau's visit is one unit, a hospital's stay has one unit per bill.
-- Amounts come from settlements added up before any join; a visit without settlements shows what its lines add up to, and no fund money.

WITH settled AS (           -- live settlements of a visit in a unit
    SELECT unit_key, visit_key, COUNT(*) AS settlements,
           SUM(gross_fen) AS gross_fen, SUM(inscp_fen) AS inscp_fen, SUM(fund_fen) AS fund_fen,
           MIN(begn_day) AS begn_day, MAX(end_day) AS end_day, MIN(setl_day) AS setl_day,
           MIN(psn_key) AS psn_key, MIN(inst_key) AS inst_key, MIN(mdtrt_id) AS mdtrt_id, MIN(setl_id) AS setl_id,
           MIN(med_type) AS med_type, MIN(insutype) AS insutype, MIN(insu_admdvs) AS insu_admdvs,
           MIN(gend) AS gend, MIN(brdy_day) AS brdy_day, MIN(age) AS age,
           MIN(dise_no) AS dise_no, MIN(dise_name) AS dise_name
    FROM setl_live
    GROUP BY unit_key, visit_key
),

first_row AS (              -- the row that a visit without a master row is traced back to
    SELECT unit_key, visit_key, file_id, source_line,
           ROW_NUMBER() OVER (PARTITION BY unit_key, visit_key ORDER BY file_id, source_line) AS nth
    FROM setl_live
),

lined AS (                  -- lines of a visit in a unit
    SELECT unit_key, of_visit AS visit_key, SUM(net_gross_fen) AS gross_fen, SUM(COALESCE(net_inscp_fen, 0)) AS inscp_fen,
           MIN(psn_key) AS psn_key
    FROM fee_visit
    GROUP BY unit_key, of_visit
),

reversal AS (               -- numbers of reversing bills, which a hospital's master table holds beside the bills
    SELECT s.unit_key, s.setl_id
    FROM setl_row AS s
    JOIN (SELECT setl_key FROM setl_paired WHERE is_reversal = 1) AS p ON s.setl_key = p.setl_key
),

standing AS (               -- master rows, unless all settlements were taken back
    SELECT m.*
    FROM mdtrt_row AS m
    ANTI JOIN (SELECT unit_key FROM unit_state WHERE live_settlements = 0) AS dead ON m.unit_key = dead.unit_key
),

registered AS (             -- visits with a master row
    SELECT m.*
    FROM standing AS m
    ANTI JOIN reversal AS r ON m.unit_key = r.unit_key AND m.mdtrt_id = r.setl_id
),

unregistered AS (           -- settlements whose visit has no master row
    SELECT s.*
    FROM settled AS s
    ANTI JOIN registered AS r ON s.unit_key = r.unit_key AND s.visit_key = r.visit_key
)

SELECT m.visit_key, m.unit_key, COALESCE(m.mdtrt_id, s.mdtrt_id, s.setl_id) AS mdtrt_id,
       COALESCE(m.psn_key, s.psn_key, l.psn_key) AS psn_key, COALESCE(m.inst_key, s.inst_key) AS inst_key,
       m.dr_key, m.dept_key, m.care_setting,
       COALESCE(m.med_type, s.med_type) AS med_type, COALESCE(m.insutype, s.insutype) AS insutype, COALESCE(m.insured, 1) AS insured,
       COALESCE(m.adm_day, s.begn_day, s.setl_day) AS adm_day,
       COALESCE(m.dscg_day, s.end_day, m.adm_day, s.setl_day) AS dscg_day,
       m.adm_min, m.dscg_min, m.main_dx, m.main_dx_name, m.dscg_way,
       CASE WHEN m.refl_old_mdtrt_id IS NOT NULL OR m.med_type LIKE '23%' THEN 1 ELSE 0 END AS referral,
       CASE WHEN m.inhosp_stas = '1' THEN 1 ELSE 0 END AS still_in,
       COALESCE(s.settlements, 0) AS settlements,
       COALESCE(m.gend, s.gend) AS gend, COALESCE(m.brdy_day, s.brdy_day) AS birth_day, COALESCE(m.age, s.age) AS age,
       m.bed_no, m.ipt_otp_no, m.medrcdno, COALESCE(m.insu_admdvs, s.insu_admdvs) AS insu_admdvs, m.trt_dcla_detl_sn,
       COALESCE(s.gross_fen, m.gross_fen, l.gross_fen, 0) AS gross_fen,
       COALESCE(s.inscp_fen, m.inscp_fen, l.inscp_fen, 0) AS inscp_fen,
       COALESCE(s.fund_fen, m.fund_fen, 0) AS fund_fen,
       m.file_id, m.source_line,
       COALESCE(m.dise_no, s.dise_no) AS dise_no, COALESCE(m.dise_name, s.dise_name) AS dise_name,
       m.psn_cert_type, m.mdtrt_cert_type, m.emp_no, m.emp_name, m.refl_old_mdtrt_id, m.otp_diag_info, 0 AS two_sources
FROM registered AS m
LEFT JOIN settled AS s ON m.unit_key = s.unit_key AND m.visit_key = s.visit_key
LEFT JOIN lined AS l ON m.unit_key = l.unit_key AND m.visit_key = l.visit_key
UNION ALL
SELECT u.visit_key, u.unit_key, COALESCE(u.mdtrt_id, u.setl_id) AS mdtrt_id,
       COALESCE(u.psn_key, l.psn_key) AS psn_key, u.inst_key,
       CAST(NULL AS BIGINT) AS dr_key, CAST(NULL AS BIGINT) AS dept_key, CAST(NULL AS VARCHAR) AS care_setting,
       u.med_type, u.insutype, 1 AS insured,
       COALESCE(u.begn_day, u.setl_day) AS adm_day, COALESCE(u.end_day, u.begn_day, u.setl_day) AS dscg_day,
       CAST(NULL AS BIGINT) AS adm_min, CAST(NULL AS BIGINT) AS dscg_min,
       CAST(NULL AS VARCHAR) AS main_dx, CAST(NULL AS VARCHAR) AS main_dx_name, CAST(NULL AS VARCHAR) AS dscg_way,
       0 AS referral, 0 AS still_in, u.settlements,
       u.gend, u.brdy_day AS birth_day, u.age,
       CAST(NULL AS VARCHAR) AS bed_no, CAST(NULL AS VARCHAR) AS ipt_otp_no, CAST(NULL AS VARCHAR) AS medrcdno,
       u.insu_admdvs, CAST(NULL AS VARCHAR) AS trt_dcla_detl_sn,
       u.gross_fen, u.inscp_fen, u.fund_fen, o.file_id, o.source_line,
       u.dise_no, u.dise_name,
       CAST(NULL AS VARCHAR) AS psn_cert_type, CAST(NULL AS VARCHAR) AS mdtrt_cert_type,
       CAST(NULL AS VARCHAR) AS emp_no, CAST(NULL AS VARCHAR) AS emp_name,
       CAST(NULL AS VARCHAR) AS refl_old_mdtrt_id, CAST(NULL AS VARCHAR) AS otp_diag_info,
       0 AS two_sources
FROM unregistered AS u
JOIN (SELECT * FROM first_row WHERE nth = 1) AS o ON u.unit_key = o.unit_key AND u.visit_key = o.visit_key
LEFT JOIN lined AS l ON u.unit_key = l.unit_key AND u.visit_key = l.visit_key
