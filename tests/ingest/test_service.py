from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiomqtt
import numpy as np
import pytest
from broker_kit import Embedded, Mosquitto
from custody_kit import ADDRESS, Keeper, until
from remembering_kit import Insole
from samples_kit import CELLS, layout

from ingest.events import (
    BatterySeen,
    FaultSeen,
    LayoutSeen,
    LinkChanged,
    Request,
    Rows,
    Source,
    SourceEvent,
    TakenSeen,
)
from ingest.ledger import Books
from ingest.publish import Publisher
from ingest.service import IngestService
from ingest.spool import Spool
from ingest.wire.block import GapReason, Origin
from ingest.wire.codec import decode, encode
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Gap, LinkState, LiveRequest, Samples, Status

ROW_NS = 10_000_000
T0 = 1_700_000_000_000_000_000


class Script:
    """A source that says what it was given; an exception among it is raised there, an Event waited for."""

    def __init__(self, insole: str, said: Sequence[SourceEvent | Exception | asyncio.Event]) -> None:
        self.insole = insole
        self.waits = False  # for an Event: all that was said before it has been dealt with
        self._said = list(said)
        self._stopping = asyncio.Event()

    async def events(self) -> AsyncIterator[SourceEvent]:
        while self._said and not self._stopping.is_set():
            each = self._said.pop(0)
            if isinstance(each, Exception):
                raise each
            if isinstance(each, asyncio.Event):
                self.waits = True
                await each.wait()
                self.waits = False
            else:
                yield each
        yield LinkChanged(LinkState.ENDED, T0)

    async def stop(self) -> None:
        self._stopping.set()

    def ask(self, request: Request) -> None:
        raise AssertionError(f"an insole that remembers nothing was asked: {request}")


def rows(seq: int, count: int = 20, boot: int = 1, *, arrived: bool = True) -> Rows:
    due_ns = T0 + (seq + count - 1) * ROW_NS
    return Rows(
        boot=boot,
        seq=seq,
        ticks=seq * 100,
        tick_ns=100_000,
        ns_per_row=ROW_NS,
        codes=np.full((count, len(CELLS)), seq, np.int16),
        arrived_ns=due_ns if arrived else None,
    )


def link(state: LinkState) -> LinkChanged:
    return LinkChanged(state, T0)


def walk(side: Side, insole: str, blocks: int = 10) -> list[SourceEvent | Exception | asyncio.Event]:
    said: list[SourceEvent | Exception | asyncio.Event] = [link(LinkState.STREAMING), LayoutSeen(layout(insole, side))]
    said += [rows(20 * k) for k in range(blocks)]
    return [*said, TakenSeen(boot=1, first_seq=0, next_seq=20 * blocks)]


class Bench:
    """A service over a real spool and a real broker, with a keeper that answers."""

    def __init__(self, spool: Spool, sources: Sequence[Source], broker: Mosquitto | Embedded) -> None:
        self.spool = spool
        self.keeper = Keeper(broker.address)
        self.publisher = Publisher(broker.address, ADDRESS, spool)
        self.service = IngestService(sources, self.publisher, spool, now_ns=time.time_ns, restart_s=0.05)

    async def run(self) -> bool:
        async with self.keeper:
            drained = await self.service.run(drain_s=20)
            await until(lambda: any(payload == b"offline" for _, payload in self.keeper.other))
        return drained

    def statuses(self, side: Side) -> list[Status]:
        topic = ADDRESS.of_side(side, "status")
        found = [decode(payload, Status) for heard, payload in self.keeper.other if heard == topic]
        return [each for each in found if isinstance(each, Status)]

    def blocks(self, insole: str) -> list[Samples]:
        found = [decode(payload, Samples) for payload in dict.fromkeys(self.keeper.payloads)]
        return [each for each in found if isinstance(each, Samples) and each.insole == insole]


@pytest.fixture
async def broker() -> AsyncIterator[Embedded]:
    async with Embedded() as it:
        yield it


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    it = Spool(tmp_path / "spool.db")
    yield it
    it.close()


async def test_two_feet_come_through_whole_and_the_books_add_up(spool: Spool, broker: Embedded) -> None:
    sources = [Script("L1", walk(Side.LEFT, "L1")), Script("R1", walk(Side.RIGHT, "R1"))]
    bench = Bench(spool, sources, broker)
    assert await bench.run()
    assert set(bench.keeper.rows) == {(insole, 1, seq) for insole in ("L1", "R1") for seq in range(200)}
    whole = Books(taken=200, received=200, published=200, waiting=0, missing=0)
    assert bench.service.books() == {Side.LEFT: whole, Side.RIGHT: whole}
    assert [(each.seq, each.rows) for each in bench.blocks("L1")] == [(0, 100), (100, 100)]
    assert [each.t_ns for each in bench.blocks("L1")] == [T0, T0 + 100 * ROW_NS]
    last = bench.statuses(Side.LEFT)[-1]
    assert (last.link, last.taken, last.received, last.published, last.waiting) == (LinkState.ENDED, 200, 200, 200, 0)


async def test_losses_are_declared_where_they_were_and_why(spool: Spool, broker: Embedded) -> None:
    said = [
        link(LinkState.STREAMING),
        LayoutSeen(layout()),
        TakenSeen(boot=1, first_seq=0, next_seq=0),
        rows(20),  # 0-19 never came
        rows(60),  # 40-59 never came
        link(LinkState.LOST),
        link(LinkState.STREAMING),
        rows(200),
        FaultSeen(Fault(FaultCode.FRAME_MALFORMED)),
        rows(240),
        TakenSeen(boot=1, first_seq=0, next_seq=265),
    ]
    bench = Bench(spool, [Script("L1", said)], broker)
    assert await bench.run()
    gaps = [(0, 19, "radio"), (40, 59, "radio"), (80, 199, "away"), (220, 239, "bad"), (260, 264, "radio")]
    assert spool.gaps("L1") == tuple(Gap(boot=1, first=f, last=n, reason=GapReason(r)) for f, n, r in gaps)
    books = bench.service.books()[Side.LEFT]
    assert books.taken == 265 == books.received + books.missing
    assert bench.statuses(Side.LEFT)[-1].gaps == spool.gaps("L1")
    assert [(each.lost_before, each.lost_reason) for each in bench.blocks("L1") if each.lost_before] == [
        (last - first + 1, GapReason(reason)) for first, last, reason in gaps[:-1]
    ]


async def test_a_reboot_is_a_new_stream(spool: Spool, broker: Embedded) -> None:
    said = [*walk(Side.LEFT, "L1", blocks=3), rows(0, boot=2), TakenSeen(boot=2, first_seq=0, next_seq=20)]
    said.insert(-2, TakenSeen(boot=1, first_seq=0, next_seq=70))
    bench = Bench(spool, [Script("L1", said)], broker)
    assert await bench.run()
    assert [(each.boot, each.seq, each.rows) for each in bench.blocks("L1")] == [(1, 0, 60), (2, 0, 20)]
    assert spool.gaps("L1") == (Gap(boot=1, first=60, last=69, reason=GapReason.AWAY),)


@pytest.mark.expects_log
async def test_the_second_insole_for_a_side_is_left_out(spool: Spool, broker: Embedded) -> None:
    first_is_there = asyncio.Event()
    first = Script("L1", [*walk(Side.LEFT, "L1"), first_is_there])
    second = Script("L2", walk(Side.LEFT, "L2"))
    bench = Bench(spool, [first, second], broker)
    running = asyncio.create_task(bench.run())
    await until(lambda: bench.service.faults_of("L2").counts.get("side-taken") == 1)
    first_is_there.set()
    assert await running
    assert {insole for insole, _, _ in bench.keeper.rows} == {"L1"}
    assert bench.statuses(Side.LEFT)[-1].faults == {"side-taken": 1}
    assert {each.insole for each in bench.statuses(Side.LEFT)} == {"L1"}


@pytest.mark.expects_log
async def test_a_source_that_breaks_is_started_again_and_disturbs_nobody(spool: Spool, broker: Embedded) -> None:
    broken = walk(Side.LEFT, "L1")
    broken.insert(5, RuntimeError("oops"))
    broken.insert(7, UnderfootError(FaultCode.RADIO_OFF))
    bench = Bench(spool, [Script("L1", broken), Script("R1", walk(Side.RIGHT, "R1"))], broker)
    assert await bench.run()
    assert len(set(bench.keeper.rows)) == 400
    assert bench.service.faults_of("L1").counts == {"internal": 1, "radio-off": 1}
    assert bench.service.faults_of("R1").counts == {}


@pytest.mark.expects_log
async def test_a_recording_that_cannot_be_read_ends_at_once(spool: Spool, broker: Embedded) -> None:
    bench = Bench(spool, [Script("L1", [UnderfootError(FaultCode.FILE_UNREADABLE, "x.txt")])], broker)
    assert await bench.run()
    assert bench.service.faults_of("L1").counts == {"file-unreadable": 1}


async def test_rows_before_their_layout_wait_for_it(spool: Spool, broker: Embedded) -> None:
    said = walk(Side.LEFT, "L1")
    said.append(said.pop(1))
    bench = Bench(spool, [Script("L1", said)], broker)
    assert await bench.run()
    assert len(set(bench.keeper.rows)) == 200
    assert bench.service.faults_of("L1").counts == {"layout-missing": 1}


async def test_rows_that_never_get_a_layout_are_missing_and_said_so(spool: Spool, broker: Embedded) -> None:
    bench = Bench(
        spool, [Script("L1", [each for each in walk(Side.LEFT, "L1") if type(each) is not LayoutSeen])], broker
    )
    assert await bench.run()
    assert spool.books("L1") == Books(taken=200, missing=200)


@pytest.mark.expects_log
async def test_a_full_spool_is_declared_and_stops_nothing(tmp_path: Path, broker: Embedded) -> None:
    spool = Spool(tmp_path / "small.db", max_bytes=1500)  # one block of a second
    late = asyncio.Event()
    said = walk(Side.LEFT, "L1", blocks=15)
    said.insert(-1, late)
    said[-1:] = [rows(300, 100), TakenSeen(boot=1, first_seq=0, next_seq=400)]
    bench = Bench(spool, [Script("L1", said)], broker)
    bench.keeper.answers = False
    running = asyncio.create_task(bench.run())
    await until(lambda: spool.books("L1").missing == 200)
    bench.keeper.answers = True
    async with Keeper(broker.address):
        await until(lambda: spool.books("L1").waiting == 0)
        late.set()
        assert await running
    spool_full = Gap(boot=1, first=100, last=299, reason=GapReason.SPOOL_FULL)
    assert spool.gaps("L1") == (spool_full,)
    last = next(each for each in bench.blocks("L1") if each.seq == 300)
    assert (last.lost_before, last.lost_reason) == (200, GapReason.SPOOL_FULL)
    assert bench.service.faults_of("L1").counts["spool-full"] == 2
    books = spool.books("L1")
    assert books.taken == 400 == books.received + books.missing
    spool.close()


@pytest.mark.expects_log
async def test_what_a_full_spool_refused_is_not_laid_to_the_next_boot(tmp_path: Path, broker: Embedded) -> None:
    spool = Spool(tmp_path / "small.db", max_bytes=1500)  # one block of a second
    reboot = asyncio.Event()
    said = [
        *walk(Side.LEFT, "L1", blocks=10),
        reboot,
        rows(700, boot=2),
        TakenSeen(boot=2, first_seq=700, next_seq=720),
    ]
    bench = Bench(spool, [Script("L1", said)], broker)
    bench.keeper.answers = False
    running = asyncio.create_task(bench.run())
    await until(lambda: spool.books("L1").missing == 100)
    bench.keeper.answers = True
    async with Keeper(broker.address):
        await until(lambda: spool.books("L1").waiting == 0)
        reboot.set()
        assert await running
    (after,) = (each for each in bench.blocks("L1") if each.boot == 2)
    assert (after.seq, after.lost_before) == (700, 0)
    assert spool.gaps("L1") == (Gap(boot=1, first=100, last=199, reason=GapReason.SPOOL_FULL),)
    books = spool.books("L1")
    assert (books.taken, books.received) == (220, 120)
    spool.close()


async def test_an_ingest_that_was_away_declares_what_it_missed(spool: Spool, broker: Embedded) -> None:
    assert await Bench(spool, [Script("L1", walk(Side.LEFT, "L1")[:-1])], broker).run()
    again = [LayoutSeen(layout()), link(LinkState.STREAMING), TakenSeen(boot=1, first_seq=500, next_seq=500), rows(500)]
    assert await Bench(spool, [Script("L1", again)], broker).run()
    assert spool.gaps("L1") == (Gap(boot=1, first=200, last=499, reason=GapReason.AWAY),)
    assert spool.books("L1").taken == 520


async def test_status_tells_battery_clock_and_what_is_open_is_not_kept_back(spool: Spool, broker: Embedded) -> None:
    hold = asyncio.Event()
    said = [LayoutSeen(layout()), link(LinkState.STREAMING), BatterySeen(73)]
    said += [rows(10 * k, 10) for k in range(5)]
    bench = Bench(spool, [Script("L1", [*said, hold])], broker)
    running = asyncio.create_task(bench.run())
    await until(lambda: len(bench.keeper.rows) >= 50)  # half a block, and the insole is silent
    await until(lambda: any(each.battery_pct == 73 and each.received == 50 for each in bench.statuses(Side.LEFT)))
    told = next(each for each in bench.statuses(Side.LEFT) if each.received == 50)
    assert told.clock_error_ms is not None
    assert told.clock_error_ms < 5
    hold.set()
    assert await running


async def test_stop_ends_every_source_and_cancel_keeps_what_is_open(spool: Spool, broker: Embedded) -> None:
    hold = asyncio.Event()
    script = Script("L1", [*walk(Side.LEFT, "L1", blocks=6)[:-1], hold])
    bench = Bench(spool, [script], broker)
    running = asyncio.create_task(bench.service.run())
    await until(lambda: spool.books("L1").received == 100 and script.waits)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert spool.books("L1").received == 120
    more = Script("R1", [*walk(Side.RIGHT, "R1", blocks=6)[:-1], hold])
    bench = Bench(spool, [more], broker)
    running = asyncio.create_task(bench.service.run())
    await until(lambda: spool.books("R1").received == 100 and more.waits)
    await bench.service.stop()
    hold.set()
    await running
    assert spool.books("R1").received == 120


async def test_rows_without_any_time_are_placed_by_the_hub_and_said_so(spool: Spool, broker: Embedded) -> None:
    bench = Bench(spool, [Script("L1", [LayoutSeen(layout()), rows(0, arrived=False)])], broker)
    assert await bench.run()
    (block,) = bench.blocks("L1")
    assert block.t_error_ns is None
    assert abs(block.t_ns - time.time_ns()) < 60e9
    assert bench.service.faults_of("L1").counts == {"clock-unknown": 1}


async def test_while_somebody_looks_a_silent_insoles_last_rows_do_not_wait_for_a_long_block(
    broker: Embedded, spool: Spool
) -> None:
    goes_on = asyncio.Event()
    source = Script("left", [link(LinkState.STREAMING), LayoutSeen(layout("left", Side.LEFT)), rows(0, 5), goes_on])
    bench = Bench(spool, [source], broker)
    bench.service = IngestService([source], bench.publisher, spool, now_ns=time.time_ns, batch_s=600.0)
    running = asyncio.create_task(bench.run())
    async with aiomqtt.Client(broker.address.host, broker.address.port) as page:
        while not bench.publisher.live:
            await page.publish(ADDRESS.live, encode(LiveRequest(seconds=30)), qos=1)
            await asyncio.sleep(0.1)
    await until(lambda: bench.blocks("left"))
    goes_on.set()
    assert await running


class Remembers:
    """A source whose insole was away for 100 s and answers what it is asked."""

    def __init__(self) -> None:
        self.insole = "L1"
        self.it = Insole()
        self.it.reboot(T0)
        self._stopping = asyncio.Event()

    async def events(self) -> AsyncIterator[SourceEvent]:
        yield LayoutSeen(layout())
        for again in range(2):
            yield link(LinkState.STREAMING)
            for each in self.it.held():
                yield each
            for _ in range(75):
                first, end = self.it.take(20)
                yield self.it.rows(self.it.now, first, end, self.it.row_t_ns(self.it.now, end - 1))
            if not again:
                yield link(LinkState.LOST)
                self.it.take(10_000)
        for each in self.it.held():
            yield each
        while not self._stopping.is_set():
            for said in self.it.answer() if self.it.asked else ():
                yield said
            await asyncio.sleep(0.01)
        yield link(LinkState.ENDED)

    def ask(self, request: Request) -> None:
        self.it.ask(request)

    async def stop(self) -> None:
        self._stopping.set()


async def test_what_was_recorded_away_reaches_the_broker_and_the_insole_forgets_it(
    spool: Spool, broker: Embedded, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ingest")
    source = Remembers()
    bench = Bench(spool, [source], broker)
    running = asyncio.create_task(bench.run())
    await until(lambda: len(set(bench.keeper.rows)) >= 12_800)
    await until(lambda: len(source.it.now.flash) < 2000)
    await until(lambda: spool.late_waiting("L1") == 0)
    await until(lambda: any(each.to_fetch for each in bench.statuses(Side.LEFT)))
    await bench.service.stop()
    assert await running
    assert set(bench.keeper.rows) == {("L1", 100, seq) for seq in range(13_000)}
    assert spool.books("L1") == Books(taken=13_000, received=13_000, published=13_000)
    assert bench.statuses(Side.LEFT)[-1].to_fetch == 0
    late = [each for each in bench.blocks("L1") if each.origin is Origin.BACKFILL]
    assert all(abs(each.t_ns - source.it.row_t_ns(source.it.now, each.seq)) < 1e6 for each in late)
    told = [record.getMessage() for record in caplog.records if "fetch" in record.getMessage()]
    assert told == ["L1: fetching 10,000 rows recorded away"]
