"""The cells of ORPHE INSOLE in our foot frame. Pure.

Places are the maker's, on a picture of the right foot with x to the big toe's side and y from the toes (docs/
SENSOR_SPEC.md, Orphe-OSS/ORPHE-INSOLE.js@dc010fd). Which of the ten regions a cell covers is not said.
"""

from __future__ import annotations

from ingest.drivers.orphe_newton import SCALE_N
from ingest.wire.geometry import Calibration, Cell, Side, Unit, Zone, checksum
from ingest.wire.messages import Layout

_PLACES = (
    ("toe medial", Zone.FOREFOOT, 0.7596, 0.168),
    ("ball medial", Zone.FOREFOOT, 0.7513, 0.332),
    ("toe lateral", Zone.FOREFOOT, 0.4024, 0.221),
    ("ball centre", Zone.FOREFOOT, 0.5245, 0.3483),
    ("ball lateral", Zone.FOREFOOT, 0.2884, 0.3681),
    ("heel", Zone.REARFOOT, 0.5552, 0.8206),
)
CELLS = tuple(
    Cell(area=area, zone=zone, x=round(1 - x_to_medial, 4), y=round(1 - y_from_toe, 4))
    for area, zone, x_to_medial, y_from_toe in _PLACES
)


def layout_of(insole: str, side: Side, row_ns: int, firmware: str) -> Layout:
    return Layout(
        insole=insole,
        side=side,
        cells=CELLS,
        unit=Unit.NEWTON,
        scale=SCALE_N,
        rate_hz=1e9 / row_ns,
        calibration=Calibration.MAKER,
        checksum=checksum(CELLS),
        model="ORPHE INSOLE",
        firmware=firmware,
    )
