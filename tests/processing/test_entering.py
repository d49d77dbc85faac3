"""What people say is kept once, answered, refused with its reason, and made into a task where it asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alerts_kit import an_alert
from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertLevel
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
    RedFlag,
    Role,
    RuleChange,
    Said,
    Skin,
    Symptoms,
    TaskDone,
)
from ingest.wire.faults import ADVICE, FaultCode
from processing.entering import RULES_FROM_NOW, Entering
from processing.household import Household
from processing.rule_changes import rules_maker
from processing.store.journal import Task, TaskWhy
from processing.store.journal_sqlite import SqliteJournal

P = "p-1"
TODAY = "2026-03-06"  # a Friday
NOON_T_NS = int(datetime(2026, 3, 6, 12, tzinfo=UTC).timestamp()) * 10**9
CLEAR = FootCheck(day=TODAY, left=Skin.CLEAR, right=Skin.CLEAR)
SORE = FootCheck(day=TODAY, left=Skin.SORE, right=Skin.CLEAR)
WALKING, BACKWARD = ProgrammeId.DAILY_WALKING, ProgrammeId.BACKWARD_WALKING


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    opened = SqliteJournal(tmp_path / "journal.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def entering(journal: SqliteJournal) -> Entering:
    return taking(journal)


def taking(journal: SqliteJournal, house: Household | None = None) -> Entering:
    rules = rules_maker("clinical", journal)
    return Entering(P, journal, lambda t_ns: rules(P, t_ns), house or Household(clinic_phone="012 345"))


def entry(said: Said, name: str = "e-1", role: Role = Role.PATIENT, why: str = "", t_ns: int = NOON_T_NS) -> Entry:
    return Entry(id=name, by=f"{role}-1", role=role, t_ns=t_ns, said=said, why=why)


def by_clinician(said: Said, name: str = "c-1", why: str = "new shoes", t_ns: int = NOON_T_NS) -> Entry:
    return entry(said, name, Role.CLINICIAN, why, t_ns)


def refused(answer: tuple[EntryTaken, list[Task]], code: FaultCode, *words: str) -> None:
    taken, tasks = answer
    assert not taken.taken
    assert taken.code == code
    assert taken.advice.endswith(ADVICE[code])
    assert all(word in taken.detail for word in words), taken.detail
    assert tasks == []


def test_symptoms_and_a_clear_check_are_kept_and_ask_for_nothing(entering: Entering, journal: SqliteJournal) -> None:
    felt = entry(Symptoms(day=TODAY, pain=0, tingling=4))
    looked = entry(CLEAR, "e-2")
    for each in (felt, looked):
        assert entering.take(each) == (EntryTaken(id=each.id, taken=True), [])
    assert journal.entries(P) == (felt, looked)
    assert journal.tasks(P) == ()


def test_a_red_flag_is_answered_at_once_and_put_on_todays_list(entering: Entering, journal: SqliteJournal) -> None:
    taken, tasks = entering.take(entry(Symptoms(day=TODAY, red_flags=(RedFlag.HOT_SWOLLEN,))))
    assert "call now" in taken.advice
    assert "012 345" in taken.advice
    assert [(task.why, task.due, task.about) for task in tasks] == [(TaskWhy.RED_FLAG, TODAY, ("e-1",))]
    assert journal.tasks(P, open_only=True) == tuple(tasks)


def test_skin_that_is_not_clear_is_a_task_for_the_next_working_day(entering: Entering) -> None:
    _, (task,) = entering.take(entry(SORE))
    assert (task.id, task.why, task.due) == ("skin-e-1", TaskWhy.SKIN, "2026-03-09")  # the Monday


def test_an_open_foot_is_as_urgent_in_a_foot_check_as_among_the_red_flags(entering: Entering) -> None:
    taken, (task,) = entering.take(entry(FootCheck(day=TODAY, left=Skin.OPEN, right=Skin.CLEAR)))
    assert "call now" in taken.advice
    assert (task.why, task.due) == (TaskWhy.RED_FLAG, TODAY)


def test_what_is_said_again_joins_the_open_task_and_after_it_is_done_opens_another(
    entering: Entering, journal: SqliteJournal
) -> None:
    entering.take(entry(SORE))
    _, (joined,) = entering.take(entry(FootCheck(day=TODAY, left=Skin.RED, right=Skin.CLEAR), "e-2"))
    assert joined.about == ("e-1", "e-2")
    assert "sore" in joined.text
    assert "red" in joined.text
    assert journal.tasks(P) == (joined,)
    entering.take(by_clinician(TaskDone(task=joined.id)))
    _, (another,) = entering.take(entry(SORE, "e-3"))
    assert another.id == "skin-e-3"
    assert journal.tasks(P, open_only=True) == (another,)


def test_a_repeat_gets_the_same_answer_and_changes_nothing(entering: Entering, journal: SqliteJournal) -> None:
    said = entry(SORE)
    first = entering.take(said)
    assert entering.take(said) == first
    assert taking(journal).take(said) == first  # another life
    entering.take(by_clinician(TaskDone(task="skin-e-1")))
    again, (task,) = entering.take(said)
    assert again == first[0]
    assert task.done_by == "clinician-1"
    assert len(journal.entries(P)) == 2
    assert journal.tasks(P, open_only=True) == ()


def test_another_thing_under_a_known_id_is_refused(entering: Entering, journal: SqliteJournal) -> None:
    entering.take(entry(CLEAR))
    refused(entering.take(entry(SORE)), FaultCode.ENTRY_REFUSED, "this id")
    assert journal.entries(P) == (entry(CLEAR),)


@pytest.mark.parametrize("kind", [Symptoms, FootCheck, NoWalk])
def test_a_day_to_come_and_a_day_that_is_none_are_refused(kind: type[Said], entering: Entering) -> None:
    other = {Symptoms: {"pain": 1}, FootCheck: {"left": Skin.CLEAR, "right": Skin.CLEAR}, NoWalk: {}}[kind]
    refused(entering.take(entry(kind(day="2026-03-07", **other))), FaultCode.ENTRY_REFUSED, "2026-03-07")
    refused(entering.take(entry(kind(day="2026-02-30", **other))), FaultCode.ENTRY_REFUSED, "not a day")
    assert entering.take(entry(kind(day="2026-03-05", **other)))[0].taken


def test_the_day_is_the_persons_own(journal: SqliteJournal) -> None:
    far_east = taking(journal, Household(zone=timezone(timedelta(hours=13))))
    assert far_east.take(entry(NoWalk(day="2026-03-07")))[0].taken


def test_a_red_flag_in_a_refused_entry_is_answered_all_the_same(entering: Entering, journal: SqliteJournal) -> None:
    answer = entering.take(entry(Symptoms(day="2026-03-07", red_flags=(RedFlag.CHEST_PAIN,))))
    refused(answer, FaultCode.ENTRY_REFUSED)
    assert "call your emergency number now" in answer[0].advice
    assert journal.entries(P) == ()


def test_symptoms_that_say_nothing_are_refused(entering: Entering) -> None:
    refused(entering.take(entry(Symptoms(day=TODAY))), FaultCode.ENTRY_REFUSED, "nothing")


@pytest.mark.parametrize("t_ns", [-1, 2**63, 2**80])
def test_a_time_that_cannot_be_kept_is_refused(t_ns: int, entering: Entering) -> None:
    refused(entering.take(entry(CLEAR, t_ns=t_ns)), FaultCode.ENTRY_REFUSED, "time")


def test_a_limit_is_changed_by_a_clinician_with_a_reason_within_its_bounds(
    entering: Entering, journal: SqliteJournal
) -> None:
    limit = RuleChange(key="A4.enter_points", value=20.0)
    refused(entering.take(entry(limit, why="I like it")), FaultCode.ENTRY_REFUSED, "clinician")
    refused(entering.take(by_clinician(limit, why="  ")), FaultCode.ENTRY_REFUSED, "reason")
    refused(entering.take(by_clinician(replace_value(limit, 61.0))), FaultCode.RULE_REFUSED, "61", "1 to 60")
    refused(entering.take(by_clinician(RuleChange(key="A4.nothing", value=1.0))), FaultCode.RULE_REFUSED, "A4.nothing")
    assert entering.take(by_clinician(limit)) == (EntryTaken(id="c-1", taken=True, advice=RULES_FROM_NOW), [])
    assert rules_maker("clinical", journal)(P, NOON_T_NS).changed == {"A4.enter_points": 20.0}
    assert [(line.by, line.what) for line in journal.audit(P)] == [("clinician-1", "rule-change")]


def replace_value(limit: RuleChange, value: float | None) -> RuleChange:
    return replace(limit, value=value)


def test_a_limit_has_to_fit_with_the_others_in_force(entering: Entering) -> None:
    enter, clear = RuleChange(key="A4.enter_points", value=22.0), RuleChange(key="A4.clear_points", value=18.0)
    refused(entering.take(by_clinician(clear)), FaultCode.RULE_REFUSED, "clear_points")
    assert entering.take(by_clinician(enter, "c-2"))[0].taken
    assert entering.take(by_clinician(clear, "c-3"))[0].taken
    refused(entering.take(by_clinician(replace_value(enter, None), "c-4")), FaultCode.RULE_REFUSED, "clear_points")
    assert entering.take(by_clinician(replace_value(clear, None), "c-5"))[0].taken
    assert entering.take(by_clinician(replace_value(enter, None), "c-6"))[0].taken


@pytest.mark.parametrize(
    ("change", "role", "word"),
    [
        (ProgrammeChange(programme=BACKWARD, do="begin", day=TODAY, support_present=True), Role.PATIENT, "clinician"),
        (ProgrammeChange(programme=BACKWARD, do="begin", day=TODAY), Role.CLINICIAN, "support"),
        (ProgrammeChange(programme=WALKING, do="cap", day=TODAY, cap_steps=3000), Role.CARER, "clinician"),
        (ProgrammeChange(programme=WALKING, do="cap", day=TODAY), Role.PATIENT, "clinician"),
        (ProgrammeChange(programme=WALKING, do="begin", day=TODAY, cap_steps=3000), Role.PATIENT, "clinician"),
        (ProgrammeChange(programme=WALKING, do="begin", day=TODAY, step_min=5), Role.PATIENT, "clinician"),
        (ProgrammeChange(programme=WALKING, do="begin", day="2026-13-01"), Role.CLINICIAN, "not a day"),
    ],
)
def test_what_only_a_clinician_settles_of_a_programme(
    change: ProgrammeChange, role: Role, word: str, entering: Entering, journal: SqliteJournal
) -> None:
    refused(entering.take(entry(change, role=role)), FaultCode.ENTRY_REFUSED, word)
    assert journal.entries(P) == ()


@pytest.mark.parametrize(
    ("change", "role"),
    [
        (ProgrammeChange(programme=WALKING, do="begin", day=TODAY), Role.PATIENT),
        (ProgrammeChange(programme=WALKING, do="end", day=TODAY), Role.CARER),
        (ProgrammeChange(programme=BACKWARD, do="end", day=TODAY), Role.PATIENT),
        (ProgrammeChange(programme=BACKWARD, do="begin", day=TODAY, support_present=True), Role.CLINICIAN),
        (ProgrammeChange(programme=WALKING, do="cap", day=TODAY), Role.CLINICIAN),
    ],
)
def test_what_may_be_settled_of_a_programme(
    change: ProgrammeChange, role: Role, entering: Entering, journal: SqliteJournal
) -> None:
    assert entering.take(entry(change, role=role, why="both feet well"))[0].taken
    assert [each.said for each in journal.entries(P)] == [change]


def test_a_limit_of_steps_has_a_reason_and_a_slip_of_the_hand_is_seen(entering: Entering) -> None:
    def cap(steps: int | None, name: str, why: str = "feet well") -> tuple[EntryTaken, list[Task]]:
        change = ProgrammeChange(programme=WALKING, do="cap", day=TODAY, cap_steps=steps)
        return entering.take(by_clinician(change, name, why))

    refused(cap(1500, "c-1", why=" "), FaultCode.ENTRY_REFUSED, "say why")
    refused(cap(20_000, "c-2"), FaultCode.ENTRY_REFUSED, "a limit of 20000 steps is none")
    assert cap(1500, "c-3")[0].advice.startswith("That is 1500 steps above the usual day; up to 1000 are")
    assert cap(800, "c-4")[0].advice == ""
    assert cap(None, "c-5")[0].advice == "No limit of steps holds any more."


def test_a_place_that_is_watched_says_what_it_needs(entering: Entering) -> None:
    site = entering.take(by_clinician(RuleChange(key="A5.site", value="M2")))[0]
    assert site.advice.endswith("without it, it cannot judge.")


def test_a_task_is_ended_once_by_a_clinician(entering: Entering, journal: SqliteJournal) -> None:
    entering.take(entry(SORE))
    done = TaskDone(task="skin-e-1")
    refused(entering.take(entry(done, "e-2")), FaultCode.ENTRY_REFUSED, "clinician")
    refused(entering.take(by_clinician(TaskDone(task="skin-e-9"))), FaultCode.UNKNOWN_NAME, "skin-e-9")
    _, (task,) = entering.take(by_clinician(done, why="seen, dry"))
    assert (task.done_by, task.done_t_ns, task.note) == ("clinician-1", NOON_T_NS, "seen, dry")
    assert journal.tasks(P) == (task,)
    refused(entering.take(by_clinician(done, "c-2")), FaultCode.ENTRY_REFUSED, "done already", "clinician-1")
    assert entering.take(by_clinician(done, why="seen, dry")) == (EntryTaken(id="c-1", taken=True), [task])


def raised(journal: SqliteJournal, level: AlertLevel) -> Alert:
    alert = an_alert("A3", NOON_T_NS, level=level)
    journal.put_alert(P, alert, by="underfoot", t_ns=NOON_T_NS)
    return alert


@pytest.mark.parametrize(
    ("level", "for_h", "role", "why", "refused"),
    [
        (AlertLevel.LOW, 14 * 24, Role.CLINICIAN, "a new insert", ""),
        (AlertLevel.LOW, 14 * 24 + 1, Role.CLINICIAN, "a new insert", "14 days at most"),
        (AlertLevel.LOW, 24, Role.CLINICIAN, " ", "say why"),
        (AlertLevel.LOW, 0, Role.CLINICIAN, "", ""),
        (AlertLevel.LOW, 1, Role.CARER, "noise", "by a clinician, not by a carer"),
        (AlertLevel.MEDIUM, 24, Role.CLINICIAN, "a new insert", ""),
        (AlertLevel.MEDIUM, 25, Role.CLINICIAN, "a new insert", "24 hours at most"),
    ],
)
def test_an_alert_is_muted_by_a_clinician_for_a_reason_and_not_for_long(
    journal: SqliteJournal, entering: Entering, level: AlertLevel, for_h: int, role: Role, why: str, refused: str
) -> None:
    said = Mute(alert=raised(journal, level).id, until_t_ns=NOON_T_NS + for_h * 3600 * 10**9)
    taken, tasks = entering.take(entry(said, role=role, why=why))
    assert (taken.taken, refused in taken.detail, tasks) == (not refused, True, [])
    assert len(journal.entries(P, Mute)) == (not refused)


def test_nobody_mutes_what_there_is_not(entering: Entering) -> None:
    taken, _ = entering.take(entry(Mute(alert="A3-left-x", until_t_ns=NOON_T_NS), role=Role.CLINICIAN))
    assert taken.code == FaultCode.UNKNOWN_NAME


def test_that_all_is_right_is_said_at_home_and_changes_nothing(journal: SqliteJournal, entering: Entering) -> None:
    assert entering.take(entry(AllRight()))[0] == EntryTaken(id="e-1", taken=True)
    assert not entering.take(entry(AllRight(), "e-2", role=Role.CLINICIAN))[0].taken
    assert [each.id for each in journal.entries(P, AllRight)] == ["e-1"]


def test_a_note_is_of_a_day_that_has_come(journal: SqliteJournal, entering: Entering) -> None:
    assert entering.take(entry(ClinicNote(day=TODAY, text="New shoes."), role=Role.CLINICIAN))[0].taken
    assert not entering.take(entry(ClinicNote(day="2026-03-07", text="?"), "e-2", role=Role.CLINICIAN))[0].taken
