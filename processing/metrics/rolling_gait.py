"""Contacts and strides of the last window: steps, cadence, walking.

cadence = 120 / mean stride of the window's strides. Walking: the last four initial contacts alternate between the feet
0.25–1.25 s apart and the latest lies at most 1.5 s back (clinical basis 1.6). A contact counts in the second in which
it became known.

Figures:
live.cadence_spm [steps/min]: over the last 60 s
live.steps [count]: initial contacts of both feet since the walk began
live.walking [yes or no]: whether the wearer walks in this second
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np

from ingest.wire.geometry import Side
from ingest.wire.messages import Figure, Stride
from processing.metrics.live_foot import LiveFoot
from processing.metrics.rolling_load import no_figure
from processing.metrics.running import Footfall
from processing.metrics.signal import Ints
from processing.windows import SECOND_NS

_STEP_NS = (250_000_000, 1_250_000_000)
_LAST_STEP_NS = 1_500_000_000
_SIDES = tuple(Side)

Fall = tuple[int, Side, Footfall]  # t_ns of the initial contact


class Gait:
    """`close` the seconds one after the other; `steps`: contacts so far."""

    def __init__(self, walk: str, window_s: int) -> None:
        self.steps = 0
        self._walk = walk
        self._window_s = window_s
        self._strides: deque[tuple[int, int]] = deque()  # (t_ns of its end, length in ns)
        self._strides_ns = 0
        self._falls: deque[tuple[int, Side]] = deque(maxlen=4)
        self._follows: deque[bool] = deque(maxlen=3)  # whether each of these does as a step, on the one before

    def clear(self) -> None:
        self._strides.clear()
        self._strides_ns = 0
        self._falls.clear()

    @property
    def last_contact_t_ns(self) -> int | None:
        return self._falls[-1][0] if self._falls else None

    def close(self, end_ns: int, falls: Sequence[Fall]) -> list[Stride]:
        """The strides that a second's contacts complete."""
        strides: list[Stride] = []
        for t_ns, side, fall in falls:
            self.steps += 1
            if self._falls:
                before = self._falls[-1]
                self._follows.append(before[1] is not side and _STEP_NS[0] <= t_ns - before[0] <= _STEP_NS[1])
            self._falls.append((t_ns, side))
            if fall.began is None or fall.foot_off is None:
                continue
            stride_ns = fall.at.own_ns - fall.began.own_ns
            stance_ns = fall.foot_off.own_ns - fall.began.own_ns
            self._strides.append((t_ns, stride_ns))
            self._strides_ns += stride_ns
            strides.append(
                Stride(
                    side=side,
                    walk=self._walk,
                    t_ns=fall.began.t_ns,
                    stride_s=stride_ns / 1e9,
                    stance_s=stance_ns / 1e9,
                    swing_s=(stride_ns - stance_ns) / 1e9,
                )
            )
        while self._strides and self._strides[0][0] < end_ns - self._window_s * SECOND_NS:
            self._strides_ns -= self._strides.popleft()[1]
        return strides

    def cadence(self, coverage_pct: float) -> Figure:
        if not self._strides:
            return no_figure(f"no strides in the last {self._window_s} s", coverage_pct)
        return Figure(value=120 * SECOND_NS * len(self._strides) / self._strides_ns, coverage_pct=coverage_pct)

    def walking(self, is_well_measured: bool, end_ns: int) -> bool | None:
        """None: a foot was not measured well enough in the last seconds."""
        if not is_well_measured:
            return None
        if len(self._falls) < 4 or end_ns - self._falls[-1][0] > _LAST_STEP_NS:
            return False
        return all(self._follows)


def falls_by_second(first: int, stop: int, feet: Mapping[Side, LiveFoot]) -> dict[int, list[Fall]]:
    """Number of the second: its contacts in order of time."""
    found: dict[int, list[Fall]] = {}
    for side in _SIDES:
        foot = feet.get(side)
        for fall in () if foot is None else foot.falls:
            at = min(max(fall.known_t_ns // SECOND_NS, first), stop - 1) - first
            found.setdefault(at, []).append((fall.at.t_ns, side, fall))
    for falls in found.values():
        falls.sort(key=lambda fall: fall[:2])
    return found


def contacts_per_second(falls: Mapping[int, list[Fall]], side: Side, k: int) -> Ints:
    counts = np.zeros(k, dtype=np.int64)
    for at, known in falls.items():
        counts[at] = sum(1 for fall in known if fall[1] is side)
    return counts
