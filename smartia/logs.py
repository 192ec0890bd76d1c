"""Logs that hold no value of the data: of an exception its type and its place, of an address neither query nor file."""

import contextlib
import logging
import re
import sys
import threading
import traceback
from pathlib import PurePath
from types import TracebackType
from typing import Final

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_PLACE_PARTS: Final = 3
_SECRET_OF_ADDRESS: Final = re.compile(r"(?<=/media/).*|(?<=/_stcore/upload_file/).*|\?.*")
"""What a web server's line may not repeat: filters, sign-in codes, and names under which a reader's files lie."""


def keep_data_out_of_logs() -> None:
    """Let nothing that this process logs repeat a value of the data, whoever logs it. May be called again.

    Messages of exceptions do repeat values: pandas' KeyError quotes the key. So every log record, every exception that
    nobody catches and every one that cannot be raised tells types and places alone.
    """
    logging.setLogRecordFactory(lambda *args, **named: harmless(logging.LogRecord(*args, **named)))
    sys.excepthook = _tell_uncaught
    threading.excepthook = _tell_uncaught_in_thread
    sys.unraisablehook = _tell_unraisable


def start_app_log() -> None:
    """Keep data out of the logs, and begin the app's own on the error stream, from INFO on, unless it has begun.

    Whoever wants more or less sets the level of the logger "smartia" before.
    """
    keep_data_out_of_logs()
    logger = logging.getLogger("smartia")
    if logger.handlers:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    logger.addHandler(handler)
    logger.propagate = False
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    logger.info("The app begins to serve its pages.")


def harmless(record: logging.LogRecord) -> logging.LogRecord:
    """Take from a log record what may repeat data: exceptions become type and place, addresses lose what is secret."""
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text = describe_exception(record.exc_info[1])
    record.exc_info = None
    record.msg = _without_message(record.msg)
    if record.name == "asyncio":  # which writes the failed task, and with it the exception, below its first line
        record.msg = str(record.msg).partition("\n")[0]
    if isinstance(record.args, tuple):
        record.args = tuple(_without_message(value) for value in record.args)
        if record.name.startswith("uvicorn"):
            record.args = tuple(_without_secret(value) for value in record.args)
    elif record.args:
        record.args = {name: _without_message(value) for name, value in record.args.items()}
    return record


def describe_exception(error: BaseException) -> str:
    """Say what was raised and where, without its message and without lines of code.

    Returns:
        One line for the exception and each of its causes, the last cause at the end; below it the places, innermost
        last, as the last parts of the file's path, the line and the function.
    """
    lines = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        lines.append(f"{'caused by ' if cause is not error else ''}{type(cause).__module__}.{type(cause).__qualname__}")
        for frame in traceback.extract_tb(cause.__traceback__):
            place = "/".join(PurePath(frame.filename).parts[-_PLACE_PARTS:])
            lines.append(f"  {place}:{frame.lineno} {frame.name}")
        cause = cause.__cause__ or cause.__context__
    return "\n".join(lines)


def _without_message(value: object) -> object:
    return type(value).__name__ if isinstance(value, BaseException) else value


def _without_secret(value: object) -> object:
    return _SECRET_OF_ADDRESS.sub("", value) if isinstance(value, str) else value


def _tell(what: str, error: BaseException | None) -> None:
    text = what if error is None else f"{what}\n{describe_exception(error)}"
    with contextlib.suppress(OSError, ValueError, AttributeError):  # A process at its end may have no error stream.
        sys.stderr.write(text + "\n")


def _tell_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _tell("smartia ended by an error that it did not foresee:", error)


def _tell_uncaught_in_thread(failure: threading.ExceptHookArgs) -> None:
    if not issubclass(failure.exc_type, SystemExit):
        _tell("A thread ended by an error that smartia did not foresee:", failure.exc_value)


def _tell_unraisable(failure: "sys.UnraisableHookArgs") -> None:
    _tell("An error could not be raised:", failure.exc_value)
