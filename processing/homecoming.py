"""Where rows that come after their time belong: into which walk, and which walks they make one. Pure.

A walk is a stretch of rows of both feet without a pause longer than `IDLE_ENDS_WALK_NS`. A shorter pause that stood
between two walks while their rows came live was the end of the first one, told on purpose; late rows join walks only
where they themselves have shortened the pause.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from ingest.wire.block import Block, Origin
from ingest.wire.messages import LateRows
from processing.pauses import IDLE_ENDS_WALK_NS
from processing.store.recordings import Stretch
from processing.times import stamp


@dataclass(frozen=True, slots=True)
class Joining:
    """These walks, the earliest first, are one of this `name`."""

    walks: tuple[str, ...]
    name: str


def is_late(block: Block) -> bool:
    """Whether its rows come after their time, so that no live figure waits for them."""
    return block.origin is Origin.BACKFILL or not block.time_known


def late_rows(insole: str, blocks: Iterable[Block]) -> tuple[LateRows, ...]:
    """The rows of an insole that came out of its memory, as a receipt names them."""
    return tuple(
        LateRows(boot=block.boot, first=block.seq, last=block.end_seq - 1)
        for block in blocks
        if block.insole == insole and block.origin is Origin.BACKFILL
    )


def walk_name(person: str, t_ns: int) -> str:
    """Of a walk whose first row was taken then."""
    return f"{person}-{stamp(t_ns)}"


def undated_name(person: str, block: Block) -> str:
    """Of the walk that holds all rows of a boot that no clock can place; the insole's address is not in it."""
    insole = sha256(block.insole.encode()).hexdigest()[:8]
    return f"{person}-undated-{insole}-{block.boot:x}"


def place(stretches: Iterable[Stretch], block: Block) -> Stretch | None:
    """The walk that these rows belong to as things stand: the nearest one; None: they begin one."""
    near = [(_pause_ns(stretch, block), stretch.start_t_ns, stretch.walk, stretch) for stretch in stretches]
    nearest = min(near, key=lambda each: each[:3], default=None)
    return None if nearest is None or nearest[0] > IDLE_ENDS_WALK_NS else nearest[3]


def grown(stretch: Stretch, block: Block) -> Stretch:
    """The walk with these rows in it."""
    start, end = min(stretch.start_t_ns, block.t_ns), max(stretch.end_t_ns, block.end_t_ns)
    return replace(stretch, start_t_ns=start, end_t_ns=end)


def joinings(person: str, stretches: Sequence[Stretch]) -> list[Joining]:
    """What is to be made one, or named anew after its first row, now that late rows are there."""
    chains: list[list[Stretch]] = []
    for stretch in sorted(stretches, key=lambda each: (each.start_t_ns, each.end_t_ns)):
        if chains and _belong_together(max(chains[-1], key=lambda each: each.end_t_ns), stretch):
            chains[-1].append(stretch)
        else:
            chains.append([stretch])
    taken = {stretch.walk for stretch in stretches}
    made = [Joining(tuple(each.walk for each in chain), _name(person, chain, taken)) for chain in chains]
    return [each for each in made if each.walks != (each.name,)]


def _pause_ns(stretch: Stretch, block: Block) -> int:
    return max(stretch.start_t_ns - block.end_t_ns, block.t_ns - stretch.end_t_ns, 0)


def _belong_together(earlier: Stretch, later: Stretch) -> bool:
    if later.start_t_ns < earlier.end_t_ns:
        return earlier.late or later.late
    return (earlier.late_end or later.late_start) and later.start_t_ns - earlier.end_t_ns <= IDLE_ENDS_WALK_NS


def _name(person: str, chain: Sequence[Stretch], taken: set[str]) -> str:
    first = chain[0]
    name = walk_name(person, first.start_t_ns) if first.late_start else first.walk
    others = taken - {stretch.walk for stretch in chain}
    return first.walk if name in others else name
