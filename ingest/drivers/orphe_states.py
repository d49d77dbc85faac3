"""Where an ORPHE INSOLE stands in its hand-shake, and where it may go from there."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    IDLE = "idle"  # no link
    INFO = "info"  # which foot
    FIRMWARE = "firmware"  # optional: firmware 1.0.1 has no Device Information
    RESUMING = "resuming"  # does the ring go on where the last link broke
    PREPARING = "preparing"  # the ring is emptied and started
    FILLING = "filling"  # enough packets to tell the rate
    STREAMING = "streaming"
    STOPPING = "stopping"
    STOPPED = "stopped"
    REFUSED = "refused"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.IDLE: frozenset({State.INFO}),
    State.INFO: frozenset({State.FIRMWARE, State.IDLE, State.REFUSED}),
    State.FIRMWARE: frozenset({State.RESUMING, State.PREPARING, State.STOPPING, State.IDLE, State.REFUSED}),
    State.RESUMING: frozenset({State.STREAMING, State.PREPARING, State.STOPPING, State.IDLE, State.REFUSED}),
    State.PREPARING: frozenset({State.FILLING, State.STOPPING, State.IDLE, State.REFUSED}),
    State.FILLING: frozenset({State.STREAMING, State.STOPPING, State.IDLE, State.REFUSED}),
    State.STREAMING: frozenset({State.STOPPING, State.IDLE, State.REFUSED}),
    State.STOPPING: frozenset({State.STOPPED, State.IDLE, State.REFUSED}),
    State.STOPPED: frozenset({State.IDLE}),
    State.REFUSED: frozenset({State.IDLE}),
}

SUBSCRIBED = frozenset({State.RESUMING, State.PREPARING, State.FILLING, State.STREAMING, State.STOPPING})
