"""The settings: the `[smartia]` section of secrets.toml, overridden by SMARTIA_* environment variables."""

import base64
import binascii
import difflib
import hashlib
import importlib.util
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import platformdirs

from smartia.access import SECTION, AccessRules, Role
from smartia.errors import SettingsError

VENDOR_BASE_URL = "https://connect.century.tech/api/v1"
DEFAULT_MAX_AGE = timedelta(hours=6)
DEFAULT_MAX_CONCURRENCY = 8
STORE_KEY_BYTES = 32
"""How long the key is that encrypts the copy: that of AES-256."""
PublishThreshold = Literal[5, 10]
"""The least count that the publish view shows."""

_PREFIX = "SMARTIA_"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SCHEMES = {"http", "https"}
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?|[0-9a-f]*:[0-9a-f:.]*")
_PLAIN = re.compile(r"[!-~]+")  # ASCII without spaces and control characters
_STORE_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_.=-]+)*/?")
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])", re.IGNORECASE)
_LIBRARIES = {"duckdb": "duckdb>=1.4", "spark": "pyspark>=4.0"}
_AGE_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Cache(StrEnum):
    """Where the copy of the sessions is kept."""

    DISK = "disk"
    MEMORY = "memory"


class Engine(StrEnum):
    """What the figures are worked out by."""

    PANDAS = "pandas"
    DUCKDB = "duckdb"
    SPARK = "spark"


@dataclass(frozen=True)
class Setting:
    """One setting as the documentation shows it: its name, what it does and its default in words."""

    name: str
    description: str
    default: str


SETTINGS = (
    Setting("SMARTIA_API_KEY", "The college's Connect API key. A password: keep it secret.", "none: demo college"),
    Setting("SMARTIA_BASE_URL", "Address of the API, up to and including the version.", VENDOR_BASE_URL),
    Setting(
        "SMARTIA_CACHE",
        "Where the downloaded sessions are kept: disk, or memory, where they end with the app.",
        "disk",
    ),
    Setting(
        "SMARTIA_CACHE_DIR",
        "Folder for the downloaded sessions; private to the user.",
        "the user's cache folder",
    ),
    Setting(
        "SMARTIA_STORE_KEY",
        "Encrypts the downloaded sessions on the disk. A password, made by `python -m smartia make-key`.",
        "none: not encrypted",
    ),
    Setting(
        "SMARTIA_STORE_URL",
        "Shared storage for the downloaded sessions instead of the disk, such as s3://bucket/smartia.",
        "none: the disk",
    ),
    Setting("SMARTIA_MAX_AGE", "Age at which the data are refreshed by themselves: 30m, 6h, 1d.", "6h"),
    Setting("SMARTIA_MAX_CONCURRENCY", "The most requests to the API at a time, 1 to 32.", "8"),
    Setting(
        "SMARTIA_OPEN_ROLE",
        "What all may see where nobody signs in: viewer the publish view, analyst exact figures, learner-access "
        "learners too.",
        "viewer; the demo college is open in full",
    ),
    Setting("SMARTIA_PUBLISH_THRESHOLD", "The least number that the publish view shows: 5 or 10.", "5"),
    Setting(
        "SMARTIA_ENGINE",
        "What works the figures out: pandas in memory, duckdb from the disk, spark on a cluster.",
        "pandas",
    ),
)
"""Every setting, in the order in which the README lists them."""


@dataclass(frozen=True)
class Settings:
    """What smartia is told from outside. Immutable; neither key ever shows in `repr`.

    Attributes:
        api_key: The Connect API key; None opens the demo college.
        base_url: The API's address without a trailing slash.
        cache_dir: Folder below which every account has its own folder.
        max_age: Age of a snapshot at which "auto" refreshes it.
        max_concurrency: The most requests in flight.
        open_role: What everyone who opens the app on real data may see, where nobody signs in.
        publish_threshold: The least count that the publish view shows.
        access: Who has which role once signed in; None where the settings have no such lists.
        cache: Where the copy of the sessions is kept.
        store_key: The key that encrypts the copy on the disk; None leaves it unencrypted.
        store_url: Where on shared storage the copy is kept; None keeps it in `cache_dir`.
        engine: What the figures are worked out by.
        notices: What looks wrong with the settings although nothing fails, in plain sentences.
    """

    api_key: str | None = field(default=None, repr=False)
    base_url: str = VENDOR_BASE_URL
    cache_dir: Path = field(default_factory=lambda: _default_cache_dir())
    max_age: timedelta = DEFAULT_MAX_AGE
    max_concurrency: int = DEFAULT_MAX_CONCURRENCY
    open_role: Role = Role.VIEWER
    publish_threshold: PublishThreshold = 5
    access: AccessRules | None = None
    cache: Cache = Cache.DISK
    store_key: bytes | None = field(default=None, repr=False)
    store_url: str | None = None
    engine: Engine = Engine.PANDAS
    notices: tuple[str, ...] = ()

    @property
    def is_demo(self) -> bool:
        """Whether the demo college is shown because there is no key."""
        return self.api_key is None

    @property
    def role(self) -> Role:
        """What everyone may see where nobody signs in: all of the demo college, which is invented, else `open_role`."""
        return Role.LEARNER_ACCESS if self.is_demo else self.open_role

    @property
    def account(self) -> str:
        """A fingerprint of base URL and key, so that the data of two accounts never mix (16 hex digits)."""
        if self.api_key is None:
            return "demo"
        digest = hashlib.blake2b(f"{self.base_url}\n{self.api_key}".encode(), digest_size=8)
        return digest.hexdigest()

    @classmethod
    def load(cls, secrets: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings.

        Args:
            secrets: The `[smartia]` section; by default that of `.streamlit/secrets.toml` below the
                working folder, else below the home folder, where Streamlit looks as well.
            environ: The environment; by default the process's own. What it sets wins over `secrets`.

        Returns:
            The settings. An empty text counts as not set. Names that are no setting are reported in `notices`.

        Raises:
            SettingsError: A value is malformed, a section unknown, or the key would travel unencrypted.
        """
        section = _secrets_section() if secrets is None else secrets
        access = AccessRules.from_settings(section)
        values = {_setting_name(name): str(value).strip() for name, value in section.items() if _is_scalar(value)}
        variables = os.environ if environ is None else environ
        values |= {name: text for name in variables if name.startswith(_PREFIX) and (text := variables[name].strip())}
        values = {name: value for name, value in values.items() if value}
        known = {setting.name for setting in SETTINGS}
        notices = [_unknown_notice(name, known) for name in sorted(values.keys() - known)]
        if "SMARTIA_API_KEY" not in values and "SMARTIA_BASE_URL" in values:
            notices.append("SMARTIA_BASE_URL is set but SMARTIA_API_KEY is not, so the demo college is shown.")
        key = values.get("SMARTIA_API_KEY")
        folder = values.get("SMARTIA_CACHE_DIR")
        age = values.get("SMARTIA_MAX_AGE")
        concurrency = values.get("SMARTIA_MAX_CONCURRENCY")
        role = values.get("SMARTIA_OPEN_ROLE")
        threshold = values.get("SMARTIA_PUBLISH_THRESHOLD")
        cache = _checked_cache(values.get("SMARTIA_CACHE", Cache.DISK))
        store_key = values.get("SMARTIA_STORE_KEY")
        if store_key and cache is Cache.MEMORY:
            notices.append("SMARTIA_STORE_KEY has no effect, since SMARTIA_CACHE is memory: nothing is on a disk.")
        store_url = values.get("SMARTIA_STORE_URL")
        if store_url and cache is Cache.MEMORY:
            notices.append("SMARTIA_STORE_URL has no effect, since SMARTIA_CACHE is memory.")
        if access is not None:
            notices += access.notices
            if role:
                notices.append(f"SMARTIA_OPEN_ROLE has no effect, since readers sign in: their roles are in {SECTION}.")
        settings = cls(
            api_key=_checked_key(key) if key else None,
            base_url=_checked_url(values.get("SMARTIA_BASE_URL", VENDOR_BASE_URL)),
            cache_dir=Path(folder).expanduser() if folder else _default_cache_dir(),
            max_age=_checked_age(age) if age else DEFAULT_MAX_AGE,
            max_concurrency=_checked_concurrency(concurrency) if concurrency else DEFAULT_MAX_CONCURRENCY,
            open_role=_checked_role(role) if role else Role.VIEWER,
            publish_threshold=_checked_threshold(threshold) if threshold else 5,
            access=access,
            cache=cache,
            store_key=_checked_store_key(store_key) if store_key else None,
            store_url=_checked_store_url(store_url) if store_url else None,
            engine=_checked_engine(values.get("SMARTIA_ENGINE", Engine.PANDAS), cache, is_sealed=bool(store_key)),
        )
        if cache is Cache.MEMORY and (settings.cache_dir / settings.account).exists():
            notices.append(
                "SMARTIA_CACHE is memory, but a copy from before still lies on the disk. Remove it on Data quality, or "
                "with: python -m smartia forget"
            )
        return replace(settings, notices=tuple(notices))


def _default_cache_dir() -> Path:
    return platformdirs.user_cache_path("smartia", appauthor=False)


def _secrets_section() -> Mapping[str, object]:
    for folder in (Path.cwd(), Path.home()):
        path = folder / ".streamlit" / "secrets.toml"
        if path.is_file():
            try:
                section = tomllib.loads(path.read_text(encoding="utf-8")).get("smartia", {})
            except (tomllib.TOMLDecodeError, UnicodeDecodeError):
                raise SettingsError(
                    "The file .streamlit/secrets.toml is not valid TOML.",
                    'Every line needs the form NAME = "value", below a line [smartia].',
                ) from None  # The parser's own error may quote the line, and with it the key.
            except OSError as error:
                raise SettingsError(
                    f"The file .streamlit/secrets.toml cannot be read ({error.strerror or type(error).__name__}).",
                    "Give the account that runs smartia the right to read it.",
                ) from None
            return section if isinstance(section, Mapping) else {}
    return {}


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float)


def _setting_name(name: str) -> str:
    name = name.upper()
    return name if name.startswith(_PREFIX) else _PREFIX + name


def _unknown_notice(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"{name} is not a setting of smartia and has no effect.{hint}"


def _checked_key(key: str) -> str:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError(
            "SMARTIA_API_KEY holds a space or a character that no key has.",
            "Copy the key again, without quotation marks from a word processor.",
        )
    return key


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port_is_fine = parts.hostname or "", parts.port is None or parts.port > 0
    except ValueError:
        host, port_is_fine = "", False
    if not _HOST.fullmatch(host) or not _PLAIN.fullmatch(url) or not port_is_fine or parts.scheme not in _SCHEMES:
        raise SettingsError(
            "SMARTIA_BASE_URL is not an address.",
            f"It has the form {VENDOR_BASE_URL}, with https:// at its start.",
        )
    if "?" in url or "#" in url or "@" in parts.netloc:
        raise SettingsError(
            "SMARTIA_BASE_URL holds more than an address.",
            "Leave out everything from a question mark or # on, and any user name and password.",
        )
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise SettingsError(
            "SMARTIA_BASE_URL begins with http://, so the key and the learners' data would travel unencrypted.",
            "Use https://. Plain http is accepted for this computer itself (127.0.0.1) alone.",
        )
    return url.rstrip("/")


def _checked_age(text: str) -> timedelta:
    match = _AGE.fullmatch(text)
    try:
        age = timedelta(**{_AGE_UNITS[match[2].lower()]: float(match[1])}) if match else None
    except OverflowError:
        age = None
    if age is None:
        raise SettingsError(
            "SMARTIA_MAX_AGE is not a length of time.", "Use a number and a unit, such as 30m, 6h or 1d."
        )
    return age


def _checked_concurrency(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= 32:
        raise SettingsError("SMARTIA_MAX_CONCURRENCY is not a number from 1 to 32.", "Use 8, or fewer if CENTURY asks.")
    return int(text)


def _checked_cache(text: str) -> Cache:
    try:
        return Cache(text.casefold())
    except ValueError:
        raise SettingsError(
            "SMARTIA_CACHE is neither disk nor memory.", "Use one of the two. Without it, it is disk."
        ) from None


def _checked_store_key(text: str) -> bytes:
    """Read 64 hexadecimal digits, or base64 in either alphabet, with or without its padding."""
    try:
        if re.fullmatch(r"[0-9a-fA-F]{64}", text):
            return bytes.fromhex(text)
        padded = text.rstrip("=").replace("-", "+").replace("_", "/")
        key = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != STORE_KEY_BYTES:
        raise SettingsError(
            f"SMARTIA_STORE_KEY is not a key of {STORE_KEY_BYTES} bytes.",
            "Copy it again whole, or make a new one with: python -m smartia make-key",
        )
    return key


def _checked_store_url(text: str) -> str:
    if not _STORE_URL.fullmatch(text):
        raise SettingsError(
            "SMARTIA_STORE_URL is not a place on shared storage.",
            "It has the form s3://bucket/folder. Who may read and write there stands in the environment, as AWS_….",
        )
    if importlib.util.find_spec("s3fs") is None:
        raise SettingsError(
            "SMARTIA_STORE_URL is set, but the part of smartia for shared storage is not installed.",
            "Install it by pip install 's3fs>=2025.3', and start again.",
        )
    return text.rstrip("/")


def _checked_engine(text: str, cache: Cache, *, is_sealed: bool) -> Engine:
    try:
        engine = Engine(text.casefold())
    except ValueError:
        raise SettingsError(
            "SMARTIA_ENGINE is none of the engines.", f"Use one of: {', '.join(Engine)}. Without it, it is pandas."
        ) from None
    if engine is Engine.PANDAS:
        return engine
    # Both keep what they work with in files: without names, but with results, and not encrypted.
    if cache is Cache.MEMORY:
        raise SettingsError(
            f"SMARTIA_ENGINE is {engine}, which works from files on the disk, but SMARTIA_CACHE is memory.",
            "Take one of the two out: pandas, without SMARTIA_ENGINE, works in memory alone.",
        )
    if is_sealed:
        raise SettingsError(
            f"SMARTIA_ENGINE is {engine}, whose files on the disk are not encrypted, but SMARTIA_STORE_KEY is set.",
            "Take one of the two out: pandas, without SMARTIA_ENGINE, works in memory alone.",
        )
    library = _LIBRARIES[engine]
    if importlib.util.find_spec(library.split(">")[0]) is None:
        raise SettingsError(
            f"SMARTIA_ENGINE is {engine}, but this part of smartia is not installed.",
            f"Install it by pip install '{library}', and start again.",
        )
    return engine


def _checked_role(text: str) -> Role:
    try:
        return Role.named(text)
    except ValueError:
        raise SettingsError(
            "SMARTIA_OPEN_ROLE is none of the roles.", f"Use one of: {', '.join(Role)}. Without it, it is viewer."
        ) from None


def _checked_threshold(text: str) -> PublishThreshold:
    if text == "5":
        return 5
    if text == "10":
        return 10
    raise SettingsError("SMARTIA_PUBLISH_THRESHOLD is neither 5 nor 10.", "Use 5, or 10 to hide more.")
