-- Evidence of duplicate-line: lines of one visit that agree in item, order, doctor, time, price and quantity, beyond what can be normal.
-- The first copies are the basis, the ones after them the suspects.

WITH timed_item AS (          -- items charged by the day or hour, with the days on which they are known as such
    SELECT item_key, begin_day, end_day FROM k_daily_item
    UNION ALL
    SELECT item_key, begin_day, end_day FROM k_hourly_item
),

counted_elsewhere AS (        -- their lines: copies may be booked together, days-over-stay and hours-over-day count them
    SELECT f.fee_key
    FROM fee AS f
    JOIN timed_item AS t ON f.item_key = t.item_key
    WHERE f.fee_day >= t.begin_day AND f.fee_day <= t.end_day
    GROUP BY f.fee_key
),

service_line AS (             -- one row per service line; a missing order, doctor, minute or hospital item is one value of its own
    SELECT
        fee.fee_key, fee.visit_key, fee.item_key, fee.fee_day, fee.pric_e6, fee.cnt_e4, fee.charge_type,
        COALESCE(fee.hosp_item_key, 0) AS hosp_item, COALESCE(fee.rx_key, 0) AS rx, COALESCE(fee.dr_key, 0) AS dr, COALESCE(fee.fee_min, -1) AS used_min,
        fee.gross_fen, fee.inscp_fen, fee.fund_fen
    FROM fee ANTI JOIN counted_elsewhere ON fee.fee_key = counted_elsewhere.fee_key
    WHERE fee.item_kind = 'service' AND fee.item_key IS NOT NULL AND fee.gross_fen > 0
),

booked AS (                   -- first and last day on which services of a visit were booked
    SELECT visit_key, MIN(fee_day) AS first_day, MAX(fee_day) AS last_day
    FROM service_line
    GROUP BY visit_key
),

lump_booked AS (              -- stays of several nights entered on one day: equal lines are the days of treatment, booked together
    SELECT booked.visit_key
    FROM booked JOIN visit ON booked.visit_key = visit.visit_key
    WHERE booked.first_day = booked.last_day AND visit.care_setting = 'inpatient' AND visit.dscg_day - visit.adm_day >= :lump_nights
),

repeated AS (                 -- one row per set of lines that agree in everything but the line number
    SELECT visit_key, item_key, hosp_item, rx, dr, fee_day, used_min, pric_e6, cnt_e4, charge_type, COUNT(*) AS copies
    FROM service_line
    GROUP BY visit_key, item_key, hosp_item, rx, dr, fee_day, used_min, pric_e6, cnt_e4, charge_type
    HAVING COUNT(*) > 1
),

entered_daily AS (            -- sets of visits whose services were not entered in one lump
    SELECT repeated.*
    FROM repeated ANTI JOIN lump_booked ON repeated.visit_key = lump_booked.visit_key
),

copied AS (                   -- with the number of copies that can be normal: by the day, by parts of the body, else one
    SELECT
        *,
        CASE WHEN used_min = -1 THEN :day_copies
             WHEN charge_type IN ('03', '05', '06') THEN :part_copies
             ELSE 1 END AS normal_copies
    FROM entered_daily
),

scheduled AS (                -- an order that repeats on several days is carried out several times a day and booked together
    SELECT visit_key, item_key, hosp_item, rx, dr
    FROM copied
    WHERE copies > normal_copies
    GROUP BY visit_key, item_key, hosp_item, rx, dr
    HAVING COUNT(DISTINCT fee_day) >= :schedule_days
),

too_many AS (                 -- the sets left to verify
    SELECT copied.*
    FROM copied ANTI JOIN scheduled
      ON copied.visit_key = scheduled.visit_key AND copied.item_key = scheduled.item_key AND copied.hosp_item = scheduled.hosp_item
     AND copied.rx = scheduled.rx AND copied.dr = scheduled.dr
    WHERE copied.copies > copied.normal_copies
),

numbered AS (                 -- their lines, numbered within the set
    SELECT
        l.fee_key, l.visit_key, l.gross_fen, l.inscp_fen, l.fund_fen, t.copies, t.normal_copies,
        ROW_NUMBER() OVER (PARTITION BY l.visit_key, l.item_key, l.hosp_item, l.rx, l.dr, l.fee_day, l.used_min, l.pric_e6, l.cnt_e4, l.charge_type ORDER BY l.fee_key) AS copy_no,
        MIN(l.fee_key) OVER (PARTITION BY l.visit_key, l.item_key, l.hosp_item, l.rx, l.dr, l.fee_day, l.used_min, l.pric_e6, l.cnt_e4, l.charge_type) AS case_key
    FROM service_line AS l JOIN too_many AS t
      ON l.visit_key = t.visit_key AND l.item_key = t.item_key AND l.hosp_item = t.hosp_item AND l.rx = t.rx AND l.dr = t.dr
     AND l.fee_day = t.fee_day AND l.used_min = t.used_min AND l.pric_e6 = t.pric_e6 AND l.cnt_e4 = t.cnt_e4 AND l.charge_type = t.charge_type
)

SELECT case_key, 'suspect' AS role, visit_key, fee_key, gross_fen, inscp_fen, fund_fen, copies AS measure, normal_copies AS threshold
FROM numbered
WHERE copy_no > normal_copies
UNION ALL
SELECT case_key, 'basis' AS role, visit_key, fee_key, 0 AS gross_fen, 0 AS inscp_fen, 0 AS fund_fen, copies AS measure, normal_copies AS threshold
FROM numbered
WHERE copy_no <= normal_copies
