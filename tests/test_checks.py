"""The checks that read the code instead of running it: style, types, the import rule, the pinned versions."""

import ast
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(sysconfig.get_path("scripts"))
CHECKS = {
    "ruff check": [sys.executable, "-m", "ruff", "check", "."],
    "ruff format": [sys.executable, "-m", "ruff", "format", "--check", "--diff", "."],
    "mypy": [sys.executable, "-m", "mypy", "--strict", "smartia"],
    "import-linter": [str(SCRIPTS / "lint-imports")],
}
PAGES = sorted([ROOT / "app.py", *(ROOT / "pages").glob("*.py")])
PAGES_MAY_IMPORT = (
    "functools",
    "streamlit",
    "smartia.ui",
    "smartia.analysis",
    "smartia.charts",
    "smartia.table",
    "smartia.words",
)


def imported_modules(source: str) -> list[str]:
    """List the modules that a source text imports; of `from smartia import ui` it is smartia.ui."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found += [f"{module}.{name.name}" for name in node.names] if module == "smartia" else [module]
    return found


def is_allowed_in_pages(module: str) -> bool:
    """Tell whether a page may import a module: one of those allowed, or one inside them."""
    return any(module == allowed or module.startswith(allowed + ".") for allowed in PAGES_MAY_IMPORT)


def normalised(requirement: str) -> str:
    """Return the name of a requirement as packaging tools compare it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


@pytest.mark.long
@pytest.mark.parametrize("check", CHECKS)
def test_tool_finds_nothing(check: str) -> None:
    """The tool passes with the project's own configuration."""
    run = subprocess.run(CHECKS[check], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        pytest.fail(f"{check} found something:\n{run.stdout}{run.stderr}", pytrace=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_imports_only_what_pages_may(page: Path) -> None:
    """A page imports Streamlit and smartia's ui, analysis, charts and table, and nothing else."""
    modules = imported_modules(page.read_text(encoding="utf-8"))
    assert modules
    assert [module for module in modules if not is_allowed_in_pages(module)] == []


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import smartia.store.files as s", ["smartia.store.files"]),
        ("def f():\n    from smartia import connect, ui", ["smartia.connect", "smartia.ui"]),
        ("from streamlit.errors import Error", ["streamlit.errors"]),
        ("from . import app", ["."]),
        ("import pandas, streamlit_extras", ["pandas", "streamlit_extras"]),
    ],
)
def test_every_form_of_import_is_seen(source: str, modules: list[str]) -> None:
    """Every form of import is found, nested ones included."""
    assert imported_modules(source) == modules


def test_pages_rule_turns_others_away() -> None:
    """A package whose name only begins like an allowed one is not allowed, nor is another part of smartia."""
    turned_away = ["streamlit_extras", "smartia", "smartia.store.files", "smartia.tables", "pandas", "."]
    assert [module for module in turned_away if is_allowed_in_pages(module)] == []


def test_requirements_pin_the_direct_dependencies() -> None:
    """requirements.txt pins each direct dependency of pyproject.toml, and what sign-in needs, and nothing else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["auth"]]
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==\d+(\.\d+)*(\.post\d+)?", line)] == []
    assert [normalised(line) for line in lines] == [normalised(line) for line in wanted]
