"""What a store of series is: figures over time, by person. A figure that was not measured is not in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ingest.wire.messages import Metrics

Number = float | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Figures of one person at one time. `name` and `tags` say which series; None and NaN mean not measured."""

    t_ns: int
    person: str
    name: str
    fields: Mapping[str, Number | None]
    tags: Mapping[str, str] = field(default_factory=dict)

    def measured(self) -> dict[str, float]:
        """The fields that hold a number. Floats all of them: a field must never change its type on a server."""
        return {name: float(value) for name, value in self.fields.items() if value is not None and math.isfinite(value)}


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was measured from `t_ns` on, for one step. There is none for a step without a figure."""

    t_ns: int
    mean: float
    min: float
    max: float
    count: int


def gait_point(person: str, metrics: Metrics) -> Point:
    """The figures of one second; what is not measured is left out, never written as 0."""
    figures = {
        "forefoot_share_left_pct": metrics.forefoot_share_pct.left,
        "forefoot_share_right_pct": metrics.forefoot_share_pct.right,
        "load_si_pct": metrics.load_si_pct,
        "load_left": metrics.load.left,
        "load_right": metrics.load.right,
        "cadence_spm": metrics.cadence_spm,
    }
    if metrics.forefoot_load is not None:
        figures["forefoot_load_15_min_left"] = metrics.forefoot_load.last_900_s.left
        figures["forefoot_load_15_min_right"] = metrics.forefoot_load.last_900_s.right
    fields: dict[str, float | int] = {name: each.value for name, each in figures.items() if each.value is not None}
    if metrics.sustained is not None:
        for side, pressed in (("left", metrics.sustained.left), ("right", metrics.sustained.right)):
            known = [share for share in pressed.areas_pct.values() if share is not None]
            fields |= {f"sustained_highest_{side}_pct": max(known)} if known else {}
    covered = {"coverage_left_pct": metrics.load.left, "coverage_right_pct": metrics.load.right}
    fields |= {name: each.coverage_pct for name, each in covered.items()}
    return Point(
        t_ns=metrics.t_ns, person=person, name="gait", fields=fields, tags={"calibration": metrics.calibration}
    )


class SeriesWriter(Protocol):
    """A store that takes figures."""

    def write(self, points: Sequence[Point]) -> None:
        """Keep the figures; durable on return. A point again changes nothing, a new value takes the old one's place.

        :raises UnderfootError: DISK_FULL (nothing of the call was kept), STORE_DAMAGED.
        """

    def close(self) -> None:
        """Nothing more will be written."""


class Series(SeriesWriter, Protocol):
    """A store that can be asked as well."""

    def query(
        self,
        person: str,
        name: str,
        field: str,
        start_ns: int,
        stop_ns: int,
        step_s: float,
        tags: Mapping[str, str] | None = None,
    ) -> list[Bucket]:
        """The figures of `start_ns ≤ t < stop_ns` in steps that begin at whole multiples of `step_s` since 1970.

        With `tags`, of the series that has exactly these tags; without, of all that share person, name and field.
        """

    def repaint(self, person: str, name: str, start_ns: int, stop_ns: int, points: Sequence[Point]) -> None:
        """These points, all of them of `start_ns ≤ t < stop_ns`, and no others stand there from now on.

        :raises UnderfootError: as `write`.
        """


class MirroredSeries:
    """Writes to the local store and to a server, reads from the local one.

    On the server a repaint replaces figures and removes none.
    """

    def __init__(self, local: Series, server: SeriesWriter) -> None:
        self._local = local
        self._server = server
        self.query = local.query

    def write(self, points: Sequence[Point]) -> None:
        self._local.write(points)
        self._server.write(points)

    def repaint(self, person: str, name: str, start_ns: int, stop_ns: int, points: Sequence[Point]) -> None:
        self._local.repaint(person, name, start_ns, stop_ns, points)
        self._server.write(points)

    def close(self) -> None:
        self._local.close()
        self._server.close()
