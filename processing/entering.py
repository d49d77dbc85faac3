"""What people say: kept or refused, answered, and made into tasks for the clinician where it asks for one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from ingest.wire.alerts import Alert
from ingest.wire.entries import (
    AllRight,
    ClinicNote,
    Entry,
    EntryTaken,
    FootCheck,
    Mute,
    NoWalk,
    ProgrammeChange,
    ProgrammeId,
    Role,
    RuleChange,
    Symptoms,
    TaskDone,
)
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from processing.alerts.mutes import A_DAY_H, EYES, LONGEST_DAYS, LONGEST_NS, longest_ns
from processing.household import Household
from processing.programme.diary import Answer, answer
from processing.programme.plans import CAP_STEPS
from processing.rule_changes import changes_at, fit, values_of
from processing.rules.change import with_changes
from processing.rules.escalation import next_working_day
from processing.rules.preset import load_preset
from processing.rules.ruleset import RulesAt
from processing.store.journal import Journal, Task, TaskWhy
from processing.times import local_day

RULES_FROM_NOW = "In force from the next walk on; a walk that has begun keeps the rules it began with."
BENCH_FIRST = "A5 is judged only of an insole that states kPa at this place; without it, it cannot judge."
MOST_CAP_STEPS = 5000  # Reasoned: the 45 min that daily walking may add are about 4500 steps; more bounds nothing

_REFUSALS = (FaultCode.ENTRY_REFUSED, FaultCode.RULE_REFUSED, FaultCode.UNKNOWN_NAME)
_LAST_T_NS = 2**63 - 1  # what the journal can hold


@dataclass(frozen=True, slots=True)
class _Effect:
    """What an entry that is kept brings with it."""

    advice: str = ""
    tasks: tuple[Task, ...] = ()


class Entering:
    """One person's entries. Pure but for the journal; an entry's own time is the only clock. May raise what the
    journal raises."""

    def __init__(self, person: str, journal: Journal, rules_at: RulesAt, house: Household) -> None:
        self._person = person
        self._journal = journal
        self._rules_at = rules_at
        self._house = house

    def take(self, entry: Entry) -> tuple[EntryTaken, list[Task]]:
        """Keep the entry or say why not; and the tasks that it opened, added to or ended, as they now stand.

        A repeat gets the first answer again and changes nothing.
        """
        try:
            known = self._known(entry)
            effect = self._repeated(entry) if known else self._effect(entry)
        except UnderfootError as error:
            if error.code not in _REFUSALS:
                raise
            return self._refusal(entry, error.fault), []
        self._journal.put_entry(self._person, entry, effect.tasks)
        return EntryTaken(id=entry.id, taken=True, advice=effect.advice), list(effect.tasks)

    def _refusal(self, entry: Entry, fault: Fault) -> EntryTaken:
        """What has to be done at once is said all the same, however the entry was filled in."""
        at_once = answer(entry, self._house)
        first = f"{at_once.advice} " if at_once.task is TaskWhy.RED_FLAG else ""
        return EntryTaken(
            id=entry.id, taken=False, code=fault.code, detail=fault.detail, advice=f"{first}{fault.advice}"
        )

    def _known(self, entry: Entry) -> bool:
        kept = next((each for each in self._journal.entries(self._person) if each.id == entry.id), None)
        if kept is not None and kept != entry:
            raise _refused("something else was said under this id")
        return kept is not None

    def _repeated(self, entry: Entry) -> _Effect:
        ended = entry.said.task if isinstance(entry.said, TaskDone) else None
        tasks = (each for each in self._journal.tasks(self._person) if entry.id in each.about or each.id == ended)
        return _Effect(self._advice(entry), tuple(tasks))

    def _advice(self, entry: Entry) -> str:
        if isinstance(entry.said, Symptoms | FootCheck):
            return answer(entry, self._house).advice
        if isinstance(entry.said, RuleChange):
            return f"{RULES_FROM_NOW} {BENCH_FIRST}" if entry.said.key.startswith("A5.") else RULES_FROM_NOW
        return _of_cap(entry.said) if isinstance(entry.said, ProgrammeChange) else ""

    def _effect(self, entry: Entry) -> _Effect:
        if not 0 <= entry.t_ns <= _LAST_T_NS:
            raise _refused("its time is out of range")
        said = entry.said
        if isinstance(said, Symptoms | FootCheck | NoWalk | ClinicNote):
            self._check_day(said.day, entry)
        if isinstance(said, Symptoms):
            _check_symptoms(said)
        if isinstance(said, Symptoms | FootCheck):
            return self._answered(entry)
        if isinstance(said, RuleChange):
            self._check_rule_change(entry, said)
        if isinstance(said, ProgrammeChange):
            _check_programme_change(entry, said)
        if isinstance(said, AllRight) and entry.role is Role.CLINICIAN:
            raise _refused("that all is right is said by those at home")
        if isinstance(said, Mute):
            self._check_mute(entry, said)
        tasks = (self._done(entry, said),) if isinstance(said, TaskDone) else ()
        return _Effect(self._advice(entry), tasks)

    def _check_day(self, day: str, entry: Entry) -> None:
        if _date(day) > local_day(entry.t_ns, self._house.zone):
            raise _refused(f"{day} has not come yet")

    def _check_rule_change(self, entry: Entry, said: RuleChange) -> None:
        """A limit stands among the others: it has to fit with all that is in force."""
        _by_clinician(entry, "a limit is changed")
        if not entry.why.strip():
            raise _refused("a limit is changed for a reason: say why")
        preset = load_preset(self._rules_at(entry.t_ns).name)
        others = fit(preset, values_of(changes_at(self._journal, self._person, entry.t_ns))).changes
        with_changes(preset, {**others, said.key: said.value})

    def _check_mute(self, entry: Entry, said: Mute) -> None:
        """One that has passed ends a mute, which needs no reason."""
        _by_clinician(entry, "an alert is muted")
        alert = next((each for each in self._journal.alerts(self._person) if each.id == said.alert), None)
        if alert is None:
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no alert {said.alert}")
        if said.until_t_ns > entry.t_ns:
            _check_muted_for(entry, said.until_t_ns - entry.t_ns, alert)

    def _done(self, entry: Entry, said: TaskDone) -> Task:
        _by_clinician(entry, "a task is ended")
        task = next((each for each in self._journal.tasks(self._person) if each.id == said.task), None)
        if task is None:
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no task {said.task}")
        if task.done_by is not None:
            raise _refused(f"{said.task} is done already, by {task.done_by}")
        return replace(task, done_by=entry.by, done_t_ns=entry.t_ns, note=entry.why)

    def _answered(self, entry: Entry) -> _Effect:
        given = answer(entry, self._house)
        return _Effect(given.advice, () if given.task is None else (self._task(entry, given, given.task),))

    def _task(self, entry: Entry, given: Answer, why: TaskWhy) -> Task:
        """One open task a reason: what is said again, before anybody has looked, joins it."""
        for task in self._journal.tasks(self._person, open_only=True):
            if task.why is why:
                told = task.text if given.text in task.text else f"{task.text} {given.text}"
                return replace(task, text=told, about=(*task.about, entry.id))
        at_once = local_day(entry.t_ns, self._house.zone).isoformat()
        return Task(
            id=f"{why}-{entry.id}",
            person=self._person,
            why=why,
            text=given.text,
            about=(entry.id,),
            opened_t_ns=entry.t_ns,
            due=at_once if why is TaskWhy.RED_FLAG else next_working_day(entry.t_ns, self._house.zone),
        )


def _check_muted_for(entry: Entry, for_ns: int, alert: Alert) -> None:
    if not entry.why.strip():
        raise _refused("an alert is muted for a reason: say why")
    if for_ns > LONGEST_NS:
        raise _refused(f"an alert is muted for {LONGEST_DAYS} days at most")
    if for_ns > longest_ns(alert):
        kind = "an alert of insoles that do not measure" if alert.rule in EYES else "a medium alert"
        raise _refused(f"{kind} is muted for {A_DAY_H} hours at most")


def _check_symptoms(said: Symptoms) -> None:
    if said.pain is said.numbness is said.tingling is None and not said.red_flags:
        raise _refused("nothing was said of pain, numbness, tingling or anything else")


def _check_programme_change(entry: Entry, said: ProgrammeChange) -> None:
    """Anybody may begin daily walking as it stands in the book, and end any programme; the rest is a clinician's."""
    _date(said.day)
    if said.do == "cap":
        _by_clinician(entry, "the limit of steps is set")
    if said.step_min is not None or said.cap_steps is not None:
        _by_clinician(entry, "the pace of a programme is set")
    if said.do == "cap" and not entry.why.strip():
        raise _refused("the limit of steps is set for a reason: say why")
    if said.cap_steps is not None and said.cap_steps > MOST_CAP_STEPS:
        raise _refused(f"a limit of {said.cap_steps} steps is none; above {MOST_CAP_STEPS} say that there is no limit")
    if said.do == "begin" and said.programme is ProgrammeId.BACKWARD_WALKING:
        _by_clinician(entry, "backward walking is begun")
        if not said.support_present:
            raise _refused("backward walking is begun only when somebody supports the person: say so")


def _of_cap(said: ProgrammeChange) -> str:
    """What a limit of steps means, so that a slip of the hand is seen."""
    if said.do == "cap" and said.cap_steps is None:
        return "No limit of steps holds any more."
    if said.cap_steps is None or said.cap_steps <= CAP_STEPS:
        return ""
    return (
        f"That is {said.cap_steps} steps above the usual day; up to {CAP_STEPS} are likely to be tolerated at low to "
        "moderate risk (IWGDF 2023)."
    )


def _by_clinician(entry: Entry, what: str) -> None:
    if entry.role is not Role.CLINICIAN:
        raise _refused(f"{what} by a clinician, not by a {entry.role}")


def _date(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise _refused(f"{day} is not a day") from error


def _refused(detail: str) -> UnderfootError:
    return UnderfootError(FaultCode.ENTRY_REFUSED, detail)
