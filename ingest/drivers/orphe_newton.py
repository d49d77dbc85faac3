"""ADC counts of ORPHE INSOLE to newton, by the maker's curve for each cell. Pure.

F = (((a·x + b)·x + c)·x + d)·x + e, not below 0 (`pressureToN`, src/InsoleFifo.js, Orphe-OSS/ORPHE-INSOLE.js@dc010fd).
One curve for all insoles, so it is the maker's calibration and not this insole's own. Codes are tenths of a newton.

Towards small counts each curve turns up again (cell 1 would be 22.5 N at 0, where nothing can press): below its lowest
point it is held at that point. A count whose force does not fit a code (above 3276.7 N, several body weights on one
cell) is no measurement, and its cell is not measured.
The counts themselves would be the purer record, but they are far from proportional to load (1500 is 48 N, 2000 is
150 N), and a share of load taken from them would mislead.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from ingest.wire.block import Codes

SCALE_N = 0.1
NO_FORCE = -1  # stands for a count out of range; forces are never below 0

_CURVES = (  # x⁴, x³, x², x, 1
    (6.31278e-11, -2.33093e-07, 3.27825e-04, -1.63373e-01, 22.5012),
    (6.65168e-11, -2.10741e-07, 2.31937e-04, -7.10366e-02, 6.97927),
    (1.07646e-10, -3.85112e-07, 5.02384e-04, -2.37328e-01, 31.8015),
    (5.91156e-11, -1.81045e-07, 1.86644e-04, -4.46178e-02, 3.10811),
    (5.32573e-11, -1.68515e-07, 1.79518e-04, -4.66859e-02, 3.71484),
    (4.44324e-11, -1.09728e-07, 8.90389e-05, 3.82816e-03, -4.46580),
)
_COUNTS = 1 << 16
_MOST_N = 3276.7


def forces_of(adc: npt.NDArray[np.uint16]) -> Codes:
    """Codes for counts of rows × 6 cells; `NO_FORCE` where a count is out of range."""
    table = _table()
    cells = range(adc.shape[1])
    return np.stack([table[cell][adc[:, cell]] for cell in cells], axis=1)


@cache
def _table() -> tuple[npt.NDArray[np.int16], ...]:
    return tuple(_column(curve) for curve in _CURVES)


def _column(curve: tuple[float, ...]) -> npt.NDArray[np.int16]:
    counts = np.arange(_COUNTS, dtype=np.float64)
    force_n = np.zeros(_COUNTS)
    for coefficient in curve:
        force_n = force_n * counts + coefficient
    lowest = int(force_n.argmin())
    force_n[:lowest] = force_n[lowest]
    force_n = np.maximum(force_n, 0.0)
    beyond = force_n > _MOST_N
    codes = np.where(beyond, NO_FORCE, np.rint(np.where(beyond, 0.0, force_n) / SCALE_N))
    return codes.astype(np.int16)
