"""What the pages read: the settings, and the present snapshot's frame, shared by all sessions and never changed."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import streamlit as st

from smartia.access import check_section_names
from smartia.analysis.quality import missing_by_field, with_reference
from smartia.errors import SettingsError, SnapshotUnreadableError
from smartia.loading import open_account
from smartia.settings import Settings
from smartia.store.snapshot import Snapshot
from smartia.table.calendar import local_time
from smartia.table.columns import SENT
from smartia.ui.kept import until_removal


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


def analysis_of(settings: Settings, snapshot: Snapshot) -> tuple[Snapshot, pd.DataFrame]:
    """The analysis frame of the present snapshot with `reference_s`, and the snapshot that it came from.

    Between opening a snapshot and reading it another process may have replaced it; then the new one is read.

    Raises:
        SnapshotUnreadableError: A file of the snapshot is damaged.
    """
    try:
        return snapshot, _analysis(snapshot)
    except SnapshotUnreadableError:
        newer = open_account(settings)
        if newer.manifest.snapshot_id == snapshot.manifest.snapshot_id:
            raise
        return newer, _analysis(newer)


def snapshot_key(snapshot: Snapshot) -> tuple[str, str]:
    """What tells two snapshots apart, for caches."""
    return snapshot.files.place, snapshot.manifest.snapshot_id


@until_removal
@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs={Snapshot: snapshot_key})
def _analysis(snapshot: Snapshot) -> pd.DataFrame:
    return with_reference(snapshot.analysis())


@until_removal
@st.cache_data(max_entries=4, show_spinner=False, hash_funcs={Snapshot: snapshot_key})
def missing_values(snapshot: Snapshot) -> pd.DataFrame:
    """How often each field that the API may send is empty: field, missing, n, share.

    Fields are read one at a time and only counted, so that no identity stays in memory.
    """
    names = [column.name for column in SENT]
    return pd.concat([missing_by_field(snapshot.read([name]).to_pandas(), [name]) for name in names], ignore_index=True)


def set_aside(snapshot: Snapshot) -> pd.DataFrame:
    """The records set aside: month, position (since, page, record), reason. Their content stays on the disk.

    `since` is in UK time, and missing where pages were counted from the beginning.
    """
    table = snapshot.rejected.drop(columns="content")
    return table.assign(since=local_time(table["since"]))
