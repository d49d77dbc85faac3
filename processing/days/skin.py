"""Temperatures of the skin: readings into the series, and each day's difference between the feet out of it.

A reading that comes after its day stands in a series of its own, so that what was known in time can be told for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, tzinfo

from ingest.wire.faults import Fault, FaultBook, FaultCode
from ingest.wire.geometry import Region, Side
from ingest.wire.messages import Temperature
from processing.rules.temperature import DayDifference, day_difference, plausible
from processing.store.series import Point, Series
from processing.times import day_bounds_ns, local_day

SERIES = "temperature"
LATE = "late"
_MINUTE_S = 60.0


class Skin:
    """One person's. `points` want to be written before the days are asked for."""

    def __init__(self, person: str, series: Series, zone: tzinfo, faults: FaultBook) -> None:
        self.points: list[Point] = []
        self._person = person
        self._series = series
        self._zone = zone
        self._faults = faults
        self._areas = {region.value for region in Region}
        self._known: dict[tuple[date, str, bool], DayDifference] = {}

    @property
    def areas(self) -> list[str]:
        """That a reading may have been of, in order."""
        return sorted(self._areas)

    def take(self, message: Temperature, now_t_ns: int) -> bool:
        """Keep what makes sense of it. Whether it came after its day."""
        fields = plausible(message)
        for area in message.areas_c.keys() - fields.keys():
            detail = f"{message.side} {area}: {message.areas_c[area]:g} °C"
            self._faults.note(Fault(FaultCode.FRAME_MALFORMED, detail))
        day = local_day(message.t_ns, self._zone)
        late = day < local_day(now_t_ns, self._zone)
        if fields:
            tags = {"side": message.side.value} | ({"came": LATE} if late else {})
            self.points.append(
                Point(t_ns=message.t_ns, person=self._person, name=SERIES, fields=fields, tags=tags)
            )  # fmt: skip
            self._areas |= fields.keys()
            for key in [key for key in self._known if key[0] == day]:
                del self._known[key]
        return late and bool(fields)

    def days(self, area: str, days: Iterable[date], *, timely: bool) -> list[tuple[date, DayDifference]]:
        """Finished days. `timely`: by the readings that came on their day.

        :raises UnderfootError: as the series.
        """
        return [(day, self._difference(day, area, timely)) for day in days]

    def _difference(self, day: date, area: str, timely: bool) -> DayDifference:
        key = (day, area, timely)
        if key not in self._known:
            left, right = (self._minutes(day, area, side, timely) for side in Side)
            self._known[key] = day_difference(left, right)
        return self._known[key]

    def _minutes(self, day: date, area: str, side: Side, timely: bool) -> dict[int, float]:
        start_ns, stop_ns = day_bounds_ns(day, self._zone)
        tags = [{"side": side.value}] + ([] if timely else [{"side": side.value, "came": LATE}])
        sums: dict[int, tuple[float, int]] = {}
        for each in tags:
            for bucket in self._series.query(self._person, SERIES, area, start_ns, stop_ns, _MINUTE_S, each):
                total, count = sums.get(bucket.t_ns, (0.0, 0))
                sums[bucket.t_ns] = (total + bucket.mean * bucket.count, count + bucket.count)
        return {t_ns: total / count for t_ns, (total, count) in sums.items()}
