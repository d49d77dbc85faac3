"""Every rule over seconds, from rows to alert: what raises it, what just does not, and what it says without data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from desk_kit import PERSON, desk_over, stores_in, take
from rule_stories import START_NS, S, Told, louder, usual

from ingest.sources.virtual.gait import Gait
from ingest.wire import codec
from ingest.wire.alerts import Alert, Quiet
from ingest.wire.block import Origin
from ingest.wire.entries import Entry, Role, RuleChange
from ingest.wire.geometry import Side
from ingest.wire.messages import AnyMessage, LinkState, Status
from processing.metrics.recipe import STEADY
from processing.pipeline import Heartbeat
from processing.rules.change import with_changes
from processing.rules.engine import JudgementState
from processing.rules.preset import load_preset
from processing.store.journal import BaselineSet
from processing.walk import REPLAY_S, Terms, Walk

pytestmark = pytest.mark.computes

STANDS = Gait(cadence_spm=0.0)
FIFTH, HEELS = 12, 0b1111


@dataclass(frozen=True)
class Case:
    """`raises` and `below` differ by little; in `missing` the same happens where it cannot be seen."""

    rule: str
    side: Side | None
    raises: Told
    below: Told
    missing: Told | None  # None: to be without data is what the rule is about
    within: tuple[int, int]  # seconds from the start between which it is raised
    changes: Mapping[str, float | str | bool] = field(default_factory=dict)
    below_changes: Mapping[str, float | str | bool] | None = None


def leaning(points: float) -> Told:
    return Told(480, ((120.0, Gait(load_si_pct=points)),))


def fronted(share_pct: float) -> Told:
    return Told(540, ((120.0, Gait(forefoot_share_left_pct=share_pct)),))


def stood(seconds: float, then_s: int = 300) -> Told:
    return Told(300 + int(seconds) + then_s, ((300.0, STANDS), (300.0 + seconds, Gait())))


PEAK = {"A5.enabled": True, "A5.site": "M5", "A5.side": "left"}
CASES = (
    Case("A1", Side.LEFT, stood(930), stood(760), replace(stood(930, 0), gone={Side.LEFT: (600, 840)}), (1100, 1260)),
    Case("A2", None, stood(640), stood(585), replace(stood(640, 0), gone={Side.LEFT: (420, 940)}), (890, 960)),
    Case(
        "A3", Side.LEFT, fronted(57), fronted(53),
        replace(fronted(57), masked={Side.LEFT: (0, HEELS)}), (300, 400),
    ),
    Case("A4", None, leaning(18), leaning(13), replace(leaning(18), gone={Side.LEFT: (120, 480)}), (240, 360)),
    Case(
        "A5", Side.LEFT, Told(240, bench=True), Told(240, bench=True), Told(240), (20, 240),
        changes={**PEAK, "A5.limit_kpa": 50.0}, below_changes={**PEAK, "A5.limit_kpa": 500.0},
    ),
    Case(
        "A6", Side.LEFT,
        Told(360, spoilt={Side.LEFT: louder(FIFTH, 1.8, 180)}), Told(360, spoilt={Side.LEFT: louder(FIFTH, 1.3, 180)}),
        Told(360, spoilt={Side.LEFT: louder(FIFTH, 1.8, 180)}, masked={Side.LEFT: (0, 0xFFFF)}), (195, 330),
    ),
    Case(
        "T1", Side.LEFT,
        Told(300, spoilt={Side.LEFT: louder(0, 0.0, 150)}), Told(300, spoilt={Side.LEFT: louder(0, 0.4, 150)}),
        Told(300, spoilt={Side.LEFT: louder(0, 0.0, 150)}, gone={Side.LEFT: (150, 300)}), (160, 300),
    ),
    Case(
        "T2", Side.LEFT,
        Told(300, gone={Side.LEFT: (90, 210)}), Told(300, gone={Side.LEFT: (90, 120)}), None, (140, 180),
    ),
)  # fmt: skip
ids = [case.rule for case in CASES]


def walked(told: Told, changes: Mapping[str, float | str | bool]) -> Walk:
    """Fed with everything; not closed, so that every rule still stands where it came to."""
    rules = with_changes(load_preset("clinical"), changes)
    terms = Terms(walk="w", recipe=STEADY, rules=rules, baseline=usual())
    walk = Walk(terms, at_once_s=REPLAY_S)
    for item in (*told.layouts(), *told.blocks()):
        walk.feed(item)
    walk.go_live()
    walk.feed(Heartbeat(t_ns=START_NS + told.seconds * S + 3 * S))
    return walk


def of_rule(walk: Walk, case: Case) -> list[Alert]:
    return [alert for alert in walk.alerts if (alert.rule, alert.side) == (case.rule, case.side)]


def at_home(told: Told, minutes: int) -> list[AnyMessage]:
    t_ns = START_NS + (told.seconds + 3600 + 60 * minutes) * S
    return [Status(insole=f"virtual-{side}", side=side, t_ns=t_ns, link=LinkState.STREAMING) for side in Side]


def test_no_rule_over_seconds_is_left_out() -> None:
    assert {case.rule for case in CASES} == {rule.id for rule in load_preset("clinical").rules}


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_it_is_raised_in_its_time(case: Case) -> None:
    found = of_rule(walked(case.raises, case.changes), case)
    assert len(found) == 1, found
    at_s = (found[0].raised_t_ns - START_NS) / S
    print(f"{case.rule} raised after {at_s:.0f} s: {found[0].evidence}")
    assert case.within[0] <= at_s <= case.within[1]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_just_below_it_is_not(case: Case) -> None:
    changes = case.changes if case.below_changes is None else case.below_changes
    assert of_rule(walked(case.below, changes), case) == []


@pytest.mark.parametrize("case", [case for case in CASES if case.missing], ids=[c.rule for c in CASES if c.missing])
def test_without_data_it_cannot_judge(case: Case) -> None:
    assert case.missing is not None
    walk = walked(case.missing, case.changes)
    assert of_rule(walk, case) == []
    (judged,) = (each for each in walk.judgements if (each.rule, each.side) == (case.rule, case.side))
    assert judged.state is JudgementState.CANNOT_JUDGE, judged
    assert judged.reason


@pytest.mark.parametrize("case", [case for case in CASES if case.rule != "T2"], ids=[i for i in ids if i != "T2"])
def test_found_in_late_rows_it_is_listed_and_makes_no_sound(case: Case, tmp_path: Path) -> None:
    """As after a walk out of range: everything comes at once, hours later."""
    with stores_in(tmp_path) as stores:
        stores.journal.set_baseline(BaselineSet(person=PERSON, baseline=usual(), by="kit", t_ns=1))
        for number, (key, value) in enumerate(case.changes.items()):
            change = Entry(
                id=f"e{number}", by="kit", role=Role.CLINICIAN, t_ns=1, said=RuleChange(key=key, value=value), why="kit"
            )
            stores.journal.put_entry(PERSON, change)
        desk = desk_over(stores)
        take(desk, stores, case.raises.layouts())
        late = [replace(block, origin=Origin.BACKFILL) for block in case.raises.blocks()]
        for block in late:
            take(desk, stores, [codec.to_message(block)])
        for minutes in (0, 10, 20):
            take(desk, stores, at_home(case.raises, minutes))
        found = [each for each in stores.journal.alerts(PERSON) if (each.rule, each.side) == (case.rule, case.side)]
    assert len(found) == 1
    assert found[0].late
    assert found[0].sounded_t_ns == ()
    assert found[0].quiet is Quiet.LATE
