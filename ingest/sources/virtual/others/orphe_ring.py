"""The ring inside a simulated ORPHE INSOLE: packets by serial number, and what commands are answered. Pure."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Sequence
from datetime import datetime

_IN_RING = 1500
_DAY_MS = 86_400_000


class OrpheRing:
    """`begins_serial`: number of the first packet. `row_us`: µs between rows, 5000 or 4807.692…"""

    def __init__(self, *, begins_serial: int = 0, row_us: float = 5000.0, right: bool = False) -> None:
        self.running = False
        self.mode = 4
        self.charge = 1
        self.readings = 0  # of its information
        self.clock_ms = 0  # time of day when the first packet was taken
        self.taken: list[Sequence[Sequence[int]]] = []  # rows × 6 of every packet, the oldest row first
        self._row_us = row_us
        self._right = right
        self._begins_serial = begins_serial
        self._held: deque[int] = deque(maxlen=_IN_RING)

    @property
    def packet_s(self) -> float:
        return 4 * self._row_us / 1e6

    def information(self) -> bytes:
        self.readings += 1
        return bytes([self.charge, int(self._right), 0, 0, 0, 0, 0, 0, 3, 3]).ljust(20, b"\0")

    def set_clock(self, data: bytes) -> None:
        year, month, day, hour, minute, second, hundredths = data
        datetime(2000 + year, month, day, hour, minute, second)  # noqa: DTZ001 - only whether there is such a day
        at_ms = ((hour * 60 + minute) * 60 + second) * 1000 + 10 * hundredths
        self.clock_ms = at_ms - round(len(self.taken) * self.packet_s * 1000)

    def take(self, adc: Sequence[Sequence[int]]) -> None:
        """Four rows, the oldest first."""
        self._held.append(len(self.taken))
        self.taken.append(adc)

    def command(self, data: bytes) -> list[bytes]:
        """What is notified in answer."""
        if data[0] == 0x0D:
            self.mode = data[1]
            return []
        if data[0] != 0x0B or self.mode != 2:
            return []
        if data[1] == 1:
            return [struct.pack(">BBHBH", 0x35, 1, self._serial(len(self.taken) - 1), 20, len(self._held))]
        if data[1] == 2:
            return self._sent(data[2:])
        if data[1] == 3:
            self._held.clear()
        self.running = {4: True, 6: False}.get(data[1], self.running)
        return [bytes([0x35, data[1]])]

    def _sent(self, spans: bytes) -> list[bytes]:
        if len(spans) != 120:
            return []
        held = {self._serial(number): number for number in self._held}
        answers = []
        for serial, count in struct.iter_unpack(">HH", spans):
            for each in range(serial, serial + count):
                number = held.get(each % 65536)
                answers.append(
                    struct.pack(">BBHH", 0x35, 2, each % 65536, 1) if number is None else self.packet(number)
                )
        return answers

    def packet(self, number: int) -> bytes:
        """The bytes of the `number`-th packet that was taken."""
        at_ms = (self.clock_ms + round(number * self.packet_s * 1000)) % _DAY_MS
        seconds, ms = divmod(at_ms, 1000)
        head = struct.pack(">BHBBBH", 54, self._serial(number), seconds // 3600, seconds // 60 % 60, seconds % 60, ms)
        newest_first = reversed(self.taken[number])
        return head + b"".join(struct.pack(">6h6H", 1, 2, 3, 4, 5, 6, *row) for row in newest_first)

    def _serial(self, number: int) -> int:
        return (self._begins_serial + number) % 65536
