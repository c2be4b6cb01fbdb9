"""A command for those who change the contract: writes what follows from it. Nothing imports it.

    python -m schemas.generate [--check]

`json_schemas` a JSON Schema per message · `dictionary` the tables in schemas/README.md · `settings_table` the table of
settings in README.md · `clickhouse` the tables as the engine understands them. With --check nothing is written, and
the exit code is 1 where a file is not what it would be, each named.
"""
