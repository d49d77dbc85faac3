"""What is kept of a walk that has ended, at once or after it was computed again."""

from __future__ import annotations

from processing.alerting import Alerting
from processing.learning import learn_first_baseline
from processing.outgoing import Outgoing, Stores
from processing.recomputing import Recomputing
from processing.store.journal import WalkSummary
from processing.store.recordings import Stretch
from processing.summary import as_json
from processing.walk import Walk


def keep_summary(stores: Stores, person: str, walk: Walk, begun_t_ns: int, ended_t_ns: int) -> None:
    """:raises UnderfootError: as the journal."""
    stores.journal.put_walk(
        WalkSummary(
            person=person,
            walk=walk.terms.walk,
            recipe=walk.terms.recipe.name,
            begun_t_ns=begun_t_ns,
            summary=as_json(walk.summary()).encode(),
        )
    )
    learn_first_baseline(stores.journal, person, ended_t_ns)


def close_again(
    stores: Stores, person: str, again: Recomputing, stretch: Stretch, alerting: Alerting, *, whole: bool
) -> list[Outgoing]:
    """A walk that has ended was computed again. `whole`: from all its rows. :raises UnderfootError: as the stores."""
    again.close()
    out = alerting.found_late(again.walk.alerts)
    out += alerting.walk_ended(again.name, stretch.end_t_ns)
    keep_summary(stores, person, again.walk, stretch.start_t_ns, stretch.end_t_ns)
    if whole:
        stores.recordings.mark_recomputed(again.name)
    return out
