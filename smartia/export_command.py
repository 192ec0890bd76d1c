"""The command that writes the counted sessions to a file, for schedulers and other programs."""

import datetime as dt
import sys
from pathlib import Path
from typing import NoReturn, get_args

import click

from smartia.access import Reader
from smartia.analysis.levels import counts
from smartia.errors import LinkError, SettingsError, SmartiaError
from smartia.export.files import write_private
from smartia.loading import refresh
from smartia.settings import Settings
from smartia.table.filter_links import asks_to_publish, check_filters, filters_of_link, other_keys
from smartia.table.filters import apply_filters

TITLE = "Sessions counted"


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--link", default="", help="A link copied from the app, in quotation marks: its filters hold.")
@click.option("--identities", is_flag=True, help="With names and identifiers of the learners.")
def export(file: Path, link: str, *, identities: bool) -> None:
    """Write the counted sessions to FILE (.xlsx, .csv or .parquet).

    Which sessions count says the link; without it, the latest attempt of each learner at each test does. Single
    sessions need the role learner-access in SMARTIA_OPEN_ROLE, also where learners are not named. A copy that is
    missing or too old is refreshed before. Exit codes: 0 written, 1 not written, 2 a setting, the role, the link or
    the name of the file is wrong.
    """
    # Here, since they bring what other commands need not wait for.
    from smartia.engines.kept_frame import whole_frame
    from smartia.export.sessions import FileKind, too_long, write_sessions
    from smartia.report.stamps import exact_stamp
    from smartia.ui.session_rows import counted_sessions

    kinds: dict[str, FileKind] = {f".{kind}": kind for kind in get_args(FileKind)}
    kind = kinds.get(file.suffix.casefold())
    if kind is None:
        _refuse(f"The name of the file must end in {', '.join(kinds)}.")
    try:
        settings = Settings.load()
        if not settings.role.sees_learners:
            _refuse(
                f"The role is {settings.role}, and single sessions need learner-access. SMARTIA_OPEN_ROLE gives "
                "another role. Figures come by the command report, and from the pages."
            )
        if asks_to_publish(link):
            _refuse(
                "The link opens the publish view, which has no single sessions. Copy the link with it switched off."
            )
        filters = filters_of_link(link)
        if ignored := other_keys(link):
            click.echo(f"Not filters, so without effect here: {', '.join(ignored)}.", err=True)
        snapshot = refresh(settings)
        whole = whole_frame(snapshot)
        check_filters(whole, filters)
        frame = apply_filters(whole, filters)
        if too_long(len(frame), kind):
            _refuse(f"{len(frame):,} sessions are more than a sheet of Excel can hold. Write .csv or .parquet.")
        stamp = exact_stamp(TITLE, snapshot.manifest, counts(frame), filters, settings.role, dt.datetime.now(dt.UTC))
        table = counted_sessions(Reader(settings.role), snapshot, frame, with_identities=identities)
        write_private(file, write_sessions(kind, stamp, table))
    except SmartiaError as failure:
        click.echo(str(failure), err=True)
        sys.exit(2 if isinstance(failure, SettingsError | LinkError) else 1)
    except OSError as failure:
        click.echo(f"Not written: {failure.strerror or type(failure).__name__}.", err=True)
        sys.exit(1)
    click.echo(f"Written, for the role {settings.role}: {len(frame):,} sessions. Counted: {filters.describe()}.")


def _refuse(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(2)
