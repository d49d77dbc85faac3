"""The half that reads the wearer's insoles, begun anew whenever other insoles become theirs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress

from ingest.wire.address import BrokerAddress
from ingest.wire.faults import FaultBook, UnderfootError
from underfoot import compose
from underfoot.known import KnownFile, KnownInsoles
from underfoot.places import Places
from underfoot.real_pair import Sources, real_insoles
from underfoot.settings import Settings
from underfoot.wanted import wanted_by

_log = logging.getLogger(__name__)

_LOOK_S = 1.0


class RealFeet:
    """`look_s`: how often it is looked whether other insoles have been paired."""

    def __init__(self, settings: Settings, at: BrokerAddress, look_s: float = _LOOK_S) -> None:
        self._settings = settings
        self._at = at
        self._look_s = look_s
        self._file = KnownFile(Places(settings.data_dir).known_insoles)
        self._feet: compose.Feet | None = None
        self._books: dict[str, dict[str, int]] = {}

    def fault_books(self) -> Iterator[FaultBook]:
        """Wherever this half notes what went wrong."""
        if self._feet is not None:
            yield from self._feet.fault_books()

    async def run(self, enough: asyncio.Event) -> dict[str, dict[str, int]]:
        """Until `enough`; the books.

        :raises UnderfootError: UNKNOWN_NAME for a driver that is not installed; STORE_DAMAGED, when it begins.
        """
        known = self._file.read()
        async with real_insoles(self._settings) as sources_of:
            while not enough.is_set():
                known = await self._read_until_others(known, sources_of, enough)
        return self._books

    async def _read_until_others(self, known: KnownInsoles, sources_of: Sources, enough: asyncio.Event) -> KnownInsoles:
        """The insoles that are known then."""
        others = asyncio.create_task(self._others_than(known))
        stop = asyncio.create_task(enough.wait())
        try:
            async with compose.ingest(self._settings, self._at, sources_of(known)) as self._feet:
                await asyncio.wait({others, stop}, return_when=asyncio.FIRST_COMPLETED)
                await self._feet.finish(compose.GOOD_BYE_S)
                self._books = compose.taken_books(self._feet)
        finally:
            for task in (others, stop):
                task.cancel()
            await asyncio.gather(others, stop, return_exceptions=True)
        if others.cancelled():
            return known
        _log.info("other insoles are paired now")
        return others.result()

    async def _others_than(self, known: KnownInsoles) -> KnownInsoles:
        now, seen = wanted_by(self._settings, known), self._file.stamp()
        while True:
            await asyncio.sleep(self._look_s)
            if (stamp := self._file.stamp()) == seen:
                continue
            seen = stamp
            with suppress(UnderfootError):  # a file that makes no sense changes nothing
                found = self._file.read()
                if wanted_by(self._settings, found) != now:
                    return found
