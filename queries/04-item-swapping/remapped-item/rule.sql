-- Evidence of remapped-item: one hospital item billed under two insured codes during the same time, one dearer for the fund.
-- The lines of the dearer code are the suspects; what the usual, cheaper code would have cost the fund is taken off. Which
-- code is the more frequent does not matter: a hospital that swaps nearly always is no better than one that swaps sometimes.

WITH code_use AS (        -- each insured code of a hospital item, kept apart by care setting
    SELECT
        hosp_item_key, care_setting, item_key, COUNT(*) AS lines, MIN(fee_day) AS first_day, MAX(fee_day) AS last_day,
        SUM(cnt_e4) AS cnt_e4, SUM(inscp_fen) AS inscp_fen
    FROM fee
    WHERE insured = 1 AND hosp_item_key IS NOT NULL AND item_key IS NOT NULL AND cnt_e4 > 0
    GROUP BY hosp_item_key, care_setting, item_key
),

mapping AS (              -- how many insured codes each hospital item has
    SELECT hosp_item_key, care_setting, COUNT(*) AS codes
    FROM code_use
    GROUP BY hosp_item_key, care_setting
),

usual_code AS (           -- codes used often enough, of hospital items with a few codes: many codes are a collective item
    SELECT
        code_use.hosp_item_key, code_use.care_setting, code_use.item_key, code_use.first_day, code_use.last_day,
        code_use.cnt_e4, code_use.inscp_fen, UPPER(item.item_name) AS item_name
    FROM code_use
    JOIN mapping
        ON mapping.hosp_item_key = code_use.hosp_item_key AND mapping.care_setting = code_use.care_setting
    LEFT JOIN item ON item.item_key = code_use.item_key
    WHERE code_use.lines >= :min_lines AND mapping.codes > 1 AND mapping.codes <= :max_codes
),

code_pair AS (            -- two codes of one hospital item: how long they ran together, what equal quantities cost the fund's scope
    SELECT
        dear.hosp_item_key, dear.care_setting, dear.item_key AS dear_item_key, cheap.item_key AS cheap_item_key,
        dear.item_name AS dear_name, cheap.item_name AS cheap_name,
        GREATEST(dear.first_day, cheap.first_day) AS together_from, LEAST(dear.last_day, cheap.last_day) AS together_to,
        CAST(dear.inscp_fen AS DOUBLE) * cheap.cnt_e4 AS dear_cost, CAST(cheap.inscp_fen AS DOUBLE) * dear.cnt_e4 AS cheap_cost,
        CAST(cheap.inscp_fen AS DOUBLE) / cheap.cnt_e4 AS cheap_unit
    FROM usual_code AS dear
    JOIN usual_code AS cheap
        ON cheap.hosp_item_key = dear.hosp_item_key AND cheap.care_setting = dear.care_setting
    WHERE cheap.item_key <> dear.item_key AND dear.inscp_fen > 0
),

remapped AS (             -- pairs with a real gap that ran together long enough; the excess of the dear code in millionths
    SELECT
        hosp_item_key, care_setting, dear_item_key, cheap_item_key, together_from, together_to,
        CAST(FLOOR((dear_cost - cheap_cost) * 1000000 / CAST(dear_cost AS DOUBLE)) AS BIGINT) AS excess_e6,
        ROW_NUMBER() OVER (
            PARTITION BY hosp_item_key, care_setting, dear_item_key ORDER BY cheap_unit, cheap_item_key
        ) AS choice
    FROM code_pair
    WHERE together_to - together_from + 1 >= :min_overlap_days
      AND (dear_cost - cheap_cost) * 100 >= dear_cost * :min_excess_pct
      AND (dear_name IS NULL OR cheap_name IS NULL OR dear_name <> cheap_name)
),

member AS (               -- one finding per dear code, against the cheapest code that ran beside it: both codes, each with its role
    SELECT hosp_item_key, care_setting, dear_item_key, dear_item_key AS item_key, 'suspect' AS role,
           together_from, together_to, excess_e6
    FROM remapped
    WHERE choice = 1
    UNION ALL
    SELECT hosp_item_key, care_setting, dear_item_key, cheap_item_key AS item_key, 'basis' AS role,
           together_from, together_to, excess_e6
    FROM remapped
    WHERE choice = 1
),

line AS (                 -- the lines under both codes while they ran together; the first suspect names the finding
    SELECT
        member.role, member.excess_e6, fee.visit_key, fee.fee_key, fee.gross_fen, fee.inscp_fen, fee.fund_fen,
        MIN(CASE WHEN member.role = 'suspect' THEN fee.fee_key END) OVER (
            PARTITION BY member.hosp_item_key, member.care_setting, member.dear_item_key
        ) AS case_key,
        ROW_NUMBER() OVER (
            PARTITION BY member.hosp_item_key, member.care_setting, member.dear_item_key, member.role
            ORDER BY fee.fee_day, fee.fee_key
        ) AS seq
    FROM fee
    JOIN member
        ON member.hosp_item_key = fee.hosp_item_key AND member.care_setting = fee.care_setting
        AND member.item_key = fee.item_key
    WHERE fee.insured = 1 AND fee.cnt_e4 > 0 AND (member.role = 'basis' OR fee.inscp_fen > 0)
      AND fee.fee_day >= member.together_from AND fee.fee_day <= member.together_to
)

SELECT
    case_key, role, visit_key, fee_key,
    CASE WHEN role = 'suspect' THEN CAST(FLOOR((CAST(gross_fen AS DOUBLE) * excess_e6 + 0.5) / 1000000) AS BIGINT) ELSE 0 END AS gross_fen,
    CASE WHEN role = 'suspect' THEN CAST(FLOOR((CAST(inscp_fen AS DOUBLE) * excess_e6 + 0.5) / 1000000) AS BIGINT) ELSE 0 END AS inscp_fen,
    CASE WHEN role = 'suspect' THEN CAST(FLOOR((CAST(fund_fen AS DOUBLE) * excess_e6 + 0.5) / 1000000) AS BIGINT) ELSE 0 END AS fund_fen,
    CAST(excess_e6 AS DOUBLE) / 10000 AS measure, :min_excess_pct AS threshold
FROM line
WHERE case_key IS NOT NULL AND (role = 'suspect' OR seq <= :basis_lines)
