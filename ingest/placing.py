"""Where in time rows out of an insole's memory belong. Pure.

Best first: the clock that the hub has of their boot (interpolated over a silence, see `landmarks`); the insole's own
clock at the start of that boot, off by so much as a crystal drifts until now (100 ppm, and 50 ms for setting it); and
where neither is known, or the insole's clock tells a time that has not come yet, the time is *unknown*: `t_ns` then
counts from the start of the boot.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.clock import DeviceClock

_OWN_CLOCK_OFF_NS = 50_000_000
_OWN_CLOCK_DRIFT = 100e-6
_TO_COME_NS = 86_400_000_000_000  # a day: the hub's own clock may lag while it has not heard the time


@dataclass(frozen=True, slots=True)
class Place:
    t_ns: int
    error_ns: int | None
    time_known: bool


def place(device_ns: int, clock: DeviceClock | None, booted_t_ns: int | None, ppm: float | None, now_ns: int) -> Place:
    """UTC of a device time.

    :param clock: of that boot. :param booted_t_ns: by the insole's own clock, when its ticks were 0.
    :param ppm: how much faster UTC runs than the insole's crystal, as far as it is known.
    """
    if clock is not None:
        reading = clock.place(device_ns)
        return Place(reading.t_ns, reading.error_ns, time_known=True)
    t_ns = device_ns if booted_t_ns is None else booted_t_ns + device_ns + round(device_ns * (ppm or 0.0) * 1e-6)
    if booted_t_ns is None or t_ns > now_ns + _TO_COME_NS:
        return Place(device_ns, None, time_known=False)
    error_ns = _OWN_CLOCK_OFF_NS + round(max(0, now_ns - t_ns) * _OWN_CLOCK_DRIFT)
    return Place(t_ns, error_ns, time_known=True)
