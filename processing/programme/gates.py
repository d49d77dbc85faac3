"""What holds a programme where it is, takes it back, or stops it (clinical basis 3.5, hazards H10 and H11).

A step is granted when the last day asked for was done with a coverage of 80 % and, since then, (a) both feet were
looked at and clear, (b) no alert for the person is unresolved, (c) pain, numbness and tingling are not 2 grades above
the median of the seven days before. A medium alert takes 20 % off for two days. Source of (a), (b), the coverage and
the 20 %: clinical basis 3.5; of (c): Reasoned, a single grade comes and goes from day to day. While fewer than three
answers are there to compare with, pain of 7 or more holds (severe, as such scales are usually read; from memory).

Reasoned: what is found counts at once where it forbids, and from the next day on where it permits; so nothing that is
found in the evening asks for more of a walk that is over. An alert that is over and that nobody has answered holds for
7 days, as long as it counts as unresolved for the clinician. A foot that was last seen red, blistered or open rests
until the day after it is seen without. A red flag stops the programme: those of the body, of the calf and a hot
swollen foot until a clinician begins it again; the stop of an open or draining sore also ends with a look at both feet,
on a later day, that finds them clear.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from enum import StrEnum
from statistics import median

from ingest.wire.alerts import Alert, AlertLevel, Audience
from ingest.wire.entries import FootCheck, RedFlag, Skin, Symptoms
from processing.times import each_day, local_day

WORSE_BY = 2
SEVERE_PAIN = 7  # of 10
UNANSWERED_DAYS = 7
STEP_BACK_DAYS = 2
STEP_BACK_SHARE = 0.8
ENDED_BY_A_CLEAR_LOOK = frozenset({RedFlag.OPEN_SORE, RedFlag.DRAINAGE})
GRADES = ("pain", "numbness", "tingling")

_RESTING = (Skin.OPEN, Skin.BLISTER, Skin.RED)
_MEDIAN_DAYS = 7
_LEAST_ANSWERS = 3  # a median of fewer is one odd day


class HoldKind(StrEnum):
    STEP_BACK = "step-back"
    SKIN = "skin"
    NOT_LOOKED = "not-looked"
    ALERT = "alert"
    SYMPTOMS = "symptoms"
    NOT_DONE = "not-done"
    COVERAGE = "coverage"
    CAP = "cap"
    USUAL_UNKNOWN = "usual-unknown"
    GOAL = "goal"


# these say something of the person, not of the record: nothing grows under them, not even back to where it was
OF_THE_BODY = frozenset({HoldKind.STEP_BACK, HoldKind.SKIN, HoldKind.NOT_LOOKED, HoldKind.ALERT, HoldKind.SYMPTOMS})


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a day does not ask for more; `words` for the person who walks."""

    kind: HoldKind
    words: str


@dataclass(frozen=True, slots=True)
class _Look:
    day: date
    t_ns: int
    id: str
    left: Skin
    right: Skin

    @property
    def order(self) -> tuple[date, int, str]:
        return self.day, self.t_ns, self.id

    @property
    def is_clear(self) -> bool:
        return self.left is Skin.CLEAR and self.right is Skin.CLEAR

    @property
    def tells(self) -> bool:
        """Both feet were looked at, or one was not clear."""
        return self.is_clear or not {self.left, self.right} <= {Skin.CLEAR, Skin.NOT_LOOKED}


class Feet:
    """What looks at the feet have found so far."""

    def __init__(self) -> None:
        self._looks: dict[date, _Look] = {}  # the last one of each day
        self._seen: dict[str, tuple[tuple[date, int, str], Skin]] = {}

    def looked(self, check: FootCheck, t_ns: int, entry_id: str) -> None:
        """A foot that was not looked at leaves what is known of it as it was."""
        look = _Look(date.fromisoformat(check.day), t_ns, entry_id, check.left, check.right)
        if look.tells and (look.day not in self._looks or look.order > self._looks[look.day].order):
            self._looks[look.day] = look
        for side, skin in (("left", look.left), ("right", look.right)):
            if skin is not Skin.NOT_LOOKED and (side not in self._seen or look.order > self._seen[side][0]):
                self._seen[side] = (look.order, skin)

    def rests(self) -> Skin | None:
        """What was last seen of a foot and wants rest, the worst of the two."""
        seen = {skin for _, skin in self._seen.values()}
        return next((skin for skin in _RESTING if skin in seen), None)

    def hold(self, day: date) -> Hold | None:
        """None when both feet were clear the day before, and this day has found nothing else."""
        before, now = self._looks.get(day - timedelta(days=1)), self._looks.get(day)
        if any(look is not None and not look.is_clear for look in (before, now)):
            return Hold(HoldKind.SKIN, "your foot check was not clear")
        return None if before is not None else Hold(HoldKind.NOT_LOOKED, "your feet were not looked at yesterday")

    def clear_after(self, day: date) -> bool:
        """Whether the last look was on a later day and found both feet clear."""
        last = max(self._looks, default=day)
        return last > day and self._looks[last].is_clear


class Diary:
    """Grades of the days so far; of a day that was answered twice the higher one counts."""

    def __init__(self) -> None:
        self._grades: dict[str, dict[date, int]] = {name: {} for name in GRADES}

    def said(self, symptoms: Symptoms) -> None:
        day = date.fromisoformat(symptoms.day)
        for name, of_days in self._grades.items():
            grade = getattr(symptoms, name)
            if grade is not None:
                of_days[day] = max(grade, of_days.get(day, 0))

    def grades(self, name: str, days: Collection[date]) -> list[int]:
        """Of those of the days that have one, in their order."""
        return [grade for day, grade in sorted(self._grades[name].items()) if day in days]

    def hold(self, day: date) -> Hold | None:
        worse = [
            name
            for name, of_days in self._grades.items()
            if any(_is_worse(name, of_days, each) for each in (day, day - timedelta(days=1)))
        ]
        return Hold(HoldKind.SYMPTOMS, f"more {' and '.join(worse)} than in the week before") if worse else None


def _is_worse(name: str, of_days: Mapping[date, int], day: date) -> bool:
    if day not in of_days:
        return False
    before = [of_days[each] for n in range(1, _MEDIAN_DAYS + 1) if (each := day - timedelta(days=n)) in of_days]
    if len(before) < _LEAST_ANSWERS:
        return name == "pain" and of_days[day] >= SEVERE_PAIN
    return of_days[day] >= median(before) + WORSE_BY


@dataclass(frozen=True, slots=True)
class AlertDays:
    """Days on which an alert holds the plan, and days on which a medium one takes it back."""

    holding: frozenset[date]
    taking_back: frozenset[date]

    @classmethod
    def of(cls, alerts: Iterable[Alert], today: date, zone: tzinfo) -> AlertDays:
        """An alert counts from the day after it was raised on: its own day is being walked. What is raised by midnight
        itself is of the day that is over, so that nobody is told to walk less and to walk on in one morning."""
        holding: set[date] = set()
        back: set[date] = set()
        for alert in alerts:
            if not _counts(alert):
                continue
            raised = local_day(alert.raised_t_ns - 1, zone)
            holding.update(each_day(raised + timedelta(days=1), min(today, _last_unresolved(alert, zone) or today)))
            if alert.level is AlertLevel.MEDIUM:
                back.update(raised + timedelta(days=n) for n in range(1, STEP_BACK_DAYS + 1))
        return cls(frozenset(holding), frozenset(back))

    def holds(self, day: date) -> list[Hold]:
        found = []
        if day in self.taking_back:
            found.append(Hold(HoldKind.STEP_BACK, "an alert took it back a little for two days"))
        if day in self.holding:
            found.append(Hold(HoldKind.ALERT, "an alert is still open"))
        return found


def _counts(alert: Alert) -> bool:
    return (
        alert.audience is Audience.PATIENT
        and alert.level in (AlertLevel.LOW, AlertLevel.MEDIUM)
        and alert.rule.startswith("A")
    )


def _last_unresolved(alert: Alert, zone: tzinfo) -> date | None:
    """The last day on which it was active or unanswered; None: it still is. By its times alone, not by its state: what
    becomes of an alert later leaves earlier days as they were."""
    if alert.cleared_t_ns is None:
        return None
    cleared = local_day(alert.cleared_t_ns, zone)
    answered = cleared + timedelta(days=UNANSWERED_DAYS)
    if alert.acknowledged_t_ns is not None:
        answered = min(answered, local_day(alert.acknowledged_t_ns, zone))
    return max(cleared, answered)
