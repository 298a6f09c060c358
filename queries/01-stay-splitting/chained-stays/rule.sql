-- Evidence of chained-stays: three or more stays of one person at one institution that follow each other so closely that
-- they read as one. One finding per chain: the first stay is the basis, every insured stay after it a suspect.

WITH regular AS (         -- persons with enough visits to one institution for a chain: few, which spares the windows below most of the work
    SELECT psn_key, inst_key
    FROM splittable_stay
    GROUP BY psn_key, inst_key
    HAVING COUNT(*) >= :min_stays
),

regular_stay AS (         -- their stays
    SELECT
        s.visit_key, s.psn_key, s.inst_key, s.insured, s.adm_day, s.dscg_day, s.main_dx3, s.dscg_way, s.referral,
        s.ipt_otp_no, s.gross_fen, s.inscp_fen, s.fund_fen
    FROM splittable_stay AS s
    SEMI JOIN regular AS r ON s.psn_key = r.psn_key AND s.inst_key = r.inst_key
),

ordered_stay AS (         -- each stay beside the one before it at the same institution
    SELECT
        visit_key, psn_key, inst_key, insured, adm_day, dscg_day, main_dx3, referral, ipt_otp_no,
        gross_fen, inscp_fen, fund_fen,
        LAG(dscg_day)   OVER (PARTITION BY psn_key, inst_key ORDER BY adm_day, dscg_day, visit_key) AS before_dscg_day,
        LAG(main_dx3)   OVER (PARTITION BY psn_key, inst_key ORDER BY adm_day, dscg_day, visit_key) AS before_dx3,
        LAG(dscg_way)   OVER (PARTITION BY psn_key, inst_key ORDER BY adm_day, dscg_day, visit_key) AS before_dscg_way,
        LAG(ipt_otp_no) OVER (PARTITION BY psn_key, inst_key ORDER BY adm_day, dscg_day, visit_key) AS before_ipt_otp_no
    FROM regular_stay
),

marked_stay AS (          -- is it the other half of an interim settlement, is it a link of the chain before it (0 and 1, never null)
    SELECT
        visit_key, psn_key, inst_key, insured, adm_day, dscg_day, gross_fen, inscp_fen, fund_fen,
        -- Same admission number and no day between. Cut at midnight there is one day's step, but then no discharge way.
        CASE WHEN ipt_otp_no = before_ipt_otp_no
              AND (adm_day = before_dscg_day
                   OR (adm_day = before_dscg_day + 1 AND before_dscg_way IN ('unknown', 'other')))
             THEN 1 ELSE 0 END AS interim,
        CASE WHEN referral = 0
              AND before_dscg_way NOT IN ('transfer', 'community', 'death')
              AND adm_day >= before_dscg_day
              AND (adm_day - before_dscg_day <= :any_reason_days
                   OR (adm_day - before_dscg_day <= :max_gap_days AND main_dx3 = before_dx3))
             THEN 1 ELSE 0 END AS linked
    FROM ordered_stay
),

chain_start AS (          -- the same stays; a stay that neither follows on nor continues a settlement opens a new chain
    SELECT
        visit_key, psn_key, inst_key, insured, adm_day, dscg_day, gross_fen, inscp_fen, fund_fen, interim,
        CASE WHEN linked = 1 OR interim = 1 THEN 0 ELSE 1 END AS opens_chain
    FROM marked_stay
),

chain_member AS (         -- the same stays with the running number of their chain
    SELECT
        visit_key, psn_key, inst_key, insured, adm_day, dscg_day, gross_fen, inscp_fen, fund_fen, interim, opens_chain,
        SUM(opens_chain) OVER (PARTITION BY psn_key, inst_key ORDER BY adm_day, dscg_day, visit_key) AS chain_no
    FROM chain_start
),

numbered_member AS (      -- the same stays with their place in the chain; both halves of an interim settlement share a place
    SELECT
        visit_key, psn_key, inst_key, chain_no, insured, gross_fen, inscp_fen, fund_fen, interim, opens_chain,
        SUM(1 - interim) OVER (PARTITION BY psn_key, inst_key, chain_no ORDER BY adm_day, dscg_day, visit_key) AS place
    FROM chain_member
),

chain AS (                -- chains of enough stays, of which at least one after the first was paid by the fund
    SELECT
        psn_key, inst_key, chain_no,
        MIN(CASE WHEN opens_chain = 1 THEN visit_key END) AS first_key,
        CAST(SUM(1 - interim) AS BIGINT) AS stays
    FROM numbered_member
    GROUP BY psn_key, inst_key, chain_no
    HAVING SUM(1 - interim) >= :min_stays
       AND SUM(CASE WHEN place > 1 AND insured = 1 THEN 1 ELSE 0 END) > 0
)

SELECT
    c.first_key AS case_key,
    CASE WHEN m.place > 1 AND m.insured = 1 THEN 'suspect' ELSE 'basis' END AS role,
    m.visit_key AS visit_key,
    CASE WHEN m.place > 1 AND m.insured = 1 THEN m.gross_fen ELSE 0 END AS gross_fen,
    CASE WHEN m.place > 1 AND m.insured = 1 THEN m.inscp_fen ELSE 0 END AS inscp_fen,
    CASE WHEN m.place > 1 AND m.insured = 1 THEN m.fund_fen ELSE 0 END AS fund_fen,
    c.stays AS measure,
    :min_stays AS threshold
FROM numbered_member AS m
JOIN chain AS c
  ON m.psn_key = c.psn_key AND m.inst_key = c.inst_key AND m.chain_no = c.chain_no
