-- Evidence of herb-alone: recipes made only of decoction pieces that are not paid alone.
-- A recipe is a prescription where its number holds together: every piece of the visit (in a stay: of the day) has one, and one of them
-- stands at several pieces. Else it is the whole visit or day: some hospitals number line by line, and one line would look alone.

WITH alone_piece AS (         -- one row per piece that is not paid alone and days
    SELECT item_key, begin_day, end_day
    FROM k_herb_limit
    WHERE herb_use = 'alone'
    GROUP BY item_key, begin_day, end_day
),

listed_line AS (              -- lines of such pieces on these days
    SELECT f.fee_key, CAST(1 AS BIGINT) AS listed
    FROM fee AS f
    JOIN alone_piece AS a ON f.item_key = a.item_key
    WHERE f.fee_day >= a.begin_day AND f.fee_day <= a.end_day
    GROUP BY f.fee_key
),

piece_line AS (               -- all lines of herbs, whoever paid, with their visit, in a stay its day
    SELECT
        f.fee_key, f.visit_key, f.item_key, f.rx_key, f.insured, f.gross_fen, f.inscp_fen, f.fund_fen, COALESCE(l.listed, 0) AS listed,
        CASE WHEN f.care_setting = 'inpatient' THEN f.fee_day ELSE 0 END AS recipe_day
    FROM fee AS f
    LEFT JOIN listed_line AS l ON f.fee_key = l.fee_key
    WHERE f.item_kind = 'herbal' AND f.cnt_e4 > 0
),

prescription AS (             -- their prescriptions, with the pieces of each
    SELECT visit_key, recipe_day, rx_key, COUNT(*) AS pieces
    FROM piece_line
    GROUP BY visit_key, recipe_day, rx_key
),

numbered AS (                 -- visits and days whose numbers hold recipes together
    SELECT visit_key, recipe_day
    FROM prescription
    GROUP BY visit_key, recipe_day
    HAVING COUNT(*) = COUNT(rx_key) AND MAX(pieces) > 1
),

herb_line AS (                -- the lines with the recipe they belong to
    SELECT
        p.fee_key, p.visit_key, p.item_key, p.insured, p.gross_fen, p.inscp_fen, p.fund_fen, p.listed, p.recipe_day,
        CASE WHEN n.visit_key IS NULL THEN 0 ELSE p.rx_key END AS recipe_rx
    FROM piece_line AS p
    LEFT JOIN numbered AS n ON p.visit_key = n.visit_key AND p.recipe_day = n.recipe_day
),

only_listed AS (              -- recipes without any other piece
    SELECT visit_key, recipe_day, recipe_rx, COUNT(DISTINCT item_key) AS pieces
    FROM herb_line
    GROUP BY visit_key, recipe_day, recipe_rx
    HAVING MIN(listed) = 1
)

SELECT
    MIN(h.fee_key) OVER (PARTITION BY h.visit_key, h.recipe_day, h.recipe_rx) AS case_key,
    'suspect' AS role, h.visit_key AS visit_key, h.fee_key AS fee_key,
    h.gross_fen AS gross_fen, h.inscp_fen AS inscp_fen, h.fund_fen AS fund_fen,
    CAST(o.pieces AS DOUBLE) AS measure,
    CAST(NULL AS DOUBLE) AS threshold
FROM herb_line AS h
JOIN only_listed AS o ON h.visit_key = o.visit_key AND h.recipe_day = o.recipe_day AND h.recipe_rx = o.recipe_rx
WHERE h.insured = 1 AND h.inscp_fen > 0 AND h.fund_fen > 0
