-- Evidence of prescription-without-visit: dual-channel drugs bought at a pharmacy while the person saw no hospital in the days a prescription holds.
-- Purchases whose days reach back before the export begins say nothing and stay out.

WITH listed AS (              -- one row per dual-channel drug and days, with the longest time given for it
    SELECT item_key, begin_day, end_day, MAX(dual_channel_days) AS valid_days
    FROM k_dual_channel
    GROUP BY item_key, begin_day, end_day
),

export_start AS (             -- exports are cut by settlement date: the first one is where they begin
    SELECT MIN(setl_day) AS first_day
    FROM settlement
    WHERE setl_day IS NOT NULL
),

hospital_visit AS (           -- whatever may have led to a prescription, self-paid or not
    SELECT psn_key, adm_day, dscg_day
    FROM visit
    WHERE care_setting <> 'pharmacy' AND psn_key IS NOT NULL
),

hospital_data AS (            -- whether the export holds hospitals at all
    SELECT COUNT(*) AS hospital_visits
    FROM visit
    WHERE care_setting IN ('inpatient', 'outpatient')
),

purchase AS (                 -- insured pharmacy lines of listed drugs, whose prescription would fall into the export
    SELECT
        f.fee_key, f.visit_key, f.psn_key, f.inst_key, f.fee_day, f.gross_fen, f.inscp_fen, f.fund_fen, l.valid_days
    FROM fee AS f
    JOIN listed AS l ON f.item_key = l.item_key
    CROSS JOIN export_start AS s
    CROSS JOIN hospital_data AS h
    WHERE f.care_setting = 'pharmacy' AND f.insured = 1 AND f.inscp_fen > 0 AND f.psn_key IS NOT NULL
      AND h.hospital_visits > 0 AND f.fee_day - l.valid_days - :grace_days >= s.first_day
      AND f.fee_day >= l.begin_day AND f.fee_day <= l.end_day
),

local_purchase AS (           -- by persons insured in the pharmacy's own city, as far as both are known
    SELECT
        p.fee_key, p.visit_key, p.psn_key, p.inst_key, p.fee_day, p.gross_fen, p.inscp_fen, p.fund_fen, p.valid_days
    FROM purchase AS p
    JOIN visit AS v ON p.visit_key = v.visit_key
    LEFT JOIN institution AS i ON p.inst_key = i.inst_key
    WHERE v.insu_admdvs IS NULL OR i.admdvs IS NULL OR SUBSTR(v.insu_admdvs, 1, 4) = SUBSTR(i.admdvs, 1, 4)
),

supported AS (                -- lines with a hospital visit on the day or within the days before
    SELECT p.fee_key
    FROM local_purchase AS p
    JOIN hospital_visit AS h ON p.psn_key = h.psn_key
    WHERE h.adm_day <= p.fee_day AND h.dscg_day >= p.fee_day - p.valid_days - :grace_days
    GROUP BY p.fee_key
),

unsupported AS (
    SELECT p.fee_key, p.visit_key, p.psn_key, p.inst_key, p.fee_day, p.gross_fen, p.inscp_fen, p.fund_fen
    FROM local_purchase AS p
    ANTI JOIN supported AS s ON p.fee_key = s.fee_key
),

buyer AS (                    -- one finding per person and pharmacy
    SELECT psn_key, inst_key, MIN(fee_key) AS case_key, COUNT(DISTINCT visit_key) AS purchases
    FROM unsupported
    GROUP BY psn_key, inst_key
    HAVING COUNT(DISTINCT fee_day) >= :min_purchase_days
)

SELECT
    b.case_key AS case_key, 'suspect' AS role, u.visit_key AS visit_key, u.fee_key AS fee_key,
    u.gross_fen AS gross_fen, u.inscp_fen AS inscp_fen, u.fund_fen AS fund_fen,
    b.purchases AS measure, CAST(NULL AS DOUBLE) AS threshold
FROM unsupported AS u
JOIN buyer AS b ON u.psn_key = b.psn_key AND u.inst_key = b.inst_key
