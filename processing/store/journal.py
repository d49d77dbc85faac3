"""What a journal is: people, alerts and answers, baselines, calibrations, walk summaries, and who did what when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ingest.wire.alerts import Alert, AlertReply
from ingest.wire.entries import Entry, Said
from processing.metrics.calibration import CalibrationVersion
from processing.rules.baseline import Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChange:
    """One state or level that an alert came to: who caused it and when. `alert` as it stood then."""

    t_ns: int
    by: str
    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSet:
    """A baseline and who set it when; the latest one counts. `baseline` None: it was taken back."""

    person: str
    baseline: Baseline | None
    by: str
    t_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkSummary:
    """The summary of a walk under one recipe, byte for byte."""

    person: str
    walk: str
    recipe: str
    begun_t_ns: int
    summary: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Somebody did something: `about` names what it was done to."""

    t_ns: int
    by: str
    what: str
    about: str
    detail: str = ""


class TaskWhy(StrEnum):
    """What a clinician is asked to look at; in the order of the list."""

    RED_FLAG = "red-flag"
    WARM = "warm"  # A9
    SKIN = "skin"  # a foot check said sore, red, blister or open
    REPEATED = "repeated"  # A1 of one area, again and again
    ASKED = "asked"  # somebody escalated an alert by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something for the clinician, due on a working day. `id` depends on its cause only, so a repeat is the same task.

    `about`: ids of the alerts or of the entry behind it. `done_by` None: open.
    """

    id: str
    person: str
    why: TaskWhy
    text: str
    about: tuple[str, ...]
    opened_t_ns: int
    due: str  # ISO day
    done_by: str | None = None
    done_t_ns: int | None = None
    note: str = ""


class DeliveryState(StrEnum):
    WAITING = "waiting"  # to be sent, or to be tried again
    DELIVERED = "delivered"  # the service took it; that somebody read it is not known
    UNDELIVERED = "undelivered"  # given up, and shown
    EXPIRED = "expired"  # what it told was over before it could be sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one channel. `id` depends on alert, kind of news and channel only."""

    id: str
    person: str
    alert: str
    channel: str  # its name in the settings, never its address: that may hold a secret
    text: str
    state: DeliveryState
    made_t_ns: int
    tries: int = 0
    next_t_ns: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayInTouch:
    """How long on one of the person's days the hub was in touch with an insole; 0 s: the hub ran and met none.

    `until_t_ns`: the status up to which this counts, 0 where nobody said; `meets`: whether an insole was met then.
    """

    day: str
    heard_s: float
    in_touch_s: float
    until_t_ns: int = 0
    meets: bool = False


class JournalReading(Protocol):
    """The journal as a reader sees it. Any method may raise UnderfootError STORE_DAMAGED."""

    def people(self) -> tuple[str, ...]:
        """Every opaque id, in order."""

    def alerts(self, person: str, *, open_only: bool = False) -> tuple[Alert, ...]:
        """As they stand now, oldest first."""

    def alert_history(self, person: str, alert_id: str) -> tuple[AlertChange, ...]:
        """Every change of one alert, oldest first."""

    def replies(self, person: str, alert_id: str | None = None) -> tuple[AlertReply, ...]:
        """In the order in which they came."""

    def baseline(self, person: str) -> BaselineSet | None:
        """The one that counts now."""

    def baselines(self, person: str) -> tuple[BaselineSet, ...]:
        """All that were ever set, oldest first."""

    def calibrations(self, person: str) -> tuple[CalibrationVersion, ...]:
        """Every version that was ever in force, the first one first."""

    def walks(self, person: str, recipe: str | None = None) -> tuple[WalkSummary, ...]:
        """Summaries, earliest walk first."""

    def walk(self, person: str, walk: str, recipe: str) -> WalkSummary | None:
        """The summary of one walk; None: there is none (yet)."""

    def audit(self, about: str | None = None) -> tuple[AuditEntry, ...]:
        """What people did, oldest first. It can be neither changed nor deleted."""

    def entries(self, person: str, kind: type[Said] | None = None) -> tuple[Entry, ...]:
        """What people said, in the order in which it was taken; of one kind, or all of it."""

    def tasks(self, person: str, *, open_only: bool = False) -> tuple[Task, ...]:
        """Oldest first."""

    def deliveries(self, person: str, *, open_only: bool = False) -> tuple[Delivery, ...]:
        """Oldest first; `open_only`: waiting or undelivered."""

    def days_in_touch(self, person: str) -> tuple[DayInTouch, ...]:
        """In order of the days; a day on which the hub did not run has none."""


class Journal(JournalReading, Protocol):
    """The journal as its one writer sees it; what a call has returned is durable, and a repeat changes nothing.

    Time is always the caller's. Any method may raise UnderfootError DISK_FULL (nothing of that call was kept).
    """

    def add_person(self, person: str, t_ns: int) -> bool:
        """True when the person was not known. Every other method adds its person by itself."""

    def put_alert(self, person: str, alert: Alert, *, by: str, t_ns: int) -> bool:
        """Keep an alert as it now stands and add to its history. False when it stood like that already."""

    def put_reply(self, person: str, reply: AlertReply, alert: Alert | None = None) -> bool:
        """Keep a reply and, in the same breath, the alert that it changed. False when the reply was known."""

    def set_baseline(self, baseline: BaselineSet) -> None:
        """Set by a person; the latest counts, the earlier ones stay readable."""

    def add_calibration(self, person: str, calibration: CalibrationVersion) -> bool:
        """Made by a person; it stays readable for ever. False when just this version was known.

        :raises UnderfootError: CALIBRATION_REFUSED unless it is the next one.
        """

    def put_walk(self, walk: WalkSummary) -> bool:
        """Keep a summary; a later one of the same walk and recipe replaces it. False when it is the same bytes."""

    def drop_walk(self, person: str, walk: str) -> None:
        """Forget the summaries of a walk that has become part of another one, or goes on."""

    def put_entry(self, person: str, entry: Entry, tasks: Iterable[Task] = ()) -> bool:
        """Keep what somebody said, note it in the audit trail and, in the same breath, put the tasks that it opens or
        ends. False when the id was known: nothing changes then."""

    def put_task(self, task: Task) -> bool:
        """Keep a task as it now stands. False when it stood like that already."""

    def put_delivery(self, delivery: Delivery) -> bool:
        """Keep a delivery as it now stands. False when it stood like that already."""

    def put_day_in_touch(self, person: str, day: DayInTouch) -> bool:
        """Keep the day; a later word of it replaces the earlier. False when it stood like that already."""

    def note(self, entry: AuditEntry) -> None:
        """Add to the audit trail."""

    def close(self) -> None: ...
