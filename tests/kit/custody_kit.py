"""A keeper that stands in for processing: takes samples from a real broker and answers with receipts."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from types import TracebackType
from typing import Self
from uuid import uuid4

import aiomqtt

from ingest.wire import topics
from ingest.wire.address import BrokerAddress
from ingest.wire.block import Origin
from ingest.wire.codec import decode, encode
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, BootReceipt, LateRows, Layout, Receipt, Samples

ADDRESS = topics.Address("h1", "p1")
Row = tuple[str, int, int]


class Keeper:
    """Remembers every row it was sent, in order, and gives a receipt for each message when `answers`.

    `rows` survives connections and is what the keeper has; `session` is new for each keeper.
    """

    def __init__(self, broker: BrokerAddress, *, answers: bool = True, rows: list[Row] | None = None) -> None:
        self.answers = answers
        self.rows: list[Row] = [] if rows is None else rows
        self.payloads: list[bytes] = []
        self.other: list[tuple[str, bytes]] = []
        self.session = uuid4().hex
        self._broker = broker
        self._sides: dict[str, Side] = {}
        self._task: asyncio.Task[None] | None = None
        self._subscribed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        await asyncio.wait_for(self._subscribed.wait(), 10)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=0.5)

    async def _run(self) -> None:
        while True:
            try:
                async with aiomqtt.Client(self._broker.host, self._broker.port, timeout=5) as client:
                    await client.subscribe("underfoot/1/#")
                    self.session = uuid4().hex
                    for insole in self._sides:
                        await self.answer(client, insole)
                    self._subscribed.set()
                    async for message in client.messages:
                        await self._take(client, message.topic.value, message.payload)
            except aiomqtt.MqttError:
                await asyncio.sleep(0.1)

    async def _take(self, client: aiomqtt.Client, topic: str, payload: object) -> None:
        assert isinstance(payload, bytes)
        parsed = topics.parse(topic)
        if parsed is None or parsed.rule.carries is not Samples:
            self.other.append((topic, payload))
            if parsed is not None and parsed.rule.carries is Layout and payload:
                await self._greet(client, decode(payload, Layout))
            return
        message = decode(payload, Samples)
        assert isinstance(message, Samples)
        self.payloads.append(payload)
        self._sides[message.insole] = message.side
        self.rows += [(message.insole, message.boot, seq) for seq in range(message.seq, message.seq + message.rows)]
        if self.answers:
            await self.answer(client, message.insole, late=message if message.origin is Origin.BACKFILL else None)

    async def _greet(self, client: aiomqtt.Client, layout: AnyMessage) -> None:
        """An insole that is there: tell it that somebody new listens."""
        assert isinstance(layout, Layout)
        if self.answers and self._sides.setdefault(layout.insole, layout.side):
            await self.answer(client, layout.insole)

    async def answer(self, client: aiomqtt.Client, insole: str, late: Samples | None = None) -> None:
        """:param late: the block out of the insole's memory that is answered."""
        have: dict[int, set[int]] = {}
        for whose, boot, seq in self.rows:
            if whose == insole:
                have.setdefault(boot, set()).add(seq)
        boots = tuple(
            BootReceipt(boot=boot, stored_upto=max(seqs), holes=_holes(seqs)) for boot, seqs in sorted(have.items())
        )
        receipt = Receipt(insole=insole, side=self._sides[insole], session=self.session, boots=boots, late=_named(late))
        topic = ADDRESS.of_side(receipt.side, "receipt")
        await client.publish(topic, encode(receipt), qos=1, retain=True, timeout=1)


def _named(block: Samples | None) -> tuple[LateRows, ...]:
    if block is None:
        return ()
    return (LateRows(boot=block.boot, first=block.seq, last=block.seq + block.rows - 1),)


def _holes(seqs: set[int]) -> tuple[tuple[int, int], ...]:
    """From row 0 on: rows before the first that was heard may well lie in the spool."""
    edges = sorted(seqs)
    return tuple((a + 1, b - 1) for a, b in pairwise([-1, *edges]) if b > a + 1)


async def until(met: object, timeout_s: float = 15.0) -> None:
    """Wait until `met()` is true."""
    assert callable(met)
    async with asyncio.timeout(timeout_s):
        while not met():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)
