"""One foot's rows are held back for a while and sent afterwards, as a spool does: nothing that is kept shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from pathlib import Path

import aiomqtt
import pytest
from away_kit import END_S, FETCHED_S, HOME_S, OUT_S, Tick, away, ended, fetched, in_time, walking, woven
from bench_kit import START_NS, pair_layouts
from broker_kit import Mosquitto
from custody_kit import until
from msgspec.structs import replace as struct_replace

from ingest.sources.replay import Recording, open_recording
from ingest.wire.address import BrokerAddress
from ingest.wire.block import Block, Origin
from ingest.wire.codec import encode, to_message
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, Layout, LinkState, Metrics, Receipt, Samples, Status
from ingest.wire.topics import Address
from processing.store.recordings import WalkInfo
from processing.store.series import Bucket
from underfoot import judging
from underfoot.settings import BrokerSettings, Settings, WebSettings

SECOND_NS = 10**9
ROWS = 100  # of a message
FROM_S, HELD_S = 40, 20
PERSON = "p1"
FIELDS = (
    "forefoot_share_left_pct", "forefoot_share_right_pct", "load_si_pct", "load_left", "load_right", "cadence_spm",
    "coverage_left_pct", "coverage_right_pct",
)  # fmt: skip

pytestmark = pytest.mark.timeout(120)


@dataclass
class Hub:
    """Processing with a data folder of its own, and what it said."""

    address: Address
    half: judging.Processing
    said: list[AnyMessage] = field(default_factory=list)

    @property
    def summary(self) -> bytes:
        (walk,) = self.half.stores.journal.walks(PERSON)
        return walk.summary

    def series(self, recording: Recording) -> Mapping[str, list[Bucket]]:
        start, stop = recording.start_t_ns, recording.start_t_ns + 3600 * SECOND_NS
        return {name: self.half.stores.series.query(PERSON, "gait", name, start, stop, 1.0) for name in FIELDS}

    def not_measured_s(self, side: Side) -> int:
        """Seconds that were told without this foot."""
        told = [each for each in self.said if isinstance(each, Metrics)]
        return sum(getattr(each.load, side).value is None for each in told)


async def test_rows_of_a_foot_that_come_late_leave_what_rows_in_time_leave(tmp_path: Path, gaitpdb: Path) -> None:
    recording = open_recording(gaitpdb / "GaCo01_01.txt.xz", seconds=100)
    in_time = [list(second) for second in seconds(recording)]
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(Mosquitto(tmp_path / "mosquitto"))
        hubs = [await hub_on(stack, broker, tmp_path, name) for name in ("prompt", "late")]
        prompt, late = hubs
        await asyncio.gather(
            send(broker.address, prompt.address, recording, in_time),
            send(broker.address, late.address, recording, held_back(in_time)),
        )
        for hub in hubs:
            await until(lambda hub=hub: hub.half.stores.journal.walks(PERSON), 40)
        assert prompt.not_measured_s(Side.RIGHT) == 0
        assert late.not_measured_s(Side.RIGHT) >= HELD_S - 5
        assert late.summary == prompt.summary
        assert late.series(recording) == prompt.series(recording)
        assert len(late.series(recording)["load_right"]) >= 99
        for hub in hubs:
            await until(lambda hub=hub: stored_upto(hub) == {side: rows_of(recording, side) - 1 for side in Side})


async def test_a_walk_out_of_range_that_is_fetched_at_home_leaves_what_one_in_range_leaves(tmp_path: Path) -> None:
    """Processing is started anew in the middle of the fetch."""
    home = woven(walking(HOME_S, FETCHED_S, to_fetch=5), fetched(OUT_S, HOME_S))
    out = [*walking(0, OUT_S), *away(OUT_S, HOME_S), *home[:2]]
    back = [*home[2:], *walking(FETCHED_S, END_S), *ended(END_S + 1)]
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(Mosquitto(tmp_path / "mosquitto"))
        prompt = await hub_on(stack, broker, tmp_path, "prompt")
        await tell(broker.address, prompt.address, in_time())
        async with AsyncExitStack() as before:
            late = await hub_on(before, broker, tmp_path, "late")
            await tell(broker.address, late.address, out)
            await until(lambda: rows_kept(late) == rows_in(out), 60)
        late = await hub_on(stack, broker, tmp_path, "late")
        await tell(broker.address, late.address, back)
        await until(lambda: rows_kept(late) == rows_in(out) + rows_in(back), 60)
        for hub in (prompt, late):
            await until(lambda hub=hub: all(has_its_summary(hub, walk) for walk in walks_of(hub)), 60)
        assert walks_of(late) == walks_of(prompt)
        assert late.summary == prompt.summary
        start, stop = START_NS, START_NS + END_S * SECOND_NS
        told = [
            {name: hub.half.stores.series.query(PERSON, "gait", name, start, stop, 1.0) for name in FIELDS}
            for hub in (prompt, late)
        ]
        assert told[0] == told[1]
        assert len(told[0]["load_right"]) >= END_S - 1


async def tell(at: BrokerAddress, address: Address, ticks: Sequence[Tick]) -> None:
    async with aiomqtt.Client(at.host, at.port) as client:
        for layout in pair_layouts(PERSON):
            await client.publish(address.of_side(layout.side, "layout"), encode(layout), qos=1, retain=True)
        for message in chain(*ticks):
            assert isinstance(message, Samples | Status)
            leaf = "samples" if isinstance(message, Samples) else "status"
            await client.publish(address.of_side(message.side, leaf), encode(message), qos=1)


def rows_in(ticks: Sequence[Tick]) -> int:
    return sum(each.rows for tick in ticks for each in tick if isinstance(each, Samples))


def rows_kept(hub: Hub) -> int:
    return sum(sum(walk.rows.values()) for walk in walks_of(hub))


def walks_of(hub: Hub) -> list[WalkInfo]:
    return hub.half.stores.recordings.walks(PERSON)


def has_its_summary(hub: Hub, walk: WalkInfo) -> bool:
    summaries = {each.walk for each in hub.half.stores.journal.walks(PERSON)}
    return walk.ended and not walk.late and walk.walk in summaries


async def hub_on(stack: AsyncExitStack, broker: Mosquitto, folder: Path, name: str) -> Hub:
    settings = Settings(
        hub=name,
        person=PERSON,
        data_dir=folder / name,
        broker=BrokerSettings(url=f"mqtt://{broker.address.host}:{broker.port}"),
        web=WebSettings(enabled=False),
    )
    said: list[AnyMessage] = []
    half = await stack.enter_async_context(
        judging.processing(settings, broker.address, [lambda _person, message: said.append(message)])
    )
    await until(lambda: half.service.subscriber.connected)
    return Hub(Address(name, PERSON), half, said)


def seconds(recording: Recording) -> Iterator[Iterator[Samples | Status]]:
    """What ingest says in each second: messages of each foot, and how it is with it."""
    pieces = [
        block.cut(first, min(first + ROWS, block.rows))
        for block in recording.blocks()
        for first in range(0, block.rows, ROWS)
    ]
    in_order = sorted(pieces, key=lambda block: block.end_t_ns)
    for _, some in groupby(in_order, key=lambda block: (block.end_t_ns - recording.start_t_ns) // SECOND_NS):
        yield said_in(recording, list(some))


def said_in(recording: Recording, blocks: Sequence[Block]) -> Iterator[Samples | Status]:
    for block in blocks:
        yield to_message(replace(block, origin=Origin.LIVE))
    now_ns = max(block.end_t_ns for block in blocks)
    for side, layout in recording.layouts.items():
        yield Status(insole=layout.insole, side=side, t_ns=now_ns, link=LinkState.STREAMING)


def held_back(in_time: Sequence[Sequence[Samples | Status]]) -> list[list[Samples | Status]]:
    """The right foot's rows of 20 s come when these are over."""
    made: list[list[Samples | Status]] = []
    held: list[Samples | Status] = []
    for number, second in enumerate(in_time):
        is_held = FROM_S <= number < FROM_S + HELD_S
        rows = [each for each in second if isinstance(each, Samples) and each.side is Side.RIGHT] if is_held else []
        held += rows
        made.append([each for each in second if each not in rows])
        if number == FROM_S + HELD_S + 1:
            made[-1] += [backfilled(each) for each in held]
    return made


def backfilled(samples: Samples | Status) -> Samples:
    assert isinstance(samples, Samples)
    return struct_replace(samples, origin=Origin.BACKFILL)


async def send(
    at: BrokerAddress, address: Address, recording: Recording, walk: Sequence[Sequence[Samples | Status]]
) -> None:
    async with aiomqtt.Client(at.host, at.port) as client:
        for layout in recording.layouts.values():
            await client.publish(address.of_side(layout.side, "layout"), encode(layout), qos=1, retain=True)
        for second in walk:
            for message in second:
                leaf = "samples" if isinstance(message, Samples) else "status"
                await client.publish(address.of_side(message.side, leaf), encode(message), qos=1)
        for side, layout in recording.layouts.items():
            await client.publish(address.of_side(side, "status"), encode(ended_status(recording, layout)), qos=1)


def ended_status(recording: Recording, layout: Layout) -> Status:
    now_ns = max(block.end_t_ns for block in recording.blocks()) + SECOND_NS
    return Status(insole=layout.insole, side=layout.side, t_ns=now_ns, link=LinkState.ENDED)


def stored_upto(hub: Hub) -> dict[Side, int]:
    """By the latest receipt of each foot, none of which has a hole."""
    latest = {each.side: each for each in hub.said if isinstance(each, Receipt)}
    boots = {side: receipt.boots[0] for side, receipt in latest.items()}
    assert not any(boot.holes for boot in boots.values())
    return {side: boot.stored_upto for side, boot in boots.items()}


def rows_of(recording: Recording, side: Side) -> int:
    return sum(block.rows for block in recording.blocks() if block.side is side)
