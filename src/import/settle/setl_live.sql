-- Settlements still live, with what was taken back taken off.

SELECT s.setl_key, s.setl_id, s.unit_key, s.visit_key, s.psn_key, s.inst_key,
       s.setl_day, s.setl_min, s.begn_day, s.end_day,
       s.med_type, s.insutype, s.insu_admdvs, s.mid_setl, s.mdtrt_id, s.gend, s.brdy_day, s.age,
       n.gross_fen, COALESCE(n.inscp_fen, 0) AS inscp_fen, COALESCE(n.fund_fen, 0) AS fund_fen,
       COALESCE(n.acct_fen, 0) AS acct_fen, n.hifp_fen, n.psn_pay_fen, n.cash_fen, s.dise_no, s.dise_name,
       s.file_id, s.source_line
FROM setl_row AS s
JOIN (SELECT * FROM setl_state WHERE state = 'live') AS n ON s.setl_key = n.setl_key
