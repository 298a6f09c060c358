-- Evidence of drug-collector: a person is supplied with a resale-prone drug far beyond any use, from several places a month.
-- How much of a drug is used a day is learned from the persons who buy it month after month; their median stands for it.
-- Quantities are taken as billed money: one place counts boxes, another tablets, while the price of a tablet is the same.

WITH excess_line AS (     -- of each of their lines the share beyond
    SELECT
        l.psn_key, l.visit_key, l.fee_key,
        CAST(FLOOR(CAST(b.supply_e2 AS DOUBLE) / (b.span_days + :stock_days)) AS BIGINT) AS rate_pct,
        CAST(FLOOR(CAST(l.gross_fen AS DOUBLE) * (b.supply_e2 - b.allowed_e2) / b.supply_e2) AS BIGINT) AS gross_fen,
        CAST(FLOOR(CAST(l.inscp_fen AS DOUBLE) * (b.supply_e2 - b.allowed_e2) / b.supply_e2) AS BIGINT) AS inscp_fen,
        CAST(FLOOR(CAST(l.fund_fen AS DOUBLE) * (b.supply_e2 - b.allowed_e2) / b.supply_e2) AS BIGINT) AS fund_fen
    FROM resale_judged_line AS l
    JOIN resale_beyond_use AS b ON l.psn_key = b.psn_key AND l.drug_name = b.drug_name
),

collector AS (            -- one finding per person, named after the first line, if the money is worth it
    SELECT psn_key, MIN(fee_key) AS case_key, MAX(rate_pct) AS rate_pct
    FROM excess_line
    GROUP BY psn_key
    HAVING SUM(inscp_fen) >= :min_inscp_fen
)

SELECT
    c.case_key AS case_key, 'suspect' AS role, e.visit_key AS visit_key, e.fee_key AS fee_key,
    e.gross_fen AS gross_fen, e.inscp_fen AS inscp_fen, e.fund_fen AS fund_fen,
    CAST(c.rate_pct AS DOUBLE) AS measure, CAST(:max_rate_pct AS DOUBLE) AS threshold
FROM excess_line AS e
JOIN collector AS c ON e.psn_key = c.psn_key
