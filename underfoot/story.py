"""The story that the demonstration tells: its times, and its words for the terminal. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.wire.alerts import Alert, AlertState
from ingest.wire.block import GapReason

OVERLOAD_POINTS = 20.0  # of forefoot share, on top of an even walk
SHORTEST_S = 85.0  # below it there is no room for an alert to be raised and cleared, and for rows to be fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """In seconds from the first row: even, the left forefoot overloaded, even again, the right foot away, back.

    What the right insole records while away is fetched before the end.
    """

    overload_s: float
    relief_s: float
    answer_s: float  # when nobody is there to do it, the alert is acknowledged then
    away_s: float
    back_s: float
    end_s: float


def tell(seconds: float) -> Story | None:
    """The story over so many seconds, at its best about three minutes; None when there is too little time for it.

    The demonstration's rules need about 25 s of overload to raise an alert and 20 s of even walking to clear it, and
    the insole's clock 10 s after its return before rows are fetched, so a shorter story takes its time from the even
    walk and the absence.
    """
    if seconds < SHORTEST_S:
        return None
    spare = min(1.0, (seconds - SHORTEST_S) / (180.0 - SHORTEST_S))
    overload_s = 10.0 + 30.0 * spare
    relief_s = overload_s + 32.0 + 13.0 * spare
    away_s = relief_s + 20.0 + 10.0 * spare
    back_s = away_s + 6.0 + 24.0 * spare
    return Story(
        overload_s=overload_s,
        relief_s=relief_s,
        answer_s=relief_s - 2.0,
        away_s=away_s,
        back_s=back_s,
        end_s=seconds,
    )


class Narrator:
    """Words for what becomes of alerts; each change is told once. `ack`: the command that acknowledges one, if any."""

    def __init__(self, ack: str | None) -> None:
        self._ack = ack
        self._told: dict[str, tuple[AlertState, bool]] = {}

    def of_alert(self, alert: Alert) -> str | None:
        """What a person should hear of this alert now; None: nothing new."""
        now = (alert.state, alert.acknowledged_t_ns is not None)
        before, self._told[alert.id] = self._told.get(alert.id), now
        if before == now or alert.state is AlertState.PENDING:
            return None
        if alert.state is AlertState.ACTIVE:
            how = f"  Acknowledge it on the page, or with: {self._ack} {alert.id}" if self._ack else ""
            return f"Alert: {alert.text}{how}"
        if alert.state is AlertState.ACKNOWLEDGED:
            did = f" ({alert.action})" if alert.action else ""
            return f"The alert was acknowledged by {alert.acknowledged_by}{did}."
        if before is not None and before[0] in (AlertState.ACTIVE, AlertState.ACKNOWLEDGED):
            unseen = "" if alert.acknowledged_t_ns is not None else " Nobody has acknowledged it."
            return f"The alert has ended: the load is back to usual.{unseen}"
        return None


def fetched(rows: int) -> str:
    return f"All that the right insole recorded out of range is here: {rows:,} rows, none of the walk is missing."


def clock(seconds: float) -> str:
    """Time since the first step, as ` 1:05`."""
    return f"{max(0, int(seconds)) // 60:2d}:{max(0, int(seconds)) % 60:02d}"


_WHY = {
    GapReason.AWAY: "taken while the insole was out of range",
    GapReason.RADIO: "lost on the air",
    GapReason.SPOOL_FULL: "refused by a full disk",
    GapReason.SOURCE: "left out by the recording",
    GapReason.BAD: "arrived but unreadable",
    GapReason.NOT_KEPT: "no longer in the insole's memory",
}


def explain(missing: int, losses: Mapping[GapReason, int]) -> str:
    """Why so many rows are missing, as far as it is known."""
    parts = [f"{rows} {_WHY[reason]}" for reason, rows in losses.items() if rows]
    unknown = missing - sum(losses.values())
    return "; ".join([*parts, f"{unknown} unexplained"] if unknown > 0 else parts)
