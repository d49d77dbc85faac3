"""Pairs and forgets insoles while the service runs: it borrows the radio, and always gives it back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, Protocol

from ingest.drivers import registry
from ingest.drivers.registry import BothFeet
from ingest.laterality import Unclear
from ingest.sources.radio.pairing import Heard, choose_two
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.in_reach import advertised_battery_pct
from underfoot.known import Bound, KnownFile, KnownInsole, KnownInsoles
from underfoot.making_known import Asked, both_of, guests, made_known, sides_by_stamping
from underfoot.radio import Radio
from underfoot.setting_up.steps import STAMPING, Found, Progress, Step
from underfoot.settings import Settings

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]
Note = Callable[[str, str, str, str], Awaitable[None]]  # by, what, about, detail: for the audit trail

_LOOK_S = 0.2


class Lender(Protocol):
    def lent(self) -> AbstractAsyncContextManager[Radio]:
        """The radio, while nobody else reads insoles through it.

        :raises UnderfootError: there is none.
        """


class Setter:
    """One pairing at a time. `limit_s`: after which the feet are given back, begun anew once two are chosen."""

    def __init__(
        self,
        settings: Settings,
        lender: Lender,
        file: KnownFile,
        note: Note,
        *,
        limit_s: float = 180.0,
        listen_s: float = 8.0,
        stamp_s: float = 20.0,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._settings = settings
        self._lender = lender
        self._file = file
        self._note = note
        self._limit_s = limit_s
        self._listen_s = listen_s
        self._stamp_s = stamp_s
        self._now_ns = now_ns
        self._task: asyncio.Task[None] | None = None
        self._choice: asyncio.Future[tuple[str, ...]] | None = None
        self._heard: dict[str, Heard] = {}
        self.progress = Progress()

    def known(self) -> KnownInsoles:
        """:raises UnderfootError: STORE_DAMAGED, FILE_UNREADABLE."""
        return self._file.read()

    def find(self, by: str) -> bool:
        """Begin to listen, or listen once more; False while somebody else is at it."""
        if self._choice is not None and self.progress.step is Step.CHOOSING and self.progress.by == by:
            return self._decide(())
        return self._begin(by, self._pairing)

    def choose(self, addresses: Sequence[str], by: str) -> bool:
        """Pair with these; False when they are not two (or one whose link carries both), or it is not your turn."""
        chosen = [each for each in self.progress.found if each.address in addresses]
        wanted = 1 if any(each.both_feet for each in chosen) else 2
        if self.progress.by != by or len(chosen) != len(set(addresses)) or len(chosen) != wanted:
            return False
        return self._decide(tuple(each.address for each in chosen))

    def forget(self, side: Side, by: str) -> bool:
        """Unpair the insole of this foot, and that of the other where one link carries both.

        False while somebody is at it.
        """
        return self._begin(by, lambda: self._forgetting(side))

    async def stop(self) -> None:
        """Give up; returns once the radio is given back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self.progress.busy:  # it was ended before it began
            self._to(Step.STOPPED)

    async def __aenter__(self) -> Setter:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop()

    def _begin(self, by: str, work: Work) -> bool:
        if self._task is not None and not self._task.done():
            return False
        fresh = Progress(step=self.progress.step, number=self.progress.number, by=by, since_t_ns=self._now_ns())
        self.progress = fresh.to(Step.LETTING_GO)
        self._task = asyncio.create_task(self._to_its_end(work), name="setting up")
        return True

    def _decide(self, addresses: tuple[str, ...]) -> bool:
        if self._choice is None or self._choice.done():
            return False
        self._choice.set_result(addresses)
        return True

    def _to(self, step: Step, **changes: Any) -> None:
        self.progress = self.progress.to(step, **changes)

    async def _to_its_end(self, work: Work) -> None:
        ended: Mapping[str, Any] = {}
        step = Step.STOPPED
        try:
            await work()
        except TimeoutError:
            step = Step.TIMED_OUT
        except UnderfootError as error:
            step, ended = Step.FAILED, {"fault": error.fault}
        except Exception as error:  # top of a task
            log.exception("pairing failed")
            step, ended = Step.FAILED, {"fault": Fault(FaultCode.INTERNAL, type(error).__name__)}
        finally:
            self._choice = None
            if self.progress.busy:
                self._to(step, **ended)

    async def _pairing(self) -> None:
        async with asyncio.timeout(self._limit_s) as limit, self._lender.lent() as radio:
            chosen: tuple[str, ...] = ()
            while not chosen:
                await self._listen(radio)
                self._choice = asyncio.get_running_loop().create_future()
                chosen = await self._choice
            limit.reschedule(asyncio.get_running_loop().time() + self._limit_s)
            self._to(Step.CONNECTING, chosen=chosen)
            pair = await self._paired(radio, [self._heard[address] for address in chosen])
            known = self._file.read().knowing(pair)
            await asyncio.to_thread(self._file.write, known)
        told = ", ".join(f"{side} {insole.address} ({insole.bound})" for side, insole in pair.items())
        await self._note(self.progress.by, "pair insoles", self._settings.person, told)
        self._to(Step.PAIRED, pair=pair)

    async def _listen(self, radio: Radio) -> None:
        driver = self._settings.insoles.driver
        recognise = registry.recognise if driver is None else registry.driver_class(driver).recognise
        self._to(Step.LISTENING, wait_s=self._listen_s)
        scan = asyncio.create_task(radio.adapter.scan(self._listen_s, recognise))
        begun_s = asyncio.get_running_loop().time()
        try:
            while not scan.done():
                await asyncio.wait([scan], timeout=_LOOK_S)
                self.progress = replace(self.progress, gone_s=asyncio.get_running_loop().time() - begun_s)
        finally:
            scan.cancel()
            await asyncio.gather(scan, return_exceptions=True)
        heard = scan.result()
        insoles = [one for one in heard if one.recognised is not None]
        self._heard = {one.advertisement.address: one for one in insoles}
        known = self._file.read()
        ours = {insole.address for insole in known.by_side().values()}
        two = choose_two(insoles, (), ours)
        proposed = {one.advertisement.address for one in two} if len(two) <= len(Side) else set()
        found = tuple(_found(one, known, driver, one.advertisement.address in proposed) for one in insoles)
        self._to(Step.CHOOSING, found=found, others=len(heard) - len(insoles))

    async def _paired(self, radio: Radio, chosen: list[Heard]) -> dict[Side, KnownInsole]:
        async with guests(radio, chosen, self._settings.insoles.driver) as two:
            if len(two) == 1:
                return await both_of(radio, two[0])
            sides = await sides_by_stamping(radio, two, Asked(self._ask, self._show, self._stamp_s))
            return await made_known(radio, sides, two, Bound.STAMPED)

    def _ask(self, foot: Side, unclear: Unclear | None) -> None:
        self._to(STAMPING[foot], wait_s=self._stamp_s, unclear=unclear)

    def _show(self, _foot: Side, stamps: Mapping[str, int], gone_s: float) -> None:
        self.progress = replace(self.progress, stamps=dict(stamps), gone_s=gone_s)

    async def _forgetting(self, side: Side) -> None:
        async with asyncio.timeout(self._limit_s), self._lender.lent() as radio:
            known = self._file.read()
            insole = known.of(side)
            if insole is None:
                raise UnderfootError(FaultCode.INSOLES_UNKNOWN, str(side))
            left = known.without(side)
            both = known.of(side.other)
            if both is not None and both.address == insole.address:
                left = left.without(side.other)
            await asyncio.to_thread(self._file.write, left)
            if insole.bonded and not await radio.adapter.unbond(insole.address):
                log.info("the keys shared with %s could not be deleted", insole.address)
        await self._note(self.progress.by, "forget insole", self._settings.person, f"{side} {insole.address}")
        self._to(Step.FORGOTTEN, pair={side: insole})


def _found(one: Heard, known: KnownInsoles, driver: str | None, proposed: bool) -> Found:
    heard, recognised = one.advertisement, one.recognised
    name = driver or (recognised.driver if recognised else None)
    return Found(
        address=heard.address,
        name=heard.name or "",
        model=recognised.model if recognised else "",
        driver=name,
        side=recognised.side if recognised else None,
        paired_as=known.side_of(heard.address),
        rssi_dbm=heard.rssi_dbm,
        battery_pct=advertised_battery_pct(heard),
        both_feet=name is not None and isinstance(registry.driver_class(name), BothFeet),
        proposed=proposed,
    )
