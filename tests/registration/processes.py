"""The service as a process of its own, over a real broker."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from services.shared.auth import Key, hashed, write_keys
from tests.registration.brokers import ROOT, Broker, free_port
from tests.registration.stage import REGIONS, SECRET, ndjson, outcomes
from tests.support.waiting import until

KEYS = {
    "any": Key(sha256=hashed("any"), scopes=frozenset({"register"})),
    "reference": Key(sha256=hashed("reference"), scopes=frozenset({"reference"})),
}


class Process:
    """`python -m services.registration` on a free port. Its output is kept for the tests to read."""

    def __init__(self, broker: Broker, prefix: str, **environ: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="registration-"))
        self.port, self.url = free_port(), ""
        self.url = f"http://127.0.0.1:{self.port}"
        keys = self._folder / "keys.json"
        write_keys(keys, list(KEYS.values()))
        self._environ = {
            **os.environ, "KAFKA_BOOTSTRAP_SERVERS": broker.address, "TOPIC_PREFIX": prefix, "AUTH_KEYS_FILE": str(keys),
            "PARTICIPANT_SECRET": SECRET, "REGISTRATION_PORT": str(self.port), "LOG_LEVEL": "debug",
            "DELIVERY_TIMEOUT_S": "2", **environ,
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Process":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def environ(self) -> dict[str, str]:
        """The environment it is started with."""
        return self._environ

    def start(self) -> None:
        """Start it and wait until it answers; it may not be ready yet."""
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.registration"],
                cwd=ROOT, env=self._environ, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        until(lambda: self.status("/healthz") == 200, "healthy")

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        assert self._process is not None, "it runs"
        self._process.send_signal(signal.SIGTERM)
        code, self._process = self._process.wait(30), None
        return code

    def output(self) -> str:
        """All it wrote."""
        return (self._folder / "output").read_text()

    def status(self, path: str) -> int:
        """The status of a GET; 0 where nobody answers."""
        try:
            return httpx.get(f"{self.url}{path}", timeout=5).status_code
        except httpx.TransportError:
            return 0

    def ready(self) -> "Process":
        """Wait until it is."""
        until(lambda: self.status("/readyz") == 200, f"ready: {self.output()[-500:]}")
        return self

    def client(self, key: str = "any") -> httpx.Client:
        """A client with one of the keys."""
        return httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {key}"}, timeout=30)

    def send_regions(self) -> None:
        """The small country of the stage."""
        rows = ndjson(*(region.model_dump(mode="json") for region in REGIONS))
        with self.client("reference") as client:
            answer = client.put("/v1/reference/regions", content=rows, headers={"content-type": "application/x-ndjson"})
        assert outcomes(answer)[1]["accepted"] == len(REGIONS)
