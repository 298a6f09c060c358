-- Evidence of included-item: a part billed beside the main item that already includes it, in the same visit and within the pair's window.
-- The part's lines are the suspects, one main line of each is the basis. A part covered by several mains counts once.
-- The half beside a product changes no result: it keeps exact quotients whole where an engine multiplies by 1 / c instead of dividing by c.

WITH pair AS (                -- one row per main item, part, window and days on which the pair holds
    SELECT main_item_key, part_item_key, time_window, begin_day, end_day, COALESCE(window_minutes, 0) AS window_minutes
    FROM k_included_item
    WHERE main_item_key <> part_item_key
    GROUP BY main_item_key, part_item_key, time_window, begin_day, end_day, COALESCE(window_minutes, 0)
),

part_line AS (                -- each charged line of a part, once per pair that holds on its day
    SELECT f.fee_key, f.visit_key, f.item_key, f.fee_day, f.fee_min, f.gross_fen, f.inscp_fen, f.fund_fen, p.main_item_key, p.time_window, p.window_minutes
    FROM fee AS f JOIN pair AS p ON f.item_key = p.part_item_key
    WHERE f.gross_fen > 0 AND f.fee_day >= p.begin_day AND f.fee_day <= p.end_day
),

main_item AS (
    SELECT main_item_key FROM pair GROUP BY main_item_key
),

main_line AS (                -- each line of a main item; one given for nothing leaves the part as the only charge
    SELECT f.fee_key, f.visit_key, f.item_key, f.fee_day, f.fee_min, f.gross_fen
    FROM fee AS f JOIN main_item AS m ON f.item_key = m.main_item_key
    WHERE f.gross_fen > 0
),

covered AS (                  -- part lines beside a main line, one branch per kind of window; the day has its own so that long stays stay cheap
    SELECT p.fee_key, m.fee_key AS main_fee_key, m.gross_fen AS main_gross_fen
    FROM part_line AS p JOIN main_line AS m ON p.visit_key = m.visit_key AND p.main_item_key = m.item_key AND p.fee_day = m.fee_day
    WHERE p.time_window = 'day'
    UNION ALL
    SELECT p.fee_key, m.fee_key AS main_fee_key, m.gross_fen AS main_gross_fen
    FROM part_line AS p JOIN main_line AS m ON p.visit_key = m.visit_key AND p.main_item_key = m.item_key
    WHERE p.time_window = 'visit'
    UNION ALL
    SELECT p.fee_key, m.fee_key AS main_fee_key, m.gross_fen AS main_gross_fen
    FROM part_line AS p JOIN main_line AS m ON p.visit_key = m.visit_key AND p.main_item_key = m.item_key
    WHERE p.time_window = 'hours'
      AND p.fee_min - m.fee_min < p.window_minutes AND m.fee_min - p.fee_min < p.window_minutes
),

covering AS (                 -- each main line once per part line, whatever number of pairs or windows names it
    SELECT fee_key, main_fee_key, MIN(main_gross_fen) AS main_gross_fen
    FROM covered
    GROUP BY fee_key, main_fee_key
),

covered_once AS (             -- one row per part line: what its mains cost together, and the first of them to show
    SELECT fee_key, MIN(main_fee_key) AS main_fee_key, SUM(main_gross_fen) AS mains_gross_fen
    FROM covering
    GROUP BY fee_key
),

billed_beside AS (            -- the part lines with their money; of two charges that exclude each other the lesser is at risk
    SELECT
        f.fee_key, f.visit_key, f.item_key, f.gross_fen, f.inscp_fen, f.fund_fen, c.main_fee_key,
        LEAST(c.mains_gross_fen, f.gross_fen) AS risk_fen
    FROM fee AS f JOIN covered_once AS c ON f.fee_key = c.fee_key
),

part_of_visit AS (            -- one finding per visit and part
    SELECT visit_key, item_key, MIN(fee_key) AS case_key, COUNT(*) AS part_lines
    FROM billed_beside
    GROUP BY visit_key, item_key
),

finding AS (                  -- the part lines of each finding
    SELECT v.case_key, v.part_lines, b.fee_key, b.visit_key, b.main_fee_key, b.risk_fen, b.gross_fen, b.inscp_fen, b.fund_fen
    FROM billed_beside AS b JOIN part_of_visit AS v ON b.visit_key = v.visit_key AND b.item_key = v.item_key
)

SELECT
    case_key, 'suspect' AS role, visit_key, fee_key,
    risk_fen AS gross_fen,
    CAST(FLOOR((CAST(inscp_fen AS DOUBLE) * risk_fen + 0.5) / gross_fen) AS BIGINT) AS inscp_fen,
    CAST(FLOOR((CAST(fund_fen AS DOUBLE) * risk_fen + 0.5) / gross_fen) AS BIGINT) AS fund_fen,
    part_lines AS measure, CAST(NULL AS DOUBLE) AS threshold
FROM finding
UNION ALL
SELECT
    case_key, 'basis' AS role, visit_key, main_fee_key AS fee_key,
    0 AS gross_fen, 0 AS inscp_fen, 0 AS fund_fen,
    MIN(part_lines) AS measure, CAST(NULL AS DOUBLE) AS threshold
FROM finding
GROUP BY case_key, visit_key, main_fee_key
