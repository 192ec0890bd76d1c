"""One app over a college's real data, in which sign-in is asked for, and the browsers of its readers."""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import smartia
from smartia.sandbox.service import DEMO_KEY
from smartia.settings import Settings
from tests.access.provider import CLIENT_ID, CLIENT_PROOF, running_provider
from tests.browser.conftest import serve
from tests.sandbox.running import running
from tests.streams import Browser

IDENTITIES = ("user_id", "username", "upn", "external_id", "full_name", "emails", "date_of_birth")
PEOPLE: dict[str, dict[str, Any]] = {
    "unlisted": {"email": "visitor@elsewhere.example", "email_verified": True},
    "unverified": {"email": "mis@office.example", "email_verified": False},
    "ended": {"email": "mis@office.example", "email_verified": True, "iat": int(time.time()) - 13 * 3600},
    "viewer": {"email": "Governor@Board.example", "email_verified": True},
    "analyst": {"email": "data.lead@office.example", "email_verified": True},
    "learner-access": {"email": "mis@office.example", "email_verified": True},
}
"""Who signs in, by what is to become of them."""
COLLEAGUES: dict[str, dict[str, Any]] = {
    "colleague": {"email": "tutor@office.example", "email_verified": True},
}
"""Others with a role that one of `PEOPLE` has."""
COOKIE_KEY = "cookie-secret-of-the-tests-0123456789abcdef"
SECRETS = """
[smartia]
SMARTIA_API_KEY = "{key}"
SMARTIA_OPEN_ROLE = "learner-access"

[smartia.access]
viewer = ["@board.example"]
analyst = ["data.lead@office.example"]
learner-access = ["mis@office.example", "tutor@office.example"]

[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{cookie_key}"
client_id = "{client_id}"
client_secret = "{client_secret}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
"""


@dataclass(frozen=True)
class College:
    """The app and what is known of whose data it holds.

    Attributes:
        base_url: Where the app listens.
        secrets: The file with its settings.
        personal: Every learner's name, username, UPN, external ID, address, user id and date of birth as words,
            by the first of these.
        new_browser: A new browser of a person of `PEOPLE` or `COLLEAGUES`, signed in, or of somebody who is signed out.
        browser_of: The same, but each of them has but one.
    """

    base_url: str
    secrets: Path
    personal: dict[str, set[tuple[str, ...]]] = field(repr=False)
    new_browser: Callable[[str], Browser]
    browser_of: Callable[[str], Browser]

    def identities_in(self, text: str) -> set[str]:
        """Find personal values by their words, whatever stands between these: a number inside a hash is none."""
        words = re.findall(r"\w+", text)
        return {
            " ".join(value)
            for at, word in enumerate(words)
            for value in self.personal.get(word, ())
            if tuple(words[at : at + len(value)]) == value
        }


@pytest.fixture(scope="session")
def college(tmp_path_factory: pytest.TempPathFactory) -> Iterator[College]:
    """Download a college from the sandbox, and serve it to readers who sign in."""
    folder = tmp_path_factory.mktemp("access")
    with running() as sandbox:
        base_url = sandbox.url.removesuffix("/smart-ia/sessions/completed")
        settings = Settings(api_key=DEMO_KEY, base_url=base_url, cache_dir=folder)
        sessions = smartia.refresh(settings).sessions
    with running_provider() as provider:
        known = {"key": DEMO_KEY, "client_id": CLIENT_ID, "client_secret": CLIENT_PROOF, "cookie_key": COOKIE_KEY}
        secrets = SECRETS.format(**known, issuer=provider.issuer)
        path = folder / "secrets.toml"
        path.write_text(secrets, encoding="utf-8")
        with serve(folder, SMARTIA_BASE_URL=base_url) as address, ExitStack() as browsers:

            def new_browser(who: str) -> Browser:
                browser = Browser(address)
                browsers.callback(browser.http.close)
                if who != "signed out":
                    provider.person = (PEOPLE | COLLEAGUES)[who]
                    browser.sign_in()
                return browser

            yield College(address, path, _personal(sessions), new_browser, cache(new_browser))


def _personal(sessions: pd.DataFrame) -> dict[str, set[tuple[str, ...]]]:
    cells = [cell for name in IDENTITIES for cell in sessions[name].dropna().astype("str").unique()]
    texts = (text for cell in cells for text in cell.removesuffix(" 00:00:00").split("; "))
    found: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for text in filter(None, texts):
        words = tuple(re.findall(r"\w+", text))
        found[words[0]].add(words)
    assert sum(map(len, found.values())) > 300
    return dict(found)
