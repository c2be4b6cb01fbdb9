"""What the services share: settings, errors, the two adapters to Kafka and ClickHouse, HTTP conventions, logs."""
