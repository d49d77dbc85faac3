"""Where an insole may be that cannot be heard. Pure.

Nothing tells a phone that took the insole from an empty battery. What is told: it was heard near by, was free to be
connected, and then went quiet while others were still heard. An insole that went quiet on a link of ours, or was faint,
has rather walked away, which is no fault.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    near_dbm: int = -80  # as strong as this or stronger: not at the edge of the range
    quiet_s: float = 60.0


NEARNESS = Nearness()


class Whereabouts:
    """One insole's. Times are monotonic seconds."""

    def __init__(self, nearness: Nearness) -> None:
        self._nearness = nearness
        self._heard_near_s: float | None = None

    def heard(self, rssi_dbm: int, now_s: float) -> None:
        """It advertises, so nobody is connected to it."""
        self._heard_near_s = now_s if rssi_dbm >= self._nearness.near_dbm else None

    def linked(self) -> None:
        """It is ours now."""
        self._heard_near_s = None

    def perhaps_elsewhere(self, now_s: float, *, others_heard: bool) -> bool:
        if self._heard_near_s is None or not others_heard:
            return False
        return now_s - self._heard_near_s >= self._nearness.quiet_s
