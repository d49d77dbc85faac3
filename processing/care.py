"""What there is of one person beside the rows of a walk: alerts, days, what people say, and the few figures of a list.

In: what the engine says, statuses, walks that are kept, people's words. Out: what is to be published. Blocking, as the
journal is. Driven by the person's event time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial

from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertReply, Press
from ingest.wire.entries import Entry
from ingest.wire.faults import FaultBook
from ingest.wire.geometry import Side
from ingest.wire.messages import Status, Temperature
from ingest.wire.person import PersonState
from ingest.wire.topics import Address
from processing.alerts.alerting import Alerting
from processing.days.watch import DayWatch
from processing.entering import Entering
from processing.household import Household
from processing.in_figures import InFigures
from processing.outgoing import Outgoing, Stores
from processing.rules.ruleset import RulesFor
from processing.store.series import Point
from processing.under_way import with_walk
from processing.walk import Walk

_WALK_EVERY_NS = 60 * 10**9  # how far a walk that goes on has come
_STATE_EVERY_NS = 600 * 10**9  # while nothing happens here: deliveries come and go elsewhere

OfCare = AlertReply | Press | Entry | Temperature  # what people say, and what an insole feels beside pressure


class Care:
    """Every method may raise what the stores raise; the same again then changes nothing that was kept."""

    def __init__(
        self, address: Address, stores: Stores, rules_for: RulesFor, house: Household, faults: FaultBook
    ) -> None:
        rules_at = partial(rules_for, address.person)
        self._alerting = Alerting(address, stores.journal, faults, rules_at, house)
        self._address = address
        self._stores = stores
        self._days = DayWatch(address.person, stores, rules_at, house, faults)
        self._entering = Entering(address.person, stores.journal, rules_at, house)
        self._figures = InFigures(address.person, stores.journal, house)
        self._now_t_ns = 0
        self._stated: PersonState | None = None
        self._stated_t_ns = 0
        self._stated_day: date | None = None
        self._news = True

    def raised(self, alert: Alert, *, late: bool = False) -> list[Outgoing]:
        return self._told(self._alerting.raised(alert, late=late))

    def found_late(
        self,
        alerts: Iterable[Alert],
        late_until_t_ns: int | None = None,
        *,
        span: tuple[int, int] | None = None,
    ) -> list[Outgoing]:
        return self._told(self._alerting.found_late(alerts, late_until_t_ns, span=span))

    def standing(self) -> list[Outgoing]:
        """What is open, to be said once more after a start: what was kept just before a crash was told to nobody."""
        return self._alerting.standing()

    def measured(self, side: Side, t_ns: int) -> None:
        """Live rows of this foot have been fed up to `t_ns`."""
        self._alerting.measured(side, t_ns)

    def walk_ended(self, walk: str, t_ns: int) -> list[Outgoing]:
        return self._told(self._alerting.walk_ended(walk, t_ns))

    def all_ended(self, t_ns: int) -> list[Outgoing]:
        return self._told(self._alerting.all_ended(t_ns))

    def walk_kept(self, ended_t_ns: int, *, late: bool) -> list[Outgoing]:
        """The journal has the summary of a walk, for the first time or once more."""
        self._news = True
        self._figures.walks.changed()
        return self._say(self._days.walk_kept(ended_t_ns, late=late))

    def heard(self, status: Status) -> list[Outgoing]:
        """A status moves event time on."""
        self._now_t_ns = max(self._now_t_ns, status.t_ns)
        out = self._say(self._days.heard(status))
        out += self._say(self._days.time_passed(self._now_t_ns))
        return out + self._told(self._alerting.time_passed(self._now_t_ns))

    def said(self, message: OfCare) -> list[Outgoing]:
        match message:
            case AlertReply():
                return self._told(self._alerting.answered(message))
            case Press():
                return self._told(self._alerting.pressed(message, self._known_t_ns()))
            case Entry():
                return self._entered(message)
            case Temperature():
                return self._say(self._days.temperature(message))

    def state(self, walk: Walk | None) -> list[Outgoing]:
        """The person in a few figures, when they have changed. `walk`: the one that goes on."""
        if not self._now_t_ns:
            return []
        day = self._figures.day(self._now_t_ns)
        due = self._now_t_ns - self._stated_t_ns >= (_STATE_EVERY_NS if walk is None else _WALK_EVERY_NS)
        if not (self._news or due or day != self._stated_day):
            return []
        self._news, self._stated_t_ns, self._stated_day = False, self._now_t_ns, day
        made = self._figures.state(self._alerting.alerts, self._now_t_ns)
        if walk is not None:
            made = with_walk(made, walk.pipeline.under_way())
        if self._stated is not None and made == replace(self._stated, t_ns=made.t_ns):
            return []
        self._stated = made
        return [Outgoing(self._address.state, made)]

    def points(self) -> list[Point]:
        """For the series, once."""
        made, self._days.points = self._days.points, []
        return made

    def _known_t_ns(self) -> int:
        """Event time; before the first status of a start, that of the latest alert."""
        return max(self._now_t_ns, *(alert.raised_t_ns for alert in self._alerting.alerts[-1:]))

    def _entered(self, entry: Entry) -> list[Outgoing]:
        self._news = True
        answer, tasks = self._entering.take(entry)
        for task in tasks:
            self._stores.journal.put_task(task)
        return [Outgoing(self._address.entries_taken, answer)]

    def _say(self, alerts: Iterable[Alert]) -> list[Outgoing]:
        return [out for alert in alerts for out in self.raised(alert, late=alert.late)]

    def _told(self, out: list[Outgoing]) -> list[Outgoing]:
        self._news = self._news or bool(out)
        return out
