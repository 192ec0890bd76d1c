"""The command that writes a report: what it is told, and the files that it leaves."""

import datetime as dt
import sys
from pathlib import Path

import click

from smartia.access import Role
from smartia.errors import LinkError, SettingsError, SmartiaError
from smartia.export.files import write_private
from smartia.loading import refresh
from smartia.report.contents import LANGUAGE, LEVEL, TITLE, Report, Topic, Wanted
from smartia.settings import Settings
from smartia.table.filter_links import asks_to_publish, filters_of_link, other_keys
from smartia.table.filters import Filters
from smartia.table.levels import WHOLE_LEVELS

PICTURES_OF = "report"
"""What the names of the pictures' files say of where they are from."""
ENDINGS = (".html", ".htm")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--title", default=TITLE, show_default=True, help="Its title, in any language.")
@click.option("--language", default=LANGUAGE, show_default=True, help="The language of the title, such as cy.")
@click.option(
    "--sections",
    multiple=True,
    type=click.Choice([topic.value for topic in Topic]),
    help="Only this one; may be repeated.",
)
@click.option("--subjects", multiple=True, help="Only this subject; may be repeated.")
@click.option(
    "--level", default=LEVEL, show_default=True, type=click.Choice(WHOLE_LEVELS[1:-1]), help="The level to reach."
)
@click.option(
    "--pictures",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for the report's charts as PNG and SVG.",
)
@click.option("--link", default="", help="A link copied from the app, in quotation marks: its filters hold.")
def report(
    file: Path,
    title: str,
    language: str,
    sections: tuple[str, ...],
    subjects: tuple[str, ...],
    level: str,
    pictures: Path | None,
    link: str,
) -> None:
    """Write a report to FILE (.html): one file that opens offline and prints to A4.

    Its figures are those of the role in SMARTIA_OPEN_ROLE: published ones without that setting, and where the link
    opens the publish view. A copy that is missing or too old is refreshed before. Exit codes: 0 written, 1 not written,
    2 a setting, an option or the name of the file is wrong.
    """
    if file.suffix.casefold() not in ENDINGS:
        click.echo(
            f"The name of the file must end in {' or '.join(ENDINGS)}. For a PDF, print it from there.", err=True
        )
        sys.exit(2)
    # Here, since they bring the drawing of charts, for which other commands need not wait.
    from smartia.report.making import make_report
    from smartia.report.page import write_report

    topics = tuple(Topic(name) for name in sections) or tuple(Topic)
    wanted = Wanted(topics, subjects, level, title, language)
    try:
        settings = Settings.load()
        role = Role.VIEWER if asks_to_publish(link) else settings.role
        filters = _filters(link, role)
        made = make_report(refresh(settings), settings, role, filters, wanted, dt.datetime.now(dt.UTC))
        write_private(file, write_report(made))
        if pictures is not None:
            _write_pictures(pictures, made)
    except SmartiaError as failure:
        click.echo(str(failure), err=True)
        sys.exit(2 if isinstance(failure, SettingsError | LinkError) else 1)
    except OSError as failure:
        click.echo(f"Not written: {failure.strerror or type(failure).__name__}.", err=True)
        sys.exit(1)
    click.echo(f"Written, for the role {role}: {len(made.sections)} sections, {len(made.drawings)} charts.")


def _filters(link: str, role: Role) -> Filters:
    filters = filters_of_link(link)
    if filters != Filters() and not role.sees_exact_figures:
        raise SettingsError(
            "Published figures know none of the filters that the link has.", "Choose subjects by --subjects."
        )
    if ignored := other_keys(link):
        click.echo(f"Not filters, so without effect here: {', '.join(ignored)}.", err=True)
    return filters


def _write_pictures(folder: Path, made: Report) -> None:
    from smartia.export.images import KINDS, picture_name, picture_of  # as above

    folder.mkdir(exist_ok=True)
    for place, drawing in enumerate(made.drawings, start=1):
        for kind in KINDS:
            content = picture_of(drawing, made.below_titles, kind)
            write_private(folder / picture_name(PICTURES_OF, place, kind), content)
