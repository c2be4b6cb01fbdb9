"""The same stack without containers: a real broker, the real ClickHouse engine, the services.

Every module here is started as `python -m deploy.embedded.<name>`. Nothing outside this package knows
whether it talks to these processes or to clusters elsewhere.
"""
