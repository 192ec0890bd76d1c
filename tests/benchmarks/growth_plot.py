"""The plot of growth: what filter changes, the first chart and memory cost at each size, on logarithmic axes."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import altair as alt
import vl_convert as vlc

from tests.benchmarks.figures import Figure
from tests.benchmarks.pages import PAGES

_PANELS = {
    "a filter change never seen before": ("ms", "Filter change never seen before, ms"),
    "the same again": ("ms", "The same again, ms"),
    "start of a process to the first chart": ("s", "Process start to first chart, s"),
    "memory of the server at most": ("MB", "Memory of the server at most, MB"),
}
"""What each panel shows: a part of the figures' names, their unit, the title."""
_PAGES = tuple(page.title for page in PAGES)
_SERVER = "all pages"
_SIZE = 360


def draw_growth(figures: Iterable[Figure], folder: Path) -> list[Path]:
    """Draw figures of several sizes; gives the files, one SVG and one PNG.

    Args:
        figures: They have sessions and, in their names, the app they belong to.
        folder: Where the files go; made if it is not there.
    """
    figures = list(figures)
    panels = [panel for part, (unit, title) in _PANELS.items() if (panel := _panel(figures, part, unit, title))]
    spec = alt.concat(*panels, columns=2).to_json()
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "growth.svg", folder / "growth.png"]
    paths[0].write_text(vlc.vegalite_to_svg(spec), encoding="utf-8")
    paths[1].write_bytes(vlc.vegalite_to_png(spec, scale=1.5))
    return paths


def _panel(figures: Sequence[Figure], part: str, unit: str, title: str) -> alt.LayerChart | None:
    rows = [
        {
            "sessions": figure.sessions,
            "value": figure.median,
            "what": figure.name.partition(":")[0].replace(part, "").strip(", ") or _SERVER,
            "app": "the obvious app" if "obvious" in figure.name else "smartia",
        }
        for figure in figures
        if part in figure.name and figure.unit == unit and figure.sessions
    ]
    if not rows:
        return None
    sizes = sorted({row["sessions"] for row in rows})
    apps = {row["app"] for row in rows}
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("sessions:Q", title="Sessions").scale(type="log", nice=False).axis(values=sizes, format=",d"),
        y=alt.Y("value:Q", title=None).scale(type="log"),
        color=alt.Color("what:N", title=None).scale(domain=[*_PAGES, _SERVER], scheme="tableau20"),
    )
    legend = alt.Legend() if len(apps) > 1 else None
    lines = base.mark_line().encode(strokeDash=alt.StrokeDash("app:N", title=None, legend=legend))
    return (lines + base.mark_point(filled=True)).properties(width=_SIZE, height=_SIZE, title=title)
