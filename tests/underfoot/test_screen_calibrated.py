"""Under a calibration the screen shows the cells as the figures read them, not as the insole sends them."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from walk_kit import block, layout

from ingest.wire.codec import to_message
from ingest.wire.geometry import Calibration, Side
from processing.metrics.calibration import CalibrationVersion, InsoleCalibration
from underfoot.foot_view import FootView
from underfoot.web.lives import Lives

LEFT = layout(Side.LEFT)
KNOWN = InsoleCalibration(insole=LEFT.insole, layout_checksum=LEFT.checksum, zero_codes=(50, 0), gain=0.5)
VERSION = CalibrationVersion(version=1, t_ns=0, by="t", what="", insoles=(KNOWN,))


def shown(calibration: CalibrationVersion | None) -> FootView:
    lives = Lives(time.time_ns, version_of=lambda _: calibration)
    lives.look("p1", LEFT)
    begun_ns = time.time_ns() - 10**9
    lives.look("p1", to_message(block(Side.LEFT, np.tile([150, 100], (100, 1)), t_ns=begun_ns)))
    return lives.of("p1").model.state(time.time_ns()).left


def test_cells_are_shown_as_they_were_calibrated() -> None:
    plain, calibrated = shown(None), shown(VERSION)
    assert (plain.calibration, calibrated.calibration) == (Calibration.MAKER, Calibration.WEIGHT)
    assert [cell.value for cell in plain.cells] == [150.0, 100.0]
    assert [cell.value for cell in calibrated.cells] == [50.0, 50.0]
    assert calibrated.total == pytest.approx(100.0)


def test_a_version_of_another_insole_changes_nothing() -> None:
    of_another = shown(replace(VERSION, insoles=(replace(KNOWN, insole="other"),)))
    assert of_another.calibration is Calibration.MAKER
    assert [cell.value for cell in of_another.cells] == [150.0, 100.0]
