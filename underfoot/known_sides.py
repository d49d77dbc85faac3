"""An insole that says another side than when it was paired: told, and its rows refused. Never guessed."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

from msgspec.structs import replace

from ingest.events import BatterySeen, FaultSeen, LayoutSeen, LinkChanged, Request, Source, SourceEvent
from ingest.wire.faults import Fault, FaultCode
from ingest.wire.geometry import Side

_log = logging.getLogger(__name__)

_HEARD_ALL_THE_SAME = (LinkChanged, FaultSeen, BatterySeen)


class SideWatch:
    """Which feet say another side than when they were paired; shared by the sources of one wearer."""

    def __init__(self) -> None:
        self._changed: set[Side] = set()

    def heard(self, foot: Side, said: Side, says: Side) -> Fault | None:
        """What the insole of `foot` tells of its side now; `says`: what it told when it was paired."""
        if said is says:
            self._changed.discard(foot)
            return None
        self._changed.add(foot)
        if len(self._changed) == len(Side):
            return Fault(FaultCode.SIDES_SWAPPED, "both insoles tell the other foot now, as after an exchange")
        return Fault(FaultCode.SIDES_SWAPPED, f"the insole of the {foot} foot said {says} and says {said} now")


class PairedSource:
    """The source of an insole that `says` a side, worn on `foot` as it was paired. Its driver must take its word."""

    def __init__(self, source: Source, foot: Side, says: Side, watch: SideWatch) -> None:
        self._source = source
        self._foot = foot
        self._says = says
        self._watch = watch
        self._refused = False

    @property
    def insole(self) -> str:
        return self._source.insole

    async def events(self) -> AsyncIterator[SourceEvent]:
        """As `Source.events`, without rows while the side is another."""
        async with aclosing(cast("Any", self._source.events())) as events:
            async for event in events:
                if isinstance(event, LayoutSeen):
                    yield self._judge(event)
                elif not self._refused or isinstance(event, _HEARD_ALL_THE_SAME):
                    yield event

    async def stop(self) -> None:
        await self._source.stop()

    def ask(self, request: Request) -> None:
        if not self._refused:
            self._source.ask(request)

    def _judge(self, seen: LayoutSeen) -> SourceEvent:
        fault = self._watch.heard(self._foot, seen.layout.side, self._says)
        if fault is None:
            self._refused = False
            return LayoutSeen(replace(seen.layout, side=self._foot))
        if not self._refused:
            _log.warning("%s", fault)
        self._refused = True
        return FaultSeen(fault)
