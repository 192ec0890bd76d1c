"""A reader of an app, whichever it is: opens pages, changes filters, and notes what each run took.

The reader speaks to the server as a browser does (`tests.streams`): it sends what the filters are set to, the address
that a browser would show then, and which large messages it still has, so that the server need not repeat them.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from google.protobuf.message import Message
from streamlit.proto.Common_pb2 import StringArray
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.running_app import RunningApp
from tests.streams import Browser, Stream

TIMEOUT_S = 600.0
_KEPT_RUNS = 2
"""For how many runs a browser keeps a large message that did not come again (`global.maxCachedMessageAge`)."""
_CHARTS = {"arrow_vega_lite_chart", "vega_lite_chart"}


@dataclass(frozen=True)
class Run:
    """What one run of a page took and brought.

    Attributes:
        seconds: From asking to the last message.
        first_chart_s: From asking to the first chart; None where none came.
        sent_mb: All messages, in 10⁶ bytes.
        charts: How many charts came or stayed.
        failures: Errors that the page showed.
    """

    seconds: float
    first_chart_s: float | None
    sent_mb: float
    charts: int
    failures: int


@dataclass
class Reader:
    """A page that stands open.

    Attributes:
        browser: Whose it is.
        stream: What goes to and fro.
        visit: The first run.
        widgets: What can be set on the page, by label.
    """

    browser: Browser
    stream: Stream
    visit: Run
    widgets: dict[str, Any]
    _states: dict[str, WidgetState] = field(default_factory=dict)
    _choices: dict[str, Sequence[str]] = field(default_factory=dict)
    _held: dict[str, "_Held"] = field(default_factory=dict)

    def options(self, label: str) -> list[str]:
        """What a filter can be set to."""
        return list(self.widgets[label].options)

    def choose(self, label: str, values: Sequence[str]) -> Run:
        """Set a filter, as a click does, and take in the run.

        Args:
            label: What the filter is called on screen.
            values: All that is chosen then; a choice of one has one, a search its text.
        """
        widget = self.widgets[label]
        state = WidgetState(id=widget.id)
        if hasattr(widget, "max_selections"):
            state.string_array_value.CopyFrom(StringArray(data=values))
        else:
            [state.string_value] = values
        self._states[widget.id] = state
        self._follow_in_address(widget, values)
        return self.rerun()

    def bring_list(self, name: str, content: bytes) -> Run:
        """Upload a list of learners on the page Groups and put it to use; gives the run after that."""
        [uploader] = self.stream.elements("file_uploader")
        state = self.browser.upload(self.stream, uploader.id, name, content)
        self.stream.run([state])
        use = next(button for button in self.stream.elements("button") if button.label == "Use this list")
        self.stream.forget()
        self.stream.run([state, WidgetState(id=use.id, trigger_value=True)])
        return self._take()

    def rerun(self) -> Run:
        """Let the page run again with everything as it is."""
        self.stream.forget()
        self.stream.run(list(self._states.values()), held=[*self._held])
        return self._take()

    def _follow_in_address(self, widget: Any, values: Sequence[str]) -> None:
        if not widget.query_param_key:
            return
        self._choices[widget.query_param_key] = values
        is_usual = hasattr(widget, "max_selections") and not values
        is_usual |= not hasattr(widget, "max_selections") and list(values) == [widget.options[widget.default]]
        if is_usual:
            del self._choices[widget.query_param_key]
        self.stream.query = urlencode(self._choices, doseq=True)

    def _take(self) -> Run:
        return _taken(self.stream, self._held)


@dataclass
class _Held:
    """A large message that the browser has: whether it is a chart, and how many runs ago it last came."""

    is_chart: bool
    runs: int = 0


@contextmanager
def reading(app: RunningApp, page: str, query: str = "") -> Iterator[Reader]:
    """Open a page of an app by its address in a fresh browser, until the end of the block.

    Args:
        app: The app.
        page: The page, as its address calls it.
        query: What stands behind the question mark.

    Raises:
        TimeoutError: A message did not come in time.
    """
    browser = Browser(app.base_url)
    try:
        with browser.open(page, query, timeout_s=TIMEOUT_S) as stream:
            widgets = {
                widget.label: widget
                for kind in ("multiselect", "radio", "text_input")
                for widget in stream.elements(kind)
            }
            held: dict[str, _Held] = {}
            visit = _taken(stream, held)
            yield Reader(browser, stream, visit, widgets, _choices=dict(parse_qs(query)), _held=held)
    finally:
        browser.http.close()


def memory_mb(pid: int) -> dict[str, float]:
    """The resident memory of a process in 10⁶ bytes: now ("VmRSS") and at most so far ("VmHWM")."""
    text = Path(f"/proc/{pid}/status").read_text()
    return {name: int(kb) * 1024 / 1e6 for name, kb in re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB$", text, re.MULTILINE)}


def _taken(stream: Stream, held: dict[str, _Held]) -> Run:
    charts, first_chart_s, failures = 0, None, 0
    for one in held.values():
        one.runs += 1
    for message, arrived_s in zip(stream.messages, stream.arrived_s, strict=True):
        kind = _kind(message)
        is_chart = kind in _CHARTS
        if message.WhichOneof("type") == "ref_hash":
            held[message.ref_hash].runs = 0
            is_chart = held[message.ref_hash].is_chart
        elif message.metadata.cacheable:
            held[message.hash] = _Held(is_chart)
        charts += is_chart
        failures += kind == "exception"
        if is_chart and first_chart_s is None:
            first_chart_s = arrived_s - stream.asked_s
    for name in [name for name, one in held.items() if one.runs > _KEPT_RUNS]:
        del held[name]
    seconds = stream.arrived_s[-1] - stream.asked_s
    return Run(seconds, first_chart_s, sum(map(len, stream.frames)) / 1e6, charts, failures)


def _kind(message: Message) -> str | None:
    """The kind of the element that a message draws; None where it draws none."""
    if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
        return None
    kind: str = message.delta.new_element.WhichOneof("type")
    return kind
