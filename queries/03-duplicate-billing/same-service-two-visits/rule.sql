-- Evidence of same-service-two-visits: one test billed in several outpatient visits of one person to one institution on one day.

WITH test_line AS (       -- insured outpatient lines of tests; a missing hospital item is one value of its own
    SELECT
        fee_key, visit_key, psn_key, inst_key, item_key, fee_day, cnt_e4, gross_fen, inscp_fen, fund_fen,
        COALESCE(hosp_item_key, 0) AS hosp_item
    FROM fee
    WHERE psn_key IS NOT NULL AND item_key IS NOT NULL
      AND insured = 1 AND care_setting = 'outpatient' AND item_kind = 'service' AND inscp_fen > 0
      AND (charge_type = '04' OR (charge_type = '03' AND :with_examinations = 1))
),

visit_test AS (           -- one row per visit, test and day, with the negative of its cost, so that the dearest sorts first
    SELECT
        psn_key, inst_key, item_key, hosp_item, fee_day, visit_key,
        SUM(cnt_e4) AS cnt_e4, SUM(0 - gross_fen) AS dearest_first
    FROM test_line
    GROUP BY psn_key, inst_key, item_key, hosp_item, fee_day, visit_key
),

day_test AS (             -- tests of a day in several visits, once in each
    SELECT psn_key, inst_key, item_key, hosp_item, fee_day, COUNT(*) AS visits
    FROM visit_test
    GROUP BY psn_key, inst_key, item_key, hosp_item, fee_day
    HAVING COUNT(*) >= :min_visits AND MAX(cnt_e4) <= 10000
),

placed AS (               -- their visits, the dearest first
    SELECT
        v.psn_key, v.inst_key, v.item_key, v.hosp_item, v.fee_day, v.visit_key, d.visits,
        ROW_NUMBER() OVER (
            PARTITION BY v.psn_key, v.inst_key, v.item_key, v.hosp_item, v.fee_day ORDER BY v.dearest_first, v.visit_key
        ) AS place
    FROM visit_test AS v
    JOIN day_test AS d
      ON v.psn_key = d.psn_key AND v.inst_key = d.inst_key AND v.item_key = d.item_key
     AND v.hosp_item = d.hosp_item AND v.fee_day = d.fee_day
),

repeated_line AS (        -- their lines, under one name per person, test and day
    SELECT
        l.fee_key, l.visit_key, l.gross_fen, l.inscp_fen, l.fund_fen, p.visits, p.place,
        MIN(l.fee_key) OVER (PARTITION BY l.psn_key, l.inst_key, l.item_key, l.hosp_item, l.fee_day) AS case_key
    FROM test_line AS l
    JOIN placed AS p
      ON l.visit_key = p.visit_key AND l.item_key = p.item_key AND l.hosp_item = p.hosp_item AND l.fee_day = p.fee_day
)

SELECT
    case_key,
    CASE WHEN place = 1 THEN 'basis' ELSE 'suspect' END AS role,
    visit_key, fee_key,
    CASE WHEN place = 1 THEN 0 ELSE gross_fen END AS gross_fen,
    CASE WHEN place = 1 THEN 0 ELSE inscp_fen END AS inscp_fen,
    CASE WHEN place = 1 THEN 0 ELSE fund_fen END AS fund_fen,
    visits AS measure, :min_visits AS threshold
FROM repeated_line
