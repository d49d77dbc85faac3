"""What a store of recordings is: the truth, every row of every walk once, named (insole, boot, seq)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ingest.wire.block import Block
from ingest.wire.geometry import Side
from ingest.wire.messages import Gap, Layout, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkInfo:
    """One walk as a list shows it. Times are None before its first row; `late`: see `append`.

    `time_known` False: no clock told when its rows were taken, its times count from the boot of its insole.
    """

    walk: str
    person: str
    start_t_ns: int | None
    end_t_ns: int | None  # UTC at which the row after its last one would be due
    insoles: tuple[str, ...]
    rows: dict[Side, int]
    ended: bool
    late: bool
    time_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Where a walk lies in time, from its first row up to the one that would be due after its last.

    `late`: see `append`; `late_start`, `late_end`: none but late rows reach as far.
    """

    walk: str
    start_t_ns: int
    end_t_ns: int
    ended: bool
    late: bool = False
    late_start: bool = False
    late_end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBooks:
    """The books of one foot in one walk, in rows: taken = stored + declared + missing."""

    stored: int = 0
    declared: int = 0  # lost for a reason that is known, see `gaps`
    missing: int = 0  # between its first and last row, and nobody knows why
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Portion:
    """Blocks of one walk, to be kept. `late`: they come after their time, and a walk that they begin is not under way.

    Blocks whose time is not known go with none whose time is.
    """

    person: str
    walk: str
    blocks: Sequence[Block]
    late: bool = False


class Recordings(Protocol):
    """The last keeper of rows. What a call has returned is durable.

    Every method may raise UnderfootError: DISK_FULL (nothing of that call was kept), STORE_DAMAGED; and UNKNOWN_NAME
    for a walk that it does not have.
    """

    def append(self, person: str, walk: str, blocks: Sequence[Block]) -> list[Block]:
        """Keep what is new, in one transaction, and return it: blocks, or the parts of them not kept before.

        Begins the walk when it is new. Losses that a block declares become gaps. A walk that has ended takes rows
        still and is marked late, as is one that takes late rows: its figures are to be computed again.
        """

    def append_all(self, portions: Sequence[Portion]) -> list[list[Block]]:
        """As `append` for each, all in one transaction: all of it is kept, or nothing."""

    def put_layout(self, person: str, walk: str, layout: Layout) -> None:
        """Keep the description of an insole's cells with the walk; a repeat changes nothing."""

    def receipt(self, insole: str, side: Side, session: str) -> Receipt:
        """What is durable of this insole, for the keeper before us. Declared gaps are not holes.

        Rows before the first one are a hole as well: somebody may still hold them.
        """

    def lacks(self, block: Block) -> bool:
        """Whether some of its rows are not kept yet, be they declared lost or not."""

    def walks(self, person: str | None = None) -> list[WalkInfo]:
        """Every walk, oldest first."""

    def open_walk(self, person: str) -> WalkInfo | None:
        """The latest walk of this person that has not ended, to go on with after a restart."""

    def end_walk(self, walk: str, *, late: bool = False) -> None:
        """No more rows are due. Ending it again changes nothing. `late`: its figures are to be computed again."""

    def mark_recomputed(self, walk: str) -> None:
        """The figures of a late walk were computed again from all its rows: it is late no longer."""

    def stretches(self, person: str) -> list[Stretch]:
        """The walks of a person whose time is known, in order of time."""

    def join(self, walks: Sequence[str], name: str) -> None:
        """Make these walks one of this name, all or nothing; it is late, and under way when one of them was.

        One walk alone gets another name. :raises UnderfootError: UNKNOWN_NAME; DEPENDENCY_MISSING for a cold walk.
        """

    def blocks(self, walk: str) -> Iterator[Block]:
        """The rows of a walk as they were kept, in event-time order across the feet, as of the first `next`.

        Streams; memory does not grow with the walk.
        """

    def blocks_within(self, walk: str, start_t_ns: int, stop_t_ns: int) -> Iterator[Block]:
        """Those blocks of `blocks` that reach into `start_t_ns ≤ t < stop_t_ns`, whole, without reading the others."""

    def walk(self, walk: str) -> WalkInfo:
        """One walk as `walks` lists it."""

    def layouts(self, walk: str) -> list[Layout]:
        """The layouts of a walk in the order in which they came."""

    def books(self, walk: str) -> dict[Side, SideBooks]:
        """Both feet, always. Rows between two walks belong to neither."""

    def archive(self, walk: str) -> bool:
        """Move an ended walk to the cold end; False when that cannot be done here. Reading stays the same."""

    def close(self) -> None:
        """Nothing more will be asked."""
