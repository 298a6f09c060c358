-- Evidence of price-over-cap: lines whose unit price is above the highest ceiling that can apply to them.
-- At risk is the excess only; what the platform has already put to the patient as over the limit is no loss of the fund.
-- The half beside a product changes no result: it keeps exact quotients whole where an engine multiplies by 1 / c instead of dividing by c.

WITH lowest_limit AS (        -- a price at or below every ceiling of its code needs no second look
    SELECT hilist_key, MIN(cap_e6) AS lowest_e6
    FROM price_limit
    WHERE cap_e6 > 0
    GROUP BY hilist_key
),

priced_line AS (              -- charged lines above a ceiling of their own or of the catalogue
    SELECT
        f.fee_key, f.visit_key, f.inst_key, f.item_key, f.hilist_key, f.item_kind, f.fee_day, f.cnt_e4, f.pric_e6, f.gross_fen, f.inscp_fen, f.fund_fen,
        CASE WHEN f.uplmt_e6 > 0 THEN f.uplmt_e6 END AS own_cap_e6
    FROM fee AS f LEFT JOIN lowest_limit AS l ON f.hilist_key = l.hilist_key
    WHERE f.gross_fen > 0
      AND f.pric_e6 > CASE WHEN f.uplmt_e6 > 0 THEN f.uplmt_e6 ELSE COALESCE(l.lowest_e6, f.pric_e6) END
),

catalogue_cap AS (            -- for lines that bring no ceiling: the highest one in force that day for the institution's level, all levels when it is unknown
    SELECT p.fee_key, MAX(l.cap_e6) AS cap_e6
    FROM priced_line AS p
    JOIN price_limit AS l ON p.hilist_key = l.hilist_key
    LEFT JOIN institution AS i ON p.inst_key = i.inst_key
    WHERE p.own_cap_e6 IS NULL AND l.cap_e6 > 0
      AND p.fee_day >= l.begin_day AND p.fee_day <= l.end_day
      AND (l.lmtpric_hosp_lv IS NULL OR i.lmtpric_hosp_lv IS NULL OR l.lmtpric_hosp_lv = i.lmtpric_hosp_lv)
    GROUP BY p.fee_key
),

capped AS (                   -- each line with its ceiling and the patient's age
    SELECT
        p.fee_key, p.visit_key, p.item_key, p.hilist_key, p.item_kind, p.cnt_e4, p.pric_e6, p.gross_fen, p.inscp_fen, p.fund_fen, v.age_years,
        COALESCE(p.own_cap_e6, c.cap_e6) AS cap_e6
    FROM priced_line AS p
    LEFT JOIN catalogue_cap AS c ON p.fee_key = c.fee_key
    LEFT JOIN visit AS v ON p.visit_key = v.visit_key
),

over_cap AS (                 -- over by more than rounding, and neither a child's surcharge nor a price per another unit
    SELECT *
    FROM capped
    WHERE pric_e6 > cap_e6 + CAST(:tolerance_fen AS BIGINT) * 10000
      AND NOT (item_kind = 'service' AND COALESCE(age_years, :child_age + 1) <= :child_age AND pric_e6 * 100 <= cap_e6 * (100 + :child_surcharge_pct))
      AND NOT (item_kind <> 'service' AND pric_e6 >= cap_e6 * :other_unit_ratio)
),

excess AS (                   -- the part of the charge above what the ceiling allows for the quantity
    SELECT *, gross_fen - CAST(CEIL((CAST(cnt_e4 AS DOUBLE) * cap_e6 - 0.5) / 100000000) AS BIGINT) AS excess_fen
    FROM over_cap
),

at_risk AS (                  -- the part of it that is still within the fund's scope
    SELECT
        *,
        CASE WHEN inscp_fen <= gross_fen - excess_fen THEN 0
             WHEN inscp_fen - (gross_fen - excess_fen) > excess_fen THEN excess_fen
             ELSE inscp_fen - (gross_fen - excess_fen) END AS inscp_risk_fen
    FROM excess
    WHERE excess_fen > 0
)

SELECT
    MIN(fee_key) OVER (PARTITION BY visit_key, item_key, hilist_key, pric_e6, cap_e6) AS case_key,
    'suspect' AS role, visit_key, fee_key,
    excess_fen AS gross_fen,
    inscp_risk_fen AS inscp_fen,
    CAST(FLOOR((CAST(fund_fen AS DOUBLE) * inscp_risk_fen + 0.5) / CASE WHEN inscp_fen > 0 THEN inscp_fen ELSE 1 END) AS BIGINT) AS fund_fen,
    CAST(pric_e6 AS DOUBLE) * 0.000001 AS measure,
    CAST(cap_e6 AS DOUBLE) * 0.000001 AS threshold
FROM at_risk
