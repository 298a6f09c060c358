-- Canonical fee lines of a unit bucket. A line without a usable date takes the visit's when the visit has only one day. The person is the
-- visit's, so that everything about a visit is in one bucket; visit_known = 0 when the visit itself is not in the export.

WITH of_unit AS (           -- what a line takes from its visit
    SELECT visit_key, unit_key, psn_key, inst_key, adm_day, dscg_day, insured,
           COALESCE(care_setting, CASE WHEN med_type IS NULL THEN 'unknown' ELSE 'outpatient' END) AS care_setting
    FROM visit_part
)

SELECT f.fee_key, f.bkkp_sn, n.of_visit AS visit_key, f.setl_key,
       CASE WHEN v.visit_key IS NULL THEN f.psn_key ELSE v.psn_key END AS psn_key,
       CASE WHEN v.visit_key IS NULL THEN 0 ELSE 1 END AS visit_known, COALESCE(f.inst_key, v.inst_key) AS inst_key,
       f.dr_key, f.exec_dr_key, f.dept_key, f.exec_dept_key, f.rx_key,
       f.item_key, f.hilist_key, f.item_local, f.hosp_item_key, f.pair_key,
       COALESCE(v.care_setting, 'unknown') AS care_setting, COALESCE(v.insured, 1) AS insured,
       COALESCE(f.fee_day, CASE WHEN v.adm_day = v.dscg_day THEN v.adm_day END) AS fee_day, f.fee_min,
       n.net_cnt_e4 AS cnt_e4, COALESCE(f.pric_e6, 0) AS pric_e6, f.uplmt_e6,
       n.net_gross_fen AS gross_fen, COALESCE(s.inscp_fen, n.net_inscp_fen, 0) AS inscp_fen, COALESCE(s.fund_fen, 0) AS fund_fen,
       CASE WHEN LENGTH(f.item_code) >= 15 AND f.item_code LIKE 'X%' THEN 'western'
            WHEN LENGTH(f.item_code) >= 15 AND f.item_code LIKE 'Z%' THEN 'patent'
            WHEN LENGTH(f.item_code) >= 15 AND f.item_code LIKE 'T%' THEN 'herbal'
            WHEN LENGTH(f.item_code) >= 15 AND f.item_code LIKE 'C%' THEN 'consumable'
            WHEN LENGTH(f.item_code) >= 15 AND f.item_code LIKE '00%' THEN 'service'
            WHEN f.list_type = '101' AND f.charge_type = '11' THEN 'patent'
            WHEN f.list_type = '101' THEN 'western'
            WHEN f.list_type = '102' THEN 'herbal'
            WHEN f.list_type = '201' THEN 'service'
            WHEN f.list_type = '301' THEN 'consumable'
            WHEN f.charge_type = '08' THEN 'consumable'
            WHEN f.charge_type = '09' THEN 'western'
            WHEN f.charge_type = '10' THEN 'herbal'
            WHEN f.charge_type = '11' THEN 'patent'
            WHEN f.charge_type IN ('01', '02', '03', '04', '05', '06', '07', '12', '13') THEN 'service'
            ELSE 'other' END AS item_kind,
       COALESCE(f.charge_type, '14') AS charge_type, f.chrgitm_lv,
       f.prd_days, f.dose_text, f.freq_text, COALESCE(f.take_home, 0) AS take_home, COALESCE(f.external_exam, 0) AS external_exam,
       f.file_id, f.source_line
FROM fee_visit AS n
JOIN fee_row AS f ON n.unit_key = f.unit_key AND n.fee_key = f.fee_key
LEFT JOIN of_unit AS v ON n.unit_key = v.unit_key AND n.of_visit = v.visit_key
LEFT JOIN fee_share AS s ON n.fee_key = s.fee_key
