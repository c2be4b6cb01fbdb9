"""What is counted, over HTTP: coverage, regions, plans, series, live streams. Reads ClickHouse only."""
