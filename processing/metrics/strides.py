"""Strides of one foot, from initial contact to the next one, and which of them a recipe keeps.

stance = foot off − initial contact; swing = next initial contact − foot off; stance % = 100 × stance / stride.
Source: clinical basis 1.6; robust SD = 1.4826 × median absolute deviation, floor 10 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from processing.metrics.contacts import Contacts
from processing.metrics.recipe import Clock, Recipe
from processing.metrics.signal import Bools, Floats, FootSignal, Ints, median

_FLOOR_S = 0.010
Foot = TypeVar("Foot", bound=str)


@dataclass(frozen=True, slots=True, eq=False)
class Strides:
    """m strides: times in s; `contact` is the number of the contact each one begins with."""

    contact: Ints
    begins_s: Floats
    stride_s: Floats
    stance_s: Floats
    swing_s: Floats

    @property
    def count(self) -> int:
        return int(self.contact.size)

    def only(self, keep: Bools) -> Strides:
        return Strides(
            self.contact[keep], self.begins_s[keep], self.stride_s[keep], self.stance_s[keep], self.swing_s[keep]
        )

    def renumbered(self, by: int) -> Strides:
        return replace(self, contact=self.contact + by)


def find_strides(contacts: Contacts, signal: FootSignal, recipe: Recipe) -> Strides:
    """Every stride whose three edges were seen, however long it was."""
    here = np.arange(max(contacts.count - 1, 0), dtype=np.int64)
    whole = (
        contacts.begins_known[here]
        & contacts.ends_known[here]
        & contacts.begins_known[here + 1]
        & (contacts.stretch[here] == contacts.stretch[here + 1])
    )
    here = here[whole]
    begins, off, again = (
        contacts.initial_contact_s[here],
        contacts.foot_off_s[here],
        contacts.initial_contact_s[here + 1],
    )
    if recipe.clock is Clock.ROWS:  # whole rows times the nominal spacing, so that equal counts are equal times
        step = signal.ns_per_row / 1e9
        stance, stride = (
            (contacts.stop[here] - contacts.first[here]) * step,
            (contacts.first[here + 1] - contacts.first[here]) * step,
        )
        swing = (contacts.first[here + 1] - contacts.stop[here]) * step
    else:
        stance, stride, swing = off - begins, again - begins, again - off
    return Strides(here, begins, stride, stance, swing)


def _plausible(strides: Strides, recipe: Recipe) -> Bools:
    stance_pct = 100 * strides.stance_s / strides.stride_s
    return _within(strides.stride_s, recipe.stride_s) & _within(stance_pct, recipe.stance_pct)


def kept(found: Mapping[Foot, Strides], spans_s: Mapping[Foot, float], recipe: Recipe) -> dict[Foot, Bools]:
    """Which strides of each foot count; `spans_s`: how long each foot was recorded."""
    keep = {
        side: _plausible(strides, recipe) & _in_the_middle(strides, spans_s[side], recipe)
        for side, strides in found.items()
    }
    if recipe.of_median is not None:
        lengths = np.concatenate([strides.stride_s[keep[side]] for side, strides in found.items()] or [np.empty(0)])
        middle = median(lengths) if lengths.size else 0.0
        limits = (recipe.of_median[0] * middle, recipe.of_median[1] * middle)
        keep = {side: keep[side] & _within(strides.stride_s, limits) for side, strides in found.items()}
    if recipe.robust_sd is not None:
        keep = {side: _usual(strides, keep[side], recipe.robust_sd) for side, strides in found.items()}
    return keep


def _in_the_middle(strides: Strides, span_s: float, recipe: Recipe) -> Bools:
    ends = strides.begins_s + strides.stride_s
    return (strides.begins_s >= recipe.skip_first_s) & (
        (recipe.skip_last_s == 0) | (ends <= span_s - recipe.skip_last_s)
    )


def _usual(strides: Strides, keep: Bools, times_sd: float) -> Bools:
    """One length after the other, each judged among the strides that are still in."""
    for lengths in (strides.stride_s, strides.stance_s, strides.swing_s):
        if keep.any():
            middle = median(lengths[keep])
            spread = max(1.4826 * median(np.abs(lengths[keep] - middle)), _FLOOR_S)
            keep = keep & (np.abs(lengths - middle) <= times_sd * spread)
    return keep


def _within(values: Floats, limits: tuple[float, float]) -> Bools:
    # a length on the limit counts; the slack is far below any clock's resolution
    return (values >= limits[0] - 1e-9) & (values <= limits[1] + 1e-9)


def mean(values: Floats) -> float | None:
    return float(values.mean()) if values.size else None


def cv_pct(values: Floats) -> float | None:
    """Coefficient of variation, 100 × SD (n − 1) / mean; None below two values."""
    return 100 * float(values.std(ddof=1)) / float(values.mean()) if values.size > 1 else None
