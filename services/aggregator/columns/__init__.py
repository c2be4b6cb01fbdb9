"""Batches as columns (Arrow): read, counted and written without an object per record wherever nothing needs one.

`reading` makes columns of Kafka's values, `newcomers` counts those whose person is met for the first time, `tables`
makes the rows that ClickHouse is given. Everybody else's records become `Record`s and go through the domain's fold.
"""
