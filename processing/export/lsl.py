"""Live rows of both feet as streams of the Lab Streaming Layer, and alerts as markers. Extra `lsl`.

One stream a foot: a float32 channel for each cell, in the unit of the insole; a cell that was not measured is NaN, a
row that was lost is no sample. Channels say label, unit, place (x 0 medial … 1 lateral, y 0 heel … 1 toe) and region.
Event times are mapped to LSL's clock by one offset for the whole session: LSL clock − UTC, as the caller measured it.
Rows that come late (out of an insole's memory) and rows whose time nobody knows are counted and left out.

Opening an outlet opens ports of this machine and answers to whoever looks for streams on its network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ingest.wire.alerts import Alert, AlertState
from ingest.wire.block import Block, Origin
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout

if TYPE_CHECKING:
    from pylsl import StreamOutlet

_S = 10**9


def check_lsl() -> None:
    """:raises UnderfootError: DEPENDENCY_MISSING without pylsl, or without the library that it speaks through."""
    try:
        import pylsl  # noqa: F401
    except (ImportError, RuntimeError) as error:
        raise UnderfootError(FaultCode.DEPENDENCY_MISSING, "pip install 'underfoot[lsl]'") from error


def clock_offset_s(utc_ns: Callable[[], int]) -> float:
    """LSL's clock − UTC; of some readings the one taken quickest."""
    from pylsl import local_clock

    readings: list[tuple[float, float]] = []
    for _ in range(5):
        before_s = local_clock()
        now_ns = utc_ns()
        after_s = local_clock()
        readings.append((after_s - before_s, (before_s + after_s) / 2 - now_ns / _S))
    return min(readings)[1]


@dataclass(slots=True)
class Sent:
    """What went out, and what did not."""

    rows: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    markers: int = 0
    late_rows: int = 0
    undated_rows: int = 0
    unfit_rows: int = 0  # before the insole described itself, or not as it did


class LslOutlets:
    """Feed it what arrives. `name` begins the names of the streams, `source` their ids."""

    def __init__(self, name: str, source: str, offset_s: float) -> None:
        check_lsl()
        self.sent = Sent()
        self._name = name
        self._source = source
        self._offset_s = offset_s
        self._feet: dict[Side, tuple[Layout, StreamOutlet]] = {}
        self._told: dict[str, AlertState] = {}
        self._markers = self._marker_outlet()

    def feed(self, item: Layout | Block | Alert) -> None:
        if isinstance(item, Layout):
            self._lay(item)
        elif isinstance(item, Block):
            self._push(item)
        else:
            self._mark(item)

    def _lay(self, layout: Layout) -> None:
        known = self._feet.get(layout.side)
        if (known is None or known[0] != layout) and layout.cells:
            self._feet[layout.side] = (layout, self._outlet(layout))

    def _push(self, block: Block) -> None:
        known = self._feet.get(block.side)
        if block.origin is Origin.BACKFILL:
            self.sent.late_rows += block.rows
        elif not block.time_known:
            self.sent.undated_rows += block.rows
        elif known is None or not _fits(block, known[0]):
            self.sent.unfit_rows += block.rows
        else:
            times_ns = block.t_ns + block.ns_per_row * np.arange(block.rows, dtype=np.int64)
            times_s = times_ns // _S + times_ns % _S / _S + self._offset_s
            known[1].push_chunk(values_of(block), times_s.tolist())
            self.sent.rows[block.side] += block.rows

    def _mark(self, alert: Alert) -> None:
        """One marker for every state that an alert comes to."""
        if self._told.get(alert.id) is alert.state:
            return
        self._told[alert.id] = alert.state
        t_ns = _since(alert)
        told = {"alert": alert.id, "rule": alert.rule, "state": alert.state, "level": alert.level, "side": alert.side}
        self._markers.push_sample([msgspec.json.encode(told).decode()], t_ns / _S + self._offset_s)
        self.sent.markers += 1

    def _outlet(self, layout: Layout) -> StreamOutlet:
        from pylsl import StreamInfo, StreamOutlet, cf_float32

        source = f"{self._source}-{layout.side}-{layout.insole}-{layout.checksum}"
        info = StreamInfo(
            f"{self._name} {layout.side}", "Pressure", len(layout.cells), layout.rate_hz, cf_float32, source
        )
        about = info.desc()
        for key in ("insole", "side", "model", "firmware", "calibration"):
            about.append_child_value(key, str(getattr(layout, key)))
        channels = about.append_child("channels")
        for at, cell in enumerate(layout.cells):
            channel = channels.append_child("channel")
            region = "" if cell.region is None else str(cell.region)
            told = {"label": f"{at} {cell.area}", "unit": str(layout.unit), "type": "Pressure", "region": region}
            for key, value in told.items():
                channel.append_child_value(key, value)
            place = channel.append_child("location")
            place.append_child_value("X", f"{cell.x:g}")
            place.append_child_value("Y", f"{cell.y:g}")
        return StreamOutlet(info)

    def _marker_outlet(self) -> StreamOutlet:
        from pylsl import IRREGULAR_RATE, StreamInfo, StreamOutlet, cf_string

        info = StreamInfo(f"{self._name} alerts", "Markers", 1, IRREGULAR_RATE, cf_string, f"{self._source}-alerts")
        return StreamOutlet(info)


def values_of(block: Block) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Rows × cells in the unit of the block; not measured is NaN."""
    values = (block.codes * block.scale).astype(np.float32)
    values[:, [at for at in range(block.cells) if block.not_measured >> at & 1]] = np.nan
    return values


def _fits(block: Block, layout: Layout) -> bool:
    return (block.insole, block.cells, block.unit) == (layout.insole, len(layout.cells), layout.unit)


def _since(alert: Alert) -> int:
    """When the alert came to where it stands, as far as it says."""
    of_state = {
        AlertState.ACKNOWLEDGED: alert.acknowledged_t_ns,
        AlertState.ESCALATED: alert.escalated_t_ns,
        AlertState.CLEARED: alert.cleared_t_ns,
        AlertState.CLOSED: alert.cleared_t_ns,
    }
    return of_state.get(alert.state) or alert.raised_t_ns
