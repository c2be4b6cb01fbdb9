-- Counters of one office report each for themselves.

ALTER TABLE <local:office_sync> <on_cluster>
    ADD COLUMN IF NOT EXISTS counter String COMMENT 'which of its counters; empty for one that gives no id' AFTER office,
    MODIFY ORDER BY (office, counter);
