"""Words and changes: the page needs no data, and shows the project's own changelog."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from smartia.table.glossary import CHAPTERS
from smartia.ui.glossary import readable_changes
from tests.app.conftest import ROOT, open_app, plain
from tests.servers import KEY, nobody_listens

PAGE = "pages/glossary.py"


def texts(app: AppTest) -> str:
    """What the page says."""
    assert not app.exception, app.exception
    return plain(" ".join(element.value for element in (*app.main.markdown, *app.main.subheader, *app.main.info)))


def test_words_and_changes_need_no_data(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a key, no copy and an API that cannot be reached, every word and every version is there; a search narrows.

    Nothing is downloaded by it.
    """
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
    monkeypatch.setenv("SMARTIA_API_KEY", KEY)
    monkeypatch.setenv("SMARTIA_BASE_URL", nobody_listens())
    app = open_app(PAGE)
    said = texts(app)
    for chapter in CHAPTERS:
        assert [term.name for term in chapter.terms if f"#### {term.name}\n{term.meaning}" not in said] == []
    assert "### Version 0.1.0, not yet released" in said
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("### Added\n")[1]
    assert " ".join(changes.split())[-300:] in " ".join(said.split())
    app.text_input(key="glossary_search").set_value("spiky").run()
    assert "#### Spiky profile" in texts(app)
    assert "#### Median" not in texts(app)
    app.text_input(key="glossary_search").set_value("**zz**").run()
    assert "No word here fits" in texts(app)
    assert not cache_dir.exists()


def test_a_changelog_is_shown_by_version() -> None:
    """Its introduction goes, versions become headings in words, kinds of change stand below them."""
    text = (
        "# Changelog\n\nForm.\n\n## [Unreleased]\n\n### Fixed\n\n- A.\n\n## [0.2.0] - 2026-01-31\n\n### Added\n\n- B."
    )
    assert readable_changes(text) == (
        "### Not yet released\n\n#### Fixed\n\n- A.\n\n### Version 0.2.0, 2026-01-31\n\n#### Added\n\n- B."
    )
    assert readable_changes("Nothing yet.") == ""


def test_without_a_changelog_the_page_says_so(tmp_path: Path) -> None:
    """Where the file does not lie beside the app, the page says that instead of showing nothing."""

    def page(file: str) -> None:
        from smartia.ui.glossary import show_changes

        show_changes(file)

    for name in ("none", "broken"):
        (tmp_path / name).mkdir()
    (tmp_path / "broken" / "CHANGELOG.md").write_bytes(b"\xff\xfe## [0.1.0]")
    for name in ("none", "broken"):
        app = AppTest.from_function(page, kwargs={"file": str(tmp_path / name / "pages" / "glossary.py")})
        app.run()
        assert "CHANGELOG.md" in texts(app)
