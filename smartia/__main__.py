"""The command line: `python -m smartia refresh …` and `python -m smartia sandbox …`."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import click

from smartia.errors import SettingsError, SmartiaError
from smartia.loading import refresh as refresh_account
from smartia.logs import keep_data_out_of_logs
from smartia.sandbox import server
from smartia.settings import Settings
from smartia.store.refresh import OnProgress, Progress

INCOMPLETE = 3
"""Exit code of a refresh that ended well but differs from the API's total."""
LINE_EVERY_S = 10.0


@click.group(help="smartia: what a college's Smart Initial Assessments say.")
def cli() -> None:
    """Gather the commands."""


@cli.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def sandbox(options: tuple[str, ...]) -> None:
    """Serve an invented college at the API's own endpoint, on this computer."""
    sys.exit(server.main(list(options)))


@cli.command()
@click.option("--full", is_flag=True, help="Download every session again, not only what may have changed.")
def refresh(*, full: bool) -> None:
    """Bring the copy of the sessions on this computer up to date.

    For schedulers: shows a bar on a terminal and plain lines elsewhere. Exit codes: 0 the copy is complete,
    1 the refresh failed and the last good data stay, 2 a setting is wrong, 3 the copy differs from the API's total.
    """
    try:
        settings = Settings.load()
    except SettingsError as failure:
        click.echo(str(failure), err=True)
        sys.exit(2)
    try:
        with _shown() as show:
            # Who calls this wants the data of now, however old the copy is.
            snapshot = refresh_account(replace(settings, max_age=timedelta(0)), "full" if full else "auto", show)
    except SmartiaError as failure:
        click.echo(str(failure), err=True)
        sys.exit(1)
    manifest = snapshot.manifest
    click.echo(
        f"{manifest.rows:,} sessions held, {manifest.rejected:,} records set aside, {manifest.total:,} promised."
    )
    if manifest.missing:
        click.echo(f"The copy differs from the API's total by {manifest.missing:,}.", err=True)
        sys.exit(INCOMPLETE)


def describe(progress: Progress) -> str:
    """Say how far a refresh has come, in one line without personal data."""
    counted = f"{progress.sessions:,} of {progress.total:,} sessions"
    if progress.is_elsewhere:
        return f"Another smartia is downloading the same account: {progress.sessions:,} sessions so far"
    if progress.waiting_s:
        return f"{counted}; the API asked to wait {progress.waiting_s:.0f} s"
    return counted


@contextmanager
def _shown() -> Iterator[OnProgress]:
    """Show progress on the error stream: a bar on a terminal, now and then a line elsewhere."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    with click.progressbar(length=1, file=sys.stderr, item_show_func=lambda text: text) as bar:

        def show(progress: Progress) -> None:
            bar.length = max(progress.total, 1)
            bar.update(progress.sessions - bar.pos, describe(progress))

        yield show


def _lines() -> OnProgress:
    last_s = float("-inf")

    def show(progress: Progress) -> None:
        nonlocal last_s
        if time.monotonic() - last_s >= LINE_EVERY_S:
            last_s = time.monotonic()
            click.echo(describe(progress), err=True)

    return show


if __name__ == "__main__":
    keep_data_out_of_logs()
    cli(prog_name="python -m smartia")
