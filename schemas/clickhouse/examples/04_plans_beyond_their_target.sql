-- Which plans for a region were achieved by more than 100 %, and by how much?
SELECT id, region, scheme, target, achieved, achieved_pct
FROM analytics.targets
WHERE achieved_pct > 100 AND per = 'region'
ORDER BY achieved_pct DESC, id
