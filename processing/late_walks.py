"""Rows that come after their time: kept in the walk they belong to, which is then computed again from the recordings.

Rows are kept at once; walks are joined and computed again when the fetching rests. What is still owed stands in the
recordings (a walk is *late* until its figures rest on all its rows), so after a crash it is simply done once more.

A link that loses rows all the time has late rows come all the time. So a walk that is computed again meanwhile is
computed to the end, without those that came since, and remains late; and an open walk is computed anew only for a
share of its rows, or after a share of its length: the cost stays a multiple of the walk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout, Status
from processing.homecoming import grown, is_late, joinings, place, undated_name, walk_name
from processing.outgoing import Stores
from processing.recomputing import Recomputing
from processing.store.recordings import Portion, Stretch
from processing.terms import TermsMaker
from processing.walk import Item

_QUIET_NS = 2 * 10**9  # rows are still under way when an insole says that nothing is left to fetch
_GIVEN_UP_NS = 30 * 10**9  # a fetch that was torn may go on later: what has come until now is shown
_SHARE = 8  # of the length of an open walk, and of the rows of one of its feet


class LateWalks:
    """One person's. `layouts`: the insoles as they have described themselves, kept up by the desk."""

    def __init__(self, person: str, stores: Stores, make_terms: TermsMaker, layouts: dict[Side, Layout]) -> None:
        self._person = person
        self._stores = stores
        self._make_terms = make_terms
        self._layouts = layouts
        self._to_fetch: dict[Side, int] = {}
        self._now_t_ns = 0  # of the hub, by its statuses
        self._came_t_ns: int | None = None  # when late rows came last; None: all of them are in their place
        self._resumed = False  # an earlier start owed walks, and no status has said since what time it is
        self._owed_ns = 0  # length of the rows that came since walks were last made what they are
        self._gathered_t_ns = 0
        self._due: deque[Stretch] = deque()
        self._job: Recomputing | None = None

    @property
    def busy(self) -> bool:
        """Whether a walk is to be computed again."""
        return bool(self._due) or self._job is not None

    @property
    def behind(self) -> bool:
        """Whether late rows have come that nothing computed until now rests on."""
        return self._came_t_ns is not None

    @property
    def owes(self) -> bool:
        """Whether a figure that stands may not rest on all rows."""
        return self.busy or self.behind

    def resume(self, *, goes_on: bool) -> None:
        """What an earlier start owed. While a walk `goes_on`, its fetching may too: it waits until that rests."""
        if any(stretch.late for stretch in self._stores.recordings.stretches(self._person)):
            if goes_on:
                self._came_t_ns, self._resumed = 0, True
            else:
                self.gather()

    def portions(self, blocks: Iterable[Block]) -> list[Portion]:
        """Late blocks by the walk that they belong to for now."""
        recordings = self._stores.recordings
        stretches = {each.walk: each for each in recordings.stretches(self._person)}
        found: dict[str, list[Block]] = {}
        for block in blocks:
            name = undated_name(self._person, block)
            if block.time_known:
                stretch = place(stretches.values(), block) or _begun(walk_name(self._person, block.t_ns), block)
                name = stretch.walk
                stretches[name] = grown(stretch, block)
            found.setdefault(name, []).append(block)
        return [Portion(self._person, name, those, late=True) for name, those in found.items()]

    def came(self, blocks: Sequence[Block]) -> None:
        """These blocks have been kept."""
        for name in {undated_name(self._person, block) for block in blocks if not block.time_known}:
            self._describe(name)
        late = [block for block in blocks if is_late(block) and block.time_known]
        if late:
            self._came_t_ns = self._now_t_ns
            self._owed_ns += sum(block.rows * block.ns_per_row for block in late)

    def heed(self, status: Status, open_since_t_ns: int | None = None) -> bool:
        """Whether the fetching has come to rest, so that it is time to `gather`.

        :param open_since_t_ns: when the walk that is open began; None: none is.
        """
        self._to_fetch[status.side] = status.to_fetch
        self._now_t_ns = max(self._now_t_ns, status.t_ns)
        if self._resumed:
            self._came_t_ns, self._resumed = self._now_t_ns, False
        if self._came_t_ns is None:
            return False
        quiet_ns = self._now_t_ns - self._came_t_ns
        rests = quiet_ns >= (_GIVEN_UP_NS if any(self._to_fetch.values()) else _QUIET_NS)
        return rests and (open_since_t_ns is None or self._is_worth_it(self._now_t_ns - open_since_t_ns))

    def _is_worth_it(self, length_ns: int) -> bool:
        """To compute an open walk of this length once more."""
        return _SHARE * max(self._owed_ns, self._now_t_ns - self._gathered_t_ns) >= length_ns

    def gather(self, open_walk: str = "") -> str:
        """Make the walks what they would be had all rows come live; the name that the open one has now.

        :raises UnderfootError: as the stores; what is left to do then stands in the recordings.
        """
        recordings = self._stores.recordings
        for joining in joinings(self._person, recordings.stretches(self._person)):
            for walk in joining.walks:  # before they are joined, so that after a crash in between this is done again
                self._stores.journal.drop_walk(self._person, walk)
                if self._stores.seconds is not None:
                    self._stores.seconds.drop(self._person, walk)
            recordings.join(joining.walks, joining.name)
            open_walk = joining.name if open_walk in joining.walks else open_walk
        late = [each for each in recordings.stretches(self._person) if each.late]
        self._due = deque(sorted(late, key=lambda stretch: stretch.ended))
        self._job = self._came_t_ns = None
        self._owed_ns, self._gathered_t_ns = 0, self._now_t_ns
        return open_walk

    def overhear(self, item: Item) -> None:
        """This was fed to the walk that is open."""
        if self._job is not None and not self._due[0].ended:
            self._job.overhear(item)

    def step(self) -> tuple[Recomputing, Stretch] | None:
        """Compute for a while; a walk that is to be closed or to go on live, with all its rows unless `behind`."""
        if self._job is None:
            self._job = self._begin(self._due[0])
        if not self._job.step():
            return None
        done, self._job = self._job, None
        return done, self._due.popleft()

    def _begin(self, stretch: Stretch) -> Recomputing:
        self._describe(stretch.walk)
        terms = self._make_terms(self._person, stretch.walk, stretch.start_t_ns)
        return Recomputing(self._stores, self._person, stretch.walk, terms)

    def _describe(self, walk: str) -> None:
        """A walk that late rows began has no layout of its own."""
        recordings = self._stores.recordings
        described = {layout.side for layout in recordings.layouts(walk)}
        for side, layout in self._layouts.items():
            if side not in described:
                recordings.put_layout(self._person, walk, layout)


def _begun(name: str, block: Block) -> Stretch:
    return Stretch(walk=name, start_t_ns=block.t_ns, end_t_ns=block.end_t_ns, ended=True, late=True)
