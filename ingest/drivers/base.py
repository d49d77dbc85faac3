"""What a driver is: what the radio speaks and third parties implement (entry points `underfoot.drivers`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from ingest.events import Request, Setting, SourceEvent
from ingest.wire.geometry import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertisement:
    """What a scan heard of one device. UUIDs are lower-case 128-bit strings."""

    address: str
    name: str | None
    rssi_dbm: int
    service_uuids: tuple[str, ...]
    service_data: dict[str, bytes]
    manufacturer_data: dict[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A device that a driver can speak to. `side` None: it does not say which foot it is for."""

    driver: str
    model: str
    side: Side | None


@dataclass(frozen=True, slots=True)
class Read:
    """Read a characteristic; the answer comes back through `Driver.on_read`.

    `service`: where it stands, for an insole that uses one UUID in two services. `after_s`: it waits so long, and other
    intents pass it meanwhile; the answer is what tells a driver that time has gone by.
    """

    characteristic: str
    service: str | None = None
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Write:
    """Write a characteristic, with response unless said otherwise."""

    characteristic: str
    data: bytes
    response: bool = True
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Have notifications or indications of a characteristic; they come through `Driver.on_notified`."""

    characteristic: str
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """Break the link: the insole cannot be spoken to (the fault before it says why)."""


@dataclass(frozen=True, slots=True)
class OfOther:
    """What an insole tells of the other foot's insole, which has no link of its own."""

    event: SourceEvent


Intent = Read | Write | Subscribe | Drop
Output = SourceEvent | OfOther | Intent


class Driver(Protocol):
    """The life of one insole across links. The radio carries intents out in order, one at a time.

    Every method takes the hub's UTC in ns and returns what follows from it, in order. Bad bytes never raise: they
    come out as `FaultSeen`, and the rest goes on.
    """

    name: ClassVar[str]
    use_start_notify: ClassVar[bool]  # BlueZ: StartNotify (True) or AcquireNotify

    @staticmethod
    def recognise(heard: Advertisement) -> Recognised | None:
        """Whether this driver speaks to the device that was heard."""

    def on_connected(self, now_ns: int) -> Iterable[Output]:
        """A link is up and its services are known: begin the hand-shake, re-apply everything."""

    def on_read(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        """The answer to a `Read`."""

    def on_notified(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        """A notification or indication arrived at `now_ns`."""

    def on_failed(self, intent: Intent, reason: str, now_ns: int) -> Iterable[Output]:
        """An intent could not be carried out."""

    def on_disconnected(self, now_ns: int) -> Iterable[Output]:
        """The link is gone; what was being put together is dropped."""

    def on_stop(self, now_ns: int) -> Iterable[Output]:
        """The hub wants the stream to end in good order."""

    @property
    def streaming(self) -> bool:
        """The hand-shake is done and rows are due."""

    @property
    def stopped(self) -> bool:
        """The insole has confirmed the end of the stream."""


@runtime_checkable
class Remembering(Driver, Protocol):
    """A driver whose insole keeps rows and gives them out afterwards.

    After the hand-shake it tells `HeldSeen` for every boot in the insole's memory, and again when that has changed.
    """

    def on_request(self, request: Request, now_ns: int) -> Iterable[Output]:
        """Carry out a request. Every `Fetch` is answered by exactly one `FetchEnded`, after its `Rows(kept=True)`."""


@runtime_checkable
class Settable(Driver, Protocol):
    """A driver whose insole can be told things by a person, while it streams."""

    def on_setting(self, setting: Setting, now_ns: int) -> Iterable[Output]:
        """Pass it on. Unless the link ends, exactly one `Answered` follows."""


@runtime_checkable
class Bonding(Driver, Protocol):
    """A driver whose insole may want to be paired before the hand-shake.

    Without `wants_bond` an insole is paired once one of its characteristics asks for it, if BlueZ does not hang there.
    """

    wants_bond: ClassVar[bool]
