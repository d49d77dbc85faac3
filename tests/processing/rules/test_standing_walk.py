"""A walk, a long time of standing and a walk again, through the whole pipeline: told once as A2, then as A1."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from ingest.sources.virtual.gait import Gait
from ingest.sources.virtual.walker import walker
from ingest.wire.alerts import Alert
from ingest.wire.block import Block
from ingest.wire.geometry import Side, checksum
from ingest.wire.messages import Layout
from processing.metrics.recipe import STEADY
from processing.rules.preset import load_preset
from processing.rules.wording import TOLD_AS_ANOTHER
from processing.walk import REPLAY_S, Terms, Walk

S = 10**9
T0_NS = 946_684_800 * S
RATE = 100
WALKS_S, AGAIN_S = 60, 300


def standing_for(seconds: int, like: np.ndarray, side: Side) -> np.ndarray:
    """Half the body weight on a foot, spread over its cells as over the walk, with some noise."""
    noise = np.random.default_rng(1 + (side is Side.RIGHT)).normal(0, 2, (seconds * RATE, like.shape[1]))
    return np.clip(np.round(like.mean(axis=0) + noise), 0, None).astype(np.int16)


def items(standing_s: int) -> list[Layout | Block]:
    layouts: list[Layout | Block] = []
    blocks: list[Block] = []
    for side, foot in walker(Gait(), seed=1, seconds=WALKS_S + AGAIN_S).items():
        of = foot.description
        scale = float(of.scale)
        walked = foot.rows_between(0, (WALKS_S + AGAIN_S) * S)[0].codes
        before, after = np.split(walked, [WALKS_S * RATE])
        codes = np.concatenate([before, standing_for(standing_s, before, side), after])
        layouts.append(
            Layout(
                insole=f"insole-{side}", side=side, cells=of.cells, unit=of.unit, scale=scale, rate_hz=RATE,
                calibration=of.calibration, checksum=checksum(of.cells),
            )
        )  # fmt: skip
        blocks += [
            Block(
                insole=f"insole-{side}", side=side, boot=1, seq=row, ticks=row * 10, tick_ns=1_000_000,
                t_ns=T0_NS + row * S // RATE, ns_per_row=S // RATE, codes=codes[row : row + 6000], unit=of.unit,
                scale=scale,
            )
            for row in range(0, len(codes), 6000)
        ]  # fmt: skip
    return [*layouts, *sorted(blocks, key=lambda block: block.t_ns)]


@cache
def told(standing_s: int) -> tuple[Alert, ...]:
    terms = Terms(walk="w", recipe=STEADY, rules=load_preset("clinical"), baseline=None)
    walk = Walk(terms, at_once_s=REPLAY_S)
    return tuple(said for item in items(standing_s) for said in walk.feed(item) if isinstance(said, Alert))


def seconds(t_ns: int | None) -> float | None:
    return None if t_ns is None else (t_ns - T0_NS) / S


def test_standing_for_16_minutes_is_told_as_a2_and_then_as_a1() -> None:
    nudge, left, right, folded = told(1000)[:4]
    assert [alert.rule for alert in (nudge, left, right, folded)] == ["A2", "A1", "A1", "A2"]
    assert WALKS_S + 600 <= (seconds(nudge.raised_t_ns) or 0) <= WALKS_S + 605
    assert seconds(left.raised_t_ns) == seconds(right.raised_t_ns) == seconds(folded.cleared_t_ns) == 900.0
    assert folded.id == nudge.id
    assert folded.evidence.endswith(TOLD_AS_ANOTHER)


@pytest.mark.parametrize("side", Side)
def test_a1_ends_while_the_person_walks_again(side: Side) -> None:
    """Walking presses a cell for half of the time: 13 % of 15 min without load take some four minutes of it."""
    began, end = (alert for alert in told(1000) if (alert.rule, alert.side) == ("A1", side))
    assert "now standing" in began.evidence
    assert began.cleared_t_ns is None
    assert 120 <= (seconds(end.cleared_t_ns) or 0) - (WALKS_S + 1000) <= 270


def test_standing_for_9_minutes_is_not_told() -> None:
    assert told(540) == ()
