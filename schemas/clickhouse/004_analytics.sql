-- What analysts read: views in a database of their own, <analytics> (`analytics`, or x_analytics beside a database x).
-- They follow the rules of the API and give the same figures; a test compares the two. Joins are between subqueries, so
-- that on a cluster they run where the question was asked, over all rows.

CREATE DATABASE IF NOT EXISTS <analytics> <on_cluster>;

CREATE OR REPLACE VIEW <analytics>.counted_in <on_cluster> (
    recorded String COMMENT 'scheme that people register in',
    scheme String COMMENT 'scheme whose figures count the records: itself, or a total it is part of'
) AS
SELECT pair.1 AS recorded, pair.2 AS scheme
FROM (
    SELECT arrayJoin([
        ('compulsory_si', 'compulsory_si'), ('voluntary_si', 'voluntary_si'), ('unemployment', 'unemployment'),
        ('health', 'health'), ('section40', 'section40'), ('social_insurance', 'social_insurance'),
        ('compulsory_si', 'social_insurance'), ('voluntary_si', 'social_insurance')
    ]) AS pair
)
COMMENT 'Which schemes count whose records: a total counts those of the schemes it is made of';

CREATE OR REPLACE VIEW <analytics>.region_paths <on_cluster> (
    region String COMMENT 'a region',
    ancestor String COMMENT 'the region itself or one above it',
    step UInt32 COMMENT '0 for the region itself, 1 for its parent, and so on'
) AS
SELECT id AS region, above AS ancestor, toUInt32(number - 1) AS step
FROM (SELECT id, ancestors FROM regions FINAL)
ARRAY JOIN ancestors AS above, arrayEnumerate(ancestors) AS number
COMMENT 'Every region with itself and all above it, to sum up what lies below';

CREATE OR REPLACE VIEW <analytics>.stock_changes <on_cluster> (
    scheme String COMMENT 'insurance scheme, totals among them',
    region String COMMENT 'region with all below it',
    day Date32 COMMENT 'day in the country''s time zone',
    new Int64 COMMENT 'people new in the scheme',
    returned Int64 COMMENT 'people active again after they had left',
    left Int64 COMMENT 'people who left',
    net_change Int64 COMMENT 'change of the people active by record, moves across the region''s border among it'
) AS
SELECT m.scheme AS scheme, above AS region, c.day AS day, sum(c.people_new) AS new,
    sum(c.people_returned) AS returned, sum(c.people_left) AS left, sum(c.net) AS net_change
FROM (
    SELECT toString(scheme) AS recorded, day, toString(region) AS place, sum(new) AS people_new, sum(returned) AS people_returned,
        sum(left) AS people_left, sum(new + returned + moved_in - left - moved_out) AS net
    FROM coverage_daily FINAL GROUP BY recorded, day, place
) AS c
INNER JOIN (SELECT recorded, scheme FROM <analytics>.counted_in) AS m ON m.recorded = c.recorded
INNER JOIN (SELECT id, ancestors FROM regions FINAL) AS r ON r.id = c.place
ARRAY JOIN r.ancestors AS above
GROUP BY scheme, region, day
COMMENT 'Changes by record, per day with any';

CREATE OR REPLACE VIEW <analytics>.flows <on_cluster> (
    scheme String COMMENT 'insurance scheme, totals among them',
    region String COMMENT 'region with all below it',
    day Date32 COMMENT 'day in the country''s time zone',
    new Int64 COMMENT 'people new in the scheme',
    returned Int64 COMMENT 'people active again after they had left',
    left Int64 COMMENT 'people who left',
    moved_in Int64 COMMENT 'people who came from outside the region; a move inside it is no flow of it',
    moved_out Int64 COMMENT 'people who went outside the region',
    net_change Int64 COMMENT 'new + returned + moved_in - left - moved_out'
) AS
SELECT scheme, region, day, sum(n) AS new, sum(r) AS returned, sum(l) AS left, sum(came) AS moved_in, sum(went) AS moved_out,
    sum(n + r + came - l - went) AS net_change
FROM (
    SELECT scheme, region, day, new AS n, returned AS r, left AS l, toInt64(0) AS came, toInt64(0) AS went FROM <analytics>.stock_changes
    UNION ALL
    SELECT m.scheme, moved.1, moved.4, toInt64(0), toInt64(0), toInt64(0), moved.2, moved.3
    FROM (
        SELECT toString(e.recorded) AS recorded, arrayJoin(arrayConcat(
            arrayMap(x -> (x, people, toInt64(0), e.day), arrayFilter(x -> NOT has(f.above, x), t.above)),
            arrayMap(x -> (x, toInt64(0), people, e.day), arrayFilter(x -> NOT has(t.above, x), f.above))
        )) AS moved
        FROM (
            SELECT scheme AS recorded, day, toString(from_region) AS origin, toString(to_region) AS target, toInt64(count()) AS people
            FROM enrollment_events FINAL WHERE effect = 'moved' GROUP BY recorded, day, origin, target
        ) AS e
        LEFT JOIN (SELECT id, ancestors AS above FROM regions FINAL) AS f ON f.id = e.origin
        LEFT JOIN (SELECT id, ancestors AS above FROM regions FINAL) AS t ON t.id = e.target
    ) AS x
    INNER JOIN (SELECT recorded, scheme FROM <analytics>.counted_in) AS m ON m.recorded = x.recorded
)
GROUP BY scheme, region, day
HAVING sum(n) != 0 OR sum(r) != 0 OR sum(l) != 0 OR sum(came) != 0 OR sum(went) != 0
COMMENT 'People who came and went, per scheme, region and day with any';

CREATE OR REPLACE VIEW <analytics>.own_baselines <on_cluster> (
    scheme String COMMENT 'insurance scheme',
    region String COMMENT 'region with all below it',
    date Date32 COMMENT 'the stock holds at the end of this day',
    valid_to Date32 COMMENT 'date of the region''s next baseline, from which on that one stands; 2299-12-31 when none',
    count Int64 COMMENT 'people',
    adjustment Int64 COMMENT 'count, less the people active by record at the end of the date',
    source String COMMENT 'who says so'
) AS
SELECT b.scheme AS scheme, b.region AS region, b.date AS date, b.next AS valid_to, b.people AS count,
    b.people - toInt64(sum(if(s.day <= b.date, s.net_change, 0))) AS adjustment, b.said AS source
FROM (
    SELECT toString(scheme) AS scheme, region, date, toInt64(count) AS people, source AS said,
        leadInFrame(date, 1, toDate32('2299-12-31')) OVER (
            PARTITION BY scheme, region ORDER BY date ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS next
    FROM (SELECT * FROM baselines FINAL WHERE region IN (SELECT id FROM regions FINAL))
) AS b
LEFT JOIN (SELECT scheme, region, day, net_change FROM <analytics>.stock_changes) AS s ON s.scheme = b.scheme AND s.region = b.region
GROUP BY b.scheme, b.region, b.date, b.next, b.people, b.said
COMMENT 'Official stocks, and what each adds to the people by record as long as it stands';

CREATE OR REPLACE VIEW <analytics>.baseline_stops <on_cluster> (
    scheme String COMMENT 'insurance scheme',
    region String COMMENT 'a region',
    ancestor String COMMENT 'the region itself or one above it',
    stops_on Date32 COMMENT 'from this day on, a baseline between the two or at the ancestor takes the place of the region''s'
) AS
SELECT scheme, region, ancestor, min(if(step = 0, toDate32('2299-12-31'), stop)) OVER (
    PARTITION BY scheme, region ORDER BY step ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
) AS stops_on
FROM (
    SELECT b.scheme AS scheme, b.region AS region, p.ancestor AS ancestor, p.step AS step,
        if(f.place = '', toDate32('2299-12-31'), f.first) AS stop
    FROM (
        SELECT DISTINCT m.scheme AS scheme, o.region AS region
        FROM (SELECT toString(scheme) AS scheme, region FROM baselines FINAL) AS o
        INNER JOIN (SELECT recorded, scheme FROM <analytics>.counted_in) AS m ON m.recorded = o.scheme
    ) AS b
    INNER JOIN (SELECT region, ancestor, step FROM <analytics>.region_paths) AS p ON p.region = b.region
    LEFT JOIN (
        SELECT m.scheme AS counting, o.region AS place, min(o.date) AS first
        FROM (SELECT toString(scheme) AS scheme, region, date FROM baselines FINAL) AS o
        INNER JOIN (SELECT recorded, scheme FROM <analytics>.counted_in) AS m ON m.recorded = o.scheme
        GROUP BY counting, place
    ) AS f ON f.counting = b.scheme AND f.place = p.ancestor
)
COMMENT 'How far up, and until when, a region''s baseline is part of the figure above it';

CREATE OR REPLACE VIEW <analytics>.baseline_parts <on_cluster> (
    scheme String COMMENT 'insurance scheme, totals among them',
    region String COMMENT 'region whose figure starts from this part, alone or with others',
    baseline_region String COMMENT 'region the official stock is of: itself or one below',
    baseline_scheme String COMMENT 'scheme the official stock is of: itself or a component of the total',
    date Date32 COMMENT 'the stock holds at the end of this day',
    valid_from Date32 COMMENT 'first day on whose end the figure starts from it',
    valid_to Date32 COMMENT 'first day on whose end it no longer does',
    count Int64 COMMENT 'people',
    adjustment Int64 COMMENT 'what it adds to the people by record',
    source String COMMENT 'who says so'
) AS
SELECT part.1 AS scheme, part.2 AS region, p.place AS baseline_region, p.of_scheme AS baseline_scheme, p.on_day AS date,
    greatest(p.since, part.3) AS valid_from, least(p.until, part.4) AS valid_to, p.people AS count, p.added AS adjustment,
    p.said AS source
FROM (
    SELECT o.scheme AS of_scheme, s.ancestor AS region, o.region AS place, o.date AS on_day, o.date AS since,
        least(o.valid_to, s.stops_on) AS until, o.count AS people, o.adjustment AS added, o.source AS said
    FROM (SELECT * FROM <analytics>.own_baselines) AS o
    INNER JOIN (SELECT * FROM <analytics>.baseline_stops) AS s ON s.scheme = o.scheme AND s.region = o.region
    WHERE until > since
) AS p
LEFT JOIN (
    SELECT m.recorded AS component, f.region AS region,
        groupArray((m.scheme, s.ancestor, f.of_component, least(f.of_total, s.stops_on))) AS totals
    FROM (
        SELECT m.scheme AS scheme, b.region AS region, minIf(b.date, b.scheme != m.scheme) AS of_component,
            if(countIf(b.scheme = m.scheme) = 0, toDate32('2299-12-31'), minIf(b.date, b.scheme = m.scheme)) AS of_total
        FROM (SELECT toString(scheme) AS scheme, region, date FROM baselines FINAL) AS b
        INNER JOIN (SELECT recorded, scheme FROM <analytics>.counted_in) AS m ON m.recorded = b.scheme
        GROUP BY scheme, region
        HAVING countIf(b.scheme != m.scheme) > 0
    ) AS f
    INNER JOIN (SELECT recorded, scheme FROM <analytics>.counted_in WHERE recorded != scheme) AS m ON m.scheme = f.scheme
    INNER JOIN (SELECT * FROM <analytics>.baseline_stops) AS s ON s.scheme = f.scheme AND s.region = f.region
    GROUP BY component, region
) AS t ON t.component = p.of_scheme AND t.region = p.region
ARRAY JOIN arrayConcat([(p.of_scheme, p.region, p.since, p.until)], t.totals) AS part
WHERE valid_to > valid_from
COMMENT 'Which official stocks the figure of each region starts from, and when';

CREATE OR REPLACE VIEW <analytics>.coverage_daily <on_cluster> (
    scheme String COMMENT 'insurance scheme, totals among them',
    region String COMMENT 'region with all below it',
    day Date32 COMMENT 'day in the country''s time zone; only days on which something changed',
    new Int64 COMMENT 'people new in the scheme on that day',
    returned Int64 COMMENT 'people active again on that day',
    left Int64 COMMENT 'people who left on that day',
    net_change Int64 COMMENT 'change of the people active by record on that day',
    baseline_change Int64 COMMENT 'change of what official stocks add to the people by record',
    active_by_record Int64 COMMENT 'people active by record at the end of the day',
    participants Int64 COMMENT 'people in the scheme at the end of the day: by record, and what official stocks add'
) AS
SELECT scheme, region, day, n AS new, r AS returned, l AS left, net AS net_change, added AS baseline_change,
    sum(net) OVER (PARTITION BY scheme, region ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS active_by_record,
    sum(net + added) OVER (PARTITION BY scheme, region ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS participants
FROM (
    SELECT scheme, region, day, sum(people_new) AS n, sum(people_returned) AS r, sum(people_left) AS l, sum(change) AS net, sum(adjusted) AS added
    FROM (
        SELECT scheme, region, day, new AS people_new, returned AS people_returned, left AS people_left, net_change AS change,
            toInt64(0) AS adjusted
        FROM <analytics>.stock_changes
        UNION ALL
        SELECT scheme, region, turn.1, toInt64(0), toInt64(0), toInt64(0), toInt64(0), turn.2
        FROM (SELECT scheme, region, valid_from, valid_to, adjustment FROM <analytics>.baseline_parts)
        ARRAY JOIN [(valid_from, adjustment), (valid_to, -adjustment)] AS turn
        WHERE turn.1 < '2299-12-31'
    )
    GROUP BY scheme, region, day
)
COMMENT 'The stock at the end of every day on which it changed; as of another day, take the last row before it';

CREATE OR REPLACE VIEW <analytics>.eligible_on <on_cluster> AS
WITH days AS (SELECT arrayJoin({days:Array(Date32)}) AS day),
own AS (
    SELECT d.day AS day, p.scheme AS scheme, p.region AS region, max(p.year) AS year, argMax(p.eligible, p.year) AS eligible,
        argMax(p.source, p.year) AS source
    FROM (SELECT toString(scheme) AS scheme, region, year, eligible, source FROM populations FINAL) AS p
    CROSS JOIN days AS d
    WHERE p.year <= toYear(d.day)
    GROUP BY day, scheme, region
),
existing AS (
    SELECT d.day AS day, r.id AS region, r.parent AS parent
    FROM (SELECT id, parent, valid_from, valid_to FROM regions FINAL) AS r
    CROSS JOIN days AS d
    WHERE (r.valid_from IS NULL OR r.valid_from <= d.day) AND (r.valid_to IS NULL OR d.day < r.valid_to)
),
above AS (
    SELECT DISTINCT o.day AS day, o.scheme AS scheme, p.ancestor AS region
    FROM own AS o
    INNER JOIN (SELECT region, ancestor FROM <analytics>.region_paths WHERE step > 0) AS p ON p.region = o.region
),
ends AS (
    SELECT day, scheme, region, 1 AS known, toInt64(eligible) AS people, toUInt16(year) AS of_year, source AS said FROM own
    UNION ALL
    SELECT e.day, a.scheme, e.region, 0, toInt64(0), toUInt16(0), ''
    FROM existing AS e
    INNER JOIN above AS a ON a.day = e.day AND a.region = e.parent
    WHERE (e.day, a.scheme, e.region) NOT IN (SELECT day, scheme, region FROM own)
        AND ((e.day, a.scheme, e.region) NOT IN (SELECT day, scheme, region FROM above)
            OR (e.day, e.region) NOT IN (SELECT day, parent FROM existing))
),
reaches AS (
    SELECT day, scheme, ancestor, step, known, people, of_year, said, max(stops) OVER (
        PARTITION BY day, scheme, region ORDER BY step ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS stopped
    FROM (
        SELECT n.day AS day, n.scheme AS scheme, n.region AS region, n.known AS known, n.people AS people, n.of_year AS of_year,
            n.said AS said, p.ancestor AS ancestor, p.step AS step,
            p.step > 0 AND ((n.day, n.scheme, p.ancestor) IN (SELECT day, scheme, region FROM own)
                OR (n.day, p.below) NOT IN (SELECT day, region FROM existing)) AS stops
        FROM ends AS n
        INNER JOIN (
            SELECT id AS region, above AS ancestor, toUInt32(number - 1) AS step, ancestors[greatest(number - 1, 1)] AS below
            FROM (SELECT id, ancestors FROM regions FINAL)
            ARRAY JOIN ancestors AS above, arrayEnumerate(ancestors) AS number
        ) AS p ON p.region = n.region
    )
)
SELECT day, scheme, ancestor AS region, sum(people) AS eligible, min(of_year) AS year,
    if(min(step) = 0, any(said), if(uniqExact(said) = 1, any(said), concat(toString(uniqExact(said)), ' sources, among them ', min(said)))
        || ' (sum of ' || toString(count()) || ' regions below)') AS source
FROM reaches
WHERE NOT stopped
GROUP BY day, scheme, region
HAVING min(known) = 1
COMMENT 'eligible_on(days = [...]): the denominators as of those days. day, scheme, region; eligible: the region''s own population of the latest year, else the sum of its children''s where each has one; year: of the figure, the earliest of a sum; source';

CREATE OR REPLACE VIEW <analytics>.coverage_on <on_cluster> AS
WITH days AS (SELECT arrayJoin({days:Array(Date32)}) AS day),
figures AS (
    SELECT d.day AS day, s.scheme AS scheme, s.region AS region, sum(s.net_change) AS by_record,
        sumIf(s.new, s.day > d.day - 1) AS new1, sumIf(s.new, s.day > d.day - 7) AS new7, sumIf(s.new, s.day > d.day - 30) AS new30,
        sumIf(s.left, s.day > d.day - 1) AS left1, sumIf(s.left, s.day > d.day - 7) AS left7, sumIf(s.left, s.day > d.day - 30) AS left30,
        toInt64(0) AS parts, toInt64(0) AS people, toInt64(0) AS added, toDate32('2299-12-31') AS first, toDate32('1900-01-01') AS last, '' AS said,
        0 AS own, toInt64(0) AS below, toInt64(0) AS eligible, toUInt16(0) AS year, '' AS counted_by
    FROM (SELECT * FROM <analytics>.stock_changes) AS s
    CROSS JOIN days AS d
    WHERE s.day <= d.day
    GROUP BY day, scheme, region
    UNION ALL
    SELECT d.day AS day, b.scheme, place, toInt64(0), toInt64(0), toInt64(0), toInt64(0), toInt64(0), toInt64(0), toInt64(0),
        toInt64(sum(itself)), sumIf(b.count, itself), sumIf(b.adjustment, itself),
        minIf(b.date, itself), maxIf(b.date, itself),
        if(uniqExactIf(b.source, itself) = 1, anyIf(b.source, itself), if(sum(itself) = 0, '', concat(toString(sum(itself)), ' baselines'))),
        maxIf(multiIf(b.region != b.baseline_region, 0, b.scheme != b.baseline_scheme, 1, 2), itself),
        sumIf(b.count, NOT itself), toInt64(0), toUInt16(0), ''
    FROM (SELECT * FROM <analytics>.baseline_parts) AS b
    LEFT JOIN (SELECT id, parent FROM regions FINAL) AS r ON r.id = b.region
    CROSS JOIN days AS d
    ARRAY JOIN [b.region, r.parent] AS place, [true, false] AS itself
    WHERE b.valid_from <= d.day AND d.day < b.valid_to
    GROUP BY day, b.scheme, place
    UNION ALL
    SELECT day, scheme, region, toInt64(0), toInt64(0), toInt64(0), toInt64(0), toInt64(0), toInt64(0), toInt64(0),
        toInt64(0), toInt64(0), toInt64(0), toDate32('2299-12-31'), toDate32('1900-01-01'), '',
        0, toInt64(0), eligible, year, source
    FROM <analytics>.eligible_on(days = {days:Array(Date32)})
)
SELECT f.day AS day, f.scheme AS scheme, r.id AS region, r.code AS code, r.level AS level, r.country AS country, r.parent AS parent,
    r.name_vi AS name_vi, r.name_th AS name_th, r.name_en AS name_en, f.by_record + f.added AS participants,
    f.by_record AS active_by_record, f.people AS baseline, if(f.parts = 0 OR f.first != f.last, NULL, f.first) AS baseline_date,
    f.said AS baseline_source, ['none', 'children', 'components', 'own'][1 + (f.parts > 0) + f.own] AS baseline_of,
    if(f.own > 0 AND r.has_children, f.people - f.below, 0) AS baseline_unattributed,
    if(f.year = 0, NULL, f.eligible) AS eligible, if(f.year = 0, NULL, toUInt16(f.year)) AS eligible_year,
    f.counted_by AS eligible_source,
    if(f.year = 0 OR f.eligible = 0, NULL, sign(participants) * intDiv(abs(participants) * 20000 + f.eligible, f.eligible * 2) / 100)
        AS coverage_pct,
    multiIf(
        f.year = 0, concat('no eligible population for ', r.id, ' in ', f.scheme, ' for ', toString(toYear(f.day)), ' or before'),
        f.eligible = 0, 'the eligible population is 0', ''
    ) AS coverage_reason,
    f.new1 AS new_1d, f.new7 AS new_7d, f.new30 AS new_30d, f.left1 AS left_1d, f.left7 AS left_7d, f.left30 AS left_30d,
    (SELECT min(complete_up_to) FROM progress FINAL WHERE topic LIKE '%enrollment-events') AS as_of
FROM (
    SELECT day, scheme, region, sum(by_record) AS by_record, sum(new1) AS new1, sum(new7) AS new7, sum(new30) AS new30,
        sum(left1) AS left1, sum(left7) AS left7, sum(left30) AS left30, sum(parts) AS parts, sum(people) AS people,
        sum(added) AS added, min(first) AS first, max(last) AS last, max(said) AS said, max(own) AS own, sum(below) AS below,
        sum(eligible) AS eligible, max(year) AS year, max(counted_by) AS counted_by
    FROM figures GROUP BY day, scheme, region
) AS f
INNER JOIN (
    SELECT id, code, toString(level) AS level, toString(country) AS country, parent, name_vi, name_th, name_en,
        id IN (SELECT parent FROM regions FINAL) AS has_children
    FROM regions FINAL
) AS r ON r.id = f.region
COMMENT 'coverage_on(days = [...]): the columns of coverage_now as of the end of each of those days';

CREATE OR REPLACE VIEW <analytics>.coverage_now <on_cluster> (
    day Date32 COMMENT 'the present day of the countries (both are at UTC+7)',
    scheme String COMMENT 'insurance scheme, totals among them',
    region String COMMENT 'region with all below it; one without people, baseline or eligible population has no row',
    code String COMMENT 'its official code; may be reused',
    level String COMMENT 'country, province, district, commune, village, group',
    country String COMMENT 'ISO 3166-1 alpha-2',
    parent String COMMENT 'the region above; empty for a country',
    name_vi String COMMENT 'Vietnamese name',
    name_th String COMMENT 'Thai name',
    name_en String COMMENT 'English name',
    participants Int64 COMMENT 'people in the scheme: by record, and what official stocks add to them',
    active_by_record Int64 COMMENT 'people active by record, whatever the baseline',
    baseline Int64 COMMENT 'the official stock the figure starts from; 0 when none',
    baseline_date Nullable(Date32) COMMENT 'the stock holds at the end of this day; null when none, or when parts have different dates',
    baseline_source String COMMENT 'who says so, or how many parts; empty when none',
    baseline_of String COMMENT 'own, children (their sum), components (of a total), none',
    baseline_unattributed Int64 COMMENT 'what the region''s own baseline holds beyond its children''s',
    eligible Nullable(Int64) COMMENT 'the denominator; null when none is known',
    eligible_year Nullable(UInt16) COMMENT 'its year, the earliest of a sum',
    eligible_source String COMMENT 'who says so; empty when none is known',
    coverage_pct Nullable(Float64) COMMENT 'participants in % of the eligible, 2 decimals, half up, never capped',
    coverage_reason String COMMENT 'why coverage_pct is null; empty when it is not',
    new_1d Int64 COMMENT 'people new today',
    new_7d Int64 COMMENT 'people new on the last 7 days, today among them',
    new_30d Int64 COMMENT 'people new on the last 30 days, today among them',
    left_1d Int64 COMMENT 'people who left today',
    left_7d Int64 COMMENT 'people who left on the last 7 days, today among them',
    left_30d Int64 COMMENT 'people who left on the last 30 days, today among them',
    as_of Nullable(DateTime64(6, 'UTC')) COMMENT 'every record taken before this moment is counted'
) AS
SELECT day, scheme, region, code, level, country, parent, name_vi, name_th, name_en, participants, active_by_record, baseline,
    baseline_date, baseline_source, baseline_of, baseline_unattributed, eligible, eligible_year, eligible_source, coverage_pct,
    coverage_reason, new_1d, new_7d, new_30d, left_1d, left_7d, left_30d, as_of
FROM <analytics>.coverage_on(days = [toDate32(now('Asia/Bangkok'))])
COMMENT 'How many are covered out of how many, per region and scheme, now';

CREATE OR REPLACE VIEW <analytics>.targets <on_cluster> (
    id String COMMENT 'name of the plan',
    name String COMMENT 'as people call it; may be empty',
    region String COMMENT 'the region the row is about; of a plan for each region of a level there is a row for each',
    set_for String COMMENT 'the region the plan names',
    scheme String COMMENT 'insurance scheme',
    kind String COMMENT 'new_count, participants, coverage_pct',
    per String COMMENT 'region, office, agent, or each:province and so on',
    owner String COMMENT 'the office or agent whose plan it is; empty otherwise',
    first_day Date32 COMMENT 'first day of the plan',
    last_day Date32 COMMENT 'last day of the plan',
    as_of_day Date32 COMMENT 'the last day that counts: today, or the last day of the plan',
    target Decimal(18, 4) COMMENT 'people, or a percentage for coverage_pct',
    achieved_people Int64 COMMENT 'people new in the window, or the stock on as_of_day',
    eligible Nullable(Int64) COMMENT 'the denominator of a coverage_pct plan; null for others, or when none is known',
    achieved Nullable(Float64) COMMENT 'in the unit of the target, 2 decimals, half up; null without a denominator',
    achieved_pct Nullable(Float64) COMMENT 'achieved in % of the target, exact before it is rounded half up to 2 decimals, never capped',
    is_met Nullable(Bool) COMMENT 'whether the target is reached; null without a denominator'
) AS
WITH plans AS (
    SELECT t.id AS id, t.name AS name, t.region AS set_for, if(t.per LIKE 'each:%', p.region, t.region) AS place, toString(t.scheme) AS of_scheme,
        toString(t.kind) AS kind, toString(t.per) AS per, t.owner AS owner, t.`from` AS first_day, t.`to` AS last_day,
        least(t.`to`, toDate32(now('Asia/Bangkok'))) AS as_of_day, t.target AS target
    FROM (SELECT * FROM targets FINAL WHERE region IN (SELECT id FROM regions FINAL)) AS t
    INNER JOIN (SELECT region, ancestor, step FROM <analytics>.region_paths) AS p ON p.ancestor = t.region
    INNER JOIN (SELECT id, toString(level) AS level, valid_from, valid_to FROM regions FINAL) AS r ON r.id = p.region
    WHERE if(
        t.per LIKE 'each:%',
        p.step > 0 AND t.per = concat('each:', r.level)
            AND (r.valid_from IS NULL OR r.valid_from <= greatest(t.`from`, as_of_day))
            AND (r.valid_to IS NULL OR greatest(t.`from`, as_of_day) < r.valid_to),
        p.step = 0
    )
),
counts AS (
    SELECT p.id AS id, p.place AS place, sumIf(s.new, s.day >= p.first_day) AS people_new, sum(s.net_change) AS stock
    FROM plans AS p
    INNER JOIN (SELECT * FROM <analytics>.stock_changes) AS s ON s.scheme = p.of_scheme AND s.region = p.place
    WHERE p.per NOT IN ('office', 'agent') AND s.day <= p.as_of_day
    GROUP BY id, place
    UNION ALL
    SELECT p.id, p.place, toInt64(0), sum(b.adjustment)
    FROM plans AS p
    INNER JOIN (SELECT * FROM <analytics>.baseline_parts) AS b ON b.scheme = p.of_scheme AND b.region = p.place
    WHERE p.per NOT IN ('office', 'agent') AND b.valid_from <= p.as_of_day AND p.as_of_day < b.valid_to
    GROUP BY p.id, p.place
    UNION ALL
    SELECT p.id, p.place, toInt64(count()), toInt64(0)
    FROM plans AS p
    INNER JOIN (SELECT recorded, scheme FROM <analytics>.counted_in) AS m ON m.scheme = p.of_scheme
    INNER JOIN (
        SELECT toString(scheme) AS recorded, toString(office) AS office, toString(agent) AS agent, day
        FROM enrollment_events FINAL WHERE effect = 'new'
    ) AS e ON e.recorded = m.recorded
    WHERE p.per IN ('office', 'agent') AND p.owner = if(p.per = 'office', e.office, e.agent)
        AND e.day BETWEEN p.first_day AND p.as_of_day
    GROUP BY p.id, p.place
)
SELECT p.id AS id, p.name AS name, p.place AS region, p.set_for AS set_for, p.of_scheme AS scheme, p.kind AS kind, p.per AS per,
    p.owner AS owner, p.first_day AS first_day, p.last_day AS last_day, p.as_of_day AS as_of_day, p.target AS target,
    if(p.kind = 'new_count' OR p.per IN ('office', 'agent'), c.people_new, c.stock) AS achieved_people,
    if(p.kind != 'coverage_pct' OR e.place = '', NULL, e.eligible) AS eligible,
    multiIf(
        p.kind != 'coverage_pct', toNullable(toFloat64(achieved_people)), ifNull(eligible, 0) = 0, NULL,
        intDiv(achieved_people * 20000 + eligible, eligible * 2) / 100
    ) AS achieved,
    multiIf(
        p.target = 0, NULL,
        p.kind != 'coverage_pct', toNullable(floor(toDecimal256(achieved_people, 4) * 10000 / p.target + toDecimal256(0.5, 4)) / 100),
        ifNull(eligible, 0) = 0, NULL,
        floor(toDecimal256(achieved_people, 8) * 1000000 / (p.target * eligible) + toDecimal256(0.5, 4)) / 100
    ) AS achieved_pct,
    multiIf(
        p.kind != 'coverage_pct', toNullable(achieved_people >= p.target), ifNull(eligible, 0) = 0, NULL,
        toDecimal256(achieved_people, 4) * 100 >= p.target * eligible
    ) AS is_met
FROM plans AS p
LEFT JOIN (SELECT id, place, sum(people_new) AS people_new, sum(stock) AS stock FROM counts GROUP BY id, place) AS c
    ON c.id = p.id AND c.place = p.place
LEFT JOIN (
    SELECT day, scheme, region AS place, eligible FROM <analytics>.eligible_on(
        days = (SELECT groupUniqArray(least(`to`, toDate32(now('Asia/Bangkok')))) FROM targets FINAL WHERE kind = 'coverage_pct')
    )
) AS e ON e.day = p.as_of_day AND e.scheme = p.of_scheme AND e.place = p.place
COMMENT 'How every plan stands, a row for each region it applies to';

CREATE OR REPLACE VIEW <analytics>.outreach_yield <on_cluster> (
    id String COMMENT 'name of the activity in records',
    region String COMMENT 'where it took place',
    kind String COMMENT 'conference, door to door, loudspeaker ...',
    audience String COMMENT 'for whom; may be empty',
    partner String COMMENT 'with whom; may be empty',
    first_day Date32 COMMENT 'first day',
    last_day Date32 COMMENT 'last day',
    sessions UInt32 COMMENT 'how many sessions',
    attendees UInt64 COMMENT 'attendances',
    cost Nullable(Decimal(18, 2)) COMMENT 'in the currency; null when unknown',
    currency String COMMENT 'ISO 4217; empty without a cost',
    enrolments UInt64 COMMENT 'people new in a scheme whose record names the activity',
    enrolments_by_scheme Map(String, UInt64) COMMENT 'the same by scheme',
    per_session Nullable(Float64) COMMENT 'enrolments per session, 2 decimals, half up; null without sessions',
    per_100_attendees Nullable(Float64) COMMENT 'enrolments per 100 attendances, 2 decimals, half up; null without attendances',
    cost_per_enrolment Nullable(Float64) COMMENT 'cost per enrolment, 2 decimals, half up; null without cost or enrolments'
) AS
SELECT o.id AS id, o.region AS region, toString(o.kind) AS kind, o.audience AS audience, o.partner AS partner, o.`from` AS first_day,
    o.`to` AS last_day, o.sessions AS sessions, o.attendees AS attendees, o.cost AS cost, o.currency AS currency,
    e.people AS enrolments, e.by_scheme AS enrolments_by_scheme,
    if(o.sessions = 0, NULL, intDiv(e.people * 200 + o.sessions, o.sessions * 2) / 100) AS per_session,
    if(o.attendees = 0, NULL, intDiv(e.people * 20000 + o.attendees, o.attendees * 2) / 100) AS per_100_attendees,
    if(e.people = 0, NULL, intDiv(toInt128(o.cost * 100) * 2 + e.people, e.people * 2) / 100) AS cost_per_enrolment
FROM (SELECT * FROM outreach FINAL) AS o
LEFT JOIN (
    SELECT activity, sum(n.new_people) AS people, mapFromArrays(groupArray(n.scheme), groupArray(n.new_people)) AS by_scheme
    FROM (
        SELECT toString(outreach) AS activity, toString(scheme) AS scheme, count() AS new_people
        FROM enrollment_events FINAL WHERE effect = 'new' AND outreach != '' GROUP BY activity, scheme
    ) AS n
    GROUP BY activity
) AS e ON e.activity = o.id
COMMENT 'Outreach activities, what they cost and the enrolments they led to';

CREATE OR REPLACE VIEW <analytics>.events <on_cluster> (
    registration_id UUID COMMENT 'made by the counter; the key of a record',
    kind String COMMENT 'enrolled, renewed, withdrawn, transferred, corrected, voided',
    scheme String COMMENT 'insurance scheme that was registered in',
    participant String COMMENT 'pseudonym of the person',
    occurred_at DateTime64(6, 'UTC') COMMENT 'the counter''s clock',
    day Date32 COMMENT 'day of occurred_at in the country''s time zone',
    recorded_at DateTime64(6, 'UTC') COMMENT 'when the registration service took it',
    region String COMMENT 'after corrections',
    office String COMMENT 'after corrections',
    agent String COMMENT 'after corrections; empty when none',
    channel String COMMENT 'after corrections; empty when none',
    outreach String COMMENT 'outreach session that led to it, after corrections; empty when none',
    campaign String COMMENT 'after corrections; empty when none',
    `group` String COMMENT 'mutual-help group, after corrections; empty when none',
    sponsor String COMMENT 'donor who pays, after corrections; empty when none',
    birth_year UInt16 COMMENT 'Gregorian; 0 when unknown',
    sex String COMMENT 'F, M, X; empty when unknown',
    refers_to Nullable(UUID) COMMENT 'the registration voided or corrected',
    reason String COMMENT 'why it was voided or corrected',
    status String COMMENT 'counted, no_effect, voided, applied, waiting, cannot_refer',
    effect String COMMENT 'what it did to the numbers: new, returned, left, moved or none',
    from_region String COMMENT 'where the person was before: of left and moved; empty otherwise',
    to_region String COMMENT 'where the person is after: of new, returned and moved; empty otherwise',
    corrected_by Nullable(UUID) COMMENT 'the correction that stands; null when none'
) AS
SELECT registration_id, kind, scheme, participant, occurred_at, day, recorded_at, region, office, agent, channel, outreach, campaign,
    `group`, sponsor, birth_year, sex, refers_to, reason, status, effect, from_region, to_region, corrected_by
FROM enrollment_events FINAL
COMMENT 'Every accepted record and what it did to the numbers; of the person only a pseudonym';
