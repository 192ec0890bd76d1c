"""A sandbox in a process of its own, run as its users run it: `python -m smartia sandbox`."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import smartia
from smartia.sandbox.college import College, build_college
from smartia.sandbox.service import DEMO_KEY

ROOT = Path(smartia.__file__).parents[1]
COLLEGE = ("--port", "0", "--learners", "60", "--seed", "3", "--today", "2026-03-16")
KEY = {"x-api-key": DEMO_KEY}


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its process, what it printed and the address to ask for sessions."""

    process: subprocess.Popen[str]
    banner: str
    url: str

    @property
    def control(self) -> str:
        """Return the address of the control path."""
        return self.url.split("/api/")[0] + "/sandbox/"


@contextmanager
def running(*options: str) -> Iterator[Sandbox]:
    """Run a sandbox in a process of its own until the end of the block."""
    command = [sys.executable, "-m", "smartia", "sandbox", *COLLEGE, *options]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            banner = "".join(process.stdout.readline() for _ in range(4))
            base_url = re.search(r"^SMARTIA_BASE_URL=(\S+)$", banner, re.MULTILINE)
            assert base_url is not None, banner
            yield Sandbox(process, banner, base_url.group(1) + "/smart-ia/sessions/completed")
        finally:
            process.kill()


def served_college() -> College:
    """Return the college that it serves, of about 150 sessions."""
    return build_college(learners=60, seed=3, today=date(2026, 3, 16))
