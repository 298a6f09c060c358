-- Evidence of level-limited: items limited to hospitals of some level in the fund's scope at a lower one.

WITH item_level AS (          -- one row per item and days: the lowest level that any of its knowledge points allows
    SELECT item_key, begin_day, end_day, MIN(min_level) AS min_level
    FROM k_level_limit
    GROUP BY item_key, begin_day, end_day
),

levelled_line AS (            -- lines of such items at hospitals whose level is known
    SELECT
        f.fee_key, f.visit_key, f.psn_key, f.item_key, f.fee_day, f.insured, f.gross_fen, f.inscp_fen, f.fund_fen,
        l.min_level, i.level
    FROM fee AS f
    JOIN item_level AS l ON f.item_key = l.item_key
    JOIN institution AS i ON f.inst_key = i.inst_key
    WHERE i.level IS NOT NULL AND i.inst_type = 'hospital' AND f.care_setting <> 'pharmacy'
      AND f.fee_day >= l.begin_day AND f.fee_day <= l.end_day
),

too_low_line AS (             -- those in scope below the level
    SELECT fee_key, visit_key, psn_key, item_key, fee_day, gross_fen, inscp_fen, fund_fen, min_level, level
    FROM levelled_line
    WHERE insured = 1 AND inscp_fen > 0 AND level < min_level
),

continued AS (                -- where the person had the item from a high enough hospital shortly before
    SELECT t.fee_key
    FROM too_low_line AS t
    JOIN levelled_line AS h ON t.psn_key = h.psn_key AND t.item_key = h.item_key
    WHERE h.level >= h.min_level
      AND h.fee_day >= t.fee_day - :continued_days AND h.fee_day <= t.fee_day
    GROUP BY t.fee_key
),

breach AS (                   -- the others
    SELECT t.fee_key, t.visit_key, t.item_key, t.gross_fen, t.inscp_fen, t.fund_fen, t.min_level, t.level
    FROM too_low_line AS t
    ANTI JOIN continued AS c ON t.fee_key = c.fee_key
)

SELECT
    MIN(fee_key) OVER (PARTITION BY visit_key, item_key) AS case_key,
    'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen,
    CAST(level AS DOUBLE) AS measure,
    CAST(min_level AS DOUBLE) AS threshold
FROM breach
