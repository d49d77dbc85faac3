"""One person's walks: rows to the recordings, receipts back, figures and alerts out. Blocking; called in a thread.

Everything said about a walk under way can be said again from the recordings alone: after a restart the open walk is
fed from disk, and whatever stands downstream is keyed so that saying it twice changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from msgspec.structs import replace

from ingest.wire import codec
from ingest.wire.block import Block
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import (
    Alert,
    AlertReply,
    AnyMessage,
    Layout,
    LinkState,
    Metrics,
    Samples,
    Status,
    Stride,
)
from ingest.wire.topics import Address
from processing.alerting import Alerting
from processing.learning import learn_first_baseline
from processing.outgoing import Outgoing, Stores
from processing.pauses import IDLE_ENDS_WALK_NS
from processing.pipeline import Heartbeat
from processing.store.journal import WalkSummary
from processing.store.recordings import Portion
from processing.store.series import Point, gait_point
from processing.summary import as_json
from processing.terms import TermsMaker
from processing.walk import REPLAY_S, Item, Said, Walk

log = logging.getLogger(__name__)

_POINTS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Taken:
    """Messages half dealt with: nothing more is said of them until the `portion` is kept."""

    blocks: Sequence[Block]
    statuses: Sequence[Status]
    portion: Portion | None  # None: there is nothing to keep
    out: Sequence[Outgoing]


class Desk:
    """Keeps the open walk of one person. `session` names this start of processing in every receipt.

    For many persons at once: `receive` from each, keep all portions, `settle` each, write all `points`, then publish.
    """

    def __init__(
        self, address: Address, stores: Stores, make_terms: TermsMaker, session: str, faults: FaultBook
    ) -> None:
        self.address = address
        self.points: list[Point] = []  # for the series; before they are written nothing of them may be published
        self._stores = stores
        self._make_terms = make_terms
        self._session = session
        self._faults = faults
        self._layouts: dict[Side, Layout] = {}
        self._statuses: dict[Side, Status] = {}
        self._unlaid: dict[Side, list[Block]] = {}
        self._begun_t_ns = 0
        self._last_row_t_ns = 0
        self._sides: set[Side] = set()  # that took part in the open walk
        self._walk: Walk | None = None
        self._alerting = Alerting(address, stores.journal, faults)

    def resume(self) -> list[Outgoing]:
        """Feed the walk that was open when processing last stopped; to be called once, before anything is taken."""
        found = self._stores.recordings.open_walk(self.address.person)
        if found is None:
            return []
        for layout in self._stores.recordings.layouts(found.walk):
            self._layouts[layout.side] = layout
        self._begin(found.walk, found.start_t_ns or 0)
        out = self._judge(self._laid(self._stores.recordings.blocks(found.walk)))
        log.info("walk resumed from the recordings")
        alerts = [each for each in out if isinstance(each.message, Alert)]  # figures of the past are in the series
        return alerts + self.receipts(self._session)

    def receive(self, messages: Sequence[AnyMessage]) -> Taken:
        """What has just come from the broker, in order.

        :raises UnderfootError: DISK_FULL and its like; nothing of the messages is then receipted.
        """
        blocks: list[Block] = []
        out: list[Outgoing] = []
        for message in messages:
            if isinstance(message, Samples):
                blocks += self._readable(message)
            elif isinstance(message, Layout):
                out += self._lay(message)
            elif isinstance(message, AlertReply):
                out += self._alerting.answered(message)
        if blocks:
            out += self._make_ready(blocks)
        walk = self._walk
        portion = Portion(self.address.person, walk.terms.walk, blocks) if blocks and walk is not None else None
        return Taken(blocks, [message for message in messages if isinstance(message, Status)], portion, out)

    def settle(self, taken: Taken, new: Sequence[Block]) -> list[Outgoing]:
        """Receipts, then figures: a receipt never says more than the disk holds. `new`: what of the portion was new.

        :raises UnderfootError: as `receive`.
        """
        insoles = sorted({(each.insole, each.side) for each in taken.blocks})
        out = [*taken.out, *(self._receipt(insole, side) for insole, side in insoles)]
        out += self._judge(self._laid(new))
        for status in taken.statuses:
            out += self._heed(status)
        return out

    def receipts(self, session: str) -> list[Outgoing]:
        """All receipts under a new session: whatever has none is sent to us again."""
        self._session = session
        return [self._receipt(layout.insole, layout.side) for layout in self._layouts.values()]

    @property
    def walk(self) -> Walk | None:
        return self._walk

    # rows

    def _readable(self, samples: Samples) -> list[Block]:
        """The block, or a fault and nothing: a stranger's samples must not hold up the others."""
        try:
            return [codec.to_block(samples)]
        except UnderfootError as error:
            self._faults.note(error.fault)
            return []

    def _make_ready(self, blocks: Sequence[Block]) -> list[Outgoing]:
        """A walk for these blocks, unless none is open and all of them are kept already."""
        out = self._finish() if self._pauses_long(blocks[0].t_ns) else []
        if self._walk is None:
            unknown = next((block for block in blocks if not self._is_known(block)), None)
            if unknown is not None:
                self._begin(self._name_walk(unknown), unknown.t_ns)
        return out

    def _is_known(self, block: Block) -> bool:
        receipt = self._stores.recordings.receipt(block.insole, block.side, self._session)
        return any(
            each.boot == block.boot
            and block.end_seq - 1 <= each.stored_upto
            and not any(first < block.end_seq and block.seq <= last for first, last in each.holes)
            for each in receipt.boots
        )

    def _laid(self, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            self._last_row_t_ns = max(self._last_row_t_ns, block.end_t_ns)
            self._sides.add(block.side)
            if block.side in self._layouts:
                yield block
            else:
                self._unlaid.setdefault(block.side, []).append(block)
                self._faults.note(Fault(FaultCode.LAYOUT_MISSING, str(block.side)))

    def _lay(self, layout: Layout) -> list[Outgoing]:
        known = self._layouts.get(layout.side)
        if known == layout:
            return []
        self._layouts[layout.side] = layout
        out = [self._receipt(layout.insole, layout.side)]  # so that what waits for us is sent at once
        if self._walk is not None:
            self._stores.recordings.put_layout(self.address.person, self._walk.terms.walk, layout)
            out += self._judge([layout, *self._unlaid.pop(layout.side, [])])
        return out

    def _receipt(self, insole: str, side: Side) -> Outgoing:
        receipt = self._stores.recordings.receipt(insole, side, self._session)
        return Outgoing(self.address.of_side(side, "receipt"), receipt)

    # walks

    def _name_walk(self, block: Block) -> str:
        begun = datetime.fromtimestamp(block.t_ns // 10**9, UTC)
        return f"{self.address.person}-{begun:%Y%m%dT%H%M%SZ}"

    def _begin(self, name: str, t_ns: int) -> None:
        self._walk = Walk(self._make_terms(self.address.person, name, t_ns), self._faults)
        self._begun_t_ns = t_ns
        self._last_row_t_ns = 0
        self._sides.clear()
        for layout in self._layouts.values():
            self._stores.recordings.put_layout(self.address.person, name, layout)
            self._walk.feed(layout)

    def _pauses_long(self, t_ns: int) -> bool:
        return bool(self._last_row_t_ns) and t_ns - self._last_row_t_ns > IDLE_ENDS_WALK_NS

    def _heed(self, status: Status) -> list[Outgoing]:
        """A status moves event time on; it ends the walk when no more rows can come."""
        self._statuses[status.side] = status
        out = self._alerting.time_passed(status.t_ns)
        if self._walk is None:
            return out
        out += self._judge([Heartbeat(t_ns=status.t_ns)])
        idle = status.link is not LinkState.STREAMING and self._pauses_long(status.t_ns)
        over = bool(self._sides) and all(map(self._has_ended, self._sides))
        return out + self._finish() if over or idle else out

    def _has_ended(self, side: Side) -> bool:
        """Whether no more rows of this foot can come; a status from before the walk says nothing about it."""
        status = self._statuses.get(side)
        return (
            status is not None
            and status.t_ns >= self._begun_t_ns
            and status.link is LinkState.ENDED
            and not status.waiting
        )

    def _finish(self) -> list[Outgoing]:
        """Close the walk: its summary goes to the journal. After late rows the recordings speak once more."""
        walk = self._walk
        if walk is None:
            return []
        name = walk.terms.walk
        out = self._publish(walk.close())
        if walk.pipeline.late_rows:
            walk = self._again(walk)
            out += self._publish(replace(each, late=True) for each in walk.alerts if not self._alerting.knows(each.id))
        out += self._alerting.walk_ended(name, self._last_row_t_ns)
        self._stores.journal.put_walk(
            WalkSummary(
                person=self.address.person,
                walk=name,
                recipe=walk.terms.recipe.name,
                begun_t_ns=self._begun_t_ns,
                summary=as_json(walk.summary()).encode(),
            )
        )
        learn_first_baseline(self._stores.journal, self.address.person, self._last_row_t_ns)
        self.write_points()  # the figures of a walk that has ended are not made again after a restart
        self._stores.recordings.end_walk(name)
        self._walk = None
        self._statuses.clear()
        return out

    def _again(self, walk: Walk) -> Walk:
        """The walk from the recordings, which have the rows that came too late; its figures replace what stood."""
        items: list[Item] = list(self._stores.recordings.layouts(walk.terms.walk))
        again = Walk(walk.terms, at_once_s=REPLAY_S)
        for item in chain(items, self._stores.recordings.blocks(walk.terms.walk)):
            self._repaint(again.feed(item))
        self._repaint(again.close())
        return again

    def _repaint(self, said: Iterable[Said]) -> None:
        """Figures to the series only: what was published has been read, and the broker keeps none of it."""
        self.points += [gait_point(self.address.person, each) for each in said if isinstance(each, Metrics)]
        if len(self.points) > _POINTS_AT_ONCE:
            self.write_points()

    # figures and alerts

    def _judge(self, items: Iterable[Item]) -> list[Outgoing]:
        walk = self._walk
        return self._publish([] if walk is None else [said for item in items for said in walk.feed(item)])

    def _publish(self, said: Iterable[Said]) -> list[Outgoing]:
        """Figures to the series and the broker, alerts first to the book and the journal."""
        out: list[Outgoing] = []
        for each in said:
            if isinstance(each, Metrics):
                self.points.append(gait_point(self.address.person, each))
                out.append(Outgoing(self.address.metrics, each))
            elif isinstance(each, Stride):
                out.append(Outgoing(self.address.strides, each))
            else:
                out += self._alerting.raised(each)
        return out

    def write_points(self) -> None:
        """Write what stands in `points`; :raises UnderfootError: as `receive`."""
        if self.points:
            self._stores.series.write(self.points)
            self.points = []
