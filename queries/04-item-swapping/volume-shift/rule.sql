-- Evidence of volume-shift: from a period on, an institution bills less of item A and about as much more of item B, which costs
-- the fund more, while institutions that bill A too go on as before. Periods are blocks of days, so no calendar is needed.
-- The fee table is read once into one row per institution, item and period; all that follows is small.

WITH usage AS (           -- quantity and money of each item per institution and period
    SELECT
        inst_key, charge_type, item_kind, item_key,
        CAST(FLOOR((CAST(fee_day AS DOUBLE) + 0.5) / :period_days) AS BIGINT) AS period,
        SUM(cnt_e4) AS cnt_e4, SUM(inscp_fen) AS inscp_fen, SUM(gross_fen) AS gross_fen
    FROM fee
    WHERE insured = 1 AND item_key IS NOT NULL AND cnt_e4 > 0
    GROUP BY inst_key, charge_type, item_kind, item_key, CAST(FLOOR((CAST(fee_day AS DOUBLE) + 0.5) / :period_days) AS BIGINT)
),

billed_period AS (        -- periods in which the institution billed at all: a gap in the export is no drop
    SELECT inst_key, period
    FROM usage
    GROUP BY inst_key, period
),

open_period AS (          -- the same, numbered from the first and from the last
    SELECT
        inst_key, period,
        ROW_NUMBER() OVER (PARTITION BY inst_key ORDER BY period) AS seq,
        ROW_NUMBER() OVER (PARTITION BY inst_key ORDER BY period DESC) AS seq_back
    FROM billed_period
),

material AS (             -- items with enough money to matter at the institution, and what a unit costs the fund's scope
    SELECT
        inst_key, charge_type, item_kind, item_key, SUM(cnt_e4) AS total_e4,
        CAST(SUM(inscp_fen) AS DOUBLE) / SUM(cnt_e4) AS unit_inscp
    FROM usage
    GROUP BY inst_key, charge_type, item_kind, item_key
    HAVING SUM(gross_fen) >= :min_gross_fen
),

history AS (              -- every material item in every open period, with the quantity billed before it
    SELECT
        material.inst_key, material.charge_type, material.item_kind, material.item_key, material.unit_inscp,
        open_period.period, open_period.seq, open_period.seq_back, material.total_e4, UPPER(item.item_name) AS item_name,
        SUM(COALESCE(usage.cnt_e4, 0)) OVER (
            PARTITION BY material.inst_key, material.charge_type, material.item_kind, material.item_key
            ORDER BY open_period.period
        ) - COALESCE(usage.cnt_e4, 0) AS before_e4
    FROM material
    JOIN open_period ON open_period.inst_key = material.inst_key
    LEFT JOIN usage
        ON usage.inst_key = material.inst_key AND usage.charge_type = material.charge_type
        AND usage.item_kind = material.item_kind AND usage.item_key = material.item_key
        AND usage.period = open_period.period
    LEFT JOIN item ON item.item_key = material.item_key
),

turn AS (                 -- mean quantity per period before and from each possible turning point on, and the variance chance alone gives their difference
    SELECT
        inst_key, charge_type, item_kind, item_key, item_name, unit_inscp, period,
        CAST(before_e4 AS DOUBLE) / (seq - 1) AS mean_before,
        CAST(total_e4 - before_e4 AS DOUBLE) / seq_back AS mean_after,
        CAST(before_e4 AS DOUBLE) / ((seq - 1) * (seq - 1)) + CAST(total_e4 - before_e4 AS DOUBLE) / (seq_back * seq_back) AS chance_e4
    FROM history
    WHERE seq - 1 >= :min_periods AND seq_back >= :min_periods
),

compared_turn AS (        -- items in use before, with the number of institutions that used them: each has one row here
    SELECT
        inst_key, charge_type, item_kind, item_key, item_name, unit_inscp, period, mean_before, mean_after, chance_e4,
        COUNT(*) OVER (PARTITION BY item_key, charge_type, item_kind, period) AS users,
        SUM(CASE WHEN (mean_before - mean_after) * 100 >= mean_before * :min_drop_pct THEN 1 ELSE 0 END) OVER (
            PARTITION BY item_key, charge_type, item_kind, period
        ) AS users_dropping
    FROM turn
    WHERE mean_before > 0
),

lonely_drop AS (          -- drops beyond chance that enough other institutions can be asked about, and that few of them share
    SELECT inst_key, charge_type, item_kind, item_key, item_name, unit_inscp, period, mean_before - mean_after AS lost
    FROM compared_turn
    WHERE (mean_before - mean_after) * 100 >= mean_before * :min_drop_pct
      AND (mean_before - mean_after) * (mean_before - mean_after) >= chance_e4 * 10000 * :min_sigma * :min_sigma
      AND users - 1 >= :min_peers AND (users_dropping - 1) * 100 < (users - 1) * :max_peer_pct
),

rise AS (                 -- items whose quantity grew
    SELECT inst_key, charge_type, item_kind, item_key, item_name, unit_inscp, period, mean_after, mean_after - mean_before AS gained
    FROM turn
    WHERE mean_after > mean_before AND unit_inscp > 0
),

shift AS (                -- a lonely drop beside a rise of about the same quantity of a dearer item of the same kind
    SELECT
        lonely_drop.inst_key, lonely_drop.charge_type, lonely_drop.item_kind, lonely_drop.period,
        lonely_drop.item_key AS left_item_key, rise.item_key AS taken_item_key,
        lonely_drop.unit_inscp AS left_unit, rise.unit_inscp AS taken_unit, rise.mean_after,
        LEAST(rise.gained, lonely_drop.lost) AS moved,
        rise.gained * 100 / CAST(lonely_drop.lost AS DOUBLE) AS gained_pct
    FROM lonely_drop
    JOIN rise
        ON rise.inst_key = lonely_drop.inst_key AND rise.charge_type = lonely_drop.charge_type
        AND rise.item_kind = lonely_drop.item_kind AND rise.period = lonely_drop.period
    WHERE rise.gained * 100 >= lonely_drop.lost * :min_ratio_pct
      AND rise.gained * 100 <= lonely_drop.lost * :max_ratio_pct
      AND rise.unit_inscp * 100 >= lonely_drop.unit_inscp * (100 + :min_dearer_pct)
      AND (lonely_drop.item_name IS NULL OR rise.item_name IS NULL OR lonely_drop.item_name <> rise.item_name)
),

best AS (                 -- neighbouring periods and other partners show the same shift weaker: the one that moved most money is first
    SELECT
        inst_key, charge_type, item_kind, period, left_item_key, taken_item_key, gained_pct,
        CAST(FLOOR(moved * (taken_unit - left_unit) * 1000000 / CAST(mean_after * taken_unit AS DOUBLE)) AS BIGINT) AS risk_e6,
        ROW_NUMBER() OVER (
            PARTITION BY inst_key, charge_type, item_kind, taken_item_key
            ORDER BY moved * (left_unit - taken_unit), period, left_item_key
        ) AS choice
    FROM shift
),

line AS (                 -- lines of the item taken up from the turning point on, which name the finding, and of the item left before it
    SELECT
        fee.visit_key, fee.fee_key, fee.gross_fen, fee.inscp_fen, fee.fund_fen, best.gained_pct, best.risk_e6,
        CASE WHEN fee.item_key = best.taken_item_key THEN 'suspect' ELSE 'basis' END AS role,
        MIN(CASE WHEN fee.item_key = best.taken_item_key THEN fee.fee_key END) OVER (
            PARTITION BY best.inst_key, best.charge_type, best.item_kind, best.taken_item_key
        ) AS case_key,
        ROW_NUMBER() OVER (
            PARTITION BY best.inst_key, best.charge_type, best.item_kind, best.taken_item_key, fee.item_key
            ORDER BY fee.fee_day DESC, fee.fee_key DESC
        ) AS seq
    FROM fee
    JOIN best ON best.inst_key = fee.inst_key AND best.charge_type = fee.charge_type AND best.item_kind = fee.item_kind
    WHERE best.choice = 1 AND fee.insured = 1 AND fee.cnt_e4 > 0
      AND ((fee.item_key = best.taken_item_key AND fee.fee_day >= best.period * :period_days AND fee.inscp_fen > 0)
           OR (fee.item_key = best.left_item_key AND fee.fee_day < best.period * :period_days))
)

SELECT
    case_key, role, visit_key, fee_key,
    CASE WHEN role = 'suspect' THEN CAST(FLOOR((CAST(gross_fen AS DOUBLE) * risk_e6 + 0.5) / 1000000) AS BIGINT) ELSE 0 END AS gross_fen,
    CASE WHEN role = 'suspect' THEN CAST(FLOOR((CAST(inscp_fen AS DOUBLE) * risk_e6 + 0.5) / 1000000) AS BIGINT) ELSE 0 END AS inscp_fen,
    CASE WHEN role = 'suspect' THEN CAST(FLOOR((CAST(fund_fen AS DOUBLE) * risk_e6 + 0.5) / 1000000) AS BIGINT) ELSE 0 END AS fund_fen,
    gained_pct AS measure, :min_ratio_pct AS threshold
FROM line
WHERE case_key IS NOT NULL AND (role = 'suspect' OR seq <= :basis_lines)
