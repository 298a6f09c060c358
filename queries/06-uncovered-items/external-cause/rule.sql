-- Evidence of external-cause: stays with an external cause that as a rule has another party, paid by the fund.
-- Of chapter XX only transport accidents and assault are taken: falls and the rest mostly have nobody who is liable.

WITH other_party_stay AS (    -- visits with such a cause among their diagnoses
    SELECT visit_key
    FROM diagnosis
    WHERE (dx3 >= 'V01' AND dx3 <= 'V99' AND dx3 NOT IN ('V18', 'V28', 'V38', 'V48', 'V58', 'V68', 'V78', 'V80'))
       OR (dx3 >= 'X85' AND dx3 <= 'Y09')
    GROUP BY visit_key
)

SELECT
    v.visit_key AS case_key, 'suspect' AS role, v.visit_key AS visit_key,
    v.gross_fen AS gross_fen, v.inscp_fen AS inscp_fen, v.fund_fen AS fund_fen,
    CAST(v.fund_fen AS DOUBLE) / 100 AS measure,
    CAST(:min_fund_fen AS DOUBLE) / 100 AS threshold
FROM visit AS v
JOIN other_party_stay AS o ON v.visit_key = o.visit_key
WHERE v.care_setting = 'inpatient' AND v.insured = 1 AND v.fund_fen > 0 AND v.fund_fen >= :min_fund_fen
