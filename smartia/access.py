"""Who may see what: the roles, and what each of them is shown. Every page asks here."""

from enum import StrEnum


class Role(StrEnum):
    """What a reader may see; each role sees what those before it see.

    Viewers and analysts are shown figures alone; learner access shows the people behind them too.
    """

    VIEWER = "viewer"
    ANALYST = "analyst"
    LEARNER_ACCESS = "learner-access"

    @property
    def sees_learners(self) -> bool:
        """Whether names, identifiers and single sessions may be shown."""
        return self is Role.LEARNER_ACCESS
