"""By what the Levels page splits its charts."""

from dataclasses import dataclass

from smartia.ui.controls import choose_one


@dataclass(frozen=True)
class Split:
    """A column by which a page splits its charts, and its name on screen."""

    column: str
    label: str


_SPLITS = {
    "none": None,
    "year": Split("academic_year", "Academic year"),
    "gender": Split("gender", "Gender"),
    "age": Split("age_band", "Age"),
    "test": Split("test_name", "Test"),
    "version": Split("test_version", "Test version"),
    "sitting": Split("sitting", "Sitting"),
    "group": Split("group", "Group"),
}


def choose_split(*, has_groups: bool) -> Split | None:
    """Draw the choice of a column to split by; None where the reader wants none.

    Args:
        has_groups: Whether the sessions can be split by the groups of the reader's list.
    """
    chosen = choose_one(
        "Split by",
        [key for key in _SPLITS if key != "group" or has_groups],
        key="split",
        names=lambda key: split.label if (split := _SPLITS[key]) else "Nothing",
        help_text="Draws one bar for each value, subject by subject.",
    )
    return _SPLITS[chosen]
