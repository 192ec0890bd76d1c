"""The project's papers say what the code does."""

import re
import tomllib
from pathlib import Path

import pytest

from smartia.access import AccessRules, Role
from smartia.errors import SettingsError
from smartia.export.sessions import NAMED
from smartia.sandbox.server import main
from smartia.sandbox.service import DEMO_KEY, UNAUTHORISED_KEY
from smartia.settings import SETTINGS, Settings
from smartia.sign_in import Provider
from smartia.table.columns import HELPERS, data_dictionary

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".streamlit" / "secrets.example.toml").read_text(encoding="utf-8")
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
OPEN_COMMAND = "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/streamlit run app.py"
TEST_COMMAND = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest -n 3 --dist worksteal"


def between_markers(name: str) -> str:
    """Return what the README has between the comments <!-- name --> and <!-- /name -->."""
    parts = re.findall(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", README, re.DOTALL)
    assert len(parts) == 1, f"the README has {len(parts)} parts between the markers {name}"
    return str(parts[0])


def test_configuration_table_is_that_of_the_code() -> None:
    """The README's configuration table lists every setting as smartia.settings declares it."""
    rows = [f"| `{setting.name}` | {setting.description} | {setting.default} |" for setting in SETTINGS]
    assert between_markers("settings") == "\n".join(("| setting | what it does | default |", "|---|---|---|", *rows))


def test_data_dictionary_is_that_of_the_code() -> None:
    """The README's data dictionary lists every column as smartia.table.columns declares it."""
    assert between_markers("columns") == data_dictionary()


def test_columns_of_the_exports_are_described() -> None:
    """What the sessions' files have beside the data dictionary stands in docs/exports.md as the code declares it."""
    guide = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    rows = [f"| `{column.name}` | {column.kind} | {column.description} |" for column in HELPERS if column.name in NAMED]
    assert len(rows) == len(NAMED)
    assert "\n".join(("| column | type | what it is |", "|---|---|---|", *rows)) in guide


def test_every_display_is_where_the_readme_says() -> None:
    """What the table of displays puts in quotes is written on a page, and every display has its row."""
    part = README.split("### Where each display is")[1].split("\n## ")[0]
    rows = re.findall(r"^\| .+ \| .+ \| (.+) \|$", part, re.MULTILINE)
    code = "\n".join(path.read_text("utf-8") for name in ("pages", "smartia/ui") for path in (ROOT / name).glob("*.py"))
    places = rows[1:]
    assert len(places) == 19
    assert [name for place in places for name in re.findall(r'"([^"]+)"', place) if f'"{name}' not in code] == []


@pytest.mark.parametrize("command", [OPEN_COMMAND, TEST_COMMAND], ids=["open", "test"])
def test_command_stands_in_the_readme(command: str) -> None:
    """The command stands in the README on a line of its own, once, ready to be copied."""
    assert README.splitlines().count(command) == 1


def test_ci_calls_the_test_command() -> None:
    """What .ci/run does last, and with its exit code, is the README's test command."""
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[-1] == TEST_COMMAND
    assert [line for line in lines if "pytest" in line] == [TEST_COMMAND]


def test_sandbox_is_described_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """The README names every option of the sandbox, and both of its keys."""
    with pytest.raises(SystemExit):
        main(["--help"])
    options = set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out)) - {"--help"}
    assert len(options) > 3
    part = README.split("\n## The sandbox\n")[1].split("\n## ")[0]
    assert [name for name in (*sorted(options), DEMO_KEY, UNAUTHORISED_KEY) if f"`{name}" not in part] == []


def test_example_of_secrets_opens_the_demo() -> None:
    """The example copied as it is changes nothing: the demo college opens, without a notice."""
    settings = Settings.load(secrets=tomllib.loads(EXAMPLE)["smartia"], environ={})
    assert settings == Settings()


def test_example_of_secrets_shows_the_lists_of_readers() -> None:
    """With the comment signs of its sections taken away, the example has lists that hold and all of sign-in."""
    part = EXAMPLE[EXAMPLE.index("# [smartia.access]") :]
    sections = tomllib.loads(part.replace("# ", ""))
    rules = AccessRules.from_section(sections["smartia"]["access"])
    assert rules.notices == ()
    assert {role for _, role in rules.entries} == set(Role)
    secrets = {"cookie_secret": "0" * 64, "client_id": "the-app", "client_secret": "a-secret"}
    with pytest.raises(SettingsError, match="your own Microsoft tenant"):
        Provider.from_section(sections["auth"] | secrets)
    address = sections["auth"]["server_metadata_url"].replace("TENANT-ID", "3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    assert Provider.from_section(sections["auth"] | secrets | {"server_metadata_url": address}).is_entra


def test_example_of_secrets_names_every_setting() -> None:
    """With its comment signs taken away, the example sets every setting, validly, and to the default if it has one."""
    section = tomllib.loads(re.sub(r"^# (?=SMARTIA_)", "", EXAMPLE, flags=re.MULTILINE))["smartia"]
    assert list(section) == [setting.name for setting in SETTINGS]
    settings = Settings.load(secrets=section | {"SMARTIA_API_KEY": "a-key"}, environ={})
    assert (settings.base_url, settings.max_age, settings.notices) == (Settings.base_url, Settings.max_age, ())


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_links_lead_somewhere(paper: Path) -> None:
    """Every link of a paper inside the project leads to a file that is there, and to a heading that it has."""
    text = re.sub(r"```.*?```", "", paper.read_text(encoding="utf-8"), flags=re.DOTALL)
    inside = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith(("https://", "mailto:"))]
    lost = []
    for link in inside:
        name, _, anchor = link.partition("#")
        target = (paper.parent / name) if name else paper
        if not target.is_file() or (anchor and anchor not in anchors_of(target)):
            lost.append(link)
    assert lost == []


def test_every_page_of_the_docs_is_linked() -> None:
    """Every page under docs/ can be reached from the README, directly or through another page."""
    reached, queue = set(), [ROOT / "README.md"]
    while queue:
        paper = queue.pop().resolve()
        if paper not in reached and paper.suffix == ".md":
            reached.add(paper)
            links = re.findall(r"\]\(([\w./-]+\.md)[#)]", paper.read_text(encoding="utf-8"))
            queue += [paper.parent / link for link in links]
    assert {page.resolve() for page in (ROOT / "docs").glob("*.md")} <= reached


def anchors_of(paper: Path) -> set[str]:
    """The anchors that GitHub gives a paper's headings."""
    headings = re.findall(r"^#+ (.+)$", paper.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
