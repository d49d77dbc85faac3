"""Until when an alert may be muted, as a clinician chooses it: in the wearer's own hours. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

from ingest.wire.alerts import Alert
from ingest.wire.faults import FaultCode, UnderfootError
from processing.alerts.mutes import longest_ns

_NIGHT, _MORNING = time(22), time(8)
_S = 10**9
_LAST_T_NS = 2**63 - 1  # what a message can hold


class Until(StrEnum):
    TONIGHT = "tonight"
    MORNING = "morning"
    THREE_DAYS = "three-days"
    WEEK = "week"
    OWN = "own"
    OVER = "over"  # the mute ends now


@dataclass(frozen=True, slots=True)
class Choice:
    until: Until
    t_ns: int


def choices(alert: Alert, now_ns: int, zone: tzinfo) -> tuple[Choice, ...]:
    """Of those with a name the ones that this alert may have."""
    named = (Until.TONIGHT, Until.MORNING, Until.THREE_DAYS, Until.WEEK)
    found = (Choice(each, until_t_ns(each, "", now_ns, zone)) for each in named)
    return tuple(each for each in found if 0 < each.t_ns - now_ns <= longest_ns(alert))


def until_t_ns(until: str, own: str, now_ns: int, zone: tzinfo) -> int:
    """`own`: as a browser sends a local date and time, `2026-04-06T08:00`.

    :raises UnderfootError: REQUEST_MALFORMED for what is no choice or no time; ENTRY_REFUSED for one that has passed.
    """
    now = datetime.fromtimestamp(now_ns // _S, UTC).astimezone(zone)
    match until:
        case Until.TONIGHT:
            return _ns(now.replace(hour=_NIGHT.hour, minute=0, second=0, microsecond=0))
        case Until.MORNING:
            return _ns(datetime.combine(now.date() + timedelta(days=1), _MORNING, zone))
        case Until.THREE_DAYS:
            return _ns(now + timedelta(days=3))
        case Until.WEEK:
            return _ns(now + timedelta(days=7))
        case Until.OVER:
            return now_ns
        case Until.OWN:
            return _own(own, now_ns, zone)
        case _:
            raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"until {until!r}: choose one of the list")


def _own(own: str, now_ns: int, zone: tzinfo) -> int:
    try:
        t_ns = _ns(datetime.fromisoformat(own).replace(tzinfo=zone))
    except (ValueError, OverflowError) as error:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"{own!r} is no date and time") from error
    if t_ns > _LAST_T_NS:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"{own!r} is no date and time")
    if t_ns <= now_ns:
        raise UnderfootError(FaultCode.ENTRY_REFUSED, "that time has passed")
    return t_ns


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * _S
