"""Answers made from a snapshot: each function returns a model of `schemas.coverage`."""
