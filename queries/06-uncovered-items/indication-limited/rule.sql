-- Evidence of indication-limited: drugs limited to indications, for persons with none of their diagnoses.

WITH decided_item AS (        -- one row per drug and days whose limit is understood whole; cancer: whether a malignant tumour is among its indications
    SELECT item_key, begin_day, end_day, MAX(CAST(CASE WHEN SUBSTR(dx3, 1, 1) = 'C' THEN 1 ELSE 0 END AS BIGINT)) AS cancer
    FROM k_indication_limit
    GROUP BY item_key, begin_day, end_day
    HAVING COUNT(*) = COUNT(dx3)
),

coded_visit AS (              -- visits whose main diagnosis is a disease; the special-disease ones (14…, 9929) are paid by an approved benefit
    SELECT visit_key
    FROM visit
    WHERE main_dx3 IS NOT NULL AND SUBSTR(main_dx3, 1, 1) NOT IN ('R', 'Z')
      AND care_setting <> 'pharmacy' AND SUBSTR(med_type, 1, 2) <> '14' AND med_type <> '9929'
),

limited_line AS (             -- lines in scope of such drugs at such visits
    SELECT f.fee_key, f.psn_key, f.visit_key, f.item_key, f.fee_day, f.gross_fen, f.inscp_fen, f.fund_fen, d.cancer
    FROM fee AS f
    JOIN decided_item AS d ON f.item_key = d.item_key
    SEMI JOIN coded_visit AS c ON f.visit_key = c.visit_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.psn_key IS NOT NULL
      AND f.fee_day >= d.begin_day AND f.fee_day <= d.end_day
),

stated AS (                   -- every diagnosis of every visit of a person; the main one is there too, for exports without a table of diagnoses
    SELECT v.psn_key AS psn_key, v.adm_day AS adm_day, v.dscg_day AS dscg_day, d.dx3 AS dx3
    FROM diagnosis AS d
    JOIN visit AS v ON d.visit_key = v.visit_key
    UNION ALL
    SELECT psn_key, adm_day, dscg_day, main_dx3 AS dx3
    FROM visit
    WHERE main_dx3 IS NOT NULL
),

near_dx AS (                  -- the diagnoses around each line
    SELECT l.fee_key, l.item_key, l.fee_day, l.cancer, s.dx3
    FROM limited_line AS l
    JOIN stated AS s ON l.psn_key = s.psn_key
    WHERE s.dscg_day >= l.fee_day - :before_days AND s.adm_day <= l.fee_day + :after_days
),

supported AS (                -- lines with a diagnosis of the limit
    SELECT n.fee_key
    FROM near_dx AS n
    JOIN k_indication_limit AS k ON n.item_key = k.item_key AND n.dx3 = k.dx3
    WHERE n.fee_day >= k.begin_day AND n.fee_day <= k.end_day
    UNION ALL
    -- or, where it names a cancer, with one that does not say of which organ
    SELECT fee_key
    FROM near_dx
    WHERE cancer = 1
      AND (dx3 IN ('C76', 'C77', 'C78', 'C79', 'C80', 'C97', 'Z08', 'Z51', 'Z85') OR (dx3 >= 'D37' AND dx3 <= 'D48'))
),

breach AS (                   -- the others
    SELECT l.fee_key, l.visit_key, l.psn_key, l.item_key, l.gross_fen, l.inscp_fen, l.fund_fen
    FROM limited_line AS l
    ANTI JOIN supported AS s ON l.fee_key = s.fee_key
)

SELECT
    MIN(fee_key) OVER (PARTITION BY psn_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
    CAST(NULL AS DOUBLE) AS measure,
    CAST(NULL AS DOUBLE) AS threshold
FROM breach
