-- Evidence of second-line: drugs limited to the second line, for persons whose claims show no first-line drug before.
-- Classes are the first three signs of the ATC code, which stands in a national drug code from its second sign on: widely meant.

WITH second_item AS (         -- one row per drug of the second line and days
    SELECT item_key, begin_day, end_day
    FROM k_second_line
    GROUP BY item_key, begin_day, end_day
),

listed_drug AS (              -- the drugs themselves, whenever
    SELECT item_key FROM second_item GROUP BY item_key
),

classed_drug AS (             -- drugs with their class; without a national code it is not known
    SELECT
        item_key,
        CASE WHEN SUBSTR(item_code, 1, 1) = 'X' AND LENGTH(item_code) >= 20 THEN SUBSTR(item_code, 2, 3) ELSE '-' END AS drug_class
    FROM item
    WHERE item_kind IN ('western', 'patent')
),

excusing_class AS (           -- per class what comes before it: drugs of its own, and the classes that guidelines put first
    SELECT drug_class, drug_class AS earlier_class FROM classed_drug WHERE drug_class <> '-' GROUP BY drug_class
    UNION ALL
    SELECT drug_class, '-' AS earlier_class FROM classed_drug WHERE drug_class <> '-' GROUP BY drug_class
    UNION ALL
    SELECT drug_class, earlier_class FROM k_first_line WHERE drug_class <> earlier_class GROUP BY drug_class, earlier_class
),

person_start AS (             -- the first day on which a person is seen
    SELECT psn_key, MIN(adm_day) AS seen_day
    FROM visit
    WHERE psn_key IS NOT NULL
    GROUP BY psn_key
),

first_use AS (                -- and is given a drug, of the second line or not, whoever paid
    SELECT f.psn_key, f.item_key, MIN(f.fee_day) AS first_day
    FROM fee AS f
    WHERE f.psn_key IS NOT NULL AND f.item_kind IN ('western', 'patent') AND f.cnt_e4 > 0
    GROUP BY f.psn_key, f.item_key
),

class_use AS (                -- first days of other drugs by class; Chinese patent drugs have no such class and say nothing
    SELECT u.psn_key, d.drug_class, MIN(u.first_day) AS first_day
    FROM first_use AS u
    JOIN classed_drug AS d ON u.item_key = d.item_key
    ANTI JOIN listed_drug AS l ON u.item_key = l.item_key
    GROUP BY u.psn_key, d.drug_class
),

late_start AS (               -- second-line drugs that a person began long after the first claim
    SELECT u.psn_key, u.item_key, u.first_day - p.seen_day AS history
    FROM first_use AS u
    SEMI JOIN listed_drug AS l ON u.item_key = l.item_key
    JOIN person_start AS p ON u.psn_key = p.psn_key
    WHERE u.first_day - p.seen_day >= :history_days
),

second_line AS (              -- their lines in scope, of persons insured in the city of the institution as far as both are known
    SELECT
        f.fee_key, f.visit_key, f.psn_key, f.item_key, f.fee_day, f.gross_fen, f.inscp_fen, f.fund_fen, s.history, d.drug_class
    FROM fee AS f
    JOIN second_item AS k ON f.item_key = k.item_key
    JOIN late_start AS s ON f.psn_key = s.psn_key AND f.item_key = s.item_key
    JOIN classed_drug AS d ON f.item_key = d.item_key
    JOIN visit AS v ON f.visit_key = v.visit_key
    LEFT JOIN institution AS i ON f.inst_key = i.inst_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND d.drug_class <> '-'
      AND f.fee_day >= k.begin_day AND f.fee_day <= k.end_day
      AND (v.insu_admdvs IS NULL OR i.admdvs IS NULL OR SUBSTR(v.insu_admdvs, 1, 4) = SUBSTR(i.admdvs, 1, 4))
),

excused AS (                  -- those after, or on the day of, another drug that may have been the first line
    SELECT s.fee_key
    FROM second_line AS s
    JOIN excusing_class AS e ON s.drug_class = e.drug_class
    JOIN class_use AS u ON s.psn_key = u.psn_key AND e.earlier_class = u.drug_class
    WHERE u.first_day <= s.fee_day
    GROUP BY s.fee_key
),

breach AS (                   -- the others
    SELECT s.fee_key, s.visit_key, s.psn_key, s.item_key, s.gross_fen, s.inscp_fen, s.fund_fen, s.history
    FROM second_line AS s
    ANTI JOIN excused AS e ON s.fee_key = e.fee_key
)

SELECT
    MIN(fee_key) OVER (PARTITION BY psn_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
    CAST(history AS DOUBLE) AS measure,
    CAST(:history_days AS DOUBLE) AS threshold
FROM breach
