-- Evidence of digit-anomaly: institutions whose bills hold one first digit, or one last digit of the yuan, far too often.
-- Chi-square over its bills divided by their number is the square of Cohen's w, which is compared with the peers' median.

WITH bill AS (                -- totals of insured visits, with the power of ten below
    SELECT
        visit_key, inst_key, care_setting, gross_fen, inscp_fen, fund_fen,
        CASE WHEN gross_fen < 10 THEN 1 WHEN gross_fen < 100 THEN 10 WHEN gross_fen < 1000 THEN 100 WHEN gross_fen < 10000 THEN 1000
             WHEN gross_fen < 100000 THEN 10000 WHEN gross_fen < 1000000 THEN 100000 WHEN gross_fen < 10000000 THEN 1000000
             WHEN gross_fen < 100000000 THEN 10000000 WHEN gross_fen < 1000000000 THEN 100000000 ELSE 1000000000 END AS decade
    FROM visit
    WHERE insured = 1 AND gross_fen > 0 AND care_setting IN ('inpatient', 'outpatient', 'pharmacy')
),

biller AS (                   -- institutions and care settings with their number of bills
    SELECT inst_key, care_setting, COUNT(*) AS bills
    FROM bill
    GROUP BY inst_key, care_setting
),

amount AS (                   -- how often each amount occurs
    SELECT inst_key, care_setting, gross_fen, COUNT(*) AS same_bills
    FROM bill
    GROUP BY inst_key, care_setting, gross_fen
),

fixed_price AS (              -- amounts that come again and again
    SELECT a.inst_key, a.care_setting, a.gross_fen
    FROM amount AS a
    JOIN biller AS b ON a.inst_key = b.inst_key AND a.care_setting = b.care_setting
    WHERE a.same_bills > 1 AND a.same_bills * 100 > b.bills * :max_same_pct
),

free_bill AS (                -- the others
    SELECT b.visit_key, b.inst_key, b.care_setting, b.gross_fen, b.inscp_fen, b.fund_fen, b.decade
    FROM bill AS b
    ANTI JOIN fixed_price AS p ON b.inst_key = p.inst_key AND b.care_setting = p.care_setting AND b.gross_fen = p.gross_fen
),

decade_bill AS (
    SELECT inst_key, care_setting, decade, COUNT(*) AS decade_bills
    FROM free_bill
    GROUP BY inst_key, care_setting, decade
),

spread AS (                   -- institutions whose bills lie in several decades: only there first digits mean anything
    SELECT inst_key, care_setting
    FROM decade_bill
    GROUP BY inst_key, care_setting
    HAVING MAX(decade_bills) * 100 <= SUM(decade_bills) * :max_decade_pct
),

digit AS (                    -- one row per bill and test
    SELECT
        b.visit_key, b.inst_key, b.care_setting, 'first' AS test, b.gross_fen, b.inscp_fen, b.fund_fen,
        CAST(FLOOR(CAST(b.gross_fen AS DOUBLE) / b.decade) AS BIGINT) AS digit
    FROM free_bill AS b
    SEMI JOIN spread AS s ON b.inst_key = s.inst_key AND b.care_setting = s.care_setting
    UNION ALL
    SELECT
        visit_key, inst_key, care_setting, 'last' AS test, gross_fen, inscp_fen, fund_fen,
        CAST(FLOOR(CAST(gross_fen AS DOUBLE) / 100) AS BIGINT) - 10 * CAST(FLOOR(CAST(gross_fen AS DOUBLE) / 1000) AS BIGINT) AS digit
    FROM free_bill
    WHERE gross_fen >= :last_digit_from_fen
),

digit_count AS (              -- bills per digit
    SELECT inst_key, care_setting, test, digit, COUNT(*) AS digit_bills
    FROM digit
    GROUP BY inst_key, care_setting, test, digit
),

expected AS (                 -- with the share that each digit has by itself: Benford's law, or one tenth
    SELECT
        inst_key, care_setting, test, digit, digit_bills,
        CASE WHEN test = 'last' THEN 0.1 WHEN digit = 1 THEN 0.30103 WHEN digit = 2 THEN 0.17609 WHEN digit = 3 THEN 0.12494
             WHEN digit = 4 THEN 0.09691 WHEN digit = 5 THEN 0.07918 WHEN digit = 6 THEN 0.06695 WHEN digit = 7 THEN 0.05799
             WHEN digit = 8 THEN 0.05115 ELSE 0.04576 END AS natural_share
    FROM digit_count
),

term AS (                     -- squares are kept whole, in thousandths: sums of whole numbers do not depend on their order
    SELECT
        inst_key, care_setting, test, digit, digit_bills, CAST(natural_share AS DOUBLE) AS natural_share,
        CAST(FLOOR(CAST(digit_bills AS DOUBLE) * digit_bills * 1000 / CAST(natural_share AS DOUBLE)) AS BIGINT) AS square_e3
    FROM expected
),

tested AS (                   -- what chi-square needs; digits that do not occur add nothing to either sum
    SELECT inst_key, care_setting, test, SUM(digit_bills) AS bills, SUM(square_e3) AS squares_e3
    FROM term
    GROUP BY inst_key, care_setting, test
    HAVING SUM(digit_bills) >= :min_bills
),

deviation AS (                -- square of Cohen's w, by peer group
    SELECT
        t.inst_key AS inst_key, t.care_setting AS care_setting, t.test AS test, t.bills AS bills,
        t.squares_e3 / (CAST(t.bills AS DOUBLE) * t.bills * 1000) - 1 AS effect, COALESCE(i.level, -1) AS peer_level
    FROM tested AS t
    LEFT JOIN institution AS i ON t.inst_key = i.inst_key
),

peer AS (
    SELECT care_setting, test, peer_level, COUNT(*) AS peers, MEDIAN(effect) AS usual_effect
    FROM deviation
    GROUP BY care_setting, test, peer_level
),

anomaly AS (                  -- significant, of some size, and not what peers do
    SELECT
        d.inst_key AS inst_key, d.care_setting AS care_setting, d.test AS test, d.bills AS bills,
        ROW_NUMBER() OVER (PARTITION BY d.inst_key, d.care_setting ORDER BY 0 - d.effect, d.test) AS place
    FROM deviation AS d
    JOIN peer AS p ON d.care_setting = p.care_setting AND d.test = p.test AND d.peer_level = p.peer_level
    WHERE p.peers >= :min_peers AND d.effect * d.bills >= :min_chi2
      AND d.effect * 10000 >= :min_effect_pct * :min_effect_pct AND d.effect >= p.usual_effect * :peer_ratio
),

ranked_digit AS (             -- the digit most in excess
    SELECT
        t.inst_key AS inst_key, t.care_setting AS care_setting, t.test AS test, t.digit AS digit, t.digit_bills AS digit_bills,
        t.natural_share AS natural_share, a.bills AS bills,
        ROW_NUMBER() OVER (PARTITION BY t.inst_key, t.care_setting ORDER BY t.natural_share * a.bills - t.digit_bills, t.digit) AS place
    FROM term AS t
    JOIN anomaly AS a ON t.inst_key = a.inst_key AND t.care_setting = a.care_setting AND t.test = a.test
    WHERE a.place = 1
),

excess AS (                   -- and the share of its bills that is too many
    SELECT
        inst_key, care_setting, test, digit, natural_share,
        CAST(digit_bills AS DOUBLE) / bills AS own_share,
        (digit_bills - natural_share * bills) / CAST(digit_bills AS DOUBLE) AS excess_share
    FROM ranked_digit
    WHERE place = 1
),

suspect_bill AS (
    SELECT
        d.visit_key AS visit_key, d.inst_key AS inst_key, d.care_setting AS care_setting, d.gross_fen AS gross_fen, d.inscp_fen AS inscp_fen, d.fund_fen AS fund_fen,
        e.excess_share AS excess_share, e.own_share AS own_share, e.natural_share AS natural_share
    FROM digit AS d
    JOIN excess AS e ON d.inst_key = e.inst_key AND d.care_setting = e.care_setting AND d.test = e.test AND d.digit = e.digit
),

named AS (                    -- one finding per institution and care setting
    SELECT inst_key, care_setting, MIN(visit_key) AS case_key
    FROM suspect_bill
    GROUP BY inst_key, care_setting
)

SELECT
    n.case_key AS case_key, 'suspect' AS role, b.visit_key AS visit_key,
    CAST(FLOOR(b.gross_fen * b.excess_share) AS BIGINT) AS gross_fen,
    CAST(FLOOR(b.inscp_fen * b.excess_share) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(b.fund_fen * b.excess_share) AS BIGINT) AS fund_fen,
    FLOOR(b.own_share * 100) AS measure, FLOOR(b.natural_share * 100) AS threshold
FROM suspect_bill AS b
JOIN named AS n ON b.inst_key = n.inst_key AND b.care_setting = n.care_setting
