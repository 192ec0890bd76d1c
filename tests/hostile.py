"""Sessions whose every text is an attack, or at least a nuisance: what must be shown as text and nothing else."""

import random
from typing import Any

from tests.handmade import LEVELS, Record, make_record, make_user, make_uuid

FOREIGN = "evil.example"
"""The host that hostile texts point to; it must never be asked, nor stand in a link."""
TEXTS = {
    "markdown": f"![i](http://{FOREIGN}/i) [l](http://{FOREIGN}) <http://{FOREIGN}> **bmade** `cmade` www.{FOREIGN} "
    f"me@{FOREIGN}",
    "html": f"<img src=//{FOREIGN}/x onerror=alert(1)><script>alert(2)</script> "
    "{{ datum.label }} &lt;b&gt; __proto__",
    "directive": r"$\frac{1}{2}$ $$x^2$$ :material/home: :red[rmade] :red-background[gmade] :smile: :streamlit: "
    "-> |t| ~~smade~~",
    "formula": f'=HYPERLINK("http://{FOREIGN}") user\u202egnp.\u2066exe\u2069 '
    "\x07\x1b[31m li\nne\r\n\t+1\x85\u2028\u2029z\u200bw\ufeff.",
    "long": "@SUM(1) 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🧑🏽‍🏫 שלום עולם مرحبا Lo" + "ng" * 5_000,
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
