-- Evidence of shared-phone: persons of many addresses registered under one mobile number, who keep coming to one institution together.
-- Sharing a number is no indication by itself: what counts is several of them at the same institution on the same day, again and again.

WITH reachable AS (       -- persons with an address and a mobile number that is no placeholder
    SELECT psn_key, tel, addr
    FROM person
    WHERE addr IS NOT NULL AND LENGTH(tel) = 11 AND SUBSTR(tel, 1, 1) = '1'
      AND SUBSTR(tel, 4, 8) NOT IN (
          '00000000', '11111111', '22222222', '33333333', '44444444', '55555555', '66666666', '77777777', '88888888', '99999999',
          '12345678', '00138000'
      )
),

shared_number AS (        -- numbers of enough persons at enough addresses
    SELECT tel
    FROM reachable
    GROUP BY tel
    HAVING COUNT(*) >= :min_persons AND COUNT(DISTINCT addr) >= :min_addresses
),

holder AS (               -- their persons
    SELECT r.psn_key, r.tel, r.addr
    FROM reachable AS r
    SEMI JOIN shared_number AS s ON r.tel = s.tel
),

contact AS (              -- their visits that the fund paid
    SELECT
        v.visit_key, v.psn_key, v.inst_key, v.adm_day, v.gross_fen, v.inscp_fen, v.fund_fen, h.tel, h.addr
    FROM visit AS v
    JOIN holder AS h ON v.psn_key = h.psn_key
    WHERE v.insured = 1 AND v.fund_fen > 0
),

user_count AS (           -- persons of a number who were treated anywhere
    SELECT tel, COUNT(DISTINCT psn_key) AS persons
    FROM contact
    GROUP BY tel
),

place_count AS (          -- and at each institution
    SELECT tel, inst_key, COUNT(DISTINCT psn_key) AS persons, COUNT(DISTINCT addr) AS addresses
    FROM contact
    GROUP BY tel, inst_key
),

meeting_day AS (          -- days on which persons of several addresses came to one institution
    SELECT tel, inst_key, adm_day
    FROM contact
    GROUP BY tel, inst_key, adm_day
    HAVING COUNT(DISTINCT addr) >= :min_addresses
),

meeting_count AS (        -- number of such days
    SELECT tel, inst_key, COUNT(*) AS days
    FROM meeting_day
    GROUP BY tel, inst_key
),

meeting_place AS (        -- institutions where nearly all of a number's persons are treated and meet repeatedly
    SELECT p.tel, p.inst_key, p.persons
    FROM place_count AS p
    JOIN user_count AS u ON p.tel = u.tel
    JOIN meeting_count AS m ON p.tel = m.tel AND p.inst_key = m.inst_key
    WHERE p.persons >= :min_persons AND p.addresses >= :min_addresses
      AND p.persons * 100 >= u.persons * :min_share_pct
      AND m.days >= :min_days
)

SELECT
    MIN(c.visit_key) OVER (PARTITION BY c.tel, c.inst_key) AS case_key, 'suspect' AS role, c.visit_key AS visit_key,
    c.gross_fen AS gross_fen, c.inscp_fen AS inscp_fen, c.fund_fen AS fund_fen,
    p.persons AS measure, CAST(:min_persons AS DOUBLE) AS threshold
FROM contact AS c
JOIN meeting_place AS p ON c.tel = p.tel AND c.inst_key = p.inst_key
SEMI JOIN meeting_day AS m ON c.tel = m.tel AND c.inst_key = m.inst_key AND c.adm_day = m.adm_day
