"""A driver and the far end of its talk, without a radio: what it intends is carried out at once."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from fuzz_talkers import TALKERS, Said

from ingest.drivers.base import Drop, Intent, Output, Read, Subscribe, Write
from ingest.events import FaultSeen, LayoutSeen, Rows
from ingest.wire.faults import FaultCode
from ingest.wire.messages import Layout

T0 = 1_760_000_000_000_000_000


class Talk:
    """`answers` overrules what is read; None there: the read fails. Time goes on by 20 ms a packet."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.talker = TALKERS[driver.name](random.Random(3))
        self.answers: dict[str, bytes | None] = {}
        self.now_ns = T0
        self.said: list[Output] = []
        self.wrote: list[bytes] = []

    def connect(self) -> None:
        self.talker.connected()
        self._hear(self.driver.on_connected(self.now_ns))

    def disconnect(self) -> None:
        self._hear(self.driver.on_disconnected(self.now_ns))

    def stop(self) -> None:
        self._hear(self.driver.on_stop(self.now_ns))

    def notify(self, *said: Said) -> None:
        for characteristic, data in said:
            self.now_ns += 20_000_000
            self._hear(self.driver.on_notified(characteristic, data, self.now_ns))

    def packets(self, count: int) -> None:
        for _ in range(count):
            self.notify(*self.talker.packets([]))

    def fail(self, intent: Intent) -> None:
        self._hear(self.driver.on_failed(intent, "no", self.now_ns))

    def _hear(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            self.said.append(output)
            if isinstance(output, Read):
                name = output.characteristic
                data = self.answers[name] if name in self.answers else self.talker.read(name)
                if data is None:
                    self.fail(output)
                else:
                    self._hear(self.driver.on_read(name, data, self.now_ns))
            elif isinstance(output, Write):
                self.wrote.append(output.data)
                self._hear_all(self.talker.write(output.characteristic, output.data))

    def _hear_all(self, said: list[Said]) -> None:
        for characteristic, data in said:
            self._hear(self.driver.on_notified(characteristic, data, self.now_ns))

    @property
    def rows(self) -> list[Rows]:
        return [one for one in self.said if isinstance(one, Rows)]

    @property
    def layout(self) -> Layout:
        return next(one.layout for one in reversed(self.said) if isinstance(one, LayoutSeen))

    @property
    def faults(self) -> list[FaultCode]:
        return [one.fault.code for one in self.said if isinstance(one, FaultSeen)]

    @property
    def dropped(self) -> bool:
        return Drop() in self.said

    def subscribed(self) -> list[str]:
        return [one.characteristic for one in self.said if isinstance(one, Subscribe)]
