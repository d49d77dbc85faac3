"""A section: up to ten minutes of a walk that are judged as a whole, so that memory does not grow with the walk.

What a recipe needs to see at once (percentiles, medians, the outliers among the strides) it sees within a section.
Every family reduces a judged foot to a part; parts add up to the walk (`part + later_part`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.wire.messages import Layout
from processing.metrics.contacts import Contacts
from processing.metrics.load import LoadScale
from processing.metrics.masks import Masks
from processing.metrics.signal import FootSignal, Ints
from processing.metrics.strides import Strides

SECTION_NS = 600 * 10**9
MARGIN_NS = 30 * 10**9  # rows on either side that edges at the border are judged with

Codes = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class FootSection:
    """n rows of one foot in order; all arrays alike.

    `codes` n × cells; `not_measured` per row, bit i: the insole gave no value of cell i. `unfit`: bit i: cell i was
    found unfit by the end of the section (`health`); its codes are there but mean nothing. `signal.load` leaves out
    what is unfit. `inside`: the rows that belong to the section, the others are margin.
    """

    layout: Layout
    scale: LoadScale
    codes: Codes
    not_measured: Masks
    unfit: int
    signal: FootSignal
    inside: slice


@dataclass(frozen=True, slots=True, eq=False)
class JudgedFoot:
    """A section judged by a recipe; `contacts` begin inside it, `used` are the strides that count among the `found`.

    Row numbers in `contacts` count from the first row of the section, margin included. `seen`: the contacts of the
    margins as well; None: there are no others.
    """

    section: FootSection
    contacts: Contacts
    found: Strides
    used: Strides
    seen: Contacts | None = None

    @property
    def whole(self) -> Ints:
        """Numbers of the contacts whose both edges were seen."""
        return np.flatnonzero(self.contacts.begins_known & self.contacts.ends_known)
