"""What the hub says of a pair of insoles over a day: samples, statuses, rows fetched afterwards. Pure.

Rows come two minutes at a time and their statuses after them, as from a hub on a slow line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ingest.sources.virtual.walker import TICK_NS
from ingest.wire.block import Block, GapReason, Origin
from ingest.wire.codec import to_message
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, Layout, LinkState, Status, Temperature
from underfoot.twelve_weeks.gait import MINUTE_ROWS, NS_PER_ROW, TICKS_PER_ROW, Outing, OutingFoot, layout

MINUTE_NS = 60 * 10**9
_FETCHED_AFTER_NS = 20 * 10**9
_AT_ONCE_MIN = 5
_PIECE_MIN = 2
_SKIN_C = {"M1": 30.4, "M3": 30.1, "M5": 29.8, "HM": 29.3}  # areas under which the insole has a thermometer

Timed = tuple[int, list[AnyMessage]]
Warmth = Mapping[str, float]


@dataclass
class Pair:
    """Both insoles of one person: their memories, their batteries and how many rows they gave."""

    person: str
    battery_pct: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 100))
    sent: Counter[Side] = field(default_factory=Counter)  # rows that the hub ever got
    never_sent: Counter[Side] = field(default_factory=Counter)
    worn_s: int = 0
    _boot: int = 0
    _owed: dict[Side, list[Block]] = field(default_factory=lambda: {side: [] for side in Side})

    def layouts(self) -> list[Layout]:
        return [layout(self.person, side) for side in Side]

    def heartbeat(self, t_ns: int, link: LinkState) -> Timed:
        """`link` of both feet; what they remember is told as it stands."""
        return t_ns, [self._status(side, t_ns, link) for side in Side]

    def walk(self, outing: Outing, begun_t_ns: int, seed: tuple[int, ...], warmer_c: Warmth) -> Iterator[Timed]:
        """The outing piece by piece, and what is fetched when it is over."""
        self._boot += 1
        feet = {side: OutingFoot(outing, side, seed) for side in Side}
        lost = dict.fromkeys(Side, 0)  # rows right before the next live ones
        told: list[AnyMessage] = []
        for minute in range(outing.minutes):
            self.worn_s += 60
            t_ns = begun_t_ns + (minute + 1) * MINUTE_NS
            links = {side: self._minute(outing, minute, begun_t_ns, feet[side], lost, told) for side in Side}
            told += [self._status(side, t_ns, link) for side, link in links.items()]
            told += self._temperatures(t_ns, warmer_c)
            if (minute + 1) % _PIECE_MIN == 0 or minute + 1 == outing.minutes:
                yield t_ns, told
                told = []
        yield from self._fetched(begun_t_ns + outing.minutes * MINUTE_NS)

    def _minute(
        self,
        outing: Outing,
        minute: int,
        begun_t_ns: int,
        foot: OutingFoot,
        lost: dict[Side, int],
        told: list[AnyMessage],
    ) -> LinkState:
        """The rows of one foot: sent, remembered or lost for good."""
        block = self._block(foot.side, minute, begun_t_ns, foot)
        side = block.side
        if outing.is_away(minute):
            self._owed[side].append(replace(block, origin=Origin.BACKFILL))
            lost[side] += block.rows
            return LinkState.LOST
        if outing.is_lost(minute, side):
            self.never_sent[side] += block.rows
            lost[side] += block.rows
            return LinkState.SILENT
        why = GapReason.AWAY if self._owed[side] else GapReason.RADIO
        told.append(to_message(replace(block, lost_before=lost[side], lost_reason=why if lost[side] else None)))
        self.sent[side] += block.rows
        lost[side] = 0
        return LinkState.STREAMING

    def _temperatures(self, t_ns: int, warmer_c: Warmth) -> list[AnyMessage]:
        """`warmer_c`: by how much an area of the left foot is above its usual."""
        left = {area: round(usual + warmer_c.get(area, 0.0), 2) for area, usual in _SKIN_C.items()}
        return [
            Temperature(insole=f"{self.person}-{side}", side=side, t_ns=t_ns, areas_c=areas)
            for side, areas in ((Side.LEFT, left), (Side.RIGHT, dict(_SKIN_C)))
        ]

    def _fetched(self, t_ns: int) -> Iterator[Timed]:
        """Home again: what was remembered comes, then the insoles are put to sleep."""
        if any(self._owed.values()):
            at_ns = t_ns + _FETCHED_AFTER_NS
            most = max(map(len, self._owed.values()))
            for first in range(0, most, _AT_ONCE_MIN):
                blocks = [block for owed in self._owed.values() for block in owed[first : first + _AT_ONCE_MIN]]
                for block in blocks:
                    self.sent[block.side] += block.rows
                at_ns += 10**9
                yield at_ns, [to_message(block) for block in blocks]
            self._owed = {side: [] for side in Side}
            for later_s in (1, 5, 10):
                yield self.heartbeat(at_ns + later_s * 10**9, LinkState.STREAMING)
        yield self.heartbeat(t_ns + MINUTE_NS, LinkState.ENDED)

    def _block(self, side: Side, minute: int, begun_t_ns: int, foot: OutingFoot) -> Block:
        seq = minute * MINUTE_ROWS
        described = layout(self.person, side)
        return Block(
            insole=described.insole,
            side=side,
            boot=self._boot,
            seq=seq,
            ticks=seq * TICKS_PER_ROW,
            tick_ns=TICK_NS,
            t_ns=begun_t_ns + seq * NS_PER_ROW,
            ns_per_row=NS_PER_ROW,
            codes=foot.minute(minute),
            unit=described.unit,
            scale=described.scale,
        )

    def _status(self, side: Side, t_ns: int, link: LinkState) -> Status:
        return Status(
            insole=f"{self.person}-{side}",
            side=side,
            t_ns=t_ns,
            link=link,
            boot=self._boot,
            battery_pct=self.battery_pct[side],
            taken=self.sent[side] + self.never_sent[side],
            received=self.sent[side],
            published=self.sent[side],
            to_fetch=sum(block.rows for block in self._owed[side]),
            clock_error_ms=1.0,
        )
