"""The steps of pairing as somebody sees them, and which may follow which. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ingest.laterality import Unclear
from ingest.wire.faults import Fault
from ingest.wire.geometry import Side
from underfoot.known import KnownInsole


class Step(StrEnum):
    IDLE = "idle"
    LETTING_GO = "letting-go"  # the service lets go of the insoles that it reads
    LISTENING = "listening"
    CHOOSING = "choosing"
    CONNECTING = "connecting"
    STAMP_LEFT = "stamp-left"
    STAMP_RIGHT = "stamp-right"
    PAIRED = "paired"
    FORGOTTEN = "forgotten"
    FAILED = "failed"
    STOPPED = "stopped"
    TIMED_OUT = "timed-out"


_GIVEN_UP = frozenset({Step.FAILED, Step.STOPPED, Step.TIMED_OUT})
ENDS = _GIVEN_UP | {Step.IDLE, Step.PAIRED, Step.FORGOTTEN}
FOLLOWS: dict[Step, frozenset[Step]] = {
    **dict.fromkeys(ENDS, frozenset({Step.LETTING_GO})),
    Step.LETTING_GO: _GIVEN_UP | {Step.LISTENING, Step.FORGOTTEN},
    Step.LISTENING: _GIVEN_UP | {Step.CHOOSING},
    Step.CHOOSING: _GIVEN_UP | {Step.LISTENING, Step.CONNECTING},
    Step.CONNECTING: _GIVEN_UP | {Step.STAMP_LEFT, Step.PAIRED},
    Step.STAMP_LEFT: _GIVEN_UP | {Step.STAMP_LEFT, Step.STAMP_RIGHT},
    Step.STAMP_RIGHT: _GIVEN_UP | {Step.STAMP_LEFT, Step.PAIRED},
}
STAMPING = {Side.LEFT: Step.STAMP_LEFT, Side.RIGHT: Step.STAMP_RIGHT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One device that was heard. `driver` None: none knows it. `both_feet`: its one link carries both."""

    address: str
    name: str
    model: str
    driver: str | None
    side: Side | None
    paired_as: Side | None
    rssi_dbm: int
    battery_pct: int | None
    both_feet: bool = False
    proposed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where pairing stands. `number` rises with every step; `stamps`: of the foot that is asked for, by insole."""

    step: Step = Step.IDLE
    number: int = 0
    by: str = ""
    since_t_ns: int = 0
    wait_s: float = 0.0  # of this step, where that is known
    gone_s: float = 0.0
    found: tuple[Found, ...] = ()
    others: int = 0  # devices that no driver knows
    chosen: tuple[str, ...] = ()
    stamps: Mapping[str, int] = field(default_factory=dict)
    unclear: Unclear | None = None
    fault: Fault | None = None
    pair: Mapping[Side, KnownInsole] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        return self.step not in ENDS

    def to(self, step: Step, **changes: Any) -> Progress:
        """:raises ValueError: the step cannot follow this one."""
        if step not in FOLLOWS[self.step]:
            raise ValueError(f"{step} does not follow {self.step}")
        fresh: dict[str, Any] = {"gone_s": 0.0, "wait_s": 0.0, "stamps": {}, "unclear": None}
        return replace(self, step=step, number=self.number + 1, **{**fresh, **changes})
