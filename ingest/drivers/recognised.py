"""The driver of whatever insole is found: settled by the advertisement that the radio takes, kept from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from ingest.drivers import registry
from ingest.drivers.base import Advertisement, Driver, Drop, Intent, Output, Recognised, Remembering, Settable
from ingest.drivers.registry import DriverClass
from ingest.events import Answered, FaultSeen, Fetch, FetchEnded, FetchResult, Request, Setting
from ingest.wire.faults import Fault, FaultCode
from ingest.wire.geometry import Side


def whatever_is_recognised(
    insole: str,
    side: Side | None = None,
    *,
    recognise: Callable[[Advertisement], Recognised | None] = registry.recognise,
    driver_class: Callable[[str], DriverClass] = registry.driver_class,
) -> Driver:
    """A driver for `insole`, of the model that the last advertisement put to `recognise` was of.

    One link that carries both feet cannot be found so: who names its driver gets both.
    """
    # the protocol asks for class attributes, which this one has from the driver that it turns out to be
    return cast("Driver", _Late(insole, side, recognise, driver_class))


class _Late:
    name = "recognised"

    def __init__(
        self,
        insole: str,
        side: Side | None,
        recognise: Callable[[Advertisement], Recognised | None],
        driver_class: Callable[[str], DriverClass],
    ) -> None:
        self._insole = insole
        self._side = side
        self._recognise = recognise
        self._driver_class = driver_class
        self._known: dict[str, Driver] = {}  # an insole keeps its driver, and that what it knows, while others pass by
        self._driver: Driver | None = None

    def recognise(self, heard: Advertisement) -> Recognised | None:
        found = self._recognise(heard)
        if found is None:
            self._driver = None
            return None
        if found.driver not in self._known:
            self._known[found.driver] = self._driver_class(found.driver)(self._insole, self._side)
        self._driver = self._known[found.driver]
        return found

    @property
    def use_start_notify(self) -> bool:
        return self._driver is None or self._driver.use_start_notify

    @property
    def wants_bond(self) -> bool:
        return bool(getattr(self._driver, "wants_bond", False))

    @property
    def streaming(self) -> bool:
        return self._driver is not None and self._driver.streaming

    @property
    def stopped(self) -> bool:
        return self._driver is None or self._driver.stopped

    def on_connected(self, now_ns: int) -> Iterable[Output]:
        if self._driver is None:
            fault = Fault(FaultCode.UNKNOWN_NAME, f"no driver knows {self._insole}; insoles.driver names one")
            return [FaultSeen(fault), Drop()]
        return self._driver.on_connected(now_ns)

    def on_read(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        return () if self._driver is None else self._driver.on_read(characteristic, data, now_ns)

    def on_notified(self, characteristic: str, data: bytes, now_ns: int) -> Iterable[Output]:
        return () if self._driver is None else self._driver.on_notified(characteristic, data, now_ns)

    def on_failed(self, intent: Intent, reason: str, now_ns: int) -> Iterable[Output]:
        return () if self._driver is None else self._driver.on_failed(intent, reason, now_ns)

    def on_disconnected(self, now_ns: int) -> Iterable[Output]:
        return () if self._driver is None else self._driver.on_disconnected(now_ns)

    def on_stop(self, now_ns: int) -> Iterable[Output]:
        return () if self._driver is None else self._driver.on_stop(now_ns)

    def on_request(self, request: Request, now_ns: int) -> Iterable[Output]:
        """An insole that remembers nothing has nothing to give."""
        if isinstance(self._driver, Remembering):
            return self._driver.on_request(request, now_ns)
        if not isinstance(request, Fetch):
            return ()
        nothing = FetchResult.NOTHING
        return [FetchEnded(boot=request.boot, first_seq=request.first_seq, next_seq=request.next_seq, result=nothing)]

    def on_setting(self, setting: Setting, now_ns: int) -> Iterable[Output]:
        if isinstance(self._driver, Settable):
            return self._driver.on_setting(setting, now_ns)
        return [Answered(setting, "this insole cannot be told that")]
