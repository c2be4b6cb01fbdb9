"""kafka-python, which reads its message schemas in a way Python 3.11 calls deprecated, as it is imported."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaProducer
    from kafka.admin import KafkaAdminClient, NewTopic

__all__ = ["KafkaAdminClient", "KafkaProducer", "NewTopic"]
