"""Parameters are read as the reference says, and refused with a message that names the parameter but not its value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.sandbox.query import FOREVER, BadRequestError, Query, Window, read_query

USER = "2716be03-cec0-4027-a373-46b53fb6a08d"


def test_defaults() -> None:
    """Without parameters all sessions are asked for, 100 a page from the first, by startDate, earliest first."""
    assert read_query([]) == Query(FOREVER, FOREVER, (), (), (), 100, 0, None, "startDate", descending=False)


@pytest.mark.parametrize(
    "text",
    [
        "2025-09-01T12:30:00Z",
        "2025-09-01T12:30Z",
        "2025-09-01T12:30:00.000Z",
        "2025-09-01T13:30:00+01:00",
        "2025-09-01T07:00:00.000000-05:30",
        "1756729800",
    ],
)
def test_spellings_of_a_moment(text: str) -> None:
    """ISO 8601 with any zone and Unix seconds mean the same moment."""
    assert read_query([("endDate[gte]", text)]).end.start_ms == 1_756_729_800_000


@pytest.mark.parametrize(
    ("operator", "fraction", "expected"),
    [
        ("gte", ".500", Window(500, FOREVER.end_ms)),
        ("gte", ".500001", Window(501, FOREVER.end_ms)),
        ("gt", ".500", Window(501, FOREVER.end_ms)),
        ("gt", ".500001", Window(501, FOREVER.end_ms)),
        ("lt", ".500", Window(FOREVER.start_ms, 500)),
        ("lt", ".500001", Window(FOREVER.start_ms, 501)),
        ("lte", ".500", Window(FOREVER.start_ms, 501)),
        ("lte", ".500001", Window(FOREVER.start_ms, 501)),
    ],
)
def test_operators_at_the_millisecond(operator: str, fraction: str, expected: Window) -> None:
    """Each operator includes or excludes the very moment, and moments between milliseconds round the right way."""
    name = f"startDate[{operator}]"
    assert read_query([(name, f"1970-01-01T00:00:00{fraction}Z")]).start == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2025-09-01",
        "2025-09-01T12:30:00",
        "2025-09-01T12:30:00 01:00",
        "2025-02-30T12:30:00Z",
        "2025-09-01T25:00:00Z",
        "2025-W36-1T12:00:00Z",
        "1756729800000",
        "-5",
        "1e9",
        "٣",
    ],
)
def test_other_dates_are_refused(text: str) -> None:
    """A date without time or zone, an impossible one, Unix milliseconds and other texts are refused."""
    with pytest.raises(BadRequestError, match=r"endDate\[lt\].*ISO 8601 with a zone.*Unix time in seconds"):
        read_query([("endDate[lt]", text)])


@pytest.mark.parametrize(
    ("name", "value", "code", "message"),
    [
        ("page", "2", "unknown_parameter", r"'page' is not a parameter; accepted are startDate"),
        ("level", "L1 - Lower", "unknown_parameter", r"'level'"),
        ("userId[]", USER, "unknown_parameter", r"'userId\[\]'"),
        ("sort", "endDate", "unknown_parameter", r"'sort'"),
        ("endDate", "2025-09-01T00:00:00Z", "unknown_operator", r"endDate was sent with no operator; .*\[gte\]"),
        ("startDate[eq]", "1756729800", "unknown_operator", r"startDate was sent with an unknown operator"),
        ("limit", "0", "invalid_parameter", r"limit.* whole number from 1 to 100"),
        ("limit", "101", "invalid_parameter", r"from 1 to 100"),
        ("limit", "ten", "invalid_parameter", r"from 1 to 100"),
        ("limit", "", "invalid_parameter", r"from 1 to 100"),
        ("limit", "5.0", "invalid_parameter", r"from 1 to 100"),
        ("limit", "٣", "invalid_parameter", r"from 1 to 100"),
        ("offset", "-1", "invalid_parameter", r"offset.* whole number from 0"),
        ("userId", "john_doe", "invalid_parameter", r"userId.* a UUID"),
        ("userId", f"{USER},{USER}", "invalid_parameter", r"repeated for each"),
        ("testId", "", "invalid_parameter", r"testId.* a UUID"),
        ("subject", "", "invalid_parameter", r"subject"),
        ("sort[field]", "level", "invalid_parameter", r"sort\[field\].* startDate or endDate"),
        ("sort[direction]", "DESC", "invalid_parameter", r"sort\[direction\].* asc or desc"),
    ],
)
def test_refused_parameters(name: str, value: str, code: str, message: str) -> None:
    """Unknown parameters, unknown operators and malformed values are refused with what is accepted."""
    with pytest.raises(BadRequestError, match=message) as caught:
        read_query([(name, value)])
    assert caught.value.code == code


@pytest.mark.parametrize("field", ["startDate", "endDate"])
@pytest.mark.parametrize("pair", [("gt", "gte"), ("lt", "lte")])
def test_operators_that_exclude_each_other(field: str, pair: tuple[str, str]) -> None:
    """Operators gt and gte of one date cannot be combined, nor lt and lte."""
    with pytest.raises(BadRequestError, match="cannot be used with") as caught:
        read_query([(f"{field}[{operator}]", "1756729800") for operator in pair])
    assert caught.value.code == "parameters_exclude_each_other"


@pytest.mark.parametrize("lower", ["gt", "gte"])
@pytest.mark.parametrize("upper", ["lt", "lte"])
def test_operators_that_go_together(lower: str, upper: str) -> None:
    """A lower and an upper bound of both dates go together."""
    names = [f"{field}[{operator}]" for field in ("startDate", "endDate") for operator in (lower, upper)]
    query = read_query([(name, "1756729800") for name in names])
    assert FOREVER.start_ms < query.start.start_ms <= query.start.end_ms + 1
    assert query.start == query.end


def test_offset_excludes_cursor() -> None:
    """offset, even 0, cannot be used with cursor."""
    with pytest.raises(BadRequestError, match="offset cannot be used with cursor"):
        read_query([("offset", "0"), ("cursor", "AAAA")])


@pytest.mark.parametrize("name", ["limit", "offset", "cursor", "sort[field]", "sort[direction]", "endDate[gt]"])
def test_single_parameters_are_not_repeated(name: str) -> None:
    """A parameter with a single value is refused when it is sent twice."""
    with pytest.raises(BadRequestError, match="was sent 2 times; it takes one value") as caught:
        read_query([(name, "1"), (name, "1")])
    assert caught.value.code == "repeated_parameter"


@pytest.mark.parametrize("name", ["userId", "testId", "subject"])
def test_thirty_values_and_no_more(name: str) -> None:
    """The list filters take thirty values; thirty-one are refused, even if they are the same."""
    assert read_query([(name, USER)] * 30) != read_query([])
    with pytest.raises(BadRequestError, match="was sent 31 times; accepted are 1 to 30"):
        read_query([(name, USER)] * 31)


def test_ids_are_read_in_any_case() -> None:
    """UUIDs in capitals are the same UUIDs."""
    assert read_query([("userId", USER.upper()), ("userId", USER)]).users == (USER,)


@pytest.mark.parametrize("name", ["userId", "testId", "limit", "endDate[gt]", "sort[field]"])
def test_refusals_do_not_repeat_the_value(name: str) -> None:
    """A message names the parameter but never its value, which may be somebody's id."""
    with pytest.raises(BadRequestError) as caught:
        read_query([(name, "john_doe")])
    assert name in caught.value.message
    assert "john_doe" not in caught.value.message


def outcome(parameters: list[tuple[str, str]]) -> Query | str:
    """Return the query, or the message of the refusal."""
    try:
        return read_query(parameters)
    except BadRequestError as error:
        return error.message


NAMES = st.sampled_from(["startDate[gt]", "endDate[lte]", "limit", "offset", "userId", "subject", "sort[field]"])


@given(st.lists(st.tuples(st.one_of(NAMES, st.text(max_size=20)), st.text(max_size=20)), max_size=5))
def test_any_parameters_are_read_or_refused(parameters: list[tuple[str, str]]) -> None:
    """Whatever is sent, the result is a query within its bounds or a refusal that says what is accepted."""
    match outcome(parameters):
        case Query(limit=limit, offset=offset):
            assert 1 <= limit <= 100
            assert offset >= 0
        case message:
            assert "accepted" in message or "takes one value" in message
