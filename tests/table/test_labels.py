"""Labels from the data: printable, short, and never alike."""

from hypothesis import given
from hypothesis import strategies as st

from smartia.table.labels import LABEL_LIMIT, fit_label, fit_labels
from tests.hostile import TEXTS


def test_ordinary_names_stay_as_they_are() -> None:
    """Letters of any script, emoji and signs are not touched."""
    names = ["Maths", "Zoë O’Neil-Ng", "Cymraeg & Saesneg: L1/L2", "数学", "עברית", "👩‍👩‍👧‍👦", "می‌خواهم"]
    assert fit_labels(names) == names


def test_hostile_texts_become_one_printable_line() -> None:
    """Nothing is left that ends a line, turns the direction of writing or does not print."""
    for text in TEXTS.values():
        label = fit_label(text)
        assert len(label) <= LABEL_LIMIT
        assert label.replace("\N{ZERO WIDTH JOINER}", "").isprintable()


@given(st.lists(st.text("ab\u200b\u202e ", max_size=4), unique=True, max_size=12))
def test_labels_stay_apart(texts: list[str]) -> None:
    """Distinct texts get distinct labels, and a text that is fit already keeps its own."""
    labels = fit_labels(texts)
    assert len(set(labels)) == len(texts)
    assert all(label == text for text, label in zip(texts, labels, strict=True) if fit_label(text) == text)
