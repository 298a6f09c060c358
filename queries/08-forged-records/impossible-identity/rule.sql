-- Evidence of impossible-identity: visits paid for persons whose identity number cannot exist or contradicts their registration.
-- Whether numbers mean anything in this export is asked first: where many are wrong, none says anything about its person.

WITH numbered AS (            -- persons with an 18-character number, and what is wrong with it
    SELECT
        psn_key, certno, birth_day, certno_birth_day,
        CASE WHEN certno_valid = 0 THEN 1 ELSE 0 END AS no_such_number,
        CASE WHEN certno_valid = 1 AND certno_gend <> gend AND certno_gend IN ('1', '2') AND gend IN ('1', '2') THEN 1 ELSE 0 END AS other_sex,
        CASE WHEN certno_valid = 1 AND (certno_birth_day - birth_day >= :min_birth_gap_days
                                        OR birth_day - certno_birth_day >= :min_birth_gap_days) THEN 1 ELSE 0 END AS other_birth
    FROM person
    WHERE certno_valid IS NOT NULL
),

registered AS (               -- one number for all that is wrong, as far as a row of persons is concerned
    SELECT
        psn_key, certno, birth_day, certno_birth_day, no_such_number,
        CASE WHEN no_such_number = 1 OR other_sex = 1 OR other_birth = 1 THEN 1 ELSE 0 END AS wrong
    FROM numbered
),

export AS (                   -- how many numbers of the export are wrong
    SELECT CAST(COUNT(*) AS BIGINT) AS persons, CAST(SUM(wrong) AS BIGINT) AS wrong_persons
    FROM registered
),

trusted AS (                  -- one row when the export's numbers can be trusted, else none
    SELECT persons
    FROM export
    WHERE wrong_persons < :min_wrong OR wrong_persons * 100 <= persons * :max_wrong_pct
),

placeholder AS (              -- numbers of too many persons
    SELECT certno
    FROM registered
    WHERE certno IS NOT NULL
    GROUP BY certno
    HAVING COUNT(DISTINCT psn_key) > :max_sharers
),

doubtful AS (                 -- persons whose own number is wrong
    SELECT r.psn_key, r.birth_day, r.certno_birth_day, r.no_such_number
    FROM registered AS r
    CROSS JOIN trusted AS t
    ANTI JOIN placeholder AS p ON r.certno = p.certno
    WHERE r.wrong = 1
),

claim AS (                    -- what the fund paid for them; a newborn under a parent's number is no doubt
    SELECT v.visit_key, v.psn_key, v.gross_fen, v.inscp_fen, v.fund_fen
    FROM visit AS v
    JOIN doubtful AS d ON v.psn_key = d.psn_key
    WHERE v.insured = 1 AND v.fund_fen > 0 AND v.birth = 0
      AND (d.no_such_number = 1 OR d.birth_day IS NULL OR d.certno_birth_day IS NULL
           OR d.birth_day <= d.certno_birth_day OR v.adm_day - d.birth_day > :newborn_days)
),

claimant AS (                 -- one finding per person
    SELECT psn_key, MIN(visit_key) AS case_key, COUNT(*) AS visits
    FROM claim
    GROUP BY psn_key
)

SELECT
    p.case_key AS case_key, 'suspect' AS role, c.visit_key AS visit_key,
    c.gross_fen AS gross_fen, c.inscp_fen AS inscp_fen, c.fund_fen AS fund_fen,
    p.visits AS measure, CAST(NULL AS DOUBLE) AS threshold
FROM claim AS c
JOIN claimant AS p ON c.psn_key = p.psn_key
