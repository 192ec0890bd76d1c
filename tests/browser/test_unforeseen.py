"""What a reader and the log are told when a page fails in a way that nobody foresaw."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

import smartia
from smartia.settings import Settings
from tests.browser.conftest import visit
from tests.running_app import wait_for


def test_an_unforeseen_error_shows_no_detail_and_logs_no_value(
    demo_context: BrowserContext, demo_app: str, demo_folder: Path
) -> None:
    """`streamlit run`: a KeyError that quotes a name is a plain page; the log has its type and place, not the name."""
    name = str(smartia.load_sessions(Settings(cache_dir=demo_folder), refresh="never")["full_name"].iloc[0])
    log = demo_folder / "server.log"
    with visit(demo_context, demo_app) as tab:
        received: list[bytes] = []

        def note(frame: str | bytes) -> None:
            received.append(frame if isinstance(frame, bytes) else frame.encode())

        tab.page.on("websocket", lambda channel: channel.on("framereceived", note))
        tab.page.goto(f"{demo_app}/broken")
        shown = tab.page.get_by_test_id("stException")
        expect(shown).to_contain_text("encountered an error", timeout=30_000)
        assert "KeyError" not in shown.inner_text()
    wait_for(lambda: "builtins.KeyError" in log.read_text(), 5, "the error in the log")
    assert re.search(r"pages/broken\.py:7 <module>", log.read_text())
    assert name not in log.read_text()
    assert not any(name.encode() in frame or b"KeyError" in frame for frame in received)
    assert received
