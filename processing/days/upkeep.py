"""T3 and T2_long of one person by the hub's statuses: what is raised, and what is mended.

What is told already stands in the journal; how long a thing has been so is counted anew after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ingest.wire.alerts import Alert
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Status
from processing.days.alerts import cleared, day_alert
from processing.days.hub_hours import LONGEST_PAUSE_NS
from processing.days.record import rule_at
from processing.household import Household
from processing.rules.daily import CannotJudge, Judged, Raised
from processing.rules.day_rule import LongSilenceRule, UpkeepRule
from processing.rules.day_wording import CAME_LATER
from processing.rules.ruleset import RulesAt, RuleSet
from processing.rules.upkeep import (
    CLOCK_HOLD_NS,
    Backlog,
    Upkeep,
    as_told,
    followed,
    judge_backlog,
    judge_battery,
    judge_calibration,
    judge_clock,
    judge_silence,
    silent_from_ns,
    stale_from_ns,
)
from processing.times import stamp

_HEARD_FIRST_NS = 10 * 60 * 10**9  # Reasoned: a hub that was off finds insoles again within minutes
_MINUTE_NS = 60 * 10**9


class UpkeepWatch:
    """`known`: what the journal holds now, to be given anew now and then: people and walks change it as well."""

    def __init__(self, rules_at: RulesAt, house: Household) -> None:
        self._rules_at = rules_at
        self._house = house
        self._open: dict[tuple[str, Side | None, str], Alert] = {}
        self._backlogs: dict[tuple[Side, str], Backlog] = {}
        self._clocks: dict[Side, list[tuple[int, float]]] = {}
        self._heard_from_ns: int | None = None  # the hub has been heard since, without a pause
        self._heard_ns: int | None = None
        self._asked_ns = 0
        self._rules: tuple[int, RuleSet] | None = None
        self._rows_t_ns: int | None = None  # when rows were last known to come, by a link that streams

    def knows(self, alerts: Iterable[Alert]) -> None:
        """These stand in the journal; what was told a moment ago may not yet."""
        there = list(alerts)
        ids = {alert.id for alert in there}
        told = {key: alert for key, alert in self._open.items() if alert.id not in ids}
        self._open = told | {_key(alert): alert for alert in there if alert.cleared_t_ns is None and not alert.walk}

    def heard(self, status: Status) -> list[Alert]:
        """What a status says of its own insole."""
        if self._heard_ns is None or status.t_ns - self._heard_ns > LONGEST_PAUSE_NS:
            self._heard_from_ns = status.t_ns
        self._heard_ns = max(self._heard_ns or 0, status.t_ns)
        if status.link is LinkState.STREAMING:
            self._rows_t_ns = max(self._rows_t_ns or 0, status.t_ns)
        in_force = rule_at(self._rules_of_minute, UpkeepRule, status.t_ns)
        before = self._backlogs.get((status.side, status.insole))
        if before is None and in_force is not None:
            before = self._told_backlog(in_force[0], status)
        backlog = followed(before, status)
        self._backlogs = {key: each for key, each in self._backlogs.items() if key[0] is not status.side}
        self._backlogs[status.side, status.insole] = backlog
        error_ms = self._kept_up_ms(status)
        if in_force is None:
            return []
        rule, rules = in_force

        def told(what: Upkeep) -> bool:
            return (rule.id, status.side, what.value) in self._open

        judged = {
            Upkeep.BATTERY: judge_battery(rule, status.battery_pct, told=told(Upkeep.BATTERY)),
            Upkeep.CLOCK: judge_clock(rule, error_ms, told=told(Upkeep.CLOCK)),
            Upkeep.BACKLOG: judge_backlog(rule, backlog, status.t_ns),
        }
        return [
            alert
            for what, each in judged.items()
            for alert in self._become((rule.id, status.side, what.value), each, rule, rules, status.t_ns, status.t_ns)
        ]

    def _told_backlog(self, rule: UpkeepRule, status: Status) -> Backlog | None:
        """What an earlier start has told of and nothing has ended since."""
        alert = self._open.get((rule.id, status.side, Upkeep.BACKLOG.value))
        return None if alert is None else as_told(rule, status, alert.raised_t_ns)

    def calibrated(self, made_t_ns: int | None, t_ns: int) -> list[Alert]:
        """`made_t_ns`: of the calibration in force at `t_ns`."""
        in_force = rule_at(self._rules_of_minute, UpkeepRule, t_ns)
        if in_force is None:
            return []
        rule, rules = in_force
        since_ns = t_ns if made_t_ns is None else stale_from_ns(rule, made_t_ns)
        judged = judge_calibration(rule, made_t_ns, t_ns)
        return self._become((rule.id, None, Upkeep.CALIBRATION.value), judged, rule, rules, since_ns, t_ns)

    def silent(self, last_row: Callable[[], int | None], t_ns: int, *, new_rows: bool = False) -> list[Alert]:
        """T2_long. `last_row`: UTC ns of the latest row on the disk, asked once a minute, and of new rows."""
        in_force = rule_at(self._rules_of_minute, LongSilenceRule, t_ns)
        if in_force is None or self._heard_from_ns is None:
            return []
        rule, rules = in_force
        key = (rule.id, None, "")
        is_told = key in self._open
        if not is_told and (
            t_ns - self._heard_from_ns < _HEARD_FIRST_NS
            or (self._rows_t_ns is not None and t_ns <= silent_from_ns(rule, self._rows_t_ns))
        ):
            return []
        if not new_rows and t_ns - self._asked_ns < _MINUTE_NS:
            return []
        self._asked_ns = t_ns
        row_t_ns = last_row()
        if is_told and row_t_ns is not None:
            return self._ended_silence(key, rule, row_t_ns, t_ns)
        since_ns = t_ns if row_t_ns is None else silent_from_ns(rule, row_t_ns)
        return self._become(key, judge_silence(rule, row_t_ns, t_ns), rule, rules, since_ns, t_ns)

    def _ended_silence(
        self, key: tuple[str, Side | None, str], rule: LongSilenceRule, row_t_ns: int, t_ns: int
    ) -> list[Alert]:
        """Over with the next rows; where these are of the time told of, it was not silent but away."""
        alert = self._open[key]
        began_ns = alert.raised_t_ns - silent_from_ns(rule, 0)
        if row_t_ns <= began_ns:
            return []
        del self._open[key]
        return [cleared(alert, min(row_t_ns, t_ns), CAME_LATER if row_t_ns <= alert.raised_t_ns else "")]

    def _rules_of_minute(self, t_ns: int) -> RuleSet:
        """In force when the minute began: a status comes every few seconds, and the journal is asked for rules."""
        minute = t_ns // _MINUTE_NS
        if self._rules is None or self._rules[0] != minute:
            self._rules = minute, self._rules_at(minute * _MINUTE_NS)
        return self._rules[1]

    def _kept_up_ms(self, status: Status) -> float | None:
        """The least error of the last minute; None until there is a minute of it."""
        if status.clock_error_ms is None:
            self._clocks.pop(status.side, None)
            return None
        from_ns = status.t_ns - CLOCK_HOLD_NS
        seen = [*self._clocks.get(status.side, ()), (status.t_ns, status.clock_error_ms)]
        first = max((index for index, (t_ns, _) in enumerate(seen) if t_ns <= from_ns), default=None)
        self._clocks[status.side] = seen if first is None else seen[first:]
        return None if first is None else min(error_ms for _, error_ms in seen[first:])

    def _become(
        self,
        key: tuple[str, Side | None, str],
        judged: Judged,
        rule: UpkeepRule | LongSilenceRule,
        rules: RuleSet,
        since_ns: int,
        t_ns: int,
    ) -> list[Alert]:
        told = self._open.get(key)
        if isinstance(judged, CannotJudge) or isinstance(judged, Raised) == (told is not None):
            return []
        if told is not None:
            del self._open[key]
            return [cleared(told, t_ns)]
        if not isinstance(judged, Raised):
            return []
        _, side, what = key
        self._open[key] = day_alert(
            rule,
            rules,
            self._house,
            when=stamp(since_ns),
            found=judged.found,
            raised_t_ns=since_ns,
            side=side,
            upkeep=Upkeep(what) if what else None,
        )
        return [self._open[key]]


def _key(alert: Alert) -> tuple[str, Side | None, str]:
    """As its id says it: rule, foot or both, and what T3 looks after."""
    words = alert.id.removeprefix(f"{alert.rule}-").split("-")
    return alert.rule, alert.side, words[1] if len(words) > 2 else ""
