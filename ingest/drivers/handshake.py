"""Where a driver stands on the present link, and how it gives one up: what drivers with a state table share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from enum import Enum
from typing import Generic, TypeVar

from ingest.drivers.base import Drop, Output
from ingest.events import FaultSeen
from ingest.wire.faults import Fault, FaultCode, UnderfootError

S = TypeVar("S", bound=Enum)


class HandShake(Generic[S]):
    """Base of a driver. Its states are an enum that has IDLE, STREAMING, STOPPED and REFUSED among others."""

    def __init__(self, states: type[S], transitions: Mapping[S, Set[S]]) -> None:
        self._states = states
        self._transitions = transitions
        self._state = states["IDLE"]

    @property
    def state(self) -> S:
        return self._state

    @property
    def streaming(self) -> bool:
        """As `Driver.streaming`."""
        return self._state is self._states["STREAMING"]

    @property
    def stopped(self) -> bool:
        """As `Driver.stopped`."""
        return self._state is self._states["STOPPED"]

    def _enter(self, state: S) -> None:
        if state not in self._transitions[self._state]:
            detail = f"{type(self).__name__}: {self._state} does not lead to {state}"
            raise UnderfootError(FaultCode.INTERNAL, detail)
        self._state = state

    def _begin(self, first: S) -> None:
        """A link is up, whatever became of the last one."""
        if self._state is not self._states["IDLE"]:
            self._enter(self._states["IDLE"])
        self._enter(first)

    def _link_gone(self) -> None:
        """A stream that was ended stays ended until the next link."""
        if self._state not in (self._states["IDLE"], self._states["STOPPED"]):
            self._enter(self._states["IDLE"])

    def _refuse(self, fault: Fault) -> Iterator[Output]:
        """Give the link up, once."""
        if self._state in (self._states["IDLE"], self._states["STOPPED"], self._states["REFUSED"]):
            return
        self._enter(self._states["REFUSED"])
        yield FaultSeen(fault)
        yield Drop()
