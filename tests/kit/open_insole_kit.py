"""An insole of the Open Insole profile, as its description goes over the air."""

from __future__ import annotations

from fractions import Fraction

from ingest.drivers import open_insole_wire as wire
from ingest.wire.geometry import Calibration, Cell, Region, Side, Unit, Zone

INFO = wire.Info(
    boot=0xA1B2C3D4,
    side=Side.RIGHT,
    cells=2,
    tick_ns=100_000,
    ns_per_row=10_000_000,
    scale=Fraction(11, 100),
    unit=Unit.NEWTON,
    calibration=Calibration.MAKER,
    layout_octets=39,
    layout_crc=0x26E4C72B,
    features=wire.Features.IDENTIFY,
)
CELLS = (
    Cell(area="heel", zone=Zone.REARFOOT, x=0.25, y=0.1, area_mm2=612.3),
    Cell(area="ball", zone=Zone.FOREFOOT, x=0.4321, y=0.7, region=Region.M2, full_scale=4095),
)
