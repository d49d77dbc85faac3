"""The days of the script, one after the other, through the hub. How long is walked is asked of the programme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from operator import itemgetter

from ingest.wire.entries import Entry, ProgrammeId
from ingest.wire.messages import AnyMessage, LinkState
from underfoot.twelve_weeks import outings
from underfoot.twelve_weeks.answers import at, done, is_working_day, of_clinic
from underfoot.twelve_weeks.gait import Outing
from underfoot.twelve_weeks.hub import Hub
from underfoot.twelve_weeks.insoles import Pair, Timed
from underfoot.twelve_weeks.person import DayScript
from underfoot.twelve_weeks.progress import Progress

HEARTBEAT_MIN = 15
_BACKWARD_START_MIN = 16 * 60
_CLINIC_LIST_MIN, _CLINIC_TASKS_MIN = 8 * 60 + 30, 9 * 60 + 30
_OFF_THE_CHARGER_MIN = range(8 * 60, 9 * 60)  # heard of every morning, worn or not
_DAY_MIN = 24 * 60
_MONDAY = 0


@dataclass
class Life:
    """One person, the pair and the hub, from day to day."""

    hub: Hub
    pair: Pair
    progress: Progress
    seed: int

    def begin(self, first: DayScript) -> None:
        """The insoles describe themselves."""
        self.hub.at(at(first.day, 0), list(self.pair.layouts()))

    def live(self, day: DayScript) -> None:
        """:raises UnderfootError: as the stores."""
        self.pair.battery_pct = dict.fromkeys(self.pair.battery_pct, day.battery_pct)
        for t_ns, messages in merge(self._insoles(day), self._words(day), self._clinic(day), key=itemgetter(0)):
            self.hub.at(t_ns, messages)

    def _insoles(self, day: DayScript) -> Iterator[Timed]:
        """Heartbeats, and walks when it is time for them: how long, is asked then."""
        if not day.hub_on:
            return
        starts = [day.start_min, _BACKWARD_START_MIN]
        minute = 0
        while minute < _DAY_MIN:
            if starts and minute >= starts[0]:
                start_min = starts.pop(0)
                outing = self._backward(day, start_min) if not starts else self._forward(day, start_min)
                if outing is not None:
                    yield from self._walk(day, outing)
                    minute += HEARTBEAT_MIN * (outing.minutes // HEARTBEAT_MIN + 1)
                    continue
            link = LinkState.SILENT if minute in _OFF_THE_CHARGER_MIN else LinkState.SEARCHING
            yield self.pair.heartbeat(at(day.day, minute), link)
            minute += HEARTBEAT_MIN

    def _forward(self, day: DayScript, start_min: int) -> Outing | None:
        minutes = day.minutes(self._plans(day).get(ProgrammeId.DAILY_WALKING))
        return None if day.happening is None or not minutes else day.happening(day.gait, minutes, start_min)

    def _backward(self, day: DayScript, start_min: int) -> Outing | None:
        minutes = day.minutes(self._plans(day).get(ProgrammeId.BACKWARD_WALKING, 0.0))
        return outings.backward(day.gait, minutes, start_min) if minutes else None

    def _plans(self, day: DayScript) -> Mapping[ProgrammeId, float]:
        standings = self.progress.standings(day.day)
        return {each.programme.id: each.plan.minutes for each in standings if each.ended is None}

    def _walk(self, day: DayScript, outing: Outing) -> Iterator[Timed]:
        begun_t_ns = at(day.day, outing.start_min)
        yield from self.pair.walk(outing, begun_t_ns, (self.seed, day.index, outing.start_min), day.warmer_c)

    def _words(self, day: DayScript) -> Iterator[Timed]:
        for number, word in enumerate(day.words):
            t_ns = at(day.day, word.minute)
            said: list[AnyMessage] = [
                Entry(
                    id=f"{day.day:%Y%m%d}-{number}", by=word.by, role=word.role, t_ns=t_ns, said=word.said, why=word.why
                )
            ]
            yield t_ns, said

    def _clinic(self, day: DayScript) -> Iterator[Timed]:
        """On Mondays the list of the week before, on working days the tasks of the days before."""
        if not is_working_day(day.day):
            return
        if day.day.weekday() == _MONDAY:
            t_ns = at(day.day, _CLINIC_LIST_MIN)
            yield t_ns, [*of_clinic(self.hub.stores.journal.alerts(self.pair.person), t_ns)]
        t_ns = at(day.day, _CLINIC_TASKS_MIN)
        yield t_ns, [*done(self.hub.stores.journal.tasks(self.pair.person, open_only=True), t_ns)]
