"""How long and how often somebody may hold a connection: the hub that serves the page also records, with few files.

A request has to come whole and its answer has to be taken; a line on which nothing of that happens is cut.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0  # from the first moment, or from the answer before, to the end of a request's head
TAKING_S = 60.0  # with an answer that nobody takes
MOST = 256  # connections; a process may have 1,024 files open, and the stores need theirs
MOST_OF_ONE = 96  # from one address: a house behind one proxy, each browser with six


class PatientProtocol(H11Protocol):
    """uvicorn's, which by itself waits for ever for a first request, and for whoever stops reading."""

    head_s = HEAD_S
    taking_s = TAKING_S
    most = MOST
    most_of_one = MOST_OF_ONE

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        of_one = Counter(self._address(each) for each in self.connections)[self._address(self)]
        if len(self.connections) > self.most or of_one > self.most_of_one:
            transport.abort()
            return
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._taken()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        else:
            self._wait_for_head()

    def on_response_complete(self) -> None:
        self._wait_for_head()  # before uvicorn goes on to a request that has come already
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._taking is None:
            self._taking = self.loop.call_later(self.taking_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._taken()

    def _wait_for_head(self) -> None:
        """What comes meanwhile, a byte at a time, does not make it longer."""
        if self._head is None:
            self._head = self.loop.call_later(self.head_s, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _taken(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    @staticmethod
    def _address(connection: Any) -> str:
        client = cast("PatientProtocol", connection).client
        return client[0] if client else ""
