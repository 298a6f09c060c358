-- Evidence of watch-list: the fund paid a visit that began while the person was on an outside list (dead, in custody, abroad, work injury).
-- Only the day a visit began counts: what was settled late, or a stay that was under way when the list began, is no indication.

WITH listed AS (          -- entries of the lists by person number, and by identity number where the list has no other
    SELECT psn_key, watch_kind, begin_day, end_day
    FROM k_watch
    WHERE psn_key IS NOT NULL
    UNION ALL
    SELECT p.psn_key AS psn_key, k.watch_kind AS watch_kind, k.begin_day AS begin_day, k.end_day AS end_day
    FROM k_watch AS k
    JOIN person AS p ON k.certno = p.certno
    WHERE k.psn_key IS NULL AND k.certno IS NOT NULL
),

paid_visit AS (           -- visits that the fund paid; a newborn may be billed under the mother; fetched: long-term drugs that relatives may collect
    SELECT
        visit_key, psn_key, adm_day, gross_fen, inscp_fen, fund_fen,
        CASE WHEN SUBSTR(med_type, 1, 2) = '14' OR med_type = '9929' THEN 1 ELSE 0 END AS fetched,
        CASE WHEN main_dx3 >= 'S00' AND main_dx3 <= 'T98' THEN 1 ELSE 0 END AS injury
    FROM visit
    WHERE psn_key IS NOT NULL AND insured = 1 AND fund_fen > 0 AND birth = 0 AND insutype <> '410'
),

listed_visit AS (         -- visits beside the list entries that they contradict, with the days let pass at both ends
    SELECT
        v.visit_key, v.gross_fen, v.inscp_fen, v.fund_fen, v.adm_day, l.begin_day, l.end_day,
        CASE WHEN l.watch_kind = 'death' THEN :death_grace_days ELSE :grace_days END AS limit_days
    FROM paid_visit AS v
    JOIN listed AS l ON v.psn_key = l.psn_key
    WHERE l.watch_kind IN ('death', 'custody')
       OR (l.watch_kind = 'abroad' AND v.fetched = 0)
       OR (l.watch_kind = 'work_injury' AND v.injury = 1)
),

well_inside AS (          -- those further inside the period than that; a visit may meet several entries, one is enough
    SELECT
        visit_key, gross_fen, inscp_fen, fund_fen, adm_day - begin_day AS days_after, limit_days,
        ROW_NUMBER() OVER (PARTITION BY visit_key ORDER BY begin_day, limit_days, end_day) AS choice
    FROM listed_visit
    WHERE adm_day - begin_day > limit_days AND end_day - adm_day > limit_days
)

SELECT
    visit_key AS case_key, 'suspect' AS role, visit_key, gross_fen, inscp_fen, fund_fen,
    days_after AS measure, limit_days AS threshold
FROM well_inside
WHERE choice = 1
