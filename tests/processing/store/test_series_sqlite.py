"""Buckets of the local series: roll-ups that agree with the points, whatever was written when."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.wire.faults import FaultCode, UnderfootError
from processing.store.series import Bucket, MirroredSeries, Point
from processing.store.series_sqlite import SqliteSeries

SECOND_NS = 1_000_000_000
T0_NS = 1_699_999_200 * SECOND_NS  # a whole hour


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    store = SqliteSeries(tmp_path / "series.db")
    yield store
    store.close()


def point(second: float, value: float | None, person: str = "p", **tags: str) -> Point:
    return Point(t_ns=T0_NS + round(second * SECOND_NS), person=person, name="walk", fields={"share": value}, tags=tags)


def ask(series: SqliteSeries, start_s: float, stop_s: float, step_s: float, **tags: str) -> list[Bucket]:
    start_ns, stop_ns = (T0_NS + round(second * SECOND_NS) for second in (start_s, stop_s))
    return series.query("p", "walk", "share", start_ns, stop_ns, step_s, tags or None)


def by_hand(figures: dict[float, float], start_s: float, stop_s: float, step_s: float) -> list[Bucket]:
    inside: dict[int, list[float]] = defaultdict(list)
    for second, value in sorted(figures.items()):
        if start_s <= second < stop_s:
            t_ns = T0_NS + round(second * SECOND_NS)
            inside[t_ns - t_ns % round(step_s * SECOND_NS)].append(value)
    return [Bucket(t, sum(v) / len(v), min(v), max(v), len(v)) for t, v in sorted(inside.items())]


def same(found: list[Bucket], wanted: list[Bucket]) -> bool:
    alike = [(one.t_ns, one.min, one.max, one.count) for one in found] == [
        (one.t_ns, one.min, one.max, one.count) for one in wanted
    ]
    return alike and [one.mean for one in found] == pytest.approx([one.mean for one in wanted], rel=1e-12)


def test_a_step_without_a_figure_has_no_bucket(series: SqliteSeries) -> None:
    series.write([point(0, 10.0), point(1, 20.0), point(130, 0.0), point(200, None)])
    assert ask(series, 0, 300, 60) == [
        Bucket(T0_NS, 15.0, 10.0, 20.0, 2),
        Bucket(T0_NS + 120 * SECOND_NS, 0.0, 0.0, 0.0, 1),
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    writes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(-1000, 1000)), min_size=1, max_size=60),
    start=st.integers(-10, 9_000),
    length=st.integers(1, 11_000),
    step=st.sampled_from([0.5, 1, 7, 60, 120, 300, 3600, 7200]),
)
def test_agrees_with_the_points_by_hand(
    tmp_path_factory: pytest.TempPathFactory, writes: list[tuple[int, int]], start: int, length: int, step: float
) -> None:
    series = SqliteSeries(tmp_path_factory.mktemp("series") / "series.db")
    for second, value in writes:  # some seconds come again with another value
        series.write([point(second, value)])
    figures = {float(second): float(value) for second, value in writes}
    assert same(ask(series, start, start + length, step), by_hand(figures, start, start + length, step))
    series.close()


def test_order_and_repeats_leave_the_same_sums(tmp_path: Path) -> None:
    points = [point(second * 7.3, 0.1 * second) for second in range(2_000)]
    straight, crooked = SqliteSeries(tmp_path / "a.db"), SqliteSeries(tmp_path / "b.db")
    straight.write(points)
    mixed = random.Random(5).sample(points, len(points))
    for part in (mixed[:900], mixed[500:1500], mixed[1200:], [point(70, 99.0)], [point(70, None)]):
        crooked.write(part)
    straight.write([point(70, 99.0)])
    for step in (60, 3600):
        assert ask(straight, 0, 15_000, step) == ask(crooked, 0, 15_000, step)
    straight.close()
    crooked.close()


def test_tags_choose_the_foot(series: SqliteSeries) -> None:
    series.write([point(0, 1.0, side="left"), point(0, 5.0, side="right"), point(0, 9.0, person="q", side="left")])
    assert ask(series, 0, 60, 60, side="left") == [Bucket(T0_NS, 1.0, 1.0, 1.0, 1)]
    assert ask(series, 0, 60, 60) == [Bucket(T0_NS, 3.0, 1.0, 5.0, 2)]
    assert ask(series, 0, 60, 60, side="middle") == []


def test_buckets_do_not_overlap(series: SqliteSeries) -> None:
    series.write([point(second, float(second)) for second in range(1000)])
    found = ask(series, 3, 997, 10)
    assert all(later.t_ns - earlier.t_ns == 10 * SECOND_NS for earlier, later in pairwise(found))
    assert sum(bucket.count for bucket in found) == 994


def test_a_step_of_nothing_is_refused(series: SqliteSeries) -> None:
    with pytest.raises(UnderfootError) as caught:
        ask(series, 0, 1, 0)
    assert caught.value.code is FaultCode.CONFIG_INVALID


def test_is_there_again_after_a_restart(tmp_path: Path) -> None:
    before = SqliteSeries(tmp_path / "series.db")
    before.write([point(0, 1.0)])
    before.close()
    after = SqliteSeries(tmp_path / "series.db")
    after.write([point(1, 3.0)])
    assert ask(after, 0, 3600, 3600) == [Bucket(T0_NS, 2.0, 1.0, 3.0, 2)]
    after.close()


def test_a_full_disk_keeps_nothing_of_the_call_and_recovers(series: SqliteSeries) -> None:
    series.write([point(0, 1.0)])
    used = series._db.rows("PRAGMA page_count")[0][0]
    series._db.rows(f"PRAGMA max_page_count={used + 1}")
    lot = [point(second, 2.0, side=f"s{second % 9}") for second in range(1, 5000)]
    with pytest.raises(UnderfootError) as caught:
        series.write(lot)
    assert caught.value.code is FaultCode.DISK_FULL
    assert ask(series, 0, 9000, 3600) == [Bucket(T0_NS, 1.0, 1.0, 1.0, 1)]
    series._db.rows("PRAGMA max_page_count=1000000")
    series.write(lot)
    assert sum(bucket.count for bucket in ask(series, 0, 9000, 3600)) == 5000


def test_mirrored_writes_both_and_reads_the_local_one(tmp_path: Path) -> None:
    local, server = SqliteSeries(tmp_path / "a.db"), SqliteSeries(tmp_path / "b.db")
    both = MirroredSeries(local, server)
    both.write([point(0, 1.0)])
    server.write([point(1, 1.0)])
    assert both.query("p", "walk", "share", T0_NS, T0_NS + 60 * SECOND_NS, 60) == ask(local, 0, 60, 60)
    assert ask(server, 0, 60, 60)[0].count == 2
    both.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stood=st.dictionaries(st.integers(0, 9000), st.integers(-1000, 1000), max_size=40),
    painted=st.dictionaries(st.integers(0, 9000), st.integers(-1000, 1000), max_size=40),
    span=st.tuples(st.integers(0, 9000), st.integers(0, 9000)),
    step=st.sampled_from([1, 60, 3600]),
)
def test_repainted_only_the_new_figures_stand_there(
    tmp_path_factory: pytest.TempPathFactory,
    stood: dict[int, int],
    painted: dict[int, int],
    span: tuple[int, int],
    step: int,
) -> None:
    first, stop = sorted(span)
    store = SqliteSeries(tmp_path_factory.mktemp("series") / "series.db")
    theirs = point(first, 7.0, person="another")
    store.write([*(point(second, value) for second, value in stood.items()), theirs])
    inside = {second: value for second, value in painted.items() if first <= second < stop}
    start_ns, stop_ns = (T0_NS + second * SECOND_NS for second in (first, stop))
    store.repaint("p", "walk", start_ns, stop_ns, [point(second, value) for second, value in inside.items()])
    outside = {second: value for second, value in stood.items() if not first <= second < stop}
    assert same(ask(store, 0, 10_800, step), by_hand({**outside, **inside}, 0, 10_800, step))
    assert len(store.query("another", "walk", "share", theirs.t_ns, theirs.t_ns + 1, 1.0)) == 1
    store.close()
