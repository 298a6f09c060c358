-- Evidence of beyond-capacity: persons, departments and machines with more minutes of service on a day than they have, on several days.
-- A unit is whoever spent the time: 1 an executing person, 2 an ordering practitioner with a team, where nobody else is named, 3 a machine.
-- Minutes are ten-thousandths, like quantities.

WITH timed_item AS (          -- one row per item and days
    SELECT item_key, performed_by, begin_day, end_day, MIN(service_minutes) AS service_minutes
    FROM k_service_minutes
    GROUP BY item_key, performed_by, begin_day, end_day
),

timed_line AS (               -- lines that took time, paid by whomever; several days booked at once tell no day
    SELECT
        f.fee_key, f.visit_key, f.setl_key, f.hosp_item_key, f.dr_key, f.exec_dr_key, f.fee_day, f.insured, f.gross_fen, f.inscp_fen, f.fund_fen, t.performed_by,
        COALESCE(f.exec_dept_key, f.dept_key) AS team_key,
        f.cnt_e4 * CAST(t.service_minutes AS BIGINT) AS minutes_e4
    FROM fee AS f
    JOIN timed_item AS t ON f.item_key = t.item_key
    WHERE f.cnt_e4 > 0 AND f.cnt_e4 <= :max_units * CAST(10000 AS BIGINT)
      AND f.fee_day >= t.begin_day AND f.fee_day <= t.end_day
),

team_member AS (              -- practitioners seen in a department, ordering or executing
    SELECT dept_key AS team_key, dr_key AS member_key
    FROM fee
    WHERE dept_key IS NOT NULL AND dr_key IS NOT NULL
    GROUP BY dept_key, dr_key
    UNION ALL
    SELECT exec_dept_key AS team_key, exec_dr_key AS member_key
    FROM fee
    WHERE exec_dept_key IS NOT NULL AND exec_dr_key IS NOT NULL
    GROUP BY exec_dept_key, exec_dr_key
),

team AS (                     -- how many they are
    SELECT team_key, COUNT(DISTINCT member_key) AS members
    FROM team_member
    GROUP BY team_key
),

ordered_line AS (             -- lines that name only who ordered
    SELECT dr_key, team_key, minutes_e4
    FROM timed_line
    WHERE performed_by = 'practitioner' AND exec_dr_key IS NULL AND dr_key IS NOT NULL AND team_key IS NOT NULL
),

ordered_share AS (            -- minutes that a practitioner ordered in a department
    SELECT team_key, dr_key, SUM(minutes_e4) AS own_minutes_e4
    FROM ordered_line
    GROUP BY team_key, dr_key
),

ordered_all AS (              -- minutes that anybody ordered there
    SELECT team_key, SUM(minutes_e4) AS all_minutes_e4
    FROM ordered_line
    GROUP BY team_key
),

head AS (                     -- practitioners under whose name nearly all of a department is booked, with the size of the department
    SELECT s.dr_key AS dr_key, MAX(t.members) AS members
    FROM ordered_share AS s
    JOIN ordered_all AS o ON s.team_key = o.team_key
    JOIN team AS t ON s.team_key = t.team_key
    WHERE s.own_minutes_e4 * 100 >= o.all_minutes_e4 * :head_share_pct
    GROUP BY s.dr_key
),

machine_line AS (             -- lines of examinations whose record names one machine
    SELECT setl_key, hosp_item_key, MIN(inst_key) AS machine_inst_key, MIN(device_no) AS device_no
    FROM exam
    WHERE setl_key IS NOT NULL AND hosp_item_key IS NOT NULL AND device_no IS NOT NULL
    GROUP BY setl_key, hosp_item_key
    HAVING COUNT(DISTINCT device_no) = 1
),

spent AS (                    -- each line's minutes with whoever spent them and what a day of theirs holds
    SELECT
        1 AS unit_kind, exec_dr_key AS unit_key, '' AS device_no, fee_day, fee_key, visit_key, insured, gross_fen, inscp_fen, fund_fen, minutes_e4,
        CAST(:day_minutes AS BIGINT) AS capacity
    FROM timed_line
    WHERE performed_by = 'practitioner' AND exec_dr_key IS NOT NULL
    UNION ALL
    SELECT
        2 AS unit_kind, l.dr_key AS unit_key, '' AS device_no, l.fee_day, l.fee_key, l.visit_key, l.insured, l.gross_fen, l.inscp_fen, l.fund_fen, l.minutes_e4,
        CAST(:day_minutes AS BIGINT) * :team_persons * COALESCE(h.members, 1) AS capacity
    FROM timed_line AS l
    LEFT JOIN head AS h ON l.dr_key = h.dr_key
    WHERE l.performed_by = 'practitioner' AND l.exec_dr_key IS NULL AND l.dr_key IS NOT NULL
    UNION ALL
    SELECT
        3 AS unit_kind, m.machine_inst_key AS unit_key, m.device_no AS device_no, l.fee_day, l.fee_key, l.visit_key, l.insured, l.gross_fen, l.inscp_fen, l.fund_fen, l.minutes_e4,
        CAST(:machine_minutes AS BIGINT) AS capacity
    FROM timed_line AS l
    JOIN machine_line AS m ON l.setl_key = m.setl_key AND l.hosp_item_key = m.hosp_item_key
    WHERE l.performed_by = 'machine'
),

unit_day AS (                 -- one row per unit and day
    SELECT unit_kind, unit_key, device_no, fee_day, MIN(capacity) AS capacity, SUM(minutes_e4) AS day_minutes_e4
    FROM spent
    GROUP BY unit_kind, unit_key, device_no, fee_day
),

full_day AS (                 -- days beyond capacity
    SELECT unit_kind, unit_key, device_no, fee_day, capacity, day_minutes_e4
    FROM unit_day
    WHERE day_minutes_e4 > capacity * 10000
),

overbooked AS (               -- units with enough of them
    SELECT unit_kind, unit_key, device_no, MAX(day_minutes_e4) AS most_minutes_e4
    FROM full_day
    GROUP BY unit_kind, unit_key, device_no
    HAVING COUNT(*) >= :min_days
),

shown AS (                    -- the lines of their full days
    SELECT
        s.unit_kind, s.unit_key, s.device_no, s.fee_key, s.visit_key, s.insured, s.gross_fen, s.inscp_fen, s.fund_fen, s.capacity, d.day_minutes_e4
    FROM spent AS s
    JOIN full_day AS d ON s.unit_kind = d.unit_kind AND s.unit_key = d.unit_key AND s.device_no = d.device_no AND s.fee_day = d.fee_day
    SEMI JOIN overbooked AS o ON s.unit_kind = o.unit_kind AND s.unit_key = o.unit_key AND s.device_no = o.device_no
),

named AS (                    -- a finding is named after its first line that the fund paid; without one no fund money is at risk
    SELECT unit_kind, unit_key, device_no, MIN(fee_key) AS case_key
    FROM shown
    WHERE insured = 1 AND inscp_fen > 0
    GROUP BY unit_kind, unit_key, device_no
),

finding AS (
    SELECT
        n.case_key AS case_key, s.visit_key AS visit_key, s.fee_key AS fee_key, s.gross_fen AS gross_fen, s.inscp_fen AS inscp_fen, s.fund_fen AS fund_fen,
        s.capacity AS capacity, s.day_minutes_e4 AS day_minutes_e4, o.most_minutes_e4 AS most_minutes_e4,
        CASE WHEN s.insured = 1 AND s.inscp_fen > 0 THEN 1 ELSE 0 END AS paid
    FROM shown AS s
    JOIN named AS n ON s.unit_kind = n.unit_kind AND s.unit_key = n.unit_key AND s.device_no = n.device_no
    JOIN overbooked AS o ON s.unit_kind = o.unit_kind AND s.unit_key = o.unit_key AND s.device_no = o.device_no
)

SELECT
    case_key,
    CASE WHEN paid = 1 THEN 'suspect' ELSE 'basis' END AS role,
    visit_key, fee_key,
    -- of each line the share of the day's minutes beyond capacity
    CASE WHEN paid = 1 THEN CAST(FLOOR((CAST(gross_fen AS DOUBLE) * (day_minutes_e4 - capacity * 10000) + 0.5) / day_minutes_e4) AS BIGINT) ELSE 0 END AS gross_fen,
    CASE WHEN paid = 1 THEN CAST(FLOOR((CAST(inscp_fen AS DOUBLE) * (day_minutes_e4 - capacity * 10000) + 0.5) / day_minutes_e4) AS BIGINT) ELSE 0 END AS inscp_fen,
    CASE WHEN paid = 1 THEN CAST(FLOOR((CAST(fund_fen AS DOUBLE) * (day_minutes_e4 - capacity * 10000) + 0.5) / day_minutes_e4) AS BIGINT) ELSE 0 END AS fund_fen,
    FLOOR(CAST(most_minutes_e4 AS DOUBLE) / 10000) AS measure, capacity AS threshold
FROM finding
