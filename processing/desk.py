"""One person's walks: rows to the recordings, receipts back, figures and alerts out. Blocking; called in a thread.

Everything said about a walk under way can be said again from the recordings alone: after a restart the open walk is
fed from disk, and whatever stands downstream is keyed so that saying it twice changes nothing. Rows that come after
their time are kept at once and never fed to the walk as it goes on live: `LateWalks` sees to them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from ingest.wire import codec
from ingest.wire.alerts import Alert
from ingest.wire.block import Block
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, Layout, LinkState, Metrics, Samples, Status, Stride
from ingest.wire.topics import Address
from processing.care import Care, OfCare
from processing.closing import close_again, keep_summary
from processing.homecoming import is_late, late_rows, walk_name
from processing.household import Household
from processing.late_walks import LateWalks
from processing.outgoing import Outgoing, Stores, Taken
from processing.pauses import IDLE_ENDS_WALK_NS, no_rows_can_come
from processing.pipeline import Heartbeat
from processing.recomputing import Recomputing
from processing.rules.ruleset import RulesFor
from processing.store.recordings import Portion, Stretch
from processing.store.series import Point, gait_point
from processing.terms import TermsMaker
from processing.walk import Item, Said, Walk

log = logging.getLogger(__name__)


class Desk:
    """Keeps the open walk of one person. `session` names this start of processing in every receipt.

    For many persons at once: `receive` from each, keep all portions, `settle` each, write all `points`, then publish.
    While one is `busy`, have it `work` when there is nothing to receive.
    """

    def __init__(
        self,
        address: Address,
        stores: Stores,
        make_terms: TermsMaker,
        rules_for: RulesFor,
        session: str,
        faults: FaultBook,
        house: Household | None = None,
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
        self._name = ""  # of the open walk in the recordings; until it is computed again it may still speak of another
        self._heard_t_ns = 0  # the latest heartbeat that the open walk was fed
        self._late = LateWalks(address.person, stores, make_terms, self._layouts)
        self._care = Care(address, stores, rules_for, house or Household(), faults)

    def resume(self) -> list[Outgoing]:
        """Feed the walk that was open when processing last stopped; to be called once, before anything is taken."""
        standing = self._care.standing()
        found = self._stores.recordings.open_walk(self.address.person)
        begun_t_ns = None if found is None else found.start_t_ns  # None too: killed before its first rows were kept
        self._late.resume(goes_on=begun_t_ns is not None)
        if found is None or begun_t_ns is None:
            return standing
        for layout in self._stores.recordings.layouts(found.walk):
            self._layouts[layout.side] = layout
        self._begin(found.walk, begun_t_ns)
        kept = (each for each in self._stores.recordings.blocks(found.walk) if not (found.late and is_late(each)))
        out = self._judge(self._laid(kept))  # told of it are alerts only: figures of the past are in the series
        log.info("walk resumed from the recordings")
        return [*standing, *(each for each in out if isinstance(each.message, Alert)), *self.receipts(self._session)]

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
            elif isinstance(message, OfCare):
                out += self._care.said(message)
        live = [block for block in blocks if not is_late(block)]
        if live:
            out += self._make_ready(live)
        portions = [Portion(self.address.person, self._name, live)] if live and self._walk is not None else []
        late = [block for block in blocks if is_late(block) and self._stores.recordings.lacks(block)]
        portions += self._late.portions(late) if late else []
        return Taken(blocks, [message for message in messages if isinstance(message, Status)], portions, out)

    def settle(self, taken: Taken, new: Sequence[Block]) -> list[Outgoing]:
        """Receipts, then figures: a receipt never says more than the disk holds. `new`: what of the portions was new.

        :raises UnderfootError: as `receive`.
        """
        insoles = sorted({(each.insole, each.side) for each in taken.blocks})
        out = [*taken.out, *(self._receipt(insole, side, taken.blocks) for insole, side in insoles)]
        self._late.came(new)
        out += self._judge(self._laid(block for block in new if not is_late(block)))
        for status in taken.statuses:
            out += self._heed(status)
        self.points += self._care.points()
        return out + self._care.state(self._walk)

    def receipts(self, session: str) -> list[Outgoing]:
        """All receipts under a new session: whatever has none is sent to us again."""
        self._session = session
        return [self._receipt(layout.insole, layout.side) for layout in self._layouts.values()]

    @property
    def walk(self) -> Walk | None:
        return self._walk

    @property
    def busy(self) -> bool:
        """Whether walks are to be computed again because of late rows."""
        return self._late.busy

    def work(self) -> list[Outgoing]:
        """Compute for a moment. :raises UnderfootError: as `receive`; a desk made anew does it once more."""
        done = self._late.step() if self.busy else None
        if done is None:
            return []
        again, stretch = done
        if stretch.ended:
            whole = not self._late.behind
            return close_again(self._stores, self.address.person, again, stretch, self._care, whole=whole)
        return self._go_on(again, stretch)

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
            unknown = next((block for block in blocks if self._stores.recordings.lacks(block)), None)
            if unknown is not None:
                self._begin(walk_name(self.address.person, unknown.t_ns), unknown.t_ns)
        return out

    def _laid(self, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            self._last_row_t_ns = max(self._last_row_t_ns, block.end_t_ns)
            self._sides.add(block.side)
            self._care.measured(block.side, block.end_t_ns)
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
            self._stores.recordings.put_layout(self.address.person, self._name, layout)
            out += self._judge([layout, *self._unlaid.pop(layout.side, [])])
        return out

    def _receipt(self, insole: str, side: Side, blocks: Sequence[Block] = ()) -> Outgoing:
        """`blocks`: that are stored now, whether they were new or not."""
        receipt = self._stores.recordings.receipt(insole, side, self._session)
        return Outgoing(self.address.of_side(side, "receipt"), replace(receipt, late=late_rows(insole, blocks)))

    # walks

    def _begin(self, name: str, t_ns: int) -> None:
        self._name = name
        self._heard_t_ns = 0
        terms = self._make_terms(self.address.person, name, t_ns)
        self._walk = Walk(terms, self._faults, keep_seconds=self._stores.seconds is not None)
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
        out = self._care.heard(status)
        if self._late.heed(status, None if self._walk is None else self._begun_t_ns):
            self._name = self._late.gather(self._name)
        if self._walk is None:
            return out
        self._heard_t_ns = max(self._heard_t_ns, status.t_ns)
        out += self._judge([Heartbeat(t_ns=status.t_ns)])
        idle = status.link is not LinkState.STREAMING and self._pauses_long(status.t_ns)
        over = bool(self._sides) and all(
            no_rows_can_come(self._statuses.get(side), self._begun_t_ns) for side in self._sides
        )
        return out + self._finish() if over or idle else out

    def _finish(self) -> list[Outgoing]:
        """Close the walk: its summary goes to the journal, unless late rows have the recordings speak once more."""
        walk = self._walk
        if walk is None:
            return []
        out = self._publish(walk.close())
        late = bool(walk.pipeline.late_rows) or self._late.owes
        out += self._care.all_ended(self._last_row_t_ns)
        self.write_points()  # the figures of a walk that has ended are not made again after a restart
        if not late:
            keep_summary(self._stores, self.address.person, walk, self._begun_t_ns, self._last_row_t_ns)
            out += self._care.walk_kept(self._last_row_t_ns, late=False)
        self._stores.recordings.end_walk(self._name, late=late)
        self._walk, self._name = None, ""
        self._statuses.clear()
        if late:
            self._late.gather()
        return out

    def _go_on(self, again: Recomputing, stretch: Stretch) -> list[Outgoing]:
        """The open walk was computed again, and goes on as if it had always rested on those rows."""
        self._walk = again.go_live(self._heard_t_ns)
        self._begun_t_ns = stretch.start_t_ns
        self._last_row_t_ns = max(self._last_row_t_ns, stretch.end_t_ns)
        span = (stretch.start_t_ns, stretch.end_t_ns)
        out = self._care.found_late(again.walk.alerts, again.late_until_t_ns, span=span)
        if not self._late.behind:  # last: until then a new start owes all of this
            self._stores.recordings.mark_recomputed(again.name)
        return out

    # figures and alerts

    def _judge(self, items: Iterable[Item]) -> list[Outgoing]:
        """In order of time. What is raised up to the last late row is late."""
        walk = self._walk
        late_until_t_ns = 0
        out: list[Outgoing] = []
        if walk is not None:
            for item in items:
                self._late.overhear(item)
                if isinstance(item, Block) and is_late(item):
                    late_until_t_ns = max(late_until_t_ns, item.end_t_ns)
                out += self._publish(walk.feed(item), late_until_t_ns)
        return out

    def _publish(self, said: Iterable[Said], late_until_t_ns: int = 0) -> list[Outgoing]:
        """Figures to the series and the broker, alerts first to the book and the journal."""
        out: list[Outgoing] = []
        for each in said:
            if isinstance(each, Metrics):
                self.points.append(gait_point(self.address.person, each))
                out.append(Outgoing(self.address.metrics, each))
            elif isinstance(each, Stride):
                out.append(Outgoing(self.address.strides, each))
            else:
                out += self._care.raised(each, late=each.raised_t_ns <= late_until_t_ns)
        return out

    def write_points(self) -> None:
        """Write what stands in `points`; :raises UnderfootError: as `receive`."""
        if self.points:
            self._stores.series.write(self.points)
            self.points = []
