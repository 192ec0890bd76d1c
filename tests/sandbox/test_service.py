"""The endpoint answers as the reference says: statuses, filters, sorting and pages that neither skip nor repeat."""

import base64
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from smartia.sandbox.assessments import TESTS
from smartia.sandbox.changes import Arrive
from smartia.sandbox.college import College, build_college
from smartia.sandbox.records import make_records
from smartia.sandbox.service import DEMO_KEY, SESSIONS_PATH, UNAUTHORISED_KEY, Request, Response, Service

Record = dict[str, Any]
Parameters = Sequence[tuple[str, str]]

STRANGER = "2716be03-cec0-4027-a373-46b53fb6a08d"
DAY_MS = 86_400_000


def ask(service: Service, parameters: Parameters = (), key: str = DEMO_KEY) -> Response:
    """Ask the service for sessions."""
    return service.handle(Request("GET", SESSIONS_PATH, parameters, {"x-api-key": key}))


def get(service: Service, *parameters: tuple[str, str]) -> Record:
    """Return the decoded body of a successful answer."""
    response = ask(service, parameters)
    assert response.status == 200, response.body
    assert response.headers == {"content-type": "application/json"}
    body: Record = json.loads(response.body)
    assert set(body) == {"data", "pagination"}
    assert set(body["pagination"]) == {"total", "limit", "offset", "previousCursor", "nextCursor"}
    return body


def refusal(response: Response, status: int) -> tuple[str, str]:
    """Return code and message of an error of the given status."""
    body = json.loads(response.body)
    assert response.status == status
    assert response.headers["content-type"] == "application/json"
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    return body["error"]["code"], body["error"]["message"]


def ids(body: Record) -> list[str]:
    """Return the ids of a page's sessions."""
    return [record["sessionId"] for record in body["data"]]


def walk(
    service: Service, *parameters: tuple[str, str], link: str = "nextCursor", cursor: str | None = None
) -> list[Record]:
    """Return all pages from the first (or from a cursor) along one of the two cursors."""
    pages = [get(service, *parameters, *([("cursor", cursor)] if cursor else []))]
    while (cursor := pages[-1]["pagination"][link]) is not None:
        pages.append(get(service, *parameters, ("cursor", cursor)))
        assert len(pages) < 1000
    return pages


def keep(college: College, rows: NDArray[np.intp]) -> College:
    """Return the college with only these sessions."""
    return replace(
        college,
        sittings=college.sittings.take(rows),
        session_id=college.session_id[rows],
        spelling=college.spelling[rows],
        misfit=college.misfit[rows],
    )


def moment(record: Record, field: str) -> datetime:
    """Return a record's date; a misfit's date without a zone is in UTC."""
    return datetime.fromisoformat(record[field].removesuffix("Z") + "+00:00")


@pytest.fixture(scope="module")
def service(college: College) -> Service:
    """Return a service over the college of the default size."""
    return Service(college)


@pytest.fixture(scope="module")
def tied_college(small_college: College) -> College:
    """Return a small college in which many sessions share their startDate or their endDate."""
    sittings = small_college.sittings
    start_ms = sittings.start_ms // (7 * DAY_MS) * (7 * DAY_MS)
    end_ms = sittings.end_ms // DAY_MS * DAY_MS + DAY_MS
    return replace(small_college, sittings=replace(sittings, start_ms=start_ms, end_ms=end_ms))


@pytest.fixture(scope="module")
def tied_records(tied_college: College) -> list[Record]:
    """Return all records of the college with ties."""
    return make_records(tied_college, np.arange(len(tied_college)))


@pytest.mark.parametrize("name", ["x-api-key", "X-API-Key", "X-Api-Key"])
def test_header_names_are_case_insensitive(service: Service, name: str) -> None:
    """The key is found whatever the case of the header's name."""
    assert service.handle(Request("GET", SESSIONS_PATH, (), {name: DEMO_KEY})).status == 200


@pytest.mark.parametrize("headers", [{}, {"x-api-key": ""}, {"x-api-key": "wrong"}, {"authorization": DEMO_KEY}])
def test_unknown_keys_are_401(service: Service, headers: dict[str, str]) -> None:
    """A missing or unknown key is answered with 401, and the key is not repeated."""
    code, message = refusal(service.handle(Request("GET", SESSIONS_PATH, (), headers)), 401)
    assert code == "unauthorised"
    assert "wrong" not in message


def test_a_key_without_the_right_is_403(service: Service) -> None:
    """The second well-known key is valid, but not authorised for Smart IA."""
    assert refusal(ask(service, key=UNAUTHORISED_KEY), 403)[0] == "forbidden"


def test_the_key_can_be_chosen(small_college: College) -> None:
    """A service accepts the key that it was given and no other."""
    service = Service(small_college, api_key="another")
    assert ask(service, key="another").status == 200
    assert ask(service).status == 401


@pytest.mark.parametrize("key", ["", UNAUTHORISED_KEY])
def test_impossible_keys_are_refused(small_college: College, key: str) -> None:
    """A service cannot be given an empty key or the one reserved for 403."""
    with pytest.raises(ValueError, match="api_key"):
        Service(small_college, api_key=key)


def test_requests_do_not_show_their_key() -> None:
    """The key is not in the text form of a request."""
    assert DEMO_KEY not in repr(Request("GET", SESSIONS_PATH, (), {"x-api-key": DEMO_KEY}))


@pytest.mark.parametrize(
    "path", ["/", "/api/v1", "/smart-ia/sessions/completed", SESSIONS_PATH + "/", "/api/v2" + SESSIONS_PATH]
)
def test_other_paths_are_404(service: Service, path: str) -> None:
    """Every path but the endpoint's is answered with 404, even without a key."""
    assert refusal(service.handle(Request("GET", path)), 404)[0] == "not_found"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_other_methods_are_405(service: Service, method: str) -> None:
    """Every method but GET is answered with 405 and what is allowed."""
    response = service.handle(Request(method, SESSIONS_PATH, (), {"x-api-key": DEMO_KEY}))
    assert refusal(response, 405)[0] == "method_not_allowed"
    assert response.headers["allow"] == "GET"


def test_bad_parameters_are_400(service: Service) -> None:
    """A parameter that cannot be read is answered with 400 and the reader's code and message."""
    code, message = refusal(ask(service, [("limit", "101")]), 400)
    assert code == "invalid_parameter"
    assert message == "the value of limit is not valid; accepted is a whole number from 1 to 100"


def test_rate_limit(small_college: College) -> None:
    """As many requests as the rate allows are answered at once; then 429 until Retry-After has passed."""
    now_s = 1000.0
    service = Service(small_college, rate_limit_per_s=5, clock=lambda: now_s)
    assert [ask(service).status for _ in range(7)] == [200] * 5 + [429] * 2
    refused = ask(service)
    assert refusal(refused, 429)[0] == "rate_limit_exceeded"
    assert refused.headers["retry-after"] == "1"
    now_s += 1
    assert [ask(service).status for _ in range(6)] == [200] * 5 + [429]
    now_s += 3600
    assert [ask(service).status for _ in range(6)] == [200] * 5 + [429]


def test_slow_rate_limit(small_college: College) -> None:
    """Below one request a second Retry-After says how long to wait, and waiting so long is enough."""
    now_s = 0.0
    service = Service(small_college, rate_limit_per_s=0.1, clock=lambda: now_s)
    assert ask(service).status == 200
    assert ask(service).headers["retry-after"] == "10"
    now_s += 10
    assert ask(service).status == 200


def test_refused_keys_do_not_use_up_the_rate(small_college: College) -> None:
    """Requests without a valid key are answered with 401 and cost the key's owner nothing."""
    service = Service(small_college, rate_limit_per_s=1, clock=lambda: 0.0)
    assert [ask(service, key="wrong").status for _ in range(5)] == [401] * 5
    assert ask(service).status == 200


@pytest.mark.parametrize("rate_per_s", [0, -1, float("nan")])
def test_impossible_rates_are_refused(small_college: College, rate_per_s: float) -> None:
    """A rate limit is a positive number."""
    with pytest.raises(ValueError, match="rate_limit_per_s must be positive"):
        Service(small_college, rate_limit_per_s=rate_per_s)


def test_threads_share_a_service(college: College) -> None:
    """Requests from several threads get the very answers they would get alone, and share one rate limit."""
    service = Service(college, rate_limit_per_s=100, clock=lambda: 0.0)
    queries = [[("offset", str(n * 100)), ("sort[field]", "endDate")] for n in range(100)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda query: ask(service, query), queries))
        refused = list(pool.map(lambda query: ask(service, query), queries))
    alone = Service(college)
    assert answers == [ask(alone, query) for query in queries]
    assert {response.status for response in refused} == {429}


def test_default_page(service: Service, college: College, records: list[Record]) -> None:
    """Without parameters the answer is the first hundred sessions by startDate, and the total is all of them."""
    body = get(service)
    by_start = sorted(records, key=lambda record: (moment(record, "startDate"), record["sessionId"]))
    assert body["data"] == by_start[:100]
    assert body["pagination"]["total"] == len(college)
    assert body["pagination"]["limit"] == 100
    assert body["pagination"]["offset"] == 0
    assert body["pagination"]["previousCursor"] is None
    assert body["pagination"]["nextCursor"]


@pytest.mark.parametrize("field", ["startDate", "endDate"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_walk_by_cursor_equals_walk_by_offset(service: Service, college: College, field: str, direction: str) -> None:
    """To the end, cursors give each session once, in order, on the same pages as offsets; and back the same pages."""
    sort = [("sort[field]", field), ("sort[direction]", direction)]
    pages = walk(service, *sort)
    found = [session for page in pages for session in ids(page)]
    assert len(found) == len(set(found)) == len(college) == pages[0]["pagination"]["total"]
    moments = [moment(record, field) for page in pages for record in page["data"]]
    assert moments == sorted(moments, reverse=direction == "desc")
    assert {page["pagination"]["offset"] for page in pages} == {0}
    for number, page in enumerate(pages):
        by_offset = get(service, *sort, ("offset", str(100 * number)))
        assert by_offset["data"] == page["data"]
        assert by_offset["pagination"]["offset"] == 100 * number
        assert by_offset["pagination"]["nextCursor"] == page["pagination"]["nextCursor"]
    back = walk(service, *sort, link="previousCursor", cursor=pages[-1]["pagination"]["previousCursor"])
    assert [ids(page) for page in back] == [ids(page) for page in pages[-2::-1]]


def test_offset_beyond_the_end(service: Service, college: College) -> None:
    """An offset at or beyond the total gives an empty page without cursors."""
    for offset in (len(college), len(college) + 1, 999_999_999):
        body = get(service, ("offset", str(offset)))
        assert body["data"] == []
        assert body["pagination"]["total"] == len(college)
        assert body["pagination"]["nextCursor"] is None


@pytest.mark.parametrize(("limit", "size"), [("1", 1), ("7", 7), ("100", 100)])
def test_limit(service: Service, limit: str, size: int) -> None:
    """A page has as many sessions as the limit says, and says so."""
    body = get(service, ("limit", limit))
    assert len(body["data"]) == body["pagination"]["limit"] == size


def test_filters_of_lists(service: Service, records: list[Record]) -> None:
    """userId, testId and subject each select any of their values, and together all of them."""
    users = sorted({record["user"]["userId"] for record in records})[:29]
    maths = next(test.test_id for test in TESTS if test.subject == "Maths")

    def count(*parameters: tuple[str, str]) -> int:
        return int(get(service, *parameters)["pagination"]["total"])

    of_users = [record for record in records if record["user"]["userId"] in users]
    by_user = [("userId", user) for user in (*users, STRANGER)]
    assert count(*by_user) == len(of_users) > 29
    assert count(*by_user, ("testId", maths)) == sum(record["test"]["testId"] == maths for record in of_users)
    assert count(("testId", maths), ("subject", "English")) == 0
    two = ("Maths", "Digital Skills")
    assert count(*(("subject", name) for name in two)) == sum(record["test"]["subject"] in two for record in records)
    assert count(("subject", "English"), ("subject", "No such")) == sum(
        record["test"]["subject"] == "English" for record in records
    )


@pytest.mark.parametrize("parameter", [("userId", STRANGER), ("testId", STRANGER), ("subject", "Welsh")])
def test_filters_without_a_match(service: Service, parameter: tuple[str, str]) -> None:
    """A value that no session has gives an empty page with total 0."""
    body = get(service, parameter)
    assert body["data"] == []
    assert body["pagination"] == {"total": 0, "limit": 100, "offset": 0, "previousCursor": None, "nextCursor": None}


def test_a_similar_user_is_another(service: Service, records: list[Record]) -> None:
    """A userId that differs from a learner's in its last digit alone selects nobody."""
    user: str = records[0]["user"]["userId"]
    similar = user[:-1] + ("0" if user[-1] != "0" else "1")
    assert get(service, ("userId", user))["pagination"]["total"] >= 1
    assert get(service, ("userId", similar))["pagination"]["total"] == 0


@pytest.mark.parametrize("field", ["startDate", "endDate"])
def test_operators_at_a_session(service: Service, college: College, field: str) -> None:
    """Operators gt and lt leave the session at the very moment out, gte and lte take it in."""
    position = len(college) // 2
    at = get(service, ("sort[field]", field), ("limit", "1"), ("offset", str(position)))["data"][0][field]

    def count(operator: str) -> int:
        return int(get(service, (f"{field}[{operator}]", at))["pagination"]["total"])

    assert count("lt") == position
    assert count("lte") == position + 1
    assert count("gte") == len(college) - position
    assert count("gt") == len(college) - position - 1


def test_an_empty_window(service: Service) -> None:
    """A window that ends before it begins has no sessions."""
    body = get(service, ("endDate[gte]", "1756729800"), ("endDate[lt]", "1700000000"))
    assert body["pagination"]["total"] == 0
    assert body["data"] == []


def test_a_cursor_is_bound_to_its_query(service: Service) -> None:
    """A cursor sent with another limit, sort or filter is refused; with the same query spelt otherwise it is not."""
    query = [("limit", "5"), ("subject", "English"), ("subject", "Maths"), ("endDate[gte]", "2024-09-01T00:00:00Z")]
    cursor = ("cursor", get(service, *query)["pagination"]["nextCursor"])
    same = [("endDate[gte]", "2024-09-01T01:00:00+01:00"), cursor, *query[2:0:-1], query[0]]
    assert get(service, *same)["data"] == get(service, *query, cursor)["data"]
    others = [
        [("limit", "6"), *query[1:]],
        query[1:],
        query[:2] + query[3:],
        query[:3],
        [*query, ("testId", TESTS[0].test_id)],
        [*query, ("sort[field]", "endDate")],
        [*query, ("sort[direction]", "desc")],
        [*query, ("startDate[lt]", "2035-01-01T00:00:00Z")],
    ]
    for other in others:
        code, message = refusal(ask(service, [*other, cursor]), 400)
        assert code == "invalid_cursor"
        assert cursor[1] not in message


def test_cursors_are_stable_and_opaque_base64(service: Service, college: College) -> None:
    """The same request gets the same cursor, from another service over the same college too; it is plain base64."""
    one, two = (get(each)["pagination"]["nextCursor"] for each in (service, Service(college)))
    assert one == two
    assert base64.b64encode(base64.b64decode(one, validate=True)).decode() == one


@pytest.mark.parametrize(
    "garbage", ["", "x", "====", "AAAA", "eyJsaW1pdCI6MiwibGVmdDpbWyJlbmREYXRlIiwiZGVzYyJdXX0=", "ключ"]
)
def test_garbage_is_no_cursor(service: Service, garbage: str) -> None:
    """What was never a cursor is refused."""
    assert refusal(ask(service, [("cursor", garbage)]), 400)[0] == "invalid_cursor"


@given(st.data())
def test_a_damaged_cursor_is_refused(service: Service, data: st.DataObject) -> None:
    """A cursor with any character replaced, removed or cut off is refused."""
    cursor: str = get(service, ("limit", "1"))["pagination"]["nextCursor"]
    at = data.draw(st.integers(0, len(cursor.rstrip("=")) - 2))
    other = data.draw(st.sampled_from(sorted(set("ABCDwxyz0189+/ -") - {cursor[at]})))
    for damaged in (cursor[:at] + other + cursor[at + 1 :], cursor[:at] + cursor[at + 1 :], cursor[:at], cursor + "A"):
        assert refusal(ask(service, [("limit", "1"), ("cursor", damaged)]), 400)[0] == "invalid_cursor"


@settings(max_examples=60)
@given(st.data())
def test_sessions_that_come_or_go_hide_no_others(tied_college: College, data: st.DataObject) -> None:
    """A walk goes on over a college that has changed and gives each remaining session once, in both directions."""
    size = len(tied_college)
    before_rows, after_rows = (
        np.flatnonzero(data.draw(st.lists(st.booleans(), min_size=size, max_size=size))) for _ in range(2)
    )
    before, after = (Service(keep(tied_college, rows)) for rows in (before_rows, after_rows))
    sort = [
        ("sort[field]", data.draw(st.sampled_from(["startDate", "endDate"]))),
        ("sort[direction]", data.draw(st.sampled_from(["asc", "desc"]))),
        ("limit", str(data.draw(st.integers(1, 40)))),
    ]
    pages = walk(before, *sort)
    page = data.draw(st.sampled_from(pages))
    everything = [session for each in walk(Service(tied_college), *sort) for session in ids(each)]
    remaining = {session for each in walk(after, *sort) for session in ids(each)}
    shown = ids(page)
    for link in ("nextCursor", "previousCursor"):
        cursor = page["pagination"][link]
        if cursor is None:
            continue
        edge = everything.index(shown[-1] if link == "nextCursor" else shown[0])
        beyond = everything[edge + 1 :] if link == "nextCursor" else everything[:edge]
        rest = walk(after, *sort, link=link, cursor=cursor)
        order = rest if link == "nextCursor" else rest[::-1]
        assert [session for each in order for session in ids(each)] == [one for one in beyond if one in remaining]


def test_an_emptied_neighbourhood_ends_the_walk(tied_college: College) -> None:
    """When all sessions beyond a cursor have gone, the page is empty, without cursors; the total is what is left."""
    sort = [("sort[field]", "endDate"), ("limit", "10")]
    first, second = walk(Service(tied_college), *sort)[:2]
    everything = make_records(tied_college, np.arange(len(tied_college)))
    for page, link in ((first, "nextCursor"), (second, "previousCursor")):
        kept = [row for row, record in enumerate(everything) if record["sessionId"] in ids(page)]
        service = Service(keep(tied_college, np.array(kept)))
        body = get(service, *sort, ("cursor", page["pagination"][link]))
        assert body["data"] == []
        assert body["pagination"] == {"total": 10, "limit": 10, "offset": 0, "previousCursor": None, "nextCursor": None}


def test_prepared_answers_are_the_same(tied_college: College) -> None:
    """What is made beforehand is what would be made for each answer, also after the sessions have changed."""
    services = Service(tied_college), Service(tied_college, is_prepared=True)
    for _ in range(2):
        one, other = ([json.dumps(page) for page in walk(service, ("limit", "7"))] for service in services)
        assert one == other
        for service in services:
            service.change(Arrive(5, days_ago=3, seed=1))


OPERATORS = {
    "gt": lambda date, bound: date > bound,
    "gte": lambda date, bound: date >= bound,
    "lt": lambda date, bound: date < bound,
    "lte": lambda date, bound: date <= bound,
}


def spell(when: datetime, form: int) -> tuple[str, datetime]:
    """Spell a moment as the API takes it; Unix seconds drop the fraction."""
    if form == 0:
        return f"{int(when.timestamp())}", when.replace(microsecond=0)
    zone = (UTC, timezone(timedelta(hours=1)), timezone(timedelta(hours=-3, minutes=-30)))[form - 1]
    return when.astimezone(zone).isoformat(), when


@settings(max_examples=150)
@given(st.data())
def test_walk_equals_brute_force(tied_college: College, tied_records: list[Record], data: st.DataObject) -> None:
    """For any filters, sort and limit, the pages are those of a filter and a sort over all records."""
    records = tied_records
    parameters: list[tuple[str, str]] = []
    expected = records
    nearby = st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(milliseconds=-1), timedelta(days=9)])
    for field in ("startDate", "endDate"):
        for pair in (("gt", "gte"), ("lt", "lte")):
            operator = data.draw(st.sampled_from([None, *pair]))
            if operator is None:
                continue
            when = moment(data.draw(st.sampled_from(records)), field) + data.draw(nearby)
            text, bound = spell(when, data.draw(st.integers(0, 3)))
            parameters.append((f"{field}[{operator}]", text))
            holds = OPERATORS[operator]
            expected = [record for record in expected if holds(moment(record, field), bound)]
    for part, name in (("user", "userId"), ("test", "testId"), ("test", "subject")):
        values = sorted({record[part][name] for record in records})
        chosen = data.draw(st.one_of(st.just([]), st.lists(st.sampled_from(values), min_size=1, max_size=30)))
        parameters += [(name, value) for value in chosen]
        expected = [record for record in expected if not chosen or record[part][name] in chosen]
    field = data.draw(st.sampled_from([None, "startDate", "endDate"]))
    direction = data.draw(st.sampled_from([None, "asc", "desc"]))
    limit = data.draw(st.one_of(st.none(), st.integers(1, 100)))
    parameters += [
        (name, str(value))
        for name, value in (("sort[field]", field), ("sort[direction]", direction), ("limit", limit))
        if value is not None
    ]
    parameters = data.draw(st.permutations(parameters))
    expected = sorted(
        expected,
        key=lambda record: (moment(record, field or "startDate"), record["sessionId"]),
        reverse=direction == "desc",
    )

    service = Service(tied_college)
    pages = walk(service, *parameters)
    size = limit or 100
    assert [page["data"] for page in pages] == [
        expected[at : at + size] for at in range(0, max(1, len(expected)), size)
    ]
    assert {page["pagination"]["total"] for page in pages} == {len(expected)}
    if len(pages) > 1:
        back = walk(service, *parameters, link="previousCursor", cursor=pages[-1]["pagination"]["previousCursor"])
        assert [page["data"] for page in back] == [page["data"] for page in pages[-2::-1]]


def test_the_reader_needs_no_order_of_build(small_college: College) -> None:
    """The answer does not depend on the order of the college's rows."""
    shuffled = keep(small_college, np.random.default_rng(1).permutation(len(small_college)))
    assert ask(Service(shuffled)) == ask(Service(small_college))


def test_a_college_without_sessions() -> None:
    """A college whose sessions have all gone is answered with an empty page."""
    college = build_college(learners=1, today=datetime(2026, 3, 16, tzinfo=UTC).date())
    body = get(Service(keep(college, np.array([], dtype=np.intp))), ("userId", STRANGER))
    assert body["data"] == []
    assert body["pagination"]["total"] == 0
