-- Evidence of shared-record-number: two persons lie in one institution on the same nights under one record or admission number.
-- One of the records is wrong, the data do not say which: the stay that cost the fund less is the suspect.

WITH stay AS (            -- insured stays of known persons with both ends known
    SELECT
        visit_key, psn_key, inst_key, adm_day, dscg_day, medrcdno, ipt_otp_no, gross_fen, inscp_fen, fund_fen
    FROM visit
    WHERE care_setting = 'inpatient' AND psn_key IS NOT NULL AND insured = 1
      AND birth = 0 AND still_in = 0
),

numbered AS (             -- one row per stay and number; a record number never equals an admission number
    SELECT visit_key, psn_key, inst_key, adm_day, dscg_day, fund_fen, 'record' AS kind, medrcdno AS number
    FROM stay
    WHERE medrcdno IS NOT NULL
    UNION ALL
    SELECT visit_key, psn_key, inst_key, adm_day, dscg_day, fund_fen, 'admission' AS kind, ipt_otp_no AS number
    FROM stay
    WHERE ipt_otp_no IS NOT NULL
),

shared AS (               -- numbers that several persons carry, but not so many that it is no number
    SELECT inst_key, kind, number
    FROM numbered
    GROUP BY inst_key, kind, number
    HAVING COUNT(DISTINCT psn_key) >= 2 AND COUNT(DISTINCT psn_key) <= :max_persons
),

holder AS (               -- their stays with the person's identity
    SELECT
        n.visit_key, n.psn_key, n.inst_key, n.adm_day, n.dscg_day, n.fund_fen, n.kind, n.number,
        p.certno, p.psn_name, p.birth_day
    FROM numbered AS n
    JOIN shared AS s ON n.inst_key = s.inst_key AND n.kind = s.kind AND n.number = s.number
    LEFT JOIN person AS p ON n.psn_key = p.psn_key
),

stay_pair AS (            -- two stays under one number, in no order, with the nights they share
    SELECT
        a.visit_key AS suspect_key, b.visit_key AS basis_key,
        LEAST(a.dscg_day, b.dscg_day) - GREATEST(a.adm_day, b.adm_day) AS shared_nights,
        CASE WHEN a.certno = b.certno THEN 1
             WHEN a.psn_name = b.psn_name AND a.birth_day = b.birth_day THEN 1
             ELSE 0 END AS same_human
    FROM holder AS a
    JOIN holder AS b ON a.inst_key = b.inst_key AND a.kind = b.kind AND a.number = b.number
    WHERE a.psn_key <> b.psn_key
      AND (a.fund_fen < b.fund_fen OR (a.fund_fen = b.fund_fen AND a.visit_key > b.visit_key))
),

collision AS (            -- one row per pair, whether they share one number or both
    SELECT suspect_key, basis_key, MAX(shared_nights) AS shared_nights
    FROM stay_pair
    WHERE same_human = 0 AND shared_nights >= :min_shared_nights
    GROUP BY suspect_key, basis_key
),

worst AS (                -- one row per suspect
    SELECT suspect_key, MAX(shared_nights) AS shared_nights
    FROM collision
    GROUP BY suspect_key
)

SELECT
    s.visit_key AS case_key, 'suspect' AS role, s.visit_key AS visit_key,
    s.gross_fen AS gross_fen, s.inscp_fen AS inscp_fen, s.fund_fen AS fund_fen,
    w.shared_nights AS measure, :min_shared_nights AS threshold
FROM stay AS s
JOIN worst AS w ON s.visit_key = w.suspect_key
UNION ALL
SELECT
    c.suspect_key AS case_key, 'basis' AS role, c.basis_key AS visit_key,
    CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
    w.shared_nights AS measure, :min_shared_nights AS threshold
FROM collision AS c
JOIN worst AS w ON c.suspect_key = w.suspect_key
