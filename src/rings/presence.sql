-- Who was where and when: one row per person, place and day. The beginning of every ring statement; edges.sql goes on from here.
-- moment: minutes since 1970 for contacts; for stays admission day × 512 + nights (at most 511), so that equal moments are equal stays.
WITH
-- The first minute that each visit was settled at.
settled AS (
    SELECT visit_key, MIN(setl_min) AS setl_min
    FROM settlement
    WHERE setl_min IS NOT NULL
    GROUP BY visit_key
),
-- Visits of known insured persons that no course of treatment and no birth explains.
visited AS (
    SELECT
        v.psn_key,
        v.inst_key,
        v.visit_key,
        CASE WHEN v.care_setting = 'inpatient' AND v.dscg_day > v.adm_day THEN 1 ELSE 0 END AS stay,
        v.care_setting,
        CAST(v.adm_day AS BIGINT) AS adm_day,
        CAST(v.dscg_day AS BIGINT) AS dscg_day,
        COALESCE(s.setl_min, v.adm_min) AS clock
    FROM visit AS v
    LEFT JOIN settled AS s ON v.visit_key = s.visit_key
    WHERE v.psn_key IS NOT NULL AND v.insured = 1 AND v.still_in = 0 AND v.planned_cycle = 0 AND v.birth = 0
),
-- Contacts with a clock time (00:00 is a date without one), and stays.
present AS (
    SELECT
        psn_key,
        inst_key,
        visit_key,
        0 AS stay,
        CAST(FLOOR(CAST(clock AS DOUBLE) / 1440) AS BIGINT) AS day_no,
        clock AS moment
    FROM visited
    WHERE stay = 0 AND care_setting <> 'inpatient' AND care_setting <> 'home_bed' AND clock IS NOT NULL AND clock % 1440 <> 0
    UNION ALL
    SELECT
        psn_key,
        inst_key,
        visit_key,
        1 AS stay,
        adm_day AS day_no,
        adm_day * 512 + LEAST(dscg_day - adm_day, 511) AS moment
    FROM visited
    WHERE stay = 1
),
-- The first contact of a person at a place on a day: one moment each, however many receipts.
presence AS (
    SELECT psn_key, inst_key, stay, day_no, MIN(moment) AS moment
    FROM present
    GROUP BY psn_key, inst_key, stay, day_no
)
