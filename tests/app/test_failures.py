"""What the app says when the data cannot be had: what happened, what to do, no traceback and no key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import smartia
from smartia.connect import http, throttle
from smartia.settings import Settings
from smartia.ui.frame import DATA_PAGES
from tests.app.conftest import Open, open_app, plain
from tests.handmade import make_records, page_body
from tests.running_app import wait_for
from tests.servers import KEY, Act, drip, following_reference, keep_silent, nobody_listens, say, scripted

FAILURES = {
    "401": (say(401), "The API refused the key (401).", "Check SMARTIA_API_KEY"),
    "403": (say(403), "does not let it read Smart Initial Assessments (403)", "enable Smart IA for this key"),
    "404": (say(404), "There is no Smart IA service at this address (404).", "Check SMARTIA_BASE_URL"),
    "429": (say(429), "it gets too many requests (429)", "Wait some minutes"),
    "500": (say(500), "has a fault at its end (500)", "Nothing is wrong at your side"),
    "redirect": (
        say(302, headers={"location": "/login"}),
        "pointing to another one (302)",
        "The key was not sent there",
    ),
    "web page": (say(200, b"<!doctype html><title>Sign in</title>"), "A web page came back instead of data", "proxy"),
    "cut short": (say(200, b'{"data": ['), "could not be read as a page of sessions", "Try again"),
    "time-out": (keep_silent(2.5), "did not answer within", "Try again in some minutes"),
}


@pytest.fixture
def real_college(cache_dir: Path, monkeypatch: pytest.MonkeyPatch, one_try: None) -> pytest.MonkeyPatch:
    """An environment with a key and an empty cache, in which nothing is tried twice."""
    assert one_try is None
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
    monkeypatch.setenv("SMARTIA_API_KEY", KEY)
    monkeypatch.setenv("SMARTIA_OPEN_ROLE", "analyst")
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 1.0)
    monkeypatch.setattr(throttle, "PATIENCE_S", 0.0)
    return monkeypatch


@pytest.mark.parametrize(("act", "message", "remedy"), FAILURES.values(), ids=FAILURES.keys())
def test_a_first_download_that_fails_says_what_happened_and_what_to_do(
    real_college: pytest.MonkeyPatch, act: Act, message: str, remedy: str
) -> None:
    """Each failure has its own message and remedy, the key is nowhere, and one click tries again."""
    with scripted(act) as server:
        real_college.setenv("SMARTIA_BASE_URL", server.base_url)
        app = open_app()
        assert len(app.error) == 1
        shown = plain(app.error[0].value)
        assert message in shown
        assert remedy in shown
        assert message in plain(everything(app))
        assert KEY not in everything(app)
        assert not app.metric
        asked = len(server.asked)
        next(button for button in app.button if button.label == "Try again").click().run()
        assert len(server.asked) > asked


def test_an_impostor_gets_no_key_and_does_not_hold_the_app(real_college: pytest.MonkeyPatch) -> None:
    """A redirect with a password in it, a next page on another host and an endless drip each end with a message."""
    real_college.setattr(http, "DEADLINE_S", 0.5)
    record = make_records(seed=3, size=1)
    with scripted(say(200, page_body(record))) as thief:
        elsewhere = thief.base_url.replace("http://", "http://user:pass@")
        acts = {
            "The key was not sent there": [say(307, headers={"location": elsewhere})],
            "lead nowhere": [say(200, page_body(record, total=900, nextCursor=f"{thief.base_url}/next?key="))],
            "did not answer within": [drip(b"HTTP/1.1 200 OK\r\nx-slow: ", pieces=400, pause_s=0.02)],
        }
        for message, script in acts.items():
            with scripted(*script) as server:
                real_college.setenv("SMARTIA_BASE_URL", server.base_url)
                app = open_app()
                assert message in plain(app.error[0].value)
                assert thief.base_url not in everything(app)
                assert {asked.headers["x-api-key"] for asked in server.asked} == {KEY}
                assert [button.disabled for button in app.button if button.label == "Try again"] == [False]
        assert thief.asked == []


def test_no_connection_says_so(real_college: pytest.MonkeyPatch) -> None:
    """Where nothing listens, the app names the host and what IT can do."""
    real_college.setenv("SMARTIA_BASE_URL", nobody_listens())
    app = open_app()
    assert "No connection to 127.0.0.1." in plain(app.error[0].value)
    assert "proxy" in app.error[0].value


def test_a_failed_refresh_keeps_the_last_good_data_and_says_so(real_college: pytest.MonkeyPatch) -> None:
    """After a good download the server breaks: the figures stay, with their date and the reason."""
    with following_reference(make_records(seed=3, size=40)) as server:
        real_college.setenv("SMARTIA_BASE_URL", server.base_url)
        before = open_app()
        server.fail_from = 1
        button = next(button for button in before.button if button.label == "Refresh data")
        button.click().run()
        after = wait_for_failure(before)
    assert [metric.value for metric in after.metric] == [metric.value for metric in before.metric]
    assert any("The refresh failed; the figures are those of" in plain(warning.value) for warning in after.warning)
    assert any("has a fault at its end (500)" in plain(warning.value) for warning in after.warning)


def test_a_server_that_follows_the_reference_is_shown_in_full(real_college: pytest.MonkeyPatch) -> None:
    """The app counts exactly the sessions that another server holds, and shows no demo banner."""
    records = make_records(seed=5, size=230)
    with following_reference(records) as server:
        real_college.setenv("SMARTIA_BASE_URL", server.base_url)
        app = open_app(attempts="All")
    assert app.metric[0].value == "230"
    assert app.metric[1].value == str(len({record["user"]["userId"] for record in records}))
    assert not app.info


def test_an_empty_account_says_that_there_is_nothing(real_college: pytest.MonkeyPatch) -> None:
    """An organisation without sessions gets a plain message on every page."""
    with scripted(say(200, page_body([], total=0))) as server:
        real_college.setenv("SMARTIA_BASE_URL", server.base_url)
        real_college.setenv("SMARTIA_OPEN_ROLE", "learner-access")
        for page, _, _ in DATA_PAGES:
            app = open_app(page)
            assert "no completed session" in app.info[0].value


def test_an_account_of_nothing_but_misfits_shows_why(real_college: pytest.MonkeyPatch) -> None:
    """Where every record had to be set aside, Data quality still lists each with its reason."""
    records = make_records(seed=9, size=3)
    for record in records:
        record["user"].pop("lastName", None)
    with scripted(say(200, page_body(records, total=3))) as server:
        real_college.setenv("SMARTIA_BASE_URL", server.base_url)
        app = open_app("pages/data_quality.py")
    assert {metric.label: metric.value for metric in app.metric}["Set aside"] == "3"
    assert app.dataframe[0].value.to_dict("records") == [{"reason": "user.lastName is missing", "n": 3}]


def test_a_setting_that_is_wrong_is_named(real_college: pytest.MonkeyPatch) -> None:
    """A base URL that would send the key unencrypted is refused with the reason, and nothing is sent."""
    real_college.setenv("SMARTIA_BASE_URL", "http://college.example/api/v1")
    app = open_app()
    assert "would travel unencrypted" in app.error[0].value


def test_a_damaged_copy_is_downloaded_anew(demo_college: Settings, open_page: Open) -> None:
    """A manifest that cannot be read costs a download, not the app."""
    manifest = demo_college.cache_dir / "demo" / "manifest.json"
    manifest.write_bytes(b"{")
    app = open_page()
    wait_for(lambda: bool(app.run().metric), 60, "the download")  # a busy machine shows its progress first
    rows = app.metric[0].value
    assert rows == open_page().metric[0].value
    assert len(smartia.load_sessions(demo_college, refresh="never")) > int(rows.replace(",", ""))


def test_filters_that_leave_nothing_say_so(open_page: Open) -> None:
    """A combination that no session fits gets a message instead of empty charts."""
    app = open_page(
        gender=["other"], age=["under 16"], year=["2023/24"], test=["English Written Smart Initial Assessment"]
    )
    assert "No session fits these filters" in app.info[-1].value
    assert not app.metric


def test_a_link_that_asks_for_what_is_not_there_says_so(open_page: Open) -> None:
    """A shared link with a subject that these data lack is not silently read as "all"."""
    app = open_page(subject=["Welsh *Baccalaureate*"])
    assert "Welsh *Baccalaureate*, which these data do not have" in plain(app.warning[0].value)


def wait_for_failure(app: AppTest) -> AppTest:
    """Run the page until the refresh in the background has ended."""
    for _ in range(100):
        app.run()
        if app.warning:
            return app
    raise AssertionError("the refresh did not fail")


def everything(app: AppTest) -> str:
    """All that the app sent to the browser."""

    def parts(node: Any) -> Iterator[str]:
        yield str(getattr(node, "proto", ""))
        for child in getattr(node, "children", {}).values():
            yield from parts(child)

    return "\n".join(text for block in (app.main, app.sidebar) for text in parts(block))
