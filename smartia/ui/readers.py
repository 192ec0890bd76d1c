"""Who reads a page, and with which role: asked anew at every run, before anything of the data is touched."""

import datetime as dt
import importlib.util
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Literal, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from smartia.access import SECTION, Reader
from smartia.errors import SettingsError
from smartia.settings import Settings
from smartia.sign_in import BELIEVED, GUIDE, Doubt, Provider, SignedIn, Unproven, examine
from smartia.ui import messages
from smartia.ui.configuration import read_auth, read_settings
from smartia.ui.text import escape

_CHECK_EVERY_S = 60.0

Written = TypeVar("Written")
asking: ContextVar[Mapping[str, object] | None] = ContextVar("asking", default=None)
"""What the sign-in of whoever has the present websocket says; None where the file guard does not look."""


def reader_or_stop(settings: Settings) -> Reader:
    """Say who reads the present page; asks for sign-in, or says that there is no access, and ends the run.

    Without sign-in in the settings everyone has the role that they say, and the demo college is open in full. With it
    the demo college asks too, so that the lists can be tried before a key is there.
    """
    try:
        found = find_reader(settings)
    except SettingsError as failure:
        st.title("smartia")
        messages.show_failure(failure)
        st.stop()
    if isinstance(found, Reader):
        return found
    if found.doubt in (Doubt.SIGNED_OUT, Doubt.ENDED):
        _ask_for_sign_in(has_ended=found.doubt is Doubt.ENDED)
    else:
        _refuse(found, settings)
    return st.stop()


def find_reader(settings: Settings, claims: Mapping[str, object] | None = None) -> Reader | Unproven:
    """Say who reads, or why nobody is let in; draws nothing.

    Args:
        settings: The present settings.
        claims: What a sign-in says of the reader; without it, what Streamlit knows of the reader of the present run.

    Raises:
        SettingsError: Sign-in is set up in part, or in an unsafe way.
    """
    section = read_auth()
    if section is None:
        if settings.access is not None:
            raise SettingsError(
                f"The settings say in {SECTION} who may see what, but not how readers sign in.", f"Add [auth]. {GUIDE}"
            )
        return Reader(settings.role)
    claims = st.user.to_dict() if claims is None else claims
    found = examine(claims, _provider_of(section), dt.datetime.now(dt.UTC))
    if not isinstance(found, SignedIn):
        return found
    role = settings.access.role_of(found.address) if settings.access else None
    return Unproven(Doubt.UNLISTED, found.address) if role is None else Reader(role, found.address, found.until)


def may_still(reader: Reader, claims: Mapping[str, object] | None = None) -> bool:
    """Whether a sign-in, or that of the present run, holds and gives the very role that a page was drawn with."""
    try:
        return find_reader(read_settings(), claims) == reader
    except SettingsError:
        return False


def if_still(reader: Reader, act: Callable[[], None]) -> None:
    """Act on a click, which comes before the page asks who reads, if the reader is the one that it was offered to."""
    if may_still(reader):
        act()


def written_while(reader: Reader, write: Callable[[], Written]) -> Callable[[], Written]:
    """Wrap what writes a file at the click: it asks anew whether the sign-in and the role of the page still hold.

    Streamlit calls it outside of any run, for whichever page sends the button's identifier. So who is signed in is
    looked up twice: in the session for which the button was drawn, which a sign-out empties, and, under the file guard,
    in the sign-in of the browser that asks.

    Args:
        reader: Who reads the page that offers the file.
        write: Makes the file's content.

    Returns:
        What to hand to `st.download_button`. It raises PermissionError before anything is written.
    """
    run = get_script_run_ctx()
    session = {} if run is None else run.user_info  # not a copy

    def write_if_still() -> Written:
        asked_by = asking.get()
        if not may_still(reader, dict(session)) or not (asked_by is None or may_still(reader, asked_by)):
            raise PermissionError("this reader may no longer have what the page offered")
        return write()

    return write_if_still


def draw_reader(reader: Reader) -> None:
    """Say who is signed in, with which role, and let them sign out; nothing where nobody signs in."""
    if reader.address is None:
        return
    st.caption(f"Signed in as **{escape(reader.address)}**: {reader.role.words}")
    _draw_sign_out("stretch")
    _watch_sign_in(reader)


@st.fragment(run_every=_CHECK_EVERY_S)
def _watch_sign_in(reader: Reader) -> None:
    """Start the page anew as soon as the sign-in has ended or the role has changed, whether anybody clicks or not."""
    if not may_still(reader):
        st.rerun(scope="app")


def _draw_sign_out(width: Literal["stretch", "content"]) -> None:
    st.button("Sign out", on_click=_sign_out, icon=":material/logout:", width=width)


def _sign_out() -> None:
    st.session_state.clear()  # with it a list that was uploaded
    st.logout()


def _ask_for_sign_in(*, has_ended: bool) -> None:
    st.title("smartia")
    st.markdown(
        "Your sign-in has ended. Sign in again to go on."
        if has_ended
        else "Sign in with your work account to see what the Smart Initial Assessments say."
    )
    st.button("Sign in", on_click=st.login, type="primary", icon=":material/login:")
    st.caption("Afterwards you see the Overview. If you came by a link, open it again.")


def _refuse(found: Unproven, settings: Settings) -> None:
    st.title("No access")
    if found.address is None:
        st.markdown("You are signed in, but with an account that gives smartia no e-mail address.")
    else:
        st.markdown(f"You are signed in as **{escape(found.address)}**.")
    st.markdown(
        {
            Doubt.UNLISTED: "This address is on none of the lists of people who may use this app.",
            Doubt.UNVERIFIED: "Your account does not prove that this address is yours, so it does not count here. Sign "
            "in with your work account.",
            Doubt.ELSEWHERE: "That was under earlier settings of this app. Sign out, and sign in again.",
        }[found.doubt]
    )
    if found.doubt is Doubt.UNLISTED and settings.access is None:
        st.markdown(f"Nobody is on a list yet: the settings lack the section `{SECTION}`.")
    st.markdown("If you need it for your work, ask your data lead, or whoever runs smartia, and name this address.")
    _draw_sign_out("content")


def _provider_of(section: Mapping[str, object]) -> Provider:
    provider = Provider.from_section(section)
    if importlib.util.find_spec("authlib") is None:
        raise SettingsError(
            "The settings ask readers to sign in, but the part of smartia for it is not installed.",
            "Install it by pip install 'Authlib>=1.3.2', and start the app again.",
        )
    headers = st.get_option("server.trustedUserHeaders")
    if isinstance(headers, Mapping) and not set(BELIEVED).isdisjoint(headers.values()):
        raise SettingsError(
            "The option server.trustedUserHeaders would let a request's header say who signed in.",
            "Take it out of config.toml: smartia believes the identity provider alone.",
        )
    return provider
