"""First steps: where the key comes from and where it goes, and a test that says what stands in the way."""

import os
import re
import threading

import streamlit as st

from smartia.access import Reader
from smartia.errors import KeyRefusedError, SmartiaError
from smartia.loading import count_waiting
from smartia.settings import VENDOR_BASE_URL, Settings
from smartia.ui import messages
from smartia.ui.configuration import has_secrets_file
from smartia.ui.text import count, escape

_KEY = "SMARTIA_API_KEY"
_SECRETS = f'[smartia]\n{_KEY} = ""'
_RUN = "streamlit run app.py --server.address localhost --server.allowedHosts localhost"
_UNIX = f".venv/bin/{_RUN}"
_WINDOWS = f".venv\\Scripts\\{_RUN}"
_ASK_UNIX = f"read -rs {_KEY} && export {_KEY}\n{_UNIX}"
_ASK_WINDOWS = f'$env:{_KEY} = Read-Host "Connect API key"\n{_WINDOWS}'
_QUOTES = "\"'`"

_one_test_at_a_time = threading.Lock()


def show_guide() -> None:
    """Say where the key comes from and where it goes. No text here holds a key."""
    st.header("1. Ask for the key")
    st.markdown(
        "Ask CENTURY for a **Connect API key** that may read **Smart Initial Assessments**, for your whole "
        "organisation. smartia knows no other way to one. The key is a password: whoever has it can read your "
        "learners' names, dates of birth and results. Do not send it by e-mail, and put it nowhere but in one of the "
        "places below."
    )
    st.header("2. Put it in one place")
    here, cloud, environment = st.tabs(["On this computer", "Community Cloud", "Environment variable"])
    with here:
        st.markdown(
            "In the folder `.streamlit`, which lies beside `app.py`, copy `secrets.example.toml` to `secrets.toml`, "
            "and paste the key between the quotation marks. Git leaves that file alone. These two lines are enough:"
        )
        st.code(_SECRETS, language=None)
        st.markdown("Save the file and start the app again, open to this computer alone: on Linux or macOS")
        st.code(_UNIX, language=None, wrap_lines=True)
        st.markdown("and on Windows, in PowerShell")
        st.code(_WINDOWS, language=None, wrap_lines=True)
    with cloud:
        st.markdown(
            "On Streamlit Community Cloud, first make the app private, in its settings: a public app serves everybody. "
            "Then paste these lines into its *Secrets* box, with the key between the quotation marks, and save."
        )
        st.code(_SECRETS, language=None)
    with environment:
        st.markdown(
            f"For a server whose host keeps secrets of its own: set `{_KEY}` there. It wins over `secrets.toml`. To "
            "try it in a terminal without the key in its history, on Linux or macOS, where what you paste stays hidden:"
        )
        st.code(_ASK_UNIX, language=None, wrap_lines=True)
        st.markdown("On Windows, in PowerShell, where it does:")
        st.code(_ASK_WINDOWS, language=None, wrap_lines=True)
    st.markdown(
        f"Leave `SMARTIA_BASE_URL` out: the address is `{VENDOR_BASE_URL}`, unless CENTURY names another. Before real "
        "learners are shown, decide who may see them: the README says how, under “Who can open it”."
    )


def show_test(settings: Settings, reader: Reader) -> None:
    """Offer to test the connection, to readers who may: nothing is asked before the click, and one request then.

    Where readers sign in, viewers may not; where nobody does, whoever opens the app may refresh the data as well.
    """
    st.header("3. Test the connection")
    exact = reader.role.sees_exact_figures
    if reader.address is not None and not exact:
        st.caption("Analysts, and readers with learner access, can test the connection here.")
        return
    st.markdown(_present(settings))
    pressed = st.button(
        "Test the connection",
        icon=":material/cable:",
        help="Asks the API for one session with the settings of this app, shows nothing of it, and keeps nothing.",
    )
    if pressed:
        with st.spinner("Asking the API …"):
            _test(settings, exact=exact)


def _present(settings: Settings) -> str:
    """What the settings say by now, without a request."""
    if settings.is_demo:
        return "This app has no key: it shows the demo college."
    return f"This app has a key, from {_place_of_key()}, for {escape(settings.base_url)}"


def _test(settings: Settings, *, exact: bool) -> None:
    if settings.is_demo:
        st.error(f"**No key is set, so nobody was asked.** {_why_no_key()}", icon=":material/key_off:")
        return
    if not _one_test_at_a_time.acquire(blocking=False):
        st.info("Another test is under way. Press the button again in a moment.", icon=":material/hourglass_top:")
        return
    try:
        sessions = count_waiting(settings)
    except SmartiaError as failure:
        st.error(_with_doubts(failure, settings.api_key or ""), icon=":material/error:")
        return
    finally:
        _one_test_at_a_time.release()
    waiting = "" if not exact else f" {_waiting(sessions)}"
    st.success(f"**The connection works.**{waiting}", icon=":material/check_circle:")
    st.page_link("app.py", label="Open the Overview", icon=":material/home:")


def _waiting(sessions: int) -> str:
    if not sessions:
        return "The API knows the key, and your organisation has no completed session yet."
    return f"The API has {count(sessions, 'completed session')} of your organisation."


def _why_no_key() -> str:
    again = "Then start the app again."
    if not has_secrets_file():
        return (
            "There is no file `.streamlit/secrets.toml` where this app looks: beside `app.py`, if it was started from "
            f"that folder. A file that is still called `secrets.example.toml` does not count. Make it as above. {again}"
        )
    return (
        f"There is a `secrets.toml`, but it has no `{_KEY}` with a text between its quotation marks, below a line "
        f"`[smartia]`. {again}"
    )


def _place_of_key() -> str:
    return "the environment variable" if os.environ.get(_KEY, "").strip() else "`secrets.toml`"


def _with_doubts(failure: SmartiaError, key: str) -> str:
    """What stands in the way; where the key was refused, also what looks odd about it."""
    text = messages.failure_text(failure)
    if not isinstance(failure, KeyRefusedError):
        return text
    doubts = doubts_of_key(key)
    return " ".join([text, *map(escape, doubts), f"The key that was sent is that of {_place_of_key()}."])


def doubts_of_key(key: str) -> list[str]:
    """Say what looks unlike a key, in sentences that repeat nothing of it.

    What form CENTURY's keys have is published nowhere: none of this is an error by itself.
    """
    doubts = []
    if key[:1] in _QUOTES or key[-1:] in _QUOTES:
        doubts.append("It begins or ends with a quotation mark, which was probably copied with it.")
    if re.match(rf"(x-api-key|{_KEY})\s*[:=]|bearer", key, re.IGNORECASE):
        doubts.append("It begins with a name or a word that stands before a key, and is not part of it.")
    if "://" in key or "@" in key:
        doubts.append("It looks like an address.")
    if re.search(r"\.\.|\*\*|[<>]", key):
        doubts.append("It holds dots, stars or brackets as they stand for something that was left out.")
    return doubts
