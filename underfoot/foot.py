"""What is known now of one foot for showing it: its cells, whether it is measured, and why not."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from ingest.wire.block import Block, Origin
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, Layout, LinkState, Status
from underfoot.figures import fault_words
from underfoot.foot_view import CellView, FootView
from underfoot.kept import KeptTrack
from underfoot.shown import Factors, Shown, ShownUnit, shown
from underfoot.trouble import pressing
from underfoot.words import ENGLISH, Words
from underfoot.words.times import span

_S = 1_000_000_000
SILENCE_NS = 3 * _S // 2  # blocks come every 1 s when nobody looks
LATE_NS = 5 * _S  # room for the clocks of two machines; older samples are not what the foot does now
_LEAD_NS = _S // 10  # a block is played in the order it was taken, this much ahead, so the feet move smoothly
_MEAN_NS = _S
_PEAK_HALF_LIFE_NS = 30 * _S
_BATTERY_LOW_PCT = 15


class FootTrack:
    """Follows one foot. Times are the `now_ns` handed in; a block's own UTC serves only to see how late it is."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.measured_ns = 0  # live time that samples covered since `begin`
        self._layout: Layout | None = None
        self._shown: Shown | None = None
        self._status: Status | None = None
        self._block: Block | None = None
        self._faults: tuple[CellFault, ...] = ()
        self._arrived_ns = 0
        self._peak = 0.0
        self._floor = 0.0
        self._second: deque[tuple[float, int, int]] = deque()  # sum of row totals, rows, ns
        self._kept = KeptTrack()
        self._began_t_ns = 0
        self._late: set[tuple[str, int, int]] = set()  # insole, boot, first row: one may be sent twice

    @property
    def seen(self) -> bool:
        return self._block is not None

    @property
    def is_live(self) -> bool:
        """Whether what was taken last came as it was taken, and not out of a recording."""
        return self._block is not None and self._block.origin is Origin.LIVE

    @property
    def link(self) -> LinkState | None:
        return self._status.link if self._status else None

    @property
    def unit(self) -> ShownUnit | None:
        return self._shown.cell_unit if self._shown else None

    def begin(self, t_ns: int) -> None:
        """A walk begins, at this UTC."""
        self.measured_ns, self._began_t_ns = 0, t_ns
        self._late.clear()

    def on_layout(self, layout: Layout) -> None:
        if layout == self._layout:
            return
        self._layout = layout
        self._shown = shown(layout)
        codes = np.array([cell.full_scale for cell in layout.cells], dtype=np.float64)
        self._floor = float(np.min(codes * self._shown.cell_factors)) / 100 if layout.cells else 0.0
        self._block, self._peak = None, 0.0
        self._second.clear()

    def on_status(self, status: Status, now_ns: int) -> None:
        self._status = status
        self._kept.on_status(status, now_ns)

    def on_faults(self, faults: Sequence[CellFault]) -> None:
        """The cells of this foot that were found unfit in this walk, all of them."""
        self._faults = tuple(faults)

    def on_block(self, block: Block, now_ns: int) -> None:
        """Only what is newer than what is shown counts; late rows belong to the record, not to the live picture."""
        last = self._block
        if block.origin is Origin.BACKFILL:
            self._count_late(block)
            return
        if last is not None and self._is_older(block, last, now_ns):
            return
        if last is None or now_ns - self._arrived_ns > SILENCE_NS:
            self._second.clear()
        self._fade(now_ns)
        self._block, self._arrived_ns = block, now_ns
        self.measured_ns += self._measured_ns(block)
        if self._shown is not None and self._fits(block):
            measured = block.codes * self._shown.cell_factors * self._mask(block)
            self._peak = max(self._peak, float(measured.max()))
            self._remember(float((block.codes @ self._shown.total_factors).sum()), block)

    def peak(self, now_ns: int) -> float:
        """The largest recent load of one cell; fades by half in half a minute."""
        age_ns = max(0, now_ns - self._arrived_ns)
        faded = self._peak * 2.0 ** -(age_ns / _PEAK_HALF_LIFE_NS)
        return max(float(faded), self._floor)

    def load(self, now_ns: int) -> float | None:
        """Mean of the foot's load over the last second, every cell measured; None: cannot be said."""
        rows = sum(rows for _, rows, _ in self._second)
        if self.why_not(now_ns) or not rows or self._block is None or not self._mask(self._block).all():
            return None
        return sum(total for total, _, _ in self._second) / rows

    def why_not(self, now_ns: int, words: Words = ENGLISH) -> str | None:
        """Why this foot is not measured now; None: it is."""
        reasons = [why for why in (self._silence(now_ns, words), self._link_words(words)) if why]
        if not reasons:
            return self._unfit(now_ns, words)
        battery = self._status.battery_pct if self._status else None
        if battery is not None and battery <= _BATTERY_LOW_PCT:
            reasons.append(words("state.foot.battery", pct=words.percent(battery)))
        return "; ".join(reasons)

    def view(self, now_ns: int, peak: float, other_load: float | None, words: Words = ENGLISH) -> FootView:
        """The foot as it is shown; `peak` is the load that gets the brightest colour."""
        why = self.why_not(now_ns, words)
        total, total_reason = self._total(self.load(now_ns), other_load, words)
        unit = self._shown.cell_unit if self._shown else ShownUnit.SHARE
        return FootView(
            side=self.side,
            measured=why is None,
            reason=why,
            cells=self._cells(now_ns, peak, measured=why is None),
            cell_unit=unit,
            total=total if why is None else None,
            total_unit=self._shown.total_unit if self._shown else unit,
            total_reason=why or total_reason,
            calibration=self._layout.calibration if self._layout else None,
            link=self.link,
            battery_pct=self._status.battery_pct if self._status else None,
            last_t_ns=self._block.end_t_ns if self._block else None,
            shown_t_ns=self._shown_t_ns(now_ns),
            faults=tuple(fault_words(fault, words) for fault in self._faults),
            kept=self._kept.view(self._layout.rate_hz if self._layout else None, now_ns),
            trouble=self._trouble() if why is not None else None,
            words=words("state.measured") if why is None else words("state.not_measured_why", why=why),
            clock_known=self._clock_known(now_ns),
            status_t_ns=self._status.t_ns if self._status else None,
        )

    def _clock_known(self, now_ns: int) -> bool | None:
        comes = self.is_live and now_ns - self._arrived_ns <= SILENCE_NS
        if self._status is None or self._status.link is not LinkState.STREAMING or not comes:
            return None
        return self._status.clock_error_ms is not None

    def _trouble(self) -> FaultCode | None:
        if self._status is None or self._status.link is LinkState.ENDED:
            return None
        return pressing(self._status.troubles)

    def _count_late(self, block: Block) -> None:
        """Rows of this walk that the insole recorded while away are measured, though not now."""
        name = (block.insole, block.boot, block.seq)
        if block.time_known and block.t_ns >= self._began_t_ns > 0 and name not in self._late:
            self._late.add(name)
            self.measured_ns += self._measured_ns(block)

    def _measured_ns(self, block: Block) -> int:
        """How long the foot was measured by these rows; none of it where no cell was."""
        is_unfit = self._layout is not None and not (self._fits(block) and self._mask(block).any())
        return 0 if is_unfit or self._frozen is not None else block.rows * block.ns_per_row

    @property
    def _frozen(self) -> CellFault | None:
        return next((fault for fault in self._faults if fault.cell is None), None)

    def _silence(self, now_ns: int, words: Words) -> str | None:
        if self._block is None:
            return words("state.foot.no_signal_yet")
        silent_ns = now_ns - self._arrived_ns
        return words("state.foot.no_signal_for", span=span(silent_ns // _S, words)) if silent_ns > SILENCE_NS else None

    def _link_words(self, words: Words) -> str | None:
        return None if self.link in (None, LinkState.STREAMING) else words(f"state.link.{self.link}")

    def _unfit(self, now_ns: int, words: Words) -> str | None:
        block = self._block
        if block is None or self._layout is None:
            return words("state.foot.no_layout")
        late_ns = now_ns - block.end_t_ns
        if block.origin is Origin.LIVE and late_ns > LATE_NS + block.rows * block.ns_per_row:
            return words("state.foot.old", span=span(late_ns // _S, words))
        if not self._fits(block):
            return words("state.foot.misfit")
        if self._frozen is not None:
            return fault_words(self._frozen, words)
        return None if self._mask(block).any() else words("state.foot.no_cell")

    def _is_older(self, block: Block, last: Block, now_ns: int) -> bool:
        if (last.insole, last.boot) == (block.insole, block.boot):
            return block.seq < last.end_seq
        return now_ns - self._arrived_ns <= SILENCE_NS and block.end_t_ns <= last.end_t_ns

    def _fits(self, block: Block) -> bool:
        return self._layout is not None and block.cells == len(self._layout.cells)

    def _fade(self, now_ns: int) -> None:
        self._peak = self.peak(now_ns) if self._block is not None else 0.0

    def _remember(self, total: float, block: Block) -> None:
        self._second.append((total, block.rows, block.rows * block.ns_per_row))
        while sum(ns for _, _, ns in self._second) - self._second[0][2] >= _MEAN_NS:
            self._second.popleft()

    def _total(self, load: float | None, other_load: float | None, words: Words) -> tuple[float | None, str | None]:
        if self._shown is None or self._block is None:
            return None, words("state.foot.no_signal_yet")
        lacking = self._block.cells - int(self._mask(self._block).sum())
        if lacking:
            unfit = "; ".join(fault_words(fault, words) for fault in self._faults)
            told = words.count("state.foot.lacking", lacking, cells=self._block.cells)
            return None, f"{told}: {unfit}" if unfit else told
        if load is None or self._shown.total_unit is not ShownUnit.SHARE:
            return load, None
        if other_load is None:
            return None, words("state.foot.other_foot")
        both = load + other_load
        return (100 * load / both, None) if both > 0 else (None, words("state.foot.no_load"))

    def _cells(self, now_ns: int, peak: float, *, measured: bool) -> tuple[CellView, ...]:
        if self._layout is None:
            return ()
        if not measured or self._block is None or self._shown is None:
            return tuple(CellView(cell.area, cell.x, cell.y, None, None) for cell in self._layout.cells)
        loads = self._row(self._block, now_ns) * self._shown.cell_factors
        levels = np.clip(loads / peak, 0.0, 1.0) if peak > 0 else np.zeros_like(loads)
        values: list[float | None] = loads.tolist()
        mask = self._mask(self._block)
        if self._shown.cell_unit is ShownUnit.SHARE:
            whole = float(loads.sum())
            incomplete = not mask.all() or whole <= 0
            values = [None] * len(values) if incomplete else (100 * loads / whole).tolist()
        known = mask.tolist()
        return tuple(
            CellView(cell.area, cell.x, cell.y, value if on else None, level if on else None)
            for cell, value, level, on in zip(self._layout.cells, values, levels.tolist(), known, strict=True)
        )

    def _row(self, block: Block, now_ns: int) -> Factors:
        row: Factors = block.codes[self._played(block, now_ns)].astype(np.float64)
        return row

    def _played(self, block: Block, now_ns: int) -> int:
        """Which row of the block is shown now."""
        return min(max((now_ns - self._arrived_ns + _LEAD_NS) // block.ns_per_row, 0), block.rows - 1)

    def _shown_t_ns(self, now_ns: int) -> int | None:
        block = self._block
        return None if block is None else block.t_ns + self._played(block, now_ns) * block.ns_per_row

    def _mask(self, block: Block) -> Factors:
        """1 for a cell that is measured, 0 for one that is not, by the insole's own word or found unfit."""
        lacking = {fault.cell for fault in self._faults}
        on = [not block.not_measured >> cell & 1 and cell not in lacking for cell in range(block.cells)]
        return np.array(on, dtype=np.float64)
