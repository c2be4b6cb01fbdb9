-- only: cluster
-- On a cluster each table above is x_local; these are the names everyone reads and writes.
-- Rows of one key always land on one shard, so FINAL over the Distributed table is right.

CREATE TABLE IF NOT EXISTS participants <on_cluster> AS participants_local ENGINE = <distributed:participants:cityHash64(participant)>;
CREATE TABLE IF NOT EXISTS registration_claims <on_cluster> AS registration_claims_local ENGINE = <distributed:registration_claims:cityHash64(registration_id)>;
CREATE TABLE IF NOT EXISTS enrollment_events <on_cluster> AS enrollment_events_local ENGINE = <distributed:enrollment_events:cityHash64(participant)>;
CREATE TABLE IF NOT EXISTS coverage_daily <on_cluster> AS coverage_daily_local ENGINE = <distributed:coverage_daily:kafka_partition>;
CREATE TABLE IF NOT EXISTS progress <on_cluster> AS progress_local ENGINE = <distributed:progress:kafka_partition>;
CREATE TABLE IF NOT EXISTS reconciliations <on_cluster> AS reconciliations_local ENGINE = <distributed:reconciliations:kafka_partition>;
CREATE TABLE IF NOT EXISTS rejected <on_cluster> AS rejected_local ENGINE = <distributed:rejected:kafka_partition>;
CREATE TABLE IF NOT EXISTS regions <on_cluster> AS regions_local ENGINE = <distributed:regions:cityHash64(id)>;
CREATE TABLE IF NOT EXISTS lineage <on_cluster> AS lineage_local ENGINE = <distributed:lineage:cityHash64(from)>;
CREATE TABLE IF NOT EXISTS populations <on_cluster> AS populations_local ENGINE = <distributed:populations:cityHash64(region)>;
CREATE TABLE IF NOT EXISTS baselines <on_cluster> AS baselines_local ENGINE = <distributed:baselines:cityHash64(region)>;
CREATE TABLE IF NOT EXISTS targets <on_cluster> AS targets_local ENGINE = <distributed:targets:cityHash64(id)>;
CREATE TABLE IF NOT EXISTS campaigns <on_cluster> AS campaigns_local ENGINE = <distributed:campaigns:cityHash64(id)>;
CREATE TABLE IF NOT EXISTS campaign_closings <on_cluster> AS campaign_closings_local ENGINE = <distributed:campaign_closings:kafka_partition>;
CREATE TABLE IF NOT EXISTS milestones <on_cluster> AS milestones_local ENGINE = <distributed:milestones:cityHash64(id)>;
CREATE TABLE IF NOT EXISTS outreach <on_cluster> AS outreach_local ENGINE = <distributed:outreach:cityHash64(id)>;
CREATE TABLE IF NOT EXISTS offices <on_cluster> AS offices_local ENGINE = <distributed:offices:cityHash64(id)>;
CREATE TABLE IF NOT EXISTS groups <on_cluster> AS groups_local ENGINE = <distributed:groups:cityHash64(id)>;
CREATE TABLE IF NOT EXISTS office_sync <on_cluster> AS office_sync_local ENGINE = <distributed:office_sync:cityHash64(office)>;
CREATE TABLE IF NOT EXISTS duplicate_reviews <on_cluster> AS duplicate_reviews_local ENGINE = <distributed:duplicate_reviews:cityHash64(id)>;
