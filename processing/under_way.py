"""What a walk that goes on adds to the person's day; it is in the journal only when it has ended."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from ingest.wire.person import PersonState


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """Of both feet, up to the latest second. `worn_min`: seated, standing or walking."""

    steps: int
    walked_min: float
    worn_min: float


def with_walk(state: PersonState, walk: UnderWay) -> PersonState:
    return replace(
        state,
        steps_today=(state.steps_today or 0) + walk.steps,
        walked_today_min=(state.walked_today_min or 0.0) + walk.walked_min,
        worn_today_min=(state.worn_today_min or 0.0) + walk.worn_min,
    )
