-- Evidence of trace-code-reuse: a pack is settled with the fund again under a traceability code that was sold before.
-- A code names one pack, so between two sales there must be a return. Lines refunded since are gone from the fee table, and
-- their sales with them.

WITH scanned AS (         -- scans of whole packs with a code that can name one: not too short, not one digit over and over
    SELECT
        trac_code, kind, fee_key,
        CASE WHEN trac_min IS NOT NULL THEN trac_min
             WHEN kind = 'return' THEN CAST(trac_day AS BIGINT) * 1440
             ELSE CAST(trac_day AS BIGINT) * 1440 + 1439 END AS scan_min
    FROM trac
    WHERE LENGTH(trac_code) >= :min_code_length
      AND SUBSTR(trac_code, 1, LENGTH(trac_code) - 1) <> SUBSTR(trac_code, 2, LENGTH(trac_code) - 1)
      AND SUBSTR(COALESCE(item_code, '-'), 1, 1) <> 'T'
      AND kind IN ('sale', 'return') AND trac_day IS NOT NULL
),

split_code AS (           -- codes of packs that were opened: each part is scanned with the code of the pack
    SELECT trac_code
    FROM trac
    WHERE split_pack = 1
    GROUP BY trac_code
),

whole_pack AS (           -- the scans of the other codes
    SELECT s.trac_code, s.kind, s.fee_key, s.scan_min
    FROM scanned AS s
    ANTI JOIN split_code AS o ON s.trac_code = o.trac_code
),

sold AS (                 -- one sale per code and visit, on insured drug lines of a whole pack at least
    SELECT
        p.trac_code, f.visit_key, MIN(p.scan_min) AS scan_min, MIN(f.fee_key) AS fee_key,
        MIN(f.psn_key) AS psn_key, MIN(f.inst_key) AS inst_key
    FROM whole_pack AS p
    JOIN fee AS f ON p.fee_key = f.fee_key
    WHERE p.kind = 'sale' AND f.insured = 1 AND f.inscp_fen > 0 AND f.item_kind IN ('western', 'patent')
      AND f.cnt_e4 >= 10000
    GROUP BY p.trac_code, f.visit_key
),

event AS (                -- sales and returns of each code; a return in the same minute comes first
    SELECT trac_code, scan_min, 1 AS is_sale, visit_key, fee_key, psn_key, inst_key
    FROM sold
    UNION ALL
    SELECT trac_code, scan_min, 0 AS is_sale, CAST(0 AS BIGINT) AS visit_key, CAST(0 AS BIGINT) AS fee_key,
           CAST(NULL AS BIGINT) AS psn_key, CAST(NULL AS BIGINT) AS inst_key
    FROM whole_pack
    WHERE kind = 'return'
    GROUP BY trac_code, scan_min
),

counted AS (              -- each with the returns of its code so far
    SELECT
        *,
        SUM(1 - is_sale) OVER (PARTITION BY trac_code ORDER BY scan_min, is_sale, visit_key) AS returns_before
    FROM event
),

numbered AS (             -- sales since the last return, in order, beside the one before
    SELECT
        trac_code, returns_before, scan_min, visit_key, fee_key, psn_key, inst_key,
        ROW_NUMBER() OVER (PARTITION BY trac_code, returns_before ORDER BY scan_min, visit_key) AS sale_no,
        LAG(scan_min) OVER (PARTITION BY trac_code, returns_before ORDER BY scan_min, visit_key) AS before_min,
        LAG(psn_key) OVER (PARTITION BY trac_code, returns_before ORDER BY scan_min, visit_key) AS before_psn_key,
        LAG(inst_key) OVER (PARTITION BY trac_code, returns_before ORDER BY scan_min, visit_key) AS before_inst_key
    FROM counted
    WHERE is_sale = 1
),

resold AS (               -- the second and later ones, unless the same person was only settled anew at the same place
    SELECT trac_code, returns_before, fee_key, sale_no
    FROM numbered
    WHERE sale_no > 1
      AND NOT (COALESCE(before_psn_key = psn_key, FALSE) AND before_inst_key = inst_key
               AND scan_min - before_min <= CAST(:resettle_hours AS BIGINT) * 60)
),

resold_line AS (          -- per line: how many of its packs were sold before, and how often the worst of them
    SELECT fee_key, COUNT(*) AS packs, MAX(sale_no) AS sales
    FROM resold
    GROUP BY fee_key
),

first_sale AS (           -- the first sale of each of those packs
    SELECT r.fee_key AS case_key, n.fee_key AS first_fee_key, r.sale_no AS sale_no
    FROM resold AS r
    JOIN numbered AS n ON r.trac_code = n.trac_code AND r.returns_before = n.returns_before
    WHERE n.sale_no = 1
),

first_line AS (           -- its line, once per finding
    SELECT case_key, first_fee_key, MAX(sale_no) AS sales
    FROM first_sale
    GROUP BY case_key, first_fee_key
)

SELECT
    r.fee_key AS case_key, 'suspect' AS role, f.visit_key AS visit_key, f.fee_key AS fee_key,
    -- of a line of several packs only those sold before
    CAST(FLOOR(CAST(f.gross_fen AS DOUBLE) * LEAST(r.packs * 10000, f.cnt_e4) / f.cnt_e4) AS BIGINT) AS gross_fen,
    CAST(FLOOR(CAST(f.inscp_fen AS DOUBLE) * LEAST(r.packs * 10000, f.cnt_e4) / f.cnt_e4) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(CAST(f.fund_fen AS DOUBLE) * LEAST(r.packs * 10000, f.cnt_e4) / f.cnt_e4) AS BIGINT) AS fund_fen,
    CAST(r.sales AS DOUBLE) AS measure, CAST(1 AS DOUBLE) AS threshold
FROM resold_line AS r
JOIN fee AS f ON r.fee_key = f.fee_key
UNION ALL
SELECT
    l.case_key AS case_key, 'basis' AS role, f.visit_key AS visit_key, f.fee_key AS fee_key,
    CAST(0 AS BIGINT) AS gross_fen, CAST(0 AS BIGINT) AS inscp_fen, CAST(0 AS BIGINT) AS fund_fen,
    CAST(l.sales AS DOUBLE) AS measure, CAST(1 AS DOUBLE) AS threshold
FROM first_line AS l
JOIN fee AS f ON l.first_fee_key = f.fee_key
