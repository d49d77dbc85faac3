"""The wearer's insoles through BlueZ, and what the radio has to say about them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ingest.drivers.registry import driver_class
from ingest.events import FaultSeen, LinkChanged, Source, SourceEvent
from ingest.sources.radio.adapter import Adapter
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState
from underfoot.settings import Settings

_log = logging.getLogger(__name__)


@asynccontextmanager
async def real_insoles(settings: Settings) -> AsyncIterator[tuple[Source, ...]]:
    """Those that the settings name, else the first that says its foot."""
    named = {Side.LEFT: settings.insoles.left, Side.RIGHT: settings.insoles.right}
    make = driver_class("open-insole")
    told: set[FaultCode] = set()
    async with Adapter.bluez(settings.radio.adapter) as adapter:
        yield tuple(
            Telling(adapter.source(make(insole, side), address, insole=insole, side=side), told)
            for side, address in named.items()
            for insole in [address or f"{settings.person}-{side}"]
        )


class Telling:
    """A source whose adapter is off says so in the log, once for all that share `told`, until a link is up again."""

    def __init__(self, source: Source, told: set[FaultCode]) -> None:
        self._source = source
        self._told = told

    @property
    def insole(self) -> str:
        return self._source.insole

    async def events(self) -> AsyncIterator[SourceEvent]:
        events = self._source.events()
        try:
            async for event in events:
                self._tell(event)
                yield event
        finally:
            if (close := getattr(events, "aclose", None)) is not None:
                await close()

    async def stop(self) -> None:
        await self._source.stop()

    def _tell(self, event: SourceEvent) -> None:
        if isinstance(event, FaultSeen) and event.fault.code is FaultCode.RADIO_OFF:
            if FaultCode.RADIO_OFF not in self._told:
                _log.warning("%s", event.fault)
            self._told.add(FaultCode.RADIO_OFF)
        elif isinstance(event, LinkChanged) and event.state is LinkState.CONNECTING:
            self._told.clear()
