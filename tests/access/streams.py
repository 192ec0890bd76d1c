"""A reader's browser as far as the server can tell: cookies, the sign-in by redirects, and the websocket of a page."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyarrow as pa
from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.sync.client import ClientConnection, connect

TIMEOUT_S = 30
_ARROW = b"\xff\xff\xff\xff"
_XSRF_COOKIE = "_streamlit_xsrf"


@dataclass
class Stream:
    """An open page: what came over its websocket, as bytes and as messages."""

    channel: ClientConnection
    page: str
    query: str = ""
    frames: list[bytes] = field(default_factory=list)
    messages: list[ForwardMsg] = field(default_factory=list)

    def run(self, states: Sequence[WidgetState] = (), fragment: str = "") -> None:
        """Ask for a run of the page, as a browser does at the start and at every click, and take in all of it."""
        state = ClientState(
            query_string=self.query,
            page_name=self.page,
            widget_states=WidgetStates(widgets=states),
            fragment_id=fragment,
        )
        self._send(BackMsg(rerun_script=state))
        self._take_until(
            lambda message: message.WhichOneof("type") == "script_finished" and message.script_finished != 2
        )

    def ask_for_file(self, file_id: str) -> str:
        """Ask for a file that is made at the click; gives its address, or nothing where it is refused."""
        ask = BackMsg()
        ask.backend_operation_request.request_id = "1"
        ask.backend_operation_request.session_id = self.session_id
        ask.backend_operation_request.deferred_file.file_id = file_id
        self._send(ask)
        self._take_until(lambda message: message.WhichOneof("type") == "backend_operation_response")
        return str(self.messages[-1].backend_operation_response.deferred_file.url)

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
            frame = self.channel.recv(timeout=TIMEOUT_S)
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
    def open(self, page: str, query: str = "", session: str = "") -> Iterator[Stream]:
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
            stream = Stream(channel, page, query)
            stream.run()
            yield stream

    def sign_in(self) -> None:
        """Press the button of the sign-in page and follow where it leads."""
        with self.open("") as stream:
            [button] = stream.elements("button")
            stream.run([WidgetState(id=button.id, trigger_value=True)])
            self.follow(stream)

    def follow(self, stream: Stream) -> None:
        """Go where a page sends its reader for signing in or out."""
        [target] = [m.auth_redirect.url for m in stream.messages if m.WhichOneof("type") == "auth_redirect"]
        assert self.http.get(target).is_success


def levers(stream: Stream) -> list[WidgetState]:
    """The states of a page's widgets when every list has its first choice, and every switch but one is on.

    The one is that to the publish view, which shows less.
    """
    switches = [box for box in stream.elements("checkbox") if box.label != "Publish view"]
    states = [WidgetState(id=box.id, bool_value=True) for box in switches]
    states += [
        WidgetState(id=box.id, string_value=box.options[0]) for box in stream.elements("selectbox") if box.options
    ]
    return states


def open_card(stream: Stream) -> list[WidgetState]:
    """Search on Learners and choose the first learner found; gives what the browser would send."""
    [search] = stream.elements("text_input")
    states = [WidgetState(id=search.id, string_value="college.example")]
    stream.run(states)
    learner = next(box for box in stream.elements("selectbox") if box.label == "Learner")
    states.append(WidgetState(id=learner.id, string_value=learner.options[0]))
    stream.run(states)
    return states


def assert_refused(browser: Browser, url: str) -> None:
    """A browser gets nothing from the address of a file that was made for another reader."""
    answer = browser.http.get(url)
    assert (answer.status_code, answer.text) == (403, "This is not for you.")


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
