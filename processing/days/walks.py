"""The walks of one person as the journal has them, each summary read once."""

from __future__ import annotations

import json

from processing.metrics.recipe import STEADY
from processing.periods import TimedWalk
from processing.store.journal import JournalReading


class KnownWalks:
    """Reads the journal again only after `changed`. :raises UnderfootError: as the journal."""

    def __init__(self, person: str, journal: JournalReading) -> None:
        self._person = person
        self._journal = journal
        self._walks: tuple[TimedWalk, ...] | None = None
        self._read: dict[bytes, TimedWalk] = {}

    def changed(self) -> None:
        """The journal has a walk more, or other words of one."""
        self._walks = None

    def all(self) -> tuple[TimedWalk, ...]:
        """Earliest first."""
        if self._walks is None:
            kept = self._journal.walks(self._person, STEADY.name)
            self._read = {each.summary: self._known(each.summary, each.begun_t_ns) for each in kept}
            self._walks = tuple(self._read[each.summary] for each in kept)
        return self._walks

    def _known(self, summary: bytes, begun_t_ns: int) -> TimedWalk:
        known = self._read.get(summary)
        if known is not None and known.begun_t_ns == begun_t_ns:
            return known
        return TimedWalk(begun_t_ns=begun_t_ns, summary=json.loads(summary))
