-- only: cluster

ALTER TABLE office_sync <on_cluster>
    ADD COLUMN IF NOT EXISTS counter String COMMENT 'which of its counters; empty for one that gives no id' AFTER office;
