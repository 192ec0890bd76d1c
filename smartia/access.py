"""Who may see what: the roles, what each of them is shown, and who has which. Every page asks here."""

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from smartia.errors import SettingsError

SECTION = "[smartia.access]"

_MEANT = {"smartia": "[smartia]", "auth": "[auth]", "access": SECTION, "smartia.access": SECTION}
_EXAMPLE = 'A list reads viewer = ["@college.ac.uk", "jo.bloggs@college.ac.uk"].'
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+"
# Plain ASCII: a letter of another alphabet that looks like a Latin one never passes for it. No *, which is no wildcard.
_LOCAL = r"[a-z0-9!#$&'+/=?^_`{|}~.-]{1,64}"
_ADDRESS = re.compile(rf"{_LOCAL}@{_DOMAIN}")
_WHOLE_DOMAIN = re.compile(rf"@{_DOMAIN}")
_OF_EVERYONE = frozenset(
    (
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "live.com", "live.co.uk"),
        *("msn.com", "yahoo.com", "yahoo.co.uk", "ymail.com", "icloud.com", "me.com", "mac.com", "aol.com"),
        *("aol.co.uk", "proton.me", "protonmail.com", "pm.me", "gmx.com", "gmx.co.uk", "mail.com", "zoho.com"),
        *("btinternet.com", "sky.com", "virginmedia.com", "talktalk.net", "ntlworld.com"),
    )
)
"""Domains at which anyone in the world can have an address."""


class Role(StrEnum):
    """What a reader may see; each role sees what those before it see.

    Viewers are shown figures under the rules of publishing alone; analysts are shown exact ones, and learner access
    shows the people behind them too.
    """

    VIEWER = "viewer"
    ANALYST = "analyst"
    LEARNER_ACCESS = "learner-access"

    @property
    def sees_exact_figures(self) -> bool:
        """Whether figures may be shown as they are; else small numbers are hidden and others rounded."""
        return self is not Role.VIEWER

    @property
    def sees_learners(self) -> bool:
        """Whether names, identifiers and single sessions may be shown."""
        return self is Role.LEARNER_ACCESS

    @property
    def words(self) -> str:
        """The role as a reader reads it."""
        return _WORDS[self]

    @classmethod
    def named(cls, text: str) -> Self:
        """Find the role of a name in the settings, in any case and with "-", "_" or a space.

        Raises:
            ValueError: There is no such role.
        """
        return cls(text.strip().casefold().replace(" ", "-").replace("_", "-"))


_WORDS = {
    Role.VIEWER: "viewer (figures)",
    Role.ANALYST: "analyst (all figures, no learners)",
    Role.LEARNER_ACCESS: "learner access (figures and learners)",
}


@dataclass(frozen=True)
class Reader:
    """Who reads, as far as pages need to know.

    Attributes:
        role: What they may see.
        address: The e-mail address with which they are signed in; None where nobody signs in.
        until: When their sign-in ends; None where nobody signs in.
    """

    role: Role
    address: str | None = field(default=None, repr=False)
    until: dt.datetime | None = None


@dataclass(frozen=True)
class AccessRules:
    """Who has which role once signed in: the lists of the settings' section `[smartia.access]`.

    Attributes:
        entries: Pairs of an e-mail address, or "@" and a whole domain, and the role that it gives; in lower case.
        notices: What looks wrong although nothing fails, in plain sentences.
    """

    entries: frozenset[tuple[str, Role]] = field(default=frozenset(), repr=False)
    notices: tuple[str, ...] = ()

    def role_of(self, address: str) -> Role | None:
        """Find the role of whoever is signed in with an address.

        Capitals do not matter. Everything else does: an address matches only itself (`a+b@c.uk` and `a@c.uk` are two
        people) and a domain only addresses that end in exactly it (`@c.uk` is not `@staff.c.uk`). Whatever is not one
        plain ASCII address (two "@", a space, a name before it, a dot at its end, letters of other alphabets) matches
        nothing.

        Args:
            address: An address that is known to be the reader's own.

        Returns:
            The role that sees most of those that match; None where none does.
        """
        plain = address.lower() if address.isascii() else ""
        if not _ADDRESS.fullmatch(plain):
            return None
        domain = plain[plain.index("@") :]
        roles = {role for entry, role in self.entries if entry in (plain, domain)}
        return max(roles, key=list(Role).index, default=None)

    @classmethod
    def from_settings(cls, smartia: Mapping[str, object]) -> Self | None:
        """Find the lists in the settings' section `[smartia]`; None where it has none.

        Raises:
            SettingsError: As `from_section`, and for any other section or list, which may be these misspelt.
        """
        for name, value in smartia.items():
            if name == "access" and isinstance(value, Mapping):
                continue
            if name.casefold() == "access" or not isinstance(value, str | int | float):
                raise SettingsError(
                    "In secrets.toml, below [smartia] stands a section or list that smartia does not know.",
                    f"Its settings are plain texts, and its only section is {SECTION}, in lower case.",
                )
        access = smartia.get("access")
        return cls.from_section(access) if isinstance(access, Mapping) else None

    @classmethod
    def from_section(cls, section: Mapping[str, object]) -> Self:
        """Read the section: for each role a list of addresses and, each with an "@" before it, of whole domains.

        Raises:
            SettingsError: A name is no role or stands there twice, a list is none, an entry is neither an address nor
                a domain or is a domain of everyone's, or nobody is named at all. No text repeats an entry.
        """
        entries: set[tuple[str, Role]] = set()
        notices = []
        seen: set[Role] = set()
        for name, listed in section.items():
            role = _role_named(name)
            if role in seen:
                raise SettingsError(f"In {SECTION}, {role} stands there twice.", "Make one list of the two.")
            seen.add(role)
            if not isinstance(listed, list | tuple):
                raise SettingsError(f"In {SECTION}, {role} is not a list.", _EXAMPLE)
            entries |= {(_checked_entry(entry, role, place), role) for place, entry in enumerate(listed, start=1)}
            if not listed:
                notices.append(f"In {SECTION}, the list {role} is empty, so it gives this role to nobody.")
        if not entries:
            raise SettingsError(f"The section {SECTION} names nobody, so nobody could see anything.", _EXAMPLE)
        return cls(frozenset(entries), tuple(notices))


def check_section_names(names: Iterable[str]) -> None:
    """Look for misspelt names of the sections that say who may see what: they would have no effect, and so open more.

    Args:
        names: The names at the top of secrets.toml.

    Raises:
        SettingsError: A name is nearly that of such a section.
    """
    for name in names:
        close = difflib.get_close_matches(name.casefold(), _MEANT, n=1, cutoff=0.8)
        if close and name not in ("smartia", "auth"):
            raise SettingsError(
                f"In secrets.toml, a name at the top of the file is nearly {_MEANT[close[0]]}, but not quite.",
                f"Write {_MEANT[close[0]]}, in lower case; if it is meant for another program, call it differently.",
            )


def _role_named(name: str) -> Role:
    try:
        return Role.named(name)
    except ValueError:
        close = difflib.get_close_matches(name.casefold(), list(Role), n=1)
        hint = f"Did you mean {close[0]}? " if close else ""
        raise SettingsError(
            f"In {SECTION}, “{name}” is none of the roles.", f"{hint}The roles are {', '.join(Role)}."
        ) from None


def _checked_entry(entry: object, role: Role, place: int) -> str:
    """The entry as it is compared; an error says where it stands instead of repeating a person's address."""
    plain = entry.strip().lower() if isinstance(entry, str) and entry.isascii() else ""
    if plain[1:] in _OF_EVERYONE and plain.startswith("@"):
        raise SettingsError(
            f"In {SECTION}, entry {place} of {role} is a domain at which anyone in the world can have an address.",
            "Name the addresses one by one.",
        )
    if not _ADDRESS.fullmatch(plain) and not _WHOLE_DOMAIN.fullmatch(plain):
        raise SettingsError(
            f"In {SECTION}, entry {place} of {role} is neither an e-mail address nor @ and a whole domain.",
            f"Write each entry by itself, in plain letters, without a name or * before it. {_EXAMPLE}",
        )
    return plain
