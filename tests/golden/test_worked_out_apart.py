"""The figures of two real recordings, worked out a second time from the text of the files.

Nothing of the product but its command is used here: what a file says goes through the definitions in plain numpy, one
contact after the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from plain_feet import DT_S, Foot, gaitpdb_feet, moticon_feet

from underfoot.cli.replay import command

SIDES = ("left", "right")
WEIGHT_KG = 83.0
BODY_N = WEIGHT_KG * 9.80665
LEAST_COP_N = max(40.0, 0.05 * BODY_N)
FOREFOOT = {"forefoot_lateral", "forefoot_medial", "toe", "T1", "T2-5", "M1", "M2", "M3", "M4", "M5"}
REARFOOT = {"heel", "rear_lateral", "rear_medial", "HM", "HL"}

Row = tuple[str, float]


def spread(path: str, values: list[float]) -> Iterator[Row]:
    yield f"{path}.mean", float(np.mean(values))
    yield f"{path}.sd", float(np.std(values, ddof=1))


def of_regions(side: str, foot: Foot) -> Iterator[Row]:
    stances = [one for one, _ in foot.strides]
    for area in dict.fromkeys(foot.areas.tolist()):
        cells, path = foot.areas == area, f"regions.{side}.{area}"
        force = [foot.force_n[each.first : each.stop][:, cells] for each in stances]
        whole = [foot.total_n[each.first : each.stop].sum() for each in stances]
        loaded_all = (foot.force_n > 5 if foot.kpa is None else foot.kpa > 10)[:, cells].any(axis=1)
        loaded = [loaded_all[each.first : each.stop] for each in stances]
        yield from spread(f"{path}.fti_n_s", [f.sum() * DT_S for f in force])
        yield from spread(f"{path}.max_force_n", [f.sum(axis=1).max() for f in force])
        yield from spread(f"{path}.share_pct", [100 * f.sum() / w for f, w in zip(force, whole, strict=True)])
        yield from spread(f"{path}.contact_pct", [100 * on.mean() for on in loaded])
        yield from spread(f"{path}.contact_time_s", [on.sum() * DT_S for on in loaded])
        yield f"{path}.loaded_pct", 100 * loaded_all.mean()
        if foot.kpa is not None:
            kpa = [foot.kpa[each.first : each.stop][:, cells] for each in stances]
            yield from spread(f"{path}.peak_kpa", [p.max() for p in kpa])
            yield from spread(f"{path}.pti_peak_curve_kpa_s", [p.max(axis=1).sum() * DT_S for p in kpa])
            yield from spread(f"{path}.pti_cell_kpa_s", [p.sum(axis=0).max() * DT_S for p in kpa])


def of_load(side: str, foot: Foot) -> Iterator[Row]:
    impulse = {area: foot.force_n[:, foot.areas == area].sum() * DT_S for area in foot.areas.tolist()}
    whole = sum(impulse.values())
    q = np.sort([part / whole for part in impulse.values()])
    front, back = (sum(part for area, part in impulse.items() if area in zone) for zone in (FOREFOOT, REARFOOT))
    stepping = sum(foot.total_n[each.first : each.stop].sum() for each in foot.stances) * DT_S
    yield f"impulse.{side}", whole
    yield f"dose.{side}.impulse_n_s", whole
    yield f"dose.{side}.impulse_bw_s", whole / BODY_N
    yield f"dose.{side}.stepping_n_s", stepping
    yield f"forefoot_share_pct.{side}", 100 * front / whole
    yield f"forefoot_rearfoot.{side}.impulse_ratio", front / back
    yield f"evenness.{side}.n_eff", 1 / (q**2).sum()
    yield f"evenness.{side}.pielou", -(q * np.log(q)).sum() / np.log(q.size)
    yield f"evenness.{side}.gini", ((2 * np.arange(1, q.size + 1) - q.size - 1) * q).sum() / q.size
    if foot.kpa is not None:
        for area in dict.fromkeys(foot.areas.tolist()):
            highest = foot.kpa[:, foot.areas == area].max(axis=1)
            yield f"dose.{side}.cpts_mpa_s.{area}.whole", highest.sum() * DT_S / 1000


def of_progression(side: str, foot: Foot) -> Iterator[Row]:
    found, lines = [], []
    for each in foot.stances:
        force, total = foot.force_n[each.first : each.stop], foot.total_n[each.first : each.stop]
        carries, fifth = total >= LEAST_COP_N - 1e-9, (each.stop - each.first) // 5
        early, late = (
            (force * carries[:, None])[rows].sum(axis=0) for rows in (slice(0, fifth), slice(len(force) - fifth, None))
        )
        if not early.sum() or not late.sum():
            continue
        start, end = (100 * (part @ foot.y) / part.sum() for part in (early, late))
        rows = np.flatnonzero(carries)
        x, y = ((force @ place)[rows] / total[rows] for place in (foot.x, foot.y))
        points = np.linspace(rows[0], rows[-1], 21)
        lines.append(100 * np.stack([np.interp(points, rows, x), np.interp(points, rows, y)], axis=1))
        found.append((start, end, end - start, 100 * (x.mean() - 0.5), abs(np.diff(lines[-1][:, 1])).sum()))
    names = ("start_pct", "end_pct", "excursion_pct", "ml_deviation_pct", "path_pct")
    for name, values in zip(names, zip(*found, strict=True), strict=True):
        yield f"progression.{side}.{name}", float(np.mean(values))
        yield f"progression.{side}.sd.{name}", float(np.std(values, ddof=1))
    for point, (across, along) in enumerate(np.mean(lines, axis=0)):
        yield f"progression.{side}.gait_line.{point}.0", across
        yield f"progression.{side}.gait_line.{point}.1", along


def of_steps(feet: dict[str, Foot]) -> Iterator[Row]:
    for side, other in (SIDES, SIDES[::-1]):
        theirs = np.array([each.on_s for each in feet[other].contacts if each.begins])
        steps, double, single = [], [], []
        for one, two in feet[side].strides:
            before = theirs[theirs < two.on_s][-1]
            if before > one.on_s:
                steps.append(two.on_s - before)
            ground = [(each.on_s, each.off_s) for each in feet[other].contacts]
            both = sum(max(0.0, min(off, one.off_s) - max(on, one.on_s)) for on, off in ground)
            double.append(100 * both / (two.on_s - one.on_s))
            single.append(100 * (one.off_s - one.on_s) / (two.on_s - one.on_s) - double[-1])
        yield f"step.mean_s.{side}", float(np.mean(steps))
        yield f"single_support_pct.{side}", float(np.mean(single))


def of_symmetry(feet: dict[str, Foot]) -> Iterator[Row]:
    strides = {side: feet[side].strides for side in SIDES}
    figures = {
        "stance": [np.mean([a.off_s - a.on_s for a, _ in strides[side]]) for side in SIDES],
        "swing": [np.mean([b.on_s - a.off_s for a, b in strides[side]]) for side in SIDES],
        "impulse": [np.mean([feet[s].total_n[a.first : a.stop].sum() for a, _ in strides[s]]) for s in SIDES],
    }
    for name, (left, right) in figures.items():
        path = f"asymmetry.{name}"
        yield f"{path}.si_pct", 100 * (right - left) / (0.5 * (right + left))
        yield f"{path}.ratio", max(left, right) / min(left, right)
        yield f"{path}.angle_pct", 100 * (45 - np.degrees(np.arctan(left / right))) / 90
        yield f"{path}.left_share_pct", 100 * left / (left + right)
    left, right = (feet[side].total_n.mean() for side in SIDES)
    yield "asymmetry.load_si_pct", 100 * (right - left) / (0.5 * (right + left))


@cache
def told(file: Path, recipe: str) -> dict[str, Any]:
    words = [str(file), "--recipe", recipe, "--weight-kg", str(WEIGHT_KG), "--json"]
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 0, result.output
    summary: dict[str, Any] = json.loads(result.stdout)
    return summary


def value_at(summary: dict[str, Any], path: str) -> Any:
    here: Any = summary
    for word in path.split("."):
        here = here[int(word)] if isinstance(here, list) else here[word]
    return here


def agree(summary: dict[str, Any], rows: Iterator[Row]) -> None:
    worked_out = dict(rows)
    differ = {
        path: (value_at(summary, path), value)
        for path, value in worked_out.items()
        if value_at(summary, path) != pytest.approx(value, rel=1e-9, abs=1e-12)
    }
    assert worked_out
    assert not differ


ONE_FOOT = (of_regions, of_load, of_progression)
BOTH_FEET = (of_steps, of_symmetry)


@pytest.mark.parametrize("family", ONE_FOOT)
@pytest.mark.parametrize("side", SIDES)
def test_a_foot_that_measures_forces(gaitpdb: Path, family: Callable[[str, Foot], Iterator[Row]], side: str) -> None:
    file = gaitpdb / "GaCo01_01.txt.xz"
    agree(told(file, "steady"), family(side, gaitpdb_feet(file)[side]))


@pytest.mark.parametrize("family", ONE_FOOT)
@pytest.mark.parametrize("side", SIDES)
def test_a_foot_that_measures_pressures(moticon: Path, family: Callable[[str, Foot], Iterator[Row]], side: str) -> None:
    file = moticon / "230927_102114.txt"
    agree(told(file, "vendor"), family(side, moticon_feet(file)[side]))


@pytest.mark.parametrize("family", BOTH_FEET)
def test_the_two_feet(gaitpdb: Path, family: Callable[[dict[str, Foot]], Iterator[Row]]) -> None:
    file = gaitpdb / "GaCo01_01.txt.xz"
    agree(told(file, "steady"), family(gaitpdb_feet(file)))
