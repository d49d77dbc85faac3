"""What was asked of a device and what it said: plain values, put down as they come and judged when all is over."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.drivers.base import Advertisement
from ingest.sources.radio.probe import Offered, Refused

Answer = bytes | Refused


@dataclass(frozen=True, slots=True)
class Heard:
    """One notification or indication; `t_s` as of `Conversation.now_s`."""

    t_s: float
    link: int
    characteristic: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was asked. `answer`: what was read, or empty when a write or subscription was taken.

    `replies`: the indications of the same characteristic from the beginning of the step to its end.
    """

    link: int
    characteristic: str
    sent: bytes | None
    began_s: float
    taken_s: float  # the ATT answer was there
    ended_s: float
    answer: Answer
    replies: tuple[Heard, ...] = ()

    @property
    def taken(self) -> bool:
        return not isinstance(self.answer, Refused)


@dataclass(slots=True, kw_only=True)
class LinkSeen:
    """One link from its beginning to its end; `broke`: it ended though nobody here had ended it."""

    number: int
    att_mtu: int
    offered: Offered
    began_s: float
    ended_s: float | None = None
    broke: bool = False


@dataclass(frozen=True, slots=True)
class SlotSeen:
    active: bool
    version: str
    digest: bytes


@dataclass(slots=True)
class Conversation:
    """`steps` by name; a step that is not there was not tried, `why_not` may say why (by the name of a stage)."""

    advertised: Advertisement | None = None
    links: list[LinkSeen] = field(default_factory=list)
    steps: dict[str, Step] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    why_not: dict[str, str] = field(default_factory=dict)
    slots: tuple[SlotSeen, ...] | None = None
    written_t_ns: dict[int, int] = field(default_factory=dict)  # by link: the UTC that was written
    read_t_ns: dict[str, int] = field(default_factory=dict)  # by step: the hub's UTC when it was read
    lags_s: list[float] = field(default_factory=list)  # by which this machine woke up too late
    restarted: bool = False
