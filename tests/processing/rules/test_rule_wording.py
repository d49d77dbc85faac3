"""What people read: the place, what to do, no word that frightens or reassures; the clinician sees what it rests on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rules_kit import FORBIDDEN, WALK, baseline, feed, pressed, second, stance

from ingest.wire.alerts import Alert
from ingest.wire.geometry import Side
from ingest.wire.messages import Activity
from processing.rules.baseline import Usual
from processing.rules.engine import RuleEngine
from processing.rules.preset import load_preset, with_changes
from processing.rules.wording import STILL_SO_AT_END, place


def told(name: str, **given: object) -> list[Alert]:
    engine = RuleEngine(load_preset(name), baseline(), WALK)
    return feed(engine, (second(k, **given) for k in (*range(700), 1000))) + engine.finish()


def load_of(k: int) -> dict[str, float]:
    """A stone under the heel from the 100th second on."""
    return {"HM": 40.0 if k >= 100 else 20.0, "M1": 20.0, "M2": 20.0, "T1": 10.0}


STOOD = {"walking": False, "activity": Activity.STANDING}
EVERYTHING = [
    alert
    for name in ("clinical", "demo")
    for given in (
        {"left_pct": 56.0},
        {"right_pct": 56.0},
        {"si_pct": 40.0},
        {"si_pct": -40.0},
        {"absent": (Side.LEFT,)},
        {"absent": (Side.RIGHT,)},
        STOOD,
        {"sustained": pressed({"HM": 99.0, "M2": 0.0}, right={"HM": 0.0, "M2": 96.0, "M3": 98.0})},
    )
    for alert in told(name, **given)
] + [
    alert
    for side in Side
    for alert in feed(
        RuleEngine(
            with_changes(load_preset("clinical"), {"A5.enabled": True, "A5.site": "M2", "A5.side": side.value}),
            None,
            WALK,
        ),
        (second(k, stances=stance(k, load_of(k), side=side, peak_kpa={"M2": 210.0})) for k in range(200)),
    )
]


def test_every_rule_and_side_spoke() -> None:
    both = {(rule, side) for rule in ("A1", "A3", "A5", "A6", "T2") for side in Side}
    assert {(alert.rule, alert.side) for alert in EVERYTHING} == both | {("A2", None), ("A4", None)}


@pytest.mark.parametrize("alert", EVERYTHING, ids=lambda alert: f"{alert.id}-{alert.level}-{alert.state}")
def test_words(alert: Alert) -> None:
    words = f"{alert.text} {alert.evidence}".lower()
    assert not [word for word in FORBIDDEN if word in words]
    assert "nan" not in words.split()
    assert "None" not in f"{alert.text} {alert.evidence}"
    assert re.fullmatch(r"[A-Za-z0-9_-]+", alert.id)
    assert len(alert.text) < 190
    assert alert.side is None or alert.side in alert.text


def test_patient_text() -> None:
    texts = {alert.text for alert in EVERYTHING}
    offload = (
        "has been pressed for 15 minutes. Stop, then sit or walk about for 2 minutes. "
        "If this comes back, take the shoe off and look inside it and at your foot."
    )
    stone = "is pressed much harder than before. Stop, take off the shoe, shake it out, look at the skin."
    assert texts == {
        f"Your left heel {offload}",
        f"Your right forefoot {offload}",
        "You have been standing still for 10 minutes. A short sit or stroll helps.",
        "You have been standing still for a minute. A short sit or stroll helps.",
        "More of your weight is on the front of your left foot than usual. Slow down; check the shoe.",
        "More of your weight is on the front of your right foot than usual. Slow down; check the shoe.",
        "You are leaning more on your right side than usual. Rest if tired or sore.",
        "You are leaning more on your left side than usual. Rest if tired or sore.",
        "Your left forefoot is pressed hard, step after step. Stop, then sit for 2 minutes.",
        "Your right forefoot is pressed hard, step after step. Stop, then sit for 2 minutes.",
        f"One spot under your left heel {stone}",
        f"One spot under your right heel {stone}",
        "No signal from your left insole. We are not measuring this foot.",
        "No signal from your right insole. We are not measuring this foot.",
    }


@pytest.mark.parametrize(
    ("areas", "words"),
    [
        (("M2",), "your left forefoot"),
        (("M2", "T2-5"), "your left forefoot"),
        (("HM", "HL"), "your left heel"),
        (("MF",), "the middle of your left foot"),
        (("M2", "HM"), "your left foot"),
        (("ball medial",), "your left forefoot"),
        (("heel lateral rear", "heel"), "your left heel"),
        (("something",), "your left foot"),
        ((), "your left foot"),
    ],
)
def test_a_place_needs_no_chart(areas: tuple[str, ...], words: str) -> None:
    assert place(Side.LEFT, areas) == words
    assert place(Side.LEFT, areas, begins=True) == words[0].upper() + words[1:]


def test_the_side_that_carries_more_than_usual_is_named() -> None:
    """Usually 30 % more on the right, now 10 %: it is the left side that carries more than usual."""
    person = replace(baseline(), load_si_pct=Usual(median=30.0, spread=1.0))
    engine = RuleEngine(load_preset("clinical"), person, WALK)
    (alert,) = feed(engine, (second(k, si_pct=10.0) for k in range(200)))
    assert "left" in alert.text


def test_evidence_carries_what_it_rests_on() -> None:
    assert told("clinical", left_pct=56.0)[0].evidence == (
        "Forefoot share left 56.0 % against a baseline of 43.0 % (spread 0.5), limit +10 points "
        "(60-s figure, over it for 180 s of walking). Cadence 100 steps/min. Coverage 100 %, calibration: maker. "
        "Rules clinical/3."
    )
    assert told("clinical", si_pct=-40.0)[1].evidence.startswith(
        "Load asymmetry -40.0 % against a baseline of +8.0 % (spread 2.0; + is right), limit 15 points either way "
        "(60-s figure, over it for 300 s of walking)."
    )
    assert told("demo", absent=(Side.LEFT,))[0].evidence == (
        "No data from the left insole for 60 s while the walk was on, at 2000-01-01 00:01:00 UTC. "
        "Rules demo/3, limits shortened for demonstration."
    )
    assert told("clinical", left_pct=56.0)[-1].evidence.endswith(STILL_SO_AT_END)
