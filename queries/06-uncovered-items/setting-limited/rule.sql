-- Evidence of setting-limited: items limited to a care setting in the fund's scope in another one.

WITH item_setting AS (        -- one row per item and days: the settings that any of its knowledge points allows
    SELECT
        item_key, begin_day, end_day,
        MAX(CAST(CASE WHEN setting IN ('inpatient', 'inpatient_or_emergency', 'emergency') THEN 1 ELSE 0 END AS BIGINT)) AS stay_allowed,
        MAX(CAST(CASE WHEN setting IN ('inpatient_or_emergency', 'emergency') THEN 1 ELSE 0 END AS BIGINT)) AS emergency_allowed,
        MAX(CAST(CASE WHEN setting = 'outpatient' THEN 1 ELSE 0 END AS BIGINT)) AS outpatient_allowed
    FROM k_setting_limit
    WHERE setting IN ('inpatient', 'inpatient_or_emergency', 'emergency', 'outpatient')
    GROUP BY item_key, begin_day, end_day
),

limited_line AS (             -- lines in scope of such items
    SELECT
        f.fee_key, f.visit_key, f.item_key, f.fee_day, f.gross_fen, f.inscp_fen, f.fund_fen,
        s.stay_allowed, s.emergency_allowed, s.outpatient_allowed
    FROM fee AS f
    JOIN item_setting AS s ON f.item_key = s.item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.fee_day >= s.begin_day AND f.fee_day <= s.end_day
),

other_setting_line AS (       -- used where none of them holds; special-disease visits (14…, 9929) are paid like stays in many places
    SELECT l.fee_key, l.visit_key, l.item_key, l.fee_day, l.gross_fen, l.inscp_fen, l.fund_fen, v.psn_key, v.care_setting
    FROM limited_line AS l
    JOIN visit AS v ON l.visit_key = v.visit_key
    WHERE (v.care_setting = 'inpatient' AND l.stay_allowed = 0 AND l.fee_day > v.adm_day)
       OR (v.care_setting IN ('outpatient', 'pharmacy')
           AND l.outpatient_allowed = 0
           AND SUBSTR(v.med_type, 1, 2) <> '14' AND v.med_type <> '9929'
           AND NOT (l.emergency_allowed = 1 AND SUBSTR(v.med_type, 1, 2) = '13'))
),

around_stay AS (              -- outpatient lines just before or within a stay of the same person
    SELECT o.fee_key
    FROM other_setting_line AS o
    JOIN visit AS s ON o.psn_key = s.psn_key
    WHERE o.care_setting <> 'inpatient' AND s.care_setting = 'inpatient'
      AND o.fee_day >= s.adm_day - :before_stay_days AND o.fee_day <= s.dscg_day
    GROUP BY o.fee_key
),

breach AS (                   -- the others
    SELECT o.fee_key, o.visit_key, o.item_key, o.gross_fen, o.inscp_fen, o.fund_fen
    FROM other_setting_line AS o
    ANTI JOIN around_stay AS a ON o.fee_key = a.fee_key
)

SELECT
    MIN(fee_key) OVER (PARTITION BY visit_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
    CAST(NULL AS DOUBLE) AS measure,
    CAST(NULL AS DOUBLE) AS threshold
FROM breach
