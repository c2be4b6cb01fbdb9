"""A record's partition is the one that Kafka's clients agree on."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner import DefaultPartitioner
from kafka.partitioner import murmur2 as library_murmur2

from services.shared.kafka_partitioner import KeyPartitioner, murmur2


@given(st.binary(max_size=70))
def test_the_hash_is_the_library_s(data):
    assert murmur2(data) == library_murmur2(data)


@given(st.binary(min_size=1, max_size=70), st.integers(1, 60))
def test_the_partition_is_the_default_partitioner_s(key, partitions):
    known = set(range(partitions))
    cluster = SimpleNamespace(
        topics=lambda: {"events"},
        partitions_for_topic=lambda _: known,
        available_partitions_for_topic=lambda _: known,
    )
    asked = ("events", key, key, b"", b"", cluster)
    assert KeyPartitioner().partition(*asked) == DefaultPartitioner().partition(*asked)


def test_a_topic_that_is_not_known_is_a_value_error():
    cluster = SimpleNamespace(partitions_for_topic=lambda _: None)
    with pytest.raises(ValueError, match="gone"):
        KeyPartitioner().partition("gone", b"key", b"key", b"", b"", cluster)
