"""Which partition a record goes to: the one that every Kafka client chooses for its key, sooner than the library does."""

import struct
from typing import Any

from kafka.cluster import ClusterMetadata
from kafka.partitioner import Partitioner

_M, _MASK = 0x5BD1E995, 0xFFFFFFFF


class KeyPartitioner(Partitioner):
    """The library's default partitioner for records that have a key; here all have one."""

    def partition(
        self, topic: str, key: Any, serialized_key: bytes, value: Any, serialized_value: bytes, cluster: ClusterMetadata
    ) -> int:
        """The partition by the key's hash; ValueError where the topic is not known."""
        partitions = cluster.partitions_for_topic(topic)
        if not partitions:
            raise ValueError(f"Topic {topic} not found in ClusterMetadata")
        return int(sorted(partitions)[(murmur2(serialized_key) & 0x7FFFFFFF) % len(partitions)])


def murmur2(data: bytes) -> int:
    """MurmurHash2 of 32 bits as Kafka seeds it, four bytes in one step."""
    whole = len(data) & ~3
    mixed = 0x9747B28C ^ len(data)
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        word = word * _M & _MASK
        mixed = (mixed * _M ^ (word ^ word >> 24) * _M) & _MASK
    if rest := data[whole:]:
        mixed = (mixed ^ int.from_bytes(rest, "little")) * _M & _MASK
    mixed = (mixed ^ mixed >> 13) * _M & _MASK
    return mixed ^ mixed >> 15
