"""The wearer's insoles, through BlueZ or the maker's own program, and what the radio has to say about them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import cast

from ingest.drivers.recognised import whatever_is_recognised
from ingest.drivers.registry import BothFeet, DriverClass, driver_class
from ingest.events import FaultSeen, LinkChanged, Request, Source, SourceEvent
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.twin import twins
from ingest.sources.udp.moticon import moticon_feet
from ingest.wire.faults import Fault, FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState
from underfoot.known import KnownInsoles
from underfoot.known_sides import PairedSource, SideWatch
from underfoot.radio import Radio, open_radio
from underfoot.settings import RadioKind, Settings
from underfoot.wanted import Wanted, wanted_by

_log = logging.getLogger(__name__)

Sources = Callable[[KnownInsoles], tuple[Source, ...]]
_TOLD_BY_THE_LOG = frozenset({FaultCode.RADIO_OFF, FaultCode.INSOLES_UNKNOWN})


@asynccontextmanager
async def real_insoles(
    settings: Settings, on_radio: Callable[[Radio], None] = lambda _: None
) -> AsyncIterator[Sources]:
    """What makes their sources, those of an earlier call having ended. `on_radio`: told of the radio, if any.

    :raises UnderfootError: UNKNOWN_NAME for a driver that is not installed, here or from that call.
    """
    if settings.radio.kind is RadioKind.MOTICON_UDP:
        names = {side: f"{settings.person}-{side}" for side in Side}
        yield lambda _known: moticon_feet(names, settings.radio.udp_port)
        return
    if settings.insoles.driver is not None:
        driver_class(settings.insoles.driver)
    async with open_radio(settings) as radio:
        on_radio(radio)
        yield lambda known: on_adapter(settings, known, radio.adapter)


def on_adapter(settings: Settings, known: KnownInsoles, adapter: Adapter) -> tuple[Source, ...]:
    """A source for each foot; where no insole is accepted it says so and waits.

    :raises UnderfootError: UNKNOWN_NAME.
    """
    told: set[FaultCode] = set()
    return tuple(Telling(source, told) for source in _sources(settings, known, adapter))


def _sources(settings: Settings, known: KnownInsoles, adapter: Adapter) -> tuple[Source, ...]:
    wanted = wanted_by(settings, known)
    drivers = {each.driver for each in wanted.values()}
    chosen = driver_class(driver) if len(drivers) == 1 and (driver := drivers.copy().pop()) is not None else None
    if isinstance(chosen, BothFeet):
        return one_link(settings, wanted, adapter, chosen)
    watch = SideWatch()
    return tuple(
        link_of(side, wanted[side], adapter, watch) if side in wanted else Nobody(f"{settings.person}-{side}", side)
        for side in Side
    )


def link_of(side: Side, wanted: Wanted, adapter: Adapter, watch: SideWatch) -> Source:
    """The insole of one foot."""
    make = whatever_is_recognised if wanted.driver is None else driver_class(wanted.driver)
    told = side if wanted.says is None else None  # else it speaks for itself, and is held to what it said
    driver = make(wanted.insole, told)
    source = adapter.source(driver, wanted.address, insole=wanted.insole, side=side)
    return source if wanted.says is None else PairedSource(source, side, wanted.says, watch)


def one_link(
    settings: Settings, wanted: Mapping[Side, Wanted], adapter: Adapter, chosen: DriverClass
) -> tuple[Source, ...]:
    """Both feet of the one insole that has a link: the one that is named or paired, else the first that is heard."""
    both = cast("BothFeet", chosen)
    first = wanted.get(Side.RIGHT) or wanted[Side.LEFT]
    insole = first.insole if first.address else f"{settings.person}-both"
    return twins(adapter.source(both(insole), first.address, insole=insole), both.other_of(insole))


class Nobody:
    """In the place of an insole that is not known."""

    def __init__(self, insole: str, foot: Side) -> None:
        self._insole = insole
        self._foot = foot
        self._stopping = asyncio.Event()

    @property
    def insole(self) -> str:
        return self._insole

    async def events(self) -> AsyncIterator[SourceEvent]:
        yield FaultSeen(Fault(FaultCode.INSOLES_UNKNOWN, str(self._foot)))
        await self._stopping.wait()
        yield LinkChanged(LinkState.ENDED, time.time_ns())

    async def stop(self) -> None:
        self._stopping.set()

    def ask(self, request: Request) -> None:
        """Nobody is there to be asked."""


class Telling:
    """A source that has no adapter or no insole says so in the log, once for all that share `told`.

    Once a link is up again it is told anew.
    """

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

    def ask(self, request: Request) -> None:
        self._source.ask(request)

    def _tell(self, event: SourceEvent) -> None:
        if isinstance(event, FaultSeen) and event.fault.code in _TOLD_BY_THE_LOG:
            if event.fault.code not in self._told:
                _log.warning("%s", event.fault)
            self._told.add(event.fault.code)
        elif isinstance(event, LinkChanged) and event.state is LinkState.CONNECTING:
            self._told.clear()
