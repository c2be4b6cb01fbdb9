"""`python -m services.aggregator`: the worker, or with a command the operator's tools; `--help` lists them."""

from services.aggregator.commands import app

app(prog_name="python -m services.aggregator")
