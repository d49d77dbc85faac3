"""How many walking pairs one core of processing holds live through a real broker, and where its time goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import aiomqtt
import psutil
import pytest
from bench_hub_kit import HUB, Feeder
from bench_kit import Cost, cost, numpy_sum_s, pair_layouts, pair_payloads, pair_second, table
from broker_kit import Mosquitto
from journey_kit import House, wait_for

from ingest.wire.block import Block
from ingest.wire.codec import decode, encode, to_block
from ingest.wire.faults import FaultBook
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, Samples
from ingest.wire.topics import Address
from processing.desk import Desk
from processing.outgoing import Outgoing, Stores
from processing.rule_changes import rules_maker
from processing.store.journal_sqlite import SqliteJournal
from processing.store.recordings import Portion
from processing.store.recordings_reader import SqliteRecordingsReader
from processing.store.recordings_sqlite import SqliteRecordings
from processing.store.series import Point
from processing.store.series_sqlite import SqliteSeries
from processing.terms import terms_maker
from processing.walk import Walk
from underfoot.places import Places

WARM_S = 5
BUDGET_PAIRS = 1_000

pytestmark = pytest.mark.bench


@pytest.mark.parametrize(("pairs", "seconds"), [(1, 300), (100, 30)])
async def test_pairs_held_by_one_core(tmp_path: Path, pairs: int, seconds: int) -> None:
    persons = [f"p{number}" for number in range(pairs)]
    async with Mosquitto(tmp_path / "mosquitto", "allow_anonymous true\nmax_queued_messages 0") as broker:
        house = House(tmp_path / "data", f"mqtt://{broker.address.host}:{broker.port}")
        house.data_dir.mkdir()
        try:
            program = house.start("--config", str(_settings(tmp_path)), "processing")
            places = Places(house.data_dir)
            await asyncio.to_thread(wait_for, places.series.exists, 30, "processing to start")
            async with aiomqtt.Client(broker.address.host, broker.port, timeout=30) as client:
                client.pending_calls_threshold = 10**6
                feeder = Feeder(client, persons)
                await feeder.begin()
                await asyncio.sleep(2)
                listening = asyncio.create_task(feeder.listen())
                used, wall_s = await _measured(feeder, psutil.Process(program.pid), WARM_S + seconds)
                listening.cancel()
        finally:
            house.end_all()
    with closing(SqliteRecordingsReader(places.recordings)) as recordings:
        stored = sum(sum(info.rows.values()) for info in recordings.walks())
    assert stored == 2 * 100 * pairs * (WARM_S + seconds)
    pair_s = pairs * seconds
    print(
        f"\n{pairs} pairs through Mosquitto: {used / pair_s * 1e3:.2f} ms of processor a pair-second, "
        f"{pair_s / used:,.0f} pairs a core (budget {BUDGET_PAIRS:,}); "
        f"{pair_s / wall_s:,.0f} pair-seconds a second passed"
    )


def _settings(folder: Path) -> Path:
    path = folder / "underfoot.toml"
    path.write_text(f'hub = "{HUB}"\n')
    return path


async def _measured(feeder: Feeder, processing: psutil.Process, stop: int) -> tuple[float, float]:
    await feeder.feed(0, WARM_S)
    before, begin = processing.cpu_times(), asyncio.get_running_loop().time()
    await feeder.feed(WARM_S, stop)
    after, end = processing.cpu_times(), asyncio.get_running_loop().time()
    return after.user + after.system - before.user - before.system, end - begin


class Nowhere:
    """A series and recordings that keep nothing, to see what keeping costs."""

    def __init__(self, recordings: SqliteRecordings) -> None:
        self.receipt = recordings.receipt
        self.open_walk = recordings.open_walk
        self.stretches = recordings.stretches
        self.lacks = recordings.lacks

    def append_all(self, portions: Sequence[Portion]) -> list[Sequence[Block]]:
        return [portion.blocks for portion in portions]

    def put_layout(self, *_: object) -> None: ...
    def write(self, points: object) -> None: ...


def test_where_the_time_goes(tmp_path: Path) -> None:
    floor_s = numpy_sum_s()
    with (
        closing(SqliteRecordings(tmp_path / "recordings")) as recordings,
        closing(SqliteJournal(tmp_path / "journal")) as journal,
        closing(SqliteSeries(tmp_path / "series")) as series,
    ):
        make_terms = terms_maker("clinical", journal)
        nowhere = Nowhere(recordings)
        figures: list[tuple[str, Cost]] = []

        def measure(name: str, work: Callable[[int], object], calls: int = 300) -> None:
            cost(work, 20)
            figures.append((name, cost(work, calls, 20)))

        payloads = [pair_payloads("a", second) for second in range(320)]
        messages = [[decode(payload, Samples) for payload in pair] for pair in payloads]
        blocks = [pair_second("a", second) for second in range(320)]
        measure("decode two messages", lambda n: [to_block(decode(each, Samples)) for each in payloads[n]])
        walk = Walk(make_terms("a", "a-walk", 0))
        for layout in pair_layouts("a"):
            walk.feed(layout)
        measure("pipeline and rules", lambda n: [walk.feed(block) for block in blocks[n]])
        others = [pair_second("b", second) for second in range(320)]
        measure("recordings.append, durable", lambda n: recordings.append("b", "b-walk", others[n]))
        measure("two receipts", lambda n: [recordings.receipt(f"b-{side}", side, "s") for side in Side])
        measure("series.write of one second, durable", lambda n: series.write([_point(n)]))
        receipt = recordings.receipt("b-left", Side.LEFT, "s")
        measure("encode what goes out", lambda n: [encode(receipt) for _ in range(4)])
        for name, kept in (
            ("the desk, keeping nothing", Stores(nowhere, journal, nowhere)),
            ("the desk, keeping all", Stores(recordings, journal, series)),
        ):
            desk = _desk(name.replace(" ", ""), kept, make_terms)
            measure(name, lambda n, desk=desk, kept=kept: _take(desk, kept, messages[n]))
    rows = [("one second of one pair", "processor µs", "passed µs", "× numpy sum", "pairs a core")]
    rows += [
        (name, f"{it.cpu_s * 1e6:.0f}", f"{it.wall_s * 1e6:.0f}", f"{it.cpu_s / floor_s:.0f}", f"{1 / it.cpu_s:,.0f}")
        for name, it in [("numpy sum of the same bytes", Cost(floor_s, floor_s)), *figures]
    ]
    table("Where the time goes", rows)


def _point(second: int) -> Point:
    fields = {f"figure{number}": float(second + number) for number in range(8)}
    return Point(t_ns=1_700_000_000 * 10**9 + second * 10**9, person="a", name="gait", fields=fields)


def _desk(person: str, kept: Stores, make_terms: Callable) -> Desk:
    rules = rules_maker("clinical", kept.journal)
    desk = Desk(Address(HUB, person), kept, make_terms, rules, "session", FaultBook())
    desk.resume()
    assert len(_take(desk, kept, pair_layouts("a"))) == 2  # a receipt for each insole that is new
    return desk


def _take(desk: Desk, kept: Stores, messages: Sequence[AnyMessage]) -> list[Outgoing]:
    taken = desk.receive(messages)
    new = [block for some in kept.recordings.append_all(taken.portions) for block in some]
    out = desk.settle(taken, new)
    desk.write_points()
    return out
