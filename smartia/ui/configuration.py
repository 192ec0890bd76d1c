"""What the app is told: the settings and how readers sign in, read anew each time, since the file may change."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from smartia.access import check_section_names
from smartia.errors import SettingsError
from smartia.settings import Settings


def read_settings() -> Settings:
    """Read the settings from Streamlit's secrets and the environment.

    Raises:
        SettingsError: A setting is malformed.
    """
    secrets = _secrets()
    check_section_names(secrets)
    return Settings.load(secrets=_section_of(secrets, "smartia") or {})


def read_auth() -> Mapping[str, object] | None:
    """Read how readers sign in, the section `[auth]` of Streamlit's secrets; None where there is none.

    Raises:
        SettingsError: It is no section, or the secrets cannot be read.
    """
    return _section_of(_secrets(), "auth")


def has_secrets_file() -> bool:
    """Whether there is a secrets.toml where Streamlit looks for one."""
    return any(Path(path).exists() for path in st.get_option("secrets.files"))


def _section_of(secrets: Mapping[str, object], name: str) -> Mapping[str, object] | None:
    section = secrets.get(name)
    if section is not None and not isinstance(section, Mapping):
        raise SettingsError(f"In secrets.toml, {name} is not a section.", f"Put its lines below a line [{name}].")
    return section


def _secrets() -> Mapping[str, object]:
    """Streamlit's secrets; none where there is no file. A file that cannot be read must not open what it closes."""
    try:
        return st.secrets.to_dict()
    except (OSError, UnicodeDecodeError):  # what Streamlit raises is a FileNotFoundError in either case
        if has_secrets_file():
            raise SettingsError(
                "The file .streamlit/secrets.toml cannot be read, or is not valid TOML.",
                'Every line needs the form NAME = "value", below a line such as [smartia].',
            ) from None  # Streamlit's own error names the file's folder.
        return {}
