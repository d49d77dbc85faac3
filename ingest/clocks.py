"""The clocks of one insole's boots; their landmarks lie in the spool's file and outlive a restart of the hub."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from ingest.clock import DeviceClock
from ingest.landmarks import Landmarks
from ingest.memory import InsoleMemory
from ingest.wire.faults import UnderfootError

_log = logging.getLogger(__name__)

_AT_HAND = 24  # boots: more than an insole remembers


class Clocks:
    """One `DeviceClock` a boot, read from the spool when it is first asked for."""

    def __init__(self, insole: str, memory: InsoleMemory) -> None:
        self._insole = insole
        self._memory = memory
        self._by_boot: dict[int, DeviceClock] = {}
        self._unsaved: set[int] = set()

    def at_hand(self, boot: int | None) -> DeviceClock | None:
        """The clock of a boot that was asked for already."""
        return None if boot is None else self._by_boot.get(boot)

    async def known(self, boot: int) -> DeviceClock | None:
        """The clock of a boot that the hub has heard, now or earlier. :raises UnderfootError: of the spool.

        Landmarks that cannot be read are none: rows are worth more than their time.
        """
        if boot not in self._by_boot:
            text = await asyncio.to_thread(self._memory.clock, self._insole, boot)
            landmarks = Landmarks() if text is None else self._load(text)
            if not len(landmarks):
                return None
            self._by_boot[boot] = DeviceClock(landmarks)
        return self._by_boot[boot]

    def _load(self, text: str) -> Landmarks:
        try:
            return Landmarks.load(text)
        except UnderfootError as error:
            _log.info("%s: %s", self._insole, error.fault)
            return Landmarks()

    async def observe(self, boot: int, device_ns: int, arrived_ns: int) -> DeviceClock:
        """As `DeviceClock.observe`; live rows need no landmarks, so a spool in trouble does not stop them."""
        clock = None
        with suppress(UnderfootError):
            clock = await self.known(boot)
        if clock is None:
            clock = self._by_boot[boot] = DeviceClock()
        clock.observe(device_ns, arrived_ns)
        self._unsaved.add(boot)
        return clock

    async def save(self) -> None:
        """Put down what was observed. :raises UnderfootError: of the spool."""
        for boot in list(self._unsaved):
            landmarks = self._by_boot[boot].landmarks
            await asyncio.to_thread(self._memory.keep_clock, self._insole, boot, landmarks.dump())
            self._unsaved.discard(boot)
        while len(self._by_boot) > _AT_HAND:
            del self._by_boot[next(iter(self._by_boot))]
