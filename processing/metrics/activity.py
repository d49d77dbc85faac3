"""What the wearer does, second by second, and the walks found by themselves.

With T = mean load of both feet above their zero and BW = body weight (clinical basis 1.6):
WALKING the last four contacts alternate, see `rolling_gait`; UNWORN T < 2 % BW for 10 s running; SEATED T up to 30 % BW
and STANDING T > 70 % BW, both without an initial contact for 3 s; UNKNOWN everything else, and while a foot was not
measured. BW is the weight entered where the insoles read newton; else the mean of T over walking, once 10 s of it were
seen (over whole strides it is the body weight in the insole's own unit). A standing bout is 10 s or more of STANDING.
A walk begins with four alternating contacts 0.25–1.25 s apart and ends with the last one before more than 10 s without.

Figures:
activity.unworn_s|seated_s|standing_s|walking_s|unknown_s [s]: seconds in each state
activity.standing_longest_s [s]: the longest time of standing still
activity.standing_bouts [count]: times of standing of 10 s or more
activity.walks.N.start_s|end_s [s]: first and last contact of a walk that was found, after the first row
activity.walks.N.steps [count]: its initial contacts
live.activity [state]: what the wearer does in this second
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.wire.geometry import Side
from ingest.wire.messages import Activity

GRAVITY = 9.80665  # N/kg
BOUT_S = 10
_LIGHT_S = 10
_LEARNED_S = 10
_NO_CONTACT_NS = 3 * 10**9
_WALK_OVER_NS = 10 * 10**9
_STEP_NS = (250_000_000, 1_250_000_000)
_STEPS_TO_BEGIN = 4
_UNWORN, _SEATED, _STANDING = 0.02, 0.30, 0.70


@dataclass(frozen=True, slots=True)
class FoundWalk:
    """From its first to its last initial contact, UTC."""

    start_t_ns: int
    end_t_ns: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTotals:
    """Of a whole recording. `sustained_highest_pct`: per foot and area, of any full 15 minutes (see `sustained`)."""

    unworn_s: int
    seated_s: int
    standing_s: int
    walking_s: int
    unknown_s: int
    standing_longest_s: int
    standing_bouts: int
    walks: tuple[FoundWalk, ...]
    sustained_highest_pct: Mapping[Side, Mapping[str, float | None]] = field(default_factory=dict)


class WalkFinder:
    """Feed contacts in the order in which they became known."""

    def __init__(self) -> None:
        self._done: list[FoundWalk] = []
        self._open: FoundWalk | None = None
        self._last: tuple[int, Side] | None = None
        self._first_t_ns = 0  # of the contacts that alternate
        self._alternating = 0

    def contact(self, t_ns: int, side: Side) -> None:
        last, self._last = self._last, (t_ns, side)
        follows = last is not None and last[1] is not side and _STEP_NS[0] <= t_ns - last[0] <= _STEP_NS[1]
        if not follows:
            self._first_t_ns, self._alternating = t_ns, 0
        self._alternating += 1
        walk = self._open
        if walk is not None and t_ns - walk.end_t_ns > _WALK_OVER_NS:
            self._done.append(walk)
            walk = None
        if walk is not None:
            walk = FoundWalk(walk.start_t_ns, max(walk.end_t_ns, t_ns), walk.steps + 1)
        elif self._alternating >= _STEPS_TO_BEGIN:
            walk = FoundWalk(self._first_t_ns, t_ns, self._alternating)
        self._open = walk

    @property
    def walks(self) -> tuple[FoundWalk, ...]:
        return (*self._done, *(() if self._open is None else (self._open,)))


class ActivityTracker:
    """Seconds go in one after the other."""

    def __init__(self, weight_kg: float | None) -> None:
        self.found = WalkFinder()
        self._entered_n = None if weight_kg is None else weight_kg * GRAVITY
        self._seconds = dict.fromkeys(Activity, 0)
        self._walked_load, self._walked_s = 0.0, 0
        self._light_s = 0
        self._standing_s, self._longest_s, self._bouts = 0, 0, 0

    def close(
        self, total: float | None, in_newton: bool, walking: bool | None, since_contact_ns: int | None
    ) -> Activity:
        """`total`: mean load of both feet in the second; None: a foot was not measured."""
        state = self._state(total, in_newton, walking, since_contact_ns)
        self._seconds[state] += 1
        self._standing_s = self._standing_s + 1 if state is Activity.STANDING else 0
        self._longest_s = max(self._longest_s, self._standing_s)
        self._bouts += self._standing_s == BOUT_S
        if state is Activity.WALKING and total is not None:
            self._walked_load += total
            self._walked_s += 1
        return state

    def silence(self) -> None:
        """Nothing was measured for a long time."""
        self._light_s, self._standing_s = 0, 0

    def totals(self, sustained_highest_pct: Mapping[Side, Mapping[str, float | None]]) -> ActivityTotals:
        seconds = self._seconds
        return ActivityTotals(
            unworn_s=seconds[Activity.UNWORN],
            seated_s=seconds[Activity.SEATED],
            standing_s=seconds[Activity.STANDING],
            walking_s=seconds[Activity.WALKING],
            unknown_s=seconds[Activity.UNKNOWN],
            standing_longest_s=self._longest_s,
            standing_bouts=self._bouts,
            walks=self.found.walks,
            sustained_highest_pct=sustained_highest_pct,
        )

    def body_load(self, in_newton: bool) -> float | None:
        """Body weight in the unit of the loads; None: not known yet."""
        if in_newton and self._entered_n is not None:
            return self._entered_n
        return self._walked_load / self._walked_s if self._walked_s >= _LEARNED_S else None

    def _state(
        self, total: float | None, in_newton: bool, walking: bool | None, since_contact_ns: int | None
    ) -> Activity:
        body = self.body_load(in_newton)
        share = None if total is None or body is None else total / body
        light = share is not None and share < _UNWORN
        self._light_s = self._light_s + 1 if light else 0
        if walking:
            return Activity.WALKING
        if share is None:
            return Activity.UNKNOWN
        if light:
            return Activity.UNWORN if self._light_s >= _LIGHT_S else Activity.UNKNOWN
        if since_contact_ns is not None and since_contact_ns < _NO_CONTACT_NS:
            return Activity.UNKNOWN
        if share <= _SEATED:
            return Activity.SEATED
        return Activity.STANDING if share > _STANDING else Activity.UNKNOWN
