"""Which files a message to a page names: those that Streamlit's own fields point to."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from smartia.ui.file_guard import Named, files_named_by

FILE = "0123456789abcdef0123456789abcdef"
URL = f"/media/{FILE}.html"


def frame_of(path: str, value: str | bytes) -> bytes:
    """A message with a value at a place, as it goes out."""
    message = ForwardMsg()
    *way, last = path.split(".")
    place = message
    for name in way:
        place = getattr(place, name)
    setattr(place, last, value)
    return message.SerializeToString()


@pytest.mark.parametrize(
    "path", ["backend_operation_response.deferred_file.url", "delta.new_element.download_button.url"]
)
def test_a_download_is_named_to_its_reader(path: str) -> None:
    """The answer to a click, and a button whose file lies there already, name the file by its identifier."""
    assert files_named_by(frame_of(path, URL)) == Named(for_reader=frozenset({FILE}))


def test_the_icon_is_for_all() -> None:
    """A page's icon is no reader's own."""
    assert files_named_by(frame_of("page_config_changed.favicon", URL)) == Named(for_all=frozenset({FILE}))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("delta.new_element.markdown.body", URL),
        ("delta.new_element.text_input.value", URL),
        ("delta.new_element.dataframe.arrow_data.data", URL.encode()),
        ("delta.new_element.download_button.label", URL),
        ("page_config_changed.title", URL),
        ("page_config_changed.favicon", ":material/home:"),
        ("delta.new_element.markdown.body", "nothing"),
    ],
)
def test_an_address_in_a_text_names_nothing(path: str, value: str | bytes) -> None:
    """Whoever knows the address of another reader's file makes it no file of theirs by letting a page repeat it."""
    assert files_named_by(frame_of(path, value)) == Named()
