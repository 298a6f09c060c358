-- One row per settlement that anything names: live, reversed, or unpaired (a reversal without its original, or the other way round).

WITH amount AS (            -- amounts with their direction
    SELECT p.root_key, p.is_reversal, p.setl_key,
           p.sign * s.gross_fen AS gross_fen, p.sign * s.inscp_fen AS inscp_fen, p.sign * s.fund_fen AS fund_fen,
           p.sign * s.acct_fen AS acct_fen, p.sign * s.hifp_fen AS hifp_fen, p.sign * s.psn_pay_fen AS psn_pay_fen,
           p.sign * s.cash_fen AS cash_fen, s.refund
    FROM setl_paired AS p
    JOIN setl_row AS s ON p.setl_key = s.setl_key
),

netted AS (                 -- one row per original and what was taken back from it
    SELECT root_key,
           SUM(gross_fen) AS gross_fen, SUM(inscp_fen) AS inscp_fen, SUM(fund_fen) AS fund_fen, SUM(acct_fen) AS acct_fen,
           CASE WHEN COUNT(hifp_fen) > 0 THEN SUM(hifp_fen) END AS hifp_fen,
           CASE WHEN COUNT(psn_pay_fen) > 0 THEN SUM(psn_pay_fen) END AS psn_pay_fen,
           CASE WHEN COUNT(cash_fen) > 0 THEN SUM(cash_fen) END AS cash_fen,
           SUM(is_reversal) AS reversals, COUNT(*) AS row_count,
           MAX(CASE WHEN setl_key = root_key AND is_reversal = 0 THEN 1 ELSE 0 END) AS has_original,
           MAX(CASE WHEN setl_key = root_key THEN refund ELSE 0 END) AS flagged
    FROM amount
    GROUP BY root_key
)

SELECT root_key AS setl_key, gross_fen, inscp_fen, fund_fen, acct_fen, hifp_fen, psn_pay_fen, cash_fen, reversals, row_count,
       CASE WHEN has_original = 0 OR gross_fen < 0 THEN 'unpaired'
            WHEN reversals > 0 AND gross_fen = 0 THEN 'reversed'
            WHEN reversals = 0 AND flagged = 1 THEN 'unpaired'
            ELSE 'live' END AS state
FROM netted
