"""What readers do on a page, and what they must not get, over the websocket."""

from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.streams import Browser, Stream


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


def unfold(stream: Stream) -> None:
    """Open every box of a page."""
    stream.run([WidgetState(id=box, bool_value=True) for box in stream.boxes()])


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
