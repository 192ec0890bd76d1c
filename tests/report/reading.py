"""Reading a report back as a browser would: its elements, the texts of its tables, its pictures."""

import base64
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree import ElementTree


@dataclass
class Read:
    """What stands in an HTML file.

    Attributes:
        elements: Names of elements with their attributes, in order.
        texts: Every text outside the style sheet, in order.
        tables: The cells of every table, row by row, its head first.
    """

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)

    @property
    def said(self) -> str:
        """All texts, with single blanks."""
        return " ".join(" ".join(self.texts).split())

    @property
    def pictures(self) -> list[ElementTree.Element]:
        """The roots of its pictures, all of which have to be SVG in the file itself."""
        start = "data:image/svg+xml;base64,"
        sources = [attributes["src"] for name, attributes in self.elements if name == "img"]
        assert all(source.startswith(start) for source in sources)
        return [ElementTree.fromstring(base64.b64decode(source.removeprefix(start))) for source in sources]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.read = Read()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.read.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in ("meta", "img"):
            self._open.append(tag)
        if tag == "table":
            self.read.tables.append([])
        if tag == "tr":
            self.read.tables[-1].append([])
        if tag in ("th", "td"):
            self.read.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.read.texts.append(data)
        if self._open and self._open[-1] in ("th", "td"):
            self.read.tables[-1][-1][-1] += data


def read_html(content: bytes) -> Read:
    """Take an HTML file apart; fails where an element is not closed in its turn."""
    reader = _Reader()
    reader.feed(content.decode("utf-8"))
    reader.close()
    return reader.read
