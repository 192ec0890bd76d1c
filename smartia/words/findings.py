"""The findings in plain words: what each means, by which rule it was found, whom to ask and what to do."""

from dataclasses import dataclass
from typing import Final

from smartia.analysis.finding_counts import SET_ASIDE
from smartia.analysis.findings import EARLY_PERCENT, LONGEST_GAP, LOWEST_AGE, RESULT_APART
from smartia.analysis.quality import LONG_FACTOR, MINIMUM_N, SHORT_SHARE
from smartia.table.sittings import ONE_SITTING_FACTOR

MIS: Final = "the college's MIS"
TUTOR: Final = "the tutor"
CENTURY: Final = "CENTURY's support"

_USUAL_TIME = (
    f"The usual time is the median of the same test version; of the test where the version has fewer than {MINIMUM_N} "
    "sessions; of the subject where the test has too few as well."
)
_NOTE_UPN = (
    "The shape of a real UPN: a letter, nine digits, two more digits and a digit or letter. smartia shows such values "
    "masked."
)


@dataclass(frozen=True)
class FindingKind:
    """What is said about a finding.

    Attributes:
        name: What it is called on screen.
        means: What it says about the data.
        rule: By which rule and threshold a session is counted.
        ask: Whom to ask.
        advice: What to do, as it follows "Ask …".
        extra: Columns that show it in the list of its sessions, besides the usual ones.
    """

    name: str
    means: str
    rule: str
    ask: str
    advice: str
    extra: tuple[str, ...] = ()


KINDS: Final = {
    SET_ASIDE: FindingKind(
        "Records set aside",
        "The API sent a record that does not fit its own reference. It is in no figure of this app.",
        "A required field is missing, or a value is not of the kind that the reference promises. The reasons are "
        "listed under Records set aside.",
        CENTURY,
        "Send the position of the record and the reason, and ask to have the record mended.",
    ),
    "unreadable_level": FindingKind(
        "Level cannot be read",
        "The result is not on the ladder from Pre-Entry to Level 3. The session counts, but is left out of shares.",
        "The text of the level is none of the ladder's, whatever its case, spaces and dashes.",
        CENTURY,
        "Ask what the level means, and whether the test gave a result.",
    ),
    "duration_longer_than_elapsed": FindingKind(
        "Longer than from start to end",
        "Nobody can work on a test for longer than it was open: one of the three values is wrong.",
        "The duration is more than 1 second above the time from start to end.",
        CENTURY,
        "Ask which value is right. Until then do not plan with the durations of these sessions.",
        ("elapsed_min",),
    ),
    "ended_before_started": FindingKind(
        "Ended before the start",
        "The start or the end is wrong, and with it perhaps the day and the academic year.",
        "The end lies before the start.",
        CENTURY,
        "Ask for the right times.",
        ("started", "elapsed_min"),
    ),
    "unusually_short": FindingKind(
        "Unusually short",
        "The learner may have been interrupted, or may have stopped early; some are simply quick. A short time says "
        "nothing by itself about effort.",
        f"The duration is below {SHORT_SHARE:.0%} of the usual time. {_USUAL_TIME}",
        TUTOR,
        "Ask whether the learner could work undisturbed. Nothing is left out because of this finding.",
        ("usual_min",),
    ),
    "unusually_long": FindingKind(
        "Unusually long",
        "The test may have been left open, or the learner may need more time or help.",
        f"The duration is above {LONG_FACTOR:g} times the usual time. {_USUAL_TIME}",
        TUTOR,
        "Ask how the sitting went. Nothing is left out because of this finding.",
        ("usual_min",),
    ),
    "started_in_future": FindingKind(
        "Started in the future",
        "A clock or a time zone is wrong.",
        "The start lies after the moment at which the data were pulled.",
        CENTURY,
        "Ask for the right times.",
        ("started",),
    ),
    "started_too_early": FindingKind(
        "Started before all others",
        "A few early sessions stand alone, long before the others: test data, or a wrong date.",
        f"A stretch of more than {LONGEST_GAP.days} days in which no session started follows, and fewer than "
        f"{EARLY_PERCENT}% of all sessions lie before it.",
        CENTURY,
        "Ask whether these sessions are real. If they are, ignore this finding.",
        ("started",),
    ),
    "result_far_from_end": FindingKind(
        "Result far from the end",
        "The result was written at another time than the session ended: it may have been computed again.",
        f"The result and the end lie more than {RESULT_APART.total_seconds() / 3600:g} hours apart.",
        CENTURY,
        "Ask whether the levels of these sessions were changed afterwards.",
        ("result",),
    ),
    "several_attempts": FindingKind(
        "Several attempts",
        "The learner sat the same test more than once. That may be meant; the filter Attempts says which one counts.",
        "The same account has more than one completed session of the same test, in any version.",
        TUTOR,
        "Ask whether the learner was to sit the test again.",
        ("attempt", "attempts"),
    ),
    "older_version": FindingKind(
        "Older version after a newer one",
        "Two versions of a test were in use at the same time. Figures of different versions do not compare.",
        "The session started when the first session of a newer version of the same test had started already.",
        CENTURY,
        "Ask when the version changed for your learners.",
        ("test_version", "started"),
    ),
    "overlapping": FindingKind(
        "Sessions at the same time",
        "One account had two tests open at once. That is usual where a test was paused and another one taken.",
        "From start to end the session shares some time with another session of the same account.",
        TUTOR,
        "Ask only about those of which neither was paused; they are a kind of their own.",
        ("started",),
    ),
    "overlapping_unpaused": FindingKind(
        "Sessions at the same time, unpaused",
        "One account worked on two tests at once: two people may have used it, or two windows were open.",
        "The session shares some time with another one of the same account, and both were sat in one sitting: from "
        f"start to end each took at most {ONE_SITTING_FACTOR:g} times its duration.",
        TUTOR,
        "Ask who sat the tests. If two learners share an account, their results cannot be told apart.",
        ("started",),
    ),
    "gender_changed": FindingKind(
        "Gender differs from before",
        "The same account has different genders in its sessions; each session counts under its own.",
        "The gender is not that of the account's session before. Sessions without a gender are passed over.",
        MIS,
        "Check the learner's record; a change may be right.",
        ("gender",),
    ),
    "birth_date_changed": FindingKind(
        "Date of birth differs from before",
        "The same account has different dates of birth in its sessions: a correction, or an account in two hands.",
        "The date of birth is not that of the account's session before. Sessions without one are passed over.",
        MIS,
        "Check the learner's record, and whether two learners share the account.",
        ("age",),
    ),
    "name_changed": FindingKind(
        "Name differs from before",
        "The same account has different full names in its sessions: a correction, a new name, or an account in two "
        "hands.",
        "The full name, as it is written, is not that of the account's session before.",
        MIS,
        "Check the learner's record, and whether two learners share the account.",
    ),
    "no_reference": FindingKind(
        "No reference of the college",
        "The session cannot be matched to your own records by a number.",
        "Learner reference (UPN) and external ID are both empty.",
        MIS,
        "Fill the external ID where the accounts are made.",
    ),
    "required_empty": FindingKind(
        "A required text is empty",
        "The API promises this field for every session, and sent an empty text.",
        "One of username, name, first name, last name, test and subject is empty.",
        CENTURY,
        "Ask to have the account or the test mended.",
    ),
    "no_birth_date": FindingKind(
        "No date of birth",
        "The age is unknown, so the session stands under the age band unknown.",
        "The date of birth is empty.",
        MIS,
        "Fill the date of birth where the accounts are made.",
    ),
    "no_gender": FindingKind(
        "Gender unknown",
        "The session stands under the gender unknown.",
        "The gender was not sent, or was sent as unknown.",
        MIS,
        "Fill it where the accounts are made, if the learner has said it.",
    ),
    "age_impossible": FindingKind(
        "Impossible date of birth",
        "The date of birth gives no possible age; the session stands under the age band unknown.",
        "The age on 31 August of the academic year would be below 0 or above 120.",
        MIS,
        "Correct the date of birth.",
    ),
    "age_low": FindingKind(
        "Very young for a college",
        "The date of birth is likely to be wrong, unless you teach learners of that age.",
        f"The age on 31 August of the academic year is below {LOWEST_AGE}.",
        MIS,
        "Check the date of birth.",
        ("age",),
    ),
    "real_upn_in_upn": FindingKind(
        "Real UPN as learner reference",
        "The field holds what looks like a real unique pupil number, which follows a person from school to school.",
        f"The learner reference has the shape of a real UPN. {_NOTE_UPN}",
        MIS,
        "Check whether your data protection officer agrees that UPNs are sent; a reference of your own would do.",
    ),
    "real_upn_in_external_id": FindingKind(
        "Real UPN as external ID",
        "The field holds what looks like a real unique pupil number, where a number of your own is expected.",
        f"The external ID has the shape of a real UPN. {_NOTE_UPN}",
        MIS,
        "Replace it by a reference of your own.",
    ),
    "real_upn_in_username": FindingKind(
        "Real UPN as username",
        "Usernames are typed, seen and written down: a real unique pupil number should not be one.",
        f"The username has the shape of a real UPN. {_NOTE_UPN}",
        MIS,
        "Give these learners other usernames.",
    ),
}
"""The findings by their names in `smartia.analysis`, in the order of the screen."""
