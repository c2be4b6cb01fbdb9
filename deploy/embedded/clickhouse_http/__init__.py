"""ClickHouse's HTTP interface over chDB, the ClickHouse engine as a library.

One process owns one data directory; clients (clickhouse-connect, curl, dashboards) use it as they use a server.

The way through: `server` accepts and gives each connection a thread, `wire` reads and writes HTTP, `request` says
what was asked, `handler` answers it, `statement` decides how a statement is run, `engine` and `sessions` run it,
`formats` joins the engine's chunks into one document, `lanes` keeps slow queries out of the way of quick ones.
"""
