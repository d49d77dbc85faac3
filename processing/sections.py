"""A walk under way, section after section: each is judged once event time is a margin past its end, then forgotten."""

from __future__ import annotations

from collections.abc import Callable

from ingest.wire.geometry import Side
from processing.metrics.recipe import Recipe
from processing.metrics.rows import FootRows
from processing.metrics.section import MARGIN_NS, SECTION_NS, FootSection
from processing.parts import Tally, Watch
from processing.windows import SECOND_NS

UnfitCells = Callable[[Side, int], int]  # bit i: cell i was found unfit before this second


class WalkSections:
    """`rows`: of the feet that have an insole."""

    def __init__(self, recipe: Recipe, weight_kg: float | None) -> None:
        self.rows: dict[Side, FootRows] = {}
        self._tally = Tally(recipe, weight_kg)
        self._begun_t_ns: int | None = None
        self._next = 0
        self._watch: Watch | None = None

    @property
    def start_t_ns(self) -> int | None:
        """UTC of the walk's first row; fixed once the first section has been judged."""
        if self._begun_t_ns is not None:
            return self._begun_t_ns
        return min((t for rows in self.rows.values() if (t := rows.first_t_ns) is not None), default=None)

    def watch(self, watch: Watch) -> None:
        """Show it the feet of every section once that is judged for good."""
        self._watch = watch

    def advance(self, reached_ns: int, unfit: UnfitCells) -> None:
        """Judge the sections that lie a margin behind `reached_ns`, up to which all rows have come."""
        while True:
            start_t_ns = self.start_t_ns
            if start_t_ns is None or start_t_ns + (self._next + 1) * SECTION_NS + MARGIN_NS > reached_ns:
                return
            self._tally = self._with(self._tally, self._next, start_t_ns, unfit, self._watch)
            self._forget(start_t_ns)

    def finish(self, unfit: UnfitCells) -> None:
        """No more rows will come: judge what is left."""
        start_t_ns = self.start_t_ns
        if start_t_ns is None:
            return
        for number in self._left(start_t_ns):
            self._tally = self._with(self._tally, number, start_t_ns, unfit, self._watch)
            self._forget(start_t_ns)

    def whole(self, unfit: UnfitCells) -> Tally:
        """With the rows of sections that are not judged yet, as if no more came; changes nothing."""
        tally, start_t_ns = self._tally, self.start_t_ns
        if start_t_ns is not None:
            for number in self._left(start_t_ns):
                tally = self._with(tally, number, start_t_ns, unfit, None)
        return tally

    def _left(self, start_t_ns: int) -> range:
        last_t_ns = max((t for rows in self.rows.values() if (t := rows.last_t_ns) is not None), default=start_t_ns - 1)
        return range(self._next, (last_t_ns - start_t_ns) // SECTION_NS + 1)

    def _forget(self, start_t_ns: int) -> None:
        self._begun_t_ns = start_t_ns
        for rows in self.rows.values():
            rows.forget(self._next, start_t_ns)
        self._next += 1

    def _with(self, tally: Tally, number: int, start_t_ns: int, unfit: UnfitCells, watch: Watch | None) -> Tally:
        sections = self._sections(number, start_t_ns, unfit)
        return tally.with_section(sections, watch) if sections else tally

    def _sections(self, number: int, start_t_ns: int, unfit: UnfitCells) -> dict[Side, FootSection]:
        end = -(-(start_t_ns + (number + 1) * SECTION_NS) // SECOND_NS)
        made = {side: rows.section(number, start_t_ns, unfit(side, end)) for side, rows in self.rows.items()}
        return {side: section for side, section in made.items() if section is not None}
