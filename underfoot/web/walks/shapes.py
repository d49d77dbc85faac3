"""A walk as the player gets it: the plan of the whole, and frames a stretch at a time, by seconds of the walk."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.wire.alerts import Alert
from ingest.wire.geometry import Side
from processing.store.series import Series
from underfoot.playback import FRAME_NS, Film, FilmedFoot, Frames
from underfoot.playback_store import Reel

_S = 1_000_000_000
BEFORE_ALERT_S = 10
FIGURES = {
    "left": "forefoot_share_left_pct",
    "right": "forefoot_share_right_pct",
    "asymmetry": "load_si_pct",
}


def seconds(film: Film) -> float:
    return (film.end_t_ns - film.start_t_ns) / _S


def plan(reel: Reel, alerts: Sequence[Alert], offset_s: float, at_t_ns: int | None) -> dict[str, Any]:
    """`offset_s`: of the wearer's clock from UTC. `at_s`: where to begin."""
    film = reel.film
    at_s = 0.0 if at_t_ns is None else (at_t_ns - film.start_t_ns) / _S
    return {
        "walk": reel.info.walk,
        "version": f"{sum(reel.info.rows.values())}-{int(reel.judged)}",
        "seconds": seconds(film),
        "frame_s": FRAME_NS / _S,
        "start_ms": film.start_t_ns / 1_000_000,
        "clock_ms": film.start_t_ns // 1_000_000 + round(offset_s * 1000),
        "at_s": min(max(at_s, 0.0), seconds(film)),
        "feet": {side: _foot(film, film.feet.get(side)) for side in Side},
        "alerts": [{"raised_s": (each.raised_t_ns - film.start_t_ns) / _S} for each in alerts],
    }


def moment(film: Film, alert: Alert) -> float:
    """Where to begin so that it is seen how the alert came."""
    return min(max((alert.raised_t_ns - film.start_t_ns) / _S - BEFORE_ALERT_S, 0.0), seconds(film))


def _foot(film: Film, foot: FilmedFoot | None) -> dict[str, Any]:
    if foot is None:
        return {"cells": [], "gaps": [[0.0, seconds(film)]], "peak": 0.0}
    cells = [{"area": cell.area, "x": cell.x, "y": cell.y} for cell in foot.layout.cells]
    gaps = [[(begin - film.start_t_ns) / _S, (end - film.start_t_ns) / _S] for begin, end in foot.gaps]
    return {"cells": cells, "gaps": gaps, "peak": foot.peak}


def chunk(
    film: Film, frames: Mapping[Side, Frames], first: int, count: int, figures: Mapping[str, list[float | None]]
) -> dict[str, Any]:
    """Frames from `first` on. Levels (all cells of a frame, then of the next) and places: base64 of bytes."""
    feet = {side: _frames(film.feet[side], each) for side, each in frames.items()}
    return {"first": first, "count": count, "feet": feet, "figures": figures}


def _frames(foot: FilmedFoot, frames: Frames) -> dict[str, Any]:
    return {
        "cells": len(foot.layout.cells),
        "peak": foot.peak,
        "unit": foot.unit,
        "levels": _text(frames.levels.tobytes()),
        "x": _text(frames.x.tobytes()),
        "y": _text(frames.y.tobytes()),
    }


def figures(series: Series, person: str, film: Film, first: int, count: int) -> dict[str, list[float | None]]:
    """What was stored second by second, from the one on in which the first frame lies; None: nothing was."""
    begin_s = (film.start_t_ns + first * FRAME_NS) // _S
    stop_s = -(-(film.start_t_ns + (first + count) * FRAME_NS) // _S)
    return {name: _column(series, person, field, begin_s, stop_s) for name, field in FIGURES.items()}


def _column(series: Series, person: str, field: str, begin_s: int, stop_s: int) -> list[float | None]:
    found = series.query(person, "gait", field, begin_s * _S, stop_s * _S, 1.0)
    known = {bucket.t_ns // _S: round(bucket.mean, 1) for bucket in found}
    return [known.get(second) for second in range(begin_s, stop_s)]


def _text(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")
