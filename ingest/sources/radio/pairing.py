"""Which of the insoles heard are the pair to wear. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.drivers.base import Advertisement, Recognised
from ingest.wire.faults import Fault, FaultCode
from ingest.wire.geometry import Side


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
