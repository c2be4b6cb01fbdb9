"""The counter's service: takes registrations and reference data over HTTP, and answers once Kafka keeps them.

`domain/` what is accepted and what it becomes (pure) · `desk` one registration, once · `routes` and `bulk` HTTP ·
`reference` what is known of regions · `lookup` and `offers` what a counter chooses from · `main` builds it all ·
`screen` and `static/` the counter's screen: `js/main.js` wires it, `js/queue.js` keeps and sends its records, `js/vault.js` seals them.
"""
