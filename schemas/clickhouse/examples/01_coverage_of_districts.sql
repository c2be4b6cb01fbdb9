-- Which districts of Kiên Giang had which part of their people in health insurance at the end of 2020?
SELECT region, name_vi, participants, eligible, eligible_year, coverage_pct, coverage_reason
FROM analytics.coverage_on(days = ['2020-12-31'])
WHERE scheme = 'health' AND parent = 'VN.91' AND level = 'district'
ORDER BY coverage_pct DESC NULLS LAST, region
