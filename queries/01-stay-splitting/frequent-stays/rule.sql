-- Evidence of frequent-stays: a person is admitted far more often within a year than persons with the same disease.

WITH stay AS (            -- insured stays of known persons that could have been avoided; an illness that goes on elsewhere is one
    SELECT visit_key, psn_key, adm_day, main_dx3, gross_fen, inscp_fen, fund_fen
    FROM visit
    WHERE care_setting = 'inpatient' AND psn_key IS NOT NULL AND insured = 1 AND main_dx3 IS NOT NULL
      AND planned_cycle = 0 AND day_surgery = 0 AND birth = 0 AND referral = 0
),

stay_count AS (           -- for each stay the number of stays in the window that ends with its admission
    SELECT a.visit_key, a.psn_key, a.adm_day, a.main_dx3, COUNT(*) AS stays
    FROM stay AS a
    JOIN stay AS b ON a.psn_key = b.psn_key
    WHERE b.adm_day <= a.adm_day AND b.adm_day > a.adm_day - :window_days
    GROUP BY a.visit_key, a.psn_key, a.adm_day, a.main_dx3
),

ranked AS (               -- a person's windows, the fullest and then the first one in front
    SELECT
        psn_key, adm_day, main_dx3, stays,
        ROW_NUMBER() OVER (PARTITION BY psn_key ORDER BY 0 - stays, adm_day, visit_key) AS place
    FROM stay_count
),

peak AS (                 -- one row per person: the fullest window and the disease at its end
    SELECT psn_key, adm_day, main_dx3, stays
    FROM ranked
    WHERE place = 1
),

disease AS (              -- the usual number of stays of the persons with a disease
    SELECT main_dx3, COUNT(*) AS persons, MEDIAN(stays) AS usual_stays
    FROM peak
    GROUP BY main_dx3
),

limited AS (              -- persons whose disease can be compared, with the number of stays that is not asked about
    SELECT
        p.psn_key, p.adm_day, p.stays,
        GREATEST(CAST(FLOOR(d.usual_stays * :peer_factor) AS BIGINT), :max_stays) AS limit_stays
    FROM peak AS p
    JOIN disease AS d ON p.main_dx3 = d.main_dx3
    WHERE d.persons - 1 >= :min_peers
),

frequent AS (             -- persons beyond it
    SELECT psn_key, adm_day, stays, limit_stays
    FROM limited
    WHERE stays > limit_stays
),

numbered AS (             -- the stays of their fullest window in the order of admission
    SELECT
        s.visit_key, s.psn_key, s.gross_fen, s.inscp_fen, s.fund_fen, f.stays, f.limit_stays,
        ROW_NUMBER() OVER (PARTITION BY s.psn_key ORDER BY s.adm_day, s.visit_key) AS place,
        MIN(s.visit_key) OVER (PARTITION BY s.psn_key) AS case_key
    FROM stay AS s
    JOIN frequent AS f ON s.psn_key = f.psn_key
    WHERE s.adm_day <= f.adm_day AND s.adm_day > f.adm_day - :window_days
)

SELECT
    case_key,
    CASE WHEN place > limit_stays THEN 'suspect' ELSE 'basis' END AS role,
    visit_key,
    CASE WHEN place > limit_stays THEN gross_fen ELSE 0 END AS gross_fen,
    CASE WHEN place > limit_stays THEN inscp_fen ELSE 0 END AS inscp_fen,
    CASE WHEN place > limit_stays THEN fund_fen ELSE 0 END AS fund_fen,
    stays AS measure, limit_stays AS threshold
FROM numbered
