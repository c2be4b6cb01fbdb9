-- How did social insurance in Vietnam, and its voluntary part, grow from the first quarter of 2021 to that of 2022?
SELECT scheme, anyIf(participants, day = '2021-03-31') AS before, anyIf(participants, day = '2022-03-31') AS after,
    round((after - before) * 100 / before, 2) AS growth_pct
FROM analytics.coverage_on(days = ['2021-03-31', '2022-03-31'])
WHERE region = 'VN' AND scheme IN ('social_insurance', 'voluntary_si')
GROUP BY scheme ORDER BY scheme
