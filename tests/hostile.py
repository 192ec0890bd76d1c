"""Sessions whose every text is an attack, or at least a nuisance: what must be shown as text and nothing else."""

import random
from typing import Any

from tests.handmade import LEVELS, Record, make_record, make_user, make_uuid

FOREIGN = "evil.example"
"""The host that hostile texts point to; it must never be asked, nor stand in a link."""
TEXTS = {
    "markdown": f"![i](http://{FOREIGN}/i.png) [l](http://{FOREIGN}/l) <http://{FOREIGN}/a> **b** `c` ~~s~~ |t| # h",
    "html": f"<img src=//{FOREIGN}/x onerror=alert(1)><script>alert(2)</script><a href='javascript:alert(3)'>h</a>",
    "formula": f'=HYPERLINK("http://{FOREIGN}/f","f")',
    "bidi": "user\u202egnp.\u2066exe\u2069\u200f \u061czero\u200bwidth\ufeff end",
    "control": "bell\x07 escape\x1b[31m line\nbreak\r\nand\t=1+1\x85\u2028\u2029 end",
    "directive": r"$\frac{1}{2}$ $$x^2$$ :material/home: :red[r] :red-background[g] :smile: :streamlit: - :small[s]",
    "template": "{{ datum.x }} ${datum.y} {0} %s %(name)s datum['z'] </title> __proto__ &lt;b&gt; &#60;i&#62;",
    "emoji": "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🧑🏽‍🏫 שלום עולם مرحبا end",
    "address": f"www.{FOREIGN}/w http://{FOREIGN}/u me@{FOREIGN} ftp://{FOREIGN} mailto:me@{FOREIGN}",
    "long": "Long" + "g" * 10_000,
}
KINDS = list(TEXTS)


def make_hostile_records(size: int, seed: int = 41) -> list[Record]:
    """Make sessions of about half as many learners; every kind of text is a subject, a test, a level and a name."""
    rng = random.Random(seed)
    users = [_make_user(rng, place) for place in range(size // 2)]
    tests = [
        {
            "testId": make_uuid(rng),
            "testVersionId": make_uuid(rng),
            "name": f"Test {TEXTS[KINDS[place - 1]]}",
            "subject": TEXTS[kind],
        }
        for place, kind in enumerate(KINDS)
    ]
    records = []
    for place in range(size):
        record = make_record(rng, rng.choice(users))
        record["test"] = tests[place % len(tests)]
        is_readable = rng.random() < 0.7
        record["result"]["level"] = rng.choice(list(LEVELS)) if is_readable else f"Level {TEXTS[rng.choice(KINDS)]}"
        records.append(record)
    return records


def _make_user(rng: random.Random, place: int) -> Record:
    fields = ("username", "fullName", "firstName", "middleName", "lastName", "upn", "externalId")
    user: Record = make_user(rng)
    for turn, name in enumerate(fields):
        user[name] = f"{TEXTS[KINDS[(place + turn) % len(KINDS)]]} {name}{place}"
    user["emails"] = [f"{TEXTS[KINDS[place % len(KINDS)]]}{place}@{FOREIGN}"]
    return user


def values_of(records: list[Record]) -> set[str]:
    """List every text of the records that says something of a learner or a session; no word of a closed set."""
    found: set[str] = set()

    def gather(value: Any, name: str) -> None:
        if isinstance(value, dict):
            for inner, part in value.items():
                gather(part, inner)
        elif isinstance(value, list):
            for part in value:
                gather(part, name)
        elif isinstance(value, str) and name not in ("gender", "status") and value not in LEVELS:
            found.add(value)

    for record in records:
        gather(record, "")
    return found
