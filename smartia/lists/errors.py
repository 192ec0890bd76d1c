"""What can be wrong with a list that a reader uploads; no text here holds a value of the list or its file's name.

ListError
├── NotATableError           neither a CSV file nor an Excel workbook, or rows that do not line up
├── EmptyListError           no row below the header
├── NoHeaderError            the first row does not name the columns
├── ListTooLargeError        more rows, columns or content than smartia reads
├── EncryptedWorkbookError   a workbook with a password
└── OldWorkbookError         .xls, the format of Excel 97–2003
"""

from typing import Self

from smartia.errors import SmartiaError

_SAVE_AS = "Save it in Excel as “CSV UTF-8 (Comma delimited)” or as “Excel Workbook (.xlsx)” and upload that."


class ListError(SmartiaError):
    """An uploaded list cannot be used."""


class NotATableError(ListError):
    """The file is neither a CSV file nor an Excel workbook, or its rows do not line up."""

    @classmethod
    def from_content(cls) -> Self:
        """Write the message for a file of another kind, or a damaged one."""
        return cls("This file is not a table that smartia can read: it is no CSV file and no Excel workbook.", _SAVE_AS)

    @classmethod
    def from_row(cls, row: int) -> Self:
        """Write the message for a row that is longer than the header; `row` counts from 1, the header included."""
        return cls(
            f"Row {row:,} has more cells than the header.",
            "A comma inside a value may have split it: put such values in quotation marks, or save as .xlsx.",
        )


class EmptyListError(ListError):
    """There is no row below the header."""

    @classmethod
    def from_absence(cls) -> Self:
        """Write the message for a file without rows."""
        return cls(
            "This list has no rows.",
            "It needs a row with the names of the columns and one row for each learner, on the first sheet.",
        )


class NoHeaderError(ListError):
    """The first row does not name the columns."""

    @classmethod
    def from_first_row(cls) -> Self:
        """Write the message for a first row that is no header."""
        return cls(
            "The first row does not name the columns.",
            "Take away titles above the table, and put a name over each column in the first row.",
        )


class ListTooLargeError(ListError):
    """There are more rows, columns or content than smartia reads."""

    @classmethod
    def from_limit(cls, limit: int, what: str) -> Self:
        """Write the message for more than `limit` of something, such as "rows"."""
        return cls(
            f"This list has more than {limit:,} {what}.",
            "Export only the learners and the columns that you need: a reference and the groups.",
        )


class EncryptedWorkbookError(ListError):
    """The workbook has a password."""

    @classmethod
    def from_content(cls) -> Self:
        """Write the message for a workbook with a password."""
        return cls(
            "This workbook is protected by a password.",
            "Take the password off in Excel (File, Info, Protect Workbook, Encrypt with Password) and upload it again.",
        )


class OldWorkbookError(ListError):
    """The workbook is in the format of Excel 97–2003."""

    @classmethod
    def from_content(cls) -> Self:
        """Write the message for a workbook of the old format."""
        return cls("This is a workbook of the old format (.xls).", _SAVE_AS)
