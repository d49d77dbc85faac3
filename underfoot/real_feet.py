"""The half that reads the wearer's insoles, begun anew whenever other insoles become theirs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

from ingest.wire.address import BrokerAddress
from ingest.wire.faults import FaultBook, FaultCode, UnderfootError
from underfoot import compose
from underfoot.known import KnownFile, KnownInsoles
from underfoot.places import Places
from underfoot.radio import Radio
from underfoot.real_pair import Sources, real_insoles
from underfoot.settings import Settings
from underfoot.wanted import wanted_by

_log = logging.getLogger(__name__)

_LOOK_S = 1.0
_OPENING_S = 10.0


class RealFeet:
    """`look_s`: how often it is looked whether other insoles have been paired."""

    def __init__(self, settings: Settings, at: BrokerAddress, look_s: float = _LOOK_S) -> None:
        self._settings = settings
        self._at = at
        self._look_s = look_s
        self._file = KnownFile(Places(settings.data_dir).known_insoles)
        self._feet: compose.Feet | None = None
        self._books: dict[str, dict[str, int]] = {}
        self._radio: Radio | None = None
        self._on = asyncio.Event()
        self._one_borrower = asyncio.Lock()
        self._borrower: asyncio.Task[object] | None = None
        self._wanted, self._let_go, self._given_back = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def fault_books(self) -> Iterator[FaultBook]:
        """Wherever this half notes what went wrong."""
        if self._feet is not None:
            yield from self._feet.fault_books()

    async def run(self, enough: asyncio.Event) -> dict[str, dict[str, int]]:
        """Until `enough`; the books.

        :raises UnderfootError: UNKNOWN_NAME for a driver that is not installed; STORE_DAMAGED, when it begins.
        """
        known = self._file.read()
        async with real_insoles(self._settings, self._on_radio) as sources_of:
            try:
                while not enough.is_set():
                    known = await self._read_until_others(known, sources_of, enough)
                    if self._wanted.is_set():
                        await self._lend(enough)
                        with suppress(UnderfootError):  # a file that makes no sense changes nothing
                            known = self._file.read()
            finally:
                self._radio = None
        return self._books

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Radio]:
        """The radio, once the insoles are let go; afterwards they are read again. What they take meanwhile they keep.

        Whoever holds it when the service ends is cancelled.

        :raises UnderfootError: RADIO_OFF where no radio is ours.
        """
        async with self._one_borrower:
            radio = await self._opened()
            self._borrower = asyncio.current_task()
            self._given_back.clear()
            self._wanted.set()
            try:
                await self._let_go.wait()
                yield radio
            finally:
                self._wanted.clear()
                self._let_go.clear()
                self._given_back.set()
                self._borrower = None

    async def _lend(self, enough: asyncio.Event) -> None:
        self._let_go.set()
        await compose.first_of(self._given_back, enough)
        if enough.is_set() and self._borrower is not None:
            self._borrower.cancel()
            await self._given_back.wait()

    def _on_radio(self, radio: Radio) -> None:
        self._radio = radio
        self._on.set()

    async def _opened(self) -> Radio:
        """Somebody may be quicker than a service that begins."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_OPENING_S):
                await self._on.wait()
        if self._radio is None:
            raise UnderfootError(FaultCode.RADIO_OFF, "no radio of this program is on")
        return self._radio

    async def _read_until_others(self, known: KnownInsoles, sources_of: Sources, enough: asyncio.Event) -> KnownInsoles:
        """The insoles that are known then."""
        others = asyncio.create_task(self._others_than(known))
        stop = asyncio.create_task(enough.wait())
        wanted = asyncio.create_task(self._wanted.wait())
        try:
            async with compose.ingest(self._settings, self._at, sources_of(known)) as self._feet:
                await asyncio.wait({others, stop, wanted}, return_when=asyncio.FIRST_COMPLETED)
                await self._feet.finish(compose.GOOD_BYE_S)
                self._books = compose.taken_books(self._feet)
        finally:
            for task in (others, stop, wanted):
                task.cancel()
            await asyncio.gather(others, stop, wanted, return_exceptions=True)
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
