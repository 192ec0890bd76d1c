"""The benchmarks of pages still speak to the apps, click what they say and draw the right conclusions."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import smartia
from smartia.sandbox.service import DEMO_KEY
from smartia.table.filters import Filters, apply_filters
from tests.benchmarks import aggregates
from tests.benchmarks.accounts import Account
from tests.benchmarks.aggregate_ways import AGGREGATES
from tests.benchmarks.apps import SITE, obvious_app, saved_download, smartia_app
from tests.benchmarks.figures import Figure, Outcome
from tests.benchmarks.growth_steps import growth_table, steps_of
from tests.benchmarks.page_report import SMARTIA, outcome_of
from tests.benchmarks.pages import Page, Visits, list_of, visit_pages
from tests.benchmarks.readers import read_together
from tests.benchmarks.report import make_report, read_report
from tests.benchmarks.scaling import PAGE, calculated, measured_table
from tests.benchmarks.steps import ATTEMPTS, FILTERS, Clicks
from tests.benchmarks.visiting import Reader, reading
from tests.running_app import RunningApp
from tests.sandbox.running import running


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """An account of about 1,000 sessions, and what the obvious app downloaded of it."""
    folder = tmp_path_factory.mktemp("benchmarks")
    with running("--learners", "420") as sandbox, pytest.MonkeyPatch.context() as patch:
        base_url = sandbox.url.removesuffix("/smart-ia/sessions/completed")
        account = Account(folder / "account", base_url, DEMO_KEY)
        smartia.refresh(account.settings)
        patch.setenv("OBVIOUS_API", base_url)
        patch.setenv("OBVIOUS_KEY", DEMO_KEY)
        spec = importlib.util.spec_from_file_location("obvious_sessions", SITE / "sessions.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.download().to_parquet(folder / "downloaded.parquet")
    return account


def test_the_obvious_app_is_given_what_it_would_download(account: Account) -> None:
    """The Parquet file that it reads holds the very frame that its own requests loop makes, name by name."""
    downloaded = pd.read_parquet(account.cache_dir.with_name("downloaded.parquet"))
    saved = pd.read_parquet(saved_download(account))
    assert len(saved) > 900
    fitting = downloaded[downloaded["sessionId"].isin(saved["sessionId"])].drop_duplicates("sessionId")
    both = [frame.sort_values("sessionId", ignore_index=True) for frame in (saved, fitting[saved.columns])]
    pd.testing.assert_frame_equal(*both, check_dtype=False)
    assert set(downloaded.columns) - set(saved.columns) == {"status"}  # which is the same in every record


def test_both_apps_are_read_and_measured(account: Account, tmp_path: Path) -> None:
    """What the filters sent leave is what each app counts; every click is measured; many readers meet no error."""
    with (
        smartia_app(tmp_path / "smartia", account) as app,
        obvious_app(tmp_path / "obvious", account, "counted") as obvious,
    ):
        check_that_filters_count(app, account)
        check_that_filters_count(obvious, account)
        check_that_clicks_are_told_apart({SMARTIA: app, "counted": obvious}, account)
        check_that_a_list_is_used(app, account)
        check_that_many_can_read(app)


def check_that_filters_count(app: RunningApp, account: Account) -> None:
    """Set a filter on the Overview and take it back: the sessions counted are those that the filter leaves."""
    frame = account.open().analysis()
    with reading(app, "") as reader:
        assert reader.visit.first_chart_s is not None
        assert 0 < reader.visit.first_chart_s <= reader.visit.seconds
        assert reader.visit.charts >= 2
        assert reader.visit.sent_mb > 0.01
        assert shown_sessions(reader) == len(apply_filters(frame, Filters()))
        for gender in (("female",), ()):
            run = reader.choose("Gender", gender)
            assert run.failures == 0
            assert shown_sessions(reader) == len(apply_filters(frame, Filters(gender=gender)))


def shown_sessions(reader: Reader) -> int:
    """The number under "Sessions"."""
    [metric] = [metric for metric in reader.stream.elements("metric") if metric.label == "Sessions"]
    return int(metric.body.split()[0].replace(",", ""))


def check_that_clicks_are_told_apart(apps: dict[str, RunningApp], account: Account) -> None:
    """Click through one page: one new choice and the ways back are measured apart, on both, and the table has them."""
    visits = Visits(account.engine)
    visit_pages(visits, apps, [Page("Levels", "levels", "levels", filters=("Gender",))], account)
    for name in apps:
        assert (len(visits.new[name, "Levels"]), len(visits.repeated[name, "Levels"])) == (1, 3)
        assert visits.memory[name][0]["VmHWM"] > 100
        visits.start_s[name].append(1.0)
    [table] = outcome_of(visits, account.sessions).tables
    [row] = table.rows
    assert row[0] == "Levels"
    assert all(row)


def check_that_a_list_is_used(app: RunningApp, account: Account) -> None:
    """Bring a list of all learners to Groups: its areas are drawn, which need one."""
    with reading(app, "groups") as reader:
        assert reader.visit.charts == 0
        run = reader.bring_list("list.csv", list_of(account))
        assert (run.failures, run.charts > 0) == (0, True)


def check_that_many_can_read(app: RunningApp) -> None:
    """Let two readers click for half a second: every run of theirs is noted, and no error."""
    log = read_together([app], readers=2, seconds=0.5, think_s=0.05)
    assert log.errors == []
    assert len(log.runs) >= 2
    assert min(seconds for _, seconds in log.runs) > 0


def test_a_page_is_shown_no_choice_that_another_one_had() -> None:
    """Half of the clicks are new, the other half the way back, whatever page; the last one ends at no filter at all."""
    options = dict.fromkeys(FILTERS, ("a", "b", "c", "d")) | {ATTEMPTS: ("Latest", "First", "All")}
    clicks = Clicks()
    for place in range(10):
        steps = list(clicks.round_of(options, place))
        assert [step.is_new for step in steps] == [True] * 9 + [False] * 9
        last = {step.label: step.values for step in steps}
        assert last == dict.fromkeys(FILTERS, ()) | {ATTEMPTS: ("Latest",)}


def test_aggregates_are_compared_with_the_sql(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """All five are counted alike in both ways; where they are not, there is an error and no figure."""
    outcome = aggregates.measure_aggregates(account, engines=["pandas", "duckdb"], runs=1)
    assert [row[0] for row in outcome.tables[0].rows] == [aggregate.name for aggregate in AGGREGATES]
    wrong = replace(AGGREGATES[0], sql=AGGREGATES[0].sql.replace("count(*)", "count(*) + 1"))
    monkeypatch.setattr(aggregates, "AGGREGATES", [wrong])
    with pytest.raises(ValueError, match="do not count the same"):
        aggregates.measure_aggregates(account, engines=["pandas"], runs=1)


def test_growth_beyond_linear_is_found() -> None:
    """A step of ten times the sessions at a hundred times the cost is named, one at ten times is not."""
    costs = {"even": (1.0, 10.0), "steep": (1.0, 100.0), "the obvious app, counting with pandas": (1.0, 100.0)}
    figures = [
        Figure("growth", name, "s", (cost,), "", sessions)
        for name, values in costs.items()
        for sessions, cost in zip((1_000, 10_000), values, strict=True)
    ]
    table = growth_table(figures)
    assert table.notes[0] == ("Of 2 steps from a size to the next, 1 are worse than linear: steep (2.00 to 10,000).")
    assert [row[:3] for row in table.rows] == [("even, s", "1.00", "10.00"), ("steep, s", "1.00", "100.00")]
    [step] = steps_of([(1_000, 1.0), (10_000, 10.0)])
    assert (step.is_linear, round(step.exponent, 9), step.marginal) == (True, 1.0, 1.0)


def test_what_was_not_measured_is_not_calculated() -> None:
    """Costs are carried on from two sizes; not from one, from small ones, from a fall or from a steep rise."""
    assert calculated({1_000_000: 2.0, 2_000_000: 3.0}, 10_000_000) == 11.0
    assert calculated({1_000_000: 2.0}, 10_000_000) is None
    assert calculated({1_000: 2.0, 2_000: 3.0}, 10_000_000) is None
    assert calculated({1_000_000: 3.0, 2_000_000: 2.0}, 10_000_000) is None
    assert calculated({1_000_000: 1.0, 2_000_000: 4.0}, 10_000_000) is None
    assert measured_table([]) == "Nothing has been measured yet."
    sizes = {1_000_000: 1_000.0, 2_000_000: 2_000.0}
    last_row = measured_table([Figure("", "on disk", "MB", (mb,), "", n) for n, mb in sizes.items()]).splitlines()[-1]
    assert last_row == "| on disk | 1,000 MB at 1,000,000; 2,000 MB at 2,000,000 | 1.00 MB | 100 GB |"
    assert PAGE.read_text(encoding="utf-8").count("<!-- measured -->") == 1


def test_a_report_is_read_as_it_was_saved(tmp_path: Path) -> None:
    """Figures and tables come back from the JSON, and the Markdown shows both."""
    moment = pd.Timestamp("2026-01-02T03:04:05Z").to_pydatetime()
    figures = (Figure("pages", "Levels", "ms", (1.0, 3.0), "at most 200", 1_000),)
    table = growth_table([])
    path = make_report(moment, 0.5, [Outcome(figures, (table,))]).save(tmp_path)
    report = read_report(path.with_suffix(".json"))
    assert (tuple(report.figures), tuple(report.tables)) == (figures, (table,))
    assert "| pages | Levels | 1,000 | 2 ms | 1 ms – 3 ms | 2 | at most 200 |" in path.read_text(encoding="utf-8")
