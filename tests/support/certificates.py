"""A certificate of localhost that signs itself, so it is its own CA."""

import subprocess
from pathlib import Path


def certificate_of_localhost(folder: Path) -> tuple[Path, Path]:
    """Paths of the certificate and its key, as PEM."""
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    certificate, key = folder / "tls.crt", folder / "tls.key"
    subprocess.run([*made, "-out", certificate, "-keyout", key], check=True, capture_output=True, timeout=60)
    return certificate, key
