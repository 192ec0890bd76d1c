"""The public way to the data, against another server that follows the reference, and against the demo college."""

import datetime as dt
import json
import random
import socket
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import smartia
from smartia import Settings
from smartia.errors import KeyRefusedError, NoSnapshotError, SnapshotUnreadableError, UnreachableError
from smartia.loading import account_folder, open_account, source_name
from smartia.sandbox.college import build_college
from smartia.table.calendar import today_in_london
from tests.handmade import expected_rows, make_records
from tests.servers import KEY, following_reference
from tests.store.test_snapshot import files_of
from tests.table.test_frames import rows_of

pytestmark = pytest.mark.usefixtures("one_try", "private_place")


def settings_for(base_url: str, cache_dir: Path, key: str = KEY, max_age_h: float = 6) -> Settings:
    """Return settings for a server."""
    return Settings(api_key=key, base_url=base_url, cache_dir=cache_dir, max_age=dt.timedelta(hours=max_age_h))


@pytest.mark.parametrize("seed", range(4))
def test_another_server(cache_dir: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a server that only the reference binds, exactly its sessions come, once each, with every value by hand.

    It serves short pages, opaque cursors, keys in any order, unannounced fields, and some sessions twice.
    """
    records = make_records(seed, 260)
    rng = random.Random(seed)
    twice = rng.sample(records, 20)
    with following_reference([*records, *twice], seed=seed) as server:
        monkeypatch.setenv("SMARTIA_API_KEY", KEY)
        monkeypatch.setenv("SMARTIA_BASE_URL", server.base_url)
        monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
        sessions = smartia.load_sessions()
        manifest = smartia.refresh().manifest
    assert rows_of(sessions) == expected_rows(records)
    assert len(server.served) == 280 + len(server.counted)  # A request that only counts brings one along.
    assert len(server.asked) > 3
    assert (manifest.total, manifest.rows, manifest.rejected, manifest.missing) == (260, 260, 0, 0)
    assert manifest.duplicates == 20


def test_records_that_do_not_fit(cache_dir: Path) -> None:
    """What does not fit is set aside with its reason and its place; all figures of the manifest add up."""
    records: list[Any] = make_records(21, 150)
    broken: dict[str, Any] = json.loads(json.dumps(dict(zip("abcde", records[:5], strict=True))))
    broken["a"]["result"]["duration"] = "P1M"
    del broken["b"]["user"]["lastName"]
    broken["c"]["startDate"] = broken["c"]["startDate"].removesuffix("Z")
    broken["d"]["test"] = None
    broken["e"]["endDate"] = "0001-01-01T00:00:00Z"
    reasons = {
        "result.duration is not an ISO 8601 duration with a length in seconds": broken["a"],
        "user.lastName is missing": broken["b"],
        "startDate is not a date and time with a time zone": broken["c"],
        "test is null": broken["d"],
        "endDate is not in the years 1970 to 2199": broken["e"],
    }
    with following_reference([*records[5:], *broken.values()]) as server:
        snapshot = smartia.refresh(settings_for(server.base_url, cache_dir))
    places = {row.reason: (row.page, row.record) for row in snapshot.rejected.itertuples()}
    served = {json.dumps(served.record): (served.page, served.place) for served in server.served}
    assert places == {reason: served[json.dumps(record)] for reason, record in reasons.items()}
    for row in snapshot.rejected.itertuples():
        assert json.loads(str(row.content))["sessionId"] == reasons[str(row.reason)]["sessionId"]
    assert rows_of(snapshot.sessions) == expected_rows(records[5:])
    manifest = snapshot.manifest
    assert (manifest.total, manifest.rows, manifest.rejected, manifest.missing) == (150, 145, 5, 0)


def test_a_session_that_ends_while_the_download_runs(cache_dir: Path) -> None:
    """A session that began long ago and ends after the first page was read is found, and costs no other one."""
    records = make_records(24, 150)
    late = make_records(25, 1)[0] | {"startDate": "2020-01-01T09:00:00.000Z", "endDate": "2026-01-01T10:00:00.000Z"}
    with following_reference(records) as server:
        server.arrivals = [late]
        server.page_size = 40
        snapshot = smartia.refresh(settings_for(server.base_url, cache_dir))
    assert rows_of(snapshot.sessions) == expected_rows([*records, late])
    manifest = snapshot.manifest
    assert (manifest.total, manifest.missing, manifest.duplicates) == (151, 0, 0)


def test_a_session_erased_at_the_source_is_erased_here(cache_dir: Path) -> None:
    """After a refresh nothing of a session that the API no longer has is in any file."""
    records = make_records(22, 30)
    gone = records[0]
    with following_reference(records) as server:
        settings = settings_for(server.base_url, cache_dir)
        smartia.refresh(settings)
        server.records = records[1:]
        sessions = smartia.load_sessions(settings, refresh="full")
    assert gone["sessionId"] not in set(sessions["session_id"])
    parquet = list(account_folder(settings).rglob("*.parquet"))
    held = pd.concat([pd.read_parquet(path) for path in parquet])
    assert gone["sessionId"] not in set(held["session_id"])
    assert len(held) == 29


def test_never_without_data(cache_dir: Path) -> None:
    """Mode "never" asks nobody: without data it says that nothing was downloaded."""
    with pytest.raises(NoSnapshotError):
        smartia.load_sessions(settings_for("http://127.0.0.1:9/api/v1", cache_dir), refresh="never")
    assert not cache_dir.exists()


def test_when_the_server_is_gone(cache_dir: Path) -> None:
    """Without the server "auto" warns and returns the last good data, "never" returns them, "full" raises."""
    with following_reference(make_records(23, 30)) as server:
        settings = settings_for(server.base_url, cache_dir, max_age_h=0)
        good = smartia.load_sessions(settings)
    before = files_of(account_folder(settings))
    with pytest.warns(
        UserWarning, match=r"^Showing the data of \d\d \w+ \d{4} \d\d:\d\d UTC, .* No connection"
    ) as caught:
        again = smartia.load_sessions(settings)
    assert caught[0].filename == __file__
    pd.testing.assert_frame_equal(again, good)
    pd.testing.assert_frame_equal(smartia.load_sessions(settings, refresh="never"), good)
    with pytest.raises(UnreachableError):
        smartia.load_sessions(settings, refresh="full")
    with pytest.raises(UnreachableError):
        smartia.refresh(settings)
    assert files_of(account_folder(settings)) == before


def test_without_data_a_failure_is_raised(cache_dir: Path) -> None:
    """Without any last good data "auto" raises what went wrong, such as a refused key."""
    with following_reference(make_records(23, 3)) as server, pytest.raises(KeyRefusedError):
        smartia.load_sessions(settings_for(server.base_url, cache_dir, key="wrong"))


def test_damage_without_a_server(cache_dir: Path) -> None:
    """When the copy is damaged and the server gone, the error is the server's, without a warning that shows nothing."""
    with following_reference(make_records(23, 30)) as server:
        settings = settings_for(server.base_url, cache_dir)
        smartia.load_sessions(settings)
    min(account_folder(settings).rglob("*.parquet")).unlink()
    with pytest.raises(UnreachableError):  # A warning would be an error as well, of another class.
        smartia.load_sessions(settings)
    with pytest.raises(SnapshotUnreadableError):
        smartia.load_sessions(settings, refresh="never")


def test_accounts_do_not_mix(cache_dir: Path) -> None:
    """Two servers, or a server and the demo college, keep their data apart in one cache folder."""
    with following_reference(make_records(1, 5)) as one, following_reference(make_records(2, 6)) as two:
        pair = [settings_for(server.base_url, cache_dir) for server in (one, two)]
        sizes = [len(smartia.load_sessions(settings)) for settings in pair]
        assert sizes == [len(open_account(settings).sessions) for settings in pair] == [5, 6]
    with pytest.raises(NoSnapshotError):
        open_account(Settings(cache_dir=cache_dir))
    assert source_name(pair[0]) == one.base_url


def test_an_organisation_without_sessions(cache_dir: Path) -> None:
    """No sessions at all are an empty frame with all its columns."""
    with following_reference([]) as server:
        sessions = smartia.load_sessions(settings_for(server.base_url, cache_dir))
    assert sessions.empty
    assert len(sessions.columns) == 31


def test_the_demo_college_needs_nothing(demo_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key the demo college opens without any network, twice the same, and with its stated misfits."""

    def no_network(*_: object) -> None:
        raise AssertionError("the demo college asked for the network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    first = smartia.refresh(demo_settings, mode="full")
    first_sessions = first.sessions
    second = smartia.refresh(demo_settings, mode="full")
    pd.testing.assert_frame_equal(second.sessions, first_sessions)
    assert first.manifest.snapshot_id == second.manifest.snapshot_id
    assert first.manifest.months == second.manifest.months
    assert first.manifest.full_at < second.manifest.full_at
    college = build_college(seed=2025, learners=6000, today=today_in_london(dt.datetime.now(dt.UTC)))
    manifest = second.manifest
    assert (manifest.rows, manifest.rejected) == (len(college) - college.misfits, college.misfits)
    assert (manifest.rows, manifest.missing, manifest.duplicates) == (len(second.sessions), 0, 0)
    assert "demo college" in manifest.source


def test_the_public_face() -> None:
    """The package offers what its docstring says."""
    assert set(smartia.__all__) == {"Settings", "Snapshot", "load_sessions", "refresh"}
