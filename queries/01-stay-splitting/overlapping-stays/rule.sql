-- Evidence of overlapping-stays: one person lies in hospital under two visits on the same nights.
-- The records cannot both be right, but do not say which one is wrong: of the two, the one that cost the fund less over
-- the shared nights is the suspect, because of two things that exclude each other the lesser one is at risk, and because
-- the bed where less was done is more likely the empty one. Only its share of those nights counts.

WITH stay AS (            -- stays with a known end; an unknown person is nobody, not one person
    SELECT
        visit_key, psn_key, inst_key, insured, adm_day, dscg_day, dscg_way, referral, ipt_otp_no,
        gross_fen, inscp_fen, fund_fen
    FROM visit
    WHERE care_setting = 'inpatient'
      AND psn_key IS NOT NULL
      AND dscg_day > adm_day
      AND planned_cycle = 0 AND day_surgery = 0 AND birth = 0 AND still_in = 0
),

stay_pair AS (            -- two stays of one person that share nights: a was admitted first, b second
    SELECT
        a.visit_key AS a_key, b.visit_key AS b_key, a.insured AS a_insured, b.insured AS b_insured,
        -- b was admitted last, so the shared nights begin with it; they end with the first of the two discharges
        LEAST(a.dscg_day, b.dscg_day) - b.adm_day AS shared_nights,
        a.dscg_day - a.adm_day AS a_nights, b.dscg_day - b.adm_day AS b_nights,
        a.fund_fen AS a_fund_fen, b.fund_fen AS b_fund_fen,
        -- one stay under two visit numbers: an interim settlement, whatever days it names
        CASE WHEN a.inst_key = b.inst_key AND a.ipt_otp_no = b.ipt_otp_no THEN 1 ELSE 0 END AS interim
    FROM stay AS a
    JOIN stay AS b ON a.psn_key = b.psn_key
    WHERE b.adm_day < a.dscg_day
      AND (a.adm_day < b.adm_day
           OR (a.adm_day = b.adm_day
               AND (a.dscg_day < b.dscg_day OR (a.dscg_day = b.dscg_day AND a.visit_key < b.visit_key))))
      AND a.dscg_way NOT IN ('transfer', 'community')
      AND b.referral = 0
),

judged_pair AS (          -- pairs with enough shared nights and which of the two is the suspect: an insured one, the lesser if both are
    SELECT
        a_key, b_key, shared_nights,
        CASE WHEN b_insured = 0 THEN 'a'
             WHEN a_insured = 0 THEN 'b'
             -- a costs less per night; the nights are the same, so this is multiplied out and stays exact
             WHEN a_fund_fen * b_nights < b_fund_fen * a_nights THEN 'a'
             ELSE 'b' END AS suspect
    FROM stay_pair
    WHERE interim = 0
      AND shared_nights >= :min_shared_nights
      AND (a_insured = 1 OR b_insured = 1)
),

colliding_pair AS (       -- the pairs as suspect and the stay it collides with
    SELECT
        CASE WHEN suspect = 'a' THEN a_key ELSE b_key END AS suspect_key,
        CASE WHEN suspect = 'a' THEN b_key ELSE a_key END AS basis_key,
        shared_nights
    FROM judged_pair
),

worst_overlap AS (        -- one row per suspect; nights shared with several stays may be the same nights, so they are not added up
    SELECT suspect_key, MAX(shared_nights) AS shared_nights
    FROM colliding_pair
    GROUP BY suspect_key
)

SELECT
    s.visit_key AS case_key, 'suspect' AS role, s.visit_key AS visit_key,
    CAST(FLOOR(CAST(s.gross_fen AS DOUBLE) * w.shared_nights / (s.dscg_day - s.adm_day)) AS BIGINT) AS gross_fen,
    CAST(FLOOR(CAST(s.inscp_fen AS DOUBLE) * w.shared_nights / (s.dscg_day - s.adm_day)) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(CAST(s.fund_fen AS DOUBLE) * w.shared_nights / (s.dscg_day - s.adm_day)) AS BIGINT) AS fund_fen,
    w.shared_nights AS measure, :min_shared_nights AS threshold
FROM stay AS s
JOIN worst_overlap AS w ON s.visit_key = w.suspect_key
UNION ALL
SELECT
    o.suspect_key AS case_key, 'basis' AS role, o.basis_key AS visit_key,
    CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
    w.shared_nights AS measure, :min_shared_nights AS threshold
FROM colliding_pair AS o
JOIN worst_overlap AS w ON o.suspect_key = w.suspect_key
