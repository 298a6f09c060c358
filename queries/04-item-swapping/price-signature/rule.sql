-- Evidence of price-signature: an institution bills item B at exactly the price that is item A's, there and elsewhere, while its
-- peers bill B at another price. The fund covers B better than A, so billing A as B pays.
-- The fee table is read once into one row per institution, item and price; what follows is small.

WITH price_use AS (       -- lines and money of each item at each price
    SELECT
        inst_key, item_key, pric_e6, COUNT(*) AS lines, SUM(gross_fen) AS gross_fen, SUM(inscp_fen) AS inscp_fen
    FROM fee
    WHERE insured = 1 AND item_key IS NOT NULL AND pric_e6 > 0 AND cnt_e4 > 0 AND gross_fen > 0
    GROUP BY inst_key, item_key, pric_e6
),

levelled AS (             -- with the level of the institution, the name of the item, and which of its prices is the usual one
    SELECT
        u.inst_key, u.item_key, u.pric_e6, u.lines, u.gross_fen, u.inscp_fen,
        COALESCE(i.level, -1) AS hosp_level, UPPER(COALESCE(n.item_name, '-')) AS item_name,
        ROW_NUMBER() OVER (PARTITION BY u.inst_key, u.item_key ORDER BY 0 - u.lines, u.pric_e6) AS price_rank,
        DENSE_RANK() OVER (PARTITION BY u.pric_e6 ORDER BY u.item_key) AS item_no
    FROM price_use AS u
    LEFT JOIN institution AS i ON u.inst_key = i.inst_key
    LEFT JOIN item AS n ON u.item_key = n.item_key
),

compared AS (             -- how many institutions of the level bill the item, how many at this price, how many items have the price at all
    SELECT
        inst_key, item_key, pric_e6, lines, gross_fen, inscp_fen, hosp_level, item_name, price_rank,
        SUM(CASE WHEN price_rank = 1 THEN 1 ELSE 0 END) OVER (PARTITION BY item_key, hosp_level) AS institutions,
        COUNT(*) OVER (PARTITION BY item_key, hosp_level, pric_e6) AS at_price,
        MAX(item_no) OVER (PARTITION BY pric_e6) AS items
    FROM levelled
),

peer_price AS (           -- what institutions of a level usually ask for an item; one odd institution does not move the median
    SELECT item_key, hosp_level, MEDIAN(pric_e6) AS usual_e6
    FROM levelled
    WHERE price_rank = 1
    GROUP BY item_key, hosp_level
),

odd_price AS (            -- prices far from the peers', which hardly any of them ask and which few items have
    SELECT
        c.inst_key, c.item_key, c.pric_e6, c.gross_fen, c.inscp_fen, c.item_name, CAST(p.usual_e6 AS DOUBLE) AS usual_e6,
        FLOOR(CAST(c.pric_e6 AS DOUBLE) * 100 / (p.usual_e6 * :surcharge_step_pct) + 0.5) AS steps
    FROM compared AS c
    JOIN peer_price AS p ON c.item_key = p.item_key AND c.hosp_level = p.hosp_level
    WHERE c.lines >= :min_lines AND c.inscp_fen > 0 AND c.items <= :max_items
      AND c.institutions - 1 >= :min_peers
      AND (c.at_price - 1) * 100 <= (c.institutions - 1) * :max_peer_pct
      AND ABS(c.pric_e6 - p.usual_e6) * 100 >= p.usual_e6 * :min_gap_pct
),

no_surcharge AS (         -- but for surcharges and discounts in whole steps, rounded to the fen
    SELECT inst_key, item_key, pric_e6, gross_fen, inscp_fen, item_name, usual_e6
    FROM odd_price
    WHERE ABS(pric_e6 - steps * usual_e6 * :surcharge_step_pct / CAST(100 AS DOUBLE)) > 10000
),

signature AS (            -- items whose own price it is: the usual one here and asked elsewhere too
    SELECT inst_key, item_key, pric_e6, lines, gross_fen, inscp_fen, item_name
    FROM compared
    WHERE price_rank = 1 AND lines >= :min_lines AND at_price - 1 >= :min_owners
),

swapped AS (              -- B at A's price, with the part of B's scope that A would not have had, in millionths
    SELECT
        b.inst_key, b.item_key, a.item_key AS owner_item_key, b.pric_e6,
        CAST(FLOOR((CAST(b.inscp_fen AS DOUBLE) * a.gross_fen - CAST(a.inscp_fen AS DOUBLE) * b.gross_fen) * 1000000
                   / (CAST(b.inscp_fen AS DOUBLE) * a.gross_fen)) AS BIGINT) AS gain_e6,
        FLOOR(ABS(b.pric_e6 - b.usual_e6) * 100 / CAST(b.usual_e6 AS DOUBLE)) AS gap_pct,
        ROW_NUMBER() OVER (PARTITION BY b.inst_key, b.item_key, b.pric_e6 ORDER BY 0 - a.lines, a.item_key) AS choice
    FROM no_surcharge AS b
    JOIN signature AS a ON b.inst_key = a.inst_key AND b.pric_e6 = a.pric_e6
    WHERE a.item_key <> b.item_key AND (a.item_name <> b.item_name OR a.item_name = '-')
      AND (CAST(b.inscp_fen AS DOUBLE) * a.gross_fen - CAST(a.inscp_fen AS DOUBLE) * b.gross_fen) * 100
          >= CAST(b.gross_fen AS DOUBLE) * a.gross_fen * :min_gain_pct
),

member AS (               -- both items, each with its role
    SELECT inst_key, item_key AS case_item_key, item_key, pric_e6, 'suspect' AS role, gain_e6, gap_pct
    FROM swapped
    WHERE choice = 1
    UNION ALL
    SELECT inst_key, item_key AS case_item_key, owner_item_key AS item_key, pric_e6, 'basis' AS role, gain_e6, gap_pct
    FROM swapped
    WHERE choice = 1
),

line AS (                 -- their lines at the price; the first suspect names the finding
    SELECT
        m.role, m.gain_e6, m.gap_pct, f.visit_key, f.fee_key, f.gross_fen, f.inscp_fen, f.fund_fen,
        MIN(CASE WHEN m.role = 'suspect' THEN f.fee_key END) OVER (PARTITION BY m.inst_key, m.case_item_key, m.pric_e6) AS case_key,
        ROW_NUMBER() OVER (PARTITION BY m.inst_key, m.case_item_key, m.pric_e6, m.role ORDER BY f.fee_day, f.fee_key) AS seq
    FROM fee AS f
    JOIN member AS m ON f.inst_key = m.inst_key AND f.item_key = m.item_key AND f.pric_e6 = m.pric_e6
    WHERE f.insured = 1 AND f.cnt_e4 > 0 AND f.gross_fen > 0 AND (m.role = 'basis' OR f.inscp_fen > 0)
)

SELECT
    case_key, role, visit_key, fee_key,
    CASE WHEN role = 'suspect' THEN CAST(FLOOR((CAST(gross_fen AS DOUBLE) * gain_e6 + 0.5) / 1000000) AS BIGINT) ELSE 0 END AS gross_fen,
    CASE WHEN role = 'suspect' THEN CAST(FLOOR((CAST(inscp_fen AS DOUBLE) * gain_e6 + 0.5) / 1000000) AS BIGINT) ELSE 0 END AS inscp_fen,
    CASE WHEN role = 'suspect' THEN CAST(FLOOR((CAST(fund_fen AS DOUBLE) * gain_e6 + 0.5) / 1000000) AS BIGINT) ELSE 0 END AS fund_fen,
    gap_pct AS measure, CAST(:min_gap_pct AS DOUBLE) AS threshold
FROM line
WHERE case_key IS NOT NULL AND (role = 'suspect' OR seq <= :basis_lines)
