"""Open Insole profile 1: the states of its hand-shake and which leads to which."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """Where the hand-shake stands on the present link."""

    IDLE = "idle"
    INFO = "info"
    LAYOUT = "layout"
    MODEL = "model"
    FIRMWARE = "firmware"
    STARTING = "starting"
    STREAMING = "streaming"
    STOPPING = "stopping"
    STOPPED = "stopped"
    REFUSED = "refused"


_ALWAYS = {State.IDLE, State.REFUSED}
TRANSITIONS: dict[State, set[State]] = {
    State.IDLE: {State.INFO},
    State.INFO: {State.LAYOUT, State.MODEL} | _ALWAYS,  # MODEL at once: this very layout has been read before
    State.LAYOUT: {State.MODEL} | _ALWAYS,
    State.MODEL: {State.FIRMWARE} | _ALWAYS,
    State.FIRMWARE: {State.STARTING, State.STOPPING} | _ALWAYS,
    State.STARTING: {State.STREAMING, State.STOPPING} | _ALWAYS,
    State.STREAMING: {State.STOPPING} | _ALWAYS,
    State.STOPPING: {State.STOPPED} | _ALWAYS,
    State.STOPPED: {State.IDLE},
    State.REFUSED: {State.IDLE},
}
ROWS_MAY_COME = {State.STARTING, State.STREAMING, State.STOPPING, State.STOPPED}
