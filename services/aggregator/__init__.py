"""Turns the stream of enrolment events into coverage in ClickHouse."""
