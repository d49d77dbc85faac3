"""Both feet against time: where their data and their contacts overlap. The only timing that rests on the hub's clock.

double support % = 100 × time with both feet on the ground / time; single support % of a foot = 100 × time with that
foot alone on the ground / time; step of a foot = its initial contact − the other foot's one before it; step cadence =
60 / mean step (clinical basis 1.6, 3.1). `time` is each stride that counts, or, where the recipe says so, the whole
time in which both feet were measured. A step counts if it ends a stride that counts; over the whole time every step
does, in whole rows where the recipe counts rows.

Figures:
double_support_pct [%]: both feet on the ground
single_support_pct.SIDE [%]: this foot alone on the ground
step.mean_s.SIDE [s]: mean step of this foot
step.cv_pct [%]: 100 × SD (n − 1) / mean step of each foot, then the mean of the feet
step.cadence_spm [steps/min]: 60 / mean step of both feet
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processing.metrics.contacts import Contacts
from processing.metrics.moments import NO_VALUES, Moments
from processing.metrics.recipe import Clock, Recipe
from processing.metrics.section import SECTION_NS, JudgedFoot
from processing.metrics.signal import Floats, FootSignal, Ints
from processing.metrics.spans import Spans

_SAME_NS = 1e6  # closer than two contacts of a foot can be


def measured(signal: FootSignal, bridge_rows: int = 1) -> Spans:
    """When the foot was measured; a jitter of one row is no hole, nor are the rows that a recipe bridges."""
    slack = max(bridge_rows, 1) * signal.ns_per_row
    spans = [(begin, end) for begin, end in signal.spans_ns()]
    bridged = [
        (begin, following[0] if 0 <= following[0] - end <= slack else end)
        for (begin, end), following in zip(spans, [*spans[1:], (-1, -1)], strict=True)
    ]
    return Spans(bridged)


def grounded(signal: FootSignal, contacts: Contacts) -> Spans:
    """When the foot was on the ground. An edge that nobody saw stands where the data ends."""
    if not contacts.count:
        return Spans(())
    stop = np.minimum(contacts.stop, signal.rows - 1)
    begin = signal.walk_ns[contacts.first] + np.where(contacts.begins_known, contacts.on_lead_s, 0.0) * 1e9
    end = np.where(
        contacts.ends_known,
        signal.walk_ns[stop] + contacts.off_lead_s * 1e9,
        signal.walk_ns[contacts.stop - 1] + signal.ns_per_row,
    )
    return Spans(np.stack((begin, end), axis=1))


@dataclass(frozen=True, slots=True)
class SupportPart:
    """One foot beside the other. The percentages are of its strides that count; the ns of the time both were measured.

    `step`: times of this foot's steps, s.
    """

    measured_ns: float = 0.0
    both_ns: float = 0.0
    alone_ns: float = 0.0
    double_pct: Moments = NO_VALUES
    single_pct: Moments = NO_VALUES
    step: Moments = NO_VALUES

    @classmethod
    def of_pair(cls, foot: JudgedFoot, other: JudgedFoot, recipe: Recipe) -> SupportPart:
        signals = (foot.section.signal, other.section.signal)
        both_measured = measured(signals[0], recipe.bridge_rows) & measured(signals[1], recipe.bridge_rows)
        mine = grounded(signals[0], _seen(foot)) & both_measured
        both = mine & grounded(signals[1], _seen(other))
        window = _window(foot, other)
        double, single = _of_strides(foot, both, both_measured)
        return cls(
            measured_ns=(both_measured & window).total_ns,
            both_ns=(both & window).total_ns,
            alone_ns=(mine & window).total_ns - (both & window).total_ns,
            double_pct=Moments.of(double),
            single_pct=Moments.of(single),
            step=Moments.of(_steps_s(foot, other, both_measured, recipe)),
        )

    def __add__(self, later: SupportPart) -> SupportPart:
        return SupportPart(
            self.measured_ns + later.measured_ns,
            self.both_ns + later.both_ns,
            self.alone_ns + later.alone_ns,
            self.double_pct + later.double_pct,
            self.single_pct + later.single_pct,
            self.step + later.step,
        )


def _seen(foot: JudgedFoot) -> Contacts:
    return foot.contacts if foot.seen is None else foot.seen


def _window(foot: JudgedFoot, other: JudgedFoot) -> Spans:
    """The time of the section itself, without its margins."""
    for each in (foot, other):
        first_ns = each.section.signal.walk_ns[each.section.inside][:1]
        if first_ns.size:
            begin = float(first_ns[0] // SECTION_NS * SECTION_NS)
            return Spans([(begin, begin + SECTION_NS)])
    return Spans(())


def _of_strides(foot: JudgedFoot, both: Spans, both_measured: Spans) -> tuple[Floats, Floats]:
    """Double and single support in % of each stride of a foot during which both feet were measured throughout."""
    contacts, strides, signal = foot.contacts, foot.used, foot.section.signal
    first = contacts.first[strides.contact]
    begin = signal.walk_ns[first] + contacts.on_lead_s[strides.contact] * 1e9
    length_ns = strides.stride_s * 1e9
    judged = both_measured.within(begin, begin + length_ns) >= length_ns - 1.5 * signal.ns_per_row
    begin, length_ns = begin[judged], length_ns[judged]
    double: Floats = 100 * both.within(begin, begin + length_ns) / length_ns
    single: Floats = 100 * strides.stance_s[judged] / strides.stride_s[judged] - double
    return double, single


def _steps_s(foot: JudgedFoot, other: JudgedFoot, both_measured: Spans, recipe: Recipe) -> Floats:
    """From the other foot's latest initial contact to this foot's; both feet measured and alternating in between."""
    signal = foot.section.signal
    of_strides = recipe.double_support_of == "strides"
    own, theirs = _initial_contacts_ns(foot, _seen(foot)), _initial_contacts_ns(other, _seen(other))
    if of_strides:
        began = _initial_contacts_ns(foot, foot.contacts, foot.used.contact)
        here = began + foot.used.stride_s * 1e9
    else:
        here = _initial_contacts_ns(foot, foot.contacts)
        place = np.searchsorted(own, here - _SAME_NS) - 1
        began = np.where(place >= 0, own[np.maximum(place, 0)] if own.size else -np.inf, -np.inf)
    place = np.searchsorted(theirs, here) - 1
    before = np.where(place >= 0, theirs[np.maximum(place, 0)] if theirs.size else -np.inf, -np.inf)
    alternates = (before > began) & (here - before <= recipe.stride_s[1] * 1e9)
    here, before = here[alternates], before[alternates]
    seen = both_measured.within(before, here) >= here - before - 1.5 * signal.ns_per_row
    steps_ns: Floats = (here - before)[seen]
    if recipe.clock is Clock.ROWS:
        return np.round(steps_ns / signal.ns_per_row) * (signal.ns_per_row / 1e9)
    return steps_ns / 1e9


def _initial_contacts_ns(foot: JudgedFoot, contacts: Contacts, numbers: Ints | None = None) -> Floats:
    """On the walk's clock; of all contacts whose beginning was seen unless `numbers` names some."""
    which = np.flatnonzero(contacts.begins_known) if numbers is None else numbers
    at: Floats = foot.section.signal.walk_ns[contacts.first[which]] + contacts.on_lead_s[which] * 1e9
    return at
