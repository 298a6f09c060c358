-- Evidence of image-reuse: an image or report number that an earlier examination of another person, or of another day, already carries.
-- Whether a series of numbers identifies examinations at all is asked first. Lines are found by settlement and hospital item.

WITH examined AS (            -- examinations of known persons; the settlement says who it was where the record does not
    SELECT
        e.inst_key, e.setl_key, e.hosp_item_key, e.exam_day, e.device_no, e.image_no, e.report_no,
        COALESCE(e.psn_key, s.psn_key) AS psn_key,
        CASE WHEN e.device_no IS NULL THEN COALESCE(e.hosp_item_key, 0) ELSE 0 END AS own_series
    FROM exam AS e
    JOIN settlement AS s ON e.setl_key = s.setl_key
    WHERE e.exam_day IS NOT NULL
),

numbered AS (                 -- one row per examination and number; a machine's image number never equals its report number
    SELECT inst_key, COALESCE(device_no, '') AS machine, own_series, 'image' AS kind, image_no AS number, psn_key, setl_key, hosp_item_key, exam_day
    FROM examined
    WHERE psn_key IS NOT NULL AND image_no IS NOT NULL
    UNION ALL
    SELECT inst_key, COALESCE(device_no, '') AS machine, own_series, 'report' AS kind, report_no AS number, psn_key, setl_key, hosp_item_key, exam_day
    FROM examined
    WHERE psn_key IS NOT NULL AND report_no IS NOT NULL
),

holder AS (                   -- with the person's identity
    SELECT
        n.inst_key, n.machine, n.own_series, n.kind, n.number, n.psn_key, n.setl_key, n.hosp_item_key, n.exam_day,
        p.certno, p.psn_name, p.birth_day
    FROM numbered AS n
    LEFT JOIN person AS p ON n.psn_key = p.psn_key
),

number_use AS (               -- how many persons and days each number has
    SELECT
        inst_key, machine, own_series, kind, number,
        COUNT(DISTINCT psn_key) AS persons, MIN(exam_day) AS first_day, MAX(exam_day) AS last_day
    FROM holder
    GROUP BY inst_key, machine, own_series, kind, number
),

series AS (                   -- series of numbers that identify examinations: few of them are on several persons or days
    SELECT inst_key, machine, own_series, kind
    FROM number_use
    GROUP BY inst_key, machine, own_series, kind
    HAVING COUNT(*) FILTER (WHERE persons > 1 OR last_day - first_day >= :min_days_apart) < :min_shared
        OR COUNT(*) FILTER (WHERE persons > 1 OR last_day - first_day >= :min_days_apart) * 100 <= COUNT(*) * :max_shared_pct
),

repeated AS (                 -- their numbers that are used for several persons or on several days, but not for so many that they are no number
    SELECT u.inst_key, u.machine, u.own_series, u.kind, u.number
    FROM number_use AS u
    SEMI JOIN series AS s ON u.inst_key = s.inst_key AND u.machine = s.machine AND u.own_series = s.own_series AND u.kind = s.kind
    WHERE (u.persons > 1 OR u.last_day - u.first_day >= :min_days_apart) AND u.persons <= :max_persons
),

use_of_repeated AS (          -- the examinations under these numbers
    SELECT h.inst_key, h.machine, h.own_series, h.kind, h.number, h.psn_key, h.setl_key, h.hosp_item_key, h.exam_day, h.certno, h.psn_name, h.birth_day
    FROM holder AS h
    SEMI JOIN repeated AS r
      ON h.inst_key = r.inst_key AND h.machine = r.machine AND h.own_series = r.own_series AND h.kind = r.kind AND h.number = r.number
),

use_pair AS (                 -- a later use with an earlier one; of two on one day the higher settlement key counts as the later
    SELECT
        a.setl_key, a.hosp_item_key, a.exam_day, b.setl_key AS earlier_setl_key, b.hosp_item_key AS earlier_item_key, b.exam_day AS earlier_day,
        a.exam_day - b.exam_day AS days_apart,
        CASE WHEN a.psn_key = b.psn_key THEN 1
             WHEN a.certno = b.certno THEN 1
             WHEN a.psn_name = b.psn_name AND a.birth_day = b.birth_day THEN 1
             ELSE 0 END AS same_human
    FROM use_of_repeated AS a
    JOIN use_of_repeated AS b
      ON a.inst_key = b.inst_key AND a.machine = b.machine AND a.own_series = b.own_series AND a.kind = b.kind AND a.number = b.number
    WHERE a.exam_day > b.exam_day OR (a.exam_day = b.exam_day AND a.setl_key > b.setl_key)
),

reuse AS (                    -- one row per later and earlier examination, whichever number they share
    SELECT setl_key, hosp_item_key, exam_day, earlier_setl_key, earlier_item_key, earlier_day
    FROM use_pair
    WHERE days_apart <= :max_days_apart AND (same_human = 0 OR days_apart >= :min_days_apart)
    GROUP BY setl_key, hosp_item_key, exam_day, earlier_setl_key, earlier_item_key, earlier_day
),

billed AS (                   -- the insured lines of examinations
    SELECT setl_key, hosp_item_key, fee_day, fee_key, visit_key, gross_fen, inscp_fen, fund_fen
    FROM fee
    WHERE insured = 1 AND inscp_fen > 0 AND setl_key IS NOT NULL AND hosp_item_key IS NOT NULL
),

finding AS (                  -- one finding per line of a later examination; within one settlement the day tells the lines of two apart
    SELECT
        f.fee_key AS case_key, f.setl_key, f.hosp_item_key, f.fee_day, f.visit_key, f.gross_fen, f.inscp_fen, f.fund_fen,
        COUNT(DISTINCT r.earlier_setl_key) AS uses
    FROM billed AS f
    JOIN reuse AS r ON f.setl_key = r.setl_key AND f.hosp_item_key = r.hosp_item_key
    WHERE r.earlier_setl_key <> r.setl_key OR f.fee_day = r.exam_day
    GROUP BY f.fee_key, f.setl_key, f.hosp_item_key, f.fee_day, f.visit_key, f.gross_fen, f.inscp_fen, f.fund_fen
),

earlier_line AS (             -- the lines of the earlier examinations, to be shown beside
    SELECT f.case_key AS case_key, b.visit_key AS basis_visit_key, b.fee_key AS basis_fee_key, f.uses AS uses
    FROM finding AS f
    JOIN reuse AS r ON f.setl_key = r.setl_key AND f.hosp_item_key = r.hosp_item_key
    JOIN billed AS b ON r.earlier_setl_key = b.setl_key AND r.earlier_item_key = b.hosp_item_key
    WHERE r.earlier_setl_key <> r.setl_key OR (f.fee_day = r.exam_day AND b.fee_day = r.earlier_day)
)

SELECT
    case_key, 'suspect' AS role, visit_key, case_key AS fee_key, gross_fen, inscp_fen, fund_fen,
    uses AS measure, CAST(NULL AS DOUBLE) AS threshold
FROM finding
UNION ALL
SELECT
    case_key, 'basis' AS role, basis_visit_key AS visit_key, basis_fee_key AS fee_key,
    CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
    MIN(uses) AS measure, CAST(NULL AS DOUBLE) AS threshold
FROM earlier_line
GROUP BY case_key, basis_visit_key, basis_fee_key
