-- Evidence of split-prescription: one drug for one person on several prescriptions of one doctor on one day.

WITH drug_line AS (           -- outpatient drugs in scope with person, doctor and prescription
    SELECT fee_key, visit_key, psn_key, inst_key, dr_key, rx_key, item_key, fee_day, gross_fen, inscp_fen, fund_fen
    FROM fee
    WHERE insured = 1 AND inscp_fen > 0 AND care_setting = 'outpatient'
      AND psn_key IS NOT NULL AND dr_key IS NOT NULL AND rx_key IS NOT NULL AND item_key IS NOT NULL
      AND item_kind IN ('western', 'patent')
),

repeated_drug AS (            -- drugs on more than one prescription of a doctor on a day: few, so the type of care is looked up for them only
    SELECT psn_key, inst_key, dr_key, item_key, fee_day
    FROM drug_line
    GROUP BY psn_key, inst_key, dr_key, item_key, fee_day
    HAVING COUNT(DISTINCT rx_key) >= :min_prescriptions
),

repeated_line AS (            -- their lines with the type of care, as each type has its own allowance
    SELECT
        l.fee_key, l.visit_key, l.psn_key, l.inst_key, l.dr_key, l.rx_key, l.item_key, l.fee_day,
        l.gross_fen, l.inscp_fen, l.fund_fen, v.med_type
    FROM drug_line AS l
    JOIN repeated_drug AS r
      ON l.psn_key = r.psn_key AND l.inst_key = r.inst_key AND l.dr_key = r.dr_key
     AND l.item_key = r.item_key AND l.fee_day = r.fee_day
    JOIN visit AS v ON l.visit_key = v.visit_key
),

prescription AS (             -- what each of the prescriptions has of the drug
    SELECT
        psn_key, inst_key, dr_key, item_key, fee_day, med_type, rx_key,
        0 - SUM(inscp_fen) AS dearest_first, MIN(fee_key) AS first_fee_key
    FROM repeated_line
    GROUP BY psn_key, inst_key, dr_key, item_key, fee_day, med_type, rx_key
),

numbered AS (                 -- the dearest first
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY psn_key, inst_key, dr_key, item_key, fee_day, med_type ORDER BY dearest_first, rx_key) AS rx_no,
        COUNT(*) OVER (PARTITION BY psn_key, inst_key, dr_key, item_key, fee_day, med_type) AS prescriptions,
        MIN(first_fee_key) OVER (PARTITION BY psn_key, inst_key, dr_key, item_key, fee_day, med_type) AS case_key
    FROM prescription
),

shown AS (                    -- enough of them under one type of care; the dearest is what the others are compared with
    SELECT *, CAST(CASE WHEN rx_no = 1 THEN 0 ELSE 1 END AS BIGINT) AS is_further
    FROM numbered
    WHERE prescriptions >= :min_prescriptions
)

SELECT
    s.case_key AS case_key,
    CASE WHEN s.is_further = 1 THEN 'suspect' ELSE 'basis' END AS role,
    l.visit_key AS visit_key, l.fee_key AS fee_key,
    l.gross_fen * s.is_further AS gross_fen,
    l.inscp_fen * s.is_further AS inscp_fen,
    l.fund_fen * s.is_further AS fund_fen,
    CAST(s.prescriptions AS DOUBLE) AS measure,
    CAST(:min_prescriptions AS DOUBLE) AS threshold
FROM repeated_line AS l
JOIN shown AS s
  ON l.psn_key = s.psn_key AND l.inst_key = s.inst_key AND l.dr_key = s.dr_key AND l.item_key = s.item_key
 AND l.fee_day = s.fee_day AND l.med_type = s.med_type AND l.rx_key = s.rx_key
