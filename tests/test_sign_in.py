"""Whom a sign-in proves, claim by claim, and which settings of it are refused."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.errors import SettingsError
from smartia.sign_in import LASTS, Doubt, Provider, SignedIn, Unproven, examine

NOW = dt.datetime(2026, 3, 16, 9, tzinfo=dt.UTC)
TENANT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
END = "/.well-known/openid-configuration"
ISSUERS = {
    "google": "https://accounts.google.com",
    "entra": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "other": "https://id.college.ac.uk/realms/staff",
}
AUTH = {
    "redirect_uri": "https://smartia.college.ac.uk/oauth2callback",
    "cookie_secret": "0123456789abcdef" * 4,
    "client_id": "the-app",
    "client_secret": "zq-secret",
    "server_metadata_url": ISSUERS["google"] + END,
}
PROVIDERS = {name: Provider.from_section(AUTH | {"server_metadata_url": at + END}) for name, at in ISSUERS.items()}


def claims(name: str, **more: object) -> dict[str, object]:
    """What Streamlit would know of a good sign-in, with changes; a change to None takes a claim away."""
    good: dict[str, object] = {"is_logged_in": True, "provider": "default", "iss": ISSUERS[name], "aud": "the-app"}
    good["iat"] = int(NOW.timestamp()) - 60
    if name == "entra":
        good |= {"preferred_username": "jo@college.ac.uk", "email": "head@college.ac.uk"}
    else:
        good |= {"email": "jo@college.ac.uk", "email_verified": True}
    if name == "google":
        good["hd"] = "college.ac.uk"
    return {key: value for key, value in (good | more).items() if value is not None}


def look(name: str, **more: object) -> SignedIn | Unproven:
    """Examine such claims now."""
    return examine(claims(name, **more), PROVIDERS[name], NOW)


@pytest.mark.parametrize("name", ISSUERS)
def test_a_good_sign_in_proves_an_address(name: str) -> None:
    """Each provider's own proof of an address counts, until twelve hours after the sign-in."""
    found = look(name)
    assert found == SignedIn("jo@college.ac.uk", NOW - dt.timedelta(seconds=60) + LASTS)
    assert "jo@" not in repr(found)


@pytest.mark.parametrize("name", ISSUERS)
@pytest.mark.parametrize(
    ("more", "doubt"),
    [
        ({"is_logged_in": None}, Doubt.SIGNED_OUT),
        ({"is_logged_in": False}, Doubt.SIGNED_OUT),
        ({"is_logged_in": "true"}, Doubt.SIGNED_OUT),
        ({"iss": None}, Doubt.ELSEWHERE),
        ({"iss": "https://evil.example"}, Doubt.ELSEWHERE),
        ({"iss": f"https://login.microsoftonline.com/{TENANT[::-1]}/v2.0"}, Doubt.ELSEWHERE),
        ({"aud": None}, Doubt.ELSEWHERE),
        ({"aud": "another-app"}, Doubt.ELSEWHERE),
        ({"provider": "another"}, Doubt.ELSEWHERE),
        ({"provider": None}, Doubt.ELSEWHERE),
        ({"iat": None}, Doubt.ENDED),
        ({"iat": "now"}, Doubt.ENDED),
        ({"iat": True}, Doubt.ENDED),
        ({"iat": float("nan")}, Doubt.ENDED),
        ({"iat": 1e300}, Doubt.ENDED),
        ({"iat": int(NOW.timestamp()) - 12 * 3600}, Doubt.ENDED),
        ({"iat": int(NOW.timestamp()) + 3600}, Doubt.ENDED),
        ({"email": None, "preferred_username": None}, Doubt.UNVERIFIED),
        ({"email": ["jo@college.ac.uk"], "preferred_username": 7}, Doubt.UNVERIFIED),
    ],
)
def test_one_doubt_is_enough(name: str, more: dict[str, object], doubt: Doubt) -> None:
    """Whatever is missing, of another kind, somebody else's, too old or of the future proves nothing."""
    found = look(name, **more)
    assert isinstance(found, Unproven)
    assert found.doubt is doubt


@pytest.mark.parametrize(
    ("name", "more", "is_proved"),
    [
        ("google", {"email_verified": None}, False),
        ("google", {"email_verified": "true"}, False),
        ("google", {"email_verified": 1}, False),
        ("google", {"hd": None}, False),
        ("google", {"hd": ""}, False),
        ("google", {"hd": None, "email": "chair@Gmail.com"}, True),
        ("google", {"hd": None, "email": "chair@notgmail.com"}, False),
        ("entra", {"idp": f"https://sts.windows.net/{TENANT[::-1]}/"}, False),
        ("entra", {"idp": "live.com"}, False),
        ("entra", {"idp": ISSUERS["entra"]}, True),
        ("entra", {"preferred_username": None, "email_verified": True}, False),
        ("other", {"email_verified": None}, False),
        ("other", {"email_verified": False, "preferred_username": "jo@college.ac.uk"}, False),
    ],
)
def test_an_address_counts_where_its_provider_vouches_for_it(
    name: str, more: dict[str, object], *, is_proved: bool
) -> None:
    """Google: verified, and run by Google. Entra ID: the user name of a member. Others: verified."""
    assert isinstance(look(name, **more), SignedIn) is is_proved


@given(
    st.dictionaries(
        st.sampled_from(["is_logged_in", "iss", "aud", "iat", "email", "email_verified", "hd", "provider", "idp"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
        max_size=4,
    ),
    st.sampled_from(sorted(ISSUERS)),
)
def test_no_claims_break_it(more: dict[str, Any], name: str) -> None:
    """Claims of any kind give an answer, and nobody is signed in for longer than twelve hours."""
    found = look(name, **more)
    assert isinstance(found, Unproven) or NOW < found.until <= NOW + LASTS + dt.timedelta(minutes=5)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"client_id": ""}, "lacks client_id"),
        ({"server_metadata_url": 7, "client_secret": " "}, "lacks client_secret, server_metadata_url"),
        ({"cookie_secret": "zq-xxx"}, "cookie_secret is too short"),
        ({"redirect_uri": "https://smartia.zq"}, "redirect_uri is not"),
        ({"redirect_uri": "http://smartia.zq/oauth2callback"}, "redirect_uri is not"),
        ({"redirect_uri": "https://[zq/oauth2callback"}, "redirect_uri is not"),
        ({"server_metadata_url": "https://accounts.zq"}, "server_metadata_url is not"),
        ({"server_metadata_url": f"http://accounts.zq{END}"}, "server_metadata_url is not"),
        *(
            ({"server_metadata_url": f"https://login.microsoftonline.com/{tenant}{END}"}, "your own Microsoft tenant")
            for tenant in (
                *("common/v2.0", "organizations/v2.0", "consumers/v2.0", "zq.ac.uk/v2.0", TENANT, "common"),
                *(f"{TENANT.upper()}/v2.0", "9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"),
            )
        ),
    ],
)
def test_an_unsafe_or_unfinished_section_is_refused(more: dict[str, object], words: str) -> None:
    """What is missing, would travel in the clear, could be guessed or lets others in is named, without its value."""
    with pytest.raises(SettingsError) as caught:
        Provider.from_section(AUTH | more)
    assert words in str(caught.value)
    assert "zq" not in str(caught.value)


@pytest.mark.parametrize("at", ["http://127.0.0.1:8501", "http://localhost:{port}", "https://smartia.college.ac.uk"])
def test_this_computer_may_do_without_encryption(at: str) -> None:
    """A trial on this computer works over http, with Streamlit's own stopgap for the port too."""
    section = AUTH | {"redirect_uri": f"{at}/oauth2callback"}
    assert Provider.from_section(section) == Provider(ISSUERS["google"], "the-app")
