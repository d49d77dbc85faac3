"""A story in some thirty lines for the terminal. Pure: out of the one object that programs get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from textwrap import shorten
from typing import Any

_DAY_SIGNS = {"measured": "■", "partly": "◧", "not-worn": "·", "no-data": "?"}
_PROGRAMME_SIGNS = {
    "done": "■", "partial": "◧", "missed": "·", "not-measured": "?", "rest": "–", "today": "○",
}  # fmt: skip
_WEEK = 7
_REPORTED = frozenset({"forefoot_share_pct.left", "forefoot_share_pct.right", "asymmetry.load_si_pct", "cadence_spm"})
_TASK_WORDS = 100

Story = Mapping[str, Any]


def lines(story: Story) -> Iterator[str]:
    """Without the advice on how to look at it."""
    yield story["made_up"]
    rules = f"rules {story['rules']}, seed {story['seed']}"
    yield f"{_long(story['first'])} to {_long(story['last'])}, {story['zone']}, {rules}"
    yield ""
    yield f"Days      {_weeks([_DAY_SIGNS[day['measured']] for day in story['days']])}"
    yield "          ■ measured  ◧ partly  · not worn  ? no data"
    for programme in story["programmes"]:
        yield from _programme(programme, len(story["days"]))
    yield ""
    yield from _alerts(story["alerts"])
    yield ""
    yield from _people(story)
    yield from _report(story["report"])
    yield from _books(story["books"])
    yield f"Digest    {story['digest'][:16]}…: the same for the same seed"


def _programme(programme: Story, days: int) -> Iterator[str]:
    signs = [_PROGRAMME_SIGNS[day["state"]] for day in programme["days"]]
    became = ", ".join(f"{number} {state}" for state, number in programme["became"].items())
    yield f"{_title(programme['programme'])}: {_weeks([' '] * (days - len(signs)) + signs)}"
    yield f"          {became}; now: {programme['words']}"


def _alerts(alerts: Story) -> Iterator[str]:
    yield f"{'Alerts':<10}{'raised':>7}{'late':>6}{'sounds':>8}{'seen':>6}{'useful':>8}  ended as"
    for rule, of_rule in alerts["by_rule"].items():
        judged = of_rule["useful"] + of_rule["not_useful"]
        useful = f"{of_rule['useful']}/{judged}" if judged else "–"
        ended = ", ".join(f"{number} {outcome}" for outcome, number in of_rule["outcomes"].items())
        counts = f"{of_rule['raised']:>7}{of_rule['late']:>6}{of_rule['audible']:>8}{of_rule['acknowledged']:>6}"
        yield f"{rule:<10}{counts}{useful:>8}  {ended}".rstrip()
    gap = alerts["least_gap_min"]
    spaced = "" if gap is None else f", never closer than {gap:.0f} min"
    yield (
        f"Sounds: {alerts['audible']} on {alerts['days_with_one']} days, "
        f"at most {alerts['most_on_a_day']} a day{spaced}."
    )
    open_ones = len(alerts["not_ended"])
    yield (
        f"Per hour worn {_number(alerts['alerts_per_worn_hour'], '{:.2f}')}; found useful "
        f"{_number(alerts['useful_share_pct'], '{:.0f} %')}; still open: {open_ones}."
    )


def _people(story: Story) -> Iterator[str]:
    diary = story["diary"]
    flags = "; ".join(f"{each['day']} {', '.join(each['flags'])}" for each in diary["red_flags"])
    yield (
        f"Diary     {len(diary['symptoms'])} days of symptoms, {diary['foot_checks']} foot checks, "
        f"{diary['no_walk']} days said to be without a walk; red flag: {flags or 'none'}"
    )
    for task in story["tasks"]:
        done = "open" if task["done_by"] is None else f"done by {task['done_by']}"
        text = shorten(task["text"], _TASK_WORDS, placeholder=" …")
        yield f"Task      {task['why']}, due {task['due']}, {done}: {text}"
    for change in story["rules_changed"]:
        yield f"Limit     {change['key']} = {change['value']:g}, by {change['by']}: {change['why']}"


def _report(report: Story | None) -> Iterator[str]:
    if report is None:
        return
    before, after = report["before"], report["after"]
    yield f"Report    {before['label']} ({before['walks']} walks) against {after['label']} ({after['walks']} walks)"
    for path, change in report["walks"].items():
        if path in _REPORTED:
            yield f"          {path}: {_moments(change['before'])} → {_moments(change['after'])}"
    grades = [
        f"{name} {_graded(each['before'])} → {_graded(each['after'])}" for name, each in report["symptoms"].items()
    ]
    yield f"          {', '.join(grades)}"


def _moments(moments: Story) -> str:
    spread = "" if moments["sd"] is None else f" ± {moments['sd']:.1f}"
    return "not measured" if moments["mean"] is None else f"{moments['mean']:.1f}{spread}"


def _graded(graded: Story) -> str:
    return "not answered" if graded["median"] is None else f"{graded['median']:.0f} ± {graded['spread']:.1f}"


def _books(books: Story) -> Iterator[str]:
    both = {name: sum(page.values()) for name, page in books.items()}
    even = "the books balance" if both["fed"] == both["stored"] else "THE BOOKS DO NOT BALANCE"
    yield (
        f"Rows      {both['taken']:,} taken, {both['fed']:,} fed, {both['stored']:,} stored, "
        f"{both['never_sent']:,} never sent: {even}"
    )


def _weeks(signs: Sequence[str]) -> str:
    return " ".join("".join(signs[first : first + _WEEK]) for first in range(0, len(signs), _WEEK))


def _title(programme: str) -> str:
    return {"daily-walking": "Daily   ", "backward-walking": "Backward"}.get(programme, programme)


def _long(day: str) -> str:
    return f"{date.fromisoformat(day):%a %d %b %Y}"


def _number(value: float | None, form: str) -> str:
    return "not known" if value is None else form.format(value)
