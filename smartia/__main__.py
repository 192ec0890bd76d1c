"""The command line: `python -m smartia` with refresh, export, report, forget, make-key or sandbox."""

import base64
import datetime as dt
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from smartia.errors import SettingsError, SmartiaError
from smartia.export_command import export
from smartia.loading import account_files
from smartia.loading import forget as forget_account
from smartia.loading import refresh as refresh_account
from smartia.logs import keep_data_out_of_logs
from smartia.memory import give_memory_back, spare_what_is_loaded
from smartia.report.command import report
from smartia.sandbox import server
from smartia.settings import STORE_KEY_BYTES, Cache, Settings
from smartia.store.files import DiskFiles
from smartia.store.refresh import OnProgress, Progress
from smartia.store.removal import KeptAccount, Removed, kept_elsewhere, list_accounts, remove_account
from smartia.table.texts import keep_few_texts_plain

INCOMPLETE = 3
"""Exit code of a refresh that ended well but differs from the API's total."""
LINE_EVERY_S = 10.0


@click.group(help="smartia: what a college's Smart Initial Assessments say.")
def cli() -> None:
    """Gather the commands."""
    give_memory_back()
    keep_few_texts_plain()


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
    1 the refresh failed and the last good data stay, 2 a setting is wrong, or says that no copy is kept on the disk,
    3 the copy differs from the API's total.
    """
    settings = _settings_or_exit()
    if settings.cache is Cache.MEMORY:
        click.echo(
            "SMARTIA_CACHE is memory, so there is no copy to refresh: what is downloaded here would end with this "
            "command. The app downloads by itself. Take it off the schedule.",
            err=True,
        )
        sys.exit(2)
    try:
        with _shown() as show:
            # Who calls this wants the data of now, however old the copy is.
            snapshot = refresh_account(replace(settings, max_age=dt.timedelta(0)), "full" if full else "auto", show)
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


cli.add_command(export)
cli.add_command(report)


@cli.command()
@click.option("--all", "every", is_flag=True, help="Remove the copies of earlier keys and addresses as well.")
@click.option("--yes", is_flag=True, help="Do not ask before.")
def forget(*, every: bool, yes: bool) -> None:
    """Remove the copy of the sessions from this computer.

    Takes the whole folder: sessions, records set aside, what an interrupted download has left. Asks before. An app
    that is running lets go of what it has in memory when its next page is opened, and downloads nothing by itself.
    Exit codes: 0 removed, or there was nothing; 1 not removed, or not whole (a refresh is running, the disk is
    unwilling, the answer was no); 2 a setting is wrong.
    """
    settings = _settings_or_exit()
    kept = [one for one in list_accounts(settings.cache_dir) if every or one.account == settings.account]
    shared = kept_elsewhere(settings.account, account_files(settings)) if settings.store_url else None
    kept = kept if shared is None else [shared, *kept]
    for number, one in enumerate(kept, start=1):
        click.echo(f"{number}. {_describe_kept(one, settings)}")
    if not kept:
        click.echo("Nothing is kept.")
        return
    if not yes:
        click.confirm("Remove this?" if len(kept) == 1 else f"Remove these {len(kept)}?", abort=True)
    failed = False
    for number, one in enumerate(kept, start=1):
        try:
            is_own = one.account == settings.account and one is not shared
            removed = forget_account(settings) if is_own else remove_account(one.files)
        except SmartiaError as failure:
            click.echo(f"{number}. {failure}", err=True)
            failed = True
        else:
            click.echo(f"{number}. {_describe_removed(removed)}")
    sys.exit(failed)


@cli.command("make-key")
def make_key() -> None:
    """Make a key for SMARTIA_STORE_KEY, and print it.

    It is a password: whoever has it can read the copy. Whoever loses it downloads the sessions again.
    """
    click.echo(base64.b64encode(secrets.token_bytes(STORE_KEY_BYTES)).decode())


def _settings_or_exit() -> Settings:
    try:
        return Settings.load()
    except SettingsError as failure:
        click.echo(str(failure), err=True)
        sys.exit(2)


def _describe_kept(kept: KeptAccount, settings: Settings) -> str:
    """Say whose copy it is without what identifies the account."""
    whose = "of an earlier key or another address"
    if kept.account == settings.account:
        whose = "of the present settings"
    elif kept.account == Settings().account:
        whose = "of the demo college"
    changed = "" if kept.changed_at is None else f", last changed {kept.changed_at:%d %B %Y %H:%M} UTC"
    where = "" if isinstance(kept.files, DiskFiles) else ", on shared storage"
    return f"The copy {whose}{where}: {kept.size_bytes / 1e6:,.1f} MB{changed}"


def _describe_removed(removed: Removed) -> str:
    held = f"{removed.sessions:,} sessions and {removed.set_aside:,} records set aside"
    if not removed.is_counted:
        held = "sessions that the key at hand does not open to be counted"
    text = f"Removed: {held}, in {removed.files:,} files of {removed.size_bytes / 1e6:,.1f} MB."
    if removed.foreign:
        text += f" {removed.foreign:,} files in the folder are not smartia's and were left."
    return text


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
    spare_what_is_loaded()
    cli(prog_name="python -m smartia")
