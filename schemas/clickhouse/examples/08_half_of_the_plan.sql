-- On which day had U Minh Thượng half of its plan of new voluntary participants for 2020?
SELECT min(day) AS reached_on, any(target) AS planned
FROM (
    SELECT day, sum(new) OVER (ORDER BY day) AS so_far
    FROM analytics.flows
    WHERE scheme = 'voluntary_si' AND region = 'VN.91.913' AND day BETWEEN '2020-01-01' AND '2020-12-31'
) AS days
CROSS JOIN (SELECT target FROM analytics.targets WHERE id = 'P2-UMT-VOLUNTARY-2020') AS plan
WHERE so_far * 2 >= target
