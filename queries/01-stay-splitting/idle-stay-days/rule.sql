-- Evidence of idle-stay-days: days inside a stay on which nothing but bed, nursing and diagnosis was charged.
-- A day without any fee line is idle too. Idle runs are the gaps between days with care, so no calendar is needed:
-- the admission day, each day with care and the discharge day are marks, and what lies between two marks is idle.
-- Each step reads only the one before it; totals are windows rather than joins back, which some engines would compute anew.

WITH stay AS (            -- insured stays that have a day between admission and discharge
    SELECT visit_key, adm_day, dscg_day, dscg_day - adm_day AS stay_days
    FROM visit
    WHERE care_setting = 'inpatient'
      AND insured = 1
      AND dscg_day > adm_day + 1
      AND planned_cycle = 0 AND day_surgery = 0 AND birth = 0 AND still_in = 0
),

billed_day AS (           -- one row per visit and day with fee lines: was there care, and to which day do its drugs last
    SELECT
        visit_key, fee_day,
        MAX(CASE WHEN charge_type IN ('01', '02', '07') THEN 0 ELSE 1 END) AS care,
        MAX(CASE WHEN item_kind IN ('western', 'patent', 'herbal') AND prd_days > 1
                 THEN fee_day + prd_days - 1 ELSE fee_day END) AS covered_to
    FROM fee
    WHERE care_setting = 'inpatient' AND insured = 1
    GROUP BY visit_key, fee_day
),

day_or_edge AS (          -- the same rows, and the two edges of each stay, which stand for care
    SELECT visit_key, fee_day AS mark_day, 1 AS billed, care, covered_to FROM billed_day
    UNION ALL
    SELECT visit_key, adm_day AS mark_day, 0 AS billed, 1 AS care, adm_day AS covered_to FROM stay
    UNION ALL
    SELECT visit_key, dscg_day AS mark_day, 0 AS billed, 1 AS care, dscg_day AS covered_to FROM stay
),

stay_day AS (             -- one row per stay and day that is billed or an edge
    SELECT
        d.visit_key AS visit_key, s.dscg_day AS dscg_day, s.stay_days AS stay_days, d.mark_day AS mark_day,
        MAX(d.billed) AS billed, MAX(d.care) AS care, MAX(d.covered_to) AS covered_to
    FROM day_or_edge AS d
    JOIN stay AS s ON d.visit_key = s.visit_key
    WHERE d.mark_day >= s.adm_day AND d.mark_day <= s.dscg_day
    GROUP BY d.visit_key, s.dscg_day, s.stay_days, d.mark_day
),

dated_day AS (            -- the same rows with the number of billed days of their stay (the discharge day is no day of the stay)
    SELECT
        visit_key, stay_days, mark_day, care, covered_to,
        SUM(CASE WHEN mark_day < dscg_day THEN billed ELSE 0 END) OVER (PARTITION BY visit_key) AS billed_days
    FROM stay_day
),

covered_mark AS (         -- days with care and edges, of stays whose fees are dated by day, with the last day covered so far
    SELECT
        visit_key, stay_days, mark_day,
        MAX(covered_to) OVER (PARTITION BY visit_key ORDER BY mark_day) AS covered_to
    FROM dated_day
    WHERE care = 1
      AND billed_days * 100 >= stay_days * :min_dated_pct
),

next_mark AS (            -- each mark beside what was covered before it
    SELECT
        visit_key, stay_days, mark_day,
        LAG(covered_to) OVER (PARTITION BY visit_key ORDER BY mark_day) AS before_covered_to
    FROM covered_mark
),

idle_run AS (             -- runs of idle days, both ends inclusive
    SELECT
        visit_key, stay_days, before_covered_to + 1 AS first_day, mark_day - 1 AS last_day,
        mark_day - before_covered_to - 1 AS run_days
    FROM next_mark
    WHERE mark_day > before_covered_to + 1
),

totalled_run AS (         -- the same runs with the totals of their stay: all idle days, and those in long runs
    SELECT
        visit_key, stay_days, first_day, last_day, run_days,
        SUM(run_days) OVER (PARTITION BY visit_key) AS idle_days,
        SUM(CASE WHEN run_days >= :min_run_days THEN run_days ELSE 0 END) OVER (PARTITION BY visit_key) AS long_days
    FROM idle_run
),

counted_run AS (          -- the runs at risk: all of a stay that is idle for more than the share allowed, else the long ones
    SELECT
        visit_key, first_day, last_day,
        CAST(CASE WHEN idle_days * 100 > stay_days * :max_idle_pct THEN idle_days ELSE long_days END AS DOUBLE) AS counted_days,
        -- the limit that was broken, in days: that of a run, or the share of this stay
        CASE WHEN long_days > 0 THEN CAST(:min_run_days AS DOUBLE)
             ELSE CAST(stay_days * :max_idle_pct AS DOUBLE) / 100 END AS limit_days
    FROM totalled_run
    WHERE idle_days * 100 > stay_days * :max_idle_pct
       OR run_days >= :min_run_days
),

idle_line AS (            -- the fee lines of those days: by construction bed, nursing and diagnosis only
    SELECT
        f.visit_key AS visit_key, f.fee_key AS fee_key,
        f.gross_fen AS gross_fen, f.inscp_fen AS inscp_fen, f.fund_fen AS fund_fen,
        r.counted_days AS counted_days, r.limit_days AS limit_days
    FROM fee AS f
    JOIN counted_run AS r ON f.visit_key = r.visit_key
    WHERE f.care_setting = 'inpatient' AND f.insured = 1
      AND f.fee_day >= r.first_day AND f.fee_day <= r.last_day
),

charged_stay AS (         -- the stays of those lines; where nothing was charged nothing is at risk
    SELECT visit_key, counted_days, limit_days
    FROM idle_line
    GROUP BY visit_key, counted_days, limit_days
)

SELECT visit_key AS case_key, 'suspect' AS role, visit_key, fee_key,
       gross_fen, inscp_fen, fund_fen, counted_days AS measure, limit_days AS threshold
FROM idle_line
UNION ALL
SELECT visit_key AS case_key, 'basis' AS role, visit_key, CAST(NULL AS BIGINT) AS fee_key,
       CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
       counted_days AS measure, limit_days AS threshold
FROM charged_stay
