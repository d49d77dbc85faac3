"""Somebody puts on other insoles: what is usual was learned with the old ones, and says nothing of the new ones."""

from __future__ import annotations

from pathlib import Path

from walk_kit import items_of

from ingest.sources.replay import open_recording
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.metrics.learned import LearnedCells
from processing.metrics.recipe import STEADY
from processing.rules.baseline import Baseline, Usual, UsualPerFoot
from processing.rules.deviation import OTHER_INSOLES
from processing.rules.preset import load_preset
from processing.walk import Terms, Walk, run


def walked(items: list, checksum: int) -> Walk:
    """By a baseline far from this walk, learned with insoles of that checksum."""
    share, cells = Usual(median=20.0, spread=0.5), LearnedCells(checksum=checksum, peak_codes=(), share_pct=())
    usual = Baseline(
        forefoot_share_pct=UsualPerFoot(left=share, right=share),
        load_si_pct=Usual(median=-60.0, spread=1.0),
        walks=7,
        cells=dict.fromkeys(Side, cells),
    )
    return run(Terms(walk="w", recipe=STEADY, rules=load_preset("demo"), baseline=usual), items)


def test_figures_are_not_set_against_those_of_other_insoles(gaitpdb: Path) -> None:
    items = list(items_of(open_recording(gaitpdb / "GaCo01_01.txt.xz")))
    (checksum,) = {item.checksum for item in items if isinstance(item, Layout)}
    assert {alert.rule for alert in walked(items, checksum).alerts} == {"A3", "A4"}
    other = walked(items, checksum + 1)
    assert other.alerts == ()
    judged = [each for each in other.judgements if each.rule in ("A3", "A4")]
    assert {each.reason for each in judged} == {OTHER_INSOLES}
