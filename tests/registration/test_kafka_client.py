"""How the settings become options of the library, and its errors ours."""

import gc
import logging
import os
import threading

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka import errors as kafka_errors

from services.shared.errors import ConfigError, CoverageError, InvalidEvent, Unavailable
from services.shared.kafka_client import client_options, create_topics, knock, open_client, translate
from services.shared.settings import SharedSettings
from services.shared.topics import create_all
from tests.registration.brokers import free_port
from tests.support.waiting import until


def every(error: type[BaseException]) -> set[type[BaseException]]:
    """All errors of the library below one."""
    return {error}.union(*(every(below) for below in error.__subclasses__()))


@pytest.mark.parametrize("error", sorted(every(kafka_errors.KafkaError), key=lambda error: error.__name__))
def test_every_error_of_the_library_becomes_one_of_ours(error):
    assert isinstance(translate(error.__new__(error)), CoverageError)


def test_only_what_is_wrong_with_a_record_itself_is_never_sent_again():
    assert isinstance(translate(kafka_errors.MessageSizeTooLargeError()), InvalidEvent)
    assert isinstance(translate(kafka_errors.KafkaTimeoutError()), Unavailable)
    assert isinstance(translate(kafka_errors.TopicAuthorizationFailedError()), Unavailable)
    assert isinstance(translate(kafka_errors.KafkaConfigurationError()), ConfigError)


def test_security_settings_reach_the_library(tmp_path):
    settings = SharedSettings(
        kafka_bootstrap_servers="a:9092, b:9093",
        kafka_security_protocol="SASL_SSL",
        kafka_username="counter",
        kafka_password="a password",
        kafka_ca_file=tmp_path / "ca.pem",
    )
    options = client_options(settings, "test")
    assert options["bootstrap_servers"] == ["a:9092", "b:9093"]
    assert options["security_protocol"] == "SASL_SSL"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("counter", "a password")
    assert options["ssl_cafile"] == str(tmp_path / "ca.pem")
    for client in (KafkaProducer, KafkaConsumer, KafkaAdminClient):
        assert set(options) <= set(client.DEFAULT_CONFIG), client


@pytest.mark.parametrize("servers", ["kafka", "kafka:", "kafka:port", "a:9092,,b:9092", ""])
def test_servers_that_are_no_addresses_are_a_config_error(servers):
    with pytest.raises(ConfigError, match="host:port"):
        client_options(SharedSettings(kafka_bootstrap_servers=servers), "test")


def test_without_a_broker_topics_cannot_be_created_and_it_is_known_at_once():
    settings = SharedSettings(kafka_bootstrap_servers=f"127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable, match="nobody listens"):
        create_topics(settings, [])
    with pytest.raises(Unavailable, match="nobody listens"):
        create_all(settings, deadline_s=0.1)
    with pytest.raises(Unavailable, match="nobody listens"):
        knock(client_options(settings, "test"))


@pytest.mark.parametrize("client", [KafkaProducer, KafkaConsumer, KafkaAdminClient])
def test_a_client_that_finds_no_broker_leaves_no_thread_and_no_file_behind(client, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL, logger="kafka")  # kept records would keep the sockets they are about
    monkeypatch.setattr("services.shared.kafka_client.BOOTSTRAP_MS", 300)
    options = client_options(SharedSettings(kafka_bootstrap_servers=f"127.0.0.1:{free_port()}"), "test")
    gc.collect()
    threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with pytest.raises(kafka_errors.KafkaTimeoutError):
            open_client(client, options)
    gc.collect()
    until(lambda: threading.active_count() == threads, "without its threads")
    until(lambda: len(os.listdir("/proc/self/fd")) <= files + 1, "without its files")
