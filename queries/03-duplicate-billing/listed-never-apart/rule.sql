-- Evidence of listed-never-apart: items that a problem list says are not to be charged: never by themselves, or not at visits of
-- the diagnoses and sex that the check is for. Their charged lines are the suspects.

WITH apart_line AS (          -- charged lines of the checks of this shape
    SELECT l.check_id, l.fee_key, l.visit_key, l.item_key, l.fee_day, l.gross_fen, l.inscp_fen, l.fund_fen, c.time_window
    FROM listed_line AS l
    JOIN listed_check AS c ON l.check_id = c.check_id
    WHERE l.shape = 'never' AND l.side = 'a' AND l.gross_fen > 0
),

explaining_line AS (          -- lines of items that explain such a charge
    SELECT check_id, visit_key, fee_day
    FROM listed_line
    WHERE shape = 'never' AND side = 'unless'
),

explained AS (                -- lines in whose window such an item stands
    SELECT a.check_id, a.fee_key
    FROM apart_line AS a
    JOIN explaining_line AS e ON a.check_id = e.check_id AND a.visit_key = e.visit_key
    WHERE a.time_window = 'visit' OR a.fee_day = e.fee_day
    GROUP BY a.check_id, a.fee_key
),

unexplained AS (              -- the others
    SELECT a.check_id, a.fee_key, a.visit_key, a.item_key, a.gross_fen, a.inscp_fen, a.fund_fen
    FROM apart_line AS a
    ANTI JOIN explained AS e ON a.check_id = e.check_id AND a.fee_key = e.fee_key
),

item_of_visit AS (            -- one finding per check, visit and item
    SELECT check_id, visit_key, item_key, MIN(fee_key) AS first_fee_key, COUNT(*) AS apart_lines
    FROM unexplained
    GROUP BY check_id, visit_key, item_key
)

SELECT
    CASE WHEN i.first_fee_key < 0 THEN i.first_fee_key + c.case_shift ELSE i.first_fee_key - c.case_shift END AS case_key,
    'suspect' AS role, u.visit_key AS visit_key, u.fee_key AS fee_key,
    u.gross_fen AS gross_fen, u.inscp_fen AS inscp_fen, u.fund_fen AS fund_fen,
    i.apart_lines AS measure, CAST(NULL AS DOUBLE) AS threshold, c.problem AS problem, c.finding_grade AS grade
FROM unexplained AS u
JOIN item_of_visit AS i ON u.check_id = i.check_id AND u.visit_key = i.visit_key AND u.item_key = i.item_key
JOIN listed_check AS c ON u.check_id = c.check_id
