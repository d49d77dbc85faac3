"""What every store of series must do, on SQLite and, through our outbox, on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest
from series_servers import BUCKET, ORG, SERVERS, TOKEN, Server, Stored

from processing.store.influx import InfluxSeries, InfluxTarget, Outcome
from processing.store.outbox import Outbox
from processing.store.series import Number, Point, SeriesWriter
from processing.store.series_sqlite import SqliteSeries

T0_S = 1_700_000_000
_fresh = count()


class Store(Protocol):
    """A store under test, and how to look into it past its own interface where that can be."""

    series: SeriesWriter
    overwrites: bool

    def stored(self, measurement: str, field: str, **tags: str) -> Stored: ...


class Local:
    overwrites = True

    def __init__(self, path: Path) -> None:
        self.series = SqliteSeries(path)

    def stored(self, measurement: str, field: str, **tags: str) -> Stored:
        person = tags.pop("person")
        buckets = self.series.query(person, measurement, field, 0, 2**62, 0.001, tags or None)
        assert all(bucket.count == 1 for bucket in buckets)
        return {bucket.t_ns // 1_000_000: bucket.mean for bucket in buckets}


class Remote:
    def __init__(self, server: Server, path: Path) -> None:
        self._server = server
        self._outbox = Outbox(path)
        self.overwrites = server.overwrites
        target = InfluxTarget(url=server.url, token=TOKEN, org=ORG, bucket=BUCKET)
        self.series = InfluxSeries(target, self._outbox)

    def stored(self, measurement: str, field: str, **tags: str) -> Stored:
        while self.series.send() is Outcome.SENT:
            pass
        assert (self._outbox.waiting_count, self._outbox.refused_count) == (0, 0)
        return self._server.stored(measurement, field, **tags)


@pytest.fixture(scope="module", params=["sqlite", *SERVERS])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server | None]:
    if request.param == "sqlite":
        yield None
        return
    running = SERVERS[request.param](tmp_path_factory.mktemp(request.param))
    running.start()
    print(f"real server: {running.name}")
    yield running
    running.stop()


@pytest.fixture
def store(server: Server | None, tmp_path: Path) -> Iterator[Store]:
    tested: Store = Local(tmp_path / "series.db") if server is None else Remote(server, tmp_path / "outbox.db")
    yield tested
    tested.series.close()


@pytest.fixture
def person() -> str:
    """A new one for each test: the servers go on between tests."""
    return f"p{next(_fresh)}"


def point(person: str, second: float, tags: dict[str, str] | None = None, **fields: Number | None) -> Point:
    return Point(t_ns=round((T0_S + second) * 1e9), person=person, name="walk_figures", fields=fields, tags=tags or {})


def ms(second: float) -> int:
    return round((T0_S + second) * 1000)


def test_keeps_figures_and_their_times(store: Store, person: str) -> None:
    shares = {second: 40 + second * 0.123456789 for second in range(50)}
    store.series.write([point(person, second, share=share, load=-1e-7) for second, share in shares.items()])
    found = store.stored("walk_figures", "share", person=person)
    assert found == pytest.approx({ms(second): share for second, share in shares.items()}, rel=1e-12)
    assert store.stored("walk_figures", "load", person=person)[ms(0)] == -1e-7


def test_what_was_not_measured_is_not_there(store: Store, person: str) -> None:
    store.series.write(
        [
            point(person, 0, share=1.5, load=None),
            point(person, 1, share=float("nan"), load=2.5),
            point(person, 2, share=float("inf"), load=None),
            point(person, 3),
        ]
    )
    assert store.stored("walk_figures", "share", person=person) == {ms(0): 1.5}
    assert store.stored("walk_figures", "load", person=person) == {ms(1): 2.5}


def test_a_zero_that_was_measured_is_a_zero(store: Store, person: str) -> None:
    store.series.write([point(person, 0, share=0.0, steps=0)])
    assert store.stored("walk_figures", "share", person=person) == {ms(0): 0.0}
    assert store.stored("walk_figures", "steps", person=person) == {ms(0): 0.0}


def test_a_field_may_be_whole_now_and_broken_then(store: Store, person: str) -> None:
    store.series.write([point(person, 0, cadence=100)])
    store.series.write([point(person, 1, cadence=100.5)])
    store.series.write([point(person, 2, cadence=101)])
    assert store.stored("walk_figures", "cadence", person=person) == {ms(0): 100, ms(1): 100.5, ms(2): 101}


def test_a_repeat_changes_nothing(store: Store, person: str) -> None:
    points = [point(person, second, share=second * 1.5) for second in range(200)]
    for _ in range(3):
        store.series.write(points)
    found = store.stored("walk_figures", "share", person=person)
    assert found == {ms(second): second * 1.5 for second in range(200)}
    store.series.write(points[50:150])
    assert store.stored("walk_figures", "share", person=person) == found


def test_a_new_value_takes_the_old_ones_place(store: Store, person: str) -> None:
    store.series.write([point(person, 0, share=1.0), point(person, 1, share=1.0)])
    store.series.write([point(person, 0, share=2.0)])
    found = store.stored("walk_figures", "share", person=person)
    if store.overwrites:
        assert found == {ms(0): 2.0, ms(1): 1.0}
    else:  # VictoriaMetrics keeps either; it must not keep both, nor touch the neighbour
        assert found in ({ms(0): 2.0, ms(1): 1.0}, {ms(0): 1.0, ms(1): 1.0})


def test_persons_and_feet_are_kept_apart(store: Store, person: str) -> None:
    for who, side, value in ((person, "left", 1.0), (person, "right", 2.0), (f"{person}b", "left", 3.0)):
        store.series.write([point(who, 0, {"side": side}, share=value)])
    assert store.stored("walk_figures", "share", person=person, side="left") == {ms(0): 1.0}
    assert store.stored("walk_figures", "share", person=person, side="right") == {ms(0): 2.0}
    assert store.stored("walk_figures", "share", person=f"{person}b", side="left") == {ms(0): 3.0}


@pytest.mark.parametrize("odd", ["a b,c=d", "Fuß №5", 'say "so"', "10%", "#1", "a\\b"])
def test_odd_words_survive(store: Store, person: str, odd: str) -> None:
    store.series.write([point(f"{person}{odd}", 0, {"insole": odd}, share=1.0)])
    quoted = odd.replace("\\", "\\\\") if isinstance(store, Remote) and "Influx" in store._server.name else odd
    assert store.stored("walk_figures", "share", person=f"{person}{quoted}", insole=quoted) == {ms(0): 1.0}


def test_a_backlog_of_twenty_thousand(store: Store, person: str) -> None:
    points = [point(person, second, share=float(second)) for second in range(20_000)]
    store.series.write(points)
    found = store.stored("walk_figures", "share", person=person)
    assert found == {ms(second): float(second) for second in range(20_000)}
