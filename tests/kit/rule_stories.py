"""Walks of the synthetic walker in which something happens, as rows: what each rule is to be tried on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ingest.sources.virtual.gait import Gait, Story
from ingest.sources.virtual.walker import walker
from ingest.wire.block import Block
from ingest.wire.geometry import Calibration, Side, Unit, checksum
from ingest.wire.messages import Layout
from processing.rules.baseline import Baseline, Usual, UsualPerFoot

S = 10**9
START_NS = 1_767_607_200 * S  # Monday 2026-01-05 10:00 UTC
NS_PER_ROW = 10_000_000
BLOCK_ROWS = 3_000
KPA_PER_CODE = 0.12

Spoil = Callable[[np.ndarray, np.ndarray], None]  # codes (rows × cells) and the second of each row; in place


def usual(forefoot_pct: float = 45.0, load_si_pct: float = 0.0) -> Baseline:
    """The walker's own figures."""
    share = Usual(median=forefoot_pct, spread=0.5)
    return Baseline(
        forefoot_share_pct=UsualPerFoot(left=share, right=share),
        load_si_pct=Usual(median=load_si_pct, spread=1.0),
        walks=7,
    )


@dataclass(frozen=True)
class Told:
    """A walk of `seconds`: `changes` (at s, gait), what is `spoilt` of a foot, which foot is `gone` from … to s, and
    which cells (bits) of a foot are `masked` from a second on."""

    seconds: int
    changes: tuple[tuple[float, Gait], ...] = ()
    spoilt: Mapping[Side, Spoil] = field(default_factory=dict)
    gone: Mapping[Side, tuple[int, int]] = field(default_factory=dict)
    masked: Mapping[Side, tuple[int, int]] = field(default_factory=dict)  # from second, bits
    bench: bool = False

    def layouts(self) -> list[Layout]:
        return [self._layout(side) for side in Side]

    def blocks(self) -> list[Block]:
        """In order of time, both feet."""
        made = [block for side in Side for block in self._foot(side)]
        return sorted(made, key=lambda block: (block.t_ns, block.side))

    def _layout(self, side: Side) -> Layout:
        about = walker()[side].description
        return Layout(
            insole=f"virtual-{side}",
            side=side,
            cells=about.cells,
            unit=Unit.KILOPASCAL if self.bench else about.unit,
            scale=KPA_PER_CODE if self.bench else float(about.scale),
            rate_hz=100.0,
            calibration=Calibration.BENCH if self.bench else about.calibration,
            checksum=checksum(about.cells),
        )

    def _foot(self, side: Side) -> Iterable[Block]:
        layout = self._layout(side)
        story = Story(Gait())
        for at_s, gait in self.changes:
            story.change(at_s, gait)
        (piece,) = walker(story, seed=5, seconds=self.seconds)[side].rows_between(0, self.seconds * S)
        codes = piece.codes.copy()
        at_s = np.arange(len(codes)) // 100
        if side in self.spoilt:
            self.spoilt[side](codes, at_s)
        gone_from, gone_to = self.gone.get(side, (0, 0))
        masked_from, bits = self.masked.get(side, (0, 0))
        for first in range(0, len(codes), BLOCK_ROWS):
            second = first // 100
            if gone_from <= second < gone_to:
                continue
            yield Block(
                insole=layout.insole, side=side, boot=1, seq=first, ticks=first * 10, tick_ns=1_000_000,
                t_ns=START_NS + first * NS_PER_ROW, ns_per_row=NS_PER_ROW, codes=codes[first : first + BLOCK_ROWS],
                unit=layout.unit, scale=layout.scale, not_measured=bits if bits and second >= masked_from else 0,
            )  # fmt: skip


def louder(cell: int, times: float, from_s: int) -> Spoil:
    """One cell bears so many times as much from then on."""

    def spoil(codes: np.ndarray, at_s: np.ndarray) -> None:
        late = at_s >= from_s
        codes[late, cell] = np.minimum(codes[late, cell] * times, 32_000).astype(np.int16)

    return spoil
