"""Who may see what: the roles, and what each of them is shown. Every page asks here."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a reader may see; each role sees what those before it see.

    Viewers are shown figures under the rules of publishing alone; analysts are shown exact ones, and learner access
    shows the people behind them too.
    """

    VIEWER = "viewer"
    ANALYST = "analyst"
    LEARNER_ACCESS = "learner-access"

    @property
    def sees_exact_figures(self) -> bool:
        """Whether figures may be shown as they are; else small numbers are hidden and others rounded."""
        return self is not Role.VIEWER

    @property
    def sees_learners(self) -> bool:
        """Whether names, identifiers and single sessions may be shown."""
        return self is Role.LEARNER_ACCESS


@dataclass(frozen=True)
class Reader:
    """Who reads, as far as pages need to know.

    Attributes:
        role: What they may see.
        address: The e-mail address with which they are signed in; None where nobody signs in.
    """

    role: Role
    address: str | None = None
