"""The log tells what failed and where, and repeats no value, whoever writes it."""

import logging
import subprocess
import sys
import textwrap

import pandas as pd
import pytest

from smartia.logs import describe_exception, harmless

VALUE = "Ada Lovelace"


def raise_with_a_value() -> None:
    """Raise as pandas does: with the value in the message, and another one in its cause."""
    try:
        pd.Series([1], index=["a"]).loc[VALUE]
    except KeyError as error:
        raise ValueError(f"no {VALUE}") from error


def test_an_exception_is_its_type_and_its_place() -> None:
    """The types of an exception and of its causes are told, with file and line, and no message."""
    with pytest.raises(ValueError, match=VALUE) as caught:
        raise_with_a_value()
    told = describe_exception(caught.value)
    assert told.startswith("builtins.ValueError\n")
    assert "caused by builtins.KeyError" in told
    assert f"tests/test_logs.py:{raise_with_a_value.__code__.co_firstlineno + 5} raise_with_a_value" in told
    assert VALUE not in told


def test_a_circle_of_causes_ends() -> None:
    """Exceptions that cause each other are told once each."""
    one, other = ValueError(VALUE), KeyError(VALUE)
    one.__cause__, other.__cause__ = other, one
    assert describe_exception(one) == "builtins.ValueError\ncaused by builtins.KeyError"


RECORDS = {
    "exception": (("streamlit.error_util", "Uncaught app execution", ()), "Uncaught app execution"),
    "argument": (("streamlit.web", "Failed: %s", (KeyError(VALUE),)), "Failed: KeyError"),
    "named argument": (("any", "Failed: %(why)s", ({"why": KeyError(VALUE)},)), "Failed: KeyError"),
    "message": (("streamlit", KeyError(VALUE), ()), "KeyError"),
    "task": (("asyncio", f"Task failed\nfuture: <Task exception=KeyError('{VALUE}')>", ()), "Task failed"),
    "access": (
        ("uvicorn.access", '%s - "%s %s HTTP/%s" %d', ("127.0.0.1:1", "GET", f"/levels?name={VALUE}", "1.1", 200)),
        '127.0.0.1:1 - "GET /levels HTTP/1.1" 200',
    ),
    "sign-in": (("uvicorn.access", "%s", ("/oauth2callback?code=Ada+Lovelace&state=1",)), "/oauth2callback"),
    "download": (("uvicorn.access", "%s", ("/media/0123abcd.html?title=x",)), "/media/"),
    "upload": (("uvicorn.access", "%s", ("/_stcore/upload_file/0123-abcd/45",)), "/_stcore/upload_file/"),
    "ordinary": (("smartia", "%d sessions held", (5,)), "5 sessions held"),
}


@pytest.mark.parametrize(("given", "said"), RECORDS.values(), ids=RECORDS.keys())
def test_a_record_loses_what_may_be_data(given: tuple[str, object, tuple], said: str) -> None:
    """Exceptions in any part of a record, failed tasks and addresses keep their kind and lose what they quote."""
    name, message, args = given
    error = KeyError(VALUE)
    record = harmless(
        logging.LogRecord(name, logging.ERROR, "x.py", 1, message, args, (KeyError, error, None), "f", None)
    )
    assert record.getMessage() == said
    assert logging.Formatter().format(record) == f"{said}\nbuiltins.KeyError"


PROGRAM = f"""
import logging, sys, threading
from smartia.logs import keep_data_out_of_logs
keep_data_out_of_logs()
keep_data_out_of_logs()

class Stubborn:
    def __del__(self):
        raise KeyError("{VALUE} in a finaliser")

def fail():
    raise KeyError("{VALUE} in a thread")

logging.warning("said %s", ValueError("{VALUE} as an argument"))
worker = threading.Thread(target=fail)
worker.start()
worker.join()
one = Stubborn()
del one
raise KeyError("{VALUE} in the main thread")
"""


def test_nothing_that_nobody_catches_is_quoted() -> None:
    """An error of a thread, of a finaliser and of the program itself ends with type and place, and exit code 1."""
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(PROGRAM)], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.count("builtins.KeyError") == 3
    assert "said ValueError" in run.stderr
    assert "Ada" not in run.stdout + run.stderr
