-- The lines of resale_line whose item has a usual use: those that persons can be judged by.

SELECT l.*
FROM resale_line AS l
SEMI JOIN resale_usual_use AS u ON l.item_key = u.item_key
