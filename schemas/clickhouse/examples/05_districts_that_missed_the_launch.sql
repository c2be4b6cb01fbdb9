-- Which districts of Kiên Giang have met the plan of 50 new people each at the launch of 2020, the rest by what they lack?
SELECT region, achieved_people, is_met, greatest(toInt64(target) - achieved_people, 0) AS lacking
FROM analytics.targets
WHERE id = 'P2-KG-LAUNCH-2020'
ORDER BY achieved_people DESC, region
