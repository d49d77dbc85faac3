"""A person's day in a few lines of plain words, from the state that processing tells. What is not known says so."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.wire.person import PersonState, Plan
from underfoot.plan_words import plan_text
from underfoot.words import ENGLISH, Words
from underfoot.words.times import minutes

_WHOLE_PCT = 100


@dataclass(frozen=True, slots=True)
class TodayLine:
    """`name` for programs, `label` and `words` for people; `known` False: the words say why there is no figure."""

    name: str
    label: str
    words: str
    known: bool = True


def today(state: PersonState | None, words: Words = ENGLISH) -> tuple[TodayLine, ...]:
    """Lines in the order of the screen; none before processing has told anything."""
    if state is None:
        return ()
    rate, useful_pct = state.alerts_per_worn_hour, state.useful_share_pct
    return (
        *(_plan(plan, words) for plan in state.plans),
        _line("walked", _covered(_minutes(state.walked_today_min, words), state, words), words),
        _line("worn", _covered(_minutes(state.worn_today_min, words), state, words), words),
        _line("steps", _covered(_steps(state, words), state, words), words),
        _line("alert-rate", None if rate is None else words("state.today.alert_rate_words", rate=words.number(rate, 2)),
              words),
        _line("useful", None if useful_pct is None else words.percent(useful_pct), words, "state.today.nobody_said"),
        *_undelivered(state.undelivered, words),
    )  # fmt: skip


def _plan(plan: Plan, words: Words) -> TodayLine:
    return TodayLine(f"plan-{plan.programme}", words("state.today.plan"), plan_text(plan, words))


def _undelivered(count: int, words: Words) -> tuple[TodayLine, ...]:
    if not count:
        return ()
    return (TodayLine("undelivered", words("state.today.undelivered"), words.count("state.today.messages", count)),)


def _line(name: str, told: str | None, words: Words, otherwise: str = "state.not_measured") -> TodayLine:
    label = words(f"state.today.{name}")
    return TodayLine(name, label, words(otherwise) if told is None else told, known=told is not None)


def _minutes(count: float | None, words: Words) -> str | None:
    return None if count is None else minutes(count, words)


def _steps(state: PersonState, words: Words) -> str | None:
    return None if state.steps_today is None else words.number(state.steps_today)


def _covered(told: str | None, state: PersonState, words: Words) -> str | None:
    """With the share of the time recorded that was measured, where that is not all of it."""
    covered = state.coverage_today_pct
    if told is None or covered is None or round(covered) >= _WHOLE_PCT:
        return told
    return f"{told}, {words('state.coverage', pct=words.percent(covered))}"
