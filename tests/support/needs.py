"""What some tests need beyond Python and the locked packages. Where it is missing they are skipped, and pytest prints this reason.

`.ci/run` installs what a package manager has; `make test` says at its end what was skipped.
"""

import shutil

import pytest

from deploy.embedded.broker import choose

_CHOICE = choose("")

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not here (Debian package prometheus); the alert rules are only read as YAML",
)
needs_kubectl = pytest.mark.skipif(
    shutil.which("kubectl") is None,
    reason="kubectl is not here (Debian package kubernetes-client); the manifests are checked by the API's schemas alone",
)
needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None,
    reason="openssl is not here (Debian package openssl), so there is no certificate to speak TLS with",
)
needs_kafka = pytest.mark.skipif(
    _CHOICE.broker != "kafka",
    reason=f"Apache Kafka itself is needed, and here there is {_CHOICE.broker}: {_CHOICE.why}",
)
