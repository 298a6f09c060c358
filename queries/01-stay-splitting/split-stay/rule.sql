-- Evidence of split-stay: two consecutive stays of one person at one institution that read as one.
-- Both stays are returned: the earlier as basis, the later as suspect, so an inspector sees the pair.

WITH readmission AS (     -- each stay beside the one before it at the same institution
    SELECT
        visit_key, insured, adm_day, main_dx3, referral, ipt_otp_no, gross_fen, inscp_fen, fund_fen,
        LAG(visit_key)  OVER (PARTITION BY psn_key, inst_key ORDER BY adm_day, dscg_day, visit_key) AS before_key,
        LAG(dscg_day)   OVER (PARTITION BY psn_key, inst_key ORDER BY adm_day, dscg_day, visit_key) AS before_dscg_day,
        LAG(main_dx3)   OVER (PARTITION BY psn_key, inst_key ORDER BY adm_day, dscg_day, visit_key) AS before_dx3,
        LAG(dscg_way)   OVER (PARTITION BY psn_key, inst_key ORDER BY adm_day, dscg_day, visit_key) AS before_dscg_way,
        LAG(ipt_otp_no) OVER (PARTITION BY psn_key, inst_key ORDER BY adm_day, dscg_day, visit_key) AS before_ipt_otp_no
    FROM splittable_stay
),

return_stay AS (          -- readmissions after a discharge to one's own life; the cut of an interim settlement is marked
    SELECT
        visit_key, before_key, main_dx3, before_dx3, gross_fen, inscp_fen, fund_fen,
        adm_day - before_dscg_day AS gap_days,
        -- Same admission number and no day between. Cut at midnight there is one day's step, but then no discharge way.
        CASE WHEN ipt_otp_no = before_ipt_otp_no
              AND (adm_day = before_dscg_day
                   OR (adm_day = before_dscg_day + 1 AND before_dscg_way IN ('unknown', 'other')))
             THEN 1 ELSE 0 END AS interim
    FROM readmission
    WHERE before_key IS NOT NULL
      AND insured = 1
      AND referral = 0
      AND before_dscg_way NOT IN ('transfer', 'community', 'death')
      AND adm_day >= before_dscg_day
),

split AS (                -- too soon for any reason, or soon for the same disease; each beside the window it fell into
    SELECT
        visit_key, before_key, gross_fen, inscp_fen, fund_fen, gap_days,
        CASE WHEN gap_days <= :any_reason_days THEN :any_reason_days ELSE :max_gap_days END AS window_days
    FROM return_stay
    WHERE interim = 0
      AND (gap_days <= :any_reason_days
           OR (gap_days <= :max_gap_days AND main_dx3 = before_dx3))
)

SELECT visit_key AS case_key, 'suspect' AS role, visit_key,
       gross_fen, inscp_fen, fund_fen, gap_days AS measure, window_days AS threshold
FROM split
UNION ALL
SELECT visit_key AS case_key, 'basis' AS role, before_key AS visit_key,
       CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
       gap_days AS measure, window_days AS threshold
FROM split
