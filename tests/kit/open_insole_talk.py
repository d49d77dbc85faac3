"""An insole of the Open Insole profile as it answers a driver, without a radio."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from open_insole_kit import CELLS, INFO

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.base import Intent, Output, Read, Write
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.drivers.open_insole_layout import pack_layout
from ingest.events import FaultSeen, Rows, SourceEvent
from ingest.wire.faults import FaultCode

LAYOUT = pack_layout(CELLS)
NOW = 1_732_156_245_678_000_000
BOOT_LOW = INFO.boot & 0xFFFF


class Talk:
    """A driver and what it has said so far; answers reads as an insole in good order would."""

    def __init__(self, driver: OpenInsoleDriver | None = None, info: wire.Info = INFO, layout: bytes = LAYOUT) -> None:
        self.driver = driver or OpenInsoleDriver("OI-1")
        self.answers = {
            wire.INFO: wire.pack_info(info),
            sig.MODEL_NUMBER: b"Model 8",
            sig.FIRMWARE_REVISION: b"1.2",
            sig.BATTERY_LEVEL: b"\x50",
        }
        self.layout = layout
        self.info = info
        self.offset = 0
        self.said: list[Output] = []
        self.next_seq = 0  # of the rows that it has told

    def hear(self, outputs: Any) -> list[Output]:
        fresh = list(outputs)
        self.said += fresh
        for output in fresh:
            if isinstance(output, Write) and output.characteristic == wire.LAYOUT:
                self.offset = int.from_bytes(output.data, "little")
            if isinstance(output, Read):
                part = self.layout[self.offset : self.offset + 20]
                data = part if output.characteristic == wire.LAYOUT else self.answers[output.characteristic]
                self.hear(self.driver.on_read(output.characteristic, data, NOW))
        return fresh

    def connect(self) -> Talk:
        self.hear(self.driver.on_connected(NOW))
        return self

    def start(self, **changes: Any) -> Talk:
        self.connect()
        self.hear(self.reply(control.Op.START, **changes))
        return self

    def reply(self, op: control.Op, result: control.Result = control.Result.OK, **count: int) -> list[Output]:
        counted = control.Count(**{"boot": self.info.boot, "first_seq": 0, "next_seq": self.next_seq} | count)
        data = control.pack_reply(control.Reply(op=op, result=result, count=counted, ns_per_row=self.info.ns_per_row))
        return self.notify(wire.CONTROL, data)

    def rows(self, seq: int, ticks: int, rows: int = 2, **more: Any) -> list[Output]:
        codes = np.arange(2 * rows, dtype=np.int16).reshape(rows, 2) + seq % 1_000
        frame = wire.RowsFrame(**{"boot_low": BOOT_LOW} | more, seq=seq, ticks=ticks, codes=codes)
        self.next_seq = max(self.next_seq, seq + rows)
        return self.notify(wire.DATA, wire.pack_rows(frame))

    def reset(self, **info: Any) -> None:
        """It starts anew, with an INFO that has changed like this."""
        self.driver.on_disconnected(NOW)
        self.info, self.next_seq = replace(self.info, **info), 0
        self.answers[wire.INFO] = wire.pack_info(self.info)

    def notify(self, characteristic: str, data: bytes) -> list[Output]:
        return self.hear(self.driver.on_notified(characteristic, data, NOW))

    @property
    def events(self) -> list[SourceEvent]:
        return [one for one in self.said if not isinstance(one, Intent)]

    @property
    def intents(self) -> list[Intent]:
        return [one for one in self.said if isinstance(one, Intent)]

    @property
    def faults(self) -> list[FaultCode]:
        return codes_of(self.said)


def codes_of(outputs: list[Output]) -> list[FaultCode]:
    return [one.fault.code for one in outputs if isinstance(one, FaultSeen)]


def rows_of(outputs: list[Output]) -> list[Rows]:
    return [one for one in outputs if isinstance(one, Rows)]
