"""An update from the first check to the firmware that is kept, or back to the one that ran."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from ingest.firmware.image import FirmwareImage, parse_version
from ingest.firmware.images import Images, Slot
from ingest.firmware.stages import TRANSITIONS, TRIED, Outcome, Progress, Stage
from ingest.wire.faults import Fault, FaultCode, UnderfootError

_PATIENCE = 3  # times as long as rows are wanted for: a link that was just made loses some


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`tries`: how often a link may break before it is given up. `return_s`: an insole swaps its images meanwhile."""

    least_battery_pct: int = 30
    allow_older: bool = False
    tries: int = 8
    search_s: float = 30.0
    return_s: float = 120.0
    look_s: float = 3.0  # rows of so long say whether the shoe is worn
    prove_s: float = 5.0  # of rows from the new firmware; its status, with its own faults, comes every 2 s
    rows_may_go: bool = False  # those that nobody has fetched: firmware that reads its cells otherwise discards them
    new_rows_s: float = 60.0  # an insole that remembers takes rows meanwhile, of a shoe that lies there


class Linked(Protocol):
    """An insole whose link is up and whose driver streams beside the update."""

    @property
    def images(self) -> Images: ...

    @property
    def battery_pct(self) -> int | None: ...

    @property
    def firmware(self) -> str:
        """As Device Information tells it; empty when it does not."""

    @property
    def device_fault(self) -> Fault | None:
        """What the insole has reported, since it was started, to be wrong with itself and may come of its firmware."""

    @property
    def kept_s(self) -> float:
        """Seconds of rows in the insole's own memory that no hub has released; 0 when it has none."""

    async def looked(self, seconds: float) -> bool | None:
        """Whether the shoe is worn, by rows of so long; None: it cannot be told.

        :raises UnderfootError: LINK_LOST, LINK_SILENT when no rows come within some seconds more.
        """

    def worn(self) -> bool | None:
        """As `looked`, by the latest rows."""


class Insole(Protocol):
    def link(self, within_s: float) -> AbstractAsyncContextManager[Linked]:
        """:raises UnderfootError: INSOLE_NOT_FOUND, RADIO_OFF, LINK_REFUSED, UPDATE_REFUSED without an SMP service."""


class Updater:
    """`tell` hears of every stage and of every piece that was uploaded."""

    def __init__(
        self,
        insole: Insole,
        image: FirmwareImage,
        policy: Policy | None = None,
        tell: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._insole = insole
        self._image = image
        self._policy = policy or Policy()
        self._tell = tell
        self._stage = Stage.CHECKING
        self._runs: str | None = None
        self._breaks = 0
        self._wrong: Fault | None = None  # with the firmware that was tried
        self._rows_looked_for = self._policy.rows_may_go  # once: while an upload lasts, more are taken

    async def run(self) -> Outcome:
        """Nothing is raised but the cancellation: whatever goes wrong is in the outcome."""
        self._tell(Progress(self._stage))
        while True:
            try:
                outcome = await (self._prove() if self._stage in TRIED else self._bring())
            except UnderfootError as error:
                outcome = self._broken(error.fault)
            if outcome is not None:
                return outcome

    def _broken(self, fault: Fault) -> Outcome | None:
        """None: try again. Before the restart the old firmware runs, whatever broke."""
        self._breaks += 1
        link_broke = fault.code in (FaultCode.LINK_LOST, FaultCode.LINK_SILENT, FaultCode.LINK_REFUSED)
        if link_broke and self._breaks <= self._policy.tries:
            if self._stage in (Stage.UPLOADING, Stage.MARKING):
                self._enter(Stage.CHECKING)
            return None
        if self._stage in TRIED:
            return self._end(Stage.NOT_HEARD, fault)
        refused = fault.code in (FaultCode.UPDATE_REFUSED, FaultCode.IMAGE_REFUSED)
        return self._end(Stage.REFUSED if refused else Stage.INTERRUPTED, fault)

    # -- up to the restart --------------------------------------------------------------------------------------------

    async def _bring(self) -> Outcome | None:
        """The image into the insole and the insole restarted; None: it shall prove itself now."""
        async with self._insole.link(self._policy.search_s) as linked:
            running = await self._running(linked)
            if running.digest == self._image.digest:
                if running.confirmed:
                    return self._end(Stage.UP_TO_DATE)
                self._enter(Stage.PROVING)  # an earlier update stopped here
                return None
            if (refusal := await self._refusal(linked, running)) is not None:
                return self._end(Stage.REFUSED, refusal)
            if await self._beside(linked) is None:
                self._enter(Stage.UPLOADING)
                await self._upload(linked)
            self._enter(Stage.MARKING)
            beside = await self._beside(linked)
            if beside is None:
                return self._end(Stage.REFUSED, Fault(FaultCode.IMAGE_REFUSED, "the insole did not keep the image"))
            if (worn := _worn(await linked.looked(self._policy.look_s))) is not None:
                return self._end(Stage.INTERRUPTED, worn)  # not marked: a start by chance shall not try it on a walk
            if not beside.pending:
                await linked.images.try_next(self._image.digest)
            self._enter(Stage.RESTARTING)
            await linked.images.restart()
        return None

    async def _refusal(self, linked: Linked, running: Slot) -> Fault | None:
        """Why nothing may be begun."""
        policy, now = self._policy, parse_version(running.version)
        if not policy.allow_older and now is not None and self._image.version <= now:
            return Fault(FaultCode.UPDATE_REFUSED, f"version {self._image.version} is not newer than {running.version}")
        if (worn := _worn(await linked.looked(policy.look_s))) is not None:
            return worn
        battery = linked.battery_pct
        if battery is None or battery < policy.least_battery_pct:
            said = "not told" if battery is None else f"{battery} %"
            return Fault(FaultCode.BATTERY_LOW, f"{said}, an update asks for {policy.least_battery_pct} %")
        if not self._rows_looked_for and linked.kept_s > policy.new_rows_s:
            return Fault(FaultCode.ROWS_UNFETCHED, f"{linked.kept_s:.0f} s of rows")
        self._rows_looked_for = True
        return None

    async def _upload(self, linked: Linked) -> None:
        total = len(self._image.content)
        async for done in linked.images.upload(self._image):
            self._tell(Progress(Stage.UPLOADING, done, total))
            if linked.worn():
                raise UnderfootError(FaultCode.SHOE_WORN, "put on during the update")

    async def _running(self, linked: Linked) -> Slot:
        slots = await linked.images.slots()
        running = next((slot for slot in slots if slot.active), None)
        if running is None:
            raise UnderfootError(FaultCode.UPDATE_REFUSED, "the insole does not say which image runs")
        self._runs = running.version
        return running

    async def _beside(self, linked: Linked) -> Slot | None:
        """The new image, where it lies whole beside the one that runs."""
        slots = await linked.images.slots()
        return next((slot for slot in slots if not slot.active and slot.digest == self._image.digest), None)

    # -- after it -----------------------------------------------------------------------------------------------------

    async def _prove(self) -> Outcome | None:
        """What the insole runs after its restart, and whether that is kept; None: look again."""
        async with self._insole.link(self._policy.return_s) as linked:
            running = await self._running(linked)
            if running.digest != self._image.digest:
                beside = await self._beside(linked)
                if beside is None or not beside.pending:
                    return self._end(Stage.ROLLED_BACK, self._wrong or self._fault("did not come up"))
                if (worn := _worn(await linked.looked(self._policy.look_s))) is not None:
                    return self._end(Stage.INTERRUPTED, worn)
                await linked.images.restart()  # the first request was lost with its link
                return None
            if self._stage in (Stage.RESTARTING, Stage.CONFIRMING):
                self._enter(Stage.PROVING)
            if self._wrong is None and self._stage is not Stage.ROLLING_BACK:
                self._wrong = None if running.confirmed else await self._what_is_wrong(linked)
            if self._wrong is None:
                return await self._keep(linked)
            if self._stage is not Stage.ROLLING_BACK:
                self._enter(Stage.ROLLING_BACK)
            await linked.images.restart()  # worn or not: no walk shall rest on firmware that does not work
        return None

    async def _keep(self, linked: Linked) -> Outcome | None:
        self._enter(Stage.CONFIRMING)
        await linked.images.keep(self._image.digest)
        if (await self._running(linked)).confirmed:
            return self._end(Stage.UPDATED)
        self._wrong = self._fault("was not kept by the insole")
        return None

    def _fault(self, what: str) -> Fault:
        return Fault(FaultCode.UPDATE_ROLLED_BACK, f"version {self._image.version} {what}")

    async def _what_is_wrong(self, linked: Linked) -> Fault | None:
        """With the firmware that is being tried."""
        try:
            async with asyncio.timeout(_PATIENCE * self._policy.prove_s):
                await linked.looked(self._policy.prove_s)
        except TimeoutError:
            return self._fault("sends no rows")
        except UnderfootError as error:
            if error.code is FaultCode.LINK_SILENT:
                return self._fault("sends no rows")
            raise
        if linked.device_fault is not None:
            return self._fault(f"reports {linked.device_fault.detail}")
        told = parse_version(linked.firmware)
        if told is not None and told != self._image.version:
            return self._fault(f"calls itself {linked.firmware}")
        return None

    # -- where it stands ----------------------------------------------------------------------------------------------

    def _enter(self, stage: Stage) -> None:
        if stage not in TRANSITIONS[self._stage]:
            raise UnderfootError(FaultCode.INTERNAL, f"an update does not go from {self._stage} to {stage}")
        self._stage = stage
        self._tell(Progress(stage))

    def _end(self, stage: Stage, fault: Fault | None = None) -> Outcome:
        self._enter(stage)
        return Outcome(stage, self._runs, fault)


def _worn(seen: bool | None) -> Fault | None:
    """Why an insole may not be restarted now; in doubt it may not."""
    if seen is False:
        return None
    return Fault(FaultCode.SHOE_WORN, "it cannot be told" if seen is None else "the insole is loaded or moves")
