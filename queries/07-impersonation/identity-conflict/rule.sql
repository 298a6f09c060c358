-- Evidence of identity-conflict: sex or birth date registered at a visit contradict those of the person.

WITH registered AS (      -- persons as registered; a sex other than male or female says nothing
    SELECT psn_key, CASE WHEN gend IN ('1', '2') THEN gend END AS person_gend, birth_day AS person_birth_day
    FROM person
),

compared AS (             -- visits that the fund paid, beside the person; 0 where one side does not say
    SELECT
        v.visit_key, v.psn_key, v.inst_key, v.gross_fen, v.inscp_fen, v.fund_fen,
        CASE WHEN v.gend IN ('1', '2') AND v.gend <> r.person_gend THEN 1 ELSE 0 END AS other_sex,
        COALESCE(ABS(v.birth_day - r.person_birth_day), 0) AS birth_gap_days
    FROM visit AS v
    JOIN registered AS r ON v.psn_key = r.psn_key
    WHERE v.psn_key IS NOT NULL AND v.insured = 1 AND v.fund_fen > 0 AND v.birth = 0
),

judged AS (               -- with whether they contradict
    SELECT *, CASE WHEN other_sex = 1 OR birth_gap_days >= :min_birth_gap_days THEN 1 ELSE 0 END AS conflict
    FROM compared
),

trusted AS (              -- institutions whose data mostly agree, or that are too small to tell
    SELECT inst_key
    FROM judged
    GROUP BY inst_key
    HAVING COUNT(DISTINCT psn_key) < :min_persons
        OR COUNT(DISTINCT CASE WHEN conflict = 1 THEN psn_key END) * 100 < COUNT(DISTINCT psn_key) * :max_conflict_pct
)

SELECT
    j.visit_key AS case_key, 'suspect' AS role, j.visit_key AS visit_key, j.gross_fen AS gross_fen, j.inscp_fen AS inscp_fen, j.fund_fen AS fund_fen,
    j.birth_gap_days AS measure, :min_birth_gap_days AS threshold
FROM judged AS j
JOIN trusted AS t ON j.inst_key = t.inst_key
WHERE j.conflict = 1
