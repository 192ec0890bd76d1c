"""Whom a sign-in proves: the claims of an OpenID Connect token, and how far they are believed."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from smartia.errors import SettingsError

LASTS = dt.timedelta(hours=12)
"""How long a sign-in holds. Streamlit itself would believe it for 30 days and asks the provider no more."""
GUIDE = "The page docs/sign-in.md says step by step what belongs there."

_SECTION = "[auth]"
_CLOCK_SKEW = dt.timedelta(minutes=5)
_DISCOVERY = "/.well-known/openid-configuration"
_CALLBACK = "/oauth2callback"
_FEWEST_SECRET = 32
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_REQUIRED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
_GOOGLE = "https://accounts.google.com"
_GOOGLE_MAIL = ("@gmail.com", "@googlemail.com")
_ENTRA_HOST = "login.microsoftonline.com"
_ENTRA = re.compile(rf"https://{re.escape(_ENTRA_HOST)}/([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})/v2\.0")
_ENTRA_CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"  # the tenant of everybody's private Microsoft accounts

BELIEVED = (
    *("is_logged_in", "provider", "iss", "aud", "iat", "email", "email_verified", "hd", "preferred_username", "idp"),
)
"""Every claim that is looked at. Nothing but the signed token may set one."""


class Doubt(StrEnum):
    """Why nobody is taken as signed in."""

    SIGNED_OUT = "signed out"
    ENDED = "ended"
    ELSEWHERE = "by another provider than the settings name"
    UNVERIFIED = "unverified"
    UNLISTED = "on no list"


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in.

    Attributes:
        address: Their e-mail address, as the provider vouches for it.
        until: When the sign-in ends.
    """

    address: str = field(repr=False)
    until: dt.datetime


@dataclass(frozen=True)
class Unproven:
    """Nobody is taken as signed in.

    Attributes:
        doubt: Why.
        address: The address that the sign-in claims, to be shown to this very reader alone; None where there is none.
    """

    doubt: Doubt
    address: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Provider:
    """The identity provider that the section `[auth]` of secrets.toml names.

    Attributes:
        issuer: What its tokens call it, by OpenID Connect Discovery the address of its metadata without the end.
        client_id: What it calls this app.
    """

    issuer: str
    client_id: str

    @property
    def is_entra(self) -> bool:
        """Whether it is a tenant of Microsoft Entra ID."""
        return _ENTRA.fullmatch(self.issuer) is not None

    @classmethod
    def from_section(cls, section: Mapping[str, object]) -> Self:
        """Read the section `[auth]`, which Streamlit reads too.

        Raises:
            SettingsError: Something is missing or unsafe: a short cookie_secret, an address without https, more than
                one provider, or an Entra ID endpoint that lets in people of other organisations.
        """
        values = {name: section.get(name) for name in _REQUIRED}
        missing = [name for name, value in values.items() if not isinstance(value, str) or not value.strip()]
        if missing:
            raise SettingsError(
                f"In secrets.toml, the section {_SECTION} lacks {', '.join(missing)}.",
                f"smartia takes one provider, directly below {_SECTION}. {GUIDE}",
            )
        texts = {name: str(value) for name, value in values.items()}
        if len(texts["cookie_secret"]) < _FEWEST_SECRET:
            raise SettingsError(
                f"In {_SECTION}, cookie_secret is too short: who guesses it can sign in as anybody.",
                f"Make one of at least {_FEWEST_SECRET} characters by "
                'python -c "import secrets; print(secrets.token_hex(32))".',
            )
        if not texts["redirect_uri"].endswith(_CALLBACK) or not _is_safe(texts["redirect_uri"]):
            raise SettingsError(
                f"In {_SECTION}, redirect_uri is not the app's address and {_CALLBACK}.",
                f"It has the form https://smartia.college.ac.uk{_CALLBACK}; http:// is for this computer itself alone.",
            )
        metadata = texts["server_metadata_url"]
        if not metadata.endswith(_DISCOVERY) or not _is_safe(metadata):
            raise SettingsError(
                f"In {_SECTION}, server_metadata_url is not a provider's address.",
                f"It begins with https:// and ends in {_DISCOVERY}. {GUIDE}",
            )
        found = cls(metadata.removesuffix(_DISCOVERY), texts["client_id"])
        if urlsplit(metadata).hostname == _ENTRA_HOST and (not found.is_entra or _ENTRA_CONSUMERS in found.issuer):
            raise SettingsError(
                f"In {_SECTION}, server_metadata_url does not name your own Microsoft tenant.",
                "Put your tenant id (the Directory ID, in lower case) into "
                f"https://{_ENTRA_HOST}/TENANT-ID/v2.0{_DISCOVERY}; common, organizations and consumers let others in.",
            )
        return found


def examine(claims: Mapping[str, object], provider: Provider, now: dt.datetime) -> SignedIn | Unproven:
    """Say whom the claims of a sign-in prove.

    Streamlit has checked the token's signature when it was issued, and signs the cookie that holds its claims; it asks
    neither how old they are nor whether the settings still name the same provider.

    Whose address an e-mail address is, is said only by who runs its domain:

    - Entra ID, one tenant: `preferred_username`, the user principal name, whose domain the tenant has proved to own.
      Its `email` is a free text of the directory and never read (Microsoft: "Migrate away from using email claims").
      Guests, whose `idp` is another than the issuer, belong to another organisation and are not believed.
    - Google: `email` with `email_verified`, where Google runs it: a Gmail address, or a Workspace account (`hd`). An
      address elsewhere was verified once, however long ago (Google: "Authenticate with a backend server").
    - Any other provider: `email` with `email_verified`.

    Args:
        claims: What Streamlit knows of the reader, `st.user.to_dict()`.
        provider: The provider of the settings.
        now: The present time, with a time zone.
    """
    address, is_proved = _address(claims, provider)
    if claims.get("is_logged_in") is not True:
        return Unproven(Doubt.SIGNED_OUT)
    issuer, audience = claims.get("iss"), claims.get("aud")
    audiences = audience if isinstance(audience, list | tuple) else [audience]
    is_ours = isinstance(issuer, str) and issuer.rstrip("/") == provider.issuer.rstrip("/")
    if not is_ours or provider.client_id not in audiences or claims.get("provider") != "default":
        return Unproven(Doubt.ELSEWHERE)
    issued_at = _moment(claims.get("iat"))
    if issued_at is None or not issued_at - _CLOCK_SKEW <= now < issued_at + LASTS:
        return Unproven(Doubt.ENDED)
    if address is None or not is_proved:
        return Unproven(Doubt.UNVERIFIED, address)
    return SignedIn(address, issued_at + LASTS)


def _address(claims: Mapping[str, object], provider: Provider) -> tuple[str | None, bool]:
    """The address that a sign-in claims, and whether the provider vouches for it."""
    name = "preferred_username" if provider.is_entra else "email"
    address = claims.get(name)
    if not isinstance(address, str) or not address:
        return None, False
    if provider.is_entra:
        return address, claims.get("idp", provider.issuer) == provider.issuer
    is_verified = claims.get("email_verified") is True
    if provider.issuer == _GOOGLE:
        return address, is_verified and (bool(claims.get("hd")) or address.lower().endswith(_GOOGLE_MAIL))
    return address, is_verified


def _moment(seconds: object) -> dt.datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _is_safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        )
    except ValueError:
        return False
