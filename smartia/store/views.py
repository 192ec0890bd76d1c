"""Saved views: named choices of a reader, in one small file for each reader among those of the account."""

import threading
from typing import Final

import msgspec

from smartia.errors import SavedViewsError, StoreKeyError
from smartia.store.files import Files, read_bytes
from smartia.table.labels import printable

FOLDER: Final = "views"
"""Where the files lie."""
LIMIT: Final = 50
"""The most views of one reader."""
NAME_LIMIT: Final = 60
"""The most characters of a name."""
CHOICES_LIMIT: Final = 4_000
"""The most characters of the choices of one view, keys and values together."""
_one_change_at_a_time = threading.Lock()


class SavedView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A view that a reader has named.

    Attributes:
        name: The reader's own words, on one line.
        page: The page's file, such as "pages/levels.py".
        choices: What was chosen: keys of an address, each with a value; a key with several stands there as often.
    """

    name: str
    page: str
    choices: tuple[tuple[str, str], ...]


class _Kept(msgspec.Struct, forbid_unknown_fields=True):
    views: tuple[SavedView, ...]


class ReaderViews:
    """The saved views of one reader.

    Args:
        files: Where the account's files are.
        reader: Names the reader's file; tells nothing of who it is.
    """

    def __init__(self, files: Files, reader: str) -> None:
        self._files = files
        self._name = f"{FOLDER}/{reader}.json"

    def read(self) -> tuple[SavedView, ...]:
        """Give all, in the order of their names.

        Raises:
            SavedViewsError: The file is damaged or cannot be read.
        """
        try:
            return _DECODER.decode(read_bytes(self._files, self._name)).views
        except FileNotFoundError:
            return ()
        except (OSError, StoreKeyError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SavedViewsError.from_damage() from error

    def save(self, view: SavedView) -> None:
        """Keep a view, in place of one with the same name. Line breaks and what does not print leave the name.

        Raises:
            SavedViewsError: Its name is empty or too long, its choices are too many, or so are the views; or those
                that are kept cannot be read. Nothing has changed.
            CacheUnwritableError: The place is full, read-only or otherwise unwilling.
        """
        name = " ".join(printable(view.name).split())
        if not 0 < len(name) <= NAME_LIMIT:
            raise SavedViewsError.from_name(NAME_LIMIT)
        if sum(len(key) + len(value) for key, value in view.choices) > CHOICES_LIMIT:
            raise SavedViewsError.from_size()
        with _one_change_at_a_time:
            others = [kept for kept in self.read() if kept.name != name]
            if len(others) >= LIMIT:
                raise SavedViewsError.from_number(LIMIT)
            self._write([*others, msgspec.structs.replace(view, name=name)])

    def delete(self, name: str) -> None:
        """Let go of a view, if it is there.

        Raises:
            SavedViewsError: Those that are kept cannot be read.
            CacheUnwritableError: The place is read-only or otherwise unwilling.
        """
        with _one_change_at_a_time:
            self._write([kept for kept in self.read() if kept.name != name])

    def discard(self) -> None:
        """Let go of all, those that cannot be read too.

        Raises:
            OSError: They cannot be removed.
        """
        self._files.remove(self._name)

    def _write(self, views: list[SavedView]) -> None:
        ordered = tuple(sorted(views, key=lambda view: view.name.casefold()))
        with self._files.create(self._name) as file:
            file.write(msgspec.json.encode(_Kept(ordered)))


_DECODER = msgspec.json.Decoder(_Kept)
