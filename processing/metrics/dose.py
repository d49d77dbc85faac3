"""How much load a foot took in all: force-time integral and cumulative plantar tissue stress. Doses of walks add up.

- dose = Σ F dt over every row in which no cell is unfit or lacks, in N s; in BW s where the body's weight is known
  (clinical basis 1.2: Σ FTI / BW), BW = weight × 9.80665 m/s²
- stepping = the part of it within stances (`centre_of_pressure`); standing = everything else: contacts longer than a
  stance, those cut off by the data, and what the shoe presses in swing
- cumulative plantar tissue stress of an area = Σ over steps of PTI + Σ over standing of p dt, both with the highest
  p of the area's cells (peak curve), in MPa s; only where the insole measures kPa (clinical basis 1.2). PTI 60 kPa s ×
  3,000 strides = 180 MPa s

What was not measured is not zero: a dose stands beside the time that it was measured in.

Figures:
dose.SIDE.impulse_n_s [N s]: force-time integral over everything measured
dose.SIDE.impulse_bw_s [BW s]: the same in body weights
dose.SIDE.stepping_n_s [N s]: the part within stances
dose.SIDE.standing_n_s [N s]: everything else
dose.SIDE.stepping_pct [% of the dose]: the part within stances
dose.SIDE.stances [count]: stances in it
dose.SIDE.measured_s [s]: time that the dose rests on
dose.SIDE.coverage_pct [%]: that time, of the walk's duration
dose.SIDE.cpts_mpa_s.AREA.whole|stepping [MPa s]: cumulative plantar tissue stress, in all and within stances
dose.SIDE.cpts_mpa_s.AREA.measured_s [s]: time that the area's stress rests on
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from processing.metrics.centre_of_pressure import Stretched, stances_of
from processing.metrics.masks import any_of, lack_any
from processing.metrics.regions import Pressures, cells_of_areas, mask_of
from processing.metrics.section import FootSection, JudgedFoot
from processing.metrics.signal import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Exposure:
    """Σ value × ns over `measured_ns`, and the share of it that fell into stances."""

    whole: float = 0
    stepping: float = 0
    measured_ns: int = 0

    @classmethod
    def of(cls, values: Ints | Floats, good: Bools | None, stances: Stretched, section: FootSection) -> Exposure:
        """`values` n; `good` n: the rows that count, None: all."""
        step_ns = section.signal.ns_per_row
        counted = values if good is None else values * good
        rows = len(values[section.inside]) if good is None else int(good[section.inside].sum())
        whole, stepping = counted[section.inside].sum().item(), counted[stances.rows].sum().item()
        return cls(whole * step_ns, stepping * step_ns, rows * step_ns)

    def __add__(self, later: Exposure) -> Exposure:
        return Exposure(self.whole + later.whole, self.stepping + later.stepping, self.measured_ns + later.measured_ns)

    @property
    def standing(self) -> float:
        # stances may reach out of a section in which a cell is unfit into one in which it is not
        return max(self.whole - self.stepping, 0)


@dataclass(frozen=True, slots=True)
class DosePart:
    """One foot. `load` in Σ code × weight × ns; `areas` in kPa ns, none where the insole measures no kPa.

    `stances`: in which the stepping part was taken. `present_ns`: of all rows. `missing` bit i: cell i was unfit or
    lacked in some row.
    """

    load: Exposure = Exposure()
    areas: Mapping[str, Exposure] = field(default_factory=dict)
    stances: int = 0
    present_ns: int = 0
    missing: int = 0

    @classmethod
    def of(cls, foot: JudgedFoot) -> DosePart:
        """Of a section; a stance that reaches over its end belongs to it whole."""
        section, numbers = foot.section, stances_of(foot)
        stances = Stretched.of(foot.contacts.first[numbers], foot.contacts.stop[numbers])
        lacking = section.not_measured
        missing = section.unfit | (any_of(lacking[section.inside]) if lacking.any() else 0)
        return cls(
            load=Exposure.of(section.signal.load, _without(section, -1), stances, section),
            areas=_areas(section, stances),
            stances=int(numbers.size),
            present_ns=len(section.codes[section.inside]) * section.signal.ns_per_row,
            missing=missing,
        )

    def __add__(self, later: DosePart) -> DosePart:
        names = [*self.areas, *(name for name in later.areas if name not in self.areas)]
        none = Exposure()
        return DosePart(
            load=self.load + later.load,
            areas={name: self.areas.get(name, none) + later.areas.get(name, none) for name in names},
            stances=self.stances + later.stances,
            present_ns=self.present_ns + later.present_ns,
            missing=self.missing | later.missing,
        )


def _without(section: FootSection, cells: int) -> Bools | None:
    """The rows in which none of these cells is unfit or lacks; None: all rows."""
    if section.unfit & cells:
        return np.zeros(len(section.codes), dtype=np.bool_)
    return ~lack_any(section.not_measured, cells) if section.not_measured.any() else None


def _areas(section: FootSection, stances: Stretched) -> dict[str, Exposure]:
    pressures = Pressures.of(section.layout)
    if pressures is None or not pressures.absolute:
        return {}
    made: dict[str, Exposure] = {}
    for name, cells in cells_of_areas(section.layout).items():
        per_code = pressures.per_code[cells]
        alike = bool((per_code == per_code[0]).all())
        # whole codes as long as they can be compared, so that their sum does not hang on the order of the rows
        values: Ints | Floats = _highest(section, cells) if alike else _highest_kpa(section, cells, per_code)
        dose = Exposure.of(values, _without(section, mask_of(cells)), stances, section)
        scale = float(per_code[0]) if alike else 1.0
        made[name] = Exposure(dose.whole * scale, dose.stepping * scale, dose.measured_ns)
    return made


def _highest(section: FootSection, cells: list[int]) -> Ints:
    highest: Ints = section.codes[:, cells].max(axis=1).astype(np.int64)
    return highest


def _highest_kpa(section: FootSection, cells: list[int], per_code: Floats) -> Floats:
    highest: Floats = (section.codes[:, cells] * per_code).max(axis=1)
    return highest
