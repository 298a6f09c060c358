-- Evidence of over-frequency: more units of an item than its limit per day or per visit.
-- The units within the limit are the dearest ones, so that the excess is counted at the lowest price.

WITH item_frequency AS (      -- one row per item, kind of limit and days on which it holds: the widest number
    SELECT item_key, per, begin_day, end_day, MAX(max_cnt_e4) AS max_cnt_e4
    FROM k_frequency_limit
    WHERE per IN ('day', 'visit')
    GROUP BY item_key, per, begin_day, end_day
),

counted_line AS (             -- lines in scope of limited items; a limit per visit counts all days as its first one
    SELECT
        f.fee_key, f.visit_key, f.item_key, i.per, i.max_cnt_e4, 0 - f.pric_e6 AS dearest_first, f.cnt_e4,
        f.gross_fen, f.inscp_fen, f.fund_fen, v.adm_day, v.dscg_day,
        CASE WHEN i.per = 'day' THEN f.fee_day ELSE v.adm_day END AS counted_day
    FROM fee AS f
    JOIN item_frequency AS i ON f.item_key = i.item_key
    JOIN visit AS v ON f.visit_key = v.visit_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.cnt_e4 > 0 AND v.birth = 0
      AND f.fee_day >= i.begin_day AND f.fee_day <= i.end_day
),

counted_total AS (            -- units of each day, or of the visit
    SELECT
        visit_key, item_key, per, counted_day,
        SUM(cnt_e4) AS total_e4, MAX(max_cnt_e4) AS max_cnt_e4, MIN(adm_day) AS adm_day, MAX(dscg_day) AS dscg_day,
        MIN(fee_key) AS case_key
    FROM counted_line
    GROUP BY visit_key, item_key, per, counted_day
),

neighboured AS (              -- beside the days before and after on which the item was charged, or the ends of the visit
    SELECT
        *,
        COALESCE(LAG(counted_day) OVER (PARTITION BY visit_key, item_key, per ORDER BY counted_day), adm_day - 1) AS before_day,
        COALESCE(LEAD(counted_day) OVER (PARTITION BY visit_key, item_key, per ORDER BY counted_day), dscg_day + 1) AS after_day
    FROM counted_total
),

allowed AS (                  -- the day and its free neighbours
    SELECT
        visit_key, item_key, per, counted_day, total_e4, case_key,
        CASE WHEN per = 'visit' THEN max_cnt_e4
             ELSE max_cnt_e4 * (1 + GREATEST(LEAST(counted_day - before_day - 1, :spread_days), 0)
                                  + GREATEST(LEAST(after_day - counted_day - 1, :spread_days), 0)) END AS limit_e4
    FROM neighboured
),

over_limit AS (               -- days and visits with more
    SELECT *
    FROM allowed
    WHERE total_e4 > limit_e4
),

running AS (                  -- their lines from the dearest on, with the quantity reached
    SELECT
        l.fee_key, l.visit_key, l.cnt_e4, l.gross_fen, l.inscp_fen, l.fund_fen, o.total_e4, o.limit_e4, o.case_key, o.per,
        SUM(l.cnt_e4) OVER (PARTITION BY o.case_key, o.per ORDER BY l.dearest_first, l.fee_key) AS reached_e4
    FROM counted_line AS l
    JOIN over_limit AS o
      ON l.visit_key = o.visit_key AND l.item_key = o.item_key AND l.per = o.per AND l.counted_day = o.counted_day
),

excess AS (                   -- the part of each line above the limit
    SELECT *, LEAST(reached_e4 - limit_e4, cnt_e4) AS excess_e4
    FROM running
    WHERE reached_e4 > limit_e4
),

larger_excess AS (            -- should both kinds of limit be broken by one line, the larger part
    SELECT *, ROW_NUMBER() OVER (PARTITION BY fee_key ORDER BY 0 - excess_e4, per) AS choice
    FROM excess
)

SELECT
    case_key, 'suspect' AS role, visit_key, fee_key,
    CAST(FLOOR(CAST(gross_fen AS DOUBLE) * excess_e4 / cnt_e4) AS BIGINT) AS gross_fen,
    CAST(FLOOR(CAST(inscp_fen AS DOUBLE) * excess_e4 / cnt_e4) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(CAST(fund_fen AS DOUBLE) * excess_e4 / cnt_e4) AS BIGINT) AS fund_fen,
    CAST(total_e4 AS DOUBLE) / 10000 AS measure,
    CAST(limit_e4 AS DOUBLE) / 10000 AS threshold
FROM larger_excess
WHERE choice = 1
