"""The adapter that a command speaks through, and the insole that a person means by `left` or by an address."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace

from ingest.alone import take_alone
from ingest.drivers import registry
from ingest.drivers.base import Advertisement, Driver, Recognised
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.pairing import is_called
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.known import KnownFile, KnownInsole
from underfoot.places import Places
from underfoot.settings import RadioKind, Settings
from underfoot.wanted import Wanted, wanted_by

_NO_SERVICE = "the service has the insoles; stop it (`systemctl stop underfoot`), try again, and start it afterwards"


@dataclass(frozen=True, slots=True)
class Radio:
    """`ask_to_stamp`: of a virtual person; a real one reads it on the screen. `now_ns`: the hub's UTC."""

    adapter: Adapter
    ask_to_stamp: Callable[[Side], None]
    now_ns: Callable[[], int] = time.time_ns


def apart_if_virtual(settings: Settings) -> Settings:
    """The settings, with a data folder of its own for what is tried on virtual air."""
    if settings.radio.kind is not RadioKind.VIRTUAL:
        return settings
    return replace(settings, data_dir=Places(settings.data_dir).virtual_air)


@asynccontextmanager
async def open_radio(settings: Settings) -> AsyncIterator[Radio]:
    """:raises UnderfootError: DEPENDENCY_MISSING, UNKNOWN_NAME for a radio that has no insoles to connect to."""
    if settings.radio.kind is RadioKind.VIRTUAL:
        try:
            from underfoot.virtual_air import virtual_air
        except ModuleNotFoundError as error:
            raise UnderfootError(FaultCode.DEPENDENCY_MISSING, "pip install 'underfoot[virtual]'") from error
        async with virtual_air() as air:
            yield Radio(air.adapter, air.person.stamp)
    elif settings.radio.kind is RadioKind.BLUEZ:
        async with Adapter.bluez(settings.radio.adapter) as adapter:
            yield Radio(adapter, lambda _: None)
    else:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"{settings.radio.kind}: the app there has the insoles, not we")


@dataclass(frozen=True, slots=True)
class Meant:
    """An insole that a person named. `known`: as it was paired, None: it was not."""

    name: str
    side: Side | None
    known: KnownInsole | None
    driver: str | None

    @property
    def insole(self) -> str:
        """Its name in rows."""
        return self.known.insole if self.known is not None else self.name

    def is_it(self, heard: Advertisement) -> bool:
        address = self.known.address if self.known is not None else self.name
        return is_called(heard, address)


def meant_by(word: str, settings: Settings) -> Meant:
    """`left`, `right`, an address or an advertised name.

    :raises UnderfootError: INSOLES_UNKNOWN for a foot that has none.
    """
    known = KnownFile(Places(settings.data_dir).known_insoles).read()
    wanted = wanted_by(settings, known)
    side = Side(word) if word in tuple(Side) else known.side_of(word) or _named(word, wanted)
    its = None if side is None else wanted.get(side)
    if its is None or its.address is None:
        if word in tuple(Side):
            raise UnderfootError(FaultCode.INSOLES_UNKNOWN, word)
        return Meant(word, None, None, settings.insoles.driver)
    paired = known.of(side) if side is not None else None
    is_paired = paired is not None and paired.address == its.address
    return Meant(its.address, side, paired if is_paired else None, its.driver)


def _named(word: str, wanted: Mapping[Side, Wanted]) -> Side | None:
    called = (side for side, its in wanted.items() if (its.address or "").casefold() == word.casefold())
    return next(called, None)


async def recognised_as(meant: Meant, adapter: Adapter, seconds: float) -> Recognised:
    """What a scan says of it; its driver is the one that is set, if any.

    :raises UnderfootError: INSOLE_NOT_FOUND, UNKNOWN_NAME when no driver knows it, RADIO_OFF.
    """
    heard = await adapter.scan(seconds, registry.recognise)
    it = next((one for one in heard if meant.is_it(one.advertisement)), None)
    if it is None:
        raise UnderfootError(FaultCode.INSOLE_NOT_FOUND, meant.name)
    if it.recognised is not None and meant.driver in (None, it.recognised.driver):
        return it.recognised
    if meant.driver is None:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no driver knows {meant.name}; --driver names one")
    chosen = registry.driver_class(meant.driver).recognise(it.advertisement)
    return chosen or Recognised(driver=meant.driver, model="", side=None)


async def driver_for(meant: Meant, adapter: Adapter, seconds: float) -> Driver:
    """A driver for it: of the model that was paired or set, else of the one that is recognised in a scan.

    One that says its side speaks for itself.

    :raises UnderfootError: UNKNOWN_NAME, and as `recognised_as`.
    """
    if meant.known is not None and meant.driver is not None:
        name, says = meant.driver, meant.known.says
    else:
        found = await recognised_as(meant, adapter, seconds)
        name, says = found.driver, found.side
    return registry.driver_class(name)(meant.insole, None if says is not None else meant.side or Side.LEFT)


@contextmanager
def no_service(settings: Settings) -> Iterator[None]:
    """While this lasts no service of ours begins to read the insoles of this data folder.

    :raises UnderfootError: STORE_IN_USE while one does.
    """
    spool = Places(settings.data_dir).spool
    if not spool.exists():  # and no lock beside it is made that belongs to another user than the service's
        yield
        return
    try:
        lock = take_alone(spool)
    except UnderfootError as error:
        raise UnderfootError(error.code, _NO_SERVICE) from error
    with closing(lock):
        yield


def service_runs(settings: Settings) -> bool:
    """Whether a service of ours has the insoles of this data folder."""
    try:
        with no_service(settings):
            return False
    except UnderfootError:
        return True
