-- Evidence of card-carrier: at one place the same persons get the same drug one after another within minutes, day after day.
-- A run is a stretch of the place's queue in which everybody got that drug. On a day on which two persons were there, chance puts
-- the second into the run of the first with (run's persons − 1) / (day's persons − 1); the days together must exceed that by far.

WITH drug_line AS (       -- insured drug lines of known outpatients and pharmacy customers with a clock time; midnight is a date
    SELECT
        f.fee_key, f.visit_key, f.psn_key, f.inst_key, f.item_key, f.gross_fen, f.inscp_fen, f.fund_fen,
        s.setl_key, s.setl_day, s.setl_min
    FROM fee AS f
    JOIN settlement AS s ON f.setl_key = s.setl_key
    WHERE f.insured = 1 AND f.inscp_fen > 0 AND f.psn_key IS NOT NULL AND f.item_key IS NOT NULL
      AND f.item_kind IN ('western', 'patent') AND f.care_setting IN ('outpatient', 'pharmacy')
      AND s.setl_day IS NOT NULL AND s.setl_min IS NOT NULL AND s.setl_min > CAST(s.setl_day AS BIGINT) * 1440
),

ranked_line AS (          -- settlements and persons of the place's day, and persons of the minute, numbered
    SELECT
        *,
        DENSE_RANK() OVER (PARTITION BY inst_key, setl_day ORDER BY setl_min, setl_key) AS place,
        DENSE_RANK() OVER (PARTITION BY inst_key, setl_day ORDER BY psn_key) AS day_no,
        DENSE_RANK() OVER (PARTITION BY inst_key, setl_min ORDER BY psn_key) AS minute_no
    FROM drug_line
),

counted_line AS (         -- the highest number is how many there are
    SELECT
        inst_key, item_key, setl_day, setl_min, place, psn_key,
        MAX(day_no) OVER (PARTITION BY inst_key, setl_day) AS day_persons,
        MAX(minute_no) OVER (PARTITION BY inst_key, setl_min) AS minute_persons
    FROM ranked_line
),

drug_customer AS (        -- who got a drug, in the order of the queue, but for minutes in which a place uploaded a good part of its day
    SELECT inst_key, item_key, setl_day, setl_min, place, psn_key, day_persons
    FROM counted_line
    WHERE NOT (minute_persons >= :batch_persons AND minute_persons * 100 >= day_persons * :batch_pct)
    GROUP BY inst_key, item_key, setl_day, setl_min, place, psn_key, day_persons
),

beside AS (               -- each beside the one before who got it
    SELECT
        *,
        LAG(place) OVER (PARTITION BY inst_key, item_key, setl_day ORDER BY place) AS before_place,
        LAG(setl_min) OVER (PARTITION BY inst_key, item_key, setl_day ORDER BY place) AS before_min
    FROM drug_customer
),

starting AS (             -- 1 where a run begins: somebody else came between, or it took too long
    SELECT
        *,
        CASE WHEN before_place IS NULL OR place - before_place > 1 OR setl_min - before_min > :max_gap_minutes THEN 1 ELSE 0 END AS starts
    FROM beside
),

in_run AS (               -- runs numbered
    SELECT
        inst_key, item_key, setl_day, psn_key, day_persons,
        SUM(starts) OVER (PARTITION BY inst_key, item_key, setl_day ORDER BY place) AS run_no
    FROM starting
),

run_person AS (           -- the persons of each run
    SELECT inst_key, item_key, setl_day, run_no, psn_key, day_persons
    FROM in_run
    GROUP BY inst_key, item_key, setl_day, run_no, psn_key, day_persons
),

run_member AS (           -- with how many they are; most are alone
    SELECT *, COUNT(*) OVER (PARTITION BY inst_key, item_key, setl_day, run_no) AS run_persons
    FROM run_person
),

together_day AS (         -- days on which two were in a run, but not in that of a day on which everybody queues for one drug
    SELECT a.inst_key AS inst_key, a.psn_key AS one_key, b.psn_key AS other_key, a.setl_day AS setl_day
    FROM run_member AS a
    JOIN run_member AS b
        ON a.inst_key = b.inst_key AND a.item_key = b.item_key AND a.setl_day = b.setl_day AND a.run_no = b.run_no
    WHERE a.psn_key <> b.psn_key AND a.run_persons > 1 AND a.run_persons <= :max_run_persons
),

often AS (                -- two who were together on enough days
    SELECT inst_key, one_key, other_key, COUNT(DISTINCT setl_day) AS days
    FROM together_day
    GROUP BY inst_key, one_key, other_key
    HAVING COUNT(DISTINCT setl_day) >= :min_days
),

stranger AS (             -- of those the ones that share neither an address nor a telephone
    SELECT o.inst_key, o.one_key, o.other_key, o.days
    FROM often AS o
    LEFT JOIN person AS p ON o.one_key = p.psn_key
    LEFT JOIN person AS q ON o.other_key = q.psn_key
    WHERE COALESCE(p.addr <> q.addr, TRUE) AND COALESCE(p.tel <> q.tel, TRUE)
),

both_bought AS (          -- days and drugs that both got at the place, in whatever run, with the longer of their runs
    SELECT
        t.inst_key AS inst_key, t.one_key AS one_key, t.other_key AS other_key, t.days AS days, a.setl_day AS setl_day,
        a.day_persons AS day_persons, GREATEST(a.run_persons, b.run_persons) AS run_persons
    FROM stranger AS t
    JOIN run_member AS a ON t.inst_key = a.inst_key AND t.one_key = a.psn_key
    JOIN run_member AS b
        ON t.inst_key = b.inst_key AND t.other_key = b.psn_key AND a.setl_day = b.setl_day AND a.item_key = b.item_key
),

both_present AS (         -- once a day
    SELECT inst_key, one_key, other_key, days, setl_day, MAX(day_persons) AS day_persons, MAX(run_persons) AS run_persons
    FROM both_bought
    GROUP BY inst_key, one_key, other_key, days, setl_day
),

expected AS (             -- the days together that the traffic makes by chance, in millionths, so that they add up alike everywhere
    SELECT
        inst_key, one_key, other_key, days,
        SUM(CAST(FLOOR(CAST(run_persons - 1 AS DOUBLE) * 1000000 / (day_persons - 1)) AS BIGINT)) AS chance_days_e6
    FROM both_present
    GROUP BY inst_key, one_key, other_key, days
),

companion AS (            -- of those together on far more days than that, everybody's first companion
    SELECT inst_key, one_key, MIN(other_key) AS first_key
    FROM expected
    WHERE CAST(days AS BIGINT) * 1000000 >= chance_days_e6 * :min_lift
    GROUP BY inst_key, one_key
),

led AS (                  -- the first of it and its companions: in a set that always comes together it is the same for all
    SELECT inst_key, one_key, LEAST(one_key, first_key) AS leader_key
    FROM companion
),

sized AS (                -- with the persons of the set
    SELECT inst_key, one_key, leader_key, COUNT(*) OVER (PARTITION BY inst_key, leader_key) AS persons
    FROM led
),

set_run AS (              -- the runs that persons of large enough sets were in, with how many of the set
    SELECT
        m.inst_key, m.item_key, m.setl_day, m.psn_key, m.run_persons, s.leader_key,
        COUNT(*) OVER (PARTITION BY m.inst_key, m.item_key, m.setl_day, m.run_no, s.leader_key) AS of_set
    FROM run_member AS m
    JOIN sized AS s ON m.inst_key = s.inst_key AND m.psn_key = s.one_key
    WHERE s.persons >= :min_persons
),

carried AS (              -- what they got in a run with another one of the set, with the number of the day
    SELECT
        inst_key, item_key, setl_day, psn_key, leader_key,
        DENSE_RANK() OVER (PARTITION BY inst_key, leader_key ORDER BY setl_day) AS day_no
    FROM set_run
    WHERE of_set > 1 AND run_persons <= :max_run_persons
),

carried_drug AS (         -- once per person, day and drug, with the days of the set
    SELECT
        inst_key, item_key, setl_day, psn_key, leader_key,
        MAX(day_no) OVER (PARTITION BY inst_key, leader_key) AS days
    FROM carried
),

carried_once AS (         -- a person may be in two such runs of a day
    SELECT inst_key, item_key, setl_day, psn_key, leader_key, days
    FROM carried_drug
    GROUP BY inst_key, item_key, setl_day, psn_key, leader_key, days
)

SELECT
    MIN(l.fee_key) OVER (PARTITION BY c.inst_key, c.leader_key) AS case_key, 'suspect' AS role,
    l.visit_key AS visit_key, l.fee_key AS fee_key,
    l.gross_fen AS gross_fen, l.inscp_fen AS inscp_fen, l.fund_fen AS fund_fen,
    CAST(c.days AS DOUBLE) AS measure, CAST(:min_days AS DOUBLE) AS threshold
FROM drug_line AS l
JOIN carried_once AS c
    ON l.inst_key = c.inst_key AND l.item_key = c.item_key AND l.setl_day = c.setl_day AND l.psn_key = c.psn_key
