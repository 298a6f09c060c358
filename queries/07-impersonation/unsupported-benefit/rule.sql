-- Evidence of unsupported-benefit: a special-disease benefit that begins without any diagnosis, stay or scan that supports it.
-- Only benefits that begin long after the person's first claim are judged: an older history would lie before the export or elsewhere.

WITH benefit_dx AS (      -- diagnoses that a benefit is granted for, and the days on which their support is known
    SELECT benefit_dx3, begin_day, end_day
    FROM k_benefit_support
    GROUP BY benefit_dx3, begin_day, end_day
),

paid_visit AS (           -- visits of known persons, with those under a special-disease benefit marked
    SELECT
        visit_key, psn_key, inst_key, adm_day, main_dx3, insured, insu_admdvs, gross_fen, inscp_fen, fund_fen,
        CASE WHEN care_setting IN ('outpatient', 'pharmacy') AND (SUBSTR(med_type, 1, 2) = '14' OR med_type = '9929') THEN 1 ELSE 0 END AS special
    FROM visit
    WHERE psn_key IS NOT NULL
),

first_visit AS (          -- a person's first claim of any kind
    SELECT psn_key, MIN(adm_day) AS seen_day
    FROM paid_visit
    GROUP BY psn_key
),

benefit_visit AS (        -- visits under a benefit for such a diagnosis, of persons insured in the city of the institution
    SELECT p.visit_key, p.psn_key, p.adm_day, p.main_dx3 AS benefit_dx3, p.gross_fen, p.inscp_fen, p.fund_fen
    FROM paid_visit AS p
    JOIN institution AS i ON p.inst_key = i.inst_key
    JOIN benefit_dx AS b ON p.main_dx3 = b.benefit_dx3
    WHERE p.adm_day >= b.begin_day AND p.adm_day <= b.end_day
      AND p.special = 1 AND p.insured = 1 AND p.fund_fen > 0
      AND (p.insu_admdvs IS NULL OR i.admdvs IS NULL OR SUBSTR(p.insu_admdvs, 1, 4) = SUBSTR(i.admdvs, 1, 4))
),

benefit AS (              -- one row per person and benefit
    SELECT psn_key, benefit_dx3, MIN(adm_day) AS begin_day, COUNT(*) AS visits, MIN(visit_key) AS case_key
    FROM benefit_visit
    GROUP BY psn_key, benefit_dx3
),

other_dx AS (             -- diagnoses of visits other than under a benefit, main or further ones
    SELECT p.psn_key AS psn_key, d.dx3 AS dx3
    FROM diagnosis AS d
    JOIN paid_visit AS p ON d.visit_key = p.visit_key
    WHERE p.special = 0
    UNION ALL
    SELECT psn_key, main_dx3 AS dx3
    FROM paid_visit
    WHERE special = 0 AND main_dx3 IS NOT NULL
),

supported AS (            -- benefits with a supporting diagnosis at any time
    SELECT b.psn_key, b.benefit_dx3
    FROM benefit AS b
    JOIN k_benefit_support AS k ON b.benefit_dx3 = k.benefit_dx3
    JOIN other_dx AS o ON b.psn_key = o.psn_key AND k.support_dx3 = o.dx3
    GROUP BY b.psn_key, b.benefit_dx3
),

scan_item AS (            -- computed tomography and magnetic resonance: codes 002103 and 002102 of the national price-item catalogue
    SELECT item_key
    FROM item
    WHERE SUBSTR(item_code, 1, 6) IN ('002102', '002103')
),

scanned AS (              -- persons with such a scan at any time
    SELECT f.psn_key
    FROM fee AS f
    SEMI JOIN scan_item AS s ON f.item_key = s.item_key
    WHERE f.psn_key IS NOT NULL
    GROUP BY f.psn_key
),

unsupported AS (          -- benefits without any of these that began late enough in the person's history
    SELECT b.psn_key, b.benefit_dx3, b.visits, b.case_key
    FROM benefit AS b
    JOIN first_visit AS f ON b.psn_key = f.psn_key
    ANTI JOIN supported AS s ON b.psn_key = s.psn_key AND b.benefit_dx3 = s.benefit_dx3
    ANTI JOIN scanned AS c ON b.psn_key = c.psn_key
    WHERE b.begin_day - f.seen_day >= :history_days AND b.visits >= :min_visits
)

SELECT
    u.case_key AS case_key, 'suspect' AS role, v.visit_key AS visit_key, v.gross_fen AS gross_fen, v.inscp_fen AS inscp_fen,
    v.fund_fen AS fund_fen, CAST(u.visits AS DOUBLE) AS measure, CAST(:min_visits AS DOUBLE) AS threshold
FROM benefit_visit AS v
JOIN unsupported AS u ON v.psn_key = u.psn_key AND v.benefit_dx3 = u.benefit_dx3
