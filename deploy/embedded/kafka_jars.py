"""Brings Apache Kafka's jars from Maven into `jars/`, once per `pom.xml`.

`python -m deploy.embedded.kafka_jars` does only this; starting the broker does it when needed.
"""

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["JARS_DIR", "BrokerUnavailable", "find_java", "find_maven", "jars_resolved", "resolve_jars"]

_HERE = Path(__file__).parent
POM = _HERE / "pom.xml"
JARS_DIR = _HERE / "jars"
_MARKER = JARS_DIR / ".resolved"  # holds the hash of the pom.xml that jars/ was filled from
_OLDEST_JAVA = 17
_REPORT_EVERY = 15


class BrokerUnavailable(RuntimeError):
    """What Kafka needs is not on this machine; the text says what."""


def find_java() -> str:
    """Path of a `java` of version 17 or later. Raises BrokerUnavailable."""
    java = shutil.which("java")
    if java is None:
        raise BrokerUnavailable("no java on PATH")
    about = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', about)
    if not found or int(found[1]) < _OLDEST_JAVA:
        raise BrokerUnavailable(f"java {found[1] if found else '?'} is older than {_OLDEST_JAVA}")
    return java


def find_maven() -> str:
    """Path of `mvn`. Raises BrokerUnavailable."""
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerUnavailable("no mvn on PATH")
    return maven


def jars_resolved() -> bool:
    """Whether `jars/` is complete for the present pom.xml."""
    return _MARKER.is_file() and _MARKER.read_text() == _pom_hash()


def resolve_jars() -> Path:
    """Fill `jars/` if it is not complete, and return it. Raises BrokerUnavailable."""
    if jars_resolved():
        return JARS_DIR
    JARS_DIR.mkdir(exist_ok=True)
    with (JARS_DIR / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be doing the same
        if not jars_resolved():
            _fetch(find_maven())
    return JARS_DIR


def _fetch(maven: str) -> None:
    print("fetching Apache Kafka with Maven, once: about 45 jars, 45 MB", flush=True)
    for old in (*JARS_DIR.glob("*.jar"), *JARS_DIR.glob("*.jsa")):
        old.unlink()
    command = [
        *(maven, "--batch-mode", "--file", str(POM), "dependency:copy-dependencies"),
        *("-DincludeScope=runtime", f"-DoutputDirectory={JARS_DIR}"),
    ]
    lines: list[str] = []
    fetched = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            lines.append(line)
            if "Downloaded from" in line:
                fetched += 1
                if fetched % _REPORT_EVERY == 0:
                    print(f"  {fetched} files fetched", flush=True)
    if process.returncode != 0:
        raise BrokerUnavailable("Maven could not fetch Apache Kafka:\n" + "".join(lines[-20:]))
    _MARKER.write_text(_pom_hash())
    print(f"  {len(list(JARS_DIR.glob('*.jar')))} jars in place", flush=True)


def _pom_hash() -> str:
    return hashlib.sha256(POM.read_bytes()).hexdigest()


if __name__ == "__main__":
    try:
        resolve_jars()
    except BrokerUnavailable as error:
        sys.exit(str(error))
