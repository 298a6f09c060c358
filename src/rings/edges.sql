-- Goes on from presence.sql: pairs of persons who were together on several days. `sweep.rs` finds the same pairs in bounded memory;
-- this text is for a cluster, whose answer `feijian rings --edges` takes. Joins are on narrow time slots, never on whole days.
,
-- Every presence with its slot: :minutes wide for contacts, the equal stay for stays.
slotted AS (
    SELECT
        psn_key,
        inst_key,
        stay,
        day_no,
        moment,
        CASE WHEN stay = 1 THEN moment ELSE CAST(FLOOR(CAST(moment AS DOUBLE) / :minutes) AS BIGINT) END AS slot
    FROM presence
),
-- Persons at a place on a day.
place_day AS (
    SELECT inst_key, stay, day_no, COUNT(*) AS persons
    FROM presence
    GROUP BY inst_key, stay, day_no
),
-- Each place's usual day.
usual AS (
    SELECT inst_key, stay, MEDIAN(persons) AS median_persons
    FROM place_day
    GROUP BY inst_key, stay
),
-- Days that are no mass days such as health checks.
plain_day AS (
    SELECT d.inst_key, d.stay, d.day_no
    FROM place_day AS d
    JOIN usual AS u ON d.inst_key = u.inst_key AND d.stay = u.stay
    WHERE d.persons < :mass_persons OR d.persons < :mass_times * u.median_persons
),
-- Persons in a slot.
slot_size AS (
    SELECT inst_key, stay, day_no, slot, COUNT(*) AS crowd
    FROM slotted
    GROUP BY inst_key, stay, day_no, slot
),
-- Presences on plain days in slots that are not too crowded.
usable AS (
    SELECT p.psn_key, p.inst_key, p.stay, p.day_no, p.moment, p.slot, z.crowd
    FROM slotted AS p
    JOIN plain_day AS d ON p.inst_key = d.inst_key AND p.stay = d.stay AND p.day_no = d.day_no
    JOIN slot_size AS z ON p.inst_key = z.inst_key AND p.stay = z.stay AND p.day_no = z.day_no AND p.slot = z.slot
    WHERE z.crowd <= :max_crowd
),
-- The same, findable from their own slot and from the one before, so that a pair across a slot's edge is found too.
reachable AS (
    SELECT psn_key, inst_key, stay, day_no, moment, slot, crowd FROM usable
    UNION ALL
    SELECT psn_key, inst_key, stay, day_no, moment, slot - 1 AS slot, crowd FROM usable WHERE stay = 0
),
-- Two persons together at one place on one day, each pair with the smaller key first.
met AS (
    SELECT
        LEAST(a.psn_key, b.psn_key) AS low_key,
        GREATEST(a.psn_key, b.psn_key) AS high_key,
        a.inst_key,
        a.stay,
        a.day_no,
        GREATEST(a.crowd, b.crowd) AS crowd
    FROM usable AS a
    JOIN reachable AS b
        ON a.inst_key = b.inst_key AND a.stay = b.stay AND a.day_no = b.day_no AND a.slot = b.slot
    WHERE a.psn_key <> b.psn_key AND b.moment >= a.moment AND b.moment - a.moment <= :minutes
),
-- Once, where both came in the same minute.
together AS (
    SELECT low_key, high_key, inst_key, stay, day_no, MAX(crowd) AS crowd
    FROM met
    GROUP BY low_key, high_key, inst_key, stay, day_no
),
-- Half hours of a day, or nights of a stay, in which a place had anybody. Days are counted and not persons, so that a ring does not make
-- its own meetings look usual.
occupied AS (
    SELECT
        inst_key,
        stay,
        day_no,
        CASE WHEN stay = 1 THEN moment - day_no * 512 ELSE CAST(FLOOR(CAST(moment - day_no * 1440 AS DOUBLE) / 30) AS BIGINT) END AS bin
    FROM presence
),
occupied_day AS (
    SELECT inst_key, stay, day_no, bin, COUNT(*) AS persons
    FROM occupied
    GROUP BY inst_key, stay, day_no, bin
),
bin_days AS (
    SELECT inst_key, stay, bin, COUNT(*) AS days
    FROM occupied_day
    GROUP BY inst_key, stay, bin
),
habit AS (
    SELECT inst_key, stay, SUM(days * days) AS squares, SUM(days) AS total
    FROM bin_days
    GROUP BY inst_key, stay
),
active AS (
    SELECT inst_key, stay, COUNT(*) AS days
    FROM place_day
    GROUP BY inst_key, stay
),
-- How often two presences at a place would be together if each took a day and a half hour (or a number of nights) as the place's
-- habit has it: thousand-millionths. :contact_e9 and :stay_e9 are the share of such two that are within reach.
closeness AS (
    SELECT
        h.inst_key,
        h.stay,
        CAST(FLOOR(
            CAST(h.squares AS DOUBLE) * CASE WHEN h.stay = 1 THEN :stay_e9 ELSE :contact_e9 END
            / (CAST(h.total AS DOUBLE) * h.total * a.days)
        ) AS BIGINT) AS close_e9
    FROM habit AS h
    JOIN active AS a ON h.inst_key = a.inst_key AND h.stay = a.stay
),
-- Pairs together on enough days.
pair AS (
    SELECT
        low_key,
        high_key,
        COUNT(DISTINCT day_no) AS days,
        COUNT(*) AS meetings,
        SUM(crowd) AS crowd,
        MIN(day_no) AS first_day,
        MAX(day_no) AS last_day
    FROM together
    GROUP BY low_key, high_key
    HAVING COUNT(DISTINCT day_no) >= :min_days
),
-- Days of a person at a place.
frequency AS (
    SELECT psn_key, inst_key, stay, COUNT(*) AS days
    FROM presence
    GROUP BY psn_key, inst_key, stay
),
-- Days together that chance would give: days of one × days of the other × closeness of the place, over the places of both.
expected AS (
    SELECT p.low_key, p.high_key, SUM(a.days * b.days * c.close_e9) AS expected_e9
    FROM pair AS p
    JOIN frequency AS a ON p.low_key = a.psn_key
    JOIN frequency AS b ON p.high_key = b.psn_key AND a.inst_key = b.inst_key AND a.stay = b.stay
    JOIN closeness AS c ON a.inst_key = c.inst_key AND a.stay = c.stay
    GROUP BY p.low_key, p.high_key
),
-- Days that both were at one place, together or not.
common AS (
    SELECT p.low_key, p.high_key, COUNT(*) AS common_days
    FROM pair AS p
    JOIN presence AS a ON p.low_key = a.psn_key
    JOIN presence AS b ON p.high_key = b.psn_key AND a.inst_key = b.inst_key AND a.stay = b.stay AND a.day_no = b.day_no
    GROUP BY p.low_key, p.high_key
)
SELECT
    p.low_key,
    p.high_key,
    p.days,
    p.meetings,
    c.common_days,
    p.crowd,
    p.first_day,
    p.last_day,
    e.expected_e9
FROM pair AS p
JOIN expected AS e ON p.low_key = e.low_key AND p.high_key = e.high_key
JOIN common AS c ON p.low_key = c.low_key AND p.high_key = c.high_key
