"""A reader's browser as far as the server can tell: cookies, the sign-in by redirects, and the websocket of a page."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyarrow as pa
from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.sync.client import ClientConnection, connect

TIMEOUT_S = 30
_ARROW = b"\xff\xff\xff\xff"
_XSRF_COOKIE = "_streamlit_xsrf"


@dataclass
class Stream:
    """An open page: what came over its websocket, as bytes and as messages.

    Attributes:
        channel: The websocket.
        page: The page, as its address calls it.
        query: What stands in the address behind the question mark.
        timeout_s: How long to wait for a message.
        frames: What came, message by message.
        messages: The same, decoded.
        asked_s: When a run was last asked for, by `time.perf_counter`.
        arrived_s: When each message came, by the same clock.
    """

    channel: ClientConnection
    page: str
    query: str = ""
    timeout_s: float = TIMEOUT_S
    frames: list[bytes] = field(default_factory=list)
    messages: list[ForwardMsg] = field(default_factory=list)
    asked_s: float = 0.0
    arrived_s: list[float] = field(default_factory=list)

    def run(self, states: Sequence[WidgetState] = (), fragment: str = "", held: Iterable[str] = ()) -> None:
        """Ask for a run of the page, as a browser does at the start and at every click, and take in all of it.

        Args:
            states: What the page's widgets are set to; one that is absent is as it was.
            fragment: The part of the page to run; all of it where none is named.
            held: The hashes of messages that the browser still has, so that they need not be sent again.
        """
        state = ClientState(
            query_string=self.query,
            page_name=self.page,
            widget_states=WidgetStates(widgets=states),
            fragment_id=fragment,
            cached_message_hashes=held,
        )
        self.asked_s = time.perf_counter()
        self._send(BackMsg(rerun_script=state))
        self._take_until(
            lambda message: message.WhichOneof("type") == "script_finished" and message.script_finished != 2
        )

    def forget(self) -> None:
        """Let go of what came so far."""
        self.frames.clear()
        self.messages.clear()
        self.arrived_s.clear()

    def ask_for_file(self, file_id: str) -> str:
        """Ask for a file that is made at the click; gives its address, or nothing where it is refused."""
        ask = BackMsg()
        ask.backend_operation_request.request_id = "1"
        ask.backend_operation_request.session_id = self.session_id
        ask.backend_operation_request.deferred_file.file_id = file_id
        self._send(ask)
        self._take_until(lambda message: message.WhichOneof("type") == "backend_operation_response")
        return str(self.messages[-1].backend_operation_response.deferred_file.url)

    def ask_for_upload(self, name: str) -> FileURLs:
        """Ask where a file of this name may be sent."""
        ask = BackMsg()
        ask.file_urls_request.request_id = "1"
        ask.file_urls_request.session_id = self.session_id
        ask.file_urls_request.file_names.append(name)
        self._send(ask)
        self._take_until(lambda message: message.WhichOneof("type") == "file_urls_response")
        return self.messages[-1].file_urls_response.file_urls[0]

    @property
    def session_id(self) -> str:
        """The server's name of this session."""
        found = [message for message in self.messages if message.WhichOneof("type") == "new_session"]
        return str(found[-1].new_session.initialize.session_id)

    @property
    def favicon(self) -> str:
        """The address of the page's icon, which everybody may fetch."""
        return next(m.page_config_changed.favicon for m in self.messages if m.page_config_changed.favicon)

    def elements(self, kind: str = "") -> list[Any]:
        """Everything drawn since the last run began, or what is of one kind."""
        starts = [at for at, message in enumerate(self.messages) if message.WhichOneof("type") == "new_session"]
        drawn = [
            message.delta.new_element
            for message in self.messages[starts[-1] :]
            if message.WhichOneof("type") == "delta" and message.delta.WhichOneof("type") == "new_element"
        ]
        if not kind:
            return drawn
        return [getattr(element, kind) for element in drawn if element.WhichOneof("type") == kind]

    def boxes(self) -> list[str]:
        """The widgets of the boxes drawn since the last run began that a reader can unfold, by their ids."""
        starts = [at for at, message in enumerate(self.messages) if message.WhichOneof("type") == "new_session"]
        blocks = [m.delta.add_block for m in self.messages[starts[-1] :] if m.WhichOneof("type") == "delta"]
        return [block.expandable.id for block in blocks if block.expandable.id]

    @property
    def kinds(self) -> set[str]:
        """The kinds of what is drawn."""
        return {element.WhichOneof("type") for element in self.elements()}

    def texts(self) -> str:
        """Headings and Markdown that are drawn."""
        bodies = [element.body for kind in ("heading", "markdown") for element in self.elements(kind)]
        return "\n".join(bodies).replace("\\", "").replace("\N{WORD JOINER}", "")

    def everything(self) -> str:
        """Whatever came, readable: every frame as it is, every text in it, and every Arrow table by its values."""
        parts = [frame.decode("utf-8", "replace") for frame in self.frames]
        return "\n".join([*parts, *(text for message in self.messages for text in _texts(message))])

    def _send(self, message: BackMsg) -> None:
        self.channel.send(message.SerializeToString())

    def _take_until(self, is_last: Any) -> None:
        while True:
            frame = self.channel.recv(timeout=self.timeout_s)
            self.arrived_s.append(time.perf_counter())
            assert isinstance(frame, bytes)
            self.frames.append(frame)
            self.messages.append(ForwardMsg.FromString(frame))
            if is_last(self.messages[-1]):
                return


class Browser:
    """One reader's browser, with its cookies."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.http = httpx.Client(base_url=base_url, follow_redirects=True, timeout=TIMEOUT_S)
        self.http.get("/_stcore/health")
        assert _XSRF_COOKIE in self.http.cookies

    @contextmanager
    def open(self, page: str, query: str = "", session: str = "", timeout_s: float = TIMEOUT_S) -> Iterator[Stream]:
        """Open a page by its address alone, as a link does; with another session's name, as one that comes back."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        protocols = ["streamlit", self.http.cookies[_XSRF_COOKIE].strip('"')] + [session] * bool(session)
        with connect(
            f"{self.base_url.replace('http', 'ws', 1)}/_stcore/stream",
            origin=self.base_url,
            subprotocols=protocols,
            additional_headers={"cookie": cookies},
            max_size=None,
            proxy=None,
        ) as channel:
            stream = Stream(channel, page, query, timeout_s)
            stream.run()
            yield stream

    def sign_in(self) -> None:
        """Press the button of the sign-in page and follow where it leads."""
        with self.open("") as stream:
            [button] = stream.elements("button")
            stream.run([WidgetState(id=button.id, trigger_value=True)])
            self.follow(stream)

    def upload(self, stream: Stream, uploader: str, name: str, content: bytes) -> WidgetState:
        """Send a file as an uploader does when one is dropped on it; gives what the uploader is set to then.

        Args:
            stream: The page.
            uploader: The uploader's id.
            name: The file's name.
            content: The file.
        """
        place = stream.ask_for_upload(name)
        token = self.http.cookies[_XSRF_COOKIE].strip('"')
        files = {place.file_id: (name, content)}
        self.http.put(place.upload_url, files=files, headers={"X-Xsrftoken": token}).raise_for_status()
        state = WidgetState(id=uploader)
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = place.file_id, name, len(content)
        info.file_urls.CopyFrom(place)
        return state

    def follow(self, stream: Stream) -> None:
        """Go where a page sends its reader for signing in or out."""
        [target] = [m.auth_redirect.url for m in stream.messages if m.WhichOneof("type") == "auth_redirect"]
        assert self.http.get(target).is_success


def _texts(message: Message) -> Iterator[str]:
    for descriptor, value in message.ListFields():
        for one in value if descriptor.is_repeated else [value]:
            if isinstance(one, Message):
                yield from _texts(one)
            elif isinstance(one, bytes) and one.startswith(_ARROW):
                with pa.ipc.open_stream(one) as reader:
                    yield from (str(column.to_pylist()) for column in reader.read_all().columns)
            elif isinstance(one, str):
                yield one
