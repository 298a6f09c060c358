-- Stays that could be a part of one that was split: no planned cycle, day surgery or birth, and over. An unknown person is nobody,
-- not one person.

SELECT
    visit_key, psn_key, inst_key, insured, adm_day, dscg_day, main_dx3, dscg_way, referral, ipt_otp_no,
    gross_fen, inscp_fen, fund_fen
FROM visit
WHERE care_setting = 'inpatient'
  AND psn_key IS NOT NULL
  AND planned_cycle = 0 AND day_surgery = 0 AND birth = 0 AND still_in = 0
