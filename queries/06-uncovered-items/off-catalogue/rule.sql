-- Evidence of off-catalogue: lines in scope whose item the insured catalogue does not hold on the day.
-- The catalogue is the user's and may hold drugs only, or be a part: a kind of item is judged only where the catalogue
-- covers nearly all that is billed in scope of that kind, and not before the catalogue's own first day.

WITH entry AS (           -- per item the first and the last day in the catalogue
    SELECT item_key, MIN(begin_day) AS first_day, MAX(end_day) AS last_day
    FROM k_catalogue
    GROUP BY item_key
),

item_day AS (             -- what was billed in scope per item and day: far fewer rows than lines
    SELECT item_key, fee_day, SUM(inscp_fen) AS inscp_fen
    FROM fee
    WHERE insured = 1 AND inscp_fen > 0 AND item_key IS NOT NULL
    GROUP BY item_key, fee_day
),

national AS (             -- items with a national code; a hospital's own preparation or a local code is not in the national catalogue
    SELECT item_key, item_kind
    FROM item
    WHERE (SUBSTR(item_code, 1, 1) IN ('X', 'Z', 'C') AND LENGTH(item_code) >= 20)
       OR (SUBSTR(item_code, 1, 2) = '00' AND LENGTH(item_code) = 15)
),

kind_start AS (           -- the first day of the catalogue for each kind of item that it holds
    SELECT n.item_kind, MIN(e.first_day) AS start_day
    FROM entry AS e
    JOIN national AS n ON e.item_key = n.item_key
    GROUP BY n.item_kind
),

judged_day AS (           -- item-days of those kinds from that day on, with the catalogue's days of the item
    SELECT d.item_key, d.fee_day, d.inscp_fen, n.item_kind, e.first_day, e.last_day
    FROM item_day AS d
    JOIN national AS n ON d.item_key = n.item_key
    JOIN kind_start AS k ON n.item_kind = k.item_kind
    LEFT JOIN entry AS e ON d.item_key = e.item_key
    WHERE d.fee_day >= k.start_day
),

covered_kind AS (         -- kinds of which the catalogue knows nearly all
    SELECT item_kind
    FROM judged_day
    GROUP BY item_kind
    HAVING SUM(CASE WHEN first_day IS NULL THEN 0 ELSE inscp_fen END) * 100 >= SUM(inscp_fen) * :min_covered_pct
),

period AS (               -- the catalogue's periods that an item has, with the days let pass at their end
    SELECT item_key, begin_day, end_day + :transition_days AS until_day
    FROM k_catalogue
),

held_day AS (             -- item-days within a period
    SELECT d.item_key, d.fee_day
    FROM judged_day AS d
    JOIN period AS p ON d.item_key = p.item_key
    WHERE d.fee_day >= p.begin_day AND d.fee_day <= p.until_day
    GROUP BY d.item_key, d.fee_day
),

outside_day AS (          -- item-days of the kinds judged that are in no period
    SELECT d.item_key, d.fee_day
    FROM judged_day AS d
    SEMI JOIN covered_kind AS c ON d.item_kind = c.item_kind
    ANTI JOIN held_day AS h ON d.item_key = h.item_key AND d.fee_day = h.fee_day
),

outside_line AS (         -- their lines, with the day the visit began
    SELECT f.fee_key, f.visit_key, f.inst_key, f.item_key, f.fee_day, v.adm_day, f.gross_fen, f.inscp_fen, f.fund_fen
    FROM fee AS f
    JOIN outside_day AS o ON f.item_key = o.item_key AND f.fee_day = o.fee_day
    JOIN visit AS v ON f.visit_key = v.visit_key
    WHERE f.insured = 1 AND f.inscp_fen > 0
),

admitted_in_time AS (     -- lines of visits that began while the item was in the catalogue: the stay spans the change
    SELECT l.fee_key
    FROM outside_line AS l
    JOIN period AS p ON l.item_key = p.item_key
    WHERE l.adm_day >= p.begin_day AND l.adm_day <= p.until_day
    GROUP BY l.fee_key
)

SELECT
    MIN(l.fee_key) OVER (PARTITION BY l.inst_key, l.item_key) AS case_key, 'suspect' AS role,
    l.visit_key AS visit_key, l.fee_key AS fee_key, l.gross_fen AS gross_fen, l.inscp_fen AS inscp_fen, l.fund_fen AS fund_fen,
    COUNT(l.fee_key) OVER (PARTITION BY l.inst_key, l.item_key) AS measure, CAST(NULL AS DOUBLE) AS threshold
FROM outside_line AS l
ANTI JOIN admitted_in_time AS a ON l.fee_key = a.fee_key
