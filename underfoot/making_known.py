"""Making two insoles the wearer's: connected, bonded where they want it, and each stamped to show its foot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from ingest.drivers import registry, sig
from ingest.drivers.registry import BothFeet
from ingest.laterality import Load, Unclear, Verdict, load_of, sides_of, who_stamped
from ingest.sources.radio.pairing import Heard
from ingest.sources.radio.visiting import Told, Visit, visit
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from underfoot.known import Bound, KnownInsole
from underfoot.radio import Radio

_LOOK_S = 0.25
_SETTLE_S = 0.75  # after the last stamp: the other foot may be about to move


@dataclass(frozen=True, slots=True)
class Guest:
    """An insole that is being paired; `says`: its own word on its side, None: it gives none."""

    heard: Heard
    driver: str
    visit: Visit
    says: Side | None

    @property
    def insole(self) -> str:
        return self.heard.advertisement.address


@dataclass(frozen=True, slots=True)
class Asked:
    """How it is asked for stamps: `ask` before each, `show` the stamps so far, by insole."""

    ask: Callable[[Side, Unclear | None], None]
    show: Callable[[Side, Mapping[str, int], float], None]
    seconds: float = 20.0
    tries: int = 3


@asynccontextmanager
async def guests(radio: Radio, heard: Iterable[Heard], driver: str | None) -> AsyncIterator[list[Guest]]:
    """Links to all of them, their drivers streaming.

    :raises UnderfootError: as `visit`; UNKNOWN_NAME for an insole that no driver knows.
    """
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(_guest(radio, one, driver)) for one in heard]


@asynccontextmanager
async def _guest(radio: Radio, heard: Heard, driver: str | None) -> AsyncIterator[Guest]:
    recognised, address = heard.recognised, heard.advertisement.address
    name = driver or (recognised.driver if recognised is not None else None)
    if name is None:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no driver knows {address}; --driver names one")
    speaks = recognised is not None and recognised.side is not None
    kind = registry.driver_class(name)
    takes_its_word = speaks or isinstance(kind, BothFeet)
    speaker = kind(address, None if takes_its_word else Side.LEFT)  # its foot is about to be settled
    async with visit(
        radio.adapter,
        speaker,
        lambda found: found.address == address,
        radio.now_ns,
        read_first=(sig.SERIAL_NUMBER,),
    ) as visiting:
        layout = visiting.told.layout
        yield Guest(heard, name, visiting, layout.side if speaks and layout is not None else None)


async def sides_by_stamping(radio: Radio, two: list[Guest], asked: Asked) -> dict[str, Side]:
    """The side of each insole, by its address.

    :raises UnderfootError: SIDE_UNCLEAR after all tries, LINK_LOST.
    """
    unclear: Unclear | None = None
    for _ in range(asked.tries):
        first = await _stamped(radio, two, Side.LEFT, asked, unclear)
        if first.stamped is None:
            unclear = first.unclear
            continue
        second = await _stamped(radio, two, Side.RIGHT, asked, None)
        found = sides_of(Side.LEFT, first, second)
        if isinstance(found, dict):
            return found
        unclear = found
    raise UnderfootError(FaultCode.SIDE_UNCLEAR, str(unclear))


async def _stamped(radio: Radio, two: list[Guest], foot: Side, asked: Asked, unclear: Unclear | None) -> Verdict:
    asked.ask(foot, unclear)
    radio.ask_to_stamp(foot)
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    for guest in two:
        guest.visit.told.begin()
    while True:
        await asyncio.sleep(_LOOK_S)
        verdict = _verdict(two)
        asked.show(foot, verdict.stamps, loop.time() - begun_s)
        if verdict.stamped is not None or verdict.unclear is Unclear.BOTH_MOVED:
            await asyncio.sleep(_SETTLE_S)
            return _verdict(two)
        if loop.time() - begun_s > asked.seconds:
            return verdict


def _verdict(two: list[Guest]) -> Verdict:
    for guest in two:
        guest.visit.check()
    return who_stamped({guest.insole: _load(guest.visit.told) for guest in two})


def _load(told: Told) -> Load:
    cells = () if told.layout is None else told.layout.cells
    return load_of(told.rows, [cell.full_scale for cell in cells])


async def made_known(
    radio: Radio, sides: Mapping[str, Side], two: list[Guest], bound: Bound
) -> dict[Side, KnownInsole]:
    """As they are to be kept."""
    bonded = await radio.adapter.bonded() or frozenset()
    return {
        sides[guest.insole]: KnownInsole(
            insole=guest.insole,
            address=guest.insole,
            driver=guest.driver,
            name=guest.heard.advertisement.name or "",
            serial=guest.visit.text_before(sig.SERIAL_NUMBER),
            paired_t_ns=radio.now_ns(),
            bound=bound,
            says=guest.says,
            bonded=guest.insole.upper() in bonded,
        )
        for guest in two
    }


async def both_of(radio: Radio, one: Guest) -> dict[Side, KnownInsole]:
    """The two feet of an insole whose one link carries both: its maker has settled which is which."""
    driver = registry.driver_class(one.driver)
    if not isinstance(driver, BothFeet):
        raise UnderfootError(FaultCode.INTERNAL, f"{one.driver} carries one foot")
    (known,) = (await made_known(radio, {one.insole: Side.RIGHT}, [one], Bound.FIXED)).values()
    other = KnownInsole(
        insole=driver.other_of(one.insole),
        address=known.address,
        driver=known.driver,
        name=known.name,
        serial=known.serial,
        paired_t_ns=known.paired_t_ns,
        bound=Bound.FIXED,
        bonded=known.bonded,
    )
    return {Side.LEFT: other, Side.RIGHT: known}


def contradictions(pair: Mapping[Side, KnownInsole], named: Mapping[Side, str]) -> Iterator[str]:
    """Sentences on what the insoles, or who named them, said otherwise."""
    for side, known in pair.items():
        if known.says not in (None, side):
            yield f"The {side} foot's insole ({known.address}) says that it is for the {known.says} foot; kept as worn."
        for foot, name in named.items():
            if foot is not side and name.casefold() in (known.address.casefold(), known.name.casefold()):
                yield f"{name} was named for the {foot} foot and is on the {side} one; kept as worn."
