"""What is kept of a walk that has ended, at once or after it was computed again."""

from __future__ import annotations

from processing.care import Care
from processing.learning import learn_first_baseline
from processing.outgoing import Outgoing, Stores
from processing.recomputing import Recomputing
from processing.store.journal import WalkSummary
from processing.store.recordings import Stretch
from processing.store.seconds import WalkedSeconds
from processing.summary import as_json
from processing.walk import Walk


def keep_summary(stores: Stores, person: str, walk: Walk, begun_t_ns: int, ended_t_ns: int) -> None:
    """:raises UnderfootError: as the stores."""
    if stores.seconds is not None and walk.seconds is not None:
        walked = WalkedSeconds(walk=walk.terms.walk, begun_t_ns=begun_t_ns, ended_t_ns=ended_t_ns)
        stores.seconds.put(person, walked, walk.seconds.packs())
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
    stores: Stores, person: str, again: Recomputing, stretch: Stretch, care: Care, *, whole: bool
) -> list[Outgoing]:
    """A walk that has ended was computed again. `whole`: from all its rows. :raises UnderfootError: as the stores."""
    again.close()
    out = care.found_late(again.walk.alerts, span=(stretch.start_t_ns, stretch.end_t_ns))
    out += care.walk_ended(again.name, stretch.end_t_ns)
    keep_summary(stores, person, again.walk, stretch.start_t_ns, stretch.end_t_ns)
    out += care.walk_kept(stretch.end_t_ns, late=True)
    if whole:
        stores.recordings.mark_recomputed(again.name)
    return out
