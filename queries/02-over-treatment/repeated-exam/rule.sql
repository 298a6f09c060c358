-- Evidence of repeated-exam: days with a test beyond the number that its period allows, at any institution.
-- Tests that follow each other within the period are one chain. Within it, each full period from its first day on allows
-- so many days; a day counts where the excess grows, so a test after a needless one is not needless for that reason.

WITH stated_period AS (       -- limits per period, and the least gap between two assessments, which allows one in it
    SELECT item_key, begin_day, end_day, max_cnt_e4, period_days
    FROM k_period_limit
    WHERE period_days > 0
    UNION ALL
    SELECT item_key, begin_day, end_day, CAST(10000 AS BIGINT) AS max_cnt_e4, min_gap_days AS period_days
    FROM k_course_limit
    WHERE min_gap_days > 0
),

limited_line AS (             -- one row per line of such an item: the limits that hold on its day, in favour of the hospital
    SELECT f.fee_key, MAX(s.max_cnt_e4) AS max_cnt_e4, MIN(s.period_days) AS period_days
    FROM fee AS f
    JOIN stated_period AS s ON f.item_key = s.item_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.psn_key IS NOT NULL
      AND f.fee_day >= s.begin_day AND f.fee_day <= s.end_day
    GROUP BY f.fee_key
),

test_line AS (                -- tests in scope of known persons; who comes as an emergency has a reason
    SELECT f.fee_key, f.visit_key, f.psn_key, f.item_key, f.fee_day, f.gross_fen, f.inscp_fen, f.fund_fen, i.max_cnt_e4, i.period_days
    FROM fee AS f
    JOIN limited_line AS i ON f.fee_key = i.fee_key
    JOIN visit AS v ON f.visit_key = v.visit_key
    WHERE SUBSTR(v.med_type, 1, 2) <> '13'
),

test_day AS (                 -- days with the test
    SELECT psn_key, item_key, fee_day, MIN(max_cnt_e4) AS max_cnt_e4, MIN(period_days) AS period_days, MIN(fee_key) AS day_fee_key
    FROM test_line
    GROUP BY psn_key, item_key, fee_day
),

spaced_day AS (               -- beside the day before
    SELECT *, LAG(fee_day) OVER (PARTITION BY psn_key, item_key ORDER BY fee_day) AS before_day
    FROM test_day
),

started_day AS (              -- a full period without the test ends a chain
    SELECT *, CAST(CASE WHEN fee_day - before_day < period_days THEN 0 ELSE 1 END AS BIGINT) AS starts
    FROM spaced_day
),

chain_day AS (                -- numbered chains
    SELECT *, SUM(starts) OVER (PARTITION BY psn_key, item_key ORDER BY fee_day) AS chain_no
    FROM started_day
),

numbered_day AS (             -- numbered days of each chain
    SELECT
        *,
        MIN(fee_day) OVER (PARTITION BY psn_key, item_key, chain_no) AS first_day,
        ROW_NUMBER() OVER (PARTITION BY psn_key, item_key, chain_no ORDER BY fee_day) AS day_no
    FROM chain_day
),

measured_day AS (             -- days so far beyond what the periods so far allow, in ten-thousandths as the limit
    SELECT
        *,
        CAST(day_no AS BIGINT) * 10000
            - max_cnt_e4 * (CAST(FLOOR(CAST(fee_day - first_day AS DOUBLE) / period_days) AS BIGINT) + 1) AS excess_e4
    FROM numbered_day
),

highest_day AS (              -- the most that the chain was beyond until this day
    SELECT *, MAX(excess_e4) OVER (PARTITION BY psn_key, item_key, chain_no ORDER BY fee_day) AS highest_e4
    FROM measured_day
),

compared_day AS (             -- and until the day before
    SELECT *, LAG(highest_e4) OVER (PARTITION BY psn_key, item_key, chain_no ORDER BY fee_day) AS before_e4
    FROM highest_day
),

judged_day AS (               -- days that add to the excess
    SELECT
        psn_key, item_key, chain_no, fee_day, day_fee_key, first_day,
        CAST(CASE WHEN excess_e4 > 0 AND excess_e4 > COALESCE(before_e4, 0) THEN 1 ELSE 0 END AS BIGINT) AS is_beyond
    FROM compared_day
),

counted_chain AS (            -- chains with such days
    SELECT psn_key, item_key, chain_no, COUNT(*) AS days_done, SUM(is_beyond) AS days_beyond, MIN(day_fee_key) AS case_key
    FROM judged_day
    GROUP BY psn_key, item_key, chain_no
    HAVING SUM(is_beyond) > 0
),

shown_day AS (                -- the days beyond, and the first day of their chain
    SELECT
        d.psn_key, d.item_key, d.fee_day, d.is_beyond, c.case_key,
        CAST(c.days_done AS DOUBLE) AS measure,
        CAST(c.days_done - c.days_beyond AS DOUBLE) AS threshold
    FROM judged_day AS d
    JOIN counted_chain AS c ON d.psn_key = c.psn_key AND d.item_key = c.item_key AND d.chain_no = c.chain_no
    WHERE d.is_beyond = 1 OR d.fee_day = d.first_day
)

SELECT
    s.case_key AS case_key,
    CASE WHEN s.is_beyond = 1 THEN 'suspect' ELSE 'basis' END AS role,
    l.visit_key AS visit_key, l.fee_key AS fee_key,
    l.gross_fen * s.is_beyond AS gross_fen,
    l.inscp_fen * s.is_beyond AS inscp_fen,
    l.fund_fen * s.is_beyond AS fund_fen,
    s.measure AS measure,
    s.threshold AS threshold
FROM test_line AS l
JOIN shown_day AS s ON l.psn_key = s.psn_key AND l.item_key = s.item_key AND l.fee_day = s.fee_day
