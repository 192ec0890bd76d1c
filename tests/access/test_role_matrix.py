"""Every page for every reader: what comes over HTTP and the websocket holds no byte of a learner where it must not."""

from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from smartia.ui.frame import DATA_PAGES, PAGES, PLAIN_PAGES
from tests.access.clicks import assert_refused, levers, open_card, unfold
from tests.access.conftest import COLLEAGUES, PEOPLE, College
from tests.running_app import wait_for
from tests.streams import Stream

ROOT = Path(__file__).parents[2]
FILES = ["app.py", *(f"pages/{path.name}" for path in sorted((ROOT / "pages").glob("*.py")))]
TITLES = {file: title for file, title, _ in PAGES}
OUTSIDERS = {
    "signed out": "Sign in with your work account",
    "ended": "Your sign-in has ended.",
    "unverified": "does not prove that this address is yours",
    "unlisted": "on none of the lists",
}
"""Who is let in nowhere, and what they are told."""
PUBLISHED = {"Overview", "Levels", "Durations", "Trends", "Rooms", "Report"}
"""Pages with a file for viewers; the first choices of Profiles are one subject twice, which gives no table."""
LEARNER_FREE = {"Groups", "Rooms", "Report", *(title for _, title, _ in PLAIN_PAGES)}
"""Pages that name nobody until a list is brought, or at all."""


def path_of(file: str) -> str:
    """Name the address of a page's file."""
    return "" if file == "app.py" else Path(file).stem


@pytest.mark.parametrize("who", ["signed out", *PEOPLE])
@pytest.mark.parametrize("file", FILES)
def test_a_page_sends_a_reader_what_the_role_allows(college: College, file: str, who: str) -> None:
    """Opened by its link, unfolded, and with every switch on: outsiders get no figure, learner access gets people.

    Each file that the page offers is given to its reader, and to nobody else.
    """
    with college.browser_of(who).open(path_of(file)) as stream:
        if who in OUTSIDERS:
            assert OUTSIDERS[who] in stream.texts()
            assert stream.kinds == {"heading", "markdown", "button"}
            assert [button.label for button in stream.elements("button")] in (["Sign in"], ["Sign out"])
        else:
            assert TITLES[file] in [heading.body for heading in stream.elements("heading")]
            unfold(stream)
            stream.run(levers(stream))
        assert not stream.elements("exception")
        found = college.identities_in(stream.everything())
        if who != "learner-access":
            assert len(found) == 0, "a learner's details came"
        elif TITLES[file] not in LEARNER_FREE:
            assert len(found) > 0
        offered = check_files(college, who, stream)
        shows_data = file in {path for path, _, _ in DATA_PAGES}
        exact = who in ("analyst", "learner-access") and shows_data
        assert (offered > 0) == (exact or (who == "viewer" and TITLES[file] in PUBLISHED))
        labels = {button.label for button in stream.elements("download_button")}
        assert ("Sessions counted" in labels) == (shows_data and who == "learner-access")


def check_files(college: College, who: str, stream: Stream) -> int:
    """Take every file that a page offers, and try to as everybody else; gives how many there are."""
    buttons = stream.elements("download_button")
    for button in buttons:
        url = button.url or stream.ask_for_file(button.deferred_file_id)
        assert len(Path(url).stem) >= 32
        assert college.browser_of(who).http.get(url).content
        for other in {"signed out", *PEOPLE, *COLLEAGUES} - {who}:
            assert_refused(college.browser_of(other), url)
    return len(buttons)


def test_every_page_is_tried() -> None:
    """The files tried are those that the navigation shows, and all there are."""
    assert sorted(TITLES) == sorted(FILES)
    assert set(OUTSIDERS) | {"viewer", "analyst", "learner-access"} == {"signed out", *PEOPLE}


def test_what_a_reader_with_learner_access_did_helps_nobody_else(college: College) -> None:
    """The same clicks sent by others, the session's own name, and its file before the click give others nothing."""
    with college.browser_of("learner-access").open("learners") as stream:
        states = open_card(stream)
        assert len(college.identities_in(stream.everything())) > 20
        session = stream.session_id
        [sheet] = [button for button in stream.elements("download_button") if button.label == "Evidence sheet to print"]
        assert sheet.url == ""
        for who in ("signed out", "analyst"):
            check_the_same_clicks(college, who, states, session)
    for who in ("signed out", "analyst"):
        check_the_same_clicks(college, who, states, session)


def check_the_same_clicks(college: College, who: str, states: list[WidgetState], session: str) -> None:
    """Come back under another reader's session, send the same clicks, and see no learner."""
    with college.browser_of(who).open("learners", session=session) as stream:
        assert stream.session_id != session
        stream.run(states)
        assert len(college.identities_in(stream.everything())) == 0


def test_signing_out_ends_it_on_the_server_too(college: College) -> None:
    """After "Sign out" the page asks for sign-in, a next one too, and the session cannot be taken up again."""
    browser = college.new_browser("learner-access")
    with browser.open("learners") as stream:
        button = next(button for button in stream.elements("button") if button.label == "Sign out")
        stream.run([WidgetState(id=button.id, trigger_value=True)])
        assert OUTSIDERS["signed out"] in stream.texts()
        session = stream.session_id
        browser.follow(stream)
    with browser.open("learners", session=session) as stream:
        assert OUTSIDERS["signed out"] in stream.texts()
        assert len(college.identities_in(stream.everything())) == 0


def test_a_page_that_stands_open_follows_the_lists(college: College) -> None:
    """Once a role is taken away in the file, the page's own look at the sign-in, without a click, empties the page."""
    before = college.secrets.read_text(encoding="utf-8")
    with college.new_browser("learner-access").open("learners") as stream:
        [look] = {m.auto_rerun.fragment_id for m in stream.messages if m.WhichOneof("type") == "auto_rerun"}
        stream.run(fragment=look)
        assert OUTSIDERS["unlisted"] not in stream.texts()
        college.secrets.write_text(before.replace("mis@office.example", "other@office.example"), encoding="utf-8")
        try:
            wait_for(lambda: _is_refused(stream, look), 15, "the page to follow its lists")
            assert stream.kinds == {"heading", "markdown", "button"}
        finally:
            college.secrets.write_text(before, encoding="utf-8")
            wait_for(lambda: not _is_refused(stream, ""), 15, "the lists to be as before")


def _is_refused(stream: Stream, look: str) -> bool:
    stream.run(fragment=look)
    return OUTSIDERS["unlisted"] in stream.texts()
