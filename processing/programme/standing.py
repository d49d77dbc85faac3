"""Where each programme stands on the person's day, and every day since it was begun: a fold over the days.

The same entries, facts and alerts give the same standing, in whatever order they come. Entries said later leave the
minutes and holds of earlier days as they were. Facts may become better known (rows that come late); then the days
that rest on them are judged again, as everything else is.

Two programmes at once share the day's steps: what backward walking asks for is taken off the daily walk's cap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from ingest.wire.alerts import Alert
from ingest.wire.entries import Entry, ProgrammeChange, ProgrammeId, RedFlag, Skin
from ingest.wire.person import Plan
from processing.programme.day import DONE_SHARE, Became, DayState, ProgrammeDay, became, done_min
from processing.programme.gates import AlertDays
from processing.programme.known import Heard, StepCap
from processing.programme.plans import BACKWARD_WALKING, DAILY_WALKING, Phase, Programme, Stage
from processing.programme.run import Run, RunState
from processing.programme.words import plan_words
from processing.rules.day_facts import DayFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One programme on `today`. `days`: all in which it was begun and not ended, in order, today last while it is on.

    `ended`: its first day without; `stopped_by`: red flags; `resting`: how a foot was seen that rests.
    `cap_steps` above `usual_steps` a day (None: no cap; not known).
    """

    programme: Programme
    state: RunState
    stage: Stage
    today: date
    begun: date
    ended: date | None
    step_min: int
    cap_steps: int | None
    usual_steps: int | None
    stopped_by: tuple[RedFlag, ...]
    resting: Skin | None
    days: tuple[ProgrammeDay, ...]

    @property
    def of_today(self) -> ProgrammeDay | None:
        """None when the programme is over."""
        return self.days[-1] if self.days and self.days[-1].day == self.today else None

    @property
    def plan(self) -> Plan:
        day = self.of_today
        return Plan(
            programme=self.programme.id,
            minutes=0.0 if day is None else float(day.planned_min),
            done_min=None if day is None else day.done_min,
            words=plan_words(self.programme, day, self.stopped_by, self.resting),
        )


def standing(
    entries: Sequence[Entry],
    facts: Sequence[DayFacts],
    alerts: Sequence[Alert],
    today: date,
    zone: tzinfo,
    usual_steps: int | None,
) -> tuple[Standing, ...]:
    """One for each programme that has been begun; `facts` in order of the days, from the first on."""
    heard = Heard.of(entries, zone)
    first = _first_change(heard)
    if first is None or first > today:
        return ()
    alert_days, cap = AlertDays.of(alerts, today, zone), StepCap(facts, usual_steps)
    of_day = {fact.day: fact for fact in facts}
    found: dict[ProgrammeId, Standing] = {}
    taken: Mapping[date, int] = {}
    for programme in (BACKWARD_WALKING, DAILY_WALKING):
        run = Run(programme, alert_days, cap)
        days = tuple(_folded(run, heard, of_day, taken, first, today))
        taken = {day.day: day.planned_min for day in days}
        if run.begun is not None:
            found[programme.id] = _standing(run, days, today, cap)
    return tuple(found[each] for each in ProgrammeId if each in found)


def _first_change(heard: Heard) -> date | None:
    """Days before it have nothing to plan; what was said on them is still heard."""
    changes = (day for day, said in heard.by_day.items() if any(isinstance(e.said, ProgrammeChange) for e in said))
    return min(changes, default=None)


def _folded(
    run: Run, heard: Heard, facts: Mapping[date, DayFacts], taken: Mapping[date, int], first: date, today: date
) -> Iterator[ProgrammeDay]:
    for day in sorted(each for each in heard.by_day if each < first):
        run.hear(day, heard.by_day[day])
    for n in range((today - first).days + 1):
        day = first + timedelta(days=n)
        run.hear(day, heard.by_day.get(day, ()))
        if not run.is_on:
            continue
        asked, held, resting = run.plan(day, taken.get(day, 0))
        stage, fact, is_today = run.stage, facts.get(day), day == today
        outcome = _became(asked, fact, stage.phase, said_none=heard.said_none(day, today), is_today=is_today)
        yield ProgrammeDay(
            day=day,
            phase=stage.phase,
            state=outcome.state,
            planned_min=asked,
            done_min=done_min(fact, stage.phase),
            forward_min=None if fact is None else fact.forward_min,
            backward_min=None if fact is None else fact.backward_min,
            steps_per_min=_steps_per_min(fact),
            coverage_pct=None if fact is None else fact.coverage_pct,
            held=held,
            reason=resting or outcome.reason,
        )
        by_then = heard.said_none(day, day + timedelta(days=1))
        then = _became(asked, fact, stage.phase, said_none=by_then, is_today=is_today)
        run.over(day, asked, then, None if fact is None else fact.coverage_pct)


def _became(asked: int, fact: DayFacts | None, phase: Phase, *, said_none: bool, is_today: bool) -> Became:
    if asked <= 0:
        return Became(DayState.REST)
    done = done_min(fact, phase)
    if is_today and (done is None or done < DONE_SHARE * asked):
        return Became(DayState.TODAY)
    return became(asked, fact, phase, said_none=said_none)


def _steps_per_min(fact: DayFacts | None) -> float | None:
    return None if fact is None or not fact.steps or not fact.walked_min else fact.steps / fact.walked_min


def _standing(run: Run, days: tuple[ProgrammeDay, ...], today: date, cap: StepCap) -> Standing:
    assert run.begun is not None  # noqa: S101 - only one that was begun is asked for
    return Standing(
        programme=run.programme,
        state=run.state,
        stage=run.stage,
        today=today,
        begun=run.begun,
        ended=run.ended,
        step_min=run.step_min,
        cap_steps=run.cap_steps,
        usual_steps=cap.usual_steps(today),
        stopped_by=tuple(sorted(run.flags)) if run.state is RunState.STOPPED else (),
        resting=run.resting,
        days=days,
    )
