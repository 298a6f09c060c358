-- Canonical settlements of a unit bucket.

SELECT s.setl_key, s.setl_id, s.visit_key, COALESCE(v.psn_key, s.psn_key) AS psn_key, COALESCE(s.inst_key, v.inst_key) AS inst_key,
       s.setl_day, s.setl_min, s.begn_day, s.end_day, s.med_type, s.insutype, s.insu_admdvs, COALESCE(s.mid_setl, 0) AS mid_setl,
       s.gross_fen, s.inscp_fen, s.fund_fen, s.acct_fen, s.file_id, s.source_line,
       s.hifp_fen, s.psn_pay_fen, s.cash_fen
FROM setl_live AS s
LEFT JOIN (SELECT unit_key, visit_key, psn_key, inst_key FROM visit_part) AS v ON s.unit_key = v.unit_key AND s.visit_key = v.visit_key
