"""A simulated 18-sensor insole of service FFF0 (facts: `ingest.drivers.fff0`)."""

from __future__ import annotations

from typing import Any

from bumble import gatt

from ingest.drivers.fff0 import COMMAND, DATA, PLACES, SERVICE
from ingest.sources.virtual.others.kit import OtherInsole, advertised, readable, service_list, writable
from ingest.sources.virtual.others.worn import Worn
from ingest.sources.virtual.walk import Walk
from ingest.wire.block import Codes
from ingest.wire.geometry import Side

EMPTY = (8, 12, 16, 19, 20, 23)
_PIECE_OCTETS = 61  # lines are split across notifications wherever it happens to be


class Fff0Insole(OtherInsole):
    def __init__(self, controller: Any, side: Side, walk: Walk, *, address: str, row_ns: int = 50_000_000) -> None:
        self._letter = side[0].upper()
        self._data = readable(DATA, lambda: b"", notify=True)
        super().__init__(
            controller,
            name=f"{side.capitalize()}01_foot",
            address=address,
            services=[gatt.Service(SERVICE, [self._data, writable(COMMAND, self._on_command)])],
            advertisement=advertised(service_list(SERVICE)),
            worn=Worn(walk, PLACES, row_ns=row_ns, full_scale=32767),
            row_ns=row_ns,
        )

    def _on_command(self, data: bytes) -> None:
        if data == b"begin":
            self.begin()
        elif data == b"end":
            self.halt()

    async def send(self, row: int, codes: Codes) -> None:  # noqa: ARG002 - it does not number its rows
        values = iter(codes.tolist())
        numbers = [0.0 if index in EMPTY else next(values) / 10 for index in range(24)]
        rows = (",".join(f"{number:.1f}" for number in numbers[at : at + 4]) for at in range(0, 24, 4))
        line = f"{self._letter}_[{','.join(f'[{row}]' for row in rows)}]\n".encode()
        for at in range(0, len(line), _PIECE_OCTETS):
            await self.notify(self._data, line[at : at + _PIECE_OCTETS])
