-- Evidence of stock-shortfall: a hospital bills more of a drug or material than it had: opening + purchased − closing.
-- All is counted in the smallest charged unit. Where a record is missing or a unit is unclear the item is not judged.

WITH mapped AS (          -- which insured and hospital item a store item is charged as
    SELECT inst_key, store_item_code, item_key, hosp_item_key
    FROM stock_item_map
    WHERE item_key IS NOT NULL AND hosp_item_key IS NOT NULL
    GROUP BY inst_key, store_item_code, item_key, hosp_item_key
),

store_item AS (           -- store items by insured item
    SELECT inst_key, store_item_code, item_key
    FROM mapped
    GROUP BY inst_key, store_item_code, item_key
),

many_item AS (            -- store items charged as several insured items: nobody can say how much as which
    SELECT inst_key, store_item_code
    FROM store_item
    GROUP BY inst_key, store_item_code
    HAVING COUNT(*) > 1
),

mixed_item AS (           -- the insured items they spoil
    SELECT s.inst_key, s.item_key
    FROM store_item AS s
    SEMI JOIN many_item AS m ON s.inst_key = m.inst_key AND s.store_item_code = m.store_item_code
    GROUP BY s.inst_key, s.item_key
),

packing AS (              -- smallest units per unit of the store, of the outpatient and of the inpatient pharmacy
    SELECT
        inst_key, store_item_code, MIN(store_ratio_e4) AS store_ratio_e4, MAX(store_ratio_e4) AS store_ratio_max_e4,
        MIN(outpatient_ratio_e4) AS outpatient_ratio_e4, MAX(outpatient_ratio_e4) AS outpatient_ratio_max_e4,
        MIN(inpatient_ratio_e4) AS inpatient_ratio_e4, MAX(inpatient_ratio_e4) AS inpatient_ratio_max_e4
    FROM unit_convert
    WHERE store_ratio_e4 > 0 AND outpatient_ratio_e4 > 0 AND inpatient_ratio_e4 > 0
    GROUP BY inst_key, store_item_code
),

balance AS (              -- balances with the smallest units in a unit; no ratio, no figure
    SELECT
        b.inst_key, b.store_item_code, b.open_day, b.close_day, b.open_cnt_e4, b.close_cnt_e4, b.open_pric_e6,
        COALESCE(NULLIF(b.pack_ratio_e4, 0), CASE WHEN p.store_ratio_e4 = p.store_ratio_max_e4 THEN p.store_ratio_e4 END) AS ratio_e4
    FROM stock_balance AS b
    LEFT JOIN packing AS p ON b.inst_key = p.inst_key AND b.store_item_code = p.store_item_code
),

item_balance AS (         -- opening and closing stock of an insured item over all its store items and stores
    SELECT
        s.inst_key, s.item_key, MIN(b.open_day) AS open_day, MAX(b.open_day) AS open_day_max,
        MIN(b.close_day) AS close_day, MAX(b.close_day) AS close_day_max, MAX(b.ratio_e4) AS ratio_max_e4,
        SUM(CAST(FLOOR(CAST(b.open_cnt_e4 AS DOUBLE) * b.ratio_e4 / 10000) AS BIGINT)) AS open_e4,
        SUM(CAST(FLOOR(CAST(b.close_cnt_e4 AS DOUBLE) * b.ratio_e4 / 10000) AS BIGINT)) AS close_e4,
        MIN(CASE WHEN b.open_pric_e6 > 0 THEN CAST(b.open_pric_e6 AS DOUBLE) * 10000 / b.ratio_e4 END) AS pric_min_e6,
        MAX(CASE WHEN b.open_pric_e6 > 0 THEN CAST(b.open_pric_e6 AS DOUBLE) * 10000 / b.ratio_e4 END) AS pric_max_e6,
        COUNT(*) FILTER (WHERE b.ratio_e4 IS NULL OR b.ratio_e4 <= 0 OR b.open_cnt_e4 IS NULL OR b.close_cnt_e4 IS NULL
                               OR b.open_day IS NULL OR b.close_day IS NULL) AS gaps
    FROM store_item AS s
    JOIN balance AS b ON s.inst_key = b.inst_key AND s.store_item_code = b.store_item_code
    GROUP BY s.inst_key, s.item_key
),

period AS (               -- items whose balances are complete and of one and the same period
    SELECT inst_key, item_key, open_day, close_day, ratio_max_e4, open_e4, close_e4, pric_min_e6, pric_max_e6
    FROM item_balance
    WHERE gaps = 0 AND open_day = open_day_max AND close_day = close_day_max
),

receipt AS (              -- what entered the first-level store is a purchase; what goes on to other stores is not
    SELECT
        i.inst_key, i.store_item_code, i.in_day, i.cnt_e4, i.pric_e6,
        COALESCE(NULLIF(i.pack_ratio_e4, 0), CASE WHEN p.store_ratio_e4 = p.store_ratio_max_e4 THEN p.store_ratio_e4 END) AS ratio_e4
    FROM stock_in AS i
    LEFT JOIN packing AS p ON i.inst_key = p.inst_key AND i.store_item_code = p.store_item_code
    WHERE SUBSTR(i.store_level, 1, 1) IN ('1', '一') OR SUBSTR(i.store_level, 1, 2) = '01'
),

buyer AS (                -- institutions whose purchases can be told by the level of the store
    SELECT inst_key
    FROM receipt
    GROUP BY inst_key
),

unbalanced_item AS (      -- insured items with a store item that was bought but has no balance
    SELECT s.inst_key, s.item_key
    FROM store_item AS s
    SEMI JOIN receipt AS r ON s.inst_key = r.inst_key AND s.store_item_code = r.store_item_code
    ANTI JOIN balance AS b ON s.inst_key = b.inst_key AND s.store_item_code = b.store_item_code
    GROUP BY s.inst_key, s.item_key
),

item_receipt AS (         -- purchases of an insured item within its period
    SELECT
        s.inst_key, s.item_key, MAX(r.ratio_e4) AS ratio_max_e4,
        SUM(CAST(FLOOR(CAST(r.cnt_e4 AS DOUBLE) * r.ratio_e4 / 10000) AS BIGINT)) AS in_e4,
        MIN(CASE WHEN r.pric_e6 > 0 THEN CAST(r.pric_e6 AS DOUBLE) * 10000 / r.ratio_e4 END) AS pric_min_e6,
        MAX(CASE WHEN r.pric_e6 > 0 THEN CAST(r.pric_e6 AS DOUBLE) * 10000 / r.ratio_e4 END) AS pric_max_e6,
        COUNT(*) FILTER (WHERE r.ratio_e4 IS NULL OR r.ratio_e4 <= 0 OR r.cnt_e4 IS NULL OR r.in_day IS NULL) AS gaps
    FROM store_item AS s
    JOIN receipt AS r ON s.inst_key = r.inst_key AND s.store_item_code = r.store_item_code
    JOIN period AS p ON s.inst_key = p.inst_key AND s.item_key = p.item_key
    WHERE r.in_day IS NULL OR (r.in_day >= p.open_day AND r.in_day <= p.close_day)
    GROUP BY s.inst_key, s.item_key
),

item_packing AS (         -- the units that an insured item is charged in; several for one item leave it unclear
    SELECT
        s.inst_key, s.item_key,
        CASE WHEN MIN(k.outpatient_ratio_e4) = MAX(k.outpatient_ratio_max_e4) THEN MIN(k.outpatient_ratio_e4) ELSE 0 END AS outpatient_ratio_e4,
        CASE WHEN MIN(k.inpatient_ratio_e4) = MAX(k.inpatient_ratio_max_e4) THEN MIN(k.inpatient_ratio_e4) ELSE 0 END AS inpatient_ratio_e4
    FROM store_item AS s
    JOIN packing AS k ON s.inst_key = k.inst_key AND s.store_item_code = k.store_item_code
    GROUP BY s.inst_key, s.item_key
),

supply AS (               -- what there was to bill from, and what it cost per smallest unit
    SELECT
        p.inst_key, p.item_key, p.open_day, p.close_day, p.open_e4 + COALESCE(r.in_e4, 0) - p.close_e4 AS supply_e4,
        GREATEST(p.ratio_max_e4, COALESCE(r.ratio_max_e4, 0)) AS ratio_max_e4,
        LEAST(COALESCE(p.pric_min_e6, r.pric_min_e6), COALESCE(r.pric_min_e6, p.pric_min_e6)) AS pric_min_e6,
        GREATEST(COALESCE(p.pric_max_e6, r.pric_max_e6), COALESCE(r.pric_max_e6, p.pric_max_e6)) AS pric_max_e6,
        k.outpatient_ratio_e4, k.inpatient_ratio_e4
    FROM period AS p
    SEMI JOIN buyer AS y ON p.inst_key = y.inst_key
    ANTI JOIN mixed_item AS m ON p.inst_key = m.inst_key AND p.item_key = m.item_key
    ANTI JOIN unbalanced_item AS u ON p.inst_key = u.inst_key AND p.item_key = u.item_key
    LEFT JOIN item_receipt AS r ON p.inst_key = r.inst_key AND p.item_key = r.item_key
    LEFT JOIN item_packing AS k ON p.inst_key = k.inst_key AND p.item_key = k.item_key
    WHERE COALESCE(r.gaps, 0) = 0
),

charged AS (              -- lines of drugs and materials by hospital items that the store supplies
    SELECT
        f.fee_key, f.visit_key, f.inst_key, f.item_key, f.item_kind, f.care_setting, f.take_home, f.insured, f.fee_day, f.cnt_e4,
        f.gross_fen, f.inscp_fen, f.fund_fen
    FROM fee AS f
    SEMI JOIN mapped AS m ON f.inst_key = m.inst_key AND f.item_key = m.item_key AND f.hosp_item_key = m.hosp_item_key
    WHERE f.item_kind IN ('western', 'patent', 'consumable') AND f.cnt_e4 > 0
),

ratio_line AS (           -- with the smallest units in a charged unit; a material, or what is stored singly, is charged singly
    SELECT
        c.fee_key, c.visit_key, c.inst_key, c.item_key, c.insured, c.cnt_e4, c.gross_fen, c.inscp_fen, c.fund_fen,
        s.supply_e4, s.pric_min_e6, s.pric_max_e6,
        CASE WHEN s.outpatient_ratio_e4 IS NULL
             THEN CASE WHEN c.item_kind = 'consumable' OR s.ratio_max_e4 = 10000 THEN 10000 ELSE 0 END
             WHEN s.outpatient_ratio_e4 = 0 OR s.inpatient_ratio_e4 = 0 THEN 0
             WHEN c.care_setting = 'inpatient' AND c.take_home = 0 THEN s.inpatient_ratio_e4
             WHEN c.care_setting = 'inpatient' THEN LEAST(s.inpatient_ratio_e4, s.outpatient_ratio_e4)
             ELSE s.outpatient_ratio_e4 END AS ratio_e4
    FROM charged AS c
    JOIN supply AS s ON c.inst_key = s.inst_key AND c.item_key = s.item_key
    WHERE c.fee_day >= s.open_day AND c.fee_day <= s.close_day
),

billed AS (               -- what was billed of an item, to all patients
    SELECT
        inst_key, item_key, supply_e4, pric_min_e6, pric_max_e6, MIN(ratio_e4) AS ratio_min_e4,
        SUM(CAST(FLOOR(CAST(cnt_e4 AS DOUBLE) * ratio_e4 / 10000) AS BIGINT)) AS billed_e4,
        SUM(gross_fen) AS gross_fen, SUM(CASE WHEN insured = 1 THEN inscp_fen ELSE 0 END) AS inscp_fen
    FROM ratio_line
    GROUP BY inst_key, item_key, supply_e4, pric_min_e6, pric_max_e6
),

short_item AS (           -- beyond the supply; a price far from the purchase price tells another unit
    SELECT
        inst_key, item_key, billed_e4, billed_e4 - supply_e4 AS short_e4
    FROM billed
    WHERE ratio_min_e4 > 0 AND supply_e4 >= 0 AND billed_e4 > supply_e4
      AND CAST(billed_e4 - supply_e4 AS DOUBLE) * 100 > CAST(billed_e4 AS DOUBLE) * :tolerance_pct
      AND CAST(inscp_fen AS DOUBLE) * (billed_e4 - supply_e4) >= CAST(billed_e4 AS DOUBLE) * :min_inscp_fen
      AND CAST(gross_fen AS DOUBLE) * 100000000 <= pric_max_e6 * billed_e4 * :max_price_factor
      AND CAST(gross_fen AS DOUBLE) * 100000000 * :max_price_factor >= pric_min_e6 * billed_e4
),

suspect_line AS (         -- the insured lines of those items; the first names the finding
    SELECT
        l.fee_key, l.visit_key, l.gross_fen, l.inscp_fen, l.fund_fen, s.billed_e4, s.short_e4,
        MIN(l.fee_key) OVER (PARTITION BY l.inst_key, l.item_key) AS case_key
    FROM ratio_line AS l
    JOIN short_item AS s ON l.inst_key = s.inst_key AND l.item_key = s.item_key
    WHERE l.insured = 1 AND l.inscp_fen > 0
)

SELECT
    case_key, 'suspect' AS role, visit_key, fee_key,
    -- of every line the share of the item's quantity that nothing stands behind
    CAST(FLOOR(CAST(gross_fen AS DOUBLE) * short_e4 / billed_e4) AS BIGINT) AS gross_fen,
    CAST(FLOOR(CAST(inscp_fen AS DOUBLE) * short_e4 / billed_e4) AS BIGINT) AS inscp_fen,
    CAST(FLOOR(CAST(fund_fen AS DOUBLE) * short_e4 / billed_e4) AS BIGINT) AS fund_fen,
    FLOOR(CAST(short_e4 AS DOUBLE) * 100 / billed_e4) AS measure, CAST(:tolerance_pct AS DOUBLE) AS threshold
FROM suspect_line
