"""Who has which role by the lists of the settings, and what a mistake in them does."""

import string
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartia.access import AccessRules, Reader, Role, check_section_names
from smartia.errors import SettingsError
from smartia.settings import Settings
from smartia.sign_in import BELIEVED

LISTS = {
    "viewer": ["@college.ac.uk"],
    "analyst": ["Data.Lead@College.ac.uk"],
    "learner-access": ["mis@college.ac.uk", "@mis.college.ac.uk", "o'neil@partner.org.uk"],
}
RULES = AccessRules.from_section(LISTS)
WORDS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
ADDRESSES = st.builds("{}@{}.{}".format, WORDS, WORDS, st.sampled_from(["ac.uk", "org.uk", "example"]))


def load(access: object, **smartia: Any) -> Settings:
    """Load settings with such a section, whatever the environment."""
    return Settings.load({"access": access, **smartia}, {})


@pytest.mark.parametrize(
    ("address", "role"),
    [
        ("anyone@college.ac.uk", Role.VIEWER),
        ("ANYONE@COLLEGE.AC.UK", Role.VIEWER),
        ("data.lead@college.ac.uk", Role.ANALYST),
        ("mis@college.ac.uk", Role.LEARNER_ACCESS),
        ("anyone@mis.college.ac.uk", Role.LEARNER_ACCESS),
        ("O'Neil@partner.org.uk", Role.LEARNER_ACCESS),
        ("mis+lists@college.ac.uk", Role.VIEWER),
        ("data.lead.@college.ac.uk", Role.VIEWER),
        ("datalead@college.ac.uk", Role.VIEWER),
        ("anyone@staff.college.ac.uk", None),
        ("anyone@notcollege.ac.uk", None),
        ("anyone@college.ac.uk.evil.example", None),
        ("anyone@college.ac.uk@evil.example", None),
        ("anyone@evil.example@college.ac.uk", None),
        ("@college.ac.uk", None),
        ("college.ac.uk", None),
        ("anyone@college.ac.uk.", None),
        (" anyone@college.ac.uk", None),
        ("anyone@college.ac.uk\n", None),
        ("any one@college.ac.uk", None),
        ("anyone@college.ac.uk\x00", None),
        ("Mis <mis@college.ac.uk>", None),
        ('"mis"@college.ac.uk', None),
        ("mailto:mis@college.ac.uk", None),
        ("mis@college.ac.uk,x@evil.example", None),
        ("mis%evil.example@college.ac.uk", None),
        ("mis@[127.0.0.1]", None),
        ("mis@соllege.ac.uk", None),  # Cyrillic
        ("ｍｉｓ@college.ac.uk", None),  # full width, which NFKC would make Latin
        ("mis@college.ac.u\N{KELVIN SIGN}", None),  # which lower() would make a k
        ("mıs@college.ac.uk", None),  # a dotless i
        ("", None),
        ("@", None),
    ],
)
def test_an_address_matches_itself_and_its_domain_alone(address: str, role: Role | None) -> None:
    """Capitals do not matter; everything else that looks like an address of a list, and is none, gives nothing."""
    assert RULES.role_of(address) is role


@given(ADDRESSES, ADDRESSES, st.sampled_from(Role))
def test_one_entry_lets_in_one_address(listed: str, address: str, role: Role) -> None:
    """A listed address gives its role to itself, and to no other address."""
    rules = AccessRules.from_section({role: [listed]})
    assert rules.role_of(listed.upper()) is role
    assert rules.role_of(address) is (role if address == listed else None)


@given(WORDS, st.text(max_size=40))
@example("a", "a@college.example")
@example("a", "a@college.example.")
def test_a_domain_lets_in_what_ends_in_exactly_it(name: str, text: str) -> None:
    """Whatever text is claimed, a role by a domain needs one name, one "@" and then the domain, to the end."""
    rules = AccessRules.from_section({"viewer": ["@college.example"]})
    for claimed in (text, f"{text}@college.example", f"{name}@{text}college.example", f"{name}@college.example{text}"):
        if rules.role_of(claimed) is not None:
            before, at, domain = claimed.partition("@")
            assert (at, domain.lower()) == ("@", "college.example")
            assert before.isascii()
            assert before
            assert not any(character.isspace() or character in '@<>",;:%*()' for character in before)


@given(st.dictionaries(st.sampled_from(Role), st.lists(ADDRESSES, max_size=4), min_size=1), ADDRESSES)
def test_the_role_that_sees_most_wins(lists: dict[Role, list[str]], address: str) -> None:
    """Of several lists with the same address, the last of viewer, analyst and learner access counts."""
    lists = {role: [*entries, address] for role, entries in lists.items()}
    expected = [role for role in (Role.VIEWER, Role.ANALYST, Role.LEARNER_ACCESS) if role in lists][-1]
    assert AccessRules.from_section(lists).role_of(address) is expected


@pytest.mark.parametrize("name", ["learner_access", "Learner access", "LEARNER-ACCESS"])
def test_a_role_is_spelt_as_in_the_setting_of_everyone(name: str) -> None:
    """The names of roles count in any case and with a space or a line between their words."""
    assert AccessRules.from_section({name: ["a@b.uk"]}).role_of("a@b.uk") is Role.LEARNER_ACCESS


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        ({"viewers": ["zq@b.uk"]}, "Did you mean viewer?"),
        ({"boss": ["zq@b.uk"]}, "The roles are viewer, analyst, learner-access."),
        ({"learner-access": ["zq@b.uk"], "learner_access": ["a@b.uk"]}, "stands there twice"),
        ({"viewer": "zq@b.uk"}, "viewer is not a list"),
        ({"viewer": {"zq@b.uk": True}}, "viewer is not a list"),
        ({"viewer": True}, "viewer is not a list"),
        ({}, "names nobody"),
        ({"viewer": [], "analyst": []}, "names nobody"),
        *(({"viewer": ["a@b.uk", entry]}, "entry 2 of viewer is neither") for entry in (
            "", "@", "*", "@*", "*@zq.uk", "zq.uk", "@zq", "@zq.uk.", "@.zq.uk", "@zq..uk", "zq@b.uk, c@b.uk",
            "Jo <zq@b.uk>", "zq@b.uk@c.uk", "zq b@c.uk", "@zq.uk/x", "“zq@b.uk”", "zq@bé.uk", "mailto:zq@b.uk", 7, None,
            ["zq@b.uk"], "@-zq.uk", "zq@",
        )),
        ({"learner-access": ["@Gmail.com"]}, "entry 1 of learner-access is a domain at which anyone"),
        ({"viewer": ["@outlook.com"]}, "anyone in the world"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_lists_is_named_and_opens_nothing(lists: dict[str, Any], words: str) -> None:
    """Each mistake stops the app with a text that says where it is, and repeats nobody's address."""
    with pytest.raises(SettingsError) as caught:
        load(lists)
    assert words in str(caught.value)
    assert "zq" not in str(caught.value)


def test_an_address_of_a_public_provider_may_be_listed() -> None:
    """A single address anywhere is fine, and spaces around an entry do not matter."""
    assert load({"viewer": [" chair@gmail.com "]}).access == AccessRules(frozenset({("chair@gmail.com", Role.VIEWER)}))


def test_an_empty_list_is_noticed() -> None:
    """An empty list beside another is no mistake, but pointed out."""
    assert load({"viewer": [], "analyst": ["a@b.uk"]}).notices == (
        "In [smartia.access], the list viewer is empty, so it gives this role to nobody.",
    )


def test_the_role_of_everyone_has_no_effect_beside_lists() -> None:
    """Where both are set the app says which of the two counts."""
    settings = load(LISTS, OPEN_ROLE="learner-access", API_KEY="k")
    assert settings.notices == (
        "SMARTIA_OPEN_ROLE has no effect, since readers sign in: their roles are in [smartia.access].",
    )


@pytest.mark.parametrize(
    "section",
    [
        {"access": "a@b.uk"},
        {"access": ["a@b.uk"]},
        {"Access": {"viewer": ["a@b.uk"]}},
        {"acces": {"viewer": ["a@b.uk"]}},
        {"auth": {"client_id": "x"}},
        {"viewer": ["a@b.uk"]},
    ],
)
def test_a_misspelt_section_below_smartia_stops_the_app(section: dict[str, Any]) -> None:
    """What may be lists of readers under another name is refused, since it would close nothing."""
    with pytest.raises(SettingsError, match=r"only section is \[smartia.access\]"):
        Settings.load(section, {})


@pytest.mark.parametrize(
    "name", ["Smartia", "smarta", "access", "Access", "smartia.access", "smartia_access", "Auth", "aut"]
)
def test_a_misspelt_section_of_the_file_stops_the_app(name: str) -> None:
    """So is such a name at the top of the file; names that mean something else are left alone."""
    check_section_names(["smartia", "auth", "connections", "database", "passwords"])
    with pytest.raises(SettingsError, match="nearly"):
        check_section_names(["smartia", name])


def test_addresses_are_not_for_logs() -> None:
    """Neither the rules nor a reader shows an address where it is written as an object."""
    assert "college" not in f"{RULES!r} {load(LISTS)!r} {Reader(Role.VIEWER, 'a@college.ac.uk')!r}"
    assert "email" in BELIEVED
