-- One row per unit that was settled at all: how many of its settlements are still live.

SELECT p.unit_key, SUM(CASE WHEN n.state = 'live' THEN 1 ELSE 0 END) AS live_settlements
FROM setl_paired AS p
JOIN setl_state AS n ON p.root_key = n.setl_key
GROUP BY p.unit_key
