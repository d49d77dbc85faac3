"""Before and after as rows of a table and as maps of the feet, in words and numbers of one language. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.wire.geometry import Calibration
from processing.metrics.change import Change, RegionChange
from processing.metrics.moments import Moments
from processing.programme.report import OF_BACKWARD, Graded, Report, RestsOn
from processing.rules.baseline import WALKS_NEEDED
from underfoot.web.record.asked import FIGURES
from underfoot.web.record.map import Maps, maps
from underfoot.web.record.said import long_day, number
from underfoot.words import Words

_NEWTONS = ("max_force_n", "fti_n_s")
_KILOPASCALS = ("peak_kpa",)
_SHARES_ONLY = (Calibration.NONE, Calibration.ZERO, None)
_DIGITS = {"steps": 0, "max_force_n": 0, "peak_kpa": 0}
_EVENNESS = "evenness."


@dataclass(frozen=True, slots=True)
class Row:
    """`change` says why where there is none."""

    name: str
    before: str
    after: str
    change: str
    comparable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`figures`: which of the regions' figures may be shown; `figure`: the one that is."""

    rests: tuple[str, str]
    rows: tuple[Row, ...]
    regions: tuple[Row, ...]
    maps: Maps
    figure: str
    figures: tuple[str, ...]
    digits: int
    notes: tuple[str, ...]


def compared(t: Words, found: Report, figure: str, on_both: int) -> Compared:
    """A figure that the calibration does not allow, or that no walk states, gives way to the share of load."""
    allowed = shown_figures(found)
    chosen = figure if figure in allowed else FIGURES[0]
    rows = [row for row in found.figures.regions if row.figure == chosen]
    digits = _DIGITS.get(chosen, 1)
    return Compared(
        rests=(_rests(t, found.before), _rests(t, found.after)),
        rows=tuple(_figures(t, found)),
        regions=tuple(_row(t, _region_name(t, row), row.of, digits) for row in rows),
        maps=maps(rows),
        figure=chosen,
        figures=allowed,
        digits=digits,
        notes=_notes(t, found, on_both),
    )


def has_figures(found: Report) -> bool:
    """Whether anything was measured, or said of a symptom, in either of the two times."""
    changes = [*found.figures.walks.values(), *found.of_days.values()]
    graded = [each for pair in found.symptoms.values() for each in (pair.before, pair.after)]
    return any(each.before.n or each.after.n for each in changes) or any(each.days for each in graded)


def shown_figures(found: Report) -> tuple[str, ...]:
    stated = {row.figure for row in found.figures.regions if row.of.before.n or row.of.after.n}
    states = {found.before.calibration, found.after.calibration} - {None} or {None}
    barred: set[str] = set()
    if states & set(_SHARES_ONLY):
        barred |= {*_NEWTONS, *_KILOPASCALS}
    return tuple(figure for figure in FIGURES if figure == FIGURES[0] or (figure in stated and figure not in barred))


def _figures(t: Words, found: Report) -> Sequence[Row]:
    walks = [
        _row(t, t(f"record.figure.{path}"), change, 1)
        for path, change in found.figures.walks.items()
        if not path.startswith(_EVENNESS) or path.endswith("n_eff")
    ]
    days = [_row(t, t(f"record.figure.{name}"), change, _DIGITS.get(name, 1)) for name, change in found.of_days.items()]
    symptoms = [
        Row(
            t(f"record.figure.{name}"),
            _graded(t, each.before),
            _graded(t, each.after),
            t("record.not_comparable") if each.change is None else number(t, each.change, 1, signed=True),
            each.change is not None,
        )
        for name, each in found.symptoms.items()
    ]
    return [*walks, *days, *symptoms]


def _row(t: Words, name: str, change: Change, digits: int) -> Row:
    moved = change.change
    said = t("record.not_comparable") if moved is None else number(t, moved, digits, signed=True)
    return Row(name, _moments(t, change.before, digits), _moments(t, change.after, digits), said, moved is not None)


def _moments(t: Words, moments: Moments, digits: int) -> str:
    if moments.value is None:
        return t("page.not_measured")
    spread = "" if moments.sd is None else f" ± {number(t, moments.sd, digits)}"
    return f"{number(t, moments.value, digits)}{spread} ({moments.n})"


def _graded(t: Words, graded: Graded) -> str:
    if graded.median is None:
        return t("record.not_answered")
    return f"{number(t, graded.median, 1)} ± {number(t, graded.spread, 1)} ({graded.days})"


def _region_name(t: Words, row: RegionChange) -> str:
    return f"{t(f'page.{row.side}')} {row.area.replace('_', ' ')}"


def _rests(t: Words, rests: RestsOn) -> str:
    if rests.first is None or rests.last is None:
        return t("record.rests_none")
    return t(
        "record.rests",
        first=long_day(t, rests.first),
        last=long_day(t, rests.last),
        walks=rests.walks,
        measured=rests.days_measured,
        days=rests.days,
        symptoms=rests.symptom_days,
        calibration=t(f"foot.calibration.{rests.calibration or 'unknown'}"),
    )


def _notes(t: Words, found: Report, on_both: int) -> tuple[str, ...]:
    few = [
        t.count("record.few", each.walks, when=t(f"record.{when}"))
        if each.walks
        else t("record.few.none", when=t(f"record.{when}"))
        for when, each in (("before", found.before), ("after", found.after))
        if each.walks < WALKS_NEEDED
    ]
    both = [t.count("record.on_both", on_both)] if on_both else []
    of_backward = [t("record.caution.backward")] if OF_BACKWARD in found.notes else []
    return (*both, *few, t("record.caution.load"), t("record.caution.one"), *of_backward)
