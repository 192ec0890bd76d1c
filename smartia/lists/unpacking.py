"""What a workbook would become when it is read, found out before it is: a small file can unpack to very much."""

import io
import re
import zipfile
from typing import IO, Final

from smartia.lists.errors import ListTooLargeError

UNPACKED_LIMIT_MB: Final = 200
"""How much a workbook may hold when unpacked."""
CELL_LIMIT: Final = 5_000_000
"""Cells, shared texts and formats that a workbook may have: each costs its reader some hundred bytes."""
COLUMN_LIMIT: Final = 500

_CHUNK_BYTES: Final = 1_000_000
_ITEM: Final = re.compile(rb"<(?:\w+:)?(?:c|si|xf)[\s/>]")
_FAR_CELL: Final = re.compile(rb"\sr\s*=\s*[\"'](?P<column>[A-Za-z]{2,})[0-9]")


def check_workbook(content: bytes) -> None:
    """Refuse a workbook whose reading would take too much memory or time, in bounded memory and time itself.

    Args:
        content: The file.

    Raises:
        ListTooLargeError: It holds too much, or a cell stands too far to the right; openpyxl fills the row up to it.
        Exception: It is damaged; whatever zipfile and its decompressors raise.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        # No more than the directory says is ever unpacked: zipfile ends a part there.
        if sum(item.file_size for item in archive.infolist()) > UNPACKED_LIMIT_MB * 1_000_000:
            raise ListTooLargeError.from_limit(UNPACKED_LIMIT_MB, "MB of content")
        items = 0
        for item in archive.infolist():
            with archive.open(item) as part:
                items += _count_items(part)
            if items > CELL_LIMIT:
                raise ListTooLargeError.from_limit(CELL_LIMIT, "cells")


def _count_items(part: IO[bytes]) -> int:
    items, rest = 0, b""
    while chunk := part.read(_CHUNK_BYTES):
        text = rest + chunk
        end = max(text.rfind(b"<"), 0)  # what the next chunk may go on with
        items += len(_ITEM.findall(text, 0, end))
        for column in set(_FAR_CELL.findall(text, 0, end)):
            if _number_of(column) > COLUMN_LIMIT:
                raise ListTooLargeError.from_limit(COLUMN_LIMIT, "columns")
        rest = text[end:] if len(text) - end < _CHUNK_BYTES else b""
    return items + len(_ITEM.findall(rest))


def _number_of(column: bytes) -> int:
    """The number of a column by its letters: A is 1, AA 27."""
    number = 0
    for letter in column.upper()[:8]:
        number = 26 * number + letter - ord("A") + 1
    return number
