"""Which of the insoles heard are the pair to wear. Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass

from ingest.drivers.base import Advertisement, Recognised
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Side

_ADDRESS = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heard:
    """A device in range; `recognised` None: no driver knows it."""

    advertisement: Advertisement
    recognised: Recognised | None


@dataclass(frozen=True, slots=True)
class Pair:
    """The insole for each foot, None where none was heard, and why others were left out."""

    left: Heard | None
    right: Heard | None
    faults: tuple[Fault, ...]

    def of(self, side: Side) -> Heard | None:
        return self.left if side is Side.LEFT else self.right


def choose_two(heard: Iterable[Heard], named: Iterable[str], ours: Container[str]) -> list[Heard]:
    """The insoles to pair: those named, by address or name, else those of `ours` (addresses), else the only two.

    More than two are all that come into question; fewer than two are all there are.

    :raises UnderfootError: INSOLE_NOT_FOUND for one that is named and was not heard.
    """
    everything = list(heard)
    chosen: list[Heard] = []
    for name in named:
        it = next((one for one in everything if is_called(one.advertisement, name)), None)
        if it is None:
            raise UnderfootError(FaultCode.INSOLE_NOT_FOUND, name)
        chosen.append(it)
    others = [one for one in everything if one.recognised is not None and one not in chosen]
    chosen += [one for one in others if one.advertisement.address in ours][: max(0, 2 - len(chosen))]
    if len(chosen) < 2:
        chosen += [one for one in others if one not in chosen]
    return chosen


def is_called(heard: Advertisement, name: str) -> bool:
    """By its address, or by its name, which anybody may give to a device: what reads as an address is no name."""
    if name.casefold() == heard.address.casefold():
        return True
    return not _ADDRESS.fullmatch(name) and name.casefold() == (heard.name or "").casefold()


def choose_pair(heard: Iterable[Heard]) -> Pair:
    """The first insole heard for each foot.

    A second one for the same foot gives SIDE_TAKEN, one that does not say its foot SIDE_UNKNOWN; neither is taken.
    """
    chosen: dict[Side, Heard] = {}
    faults: list[Fault] = []
    for one in heard:
        if one.recognised is None:
            continue
        side, address = one.recognised.side, one.advertisement.address
        if side is None:
            faults.append(Fault(FaultCode.SIDE_UNKNOWN, address))
        elif side in chosen:
            kept = chosen[side].advertisement.address
            faults.append(Fault(FaultCode.SIDE_TAKEN, f"{side}: {kept} kept, {address} left out"))
        else:
            chosen[side] = one
    return Pair(chosen.get(Side.LEFT), chosen.get(Side.RIGHT), tuple(faults))
