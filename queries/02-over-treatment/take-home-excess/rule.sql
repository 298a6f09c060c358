-- Evidence of take-home-excess: drugs given on discharge for more days than usual for the disease.

WITH registered AS (          -- every diagnosis of a visit; the main one is there too, for exports without a table of diagnoses
    SELECT visit_key, dx3 FROM diagnosis
    UNION ALL
    SELECT visit_key, main_dx3 AS dx3 FROM visit
),

chronic_visit AS (            -- visits with a disease that needs long medication; where the main diagnosis is missing it may be one
    SELECT visit_key, CAST(1 AS BIGINT) AS is_chronic
    FROM registered
    WHERE dx3 IS NULL
       OR (dx3 >= 'A15' AND dx3 <= 'A19') OR dx3 = 'B18' OR (dx3 >= 'C00' AND dx3 <= 'D48')
       OR (dx3 >= 'E03' AND dx3 <= 'E14') OR dx3 = 'E78' OR (dx3 >= 'F00' AND dx3 <= 'F99')
       OR (dx3 >= 'G10' AND dx3 <= 'G40') OR (dx3 >= 'I05' AND dx3 <= 'I15') OR (dx3 >= 'I20' AND dx3 <= 'I25')
       OR (dx3 >= 'I48' AND dx3 <= 'I70') OR (dx3 >= 'J40' AND dx3 <= 'J47') OR (dx3 >= 'M05' AND dx3 <= 'M35')
       OR (dx3 >= 'M80' AND dx3 <= 'M82') OR (dx3 >= 'N03' AND dx3 <= 'N18') OR dx3 = 'Z94'
    GROUP BY visit_key
),

take_home_line AS (           -- take-home drugs of more than one unit with a plausible number of days
    SELECT fee_key, visit_key, item_key, item_kind, prd_days, gross_fen, inscp_fen, fund_fen
    FROM fee
    WHERE insured = 1 AND inscp_fen > 0 AND take_home = 1 AND care_setting = 'inpatient'
      AND item_kind IN ('western', 'patent', 'herbal')
      AND cnt_e4 > 10000
      AND prd_days > 0 AND prd_days <= :max_supply_days
),

limited_line AS (             -- with the days that are usual; the wider limit holds for herbal pieces of the chronically ill
    SELECT
        t.fee_key, t.visit_key, t.item_key, t.prd_days, t.gross_fen, t.inscp_fen, t.fund_fen,
        CASE WHEN c.is_chronic = 1 THEN :chronic_days
             WHEN t.item_kind = 'herbal' THEN :herbal_days
             ELSE :usual_days END AS limit_days
    FROM take_home_line AS t
    LEFT JOIN chronic_visit AS c ON t.visit_key = c.visit_key
),

breach AS (                   -- the days beyond
    SELECT *, prd_days - limit_days AS excess_days
    FROM limited_line
    WHERE prd_days > limit_days
)

SELECT
    MIN(fee_key) OVER (PARTITION BY visit_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key,
    CAST(FLOOR(CAST(gross_fen AS DOUBLE) * excess_days / prd_days) AS BIGINT) AS gross_fen,
    CAST(FLOOR(CAST(inscp_fen AS DOUBLE) * excess_days / prd_days) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(CAST(fund_fen AS DOUBLE) * excess_days / prd_days) AS BIGINT) AS fund_fen,
    CAST(prd_days AS DOUBLE) AS measure,
    CAST(limit_days AS DOUBLE) AS threshold
FROM breach
