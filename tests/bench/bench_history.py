"""What a live second of a person with twelve weeks behind them costs beside one of a person who is new."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from bench_kit import START_NS, pair_layouts, pair_second, table
from days_kit import status
from desk_kit import desk_over, stores_in, take
from history_kit import ALERTS, DAYS, ENTRIES, WALKS, put_history

from ingest.wire.codec import to_message
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState, Status
from processing.desk import Desk
from processing.outgoing import Stores

WARM_S, WALKED_S = 60, 660  # the few figures of a person are put together every minute, the hub's hours every ten

pytestmark = pytest.mark.bench


@dataclass(slots=True)
class Person:
    desk: Desk
    stores: Stores
    used_s: dict[str, float] = field(default_factory=lambda: {"rows": 0.0, "statuses": 0.0})

    def walk(self, second: int) -> None:
        """A second of rows, then a status of each foot."""
        rows = [to_message(block) for block in pair_second("a", second)]
        with self._measured("rows"):
            take(self.desk, self.stores, rows)
        statuses = [_streaming(side, second) for side in Side]
        with self._measured("statuses"):
            for each in statuses:
                take(self.desk, self.stores, [each])

    @contextmanager
    def _measured(self, what: str) -> Iterator[None]:
        begin = time.process_time()
        yield
        self.used_s[what] += time.process_time() - begin


def test_a_long_history_costs_a_live_second_little(tmp_path: Path) -> None:
    with stores_in(tmp_path / "new") as new_stores, stores_in(tmp_path / "old") as old_stores:
        put_history(old_stores.journal, START_NS)
        begin = time.process_time()
        persons = {"new": _person(new_stores), "old": _person(old_stores)}
        opened_s = time.process_time() - begin
        for second in range(WARM_S + WALKED_S):
            for person in persons.values():
                if second == WARM_S:
                    person.used_s = dict.fromkeys(person.used_s, 0.0)
                person.walk(second)
    used = {name: person.used_s | {"together": sum(person.used_s.values())} for name, person in persons.items()}
    rows: list[tuple[str, ...]] = [("processor µs of a live second", "new", f"after {DAYS} days", "ratio")]
    for what in ("rows", "statuses", "together"):
        new, old = (used[name][what] / WALKED_S * 1e6 for name in ("new", "old"))
        rows.append((what, f"{new:,.0f}", f"{old:,.0f}", f"{old / new:.2f}"))
    table(f"{WALKS} walks, {ALERTS} alerts and {ENTRIES} entries behind a person", rows)
    print(f"    both desks opened in {opened_s * 1e3:.0f} ms of processor")


def _person(stores: Stores) -> Person:
    desk = desk_over(stores)
    desk.resume()
    take(desk, stores, pair_layouts("a"))
    return Person(desk, stores)


def _streaming(side: Side, second: int) -> Status:
    t_ns = START_NS + (second + 1) * 10**9 + (side is Side.RIGHT) * 5 * 10**8
    return status(t_ns, LinkState.STREAMING, side, battery_pct=80, clock_error_ms=1.0)
