"""A bench table looks codes up in whole numbers, and a file with mistakes is refused with all of them named."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from ingest.wire.faults import FaultCode, UnderfootError
from processing.metrics.bench_table import LOWEST, BenchCell, BenchTable, read_bench_table

FILE = """
format = "underfoot.bench/1"
model = "Press"
kpa_per_code = 0.5
by = "the bench of 3 October"
[[cells]]
codes = [10, 100, 400]
kpa = [0.0, 50.0, 90.0]
area_mm2 = 310.0
[[cells]]
codes = [-5, 32767]
kpa = [0, 100.0]
"""


def of(table: np.ndarray, cell: int, code: int) -> int:
    return int(table[cell, code - LOWEST])


def test_codes_are_looked_up_between_the_points_and_flat_beyond_them() -> None:
    table = read_bench_table(FILE).lookup()
    assert table.shape == (2, 65536)
    assert [of(table, 0, code) for code in (-32768, 10, 55, 100, 250, 400, 401, 32767)] == [
        0, 0, 50, 100, 140, 180, 180, 180,
    ]  # fmt: skip
    assert of(table, 1, 32767) == 200


def test_every_code_is_the_exact_line_rounded_half_up() -> None:
    cell = BenchCell(codes=(-7, 3, 1000, 1003), kpa=(0.0, 3.0, 4.0, 900.0))
    table = BenchTable(format="f", model="m", kpa_per_code=0.25, by="b", cells=(cell,)).lookup()
    y = [round(kpa / 0.25) for kpa in cell.kpa]
    for k in range(3):
        (x0, x1), (y0, y1) = cell.codes[k : k + 2], y[k : k + 2]
        for code in range(x0, x1 + 1):
            exact = y0 + Fraction((y1 - y0) * (code - x0), x1 - x0)
            assert of(table, 0, code) == int((2 * exact + 1) // 2)
    assert (np.diff(table[0].astype(int)) >= 0).all()


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("underfoot.bench/1", "underfoot.bench/9", "format"),
        ('model = "Press"', 'model = ""', "model is empty"),
        ("kpa_per_code = 0.5", "kpa_per_code = nan", "kpa_per_code"),
        ("kpa_per_code = 0.5", "kpa_per_code = 0.001", "has room for"),
        ("[10, 100, 400]", "[10, 400, 100]", "cell 1: codes do not rise"),
        ("[10, 100, 400]", "[10, 100]", "cell 1: it needs as many"),
        ("[0.0, 50.0, 90.0]", "[0.0, nan, 90.0]", "cell 1: kpa falls"),
        ("[0.0, 50.0, 90.0]", "[-1.0, 50.0, 90.0]", "cell 1: kpa beyond"),
        ("-5, 32767", "-5, 99999999999999999999999", "cell 2"),
        ("area_mm2 = 310.0", "area_mm2 = 0", "area_mm2"),
        ("codes = [10, 100, 400]", 'codes = "many"', "array"),
        ("model", "model = = =", "bench table"),
    ],
)
def test_a_mistake_is_refused_and_named(was: str, becomes: str, told: str) -> None:
    with pytest.raises(UnderfootError, match=told) as caught:
        read_bench_table(FILE.replace(was, becomes, 1))
    assert caught.value.code is FaultCode.CALIBRATION_REFUSED


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(UnderfootError, match=r"model is empty.*codes do not rise"):
        read_bench_table(FILE.replace("Press", "").replace("[10, 100, 400]", "[10, 10, 400]"))
