-- How much of each country's participants is official stock, and how much was counted by record after it?
SELECT region, scheme, participants, baseline, baseline_date, participants - baseline AS by_record_since, active_by_record
FROM analytics.coverage_now
WHERE level = 'country'
ORDER BY region, scheme
