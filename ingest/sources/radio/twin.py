"""One link that carries both feet, as two `Source`s: the foot that has the link, and the one that it tells of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from ingest.drivers.base import OfOther
from ingest.events import LinkChanged, Request, SourceEvent
from ingest.sources.radio.source import RadioSource
from ingest.sources.radio.tasks import CLEANING_UP_S, end_all
from ingest.wire.messages import LinkState


def twins(link: RadioSource, other: str) -> tuple[TwinSource, TwinSource]:
    """The two feet of `link`; `other` names the insole without a link of its own.

    The link is held while either is read. Stopping one stops both: there is no stream of one foot alone.
    """
    shared = _Shared(link)
    return TwinSource(shared, link.insole, of_other=False), TwinSource(shared, other, of_other=True)


class TwinSource:
    """One foot of a link; make it with `twins`."""

    def __init__(self, shared: _Shared, insole: str, *, of_other: bool) -> None:
        self._shared = shared
        self._insole = insole
        self._of_other = of_other

    @property
    def insole(self) -> str:
        return self._insole

    async def events(self) -> AsyncIterator[SourceEvent]:
        """As `Source.events`. A reader that joins late hears where the link stands first."""
        mail = self._shared.join(self)
        try:
            while True:
                event = await mail.get()
                if isinstance(event, BaseException):
                    raise event
                yield event
                if isinstance(event, LinkChanged) and event.state is LinkState.ENDED:
                    return
        finally:
            await self._shared.leave(self)

    async def stop(self) -> None:
        await self._shared.link.stop()

    def ask(self, request: Request) -> None:
        """Only the foot that has the link remembers anything."""
        if not self._of_other:
            self._shared.link.ask(request)

    def hears(self, told: SourceEvent | OfOther) -> SourceEvent | None:
        """What of it is for this foot: its own, and how the link stands."""
        if isinstance(told, OfOther):
            return told.event if self._of_other else None
        return told if isinstance(told, LinkChanged) or not self._of_other else None


_Mail = asyncio.Queue[SourceEvent | BaseException]


class _Shared:
    """Reads the link while somebody listens and hands every event to whom it is for."""

    def __init__(self, link: RadioSource) -> None:
        self.link = link
        self._mail: dict[TwinSource, _Mail] = {}
        self._latest: LinkChanged | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    def join(self, foot: TwinSource) -> _Mail:
        mail = self._mail[foot] = _Mail()
        if self._reading is None or self._reading.done():
            self._latest = None
            self._reading = asyncio.create_task(self._read(self._ending))
        elif self._latest is not None:
            mail.put_nowait(self._latest)
        return mail

    async def leave(self, foot: TwinSource) -> None:
        self._mail.pop(foot, None)
        if not self._mail and self._reading is not None:
            ending, self._reading = self._reading, None
            self._ending = ending
            await end_all([ending], again_s=CLEANING_UP_S)

    async def _read(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})  # a link has one reader at a time
        try:
            async with aclosing(self.link.told()) as told:
                async for event in told:
                    if isinstance(event, LinkChanged):
                        self._latest = event
                    for foot, mail in self._mail.items():
                        heard = foot.hears(event)
                        if heard is not None:
                            mail.put_nowait(heard)
        except Exception as error:  # noqa: BLE001 - the top of the task: each reader has to hear of it
            for mail in self._mail.values():
                mail.put_nowait(error)
