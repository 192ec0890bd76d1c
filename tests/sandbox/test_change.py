"""Sessions that come and go while the sandbox serves, in process and by its control path."""

import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from itertools import islice
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.sandbox.changes import Arrive, Erase, RecreateAccounts
from smartia.sandbox.college import College
from smartia.sandbox.control import Control
from smartia.sandbox.faulty import FaultyService
from smartia.sandbox.records import make_records
from smartia.sandbox.service import SESSIONS_PATH, UNAUTHORISED_KEY, Change, Request, Service
from tests.sandbox.running import KEY, Sandbox, running, served_college

DAY_MS = 86_400_000
CHANGES = [Erase(20, 1), Arrive(20, 0, 2), Arrive(20, 400, 3), RecreateAccounts(5, 4)]


def records_of(college: College) -> dict[str, Any]:
    """Return all records by their id."""
    records = make_records(college, np.arange(len(college)))
    return {str(record["sessionId"]): record for record in records}


def is_equal(one: College, other: College) -> bool:
    """Say whether two colleges are the same in every column."""
    columns = [
        (getattr(one.sittings, column.name), getattr(other.sittings, column.name)) for column in fields(one.sittings)
    ]
    columns += [(one.session_id, other.session_id), (one.people.user_id, other.people.user_id)]
    columns += [(one.spelling, other.spelling), (one.misfit, other.misfit)]
    return all(np.array_equal(mine, theirs) for mine, theirs in columns)


def follow(service: Service, query: Mapping[str, str]) -> Iterator[Any]:
    """Return the pages along nextCursor, each asked for when it is wanted."""
    cursor: dict[str, str] = {}
    while True:
        response = service.handle(Request("GET", SESSIONS_PATH, tuple({**query, **cursor}.items()), KEY))
        assert response.status == 200, response.body
        page = json.loads(response.body)
        yield page
        if page["pagination"]["nextCursor"] is None:
            return
        cursor = {"cursor": page["pagination"]["nextCursor"]}


def ids_of(pages: list[Any]) -> list[str]:
    """Return the ids of the sessions on some pages, in order."""
    return [record["sessionId"] for page in pages for record in page["data"]]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_changes_are_deterministic(small_college: College, change: Change) -> None:
    """The same change gives the same college, another seed another one; the college before stays as it is."""
    before = records_of(small_college)
    once, again = change.apply(small_college), change.apply(small_college)
    other = type(change)(**{**vars(change), "seed": 99}).apply(small_college)
    assert is_equal(once, again)
    assert not is_equal(once, other)
    assert records_of(small_college) == before


@given(sessions=st.integers(0, 100), seed=st.integers(0, 2**63))
@settings(max_examples=30)
def test_erase(small_college: College, sessions: int, seed: int) -> None:
    """Erasing takes away as many sessions as told, and leaves the others as they were."""
    before, after = records_of(small_college), records_of(Erase(sessions, seed).apply(small_college))
    assert len(after) == len(before) - sessions
    assert after == {key: before[key] for key in after}


@given(sessions=st.integers(0, 50), days_ago=st.integers(0, 2000), seed=st.integers(0, 2**63))
@settings(max_examples=30)
def test_arrive(small_college: College, sessions: int, days_ago: int, seed: int) -> None:
    """New sessions end within the ten minutes told, have new ids and fit the reference; the others stay in order."""
    college = Arrive(sessions, days_ago, seed).apply(small_college)
    before, after = records_of(small_college), records_of(college)
    assert before == {key: after[key] for key in before}
    assert len(after) == len(before) + sessions
    ends_ms = college.sittings.end_ms
    assert np.all(np.diff(ends_ms) >= 0)
    is_new = np.array([key not in before for key in after], dtype=np.bool_)
    assert not college.misfit[is_new].any()
    elapsed_ms = (ends_ms - college.sittings.start_ms)[is_new]
    assert np.all(elapsed_ms > 0)
    since_ms = ends_ms[is_new] - (int(small_college.sittings.end_ms[-1]) - days_ago * DAY_MS)
    assert np.all((since_ms > 0) & (since_ms <= 600_000))


@given(accounts=st.integers(1, 30), seed=st.integers(0, 2**63))
@settings(max_examples=30)
def test_recreate_accounts(small_college: College, accounts: int, seed: int) -> None:
    """Recreated accounts have another userId and no session any more; all others keep theirs."""
    college = RecreateAccounts(accounts, seed).apply(small_college)
    changed = np.flatnonzero((college.people.user_id != small_college.people.user_id).any(axis=1))
    assert len(changed) == accounts
    assert len(college.people) == len(small_college.people)
    gone = np.isin(small_college.sittings.account, changed)
    assert gone.sum() >= accounts
    expected = [record for record, is_gone in zip(records_of(small_college).values(), gone, strict=True) if not is_gone]
    assert list(records_of(college).values()) == expected


def test_the_same_change_twice(small_college: College) -> None:
    """The same arrival made again brings further sessions, not the same ids once more."""
    service = Service(small_college)
    for times in range(1, 4):
        assert service.change(Arrive(10, 5, seed=1)) == len(small_college) + 10 * times
    found = ids_of(list(follow(service, {})))
    assert len(set(found)) == len(found) == len(small_college) + 30


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Erase(10_000), "takes 10,000 sessions, and there are 1"),
        (RecreateAccounts(10_000), "takes 10,000 accounts with sessions"),
    ],
    ids=str,
)
def test_impossible_changes(small_college: College, change: Change, message: str) -> None:
    """A change that cannot happen is an error that says why, and changes nothing."""
    service = Service(small_college)
    with pytest.raises(ValueError, match=message):
        service.change(change)
    assert len(ids_of(list(follow(service, {})))) == len(small_college)


def test_an_empty_college(small_college: College) -> None:
    """All sessions can be erased; the endpoint is then empty, and nothing can arrive, having no model."""
    service = Service(small_college)
    assert service.change(Erase(len(small_college))) == 0
    (page,) = follow(service, {})
    assert page["data"] == []
    assert page["pagination"]["total"] == 0
    with pytest.raises(ValueError, match="there are 0"):
        service.change(Arrive(1))


@given(
    seed=st.integers(0, 1000),
    pages_before=st.integers(1, 6),
    limit=st.integers(3, 40),
    field=st.sampled_from(["startDate", "endDate"]),
    direction=st.sampled_from(["asc", "desc"]),
)
@settings(max_examples=60)
def test_cursors_go_on_working(
    small_college: College, seed: int, pages_before: int, limit: int, field: str, direction: str
) -> None:
    """Who walks on after changes gets every session that stayed exactly once, and none that had gone."""
    service = Service(small_college)
    walk = follow(service, {"limit": str(limit), "sort[field]": field, "sort[direction]": direction})
    first = ids_of(list(islice(walk, pages_before)))
    for change in (Erase(30, seed), Arrive(10, 0, seed), Arrive(10, 700, seed), RecreateAccounts(5, seed)):
        service.change(change)
    rest = ids_of(list(walk))
    now = set(ids_of(list(follow(service, {}))))
    stayed = now & set(records_of(small_college))
    assert len({*first, *rest}) == len(first) + len(rest)
    assert set(rest) <= now
    assert stayed <= {*first, *rest}


def test_walks_while_sessions_change(small_college: College) -> None:
    """Threads that walk while others change sessions get only whole answers, and every session that stays once."""
    service = Service(small_college)
    changed = threading.Event()

    def keep_changing() -> None:
        try:
            for seed in range(100):
                service.change(Arrive(3, 9 * seed, seed))
                service.change(Erase(3, seed))
        finally:
            changed.set()

    def keep_walking(limit: int) -> list[list[str]]:
        walks = []
        while not changed.is_set():
            walks.append(ids_of(list(follow(service, {"limit": str(limit)}))))
        return walks

    with ThreadPoolExecutor(4) as pool:
        walking = [pool.submit(keep_walking, limit) for limit in (7, 13, 17)]
        pool.submit(keep_changing).result()
        walks = [found for future in walking for found in future.result()]
    stayed = set(records_of(small_college)) & set(ids_of(list(follow(service, {}))))
    assert len(stayed) >= 10
    assert len(walks) >= 3
    for found in walks:
        assert len(set(found)) == len(found)
        assert stayed <= set(found)


def test_changes_at_the_same_time(small_college: College) -> None:
    """Changes at the same time all happen."""
    service = Service(small_college)
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda seed: service.change(Arrive(2, 10, seed)), range(40)))
    assert sorted(counts) == [len(small_college) + 2 * times for times in range(1, 41)]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox with its control path."""
    with running("--control") as sandbox:
        yield sandbox


@pytest.fixture
def service() -> FaultyService:
    """Return a service over the college that the sandbox starts with."""
    return FaultyService(Service(served_college()))


def command(
    service: FaultyService,
    method: str,
    name: str,
    body: bytes = b"",
    *,
    key: str | None = KEY["x-api-key"],
    **query: str,
) -> tuple[int, Any]:
    """Send a command in process; returns the status and the decoded body."""
    headers = {} if key is None else {"x-api-key": key}
    parameters = tuple((parameter.replace("_", "-"), value) for parameter, value in query.items())
    response = Control(service).handle(Request(method, f"/sandbox/{name}", parameters, headers, body))
    return response.status, json.loads(response.body)


def test_commands_over_http(sandbox: Sandbox, service: FaultyService) -> None:
    """Commands over HTTP change the sandbox as the changes say, with the number of sessions as the answer."""
    commands: list[tuple[str, dict[str, str], Change]] = [
        ("erase", {"sessions": "5", "seed": "1"}, Erase(5, 1)),
        ("arrive", {"sessions": "3", "days-ago": "400", "seed": "2"}, Arrive(3, 400, 2)),
        ("erase-account", {"accounts": "2", "seed": "3"}, RecreateAccounts(2, 3)),
        ("erase", {}, Erase(1, 0)),
        ("arrive", {}, Arrive(1, 0, 0)),
        ("erase-account", {}, RecreateAccounts(1, 0)),
    ]
    with httpx.Client(headers=KEY) as client:
        cursor = client.get(sandbox.url, params={"limit": "50"}).json()["pagination"]["nextCursor"]
        for name, query, change in commands:
            answer = client.post(sandbox.control + name, params=query)
            assert (answer.status_code, answer.json()) == (200, {"sessions": service.service.change(change)})
        for parameters in ({"limit": "100"}, {"limit": "50", "cursor": cursor}):
            expected = service.handle(Request("GET", SESSIONS_PATH, tuple(parameters.items()), KEY))
            assert client.get(sandbox.url, params=parameters).content == expected.body


def test_requests_are_counted(sandbox: Sandbox) -> None:
    """The count is of authorised requests to the endpoint by what became of them; commands and others do not count."""

    def counted() -> dict[str, Any]:
        tally: dict[str, Any] = client.get(sandbox.control + "requests").raise_for_status().json()
        return tally

    with httpx.Client(headers=KEY) as client:
        before = counted()
        client.post(sandbox.control + "faults", content=b"500@2,reset@3,drop@4").raise_for_status()
        assert [client.get(sandbox.url).status_code for _ in range(2)] == [200, 500]
        for _ in range(2):
            with pytest.raises(httpx.TransportError):
                client.get(sandbox.url)
        assert client.get(sandbox.url, params={"limit": "x"}).status_code == 400
        assert client.get(sandbox.url, headers={"x-api-key": "wrong"}).status_code == 401
        assert client.get(sandbox.url + "/other").status_code == 404
        client.post(sandbox.control + "faults").raise_for_status()
        after = counted()
    assert after["requests"] - before["requests"] == 5
    assert sum(after["outcomes"].values()) == after["requests"]
    grown = {name: n - before["outcomes"].get(name, 0) for name, n in after["outcomes"].items()}
    assert {name: n for name, n in grown.items() if n} == {"200": 1, "500": 1, "reset": 1, "drop": 1, "400": 1}


def test_without_control() -> None:
    """Without --control there is no control path."""
    with running() as sandbox:
        for method, name in (("GET", "requests"), ("POST", "erase"), ("POST", "faults")):
            assert httpx.request(method, sandbox.control + name, headers=KEY).status_code == 404


@pytest.mark.parametrize("name", ["erase", "arrive", "erase-account", "faults"])
def test_commands_need_the_key(service: FaultyService, name: str) -> None:
    """Without the endpoint's key a command is refused and does nothing."""
    assert command(service, "POST", name, b"500", key=None)[0] == 401
    assert command(service, "POST", name, b"500", key="wrong")[0] == 401
    assert command(service, "POST", name, b"500", key=UNAUTHORISED_KEY)[0] == 403
    untouched = Service(served_college())
    request = Request("GET", SESSIONS_PATH, (("sort[direction]", "desc"),), KEY)
    assert service.handle(request) == untouched.handle(request)


@pytest.mark.parametrize(
    ("method", "name", "status"),
    [
        ("GET", "erase", 405),
        ("POST", "requests", 405),
        ("DELETE", "faults", 405),
        ("POST", "other", 404),
        ("GET", "", 404),
    ],
)
def test_no_such_commands(service: FaultyService, method: str, name: str, status: int) -> None:
    """Other methods and paths are refused in the endpoint's form of error."""
    found, body = command(service, method, name)
    assert found == status
    assert set(body["error"]) == {"code", "message"}


@pytest.mark.parametrize(
    ("name", "query", "body", "message"),
    [
        ("erase", {"sessions": "-1"}, b"", "sessions must be a whole number"),
        ("erase", {"sessions": "99999"}, b"", "takes 99,999 sessions"),
        ("erase", {"days_ago": "1"}, b"", "'days-ago' is not a parameter; accepted are sessions, seed"),
        ("arrive", {"days_ago": "soon"}, b"", "days-ago must be a whole number"),
        ("erase-account", {"sessions": "1"}, b"", "accepted are accounts, seed"),
        ("faults", {}, b"500@1,nonsense", "'nonsense' is not a fault"),
        ("faults", {}, b"\xff", "utf-8"),
    ],
)
def test_malformed_commands(
    service: FaultyService, name: str, query: dict[str, str], body: bytes, message: str
) -> None:
    """A malformed command is answered with 400 and what is wrong, and does nothing."""
    status, answer = command(service, "POST", name, body, **query)
    assert status == 400
    assert message in answer["error"]["message"]
    request = Request("GET", SESSIONS_PATH, (), KEY)
    assert service.handle(request) == Service(served_college()).handle(request)
