"""Every control says what it does, and every choice that a link can hold is one that links know."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import smartia
from smartia.settings import Settings
from smartia.ui.frame import PAGES
from smartia.ui.links import _KEYS, is_choice
from tests.app.conftest import ROOT, open_app
from tests.app.lists import with_list
from tests.app.signing_in import open_signed_in
from tests.handmade import make_records
from tests.servers import KEY, following_reference

SAY_IT_THEMSELVES = {"Sessions behind": "its label is hidden, and the words in its place say what it does"}
"""Controls without help, by the beginning of their label, and why."""
CHOICES: dict[str, dict[str, str]] = {
    "pages/levels.py": {"split": "Gender"},
    "pages/trends.py": {"period": "Term"},
    "pages/profiles.py": {"same_year": "true"},
}
"""Choices that make a page show controls that it hides else."""


def controls_of(app: AppTest) -> Iterator[Any]:
    """Everything on a page that a reader can set, buttons left out: they say on themselves what they do."""
    kinds = (
        *("selectbox", "multiselect", "radio", "button_group", "slider", "select_slider", "number_input", "text_input"),
        *("text_area", "date_input", "time_input", "file_uploader", "toggle", "checkbox", "color_picker"),
    )
    return chain.from_iterable(app.get(kind) for kind in kinds)


def lacking(app: AppTest) -> list[str]:
    """The labels of controls without help that do not say it themselves."""
    assert not app.exception, app.exception
    labels = [control.proto.label for control in controls_of(app) if not control.proto.help]
    return [label for label in labels if not label.startswith(tuple(SAY_IT_THEMSELVES))]


def bound(app: AppTest) -> set[str]:
    """The keys under which the controls of a page stand in the address."""
    return {key for control in controls_of(app) if (key := getattr(control.proto, "query_param_key", ""))}


@pytest.fixture
def small_college(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A college of few sessions that have been downloaded, with learner access for everybody."""
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
    monkeypatch.setenv("SMARTIA_API_KEY", KEY)
    monkeypatch.setenv("SMARTIA_OPEN_ROLE", "learner-access")
    with following_reference(make_records(seed=4, size=200)) as server:
        monkeypatch.setenv("SMARTIA_BASE_URL", server.base_url)
        smartia.refresh()
    return Settings.load(secrets={})


def test_every_control_has_help_and_every_choice_is_known_to_links(small_college: Settings) -> None:
    """On all pages, as they are and in the publish view, with a list of groups, and where the reader signs in."""
    apps = [open_app(page, **CHOICES.get(page, {})) for page, _, _ in PAGES]
    apps += [open_app(page, publish="true") for page in ("pages/levels.py", "pages/profiles.py")]
    apps.append(open_app("pages/groups.py"))
    with_list(apps[-1], small_college, tutors=3)
    apps.append(open_signed_in("jo@college.ac.uk", "analyst", key=KEY))
    kinds = {type(control).__name__ for app in apps for control in controls_of(app)}
    assert len(kinds) > 6
    assert {label for app in apps for label in lacking(app)} == set()
    keys = set().union(*map(bound, apps))
    assert len(keys) > 40
    assert {key for key in keys if not is_choice(key)} == set()


def test_no_key_of_a_link_is_left_over() -> None:
    """Each key that links know is a control's: it stands as such in the code."""
    files = [*(ROOT / "smartia").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in files if path.stem != "links")
    assert [key for key in sorted(_KEYS) if f'"{key}"' not in code] == []
