"""The sandbox over real HTTP, run as its users run it: `python -m smartia sandbox`."""

import json
import re
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from smartia.sandbox.server import main
from smartia.sandbox.service import DEMO_KEY, SESSIONS_PATH, UNAUTHORISED_KEY, Request, Service
from tests.sandbox.running import KEY, Sandbox, running, served_college

LATENCY_S = 0.25


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox that takes its time."""
    with running("--latency-ms", str(1000 * LATENCY_S)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def service() -> Service:
    """Return a service over the college that the sandbox serves."""
    return Service(served_college())


def test_banner(sandbox: Sandbox) -> None:
    """It prints the loopback address, the key and a curl line, each ready to be copied."""
    assert re.search(r"^SMARTIA_BASE_URL=http://127\.0\.0\.1:\d+/api/v1$", sandbox.banner, re.MULTILINE)
    assert f"\nSMARTIA_API_KEY={DEMO_KEY}\n" in sandbox.banner
    assert f"\ncurl -H 'x-api-key: {DEMO_KEY}' '{sandbox.url}?limit=1'\n" in sandbox.banner


@pytest.mark.parametrize(
    "query",
    [
        [],
        [("limit", "3"), ("sort[field]", "endDate"), ("sort[direction]", "desc")],
        [("subject", "English Written"), ("subject", "Maths"), ("endDate[gte]", "2024-09-01T00:00:00+01:00")],
        [("limit", "many")],
        [("subject", "")],
    ],
)
def test_answers_are_the_service_s(sandbox: Sandbox, service: Service, query: Sequence[tuple[str, str]]) -> None:
    """Over HTTP, in another process, every answer is byte for byte the service's."""
    expected = service.handle(Request("GET", SESSIONS_PATH, query, KEY))
    response = httpx.get(sandbox.url, params=list(query), headers=KEY)
    assert response.status_code == expected.status
    assert response.content == expected.body
    assert response.headers["content-type"] == "application/json"


def test_cursors_survive_the_way(sandbox: Sandbox) -> None:
    """Cursors, percent-encoded by the client, lead over HTTP to every session once."""
    found: list[str] = []
    query = {"limit": "40"}
    while True:
        page = httpx.get(sandbox.url, params=query, headers=KEY).raise_for_status().json()
        found += [record["sessionId"] for record in page["data"]]
        if page["pagination"]["nextCursor"] is None:
            break
        query["cursor"] = page["pagination"]["nextCursor"]
    assert len(found) == len(set(found)) == page["pagination"]["total"] > 100


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "", {}, 401),
        ("GET", "", {"x-api-key": "wrong"}, 401),
        ("GET", "", {"x-api-key": UNAUTHORISED_KEY}, 403),
        ("GET", "/other", KEY, 404),
        ("POST", "", KEY, 405),
    ],
)
def test_errors(sandbox: Sandbox, method: str, path: str, headers: dict[str, str], status: int) -> None:
    """Errors arrive with their status and a JSON body."""
    response = httpx.request(method, sandbox.url + path, headers=headers)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"code", "message"}


def test_latency_does_not_serialise(sandbox: Sandbox) -> None:
    """Eight requests at a time each wait for the latency, and together hardly longer than one."""
    with httpx.Client(headers=KEY) as client, ThreadPoolExecutor(8) as pool:
        client.get(sandbox.url)
        begin_s = time.monotonic()
        responses = list(pool.map(lambda _: client.get(sandbox.url), range(8)))
        elapsed_s = time.monotonic() - begin_s
    assert [response.status_code for response in responses] == [200] * 8
    assert all(response.elapsed.total_seconds() >= LATENCY_S for response in responses)
    assert LATENCY_S <= elapsed_s < 4 * LATENCY_S


def test_rate_limit_and_ctrl_c() -> None:
    """A rate limit answers 429 with Retry-After; Ctrl-C ends the sandbox with code 0 and without a word."""
    with running("--rate-limit", "2") as sandbox:
        responses = [httpx.get(sandbox.url, headers=KEY) for _ in range(6)]
        refused = [response for response in responses if response.status_code == 429]
        assert responses[0].status_code == 200
        assert refused
        assert {response.headers["retry-after"] for response in refused} == {"1"}
        assert json.loads(refused[0].content)["error"]["code"] == "rate_limit_exceeded"
        sandbox.process.send_signal(signal.SIGINT)
        rest, errors = sandbox.process.communicate(timeout=10)
        assert sandbox.process.returncode == 0
        assert (rest, errors) == ("", "")


def test_a_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that is in use is reported in one line, with exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch(rf"cannot listen on 127\.0\.0\.1 port {port}: .*in use.*\n", printed.err)


@pytest.mark.parametrize(
    "argv",
    [
        ["--port", "70000"],
        ["--learners", "0"],
        ["--learners", "9000001"],
        ["--seed", "-1"],
        ["--today", "16/03/2026"],
        ["--latency-ms", "-1"],
        ["--latency-ms", "nan"],
        ["--rate-limit", "0"],
        ["--faults", "nonsense"],
        ["extra"],
    ],
)
def test_wrong_options(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Options that make no sense are refused with the usage and code 2, before anything is served."""
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    assert "usage: python -m smartia sandbox" in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """--help lists every option."""
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    options = ("host", "port", "learners", "seed", "today", "latency-ms", "prepared", "rate-limit", "faults", "control")
    for option in options:
        assert f"--{option}" in text
