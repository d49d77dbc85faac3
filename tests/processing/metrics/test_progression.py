"""Gait line and excursion: by hand, mirrored, pooled, withheld; and what ten real walks show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from judged_kit import judged_recording, section_of, with_stances
from rolling_foot_kit import CELLS, rolling_layout, stance_rows, walk_rows

from ingest.wire.geometry import Calibration, Side
from processing.judged import Reasons, WalkFacts
from processing.metrics.centre_of_pressure import carrying, in_parts, moments, span_of
from processing.metrics.progression import LINE_POINTS, ProgressionPart
from processing.metrics.section import JudgedFoot
from processing.summary.progression import progression

FIGURES = ("start", "end", "excursion", "deviation", "path")


def one_stance(codes: np.ndarray, **kwargs: object) -> JudgedFoot:
    """The rows as one stance, with an empty row on either side."""
    empty = np.zeros((1, codes.shape[1]), dtype=codes.dtype)
    section = section_of(rolling_layout(**kwargs), np.concatenate([empty, codes, empty]))
    return with_stances(section, [1], [1 + len(codes)])


def facts() -> WalkFacts:
    layouts = {side: rolling_layout(side) for side in Side}
    return WalkFacts(layouts=layouts, newton_per_unit={side: layouts[side].scale for side in Side})


def test_a_load_that_jumps_from_heel_to_toe_by_hand() -> None:
    codes = np.zeros((10, CELLS), dtype=np.int16)
    codes[:5, 0], codes[5:, -1] = 100, 300
    part = ProgressionPart.of(one_stance(codes))
    assert (part.start.mean, part.end.mean, part.excursion.mean) == pytest.approx((10.0, 90.0, 80.0))
    assert part.path.mean == pytest.approx(80.0)
    assert [along.mean for _, along in part.line][:: LINE_POINTS - 1] == pytest.approx([10.0, 90.0])
    assert part.deviation.mean == pytest.approx(0.0)


def test_the_path_counts_the_way_back_too() -> None:
    codes = np.zeros((21, CELLS), dtype=np.int16)
    codes[:7, 0] = codes[7:14, -1] = codes[14:, 0] = 100
    part = ProgressionPart.of(one_stance(codes))
    assert part.excursion.mean == pytest.approx(0.0)
    assert part.path.mean == pytest.approx(160.0)


def test_start_is_weighted_with_force() -> None:
    codes = np.full((10, CELLS), 0, dtype=np.int16)
    codes[:, 4] = 200
    codes[0, 0], codes[0, 4] = 300, 0  # the first fifth: 300 N at the heel, then 200 N at 0.5
    part = ProgressionPart.of(one_stance(codes))
    assert part.start.mean == pytest.approx((300 * 10 + 200 * 50) / 500)


def test_lateral_load_is_a_positive_deviation() -> None:
    codes = np.zeros((10, CELLS), dtype=np.int16)
    codes[:, 5] = 100
    assert ProgressionPart.of(one_stance(codes)).deviation.mean == pytest.approx(25.0)


def test_rows_that_carry_too_little_have_no_centre() -> None:
    codes = np.zeros((20, CELLS), dtype=np.int16)
    codes[:, 4] = 200
    codes[:2, :], codes[:2, 0] = 0, 39  # 39 N
    light = one_stance(codes)
    assert ProgressionPart.of(light).start.mean == pytest.approx(50.0)
    codes[:2, 0] = 41
    heavier = one_stance(codes)
    assert ProgressionPart.of(heavier).start.mean < 50.0
    # 5 % of 100 kg are 49 N
    assert ProgressionPart.of(heavier, weight_kg=100.0).start.mean == pytest.approx(50.0)


def test_without_newton_a_tenth_of_p95_counts() -> None:
    codes = np.zeros((100, CELLS), dtype=np.int16)
    codes[:, 4] = np.arange(100)
    section = one_stance(codes, calibration=Calibration.NONE).section
    assert section.signal.newton_per_unit is None
    assert carrying(section).sum() == (section.signal.load > 0.1 * section.signal.p95).sum() == 90


def test_backwards_it_is_the_mirror_to_the_last_digit() -> None:
    codes = stance_rows(70)
    forth, back = (ProgressionPart.of(one_stance(rows)) for rows in (codes, codes[::-1]))
    assert (back.start.mean, back.end.mean) == (forth.end.mean, forth.start.mean)
    assert back.excursion.mean == -forth.excursion.mean
    assert back.line == forth.line[::-1]


def test_parts_add_up_to_the_walk() -> None:
    rows = walk_rows(Side.LEFT, 24)
    first = list(range(10, len(rows) - 100, 110))
    section = section_of(rolling_layout(), rows)
    noisy = np.random.default_rng(7).integers(0, 40, section.codes.shape).astype(np.int16)
    section = section_of(rolling_layout(), section.codes + noisy)
    whole = ProgressionPart.of(with_stances(section, first, [row + 70 for row in first]))
    parts = [
        ProgressionPart.of(with_stances(section, some, [row + 70 for row in some]))
        for some in (first[:5], first[5:6], first[6:])
    ]
    pooled = parts[0] + parts[1] + parts[2]
    assert pooled.stances == whole.stances == len(first)
    for name in FIGURES:
        assert getattr(pooled, name).mean == pytest.approx(getattr(whole, name).mean, rel=1e-12)
        assert getattr(pooled, name).sd == pytest.approx(getattr(whole, name).sd, rel=1e-9)
    for pooled_at, whole_at in zip(pooled.line, whole.line, strict=True):
        assert pooled_at[0].mean == pytest.approx(whole_at[0].mean)
        assert pooled_at[1].mean == pytest.approx(whole_at[1].mean)
    assert ProgressionPart() + whole == whole


def test_a_stance_that_lacks_a_cell_is_withheld_and_named() -> None:
    rows = np.concatenate([stance_rows(70), np.zeros((40, CELLS), dtype=np.int16)] * 3)
    masks = np.zeros(len(rows), dtype=np.int64)
    masks[150] = 1 << 3  # a single row of the second stance
    section = section_of(rolling_layout(), rows, not_measured=masks)
    part = ProgressionPart.of(with_stances(section, [0, 110, 220], [70, 180, 290]))
    assert (part.stances, part.withheld, part.missing) == (2, 1, 1 << 3)
    both = ProgressionPart.of(with_stances(section, [0], [70])) + part
    assert (both.stances, both.withheld, both.missing) == (3, 1, 1 << 3)
    why = Reasons()
    unfit = ProgressionPart.of(with_stances(replace(section, unfit=1), [0, 110, 220], [70, 180, 290]))
    made = progression({Side.LEFT: unfit}, facts(), why)["progression"]
    assert made["left"]["excursion_pct"] is None
    assert made["left"]["gait_line"] is None
    assert "heel" in why.said["progression.left"]
    assert why.said["progression.right"] == "the right foot was not measured"
    assert made["gait_line_asymmetry_pct"] is None


def test_standing_is_no_stance() -> None:
    rows = np.concatenate([stance_rows(300), np.zeros((40, CELLS), dtype=np.int16), stance_rows(70)])
    part = ProgressionPart.of(with_stances(section_of(rolling_layout(), rows), [0, 340], [300, 410]))
    assert part.stances == 1


def test_nothing_at_all_is_null_with_a_reason() -> None:
    why = Reasons()
    section = section_of(rolling_layout(), np.zeros((300, CELLS), dtype=np.int16))
    part = ProgressionPart.of(with_stances(section, [10, 120], [80, 190]))
    made = progression({Side.LEFT: part}, facts(), why)["progression"]
    assert made["left"]["stances"] == 0
    assert why.said["progression.left"] == "no whole stance in which the foot carries enough"


def test_an_asymmetry_that_insoles_do_not_resolve_is_not_stated(gaitpdb: Path) -> None:
    said = {}
    for name in ("GaCo01_01", "JuPt04_01"):
        feet, why = judged_recording(gaitpdb / f"{name}.txt.xz"), Reasons()
        made = progression({side: ProgressionPart.of(foot) for side, foot in feet.items()}, facts(), why)
        said[name] = made["progression"]["gait_line_asymmetry_pct"], why.said
    assert said["GaCo01_01"][0] is None  # 41.8 and 43.0 % of the length
    assert "less than insoles resolve" in said["GaCo01_01"][1]["progression.gait_line_asymmetry_pct"]
    assert said["JuPt04_01"][0] == pytest.approx(42.5, abs=1.0)  # 27.5 and 42.4 %


@pytest.mark.parametrize("name", ["GaCo01_01", "JuPt18_01", "SiCo01_01", "SiPt02_01"])
def test_real_walks_go_from_heel_to_toe_within_the_cells(gaitpdb: Path, name: str) -> None:
    for foot in judged_recording(gaitpdb / f"{name}.txt.xz").values():
        part = ProgressionPart.of(foot)
        assert span_of(foot.section.layout) == pytest.approx(0.8)
        assert part.stances > 0.95 * foot.whole.size
        assert 10 < part.start.mean < 45
        assert 55 < part.end.mean < 90
        assert part.path.mean > part.excursion.mean
        line = [along.mean for _, along in part.line]
        assert line[0] == pytest.approx(15, abs=8)
        assert max(line[:4]) < min(line[-4:])


@pytest.mark.parametrize("name", ["230927_102114", "230927_102137"])
def test_every_row_agrees_with_the_makers_own_centre_of_pressure(moticon: Path, name: str) -> None:
    lines = (moticon / f"{name}.txt").read_text().splitlines()
    heads = next(line for line in lines if line.startswith("# time")).split("\t")
    data = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    for side, foot in judged_recording(moticon / f"{name}.txt").items():
        columns = [number for number, head in enumerate(heads) if head.startswith(f"{side} ")]
        force, along, across = (
            next(number for number in columns if word in heads[number])
            for word in ("total force", "center of pressure X", "center of pressure Y")
        )
        theirs = np.array([[float(words[n]) for n in (force, along, across)] for words in data if words[force].strip()])
        theirs = theirs[-len(foot.section.codes) :]
        summed = moments(foot.section, np.arange(len(foot.section.codes)))
        loaded = theirs[:, 0] > 100
        y, x = in_parts(summed[:, 0], summed[:, 2])[loaded], in_parts(summed[:, 0], summed[:, 1])[loaded]
        apart = np.abs(y - (theirs[loaded, 1] + 0.5)), np.abs(x - (0.5 - theirs[loaded, 2]))
        print(name, side, loaded.sum(), [float(each.max()) for each in apart], [float(each.mean()) for each in apart])
        assert max(each.max() for each in apart) < 0.0005  # the places were found by regression
