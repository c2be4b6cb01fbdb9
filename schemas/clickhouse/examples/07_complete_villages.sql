-- In which villages is everyone who is eligible in the scheme?
SELECT region, name_th, name_vi, scheme, participants, eligible, eligible_source, coverage_pct
FROM analytics.coverage_now
WHERE level IN ('village', 'group') AND coverage_pct >= 100
ORDER BY region, scheme
