"""Which fault stands in the way of measuring, and what to do about it, in one language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ingest.wire.faults import Fault, FaultCode
from ingest.wire.geometry import Side
from underfoot.words import ENGLISH, Words
from underfoot.words.advice import advice

IN_THE_WAY = (  # the one that explains most comes first
    FaultCode.ADAPTER_STUCK,
    FaultCode.RADIO_OFF,
    FaultCode.ADAPTER_SILENT,
    FaultCode.ADAPTER_FULL,
    FaultCode.SIDES_SWAPPED,
    FaultCode.SIDE_TAKEN,
    FaultCode.SIDE_UNKNOWN,
    FaultCode.INSOLES_UNKNOWN,
    FaultCode.BOND_REFUSED,
    FaultCode.LAYOUT_MISMATCH,
    FaultCode.FRAME_VERSION,
    FaultCode.SERVICES_UNRESOLVED,
    FaultCode.LINK_REFUSED,
    FaultCode.INSOLE_ELSEWHERE,
    FaultCode.LINK_ABORTED,
    FaultCode.LINK_SILENT,
    FaultCode.INSOLE_NOT_FOUND,
    FaultCode.LINK_LOST,
)
_OF_THE_ADAPTER = frozenset(
    {FaultCode.ADAPTER_STUCK, FaultCode.RADIO_OFF, FaultCode.ADAPTER_SILENT, FaultCode.ADAPTER_FULL}
)
_ADAPTER_ILL = frozenset({FaultCode.ADAPTER_SILENT, FaultCode.ADAPTER_STUCK})


def pressing(troubles: Iterable[str]) -> FaultCode | None:
    """The one to tell of codes in the order they came. A code that is not known here is left out."""
    standing: set[str] = set()
    for code in troubles:
        if code == FaultCode.ADAPTER_RECOVERED:
            standing -= _ADAPTER_ILL
        standing.add(code)
    return next((code for code in IN_THE_WAY if code in standing), None)


def advice_of(feet: Mapping[Side, FaultCode], words: Words = ENGLISH) -> tuple[str, ...]:
    """What to do about feet that are not measured, each thing once and for whom; the adapter is everybody's."""
    sides: dict[FaultCode, list[Side]] = {}
    for side, code in feet.items():
        sides.setdefault(code, []).append(side)
    return tuple(_for_whom(code, of, words) for code, of in sides.items())


def _for_whom(code: FaultCode, sides: list[Side], words: Words) -> str:
    if code in _OF_THE_ADAPTER:
        return advice(code, words)
    whose = "both" if len(sides) == len(Side) else sides[0]
    return words(f"state.whose.{whose}", advice=advice(code, words))


def before_any_row(side: Side, faults: Iterable[Fault], *, nothing_seen: bool) -> FaultCode | None:
    """Why a foot has sent nothing since the hub was started, from the hub's `faults`.

    :param nothing_seen: the other foot has sent nothing either; else what went wrong may be the other's.
    """
    told = list(faults)
    if any(fault.code is FaultCode.INSOLES_UNKNOWN and fault.detail == side for fault in told):
        return FaultCode.INSOLES_UNKNOWN
    shared = [fault.code for fault in told if fault.code is not FaultCode.INSOLES_UNKNOWN]
    return pressing(shared) if nothing_seen else None
