-- Evidence of unbundled-components: components billed beside the package that holds them, on one day of one visit.
-- The components' lines are the suspects, the package's lines the basis. A component of several packages counts once.
-- The half beside a product changes no result: it keeps exact quotients whole where an engine multiplies by 1 / c instead of dividing by c.

WITH content AS (             -- one row per package, component and days on which the package is known to hold it
    SELECT package_item_key, component_item_key, begin_day, end_day
    FROM k_package
    WHERE package_item_key <> component_item_key
    GROUP BY package_item_key, component_item_key, begin_day, end_day
),

package_item AS (
    SELECT package_item_key FROM content GROUP BY package_item_key
),

package_line AS (             -- charged lines of packages
    SELECT f.fee_key, f.visit_key, f.inst_key, f.item_key, f.fee_day, f.fee_min, f.gross_fen
    FROM fee AS f
    JOIN package_item AS p ON f.item_key = p.package_item_key
    WHERE f.insured = 1 AND f.gross_fen > 0
),

component_line AS (           -- charged lines of components, once per package they belong to
    SELECT f.fee_key, f.visit_key, f.inst_key, f.item_key, f.fee_day, f.fee_min, f.gross_fen, f.inscp_fen, f.fund_fen, c.package_item_key
    FROM fee AS f
    JOIN content AS c ON f.item_key = c.component_item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.gross_fen > 0
      AND f.fee_day >= c.begin_day AND f.fee_day <= c.end_day
),

beside AS (                   -- a component and a package of the same moment; without a clock the day has to do
    SELECT
        c.fee_key, c.visit_key, c.fee_day, c.item_key, c.package_item_key, c.gross_fen, c.inscp_fen, c.fund_fen,
        p.fee_key AS package_fee_key, p.gross_fen AS package_gross_fen
    FROM component_line AS c
    JOIN package_line AS p
      ON c.visit_key = p.visit_key AND c.inst_key = p.inst_key AND c.fee_day = p.fee_day AND c.package_item_key = p.item_key
    WHERE (c.fee_min IS NULL OR p.fee_min IS NULL
           OR (c.fee_min - p.fee_min <= :max_minutes AND p.fee_min - c.fee_min <= :max_minutes))
),

covered AS (                  -- one row per component line and package, with the first package line to show
    SELECT
        fee_key, visit_key, fee_day, item_key, package_item_key, gross_fen, inscp_fen, fund_fen,
        MIN(package_fee_key) AS package_fee_key, SUM(package_gross_fen) AS packages_gross_fen
    FROM beside
    GROUP BY fee_key, visit_key, fee_day, item_key, package_item_key, gross_fen, inscp_fen, fund_fen
),

numbered AS (                 -- a line that several packages hold belongs to the first of them
    SELECT
        fee_key, visit_key, fee_day, item_key, package_item_key, gross_fen, inscp_fen, fund_fen, package_fee_key,
        LEAST(packages_gross_fen, gross_fen) AS risk_fen,
        ROW_NUMBER() OVER (PARTITION BY fee_key ORDER BY package_item_key) AS place
    FROM covered
),

unbundled AS (                -- package days with enough components beside them
    SELECT visit_key, fee_day, package_item_key, MIN(fee_key) AS case_key, COUNT(DISTINCT item_key) AS components
    FROM numbered
    WHERE place = 1
    GROUP BY visit_key, fee_day, package_item_key
    HAVING COUNT(DISTINCT item_key) >= :min_components
),

finding AS (                  -- their lines
    SELECT
        u.case_key, u.components, n.fee_key, n.visit_key, n.package_fee_key, n.risk_fen, n.gross_fen, n.inscp_fen, n.fund_fen
    FROM numbered AS n
    JOIN unbundled AS u ON n.visit_key = u.visit_key AND n.fee_day = u.fee_day AND n.package_item_key = u.package_item_key
    WHERE n.place = 1
)

SELECT
    case_key, 'suspect' AS role, visit_key, fee_key,
    CAST(risk_fen AS BIGINT) AS gross_fen,
    CAST(FLOOR((CAST(inscp_fen AS DOUBLE) * risk_fen + 0.5) / gross_fen) AS BIGINT) AS inscp_fen,
    CAST(FLOOR((CAST(fund_fen AS DOUBLE) * risk_fen + 0.5) / gross_fen) AS BIGINT) AS fund_fen,
    components AS measure, :min_components AS threshold
FROM finding
UNION ALL
SELECT
    case_key, 'basis' AS role, visit_key, package_fee_key AS fee_key,
    CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
    MIN(components) AS measure, :min_components AS threshold
FROM finding
GROUP BY case_key, visit_key, package_fee_key
