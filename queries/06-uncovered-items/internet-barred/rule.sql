-- Evidence of internet-barred: controlled drugs prescribed at visits over the internet.
-- Exports do not mark such visits: they are told by the name of the institution or of the ordering department.

WITH barred_item AS (         -- one row per drug that may not be prescribed there and days
    SELECT item_key, begin_day, end_day
    FROM k_internet_limit
    WHERE internet = 'barred'
    GROUP BY item_key, begin_day, end_day
),

named_place AS (              -- names with their last signs; the name may end with a bracket
    SELECT inst_key AS place_key, fixmedins_name AS name, LENGTH(fixmedins_name) AS name_length
    FROM institution
    WHERE fixmedins_name IS NOT NULL
    UNION ALL
    SELECT dept_key AS place_key, dept_name AS name, LENGTH(dept_name) AS name_length
    FROM department
    WHERE dept_name IS NOT NULL
),

internet_place AS (           -- internet hospitals, departments and clinics
    SELECT place_key
    FROM named_place
    WHERE SUBSTR(name, 1, 3) = '互联网'
       OR (name_length > 5 AND SUBSTR(name, GREATEST(name_length - 4, 1), 5) IN ('(互联网)', '（互联网）'))
       OR (name_length > 5 AND SUBSTR(name, GREATEST(name_length - 4, 1), 5) IN ('互联网医院', '互联网门诊'))
       OR (name_length > 6 AND SUBSTR(name, GREATEST(name_length - 5, 1), 5) IN ('互联网医院', '互联网门诊'))
    GROUP BY place_key
),

present_visit AS (            -- visits at which something was done that needs the person
    SELECT visit_key
    FROM fee
    WHERE item_kind = 'service' AND charge_type <> '02' AND gross_fen > 0
    GROUP BY visit_key
),

barred_line AS (              -- outpatient lines in scope of barred drugs
    SELECT f.fee_key, f.visit_key, f.item_key, f.inst_key, f.dept_key, f.gross_fen, f.inscp_fen, f.fund_fen
    FROM fee AS f
    JOIN barred_item AS b ON f.item_key = b.item_key
    JOIN visit AS v ON f.visit_key = v.visit_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND v.care_setting = 'outpatient' AND SUBSTR(v.med_type, 1, 2) <> '13'
      AND f.fee_day >= b.begin_day AND f.fee_day <= b.end_day
),

online_line AS (              -- those of internet places, by institution or by department
    SELECT b.fee_key
    FROM barred_line AS b
    SEMI JOIN internet_place AS p ON b.inst_key = p.place_key
    UNION ALL
    SELECT b.fee_key
    FROM barred_line AS b
    SEMI JOIN internet_place AS p ON b.dept_key = p.place_key
),

breach AS (                   -- unless the person was there
    SELECT b.fee_key, b.visit_key, b.item_key, b.gross_fen, b.inscp_fen, b.fund_fen
    FROM barred_line AS b
    SEMI JOIN online_line AS o ON b.fee_key = o.fee_key
    ANTI JOIN present_visit AS p ON b.visit_key = p.visit_key
)

SELECT
    MIN(fee_key) OVER (PARTITION BY visit_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
    CAST(NULL AS DOUBLE) AS measure,
    CAST(NULL AS DOUBLE) AS threshold
FROM breach
