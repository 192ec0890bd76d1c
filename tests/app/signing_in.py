"""The app as a reader sees it who has signed in."""

from collections.abc import Mapping

from streamlit.testing.v1 import AppTest

from tests.app.conftest import ROOT, TIMEOUT_S
from tests.app.test_sign_in_pages import AUTH, user


def open_signed_in(
    address: str,
    role: str,
    page: str = "app.py",
    *,
    key: str = "",
    choices: Mapping[str, str | list[str]] | None = None,
) -> AppTest:
    """Open a page as the owner of an address, who has a role; fails on any exception of the page.

    Args:
        address: The reader's address.
        role: The reader's role.
        page: The page's file.
        key: The API key in the settings; none for the demo college.
        choices: Query parameters of the link.
    """
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S)
    app.secrets["auth"] = AUTH
    app.secrets["smartia"] = {"SMARTIA_API_KEY": key, "access": {role: [address]}}
    app.user = user(email=address, hd=address.partition("@")[2])
    if page != "app.py":
        app.switch_page(page)
    for name, value in (choices or {}).items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app
