"""One link to one insole, its driver streaming, held open for a person who wants to know or to set something."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bleak import BleakClient

from ingest.drivers.base import Advertisement, Bonding, Driver, OfOther, Settable
from ingest.drivers.sig import unpack_text
from ingest.events import (
    Answered,
    BatterySeen,
    FaultSeen,
    HeldSeen,
    LayoutSeen,
    Rows,
    Setting,
    SourceEvent,
    TakenSeen,
)
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.link import Limits
from ingest.sources.radio.reaching import reach
from ingest.sources.radio.session import Ending, Outbox, Session
from ingest.sources.radio.smp_pipe import SMP_CHARACTERISTIC, SmpPipe
from ingest.sources.radio.tasks import end_all
from ingest.sources.radio.trouble import RADIO_ERRORS
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.messages import Layout

if TYPE_CHECKING:
    from ingest.firmware.images import Slot

_ANSWER_S = 5.0
_MOST_FRAMES = 6000
_FOR_GOOD = frozenset({FaultCode.SIDE_UNKNOWN, FaultCode.FRAME_VERSION, FaultCode.LAYOUT_MISMATCH})


class Told:
    """What an insole has said so far over this link. `rows`: the live ones since `begin`."""

    def __init__(self) -> None:
        self.layout: Layout | None = None
        self.battery_pct: int | None = None
        self.boot: int | None = None
        self.held: dict[int, HeldSeen] = {}
        self.faults: list[Fault] = []
        self.rows: list[Rows] = []
        self.answers: asyncio.Queue[Answered] = asyncio.Queue()

    def begin(self) -> None:
        self.rows = []

    def heed(self, event: SourceEvent) -> None:
        match event:
            case Rows():
                if not event.kept and len(self.rows) < _MOST_FRAMES:
                    self.rows.append(event)
                self.boot = self.boot if event.kept else event.boot
            case LayoutSeen():
                self.layout = event.layout
            case BatterySeen():
                self.battery_pct = event.pct
            case TakenSeen():
                self.boot = event.boot
            case HeldSeen():
                self.held[event.boot] = event
            case FaultSeen():
                self.faults.append(event.fault)
            case Answered():
                self.answers.put_nowait(event)
            case _:
                pass


@dataclass(frozen=True, slots=True)
class Reading:
    """`t_ns`: the hub's UTC at which the answer came."""

    data: bytes
    t_ns: int


class Visit:
    """Make it with `visit`. `told`: of the insole; `of_other`: of the other foot's, where one link carries both.

    `before`: what was read before the driver began, by characteristic; what could not be read is not in it.
    """

    def __init__(
        self, client: BleakClient, driver: Driver, lost: asyncio.Event, limits: Limits, now_ns: Callable[[], int]
    ) -> None:
        self.told, self.of_other = Told(), Told()
        self.before: dict[str, Reading] = {}
        self._client = client
        self._driver = driver
        self._lost = lost
        self._limits = limits
        self._now_ns = now_ns
        self._session: Session | None = None
        self._running: asyncio.Task[Ending] | None = None
        self.streaming = asyncio.Event()

    @property
    def address(self) -> str:
        return self._client.address

    @property
    def over(self) -> bool:
        """The link has ended."""
        return self._running is not None and self._running.done()

    def check(self) -> None:
        """:raises UnderfootError: when the link has ended: what the insole said to be wrong, else LINK_LOST."""
        if self.over:
            said = next((fault for fault in reversed(self.told.faults) if fault.code in _FOR_GOOD), None)
            raise UnderfootError(said.code, said.detail) if said else UnderfootError(FaultCode.LINK_LOST, self.address)

    async def read(self, characteristic: str) -> bytes | None:
        """None: the insole does not offer it, or did not answer."""
        try:
            if self._client.services.get_characteristic(characteristic) is None:
                return None
            async with asyncio.timeout(self._limits.intent_s):
                return bytes(await self._client.read_gatt_char(characteristic))
        except RADIO_ERRORS:
            return None

    def text_before(self, characteristic: str) -> str:
        """Empty when it could not be read."""
        found = self.before.get(characteristic)
        return "" if found is None else unpack_text(found.data)

    async def set(self, setting: Setting) -> Answered:
        """:raises UnderfootError: LINK_SILENT without an answer in time, LINK_LOST."""
        if not isinstance(self._driver, Settable) or self._session is None:
            return Answered(setting, "its driver cannot pass that on")
        self._session.feed(self._driver.on_setting(setting, self._now_ns()))
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await self.told.answers.get()
        except TimeoutError:
            self.check()
            raise UnderfootError(FaultCode.LINK_SILENT, "no answer to what was set") from None

    async def slots(self) -> tuple[Slot, ...] | None:
        """Its firmware images; None: it cannot be updated over the air, or does not answer.

        :raises UnderfootError: DEPENDENCY_MISSING.
        """
        if self._client.services.get_characteristic(SMP_CHARACTERISTIC) is None:
            return None
        try:
            from ingest.firmware.images import Images
        except ModuleNotFoundError as error:
            raise UnderfootError(FaultCode.DEPENDENCY_MISSING, "pip install 'underfoot[update]'") from error
        pipe = SmpPipe(self._client, self._lost)
        try:
            return await (await Images.over(pipe)).slots()
        except UnderfootError:
            return None
        finally:
            pipe.close()

    @asynccontextmanager
    async def hold(self, bond: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """The driver speaks to the insole while this lasts."""
        outbox = Outbox(self._limits.waiting_events)
        self._session = Session(
            self._client,
            self._driver,
            outbox,
            lost=self._lost,
            limits=self._limits,
            now_ns=self._now_ns,
            on_streaming=self.streaming.set,
            bond=bond,
        )

        async def heed() -> None:
            while True:
                event = await outbox.get()
                if isinstance(event, OfOther):
                    self.of_other.heed(event.event)
                else:
                    self.told.heed(event)

        self._running = asyncio.create_task(self._session.run(asyncio.Event()))
        heeding = asyncio.create_task(heed())
        try:
            yield
        finally:
            await end_all([self._running, heeding])

    async def until_streaming(self) -> None:
        """:raises UnderfootError: as `check`."""
        streaming = asyncio.create_task(self.streaming.wait())
        try:
            waited = {streaming} if self._running is None else {streaming, self._running}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_all([streaming])
        await asyncio.sleep(0)  # what came with the end of the hand-shake is heeded first
        if not self.streaming.is_set():
            self.check()


@asynccontextmanager
async def visit(
    adapter: Adapter,
    driver: Driver,
    wanted: Callable[[Advertisement], bool],
    now_ns: Callable[[], int],
    *,
    within_s: float = 30.0,
    read_first: tuple[str, ...] = (),
    limits: Limits | None = None,
) -> AsyncIterator[Visit]:
    """A link on which the driver streams. The insole goes on as it is when this is left.

    :raises UnderfootError: INSOLE_NOT_FOUND, RADIO_OFF, LINK_REFUSED, BOND_REFUSED, LINK_LOST, and what the driver
        finds wrong with the insole for good.
    """
    limits = limits or Limits()
    lost = asyncio.Event()
    client = await reach(adapter, wanted, lost, limits, within_s)
    try:
        if isinstance(driver, Bonding) and driver.wants_bond:
            await adapter.bond(client, limits)
        visiting = Visit(client, driver, lost, limits, now_ns)
        for characteristic in read_first:
            if (answer := await visiting.read(characteristic)) is not None:
                visiting.before[characteristic] = Reading(answer, now_ns())
        async with visiting.hold(lambda: adapter.bond(client, limits)):
            await visiting.until_streaming()
            yield visiting
    finally:
        await adapter.disconnect(client, limits)
        driver.on_disconnected(now_ns())
