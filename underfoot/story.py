"""The story that the demonstration tells, as times. Pure."""

from __future__ import annotations

from dataclasses import dataclass

OVERLOAD_POINTS = 20.0  # of forefoot share, on top of an even walk
SHORTEST_S = 75.0  # below it there is no room for an alert to be raised and cleared


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """In seconds from the first row: even, the left forefoot overloaded, even again, the right foot away, back."""

    overload_s: float
    relief_s: float
    answer_s: float  # when nobody is there to do it, the alert is acknowledged then
    away_s: float
    back_s: float
    end_s: float


def tell(seconds: float) -> Story | None:
    """The story over so many seconds, at its best about three minutes; None when there is too little time for it.

    The demonstration's rules need about 25 s of overload to raise an alert and 20 s of even walking to clear it, so a
    shorter story takes its time from the even walk and the absence.
    """
    if seconds < SHORTEST_S:
        return None
    spare = min(1.0, (seconds - SHORTEST_S) / (180.0 - SHORTEST_S))
    overload_s = 10.0 + 30.0 * spare
    relief_s = overload_s + 32.0 + 13.0 * spare
    away_s = relief_s + 20.0 + 20.0 * spare
    back_s = away_s + 6.0 + 14.0 * spare
    return Story(
        overload_s=overload_s,
        relief_s=relief_s,
        answer_s=relief_s - 2.0,
        away_s=away_s,
        back_s=back_s,
        end_s=seconds,
    )
