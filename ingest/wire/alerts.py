"""Alerts on the wire: what was raised, what became of it, and what people answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from ingest.wire.geometry import Side
from ingest.wire.message import Message


class AlertLevel(StrEnum):
    """No level above medium: delivery is not confirmed, so nobody may rely on it as on an alarm system."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"


class AlertState(StrEnum):
    """Where an alert stands; its transition table is in `processing.rules.lifecycle`."""

    PENDING = "pending"
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    ESCALATED = "escalated"  # handed to the clinician
    CLEARED = "cleared"
    CLOSED = "closed"


STILL_SO = frozenset({AlertState.ACTIVE, AlertState.ACKNOWLEDGED, AlertState.ESCALATED})  # what raised it has not ended


class Audience(StrEnum):
    """Whom an alert is for in the first place; everybody may read all of them."""

    PATIENT = "patient"
    CLINICIAN = "clinician"
    TECHNICAL = "technical"


class Outcome(StrEnum):
    """Whether the load went off the foot within 20 min of the alert (Najafi 2017)."""

    OFFLOADED = "offloaded"
    NOT_OFFLOADED = "not-offloaded"
    NOT_MEASURED = "not-measured"  # the data ended before it could be seen


class Quiet(StrEnum):
    """Why an alert has made no sound: it is listed all the same."""

    LISTED = "listed"  # its level or audience wants no sound
    LATE = "late"  # found in late rows
    SAME_CAUSE = "same-cause"  # another alert told of it
    SPACED = "spaced"  # another one sounded a short while ago; it sounds later if it still holds
    DAY_FULL = "day-full"  # the day has had its number
    QUIET_HOURS = "quiet-hours"
    MUTED = "muted"  # a clinician said so, until a time; it sounds then if it still holds


class Alert(Message, frozen=True, kw_only=True, tag="alert"):
    """One alert. Retained until closed; `id` depends on rule, foot and time only, so a repeat is the same alert."""

    id: str
    rule: str
    level: AlertLevel
    state: AlertState
    raised_t_ns: int
    walk: str  # "" for what is not of one walk
    side: Side | None = None
    text: str  # for the patient
    evidence: str  # for the clinician
    cleared_t_ns: int | None = None
    acknowledged_t_ns: int | None = None
    acknowledged_by: str | None = None
    action: str | None = None  # what was done: "sat", "checked foot", …
    late: bool = False  # found in late rows: listed, buzzes nobody
    areas: tuple[str, ...] = ()  # of the insole or of the foot, the worst first
    audience: Audience = Audience.PATIENT
    note: str | None = None
    escalated_t_ns: int | None = None
    escalated_because: str | None = None
    outcome: Outcome | None = None  # None: not asked of this rule, or not known yet
    useful: bool | None = None  # None: nobody has said
    sounded_t_ns: tuple[int, ...] = ()  # event times at which it was allowed to sound
    quiet: Quiet | None = None  # why it does not sound now


class AlertReply(Message, frozen=True, kw_only=True, tag="alert-reply"):
    """Somebody's answer to an alert."""

    id: str
    do: Literal["acknowledge", "escalate", "useful", "not-useful"]
    by: str
    t_ns: int
    action: str | None = None
    note: str | None = None


class Press(Message, frozen=True, kw_only=True, tag="press"):
    """A button that knows neither the time nor an alert's id: it answers whatever is open and told to the patient."""

    do: Literal["acknowledge"]
    by: str = "the home hub"


class NewsKind(StrEnum):
    RAISED = "raised"
    REPEATED = "repeated"  # sounds once more
    STRONGER = "stronger"
    ACKNOWLEDGED = "acknowledged"
    ESCALATED = "escalated"
    CLEARED = "cleared"
    CLOSED = "closed"


class AlertNews(Message, frozen=True, kw_only=True, tag="alert-news"):
    """One thing that became of an alert, at the moment it did. Never retained; nobody is told twice.

    `event_type` has the name that home hubs look for. `audible`: this may sound; else it is shown only.
    """

    event_type: NewsKind
    id: str
    rule: str
    level: AlertLevel
    audience: Audience
    text: str
    t_ns: int
    audible: bool
    side: Side | None = None
