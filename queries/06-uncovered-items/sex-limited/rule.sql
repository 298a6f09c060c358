-- Evidence of sex-limited: items limited to one sex in the fund's scope for a person of the other.
-- A wrong registration is the usual innocent reason, so every record of the person's sex has to agree.

WITH one_sex_item AS (        -- items that the notices limit to one sex on these days; listed for both they are limited to none
    SELECT item_key, begin_day, end_day, MIN(gend) AS limited_to
    FROM k_sex_limit
    GROUP BY item_key, begin_day, end_day
    HAVING MIN(gend) = MAX(gend)
),

limited_line AS (             -- lines in scope of such items
    SELECT f.fee_key, f.visit_key, f.item_key, f.gross_fen, f.inscp_fen, f.fund_fen, o.limited_to
    FROM fee AS f
    JOIN one_sex_item AS o ON f.item_key = o.item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.fee_day >= o.begin_day AND f.fee_day <= o.end_day
),

other_sex_line AS (           -- of persons registered with the other sex, without care that concerns both
    SELECT l.fee_key, l.visit_key, l.item_key, l.gross_fen, l.inscp_fen, l.fund_fen, v.psn_key, v.gend
    FROM limited_line AS l
    JOIN visit AS v ON l.visit_key = v.visit_key
    WHERE v.gend IN ('1', '2') AND v.gend <> l.limited_to
      AND v.birth = 0
      AND COALESCE(v.main_dx3, '') NOT IN ('N46', 'N97', 'Z31', 'F64', 'Z87')
),

suspected_person AS (         -- the persons among them who are known
    SELECT psn_key
    FROM other_sex_line
    WHERE psn_key IS NOT NULL
    GROUP BY psn_key
),

registered AS (               -- what their visits, the person record and the identity number say
    SELECT v.psn_key AS psn_key, v.gend AS gend
    FROM visit AS v
    JOIN suspected_person AS s ON v.psn_key = s.psn_key
    WHERE v.gend IN ('1', '2')
    UNION ALL
    SELECT p.psn_key AS psn_key, p.gend AS gend
    FROM person AS p
    JOIN suspected_person AS s ON p.psn_key = s.psn_key
    WHERE p.gend IN ('1', '2')
    UNION ALL
    SELECT p.psn_key AS psn_key,
           CASE WHEN SUBSTR(p.certno, 17, 1) IN ('1', '3', '5', '7', '9') THEN '1' ELSE '2' END AS gend
    FROM person AS p
    JOIN suspected_person AS s ON p.psn_key = s.psn_key
    WHERE LENGTH(p.certno) = 18
      AND SUBSTR(p.certno, 17, 1) IN ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
),

between_sexes AS (            -- persons whose diagnoses say that the registered sex is not the whole truth: the notices do not mean them
    SELECT v.psn_key
    FROM visit AS v
    JOIN suspected_person AS s ON v.psn_key = s.psn_key
    LEFT JOIN diagnosis AS d ON v.visit_key = d.visit_key
    WHERE d.dx3 IN ('Q56', 'Q96', 'Q97', 'Q98', 'Q99') OR v.main_dx3 IN ('Q56', 'Q96', 'Q97', 'Q98', 'Q99')
       OR d.dx_name IN ('两性畸形', '染色体异常')
    GROUP BY v.psn_key
),

contradicted_person AS (      -- whose records do not agree
    SELECT psn_key
    FROM registered
    GROUP BY psn_key
    HAVING MIN(gend) <> MAX(gend)
),

breach AS (                   -- a visit without a known person has only its own record
    SELECT o.fee_key, o.visit_key, o.item_key, o.gross_fen, o.inscp_fen, o.fund_fen
    FROM other_sex_line AS o
    ANTI JOIN contradicted_person AS c ON o.psn_key = c.psn_key
    ANTI JOIN between_sexes AS b ON o.psn_key = b.psn_key
)

SELECT
    MIN(fee_key) OVER (PARTITION BY visit_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
    CAST(NULL AS DOUBLE) AS measure,
    CAST(NULL AS DOUBLE) AS threshold
FROM breach
