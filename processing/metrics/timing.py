"""Times of one foot's strides, added up: steps, stride, stance, swing.

stride = initial contact to the next one of the same foot; stance = foot off − initial contact; swing = next initial
contact − foot off; swing % = 100 × swing / stride, stance % = 100 − swing % (clinical basis 1.6). A walk's mean pools
the strides of both feet; its variability is 100 × SD (n − 1) / mean of each foot, then the mean of the feet.
Everything rests on the foot's own clock. The load of an unfit cell takes part as long as the baseline follows it, since
leaving a cell out moves the edges; where contacts are lost with it, it is left out.

Figures:
steps.SIDE [count]: initial contacts that were seen
cadence_spm [steps/min]: 120 / mean stride, so of steady walking, without stops
stride.kept.SIDE [count]: strides that count under the recipe
stride.removed [count]: strides of which all three edges were seen and that the recipe leaves out
stride.complete.SIDE [count]: strides of which all three edges were seen
stride.complete_per_min.SIDE [1/min]: complete strides / duration of the walk, stops included
stride|stance|swing.mean_s [s]: mean time over the strides that count, both feet
stride|swing.cv_pct [%]: variability of that time, mean of the feet
stance|swing.pct [% of stride]: mean over the strides that count
"""

from __future__ import annotations

from dataclasses import dataclass

from processing.metrics.moments import NO_VALUES, Moments
from processing.metrics.section import JudgedFoot


@dataclass(frozen=True, slots=True)
class TimingPart:
    """`steps`: initial contacts seen; `complete`: strides whose three edges were seen, counted or not. Times in s."""

    steps: int = 0
    complete: int = 0
    stride: Moments = NO_VALUES
    stance: Moments = NO_VALUES
    swing: Moments = NO_VALUES
    swing_pct: Moments = NO_VALUES

    @classmethod
    def of(cls, foot: JudgedFoot) -> TimingPart:
        used = foot.used
        return cls(
            steps=int(foot.contacts.begins_known.sum()),
            complete=foot.found.count,
            stride=Moments.of(used.stride_s),
            stance=Moments.of(used.stance_s),
            swing=Moments.of(used.swing_s),
            swing_pct=Moments.of(100 * used.swing_s / used.stride_s),
        )

    def __add__(self, later: TimingPart) -> TimingPart:
        return TimingPart(
            self.steps + later.steps,
            self.complete + later.complete,
            self.stride + later.stride,
            self.stance + later.stance,
            self.swing + later.swing,
            self.swing_pct + later.swing_pct,
        )

    @property
    def used(self) -> int:
        """Strides that count."""
        return self.stride.n
