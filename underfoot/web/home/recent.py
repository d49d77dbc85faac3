"""The last minutes out of the series, which a restart does not lose, and what is usual beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ingest.wire.faults import UnderfootError
from processing.rules.preset import load_preset
from processing.rules.rule import DeviationRule, Watched
from processing.store.journal import JournalReading
from processing.store.series import Series
from underfoot.screen import HistoryPoint, ScreenModel
from underfoot.web.home.history import STEP_S, Usual

_FIGURES = {  # of a history point, and what the series calls it
    "left_forefoot_share_pct": "forefoot_share_left_pct",
    "right_forefoot_share_pct": "forefoot_share_right_pct",
    "load_si_pct": "load_si_pct",
}


async def recent(
    series: Series, model: ScreenModel, person: str, since_ns: int, until_ns: int
) -> Sequence[HistoryPoint]:
    """What is stored; what the screen remembers where the store does not answer."""
    try:
        return await asyncio.to_thread(_stored, series, person, since_ns, until_ns)
    except UnderfootError:
        return model.history(since_ns)


def _stored(series: Series, person: str, since_ns: int, until_ns: int) -> list[HistoryPoint]:
    columns = {
        name: {bucket.t_ns: bucket.mean for bucket in series.query(person, "gait", field, since_ns, until_ns, STEP_S)}
        for name, field in _FIGURES.items()
    }
    times = sorted(set().union(*columns.values()))
    return [HistoryPoint(t_ns=t_ns, **{name: columns[name].get(t_ns) for name in _FIGURES}) for t_ns in times]


def usual_of(journal: JournalReading, person: str, preset: str) -> Usual:
    """What is usual for this person, and by how much the rules let it be passed; unknown until it is learned."""
    found = journal.baseline(person)
    if found is None or found.baseline is None:
        return Usual()
    usual, rules = found.baseline, load_preset(preset)
    margins = {rule.figure: rule.enter_points for rule in rules.rules if isinstance(rule, DeviationRule)}
    return Usual(
        left_forefoot_share_pct=usual.forefoot_share_pct.left.median,
        right_forefoot_share_pct=usual.forefoot_share_pct.right.median,
        forefoot_margin_points=margins.get(Watched.FOREFOOT_SHARE),
        load_si_pct=usual.load_si_pct.median,
        load_si_margin_points=margins.get(Watched.LOAD_SI),
    )
