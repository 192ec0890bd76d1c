"""The evidence sheet: one learner's results as an HTML file of its own, to be printed on one A4 page and signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

FILE_NAME = "evidence-sheet.html"
"""Of every sheet: a file name must not say whose it is."""
SESSION_LIMIT = 7
"""Sessions on a sheet, the newest first; more do not fit on one page."""
SESSION_COLUMNS = (
    ("Completed (UK time)", 10),
    ("Test", 14),
    ("Level as sent", 8),
    ("Read as", 8),
    ("Duration (min)", 9),
    ("Elapsed (min)", 8),
    ("Sitting", 8),
    ("Attempt", 8),
    ("Look at", 13),
    ("Version", 14),
)
"""Headings of the sessions, and the width of each in per cent of the page."""
_VALUE_LIMIT = 200
"""Characters of a value; the style shows three lines of them, so that the signature stays on the page."""

_STYLE = """
@page { size: A4; margin: 12mm 14mm; }
* { box-sizing: border-box; }
body { font: 10pt/1.35 system-ui, "Segoe UI", Arial, sans-serif; color: #000; background: #fff; margin: 0 auto;
  max-width: 182mm; padding: 4mm 0; }
h1 { font-size: 16pt; margin: 0 0 1mm; }
h2 { font-size: 11pt; margin: 4mm 0 1mm; border-bottom: 0.3mm solid #000; }
p, ul { margin: 0 0 1.5mm; }
ul { padding-left: 5mm; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.8mm 1.5mm; border-bottom: 0.15mm solid #888;
  overflow-wrap: break-word; }
td > bdi { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
.who { font-size: 9pt; table-layout: fixed; }
.who th, .who td { padding: 0.5mm 0.8mm; }
.who bdi { -webkit-line-clamp: 2; }
.who th { width: 42mm; font-weight: normal; color: #333; }
.sessions { font-size: 7.5pt; line-height: 1.25; table-layout: fixed; }
.sessions th, .sessions td { padding: 0.8mm; }
.small { font-size: 7.5pt; line-height: 1.25; color: #333; }
.sign { display: grid; grid-template-columns: 1fr 1fr 34mm; gap: 3mm 6mm; margin-top: 8mm; break-inside: avoid; }
.sign span { border-top: 0.3mm solid #000; padding-top: 1mm; min-height: 10mm; font-size: 8pt; }
@media print { body { padding: 0; max-width: none; } }
"""

_DEFINITIONS = (
    "Level: what the assessment reported; in the column “Read as”, its place on the Functional Skills ladder.",
    "Age: on 31 August of the academic year of the newest assessment.",
    "Duration: time on the test. Elapsed: from start to end, pauses included.",
    "Sitting: one sitting where elapsed is at most 1.25 times the duration; over several days where it ended on a "
    "later date than it began; else paused.",
    "Look at: a duration below a quarter, or above four times, of the usual one (the median of the same test version), "
    "or longer than elapsed; a reason to ask, no judgement.",
    "An initial assessment shows where to start. It is no qualification, and two different test versions do not "
    "compare.",
)


@dataclass(frozen=True)
class Sheet:
    """What an evidence sheet says; every text as it came, none of it HTML.

    Attributes:
        learner: What is said of the learner: label → value.
        sessions: A text for each of `SESSION_COLUMNS`, session by session, newest first.
        pulled: When the data were downloaded, in words.
        source: Where from.
    """

    learner: Mapping[str, str]
    sessions: Sequence[Sequence[str]]
    pulled: str
    source: str

    def html(self) -> str:
        """Write the sheet as one HTML file without scripts and links."""
        left_out = len(self.sessions) - SESSION_LIMIT
        more = f"<p class='small'>Earlier sessions not listed here: {left_out}.</p>" if left_out > 0 else ""
        widths = "".join(f'<col style="width: {width}%">' for _, width in SESSION_COLUMNS)
        who = "".join(f'<tr><th scope="row">{_text(k)}</th><td>{_text(v)}</td></tr>\n' for k, v in self.learner.items())
        return f"""<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Evidence sheet</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Evidence sheet: Smart Initial Assessment</h1>
<p class="small">From {_text(self.source)}, downloaded {_text(self.pulled)} (UK time). Personal data: keep and destroy
it as your organisation's rules say.</p>
<h2>Learner</h2>
<table class="who">
{who}</table>
<h2>Completed assessments</h2>
<table class="sessions">
<colgroup>{widths}</colgroup>
<thead><tr>{"".join(f'<th scope="col">{_text(heading)}</th>' for heading, _ in SESSION_COLUMNS)}</tr></thead>
<tbody>
{"".join(_row(values) for values in self.sessions[:SESSION_LIMIT])}
</tbody>
</table>
{more}
<h2>What the columns mean</h2>
<ul class="small">{"".join(f"<li>{escape(definition)}</li>" for definition in _DEFINITIONS)}</ul>
<div class="sign"><span>Name and role of the person who checked this</span><span>Signature</span><span>Date</span>
<span>Name of the learner</span><span>Signature</span><span>Date</span></div>
</body>
</html>
"""


def _row(values: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<td>{_text(value)}</td>' for value in values)}</tr>\n"


def _text(value: str) -> str:
    """A value as text that can neither become markup nor turn the writing of what stands around it."""
    printable = "".join(character if character.isprintable() else " " for character in value).strip()
    short = printable if len(printable) <= _VALUE_LIMIT else f"{printable[: _VALUE_LIMIT - 1]}…"
    return f"<bdi>{escape(short)}</bdi>"
