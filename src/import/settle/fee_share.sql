-- The fund's share of each line: scope amount × fund paid ÷ scope amount of its settlement. Shares are differences of rounded running
-- sums, so the shares of a settlement add up to what the fund paid for it, to the fen. Divisors are at least 1: the engine works out
-- every branch of a CASE, and 0 / 0 of a settlement without anything in scope cannot become a whole number.

WITH pot AS (               -- what there is to share: a live settlement, or all of a visit's when its lines name none
    SELECT setl_key AS pot_key, gross_fen, inscp_fen, fund_fen FROM setl_live
    UNION ALL
    SELECT visit_key AS pot_key, SUM(gross_fen) AS gross_fen, SUM(inscp_fen) AS inscp_fen, SUM(fund_fen) AS fund_fen
    FROM setl_live
    GROUP BY visit_key
),

named AS (                  -- lines with the live settlement they name, if any
    SELECT f.fee_key, f.of_visit, f.net_gross_fen AS gross_fen, f.net_inscp_fen AS inscp_fen, s.setl_key AS live_setl
    FROM fee_visit AS f
    LEFT JOIN (SELECT setl_key FROM setl_live) AS s ON f.setl_key = s.setl_key
),

unnamed_visit AS (          -- visits none of whose lines names a live settlement: the settlement number was not exported
    SELECT of_visit FROM named GROUP BY of_visit HAVING COUNT(live_setl) = 0
),

line AS (                   -- lines with the pot they share in; an unsettled line of a settled visit shares in none
    SELECT n.fee_key, n.gross_fen, n.inscp_fen, COALESCE(n.live_setl, u.of_visit) AS pot_key
    FROM named AS n
    LEFT JOIN unnamed_visit AS u ON n.of_visit = u.of_visit
),

pot_line AS (               -- the lines of a pot added up; known_scopes = 0 when the export has no scope amounts on lines
    SELECT pot_key, SUM(gross_fen) AS lines_gross_fen, COUNT(inscp_fen) AS known_scopes
    FROM line
    WHERE pot_key IS NOT NULL
    GROUP BY pot_key
),

running AS (                -- lines with the running gross sum of their pot
    SELECT l.fee_key, l.pot_key, l.gross_fen, l.inscp_fen, k.known_scopes,
           p.inscp_fen AS pot_inscp_fen, p.fund_fen AS pot_fund_fen,
           GREATEST(p.gross_fen, k.lines_gross_fen) AS pot_gross_fen,
           SUM(l.gross_fen) OVER (PARTITION BY l.pot_key ORDER BY l.fee_key) AS up_to_gross_fen
    FROM line AS l
    JOIN pot_line AS k ON l.pot_key = k.pot_key
    JOIN pot AS p ON l.pot_key = p.pot_key
),

scoped AS (                 -- scope amount of each line: its own, else its part of the settlement's by gross amount
    SELECT fee_key, pot_key, pot_inscp_fen, pot_fund_fen,
           CASE WHEN known_scopes > 0 THEN COALESCE(inscp_fen, 0)
                WHEN pot_gross_fen <= 0 THEN 0
                ELSE CAST(ROUND(CAST(up_to_gross_fen AS DOUBLE) * pot_inscp_fen / GREATEST(pot_gross_fen, 1), 0) AS BIGINT)
                   - CAST(ROUND(CAST(up_to_gross_fen - gross_fen AS DOUBLE) * pot_inscp_fen / GREATEST(pot_gross_fen, 1), 0) AS BIGINT)
           END AS inscp_fen
    FROM running
),

scope_total AS (            -- scope amounts of the lines of a pot
    SELECT pot_key, SUM(inscp_fen) AS lines_inscp_fen FROM scoped GROUP BY pot_key
),

running_scope AS (          -- lines with the running scope sum of their pot
    SELECT s.fee_key, s.inscp_fen, s.pot_fund_fen,
           GREATEST(s.pot_inscp_fen, t.lines_inscp_fen) AS pot_inscp_fen,
           SUM(s.inscp_fen) OVER (PARTITION BY s.pot_key ORDER BY s.fee_key) AS up_to_inscp_fen
    FROM scoped AS s
    JOIN scope_total AS t ON s.pot_key = t.pot_key
)

SELECT fee_key, inscp_fen,
       CASE WHEN pot_inscp_fen <= 0 THEN 0
            ELSE CAST(ROUND(CAST(up_to_inscp_fen AS DOUBLE) * pot_fund_fen / GREATEST(pot_inscp_fen, 1), 0) AS BIGINT)
               - CAST(ROUND(CAST(up_to_inscp_fen - inscp_fen AS DOUBLE) * pot_fund_fen / GREATEST(pot_inscp_fen, 1), 0) AS BIGINT)
       END AS fund_fen
FROM running_scope
