-- Evidence of cloned-bill: stays of different persons at one institution whose bills agree in every item, quantity and amount.
-- Bills are compared by sums: each item has a mark (its key modulo 1 000 003), and the sums of mark × quantity and of
-- mark × amount, with the number of lines and of items and the total, tell two bills apart. So one pass over the lines is enough.

WITH stay AS (            -- insured stays of known persons, long enough to differ
    SELECT visit_key, psn_key, inst_key, adm_day, gross_fen, inscp_fen, fund_fen
    FROM visit
    WHERE care_setting = 'inpatient' AND psn_key IS NOT NULL AND insured = 1
      AND planned_cycle = 0 AND day_surgery = 0 AND birth = 0
      AND dscg_day - adm_day >= :min_nights
),

marked_line AS (          -- lines of stays with the mark of their item; the quotient is rounded the same way for the same key
    SELECT
        visit_key, item_key, cnt_e4, gross_fen,
        item_key - 1000003 * CAST(FLOOR(CAST(item_key AS DOUBLE) / 1000003) AS BIGINT) AS mark
    FROM fee
    WHERE care_setting = 'inpatient' AND item_key IS NOT NULL AND gross_fen > 0
),

bill AS (                 -- one row per visit: what its bill adds up to
    SELECT
        visit_key, COUNT(*) AS lines, COUNT(DISTINCT item_key) AS items, SUM(gross_fen) AS billed_fen,
        SUM(mark * cnt_e4) AS quantity_mark, SUM(mark * gross_fen) AS amount_mark
    FROM marked_line
    GROUP BY visit_key
),

billed_stay AS (          -- stays with a bill long enough
    SELECT
        s.visit_key, s.psn_key, s.inst_key, s.adm_day, s.gross_fen, s.inscp_fen, s.fund_fen,
        b.lines, b.items, b.billed_fen, b.quantity_mark, b.amount_mark
    FROM stay AS s
    JOIN bill AS b ON s.visit_key = b.visit_key
    WHERE b.items >= :min_items
),

template AS (             -- one row per bill that several persons have
    SELECT
        inst_key, lines, items, billed_fen, quantity_mark, amount_mark,
        COUNT(DISTINCT psn_key) AS persons, MIN(visit_key) AS case_key
    FROM billed_stay
    GROUP BY inst_key, lines, items, billed_fen, quantity_mark, amount_mark
    HAVING COUNT(DISTINCT psn_key) >= :min_persons
),

clone AS (                -- their stays in the order of admission
    SELECT
        t.case_key, t.persons, s.visit_key, s.gross_fen, s.inscp_fen, s.fund_fen,
        ROW_NUMBER() OVER (PARTITION BY t.case_key ORDER BY s.adm_day, s.visit_key) AS place
    FROM billed_stay AS s
    JOIN template AS t
      ON s.inst_key = t.inst_key AND s.lines = t.lines AND s.items = t.items AND s.billed_fen = t.billed_fen
     AND s.quantity_mark = t.quantity_mark AND s.amount_mark = t.amount_mark
)

SELECT
    case_key,
    CASE WHEN place = 1 THEN 'basis' ELSE 'suspect' END AS role,
    visit_key,
    CASE WHEN place = 1 THEN 0 ELSE gross_fen END AS gross_fen,
    CASE WHEN place = 1 THEN 0 ELSE inscp_fen END AS inscp_fen,
    CASE WHEN place = 1 THEN 0 ELSE fund_fen END AS fund_fen,
    persons AS measure, :min_persons AS threshold
FROM clone
