-- Every settlement row beside the settlement it belongs to: a reversal belongs to the settlement it takes back.
-- A reversal names its original (init_setl_key). Where it does not, it is the row with the opposite amount in the same unit; of several
-- such originals the one marked as taken back, else the earliest, because a visit is settled again after the reversal.

WITH named AS (             -- rows with the settlement they take back; some platforms write a row's own number there, some the one it replaces
    SELECT setl_key, unit_key, gross_fen, refund,
           CASE WHEN refund = 1 THEN 0 ELSE 1 END AS unmarked, COALESCE(setl_min, setl_day * 1440, 0) AS at_min,
           CASE WHEN init_setl_key <> setl_key AND (gross_fen < 0 OR refund = 1) THEN init_setl_key END AS named_key
    FROM setl_row
),

blind_reversal AS (         -- negative rows that name nothing, numbered among equal amounts
    SELECT setl_key, unit_key, 0 - gross_fen AS amount,
           ROW_NUMBER() OVER (PARTITION BY unit_key, gross_fen ORDER BY at_min, setl_key) AS nth
    FROM named
    WHERE named_key IS NULL AND gross_fen < 0
),

unnamed_original AS (       -- positive rows that no reversal names
    SELECT n.setl_key, n.unit_key, n.gross_fen, n.unmarked, n.at_min
    FROM named AS n
    ANTI JOIN (SELECT named_key FROM named WHERE named_key IS NOT NULL) AS r ON n.setl_key = r.named_key
    WHERE n.named_key IS NULL AND n.gross_fen > 0
),

candidate AS (              -- the same, numbered the same way
    SELECT setl_key, unit_key, gross_fen AS amount,
           ROW_NUMBER() OVER (PARTITION BY unit_key, gross_fen ORDER BY unmarked, at_min, setl_key) AS nth
    FROM unnamed_original
),

matched AS (                -- each blind reversal beside the original it takes back
    SELECT b.setl_key, c.setl_key AS original_key
    FROM blind_reversal AS b
    JOIN candidate AS c ON b.unit_key = c.unit_key AND b.amount = c.amount AND b.nth = c.nth
)

SELECT n.setl_key, n.unit_key,
       COALESCE(n.named_key, m.original_key, n.setl_key) AS root_key,
       CASE WHEN n.named_key IS NOT NULL OR m.original_key IS NOT NULL OR n.gross_fen < 0 THEN 1 ELSE 0 END AS is_reversal,
       -- A reversing row that carries a positive amount means it as taken back.
       CASE WHEN n.named_key IS NOT NULL AND n.gross_fen > 0 AND n.refund = 1 THEN -1 ELSE 1 END AS sign
FROM named AS n
LEFT JOIN matched AS m ON n.setl_key = m.setl_key
