"""An app served as its users serve it, in a process of its own on 127.0.0.1."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
START_TIMEOUT_S = 60
_LOOK_S = 0.02
STREAMLIT = ("-m", "streamlit", "run", "app.py", "--server.headless=true", "--server.fileWatcherType=none")
UVICORN = ("-m", "uvicorn", "asgi:app")
"""The two ways to serve the app."""


@dataclass(frozen=True)
class RunningApp:
    """An app that listens.

    Attributes:
        base_url: Where.
        pid: Its process.
        begun_s: When the process was started, by `time.perf_counter`.
        log: The file with what it prints.
    """

    base_url: str
    pid: int
    begun_s: float
    log: Path


@contextmanager
def running_app(
    folder: Path, *, way: Sequence[str] = STREAMLIT, site: Path = ROOT, variables: Mapping[str, str]
) -> Iterator[RunningApp]:
    """Run an app until the end of the block.

    Args:
        folder: Has the file `secrets.toml`, if there is one, and gets `server.log`.
        way: What Python is told to run.
        site: The folder that has `app.py`.
        variables: Its environment, beside this process's own without settings of smartia.

    Raises:
        RuntimeError: It ended instead of listening.
        TimeoutError: It did not listen in time.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SMARTIA_")}
    environment |= {"PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, *way]
    if way[-1] == UVICORN[-1]:
        command += [f"--port={port}", "--host=127.0.0.1"]
    else:
        command += [f"--server.port={port}", "--server.address=127.0.0.1"]
        command += [f"--secrets.files={folder / 'secrets.toml'}"]
    log, base_url, begun_s = folder / "server.log", f"http://127.0.0.1:{port}", time.perf_counter()
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=site, env=environment, stdout=output, stderr=output)
    try:
        wait_for(lambda: _is_up(server, base_url), START_TIMEOUT_S, "the server to start", every_s=_LOOK_S)
        yield RunningApp(base_url, server.pid, begun_s, log)
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(condition: Callable[[], bool], timeout_s: float, what: str, *, every_s: float = 0.1) -> None:
    """Wait until a condition holds, looking every so many seconds.

    Raises:
        TimeoutError: It did not in time.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s} s for {what}")
        time.sleep(every_s)


def _is_up(server: subprocess.Popen[bytes], base_url: str) -> bool:
    if server.poll() is not None:
        raise RuntimeError(f"the server ended with exit code {server.returncode}; see its log")
    try:
        return httpx.get(f"{base_url}/_stcore/health", timeout=2).is_success
    except httpx.TransportError:
        return False
