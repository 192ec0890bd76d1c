"""The tree of errors: every leaf says what happened and what to do."""

import inspect
import re

import pytest

from smartia import errors
from smartia.errors import SmartiaError

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, SmartiaError)]
ARGUMENTS: dict[str, object] = {
    "retry_after_s": 3.0,
    "status": 418,
    "host": "connect.example",
    "limit_s": 30.0,
    "waited_s": 900.0,
    "limit": 50,
    "problem": "a reason",
    "key": "subject",
    "allowed": ["English", "Maths"],
    "error": OSError(28, "No space left on device", "/private/path/sessions.parquet"),
}
WRITERS = [
    (kind, name)
    for kind in KINDS
    for name, member in inspect.getmembers(kind, inspect.ismethod)
    if name.startswith("from_") and member.__self__ is kind
]


def write(kind: type[SmartiaError], name: str) -> SmartiaError:
    """Write a message through one of the class methods."""
    writer = getattr(kind, name)
    error = writer(**{argument: ARGUMENTS[argument] for argument in inspect.signature(writer).parameters})
    assert isinstance(error, SmartiaError)
    return error


@pytest.mark.parametrize(("kind", "name"), WRITERS)
def test_messages(kind: type[SmartiaError], name: str) -> None:
    """Every message has two parts, whole sentences both, and names no path and nothing of Python."""
    error = write(kind, name)
    assert type(error) is kind
    assert str(error) == f"{error.message} {error.remedy}"
    for text in (error.message, error.remedy):
        assert re.fullmatch(r"[A-Za-z].*[.]", text)
        assert "/private" not in text
        assert "Error" not in text


def test_the_tree_in_the_docstring() -> None:
    """The tree drawn at the top of the module names every class once, each below its parent."""
    drawn = re.findall(r"^    ([│├└─ ]*)(\w+Error)\b", errors.__doc__ or "", re.MULTILINE)
    assert [name for _, name in drawn if name] == list(dict.fromkeys(name for _, name in drawn))
    assert {name for _, name in drawn} == {kind.__name__ for kind in KINDS}
    above: list[str] = []
    for branch, name in drawn:
        depth = len(branch) // 4
        above[depth:] = [name]
        parent = above[depth - 1] if depth else "Exception"
        assert getattr(errors, name).__base__.__name__ == parent


def test_what_is_transient() -> None:
    """Those marked transient in the tree are transient, and no other."""
    marked = set(re.findall(r"(\w+Error) .*\(transient\)", errors.__doc__ or ""))
    assert {kind.__name__ for kind in KINDS if kind.transient} == marked


@pytest.mark.parametrize("status", [404, 407, 400])
def test_facts_are_fields(status: int) -> None:
    """The status and the wait are fields, not prose alone."""
    assert errors.RequestRefusedError.from_status(status).status == status
    assert errors.ServerFaultError.from_status(503).status == 503
    assert errors.RateLimitedError.from_status(2.5).retry_after_s == 2.5
