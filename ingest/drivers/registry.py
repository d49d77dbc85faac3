"""The drivers that are installed, ours and third parties': the entry-point group `underfoot.drivers`."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ingest.drivers.base import Advertisement, Driver, Recognised

GROUP = "underfoot.drivers"
_log = logging.getLogger(__name__)


class DriverClass(Protocol):
    """What an entry point names: a `Driver`, made per insole."""

    name: str

    def __call__(self, insole: str, side: Side | None = None) -> Driver: ...

    def recognise(self, heard: Advertisement) -> Recognised | None: ...


@runtime_checkable
class BothFeet(DriverClass, Protocol):
    """A driver whose one link carries both feet: what it tells of the other's is wrapped in `OfOther`."""

    def other_of(self, insole: str) -> str:
        """The name of the insole that has no link of its own."""


def load(points: Iterable[EntryPoint]) -> Mapping[str, DriverClass]:
    """Driver classes by name. One that cannot be imported is logged and left out; of two alike the first is kept."""
    found: dict[str, DriverClass] = {}
    for point in points:
        try:
            driver = cast("DriverClass", point.load())
            found.setdefault(driver.name, driver)
        except Exception:  # noqa: BLE001 - a stranger's package must not keep the others from working
            _log.warning("driver %s of %s cannot be loaded", point.name, point.value, exc_info=True)
    return MappingProxyType(found)


@cache
def drivers() -> Mapping[str, DriverClass]:
    """Every installed driver by name."""
    return load(entry_points(group=GROUP))


def driver_class(name: str) -> DriverClass:
    """:raises UnderfootError: UNKNOWN_NAME."""
    known = drivers()
    if name not in known:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"driver {name!r}, there is {', '.join(sorted(known)) or 'none'}")
    return known[name]


def recognise(heard: Advertisement) -> Recognised | None:
    """Whether any driver speaks to the device that was heard; the first one by name that does."""
    recognised = (driver.recognise(heard) for _, driver in sorted(drivers().items()))
    return next((one for one in recognised if one is not None), None)
