"""The counter's service: takes registrations and reference data over HTTP, and answers once Kafka keeps them.

`domain/` what is accepted and what it becomes (pure) · `desk` one registration, once · `routes` and `bulk` HTTP ·
`reference` what is known of regions · `main` builds it all.
"""
