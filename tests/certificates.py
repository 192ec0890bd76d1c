"""Certificates that sign themselves, made by openssl for servers of the tests."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """A certificate and its private key, as PEM files."""

    certificate: Path
    key: Path


def make_certificate(folder: Path, name: str, kind: str = "DNS") -> Certificate:
    """Make a certificate of a name, valid for two days; `kind` says whether the name is a "DNS" name or an "IP"."""
    made = Certificate(folder / "fullchain.pem", folder / "privkey.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName={kind}:{name}", "-days", "2"]
    subprocess.run([*command, *subject, "-keyout", made.key, "-out", made.certificate], check=True, capture_output=True)
    return made
