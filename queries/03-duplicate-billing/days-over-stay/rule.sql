-- Evidence of days-over-stay: more units of a daily item (bed, nursing, ward consultation) than the stay has days.
-- The units within the limit are the dearest ones, so that the excess is counted at the lowest price. The stay itself is the basis.
-- The half beside a product changes no result: it keeps exact quotients whole where an engine multiplies by 1 / c instead of dividing by c.

WITH daily_item AS (          -- one row per item and days on which it is known as one
    SELECT item_key, begin_day, end_day, MIN(daily_group) AS daily_group
    FROM k_daily_item
    GROUP BY item_key, begin_day, end_day
),

stay AS (                     -- finished stays of one person, with the most days that can be charged; deliveries may carry the newborn's charges
    SELECT visit_key, GREATEST(dscg_day - adm_day + :count_discharge_day, 1) AS limit_days
    FROM visit
    WHERE care_setting = 'inpatient' AND still_in = 0 AND birth = 0 AND dscg_day >= adm_day
),

daily_line AS (               -- lines of daily items; bed, nursing and consultation grades exclude each other and count together, other items by themselves
    SELECT
        f.fee_key, f.visit_key, f.fee_day, 0 - f.pric_e6 AS dearest_first, f.cnt_e4, f.gross_fen, f.inscp_fen, f.fund_fen, d.daily_group,
        CASE WHEN d.daily_group = 'other' THEN f.item_key ELSE 0 END AS counted_item,
        CAST(s.limit_days AS BIGINT) * 10000 AS limit_e4
    FROM fee AS f
    JOIN daily_item AS d ON f.item_key = d.item_key
    JOIN stay AS s ON f.visit_key = s.visit_key
    WHERE f.cnt_e4 > 0 AND f.gross_fen > 0
      AND f.fee_day >= d.begin_day AND f.fee_day <= d.end_day
),

over_stay AS (                -- groups and items charged for more days than there are
    SELECT visit_key, daily_group, counted_item, SUM(cnt_e4) AS total_e4, MIN(fee_key) AS case_key
    FROM daily_line
    GROUP BY visit_key, daily_group, counted_item
    HAVING SUM(cnt_e4) > MIN(limit_e4)
),

running AS (                  -- their lines from the dearest on, with the quantity reached
    SELECT
        l.fee_key, l.visit_key, l.cnt_e4, l.gross_fen, l.inscp_fen, l.fund_fen, l.limit_e4, o.total_e4, o.case_key,
        SUM(l.cnt_e4) OVER (PARTITION BY o.case_key ORDER BY l.dearest_first, l.fee_day, l.fee_key) AS reached_e4
    FROM daily_line AS l JOIN over_stay AS o
      ON l.visit_key = o.visit_key AND l.daily_group = o.daily_group AND l.counted_item = o.counted_item
),

excess AS (                   -- the part of each line above the limit
    SELECT *, LEAST(reached_e4 - limit_e4, cnt_e4) AS excess_e4
    FROM running
    WHERE reached_e4 > limit_e4
)

SELECT
    case_key, 'suspect' AS role, visit_key, fee_key,
    CAST(FLOOR((CAST(gross_fen AS DOUBLE) * excess_e4 + 0.5) / cnt_e4) AS BIGINT) AS gross_fen,
    CAST(FLOOR((CAST(inscp_fen AS DOUBLE) * excess_e4 + 0.5) / cnt_e4) AS BIGINT) AS inscp_fen,
    CAST(FLOOR((CAST(fund_fen AS DOUBLE) * excess_e4 + 0.5) / cnt_e4) AS BIGINT) AS fund_fen,
    CAST(total_e4 AS DOUBLE) * 0.0001 AS measure,
    CAST(limit_e4 AS DOUBLE) * 0.0001 AS threshold
FROM excess
UNION ALL
SELECT
    case_key, 'basis' AS role, visit_key, CAST(NULL AS BIGINT) AS fee_key,
    0 AS gross_fen, 0 AS inscp_fen, 0 AS fund_fen,
    CAST(MIN(total_e4) AS DOUBLE) * 0.0001 AS measure,
    CAST(MIN(limit_e4) AS DOUBLE) * 0.0001 AS threshold
FROM excess
GROUP BY case_key, visit_key
