"""The live screen shows a walk by the version that was in force when it began, as processing judges it."""

from __future__ import annotations

import time

from browser_kit import S, layout_of, metrics_at

from ingest.wire.geometry import Calibration, Side
from processing.metrics.calibration import CalibrationVersion, InsoleCalibration
from underfoot.web.lives import Lives


def test_a_new_version_holds_from_the_next_walk_on() -> None:
    given = layout_of(Side.LEFT, Calibration.MAKER)
    kept: list[CalibrationVersion] = []
    lives = Lives(time.time_ns, version_of=lambda _: kept[-1] if kept else None)
    live = lives.of("p1")

    def shown() -> Calibration | None:
        return live.model.state(time.time_ns()).left.calibration

    now_ns = time.time_ns()
    live.hear(given)
    live.hear(metrics_at(now_ns, walk="one"))
    before = shown()
    insole = InsoleCalibration(insole=given.insole, layout_checksum=given.checksum, gain=1.2)
    kept.append(CalibrationVersion(version=1, t_ns=now_ns, by="kit", what="gain", insoles=(insole,)))
    live.hear(metrics_at(now_ns + S, walk="one"))
    assert shown() is before
    live.hear(metrics_at(now_ns + 2 * S, walk="two"))
    assert shown() is Calibration.WEIGHT
