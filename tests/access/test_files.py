"""Files made for a reader: who may make them, who may fetch them, and how long."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from tests.access.clicks import assert_refused, open_card
from tests.access.conftest import COOKIE_KEY, College
from tests.running_app import wait_for
from tests.streams import Stream

REFUSAL = "Failed to generate file for download"


@contextmanager
def card(college: College, who: str) -> Iterator[Stream]:
    """Open a learner's card in a new browser."""
    with college.new_browser(who).open("learners") as stream:
        open_card(stream)
        yield stream


def sheet_id(stream: Stream) -> str:
    """What the button of the evidence sheet sends at the click."""
    [sheet] = [button for button in stream.elements("download_button") if button.label == "Evidence sheet to print"]
    assert sheet.url == ""
    return str(sheet.deferred_file_id)


def assert_not_made(stream: Stream, file_id: str) -> None:
    """A click gets a failure, and nothing of the data."""
    assert stream.ask_for_file(file_id) == ""
    assert stream.messages[-1].backend_operation_response.error_msg == REFUSAL


def test_a_sheet_lies_from_the_click_until_the_next_pages(college: College) -> None:
    """Before the click no address is named; two page runs later nothing is there for its own reader either."""
    http = college.browser_of("learner-access").http
    with card(college, "learner-access") as stream:
        assert "/media/" not in stream.everything().replace(stream.favicon, "")
        url = stream.ask_for_file(sheet_id(stream))
        assert len(college.identities_in(http.get(url).text)) > 0
        for _ in range(2):
            open_card(stream)
        assert http.get(url).status_code == 404


def test_nobody_makes_a_file_that_a_page_offered_to_another(college: College) -> None:
    """With the button's identifier of another's page, neither a stranger, an analyst nor a colleague gets a file."""
    with card(college, "learner-access") as stream:
        file_id = sheet_id(stream)
        for who in ("signed out", "analyst", "colleague"):
            with college.browser_of(who).open("") as other:
                assert_not_made(other, file_id)
        assert stream.ask_for_file(file_id)


def test_a_page_that_was_signed_out_makes_no_file(college: College) -> None:
    """After "Sign out" the session that still knows the identifier gets nothing."""
    with card(college, "learner-access") as stream:
        file_id = sheet_id(stream)
        button = next(button for button in stream.elements("button") if button.label == "Sign out")
        stream.run([WidgetState(id=button.id, trigger_value=True)])
        assert_not_made(stream, file_id)


def test_a_role_taken_away_takes_its_files_away(college: College) -> None:
    """Once the lists give less, a click on the page that stands open writes nothing, and what was written is closed."""
    before = college.secrets.read_text(encoding="utf-8")
    with card(college, "learner-access") as stream:
        file_id, http = sheet_id(stream), college.browser_of("learner-access").http
        url = stream.ask_for_file(file_id)
        assert http.get(url).is_success
        less = before.replace("analyst = [", 'analyst = ["mis@office.example", ').replace(
            '["mis@office.example", "t', '["t'
        )
        college.secrets.write_text(less, encoding="utf-8")
        try:
            wait_for(lambda: http.get(url).status_code == 403, 15, "the lists to be read")
            assert_not_made(stream, file_id)
        finally:
            college.secrets.write_text(before, encoding="utf-8")
            wait_for(lambda: http.get(url).is_success, 15, "the lists to be as before")


@pytest.mark.parametrize(("key", "change"), [("another-" + COOKIE_KEY, {}), (COOKIE_KEY, {"origin": "http://other"})])
def test_a_forged_sign_in_gets_no_file(college: College, key: str, change: dict[str, str]) -> None:
    """A cookie signed with another key, or made for another address of the app, is none; a true copy of it is one."""
    with card(college, "learner-access") as stream:
        url = stream.ask_for_file(sheet_id(stream))
    cookie = college.browser_of("learner-access").http.cookies[USER_COOKIE_NAME].strip('"')
    claims = decode_signed_value(COOKIE_KEY, USER_COOKIE_NAME, cookie)
    assert claims is not None
    thief = college.new_browser("signed out")
    thief.http.cookies.set(USER_COOKIE_NAME, _signed(key, json.loads(claims) | change))
    assert_refused(thief, url)
    thief.http.cookies.set(USER_COOKIE_NAME, _signed(COOKIE_KEY, json.loads(claims)))
    assert len(college.identities_in(thief.http.get(url).text)) > 0


def _signed(key: str, claims: dict[str, object]) -> str:
    return create_signed_value(key, USER_COOKIE_NAME, json.dumps(claims)).decode()


def test_a_list_is_taken_from_readers_with_learner_access_alone(college: College) -> None:
    """Under the session of one who has it, nobody else puts in a list or takes one away; nobody fetches one."""
    with college.browser_of("learner-access").open("groups") as stream:
        address = f"/_stcore/upload_file/{stream.session_id}/1"
        upload = {"file": ("list.csv", b"Username,Group\nsomebody,A\n", "text/csv")}
        for who, status in {"signed out": 403, "analyst": 403, "learner-access": 204}.items():
            http = college.browser_of(who).http
            token = {"x-xsrftoken": http.cookies["_streamlit_xsrf"].strip('"')}
            assert http.put(address, files=upload, headers=token).status_code == status
            assert http.delete(address, headers=token).status_code == status
            assert "somebody" not in http.get(address).text
        assert college.browser_of("learner-access").http.put(address, files=upload).status_code == 403
