"""A walk out of range as ingest tells it: live, lost, back again with what was fetched between the live rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from bench_kit import START_NS, pair_layouts, pair_second
from desk_kit import PERSON

from ingest.wire.block import Block, Origin
from ingest.wire.codec import to_message
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, LinkState, Status

SECOND_NS = 10**9
PIECE_S = 20  # of a fetch: 2,000 rows
BOTH = tuple(Side)

Tick = list[AnyMessage]


def at(second: int) -> int:
    return START_NS + second * SECOND_NS


def rows(first_s: int, stop_s: int, sides: Sequence[Side] = BOTH) -> list[Block]:
    return [each for second in range(first_s, stop_s) for each in pair_second(PERSON, second) if each.side in sides]


def status(link: LinkState, at_s: int, to_fetch: int = 0) -> Tick:
    return [
        Status(insole=each.insole, side=each.side, t_ns=at(at_s), link=link, to_fetch=to_fetch)
        for each in pair_layouts(PERSON)
    ]


def walking(first_s: int, stop_s: int, to_fetch: int = 0, sides: Sequence[Side] = BOTH) -> Iterator[Tick]:
    for second in range(first_s, stop_s, 5):
        end = min(second + 5, stop_s)
        messages = [to_message(each) for each in rows(second, end, sides)]
        yield [*messages, *status(LinkState.STREAMING, end, to_fetch)]


def away(first_s: int, stop_s: int) -> Iterator[Tick]:
    for second in range(first_s, stop_s, 20):
        yield status(LinkState.LOST, second)


def fetched(first_s: int, stop_s: int, sides: Sequence[Side] = BOTH) -> Iterator[Tick]:
    """Newest first, in pieces that are in order themselves."""
    for stop in range(stop_s, first_s, -PIECE_S):
        piece = rows(max(stop - PIECE_S, first_s), stop, sides)
        yield [to_message(replace(each, origin=Origin.BACKFILL)) for each in piece]


def woven(live: Iterable[Tick], late: Iterable[Tick]) -> list[Tick]:
    """Late messages between live ones, several at a time, as long as there are any."""
    pieces = list(late)
    ticks = list(live)
    share = -(-len(pieces) // len(ticks))
    return [[*tick, *chain(*pieces[n * share : (n + 1) * share])] for n, tick in enumerate(ticks)]


def ended(at_s: int) -> list[Tick]:
    return [status(LinkState.ENDED, at_s)]


OUT_S, HOME_S, FETCHED_S, END_S = 60, 780, 800, 860


def in_time(end_s: int = END_S) -> list[Tick]:
    return [*walking(0, end_s), *ended(end_s + 1)]


def walked_away(*, fetch: bool = True) -> list[Tick]:
    """Out of range for twelve minutes, and everything fetched in the first 20 s at home."""
    home = walking(HOME_S, FETCHED_S, to_fetch=5)
    back = woven(home, fetched(OUT_S, HOME_S)) if fetch else list(home)
    return [*walking(0, OUT_S), *away(OUT_S, HOME_S), *back, *walking(FETCHED_S, END_S), *ended(END_S + 1)]
