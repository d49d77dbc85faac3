"""What keeps insoles going, judged (T2_long, T3). Pure: what a status says in, what it means out. Clinical basis 5.2.

A thing that is `told` of already ends later than it began, so that a figure at the limit does not flutter: a battery
5 points above its limit, a clock at three quarters of it. A clock is judged by what it keeps up for a minute, because
it is learned anew with every link.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ingest.wire.messages import LinkState, Status
from processing.rules.daily import CannotJudge, Judged, Quiet, Raised
from processing.rules.day_rule import LongSilenceRule, UpkeepRule

BATTERY_BACK_POINTS = 5
CLOCK_BACK_SHARE = 0.75
CLOCK_HOLD_NS = 60 * 10**9
_HOUR_NS = 3600 * 10**9
_DAY_NS = 24 * _HOUR_NS
IN_TOUCH = (LinkState.STREAMING, LinkState.SILENT, LinkState.GREETING)


class Upkeep(StrEnum):
    """What T3 looks after; each has an alert of its own."""

    BATTERY = "battery"
    CLOCK = "clock"
    BACKLOG = "backlog"
    CALIBRATION = "calibration"


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows of one insole that are not here yet, and since when none of them came: from the hub, and out of the insole.

    `stored`: rows of the stream that have their receipt.
    """

    waiting: int
    to_fetch: int
    stored: int
    waiting_since_t_ns: int
    fetching_since_t_ns: int


def followed(before: Backlog | None, status: Status) -> Backlog:
    """The backlog after this status. An insole that is out of reach cannot be fetched from: its time does not count."""
    stored, t_ns = status.received - status.waiting, status.t_ns
    waits = before is not None and before.waiting > 0 and status.waiting >= before.waiting and stored <= before.stored
    stays = before is not None and before.to_fetch > 0 and status.to_fetch >= before.to_fetch
    return Backlog(
        waiting=status.waiting,
        to_fetch=status.to_fetch,
        stored=stored,
        waiting_since_t_ns=before.waiting_since_t_ns if before is not None and waits else t_ns,
        fetching_since_t_ns=(
            before.fetching_since_t_ns if before is not None and stays and status.link in IN_TOUCH else t_ns
        ),
    )


def as_told(rule: UpkeepRule, status: Status, told_t_ns: int) -> Backlog:
    """The backlog before this status, where all that is known of it is that it was told of at `told_t_ns`."""
    since_t_ns = told_t_ns - round(rule.backlog_s * 1e9) - 1
    return Backlog(
        waiting=status.waiting,
        to_fetch=status.to_fetch,
        stored=status.received - status.waiting,
        waiting_since_t_ns=since_t_ns,
        fetching_since_t_ns=since_t_ns,
    )


def judge_battery(rule: UpkeepRule, battery_pct: int | None, *, told: bool) -> Judged:
    if battery_pct is None:
        return CannotJudge("the insole does not say how full its battery is")
    limit_pct = rule.battery_pct + (BATTERY_BACK_POINTS - 1 if told else 0)
    if battery_pct > limit_pct:
        return Quiet(f"battery {battery_pct} %")
    return Raised(f"Battery at {battery_pct} % (limit {rule.battery_pct} %).")


def judge_clock(rule: UpkeepRule, error_ms: float | None, *, told: bool) -> Judged:
    """`error_ms`: what was kept up for as long as `CLOCK_HOLD_NS`."""
    if error_ms is None:
        return CannotJudge("the insole's clock is not placed yet")
    limit_ms = rule.clock_error_ms * (CLOCK_BACK_SHARE if told else 1)
    if error_ms <= limit_ms:
        return Quiet(f"clock error {error_ms:.0f} ms")
    return Raised(f"Clock error {error_ms:.0f} ms (limit {rule.clock_error_ms:g} ms); the feet are not compared on it.")


def judge_backlog(rule: UpkeepRule, backlog: Backlog, t_ns: int) -> Judged:
    """A backlog that has got no smaller for `backlog_s`; it ends when it does."""
    stands = [
        f"{rows} rows {what}, and none came for {(t_ns - since_t_ns) / 60e9:.0f} min."
        for rows, since_t_ns, what in (
            (backlog.waiting, backlog.waiting_since_t_ns, "wait on the hub"),
            (backlog.to_fetch, backlog.fetching_since_t_ns, "wait in the insole"),
        )
        if rows and t_ns - since_t_ns > rule.backlog_s * 1e9
    ]
    return Raised(" ".join(stands)) if stands else Quiet(f"{backlog.waiting + backlog.to_fetch} rows are under way")


def judge_calibration(rule: UpkeepRule, made_t_ns: int | None, t_ns: int) -> Judged:
    """`made_t_ns`: when the calibration in force was made; None: there is none, which is said elsewhere."""
    if made_t_ns is None:
        return CannotJudge("there is no calibration")
    age_days = (t_ns - made_t_ns) / _DAY_NS
    if t_ns <= stale_from_ns(rule, made_t_ns):
        return Quiet(f"calibrated {age_days:.0f} days ago")
    return Raised(f"Calibration older than {rule.calibration_days} days.")


def stale_from_ns(rule: UpkeepRule, made_t_ns: int) -> int:
    return made_t_ns + rule.calibration_days * _DAY_NS


def judge_silence(rule: LongSilenceRule, last_row_t_ns: int | None, t_ns: int) -> Judged:
    """`last_row_t_ns`: of the latest row; None: none ever came."""
    if last_row_t_ns is None:
        return CannotJudge("no insole has sent anything yet")
    if t_ns <= silent_from_ns(rule, last_row_t_ns):
        return Quiet(f"data {(t_ns - last_row_t_ns) / _HOUR_NS:.0f} h ago")
    return Raised(f"No data for {rule.absent_h:g} h.")


def silent_from_ns(rule: LongSilenceRule, last_row_t_ns: int) -> int:
    return last_row_t_ns + round(rule.absent_h * _HOUR_NS)
