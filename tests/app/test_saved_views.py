"""Saved views on the page: whose they are, what they hold, and that they open what was saved."""

import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from smartia.loading import account_folder, views_of
from smartia.settings import Settings
from smartia.store.views import SavedView
from tests.app.conftest import Open, plain
from tests.app.signing_in import open_signed_in
from tests.app.test_failures import everything
from tests.app.test_removal import press

JO, BO = "jo@college.ac.uk", "bo@college.ac.uk"
MATHS: dict[str, str | list[str]] = {"subject": ["Maths", "English"], "attempts": "First", "split": "Gender"}


@pytest.fixture
def kept(demo_college: Settings, private_place: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A demo college of the test's own, downloaded already, so that views can be removed with it."""
    folder = private_place / "cache"
    shutil.copytree(demo_college.cache_dir, folder)
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(folder))
    return Settings.load(secrets={})


def save(app: AppTest, name: str) -> AppTest:
    """Save what is shown under a name."""
    app.text_input(key="view_name").set_value(name)
    return press(app, "Save this view")


def plain_label(app: AppTest, beginning: str) -> str:
    """The label of the one button that begins so."""
    (label,) = [button.label for button in app.button if button.label.startswith(beginning)]
    return label


def links(app: AppTest) -> dict[str, str]:
    """The saved views that a page offers: name → address."""
    return {plain(link.proto.label).replace("\N{WORD JOINER}", ""): link.proto.url for link in app.get("link_button")}


def test_a_view_is_saved_found_shared_and_deleted(kept: Settings) -> None:
    """What a page shows opens again from its link, on any page, with the same figures; no unknown key is kept."""
    app = open_signed_in(JO, "analyst", "pages/levels.py", choices={**MATHS, "name": "Jo Bloggs"})
    assert links(app) == {}
    save(app, "Maths & English *first*")
    (view,) = views_of(kept, JO).read()
    assert view.page == "pages/levels.py"
    assert {key for key, _ in view.choices} == set(MATHS)
    assert "Bloggs" not in str(view)
    later = open_signed_in(JO, "analyst", "pages/durations.py")
    assert list(links(later)) == ["Maths & English *first*"]
    address = links(later)["Maths & English *first*"]
    assert urlsplit(address).path.rpartition("/")[2] == "levels"
    query = {key: value if len(value) > 1 else value[0] for key, value in parse_qs(urlsplit(address).query).items()}
    opened = open_signed_in(JO, "analyst", "pages/levels.py", choices=query)
    assert opened.dataframe[0].value.equals(app.dataframe[0].value)
    press(later, plain_label(later, "Delete "))
    assert links(later) == {}
    assert views_of(kept, JO).read() == ()
    assert later.get("vega_lite_chart")


def test_readers_do_not_see_each_others(kept: Settings) -> None:
    """Neither on the page nor by its name; a viewer keeps views of the publish view, a role makes no difference."""
    save(open_signed_in(JO, "learner-access"), "Jo's own")
    other = save(open_signed_in(BO, "viewer", choices={"of": "Maths"}), "Bo's own")
    assert list(links(other)) == ["Bo's own"]
    assert "Jo's own" not in everything(other)
    assert list(links(open_signed_in(JO, "viewer"))) == ["Jo's own"]
    names = " ".join(path.name for path in account_folder(kept).rglob("*"))
    assert "college" not in names
    assert "jo" not in names


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "[a](http://x.example)", ":streamlit: **b**"])
def test_a_hostile_name_is_text(kept: Settings, name: str) -> None:
    """A name stands on the button as it was typed, each of its signs escaped, and on no other reader's page."""
    app = save(open_signed_in(JO, "analyst"), name)
    assert list(links(app)) == [name]
    (button,) = app.get("link_button")
    assert name not in button.proto.label
    assert urlsplit(button.proto.url).query == ""
    assert views_of(kept, JO).read()[0].name == name


def test_what_cannot_be_saved_or_read_is_said(kept: Settings) -> None:
    """An empty name, damage and a page of an earlier version each have their words; one click begins anew."""
    app = open_signed_in(JO, "analyst")
    assert "the name is empty" in plain(save(app, "  ").error[0].value)
    views_of(kept, JO).save(SavedView("Old", "pages/gone.py", (("subject", "Maths"),)))
    assert any("no longer part of smartia" in caption.value for caption in app.run().caption)
    assert not app.error
    assert links(app) == {}
    (file,) = (account_folder(kept) / "views").iterdir()
    file.write_bytes(b"{")
    assert "cannot be read" in plain(app.run().error[0].value)
    assert app.metric
    press(app, "Remove my saved views")
    assert not app.error
    assert list(links(save(app, "New"))) == ["New"]


def test_a_value_that_is_gone_is_said_when_a_view_opens(kept: Settings) -> None:
    """A view with a subject that these data lack opens with the warning of any such link."""
    views_of(kept, JO).save(SavedView("Welsh", "app.py", (("subject", "Welsh"),)))
    address = links(open_signed_in(JO, "analyst"))["Welsh"]
    opened = open_signed_in(JO, "analyst", choices={"subject": parse_qs(urlsplit(address).query)["subject"]})
    assert "Welsh, which these data do not have" in plain(opened.warning[0].value)


def test_who_may_no_longer_saves_nothing(kept: Settings) -> None:
    """A click after the reader was taken off the lists changes no file."""
    app = open_signed_in(JO, "analyst")
    app.secrets["smartia"] = {"access": {"viewer": [BO]}}
    save(app, "Too late")
    assert views_of(kept, JO).read() == ()


def test_without_sign_in_the_link_keeps_a_view(open_page: Open, demo_college: Settings) -> None:
    """The page says that a bookmark of the link does it, offers no name, and writes nothing."""
    app = open_page(**MATHS)
    assert any("save it as a bookmark" in element.value for element in app.sidebar.markdown)
    assert not app.text_input
    assert not (account_folder(demo_college) / "views").exists()


def test_the_button_that_removes_the_copy_takes_views_along(kept: Settings) -> None:
    """Afterwards nothing lies on the disk, and who comes back has no view."""
    save(open_signed_in(JO, "learner-access"), "Mine")
    app = open_signed_in(JO, "learner-access", "pages/data_quality.py")
    press(press(app, "Remove the copy"), "Remove it")
    assert "has been removed" in app.info[-1].value
    assert not account_folder(kept).exists()
