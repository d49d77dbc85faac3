"""A person's days in a journal on disk, made by hand, and a watch over them that keeps what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from desk_kit import PERSON
from summary_kit import SIDES, walk_summary

from ingest.wire.alerts import Alert
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Status, Temperature
from processing.days.watch import DayWatch
from processing.household import Household
from processing.metrics.recipe import STEADY
from processing.outgoing import Stores
from processing.rules.preset import load_preset
from processing.rules.ruleset import RulesAt, RuleSet
from processing.store.journal import WalkSummary
from processing.summary import as_json

H_NS = 3600 * 10**9
MIN_NS = 60 * 10**9
CLINICAL = load_preset("clinical")


def at(day: date | str, hour: float = 0.0, zone: tzinfo = UTC) -> int:
    """UTC ns of an hour of a person's day, by the hours that have passed since its midnight."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 10**9 + round(hour * H_NS)


def worn_summary(
    steps: int | None = 4000, *, worn_h: float = 1.0, load_bw_s: float | None = 2000.0, **other: Any
) -> dict[str, Any]:
    """A recording of an hour in which `steps` were taken and the insoles worn for `worn_h`."""
    half = None if steps is None else steps // 2
    whole_s = worn_h * 3600
    load = None if load_bw_s is None else load_bw_s / 2
    return walk_summary(
        duration_s=max(whole_s, 3600.0),
        steps=dict.fromkeys(SIDES, half),
        activity={
            "walking_s": whole_s / 2,
            "standing_s": whole_s / 4,
            "seated_s": whole_s / 4,
            "unworn_s": max(3600.0 - whole_s, 0.0),
            "unknown_s": 0.0,
        },
        dose={side: {"impulse_bw_s": load} for side in SIDES},
        **other,
    )


def put_walk(stores: Stores, begun_t_ns: int, summary: dict[str, Any]) -> int:
    """Keep a walk; the time at which it ended."""
    name = f"{PERSON}-{datetime.fromtimestamp(begun_t_ns // 10**9, UTC):%Y%m%dT%H%M%SZ}"
    stores.journal.put_walk(
        WalkSummary(
            person=PERSON,
            walk=name,
            recipe=STEADY.name,
            begun_t_ns=begun_t_ns,
            summary=as_json(summary).encode(),
        )
    )
    return begun_t_ns + round(summary["duration_s"] * 1e9)


def status(t_ns: int, link: LinkState = LinkState.SEARCHING, side: Side = Side.LEFT, **other: Any) -> Status:
    return Status(insole=f"insole-{side}", side=side, t_ns=t_ns, link=link, **other)


def warm(t_ns: int, side: Side, celsius: float, area: str = "M1") -> Temperature:
    return Temperature(insole=f"insole-{side}", side=side, t_ns=t_ns, areas_c={area: celsius})


class Watched:
    """A watch whose alerts stand in the journal at once, and whose points in the series."""

    def __init__(self, stores: Stores, zone: tzinfo = UTC, rules_at: RulesAt | None = None, phone: str = "") -> None:
        self.stores = stores
        self.told: list[Alert] = []
        self._make: Callable[[], DayWatch] = lambda: DayWatch(
            PERSON, stores, rules_at or (lambda t_ns: CLINICAL), Household(zone=zone, clinic_phone=phone)
        )
        self.watch = self._make()

    def restart(self) -> None:
        self.watch = self._make()

    def heard(self, message: Status) -> list[Alert]:
        return self._keep(self.watch.heard(message))

    def walk(self, begun_t_ns: int, summary: dict[str, Any] | None = None, *, late: bool = False) -> list[Alert]:
        ended_t_ns = put_walk(self.stores, begun_t_ns, worn_summary() if summary is None else summary)
        return self._keep(self.watch.walk_kept(ended_t_ns, late))

    def temperature(self, *messages: Temperature) -> list[Alert]:
        out = [alert for message in messages for alert in self._keep(self.watch.temperature(message))]
        self.stores.series.write(self.watch.points)
        self.watch.points = []
        return out

    def time(self, t_ns: int) -> list[Alert]:
        return self._keep(self.watch.time_passed(t_ns))

    def _keep(self, alerts: Iterable[Alert]) -> list[Alert]:
        found = list(alerts)
        for alert in found:
            self.stores.journal.put_alert(PERSON, alert, by="test", t_ns=alert.cleared_t_ns or alert.raised_t_ns)
        self.told += found
        return found

    def kept(self, rule: str) -> list[Alert]:
        return [alert for alert in self.stores.journal.alerts(PERSON) if alert.rule == rule]


def changed(rules: RuleSet, rule_id: str, **numbers: Any) -> RuleSet:
    """The rules with other numbers in one rule over days."""
    return replace(rules, days=tuple(replace(rule, **numbers) if rule.id == rule_id else rule for rule in rules.days))
