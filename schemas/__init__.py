"""The contract: every event, request, response, topic and table the services share.

`events` what travels on Kafka · `registration` and `reference` what comes in over HTTP · `coverage` what is served ·
`problem` the one error body · `topics/*.yaml` a card per topic · `clickhouse/NNN_*.sql` the tables ·
`json/` the JSON Schemas generated from the models · `examples/` messages, valid and invalid, by situation.
"""
