"""The middleware by which a file is given to the very reader to whom the app named its address, and to nobody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.auth_util import get_origin_from_redirect_uri
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.url_util import make_url_path
from streamlit.web.server.starlette.starlette_gzip_middleware import _route_path
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import (
    _get_signed_cookie_with_chunks,
    _parse_decoded_user_cookie,
)

from smartia.access import Reader, Role
from smartia.errors import SettingsError
from smartia.ui.configuration import read_auth, read_settings
from smartia.ui.readers import asking, find_reader

_MEDIA: Final = "media/"
_UPLOADS: Final = "_stcore/upload_file/"
_MOST_FILES: Final = 10_000
"""Files whose readers are remembered; Streamlit itself drops a download two page runs after its click."""

_Person = tuple[str, Role]


class FileGuard:
    """Where readers sign in, answers for a file only the reader whose page was told its address, while the role holds.

    Streamlit keeps what a download button offers at an address of the file's own, and asks nobody who fetches it. This
    reads on its way out each message that names such an address, notes to whom it goes, and lets a request for the file
    pass if it carries the signed cookie of that person's sign-in, which still holds and still gives the same role. A
    list may be sent in by readers with learner access alone. Without sign-in in the settings everything passes.

    Args:
        app: The app inside.
    """

    is_in_place = False
    """Whether this process serves the app through the guard."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._told: dict[str, set[_Person]] = {}
        self._for_all: set[str] = set()
        FileGuard.is_in_place = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, or refuse."""
        if scope["type"] == "websocket":

            async def note_and_send(message: Message) -> None:
                if message["type"] == "websocket.send":
                    self._note(scope, message.get("bytes") or b"")
                await send(message)

            asking.set(_claims_of(scope))
            await self._app(scope, receive, note_and_send)
        elif scope["type"] == "http" and not self._may_pass(scope):
            await PlainTextResponse("This is not for you.", 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _note(self, scope: Scope, frame: bytes) -> None:
        """Note the files whose addresses a message to a page names."""
        named = files_named_by(frame)
        self._for_all |= named.for_all
        reader = _reader_of(scope) if named.for_reader else None
        if reader is None or reader.address is None:
            return
        for file_id in named.for_reader:
            self._told.setdefault(file_id, set()).add((reader.address, reader.role))
        while len(self._told) > _MOST_FILES:
            del self._told[next(iter(self._told))]

    def _may_pass(self, scope: Scope) -> bool:
        path, base = _route_path(scope), str(config.get_option("server.baseUrlPath") or "")
        media, uploads = make_url_path(base, _MEDIA), make_url_path(base, _UPLOADS)
        if not path.startswith((media, uploads)):
            return True
        file_id = path.removeprefix(media).partition(".")[0]
        if path.startswith(media) and file_id in self._for_all:
            return True
        reader = _reader_of(scope)
        if reader is None:
            return False
        if reader.address is None:  # nobody signs in
            return True
        if path.startswith(uploads):
            return reader.role.sees_learners
        return (reader.address, reader.role) in self._told.get(file_id, ())


@dataclass(frozen=True)
class Named:
    """Identifiers of the files that a message names: the icon of a page, which all may see, and its downloads."""

    for_all: frozenset[str] = frozenset()
    for_reader: frozenset[str] = frozenset()


def files_named_by(frame: bytes) -> Named:
    """Find the files whose addresses a message to a page names, where Streamlit itself puts them.

    An address anywhere else in a message, in a text of the data or in what a reader typed and the page repeats, names
    nothing.

    Args:
        frame: A serialised ForwardMsg.
    """
    if b"/media/" not in frame:
        return Named()
    message = ForwardMsg.FromString(frame)
    urls = (message.backend_operation_response.deferred_file.url, message.delta.new_element.download_button.url)
    return Named(
        frozenset(filter(None, [_file_id(message.page_config_changed.favicon)])),
        frozenset(filter(None, map(_file_id, urls))),
    )


def _reader_of(scope: Scope) -> Reader | None:
    """Who asks, by the sign-in that the request carries; None where that lets nobody in."""
    try:
        found = find_reader(read_settings(), _claims_of(scope))
    except SettingsError:
        return None
    return found if isinstance(found, Reader) else None


def _claims_of(scope: Scope) -> Mapping[str, object]:
    """Read the signed cookie of a sign-in by the functions with which Streamlit reads it for a page."""
    try:
        is_asked = read_auth() is not None
    except SettingsError:
        return {}
    cookies = HTTPConnection(scope).cookies
    cookie = _get_signed_cookie_with_chunks(cookies, USER_COOKIE_NAME) if is_asked else None
    # A request for a file names no origin, so the one to compare with is the app's own.
    return {} if cookie is None else _parse_decoded_user_cookie(cookie, get_origin_from_redirect_uri() or "")


def _file_id(url: str) -> str:
    return url.partition("/media/")[2].partition(".")[0]
