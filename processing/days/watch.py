"""Rules over days and walks, and upkeep, for one person: A7–A10, T2_long and T3. Blocking; called in a thread.

All of it is found again from the journal, the recordings and the series whenever a walk is kept or a day is over, and
compared with the alerts that stand in the journal: so a restart, a repeat or rows that come late lead to the same
alerts, under the same names. What it returns wants to stand in the journal before anything else is asked.
"""

from __future__ import annotations

from datetime import timedelta

from ingest.wire.alerts import Alert
from ingest.wire.faults import FaultBook
from ingest.wire.messages import Status, Temperature
from processing.days.alerts import untold
from processing.days.hub_hours import HubHours
from processing.days.judging import dose_alerts, gait_alerts, looks_back_to_ns, warm_alerts
from processing.days.record import DayRecord, Past
from processing.days.skin import Skin
from processing.days.upkeep import UpkeepWatch
from processing.days.wear import none_due_ns, wear_alerts
from processing.household import Household
from processing.outgoing import Stores
from processing.rules.day_rule import DoseRule, GaitChangeRule, TemperatureRule, WearRule
from processing.rules.ruleset import RulesAt
from processing.store.series import Point
from processing.terms import calibration_at
from processing.times import day_bounds_ns, each_day, local_day

_FOLDED = (DoseRule, GaitChangeRule, WearRule, TemperatureRule)
_MINUTE_NS = 60 * 10**9
_WAITS_NS = 6 * 60 * _MINUTE_NS  # for a walk over midnight: longer is an insole that sends from a shelf


class DayWatch:
    """Every method returns alerts that are raised or over, and may raise what the stores raise.

    `points` want to be written to the series, and are then the caller's to take out.
    """

    def __init__(
        self, person: str, stores: Stores, rules_at: RulesAt, house: Household, faults: FaultBook | None = None
    ) -> None:
        self._person = person
        self._stores = stores
        self._rules_at = rules_at
        self._house = house
        self._record = DayRecord(person, stores.journal, house)
        self._hours = HubHours(person, stores.journal, house)
        self._skin = Skin(person, stores.series, house.zone, FaultBook() if faults is None else faults)
        self._upkeep = UpkeepWatch(rules_at, house)
        self._now_ns = 0
        self._due_ns = 0  # when time alone can change something
        self._ask_ns = 0  # when to look whether a walk that goes on at that time is over

    @property
    def points(self) -> list[Point]:
        return self._skin.points

    @points.setter
    def points(self, points: list[Point]) -> None:
        self._skin.points = points

    def heard(self, status: Status) -> list[Alert]:
        """A heartbeat of the hub, about one insole."""
        self._hours.heard(status)
        out = self.time_passed(status.t_ns)
        return out + self._upkeep.heard(status) + self._upkeep.silent(self._last_row_ns, self._now_ns)

    def walk_kept(self, ended_t_ns: int, late: bool) -> list[Alert]:
        """The journal has the summary of a walk. `late`: by rows that came after their time."""
        self._now_ns = max(self._now_ns, ended_t_ns)
        out = self._judge(late=late)
        return out + self._upkeep.silent(self._last_row_ns, self._now_ns, new_rows=True)

    def temperature(self, message: Temperature) -> list[Alert]:
        """A reading, which is judged when its day is over; of a day that is, as soon as its point is written."""
        self._now_ns = max(self._now_ns, message.t_ns)
        if self._skin.take(message, self._now_ns):
            self._due_ns = min(self._due_ns, self._now_ns + 1)
        return []

    def time_passed(self, t_ns: int) -> list[Alert]:
        """It is as late as this by now."""
        self._now_ns = max(self._now_ns, t_ns)
        if self._now_ns < self._due_ns or self._waits_for_walk():
            return []
        return self._judge(late=False)

    def _waits_for_walk(self) -> bool:
        """Whether a walk that began before the time that is due still goes on."""
        if not self._due_ns or self._now_ns - self._due_ns > _WAITS_NS:
            return False
        if self._now_ns < self._ask_ns:
            return True
        walk = self._stores.recordings.open_walk(self._person)
        goes_on = walk is not None and walk.start_t_ns is not None and walk.start_t_ns < self._due_ns
        self._ask_ns = self._now_ns + _MINUTE_NS if goes_on else 0
        return goes_on

    def _judge(self, *, late: bool) -> list[Alert]:
        past = self._record.as_of(self._now_ns)
        self._now_ns = past.t_ns
        self._upkeep.knows(past.known.values())
        rules = self._rules_at(self._now_ns)
        folded = frozenset(rule.id for rule in rules.days if isinstance(rule, _FOLDED))
        warm = frozenset(rule.id for rule in rules.days if isinstance(rule, TemperatureRule))
        since_ns = looks_back_to_ns(past, folded)
        by_rows = [
            alert
            for found in (dose_alerts, gait_alerts, wear_alerts)
            for alert in found(past, since_ns, self._rules_at, self._house)
        ]
        out = list(untold(past.known, by_rows, folded - warm, self._now_ns, late=late))
        out += untold(past.known, self._warm(past, since_ns), warm, self._now_ns, late=False)
        calibration = calibration_at(self._stores.journal, self._person, self._now_ns)
        made_ns = None if calibration is None else calibration.scaled_t_ns or calibration.t_ns
        self._due_ns, self._ask_ns = self._next_due_ns(past), 0
        return out + self._upkeep.calibrated(made_ns, self._now_ns)

    def _warm(self, past: Past, since_ns: int) -> list[Alert]:
        days = list(each_day(local_day(since_ns, past.zone), past.today - timedelta(days=1)))
        found: list[Alert] = []
        for area in self._skin.areas:
            all_came = self._skin.days(area, days, timely=False)
            if any(difference.minutes for _, difference in all_came):
                in_time = self._skin.days(area, days, timely=True)
                found += warm_alerts(past, area, all_came, in_time, self._rules_at, self._house)
        return found

    def _next_due_ns(self, past: Past) -> int:
        midnight_ns = day_bounds_ns(past.today, past.zone)[1]
        none_ns = none_due_ns(past, self._rules_at)
        return midnight_ns if none_ns is None else min(midnight_ns, none_ns)

    def _last_row_ns(self) -> int | None:
        """UTC of the latest row of anything recorded."""
        return max((each.end_t_ns for each in self._stores.recordings.stretches(self._person)), default=None)
