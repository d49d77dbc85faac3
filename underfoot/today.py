"""A person's day in a few lines of plain words, from the state that processing tells. What is not known says so."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.wire.person import PersonState, Plan

_NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class TodayLine:
    """`name` for programs, `label` and `words` for people; `known` False: the words say why there is no figure."""

    name: str
    label: str
    words: str
    known: bool = True


def today(state: PersonState | None) -> tuple[TodayLine, ...]:
    """Lines in the order of the screen; none before processing has told anything."""
    if state is None:
        return ()
    return (
        *(_plan(plan) for plan in state.plans),
        _line("walked", "Walked today", _minutes(state.walked_today_min)),
        _line("worn", "Worn today", _minutes(state.worn_today_min)),
        _line("steps", "Steps today", None if state.steps_today is None else f"{state.steps_today:,}"),
        _line(
            "alert-rate", "Alerts, last four weeks",
            None if state.alerts_per_worn_hour is None else f"{state.alerts_per_worn_hour:.2f} per hour worn",
        ),
        _line(
            "useful", "Of these found useful",
            None if state.useful_share_pct is None else f"{state.useful_share_pct:.0f} %", "nobody has said",
        ),
        *_undelivered(state.undelivered),
    )  # fmt: skip


def _plan(plan: Plan) -> TodayLine:
    return TodayLine(f"plan-{plan.programme}", "Your plan today", plan.words)


def _undelivered(count: int) -> tuple[TodayLine, ...]:
    if not count:
        return ()
    what = "1 message" if count == 1 else f"{count} messages"
    return (TodayLine("undelivered", "Not delivered", f"{what} did not get through; see: underfoot notify list"),)


def _line(name: str, label: str, words: str | None, otherwise: str = _NOT_MEASURED) -> TodayLine:
    return TodayLine(name, label, otherwise if words is None else words, known=words is not None)


def _minutes(minutes: float | None) -> str | None:
    if minutes is None:
        return None
    whole = int(minutes)
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60} min"
