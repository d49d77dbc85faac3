"""Where a link may go from where it stands, and how long to wait before it is tried again. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.sources.radio.whereabouts import NEARNESS, Nearness
from ingest.wire.messages import LinkState

TRANSITIONS: dict[LinkState, frozenset[LinkState]] = {
    LinkState.IDLE: frozenset({LinkState.SEARCHING, LinkState.ENDED}),
    LinkState.SEARCHING: frozenset({LinkState.CONNECTING, LinkState.ENDED}),
    LinkState.CONNECTING: frozenset({LinkState.GREETING, LinkState.SEARCHING, LinkState.ENDED}),
    LinkState.GREETING: frozenset({LinkState.STREAMING, LinkState.SILENT, LinkState.LOST, LinkState.ENDED}),
    LinkState.STREAMING: frozenset({LinkState.SILENT, LinkState.LOST, LinkState.ENDED}),
    LinkState.SILENT: frozenset({LinkState.LOST, LinkState.ENDED}),  # never back: it is disconnected first
    LinkState.LOST: frozenset({LinkState.SEARCHING, LinkState.ENDED}),
    LinkState.ENDED: frozenset(),
}


def step(state: LinkState, new: LinkState) -> LinkState:
    """The state after the step.

    :raises ValueError: the table does not allow it; a mistake of ours, never of the insole.
    """
    if new not in TRANSITIONS[state]:
        raise ValueError(f"a link cannot go from {state} to {new}")
    return new


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """Pauses between attempts: doubled each time up to a cap, spread so that two insoles do not keep colliding."""

    first_s: float = 0.5
    cap_s: float = 10.0
    spread_share: float = 0.25

    def pause_s(self, attempt: int, jitter: float) -> float:
        """Pause after the `attempt`-th failure (from 0); `jitter` in 0 … 1 takes up to `spread_share` off it."""
        grown_s = self.first_s * 2.0 ** min(attempt, 32)
        return min(grown_s, self.cap_s) * (1.0 - self.spread_share * jitter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long each part of a link may take before it is given up, and how much may wait."""

    search_s: float = 15.0  # one stretch of listening, then a pause
    burst_s: float = 3.0  # the same while a link is up: listening takes air time from its stream
    fresh_s: float = 10.0  # from hearing an insole to connecting it; BlueZ forgets it some 30 s after the scan
    connect_s: float = 20.0
    bond_s: float = 15.0
    greeting_s: float = 15.0  # connected to streaming
    intent_s: float = 5.0  # each read, write or subscription
    silent_s: float = 3.0  # streaming without a row
    stop_s: float = 5.0  # for the insole's word that the stream has ended
    disconnect_s: float = 5.0  # BlueZ takes 2.0–2.5 s
    connect_attempts: int = 2
    nearness: Nearness = NEARNESS
    waiting_notifications: int = 2000  # 10 s of 200/s
    waiting_events: int = 2000
    back_off: BackOff = BackOff()
