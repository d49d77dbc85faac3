"""Every source to the broker: one task per insole, a publisher beside them, and the status of each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from ingest.events import LinkChanged, Request, Source
from ingest.foot import Foot
from ingest.ledger import Books
from ingest.publish import Publisher
from ingest.spool import Spool
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

_log = logging.getLogger(__name__)

_TICK_S = 0.5
_LONGEST_RESTART_S = 30.0
_GOOD_BYE_S = 10.0
_FOR_GOOD = frozenset(
    {
        FaultCode.FILE_UNREADABLE,
        FaultCode.FILE_EMPTY,
        FaultCode.CONFIG_INVALID,
        FaultCode.UNKNOWN_NAME,
        FaultCode.DEPENDENCY_MISSING,
    }
)  # faults of a source that trying again does not mend


class IngestService:
    """Tends all sources until each has ended.

    :param batch_s: length of a block when nobody looks; `live_batch_s` while a live request holds.
    :param status_every_s: the heartbeat; a status also goes out within half a second of what changes it.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        publisher: Publisher,
        spool: Spool,
        *,
        now_ns: Callable[[], int],
        batch_s: float = 1.0,
        live_batch_s: float = 0.2,
        status_every_s: float = 5.0,
        restart_s: float = 1.0,
    ) -> None:
        self.faults: FaultBook = publisher.faults
        self._publisher = publisher
        self._spool = spool
        self._batch_s = batch_s
        self._live_batch_s = live_batch_s
        self._status_every_s = status_every_s
        self._restart_s = restart_s
        self._sources = tuple(sources)
        self._side_of: dict[str, Side] = {}
        claims: dict[Side, Foot] = {}
        self._feet = {
            source: Foot(source.insole, spool, claims, now_ns, publisher.announce, _asker(source))
            for source in self._sources
        }

    async def run(self, drain_s: float = 0.0) -> bool:
        """Run until every source has ended, then wait up to `drain_s` for receipts; whether the spool is empty.

        Cancelled, it puts what is open into the spool before it goes.
        """
        publishing = asyncio.create_task(self._publisher.run(), name="publisher")
        beating = asyncio.create_task(self._beat(), name="status")
        try:
            async with asyncio.TaskGroup() as tasks:
                for source, foot in self._feet.items():
                    tasks.create_task(self._tend(source, foot), name=f"insole {source.insole}")
            self._publisher.wake()
            return await self._publisher.drained(drain_s) if drain_s > 0 else self._spool.empty
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await self._say_all()
            self._publisher.stop()
            await asyncio.wait([publishing], timeout=_GOOD_BYE_S)
            publishing.cancel()

    async def stop(self) -> None:
        """End every source in good order; `run` returns when what was under way is in the spool."""
        await asyncio.gather(*(source.stop() for source in self._sources))

    def books(self) -> dict[Side, Books]:
        """Per side, of the insole that had it last."""
        return {side: self._spool.books(insole) for insole, side in self._side_of.items()}

    def faults_of(self, insole: str) -> FaultBook:
        """:raises UnderfootError: UNKNOWN_NAME"""
        for foot in self._feet.values():
            if foot.insole == insole:
                return foot.faults
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no insole {insole}")

    async def _tend(self, source: Source, foot: Foot) -> None:
        wait_s = self._restart_s
        try:
            while not await self._follow(source, foot):
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_RESTART_S)
        finally:
            await foot.flush()
        await foot.end()

    async def _follow(self, source: Source, foot: Foot) -> bool:
        """Take what the source says; whether it has ended for good."""
        events = source.events()
        try:
            async for event in events:
                await foot.take(event, self._block_ns())
                if foot.side is not None:
                    self._remember(foot, foot.side)
                self._publisher.wake()
                if isinstance(event, LinkChanged):
                    await self._say(foot)
                    if event.state is LinkState.ENDED:
                        return True
        except UnderfootError as error:
            foot.note(error.fault)
            _log.warning("%s: %s", source.insole, error.fault)
            return error.code in _FOR_GOOD
        except Exception as error:  # noqa: BLE001 - the top of a task
            foot.note(Fault(FaultCode.INTERNAL, f"{source.insole}: {error!r}"))
            _log.exception("the source of %s broke and is started again", source.insole)
            return False
        finally:
            if (close := getattr(events, "aclose", None)) is not None:
                await close()
        return True

    def _remember(self, foot: Foot, side: Side) -> None:
        if self._side_of.get(foot.insole) is not side:
            self._side_of = {insole: had for insole, had in self._side_of.items() if had is not side}
            self._side_of[foot.insole] = side

    def _block_ns(self) -> int:
        return round((self._live_batch_s if self._publisher.live else self._batch_s) * 1e9)

    async def _beat(self) -> None:
        """Statuses in time, and what a silent insole has left open into the spool."""
        loop = asyncio.get_running_loop()
        due = 0.0
        while True:
            await asyncio.sleep(_TICK_S)
            try:
                for foot in self._feet.values():
                    await foot.tend(self._block_ns() / 1e9 + _TICK_S)
                    if foot.changed or loop.time() >= due:
                        await self._say(foot)
            except UnderfootError as error:
                self.faults.note(error.fault)
                _log.info("%s", error.fault)
            except Exception as error:  # noqa: BLE001 - the top of a task
                self.faults.note(Fault(FaultCode.INTERNAL, f"status: {error!r}"))
                _log.exception("a status could not be told")
            if loop.time() >= due:
                due = loop.time() + self._status_every_s

    async def _say_all(self) -> None:
        with suppress(UnderfootError):
            for foot in self._feet.values():
                await self._say(foot)

    async def _say(self, foot: Foot) -> None:
        status = await foot.status()
        if status is not None:
            self._publisher.announce(status)


def _asker(source: Source) -> Callable[[Request], None]:
    def ask(request: Request) -> None:
        source.ask(request)

    return ask
