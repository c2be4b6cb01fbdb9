-- How many people were new in voluntary insurance in U Minh Thượng in each month of 2020?
SELECT toStartOfMonth(day) AS month, sum(new) AS new_people, sum(left) AS people_left
FROM analytics.flows
WHERE scheme = 'voluntary_si' AND region = 'VN.91.913' AND day BETWEEN '2020-01-01' AND '2020-12-31'
GROUP BY month ORDER BY month
