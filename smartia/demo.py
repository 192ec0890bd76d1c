"""The demo college: the sandbox's endpoint in this process, read by the very client that reads the real one."""

import datetime as dt
from functools import cache

from smartia.connect.client import Send
from smartia.connect.protocol import PATH, Query, Reply
from smartia.table.calendar import today_in_london

SOURCE = "the built-in demo college (invented learners)"
LEARNERS = 6_000
SEED = 2025


def demo_sender() -> Send:
    """Make the sender of the demo college as it stands today (Europe/London)."""
    return _sender(today_in_london(dt.datetime.now(dt.UTC)))


@cache
def _sender(today: dt.date) -> Send:
    # Whoever has a key starts without it.
    from smartia.sandbox.college import build_college
    from smartia.sandbox.service import DEMO_KEY, Request, Service

    service = Service(build_college(seed=SEED, learners=LEARNERS, today=today))

    def send(query: Query) -> Reply:
        response = service.handle(Request("GET", "/api/v1" + PATH, query, {"x-api-key": DEMO_KEY}))
        return Reply(response.status, response.headers, response.body)

    return send
