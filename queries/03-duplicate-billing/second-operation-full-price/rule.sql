-- Evidence of second-operation-full-price: two or more different operations of one group on one day of one visit, the lesser of them at full price.
-- The dearest operation is the basis. What an operation costs in full is the median of what the institution charges for it when it is done alone.
-- The half beside a product changes no result: it keeps exact quotients whole where an engine multiplies by 1 / c instead of dividing by c.

WITH operation_line AS (      -- each operation line, once per group; half a unit is a discount, so the price of less than one unit is the charge itself; whole fen, so that every engine finds the same median
    SELECT
        f.fee_key, f.visit_key, f.inst_key, f.item_key, f.fee_day, f.fee_min, f.uplmt_e6, f.gross_fen, f.inscp_fen, f.fund_fen, k.operation_group,
        CAST(FLOOR((CAST(f.gross_fen AS DOUBLE) * 10000 + 0.5) / CASE WHEN f.cnt_e4 > 10000 THEN f.cnt_e4 ELSE 10000 END) AS BIGINT) AS unit_fen
    FROM fee AS f JOIN k_second_operation AS k ON f.item_key = k.item_key
    WHERE f.gross_fen > 0 AND f.cnt_e4 > 0 AND f.fee_day >= k.begin_day AND f.fee_day <= k.end_day
),

billed_operation AS (                -- one row per operation of a group on a day; the same operation twice (both sides) is one
    SELECT
        visit_key, fee_day, operation_group, inst_key, item_key,
        MAX(unit_fen) AS unit_fen, 0 - MAX(unit_fen) AS dearest_first, MIN(fee_key) AS first_key, MIN(fee_min) AS begin_min
    FROM operation_line
    GROUP BY visit_key, fee_day, operation_group, inst_key, item_key
),

operation_day AS (            -- how many operations of the group the day has
    SELECT visit_key, fee_day, operation_group, COUNT(*) AS operations
    FROM billed_operation
    GROUP BY visit_key, fee_day, operation_group
),

accompanied AS (              -- operations that had another beside them in any of their groups
    SELECT o.visit_key, o.fee_day, o.item_key
    FROM billed_operation AS o JOIN operation_day AS d
      ON o.visit_key = d.visit_key AND o.fee_day = d.fee_day AND o.operation_group = d.operation_group
    WHERE d.operations > 1
    GROUP BY o.visit_key, o.fee_day, o.item_key
),

alone AS (                    -- one row per operation done alone, whatever number of groups it is in
    SELECT o.visit_key, o.fee_day, o.inst_key, o.item_key, MAX(o.unit_fen) AS unit_fen
    FROM billed_operation AS o ANTI JOIN accompanied AS a
      ON o.visit_key = a.visit_key AND o.fee_day = a.fee_day AND o.item_key = a.item_key
    GROUP BY o.visit_key, o.fee_day, o.inst_key, o.item_key
),

usual_price AS (              -- the institution's own full price
    SELECT inst_key, item_key, CAST(CEIL(MEDIAN(unit_fen)) AS BIGINT) AS full_fen
    FROM alone
    GROUP BY inst_key, item_key
    HAVING COUNT(*) >= :min_alone
),

ranked AS (                   -- the operations of a day from the dearest on
    SELECT
        o.visit_key, o.fee_day, o.operation_group, o.item_key, o.first_key, o.begin_min,
        ROW_NUMBER() OVER (PARTITION BY o.visit_key, o.fee_day, o.operation_group ORDER BY o.dearest_first, o.first_key) AS place
    FROM billed_operation AS o JOIN operation_day AS d
      ON o.visit_key = d.visit_key AND o.fee_day = d.fee_day AND o.operation_group = d.operation_group
    WHERE d.operations > 1
),

second AS (                   -- each further operation beside the dearest, unless their minutes show two sessions
    SELECT b.visit_key, b.fee_day, b.operation_group, b.item_key, a.first_key AS main_fee_key
    FROM ranked AS b JOIN ranked AS a
      ON b.visit_key = a.visit_key AND b.fee_day = a.fee_day AND b.operation_group = a.operation_group
    WHERE a.place = 1 AND b.place > 1
      AND COALESCE(b.begin_min - a.begin_min, 0) < :session_minutes
      AND COALESCE(a.begin_min - b.begin_min, 0) < :session_minutes
),

second_once AS (              -- an operation that is second in several groups counts in one
    SELECT visit_key, fee_day, item_key, MIN(operation_group) AS operation_group
    FROM second
    GROUP BY visit_key, fee_day, item_key
),

priced AS (                   -- its lines beside the full price; without operations done alone, the ceiling that came with the line
    SELECT
        l.fee_key, l.visit_key, l.fee_day, l.operation_group, l.gross_fen, l.inscp_fen, l.fund_fen, l.unit_fen, s.main_fee_key,
        COALESCE(u.full_fen, CASE WHEN l.uplmt_e6 > 0 THEN CAST(CEIL((CAST(l.uplmt_e6 AS DOUBLE) - 0.5) / 10000) AS BIGINT) END) AS full_fen
    FROM operation_line AS l
    JOIN second_once AS o ON l.visit_key = o.visit_key AND l.fee_day = o.fee_day AND l.item_key = o.item_key AND l.operation_group = o.operation_group
    JOIN second AS s ON l.visit_key = s.visit_key AND l.fee_day = s.fee_day AND l.item_key = s.item_key AND l.operation_group = s.operation_group
    LEFT JOIN usual_price AS u ON l.inst_key = u.inst_key AND l.item_key = u.item_key
),

compared AS (                 -- with the share of the full price, whole per cent
    SELECT *, CAST(FLOOR((CAST(unit_fen AS DOUBLE) * 100 + 0.5) / full_fen) AS BIGINT) AS charged_pct
    FROM priced
    WHERE full_fen > 0
),

undiscounted AS (             -- at full price, or so near to it that there was no discount
    SELECT
        fee_key, visit_key, gross_fen, inscp_fen, fund_fen, main_fee_key,
        MIN(fee_key) OVER (PARTITION BY visit_key, fee_day, operation_group) AS case_key,
        MAX(charged_pct) OVER (PARTITION BY visit_key, fee_day, operation_group) AS charged_pct
    FROM compared
    WHERE unit_fen * 100 >= full_fen * :full_pct
)

SELECT
    case_key, 'suspect' AS role, visit_key, fee_key,
    CAST(FLOOR((CAST(gross_fen AS DOUBLE) * (100 - :second_pct) + 0.5) / 100) AS BIGINT) AS gross_fen,
    CAST(FLOOR((CAST(inscp_fen AS DOUBLE) * (100 - :second_pct) + 0.5) / 100) AS BIGINT) AS inscp_fen,
    CAST(FLOOR((CAST(fund_fen AS DOUBLE) * (100 - :second_pct) + 0.5) / 100) AS BIGINT) AS fund_fen,
    charged_pct AS measure, :second_pct AS threshold
FROM undiscounted
UNION ALL
SELECT
    case_key, 'basis' AS role, visit_key, main_fee_key AS fee_key,
    0 AS gross_fen, 0 AS inscp_fen, 0 AS fund_fen,
    MAX(charged_pct) AS measure, :second_pct AS threshold
FROM undiscounted
GROUP BY case_key, visit_key, main_fee_key
