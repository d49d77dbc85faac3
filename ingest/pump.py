"""What the spool holds and what insoles say of themselves, in order, through whatever connection there is.

Blocks go out in the order of their lane, the next only after the broker's acknowledgement, and leave the spool only on
a receipt of processing. Late blocks (out of an insole's memory) go out a few at a time while no live one waits.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

from ingest.resend import Resend
from ingest.spool import Spool
from ingest.spooled import Lane, Spooled
from ingest.wire import topics
from ingest.wire.codec import encode
from ingest.wire.faults import FaultBook, UnderfootError
from ingest.wire.messages import Layout, Receipt, Status


class Put(Protocol):
    """Publishes; returns after the broker's acknowledgement and raises when the connection is gone."""

    async def __call__(self, topic: str, payload: bytes, qos: int, *, retain: bool = False) -> None: ...


class Pump:
    """Goes on from connection to connection; `run` is one connection's work.

    :param pace_per_s, resend_after_s: as `Publisher`.
    """

    def __init__(
        self,
        spool: Spool,
        address: topics.Address,
        faults: FaultBook,
        *,
        pace_per_s: float,
        in_flight: int,
        resend_after_s: float,
    ) -> None:
        self._spool = spool
        self._address = address
        self._faults = faults
        self._pace_per_s = pace_per_s
        self._in_flight = in_flight
        self._resend = {lane: Resend(resend_after_s) for lane in Lane}
        # a live block waits for no more late ones than these
        self._at_once = {Lane.LIVE: in_flight, Lane.LATE: max(1, in_flight // 4)}
        self._held: dict[str, bytes] = {}  # the latest of each retained topic
        self._unsaid: dict[str, None] = {}  # those the broker does not have, in order
        self._wake = asyncio.Event()
        self._released = asyncio.Event()
        self._due = 0.0

    def wake(self) -> None:
        """The spool has something new."""
        self._wake.set()

    def announce(self, message: Layout | Status) -> None:
        """As `Publisher.announce`."""
        topic = self._address.of_side(message.side, "layout" if isinstance(message, Layout) else "status")
        self._held[topic] = encode(message)
        self._unsaid[topic] = None
        self._wake.set()

    def forget_what_was_said(self) -> None:
        """A broker that may have forgotten everything: say it again."""
        self._unsaid = dict.fromkeys(self._held)

    async def drained(self, timeout_s: float) -> bool:
        """Wait until every block has its receipt; False when that took too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while True:
                    self._released.clear()
                    if await asyncio.to_thread(lambda: self._spool.empty):
                        return True
                    await self._released.wait()
        return False

    async def heed(self, receipt: Receipt) -> None:
        """Release what it covers. :raises UnderfootError: DISK_FULL, STORE_DAMAGED; nothing was released then."""
        released = await asyncio.to_thread(self._spool.release, receipt)
        in_holes = await asyncio.to_thread(self._spool.in_holes, receipt)
        self._resend[Lane.LIVE].heard(receipt, released.live, in_holes, _now_s())
        self._resend[Lane.LATE].heard(receipt, released.late, (), _now_s())
        self._released.set()
        self._wake.set()

    async def run(self, put: Put) -> None:
        """Until cancelled, or until `put` raises."""
        while True:
            self._wake.clear()
            await self.say(put)
            if await self._send_next(put):
                continue
            for lane in Lane:
                await self._probe(put, lane)
            wait_s = min(resend.wait_s(_now_s()) for resend in self._resend.values())
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()

    async def _send_next(self, put: Put) -> bool:
        """A batch of the first lane that has something to send; whether one had."""
        for lane, resend in self._resend.items():
            if not self._spool.has_after(resend.cursor, lane):
                continue  # every notification wakes the pump, and few of them complete a block
            turn = resend.turn
            batch = await asyncio.to_thread(self._spool.unsent, resend.cursor, self._at_once[lane], lane)
            if batch:
                await self._send(put, batch)
                resend.acknowledged(batch[-1].id, turn, _now_s())
                return True
        return False

    async def _probe(self, put: Put, lane: Lane) -> None:
        resend = self._resend[lane]
        if resend.probe_due(_now_s()):
            oldest = await asyncio.to_thread(self._spool.unsent, 0, self._at_once[lane], lane)
            await self._send(put, oldest)
            resend.probed(_now_s(), anything=bool(oldest))

    async def say(self, put: Put) -> None:
        """What insoles said of themselves and the broker does not have."""
        while self._unsaid:
            topic = next(iter(self._unsaid))
            del self._unsaid[topic]
            await put(topic, self._held[topic], 1, retain=True)

    async def _send(self, put: Put, batch: list[Spooled]) -> None:
        """Have the broker acknowledge all of these; their order on the wire is their order here."""
        if not batch:
            return
        await self._keep_pace(len(batch))
        topic_of = self._address.of_side
        await asyncio.gather(*(put(topic_of(block.side, "samples"), block.payload, 1) for block in batch))
        try:
            await asyncio.to_thread(self._spool.mark_published, [block.id for block in batch])
        except UnderfootError as error:  # a full disk: their receipt will count them
            self._faults.note(error.fault)

    async def _keep_pace(self, blocks: int) -> None:
        now = _now_s()
        self._due = max(self._due, now) + blocks / self._pace_per_s
        if (ahead_s := self._due - now - self._in_flight / self._pace_per_s) > 0:
            await asyncio.sleep(ahead_s)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
