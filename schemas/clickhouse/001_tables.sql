-- The tables. <local:x> is x, or x_local on a cluster; <replacing:v> is ReplacingMergeTree(v), or its Replicated form;
-- <on_cluster> is empty, or ON CLUSTER. Every table is written with absolute, idempotent rows: never sum rows without FINAL.

CREATE TABLE IF NOT EXISTS <local:participants> <on_cluster> (
    participant String COMMENT 'pseudonym of the person',
    scheme LowCardinality(String) COMMENT 'insurance scheme',
    active Bool COMMENT 'whether the person is in the scheme now, by record',
    region LowCardinality(String) COMMENT 'region of the person, or the last one when not active; empty when never active',
    since Nullable(DateTime64(6, 'UTC')) COMMENT 'when the present spell began; null when not active',
    records String COMMENT 'the small set of the person''s records, JSON; the input of the fold',
    kafka_partition UInt16 COMMENT 'partition of enrollment-events that holds the person',
    last_offset UInt64 COMMENT 'greatest offset among the records',
    version UInt32 COMMENT 'size of the record set; it only grows, so the larger set stands'
) ENGINE = <replacing:version> ORDER BY (participant, scheme)
SETTINGS index_granularity = 256
COMMENT 'One row per person and scheme: the result of the fold and its input. The truth every counter is rebuilt from';

CREATE TABLE IF NOT EXISTS <local:registration_claims> <on_cluster> (
    registration_id UUID COMMENT 'made by the counter',
    participant String COMMENT 'whose registration it is',
    scheme LowCardinality(String) COMMENT 'insurance scheme',
    kafka_partition UInt16 COMMENT 'position in the topic',
    kafka_offset UInt64 COMMENT 'position in the topic',
    version UInt64 COMMENT 'counts down with the time of the claim, so the first claim stands'
) ENGINE = <replacing:version> ORDER BY registration_id
SETTINGS index_granularity = 256
COMMENT 'Which person a registration_id belongs to; the first claim stands';

CREATE TABLE IF NOT EXISTS <local:enrollment_events> <on_cluster> (
    registration_id UUID COMMENT 'made by the counter; the key of a record',
    event_id UUID COMMENT 'derived from the content',
    kind LowCardinality(String) COMMENT 'enrolled, renewed, withdrawn, transferred, corrected, voided',
    scheme LowCardinality(String) COMMENT 'insurance scheme',
    participant String COMMENT 'pseudonym of the person',
    country LowCardinality(String) COMMENT 'ISO 3166-1 alpha-2',
    occurred_at DateTime64(6, 'UTC') COMMENT 'the counter''s clock',
    day Date32 COMMENT 'day of occurred_at in the country''s time zone',
    recorded_at DateTime64(6, 'UTC') COMMENT 'when the registration service took it',
    region LowCardinality(String) COMMENT 'after corrections',
    office LowCardinality(String) COMMENT 'after corrections',
    agent LowCardinality(String) COMMENT 'after corrections; empty when none',
    channel LowCardinality(String) COMMENT 'after corrections; empty when none',
    outreach LowCardinality(String) COMMENT 'outreach session that led to it, after corrections; empty when none',
    campaign LowCardinality(String) COMMENT 'after corrections; empty when none',
    `group` LowCardinality(String) COMMENT 'mutual-help group, after corrections; empty when none',
    sponsor LowCardinality(String) COMMENT 'donor who pays, after corrections; empty when none',
    birth_year UInt16 COMMENT 'Gregorian; 0 when unknown',
    sex LowCardinality(String) COMMENT 'F, M, X; empty when unknown',
    refers_to Nullable(UUID) COMMENT 'the registration voided or corrected',
    reason String COMMENT 'why it was voided or corrected',
    status LowCardinality(String) COMMENT 'counted, no_effect, voided, applied, waiting, cannot_refer',
    effect LowCardinality(String) COMMENT 'what it did to the numbers: new, returned, left, moved or none',
    from_region LowCardinality(String) COMMENT 'where the person was before: of left and moved; empty otherwise',
    to_region LowCardinality(String) COMMENT 'where the person is after: of new, returned and moved; empty otherwise',
    corrected_by Nullable(UUID) COMMENT 'the correction that stands; null when none',
    kafka_partition UInt16 COMMENT 'position in the topic',
    kafka_offset UInt64 COMMENT 'position in the topic',
    version UInt32 COMMENT 'size of the person''s record set when this row was derived'
) ENGINE = <replacing:version> PARTITION BY toYear(occurred_at) ORDER BY (scheme, day, occurred_at, registration_id)
SETTINGS index_granularity = 2048
COMMENT 'Every accepted record and what it did to the numbers';

CREATE TABLE IF NOT EXISTS <local:coverage_daily> <on_cluster> (
    scheme LowCardinality(String) COMMENT 'insurance scheme',
    day Date32 COMMENT 'day in the country''s time zone',
    region LowCardinality(String) COMMENT 'the region itself, without what lies below it',
    kafka_partition UInt16 COMMENT 'each partition counts its own people',
    new Int64 COMMENT 'people new in the scheme',
    returned Int64 COMMENT 'people active again after they had left',
    left Int64 COMMENT 'people who left',
    moved_in Int64 COMMENT 'people who came from another region',
    moved_out Int64 COMMENT 'people who went to another region',
    version UInt64 COMMENT 'grows with each assignment of the partition and each batch, so a late writer loses'
) ENGINE = <replacing:version> ORDER BY (scheme, day, region, kafka_partition)
SETTINGS index_granularity = 1024
COMMENT 'Absolute counters of each region itself, per day. Stock = sum over days of new + returned + moved_in - left - moved_out';

CREATE TABLE IF NOT EXISTS <local:progress> <on_cluster> (
    topic LowCardinality(String) COMMENT 'Kafka topic',
    kafka_partition UInt16 COMMENT 'its partition',
    next_offset UInt64 COMMENT 'everything before it is counted',
    end_offset UInt64 COMMENT 'end of the log when last seen',
    watermark Nullable(DateTime64(6, 'UTC')) COMMENT 'recorded_at of the last counted event',
    complete_up_to DateTime64(6, 'UTC') COMMENT 'every event recorded before it is counted',
    first_day Nullable(Date32) COMMENT 'earliest day that the last batch touched',
    worker LowCardinality(String) COMMENT 'the aggregator that counts it',
    version UInt64 COMMENT 'grows with each assignment of the partition and each batch, so a late writer loses'
) ENGINE = <replacing:version> ORDER BY (topic, kafka_partition)
COMMENT 'How far each partition is counted';

CREATE TABLE IF NOT EXISTS <local:reconciliations> <on_cluster> (
    kafka_partition UInt16 COMMENT 'partition of enrollment-events that was compared',
    checked_at DateTime64(6, 'UTC') COMMENT 'when',
    next_offset UInt64 COMMENT 'position at the check',
    difference UInt64 COMMENT 'sum over regions and schemes of |counters - active participants|'
) ENGINE = <replacing:checked_at> ORDER BY kafka_partition
COMMENT 'The latest comparison of the counters with the participants';

CREATE TABLE IF NOT EXISTS <local:rejected> <on_cluster> (
    topic LowCardinality(String) COMMENT 'where the original record is',
    kafka_partition UInt16 COMMENT 'where the original record is',
    kafka_offset UInt64 COMMENT 'where the original record is',
    reason LowCardinality(String) COMMENT 'why it was not counted',
    detail String COMMENT 'the reason in words',
    registration_id Nullable(UUID) COMMENT 'of the record, where it could be read',
    rejected_at DateTime64(3, 'UTC') COMMENT 'when it was refused'
) ENGINE = <replacing:rejected_at> ORDER BY (topic, kafka_partition, kafka_offset)
COMMENT 'Dead letters; their bytes are on enrollment-rejected';

CREATE TABLE IF NOT EXISTS <local:regions> <on_cluster> (
    id String COMMENT 'stable id, a readable path',
    code String COMMENT 'official code; may be reused',
    country LowCardinality(String) COMMENT 'ISO 3166-1 alpha-2',
    level LowCardinality(String) COMMENT 'country, province, district, commune, village, group',
    parent String COMMENT 'empty for a country',
    name_vi String COMMENT 'Vietnamese name',
    name_th String COMMENT 'Thai name',
    name_en String COMMENT 'English name',
    valid_from Nullable(Date32) COMMENT 'first day',
    valid_to Nullable(Date32) COMMENT 'first day it no longer is',
    ancestors Array(String) COMMENT 'the region and all above it, from the region up',
    version UInt64 COMMENT 'place of the row in the topic reference-data; the last stands'
) ENGINE = <replacing:version> ORDER BY id
COMMENT 'The tree of regions';

CREATE TABLE IF NOT EXISTS <local:lineage> <on_cluster> (
    `from` String COMMENT 'region that was split or merged',
    `to` String COMMENT 'region that has it now',
    weight Decimal(9, 6) COMMENT 'part of `from` that went to `to`',
    effective_on Date32 COMMENT 'first day of the new order',
    version UInt64 COMMENT 'place of the row in the topic reference-data; the last stands'
) ENGINE = <replacing:version> ORDER BY (`from`, `to`, effective_on)
COMMENT 'Splits and merges of regions';

CREATE TABLE IF NOT EXISTS <local:populations> <on_cluster> (
    region String COMMENT 'region with all below it',
    scheme LowCardinality(String) COMMENT 'insurance scheme',
    year UInt16 COMMENT 'year the figure is of',
    eligible UInt64 COMMENT 'people',
    source String COMMENT 'who says so',
    version UInt64 COMMENT 'place of the row in the topic reference-data; the last stands'
) ENGINE = <replacing:version> ORDER BY (region, scheme, year)
COMMENT 'Eligible people, the denominators';

CREATE TABLE IF NOT EXISTS <local:baselines> <on_cluster> (
    region String COMMENT 'region with all below it',
    scheme LowCardinality(String) COMMENT 'insurance scheme',
    date Date32 COMMENT 'the stock holds at the end of this day',
    count UInt64 COMMENT 'people',
    source String COMMENT 'who says so',
    version UInt64 COMMENT 'place of the row in the topic reference-data; the last stands'
) ENGINE = <replacing:version> ORDER BY (region, scheme, date)
COMMENT 'Official stocks that include the records up to their date';

CREATE TABLE IF NOT EXISTS <local:targets> <on_cluster> (
    id String COMMENT 'name of the plan in addresses',
    region String COMMENT 'region it is about, with all below it',
    scheme LowCardinality(String) COMMENT 'insurance scheme',
    kind LowCardinality(String) COMMENT 'new_count, participants, coverage_pct',
    `from` Date32 COMMENT 'first day',
    `to` Date32 COMMENT 'last day',
    target Decimal(18, 4) COMMENT 'people, or a percentage for coverage_pct',
    per LowCardinality(String) COMMENT 'region, office, agent, or each:province and so on for each region of a level',
    owner String COMMENT 'the office or agent whose plan it is; empty otherwise',
    name String COMMENT 'as people call it; may be empty',
    milestones String COMMENT 'JSON list of {on, pct}',
    version UInt64 COMMENT 'place of the row in the topic reference-data; the last stands'
) ENGINE = <replacing:version> ORDER BY id
COMMENT 'Plans';

CREATE TABLE IF NOT EXISTS <local:campaigns> <on_cluster> (
    id String COMMENT 'name of the campaign in records',
    name String COMMENT 'as people call it',
    schemes Array(String) COMMENT 'insurance schemes it is for',
    regions Array(String) COMMENT 'regions it is in, each with all below it',
    `from` Date32 COMMENT 'first day',
    `to` Date32 COMMENT 'last day',
    grace_days UInt16 COMMENT 'days after the last on which late records still arrive',
    version UInt64 COMMENT 'place of the row in the topic reference-data; the last stands'
) ENGINE = <replacing:version> ORDER BY id
COMMENT 'Campaigns';

CREATE TABLE IF NOT EXISTS <local:campaign_closings> <on_cluster> (
    campaign String COMMENT 'name of the campaign',
    campaign_version UInt64 COMMENT 'version of the row of `campaigns` that it closes',
    kafka_partition UInt16 COMMENT 'each partition closes its own people',
    scheme LowCardinality(String) COMMENT 'insurance scheme; empty in the row that says the partition is closed',
    region String COMMENT 'the region itself, at the close',
    office String COMMENT 'the office, at the close',
    named UInt64 COMMENT 'people new in the window whose record names the campaign',
    in_scope UInt64 COMMENT 'people new in the window in the schemes and regions of the campaign',
    version UInt64 COMMENT 'grows with each assignment of the partition and each batch'
) ENGINE = <replacing:version> ORDER BY (campaign, campaign_version, kafka_partition, scheme, region, office)
COMMENT 'Closing figures: folded from the records recorded before the end of the last day of grace; they never change';

CREATE TABLE IF NOT EXISTS <local:milestones> <on_cluster> (
    id UUID COMMENT 'derived from region, scheme, plan and threshold; also the key on coverage-milestones',
    kind LowCardinality(String) COMMENT 'complete, target_half, target_met, target_milestone',
    status LowCardinality(String) COMMENT 'reached, or retracted where a void or correction took it back',
    region String COMMENT 'where it is reached, with all below it',
    scheme LowCardinality(String) COMMENT 'insurance scheme',
    target String COMMENT 'the plan; empty for a complete village or group',
    threshold_pct Float64 COMMENT 'of the plan, or of the eligible',
    needed UInt64 COMMENT 'people that the threshold asks for',
    reached_on Date32 COMMENT 'first day at whose end it was reached; as last known where retracted',
    reached_at DateTime64(6, 'UTC') COMMENT 'when the record took effect with which it was reached',
    published_at DateTime64(3, 'UTC') COMMENT 'when it was put on coverage-milestones',
    version UInt64 COMMENT 'grows with each assignment of the partition and each batch'
) ENGINE = <replacing:version> ORDER BY id
COMMENT 'What was reached, when, and what was taken back';

CREATE TABLE IF NOT EXISTS <local:outreach> <on_cluster> (
    id String COMMENT 'name of the activity in records',
    region String COMMENT 'where it took place',
    kind LowCardinality(String) COMMENT 'conference, door to door, loudspeaker ...',
    audience String COMMENT 'for whom; may be empty',
    partner String COMMENT 'with whom; may be empty',
    `from` Date32 COMMENT 'first day',
    `to` Date32 COMMENT 'last day',
    sessions UInt32 COMMENT 'how many sessions',
    attendees UInt64 COMMENT 'attendances',
    cost Nullable(Decimal(18, 2)) COMMENT 'in the currency; null when unknown',
    currency String COMMENT 'ISO 4217; empty without a cost',
    version UInt64 COMMENT 'place of the row in the topic reference-data; the last stands'
) ENGINE = <replacing:version> ORDER BY id
COMMENT 'Outreach activities';

CREATE TABLE IF NOT EXISTS <local:offices> <on_cluster> (
    id String COMMENT 'name of the office in records',
    name String COMMENT 'as people call it',
    region String COMMENT 'where it is',
    kind LowCardinality(String) COMMENT 'post office, social insurance office ...',
    version UInt64 COMMENT 'place of the row in the topic reference-data; the last stands'
) ENGINE = <replacing:version> ORDER BY id
COMMENT 'Places where people register';

CREATE TABLE IF NOT EXISTS <local:groups> <on_cluster> (
    id String COMMENT 'name of the group in records',
    region String COMMENT 'where it is',
    kind LowCardinality(String) COMMENT 'of which union or movement',
    name String COMMENT 'as people call it',
    members UInt64 COMMENT 'people in it, in the scheme or not',
    version UInt64 COMMENT 'place of the row in the topic reference-data; the last stands'
) ENGINE = <replacing:version> ORDER BY id
COMMENT 'Mutual-help groups';

CREATE TABLE IF NOT EXISTS <local:office_sync> <on_cluster> (
    office String COMMENT 'the office that reported',
    unsynced_count UInt64 COMMENT 'registrations it still holds',
    oldest_unsynced_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when the oldest of them was made; null when none',
    reported_at DateTime64(3, 'UTC') COMMENT 'when it reported',
    version UInt64 COMMENT 'place of the row in the topic reference-data; the last stands'
) ENGINE = <replacing:version> ORDER BY office
COMMENT 'What each offline counter still holds';

CREATE TABLE IF NOT EXISTS <local:duplicate_reviews> <on_cluster> (
    id String COMMENT 'registration ids of the earlier and the later record, _ between them',
    decision LowCardinality(String) COMMENT 'distinct, same',
    reviewer String COMMENT 'who decided',
    note String COMMENT 'why; may be empty',
    decided_at DateTime64(3, 'UTC') COMMENT 'when',
    voids Array(String) COMMENT 'registration ids of the voids that followed',
    version UInt64 COMMENT 'place of the row in the topic reference-data; the last stands'
) ENGINE = <replacing:version> ORDER BY id
COMMENT 'What reviewers decided of possible duplicates';
