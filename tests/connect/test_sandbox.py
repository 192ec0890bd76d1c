"""The client against the sandbox, over real HTTP and in another process."""

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

import smartia
from smartia.connect.client import Client
from smartia.connect.http import HttpSender
from smartia.connect.models import Misfit
from smartia.connect.protocol import PATH, Query, Reply
from smartia.connect.records import Page, Records
from smartia.connect.throttle import Throttle
from smartia.sandbox.college import build_college
from smartia.sandbox.service import BASE_PATH, DEMO_KEY, Request, Service
from smartia.table.frames import sessions_frame
from tests.handmade import flatten, session_ids

ROOT = Path(smartia.__file__).parents[1]
LEARNERS, SEED, TODAY = 600, 3, dt.date(2026, 3, 16)


def all_of(pages: list[Page]) -> tuple[list[Records], list[Misfit]]:
    """Put the records of all pages together."""
    return [page.sessions for page in pages], [misfit for page in pages for misfit in page.misfits]


def test_over_http_as_in_process() -> None:
    """Over HTTP every session and every misfit of the college arrives, the same as through the in-process door."""
    college = build_college(seed=SEED, learners=LEARNERS, today=TODAY)
    service = Service(college)

    def in_process(query: Query) -> Reply:
        answer = service.handle(Request("GET", BASE_PATH + PATH, query, {"x-api-key": DEMO_KEY}))
        return Reply(answer.status, answer.headers, answer.body)

    options = ("--port", "0", "--learners", str(LEARNERS), "--seed", str(SEED), "--today", TODAY.isoformat())
    command = [sys.executable, "-m", "smartia", "sandbox", *options]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            banner = "".join(process.stdout.readline() for _ in range(4))
            found = re.search(r"^SMARTIA_BASE_URL=(\S+)$", banner, re.MULTILINE)
            assert found is not None
            with HttpSender(found[1], DEMO_KEY) as sender:
                pages = list(Client(sender, Throttle(1)).pages())
        finally:
            process.kill()
    sessions, misfits = all_of(pages)
    expected_sessions, expected_misfits = all_of(list(Client(in_process, Throttle(1)).pages()))
    ids = [name for page in sessions for name in session_ids(page)]
    assert len(ids) + len(misfits) == len(college) == pages[-1].total
    assert len(misfits) == college.misfits > 0
    assert [misfit.record for misfit in misfits] == [misfit.record for misfit in expected_misfits]
    pd.testing.assert_frame_equal(sessions_frame(flatten(*sessions)), sessions_frame(flatten(*expected_sessions)))
    assert len(set(ids)) == len(ids)


# IMPORT
