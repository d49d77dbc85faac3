"""How long on each of the person's days the hub ran, and was in touch with an insole. By statuses alone.

Two statuses at most 15 min apart say that it ran in between; the earlier ones say whether an insole was met.
"""

from __future__ import annotations

from datetime import date

from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Status
from processing.household import Household
from processing.rules.upkeep import IN_TOUCH
from processing.store.journal import DayInTouch, Journal
from processing.times import day_bounds_ns, local_day

LONGEST_PAUSE_NS = 15 * 60 * 10**9
_WRITTEN_EVERY_NS = 10 * 60 * 10**9


class HubHours:
    """Writes every ten minutes of event time, when a day is over, and when an insole is met or lost.

    So a new start that hears of the hub soon enough goes on as if there had been none.
    """

    def __init__(self, person: str, journal: Journal, house: Household) -> None:
        self._person = person
        self._journal = journal
        self._zone = house.zone
        self._links: dict[Side, LinkState] = {}
        self._t_ns: int | None = None
        self._day: date | None = None
        self._ends_ns = 0
        self._heard_ns = self._met_ns = 0
        self._meets = False
        self._written_ns = 0

    def heard(self, status: Status) -> None:
        """:raises UnderfootError: as the journal."""
        t_ns = status.t_ns
        if self._t_ns is None and not self._goes_on(t_ns):
            self._open(t_ns)
            self._write()
        elif self._t_ns is not None and t_ns > self._t_ns:
            self._pass(t_ns)
        self._links[status.side] = status.link
        met, self._meets = self._meets, any(link in IN_TOUCH for link in self._links.values())
        if self._meets is not met:
            self._write()

    def _goes_on(self, t_ns: int) -> bool:
        """Whether what is written last is of a moment ago, or of a status that is now heard once more."""
        kept = self._journal.days_in_touch(self._person)
        near = [each for each in kept if each.until_t_ns and abs(t_ns - each.until_t_ns) <= LONGEST_PAUSE_NS]
        if not near:
            return False
        last = max(near, key=lambda each: each.until_t_ns)
        self._open(last.until_t_ns)
        self._meets, self._written_ns = last.meets, last.until_t_ns
        return True

    def _pass(self, t_ns: int) -> None:
        before = t_ns if self._t_ns is None else self._t_ns
        ran = t_ns - before <= LONGEST_PAUSE_NS
        while t_ns >= self._ends_ns:
            if ran:
                self._count(self._ends_ns - before)
                self._t_ns = self._ends_ns
            self._write()
            before = max(before, self._ends_ns)
            self._open(self._ends_ns if ran else t_ns)
        if ran:
            self._count(t_ns - before)
        self._t_ns = t_ns
        if t_ns - self._written_ns >= _WRITTEN_EVERY_NS:
            self._write()

    def _count(self, lasted_ns: int) -> None:
        self._heard_ns += lasted_ns
        if self._meets:
            self._met_ns += lasted_ns

    def _open(self, t_ns: int) -> None:
        """The day of this time, from what is known of it already."""
        self._t_ns = t_ns
        self._day = local_day(t_ns, self._zone)
        self._ends_ns = day_bounds_ns(self._day, self._zone)[1]
        kept = [each for each in self._journal.days_in_touch(self._person) if each.day == self._day.isoformat()]
        self._heard_ns = round(sum(each.heard_s for each in kept) * 1e9)
        self._met_ns = round(sum(each.in_touch_s for each in kept) * 1e9)

    def _write(self) -> None:
        if self._day is None or self._t_ns is None:
            return
        self._written_ns = self._t_ns
        day = DayInTouch(
            day=self._day.isoformat(),
            heard_s=self._heard_ns / 1e9,
            in_touch_s=self._met_ns / 1e9,
            until_t_ns=self._t_ns,
            meets=self._meets,
        )
        self._journal.put_day_in_touch(self._person, day)
