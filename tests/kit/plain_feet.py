"""Feet of real recordings read, and their contacts found, in plain numpy and without anything of the product.

What a figure is compared with that was worked out apart.
"""

from __future__ import annotations

import csv
import lzma
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

DT_S = 0.01
GAITPDB_AREAS = "heel rear_lateral rear_medial mid_lateral mid_medial forefoot_lateral forefoot_medial toe"


@dataclass(frozen=True)
class Contact:
    """Rows `first … stop − 1`; edges in s, `whole`: both were seen."""

    first: int
    stop: int
    on_s: float
    off_s: float
    begins: bool
    ends: bool


@dataclass(frozen=True)
class Foot:
    """`force_n` n × cells, `kpa` too or None; `on_n` and `off_n` above what the foot reads in the air."""

    t_s: np.ndarray
    force_n: np.ndarray
    kpa: np.ndarray | None
    areas: np.ndarray
    x: np.ndarray
    y: np.ndarray
    on_n: float
    off_n: float
    skip_s: tuple[float, float]

    @cached_property
    def total_n(self) -> np.ndarray:
        return self.force_n.sum(axis=1)

    def crossing_s(self, row: int, limit_n: float) -> float:
        if row in (0, len(self.t_s)):
            return float(self.t_s[0] if row == 0 else self.t_s[-1] + DT_S)
        before, after = self.total_n[row - 1], self.total_n[row]
        way = min(max((limit_n - before) / (after - before), 0.0), 1.0)
        return float(self.t_s[row - 1] + way * (self.t_s[row] - self.t_s[row - 1]))

    @cached_property
    def contacts(self) -> list[Contact]:
        load = self.total_n
        low, high = np.percentile(load, (2, 95))
        baseline = np.median(load[load < low + 0.1 * (high - low)])
        on_n, off_n = baseline + self.on_n, baseline + self.off_n
        change = np.diff(np.concatenate([[0], (load > on_n).astype(int), [0]]))
        runs: list[list[float]] = []
        for first, stop in zip(np.flatnonzero(change == 1), np.flatnonzero(change == -1), strict=True):
            over = np.flatnonzero(load[first:stop] > off_n)
            if not over.size:
                continue
            end = int(first + over[-1] + 1) if stop < len(load) else int(stop)
            run = [int(first), end, self.crossing_s(int(first), on_n), self.crossing_s(end, off_n)]
            cut_off = end == len(load) or (bool(runs) and runs[-1][0] == 0)  # how long such a contact was nobody knows
            if runs and not cut_off and run[2] - runs[-1][3] < 0.1:
                runs[-1][1], runs[-1][3] = run[1], run[3]
            else:
                runs.append(run)
        return [
            Contact(int(a), int(b), on, off, a > 0, b < len(load))
            for a, b, on, off in runs
            if (off - on >= 0.2 or b == len(load)) and load[int(a) : int(b)].max() >= 0.35 * high
        ]

    @cached_property
    def strides(self) -> list[tuple[Contact, Contact]]:
        """Those that count: each contact with the next one."""
        pairs = [
            (one, two)
            for one, two in zip(self.contacts, self.contacts[1:], strict=False)
            if one.begins and one.ends and two.begins
        ]
        times = np.array([(b.on_s - a.on_s, a.off_s - a.on_s, b.on_s - a.off_s) for a, b in pairs])
        begins = np.array([a.on_s for a, _ in pairs]) - self.t_s[0]
        keep = (times[:, 0] >= 0.5) & (times[:, 0] <= 2.5)
        keep &= (times[:, 1] >= 0.4 * times[:, 0]) & (times[:, 1] <= 0.9 * times[:, 0])
        if self.skip_s[0]:
            keep &= begins >= self.skip_s[0]
            keep &= begins + times[:, 0] <= self.t_s[-1] - self.t_s[0] - self.skip_s[1]
        for column in times.T:
            middle = np.median(column[keep])
            spread = max(1.4826 * np.median(abs(column[keep] - middle)), 0.01)
            keep &= abs(column - middle) <= 3 * spread
        return [pair for pair, kept in zip(pairs, keep, strict=True) if kept]

    @cached_property
    def stances(self) -> list[Contact]:
        return [each for each in self.contacts if each.begins and each.ends and each.off_s - each.on_s <= 2.25]


@cache
def gaitpdb_feet(file: Path) -> dict[str, Foot]:
    lines = lzma.decompress(file.read_bytes()).splitlines()
    table = np.array([line.split() for line in lines], dtype=np.float64)
    place = np.array([(500, -800), (700, -400), (300, -400), (700, 0), (300, 0), (700, 400), (300, 400), (500, 800)])
    return {
        side: Foot(
            t_s=table[:, 0] - table[0, 0],
            force_n=table[:, 1 + 8 * n : 9 + 8 * n],
            kpa=None,
            areas=np.array(GAITPDB_AREAS.split()),
            x=(place[:, 0] - 100) / 800,
            y=(place[:, 1] + 1000) / 2000,
            on_n=20,
            off_n=20,
            skip_s=(10, 5),
        )
        for n, side in enumerate(("left", "right"))
    }


def region(x: float, y: float) -> str:
    if y < 0.31:
        return "HM" if x < 0.5 else "HL"
    if y < 0.51:
        return "MF"
    if y >= 0.81:
        return "T1" if x < 1 / 3 else "T2-5"
    return f"M{1 + sum(x >= edge for edge in (0.333, 0.477, 0.621, 0.765))}"


@cache
def moticon_feet(file: Path) -> dict[str, Foot]:
    lines = file.read_text(encoding="utf-8").splitlines()
    titles = next(line for line in lines if line.startswith("# time\t"))[2:].split("\t")
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    cells = list(csv.DictReader((file.parent / "sensor_estimates.csv").read_text(encoding="utf-8").splitlines()))
    feet = {}
    for side in ("left", "right"):
        first = titles.index(f"{side} pressure 1[N/cm²]")
        some = [row for row in rows if all(word.strip() for word in row[first : first + 16])]
        kpa = 10 * np.array([[float(word) for word in row[first : first + 16]] for row in some])
        cm2 = np.array([float(cell["eff_area_cm2"]) for cell in cells if cell["side"] == side])
        # one place for both feet, as mirrored cells are alike
        x, y = (0.5 - at("y", cells), at("x", cells) + 0.5)
        feet[side] = Foot(
            t_s=np.array([float(row[0]) for row in some]),
            force_n=kpa * np.round(100 * cm2, 1) / 1000,
            kpa=kpa,
            areas=np.array([region(*place) for place in zip(x, y, strict=True)]),
            x=x,
            y=y,
            on_n=50,
            off_n=100,
            skip_s=(0, 0),
        )
    return feet


def at(name: str, cells: list[dict[str, str]]) -> np.ndarray:
    return np.array([float(cell[name]) for cell in cells if cell["side"] == "left"])
