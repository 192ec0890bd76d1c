"""What sign-in does on an open page: settings that fall short, roles that change, lists that must go."""

import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from smartia.settings import Settings
from smartia.ui import readers
from smartia.ui.file_guard import FileGuard
from tests.app.conftest import ROOT, TIMEOUT_S, plain

AUTH = {
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "cookie_secret": "0123456789abcdef" * 4,
    "client_id": "the-app",
    "client_secret": "a-secret",
    "server_metadata_url": "https://accounts.google.com/.well-known/openid-configuration",
}
ADDRESS = "jo@college.ac.uk"
FIGURES = "sessions"


def lists(role: str) -> dict[str, Any]:
    """The section [smartia] with such a role for the reader."""
    return {"access": {role: [ADDRESS]}}


def user(**more: object) -> dict[str, object]:
    """What Streamlit knows of a reader who has just signed in."""
    claims: dict[str, object] = {"is_logged_in": True, "provider": "default", "iss": "https://accounts.google.com"}
    claims |= {
        "aud": "the-app",
        "iat": int(time.time()),
        "email": ADDRESS,
        "email_verified": True,
        "hd": "college.ac.uk",
    }
    return claims | more


@pytest.fixture
def signed_in(demo_college: Settings, private_place: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The app before its first run, with sign-in and a reader with learner access; the demo college asks too."""
    assert not (private_place / ".streamlit").exists()
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(demo_college.cache_dir))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S)
    app.secrets["auth"] = AUTH
    app.secrets["smartia"] = lists("learner-access")
    app.user = user()
    return app


def shown(app: AppTest) -> str:
    """Every text on the page and in the sidebar."""
    assert not app.exception, app.exception
    parts = [element.value for element in (*app.title, *app.markdown, *app.caption, *app.error, *app.warning)]
    return plain(" ".join(parts)).replace("\N{WORD JOINER}", "")


def check_nothing_is_shown(app: AppTest) -> None:
    """No figure, chart, filter or navigation."""
    assert not app.metric
    assert not app.dataframe
    assert not app.get("vega_lite_chart")
    assert not app.sidebar.children
    assert FIGURES not in shown(app)


@pytest.mark.parametrize(
    ("auth", "smartia", "words"),
    [
        (None, lists("viewer"), "but not how readers sign in"),
        (AUTH | {"cookie_secret": "short"}, lists("viewer"), "cookie_secret is too short"),
        ("x", lists("viewer"), "auth is not a section"),
        (AUTH, {"access": {"viewers": [ADDRESS]}}, "Did you mean viewer?"),
        (AUTH, {"acces": {"viewer": [ADDRESS]}}, "section or list that smartia does not know"),
        (AUTH, "x", "smartia is not a section"),
    ],
)
def test_sign_in_that_is_half_set_up_shows_no_data(signed_in: AppTest, auth: Any, smartia: Any, words: str) -> None:
    """Each such mistake is an error page and nothing else; it never opens the app to everyone."""
    del signed_in.secrets["auth"]
    if auth is not None:
        signed_in.secrets["auth"] = auth
    signed_in.secrets["smartia"] = smartia
    signed_in.run()
    assert words in shown(signed_in)
    check_nothing_is_shown(signed_in)


def test_sign_in_without_the_library_for_it_shows_no_data(signed_in: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Authlib is missing the page says how to install it."""
    monkeypatch.setattr(readers.importlib.util, "find_spec", {"authlib": None}.__getitem__)
    signed_in.run()
    assert "pip install 'Authlib>=1.3.2'" in shown(signed_in)
    check_nothing_is_shown(signed_in)


def test_a_header_of_the_request_is_no_sign_in(signed_in: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit's option to take the reader from a header is refused where it could say what the token says."""
    options = {"server.trustedUserHeaders": {"X-Who": "email"}}
    get_option = readers.st.get_option
    monkeypatch.setattr(readers.st, "get_option", lambda name: options.get(name) or get_option(name))
    signed_in.run()
    assert "server.trustedUserHeaders" in shown(signed_in)
    check_nothing_is_shown(signed_in)


def test_a_file_of_secrets_that_breaks_opens_nothing(private_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the key and a role in the environment, a secrets.toml that cannot be read is an error, not an open app."""
    monkeypatch.setenv("SMARTIA_API_KEY", "a-key")
    monkeypatch.setenv("SMARTIA_OPEN_ROLE", "learner-access")
    path = private_place / "secrets.toml"
    path.write_text("[smartia.access\nviewer = []\n", encoding="utf-8")
    get_option = readers.st.get_option
    monkeypatch.setattr(
        readers.st, "get_option", lambda name: [str(path)] if name == "secrets.files" else get_option(name)
    )
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S)
    app.run()
    assert "not valid TOML" in shown(app)
    assert str(private_place) not in shown(app)
    check_nothing_is_shown(app)


def test_sign_in_without_lists_says_what_to_write_there(signed_in: AppTest) -> None:
    """Before there are lists a data lead can sign in and read the address to put on one; nobody sees more."""
    signed_in.secrets["smartia"] = {"OPEN_ROLE": "learner-access"}
    signed_in.run()
    assert f"You are signed in as **{ADDRESS}**" in shown(signed_in)
    assert "the settings lack the section `[smartia.access]`" in shown(signed_in)
    check_nothing_is_shown(signed_in)


def test_a_role_holds_for_one_run(signed_in: AppTest) -> None:
    """A page that is open follows the lists and the clock at the next run: less, nothing, and sign in again."""
    signed_in.switch_page("pages/learners.py")
    signed_in.run()
    assert "Signed in as **jo@college.ac.uk**: learner access" in shown(signed_in)
    assert "accounts can be searched" in shown(signed_in)
    signed_in.secrets["smartia"] = lists("analyst")
    signed_in.run()
    assert "analyst (all figures, no learners)" in shown(signed_in)
    assert not signed_in.text_input
    assert not signed_in.dataframe
    assert "put you on that list" in signed_in.info[-1].value
    signed_in.secrets["smartia"] = {"access": {"learner-access": ["another@college.ac.uk"]}}
    signed_in.run()
    assert "on none of the lists" in shown(signed_in)
    check_nothing_is_shown(signed_in)
    signed_in.secrets["smartia"] = lists("learner-access")
    signed_in.user = user(iat=int(time.time()) - 13 * 3600)
    signed_in.run()
    assert "Your sign-in has ended" in shown(signed_in)
    check_nothing_is_shown(signed_in)


def test_a_way_to_start_the_app_that_guards_no_files_is_pointed_out(
    signed_in: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where files are open to whoever has their address, readers who could make one with a name are told."""
    words = "an address that asks nobody who fetches it"
    signed_in.run()
    assert words in shown(signed_in)
    signed_in.secrets["smartia"] = lists("analyst")
    assert words not in shown(signed_in.run())
    signed_in.secrets["smartia"] = lists("learner-access")
    monkeypatch.setattr(FileGuard, "is_in_place", True)
    assert words not in shown(signed_in.run())


def test_a_list_goes_with_the_role_it_was_brought_with(signed_in: AppTest) -> None:
    """Who loses learner access loses the uploaded list and its groups, on every page, for good."""
    for key in ("learner_list", "learner_list_match", "learner_list_draft", "grouping", "group"):
        signed_in.session_state[key] = "kept"
    signed_in.secrets["smartia"] = lists("analyst")
    signed_in.run()
    assert signed_in.metric
    assert not {
        key for key in ("learner_list", "learner_list_match", "learner_list_draft") if key in signed_in.session_state
    }


def test_a_click_of_one_who_may_no_longer_starts_no_download(
    signed_in: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The button "Refresh data" runs before the page asks who reads, so it asks by itself."""
    started = []
    monkeypatch.setattr("smartia.ui.jobs.RefreshJob.refresh_now", lambda *_: started.append(1))
    signed_in.run()
    button = next(button for button in signed_in.button if button.label == "Refresh data")
    signed_in.secrets["smartia"] = {"access": {"viewer": ["another@college.ac.uk"]}}
    button.click().run()
    assert started == []
    assert "on none of the lists" in shown(signed_in)
