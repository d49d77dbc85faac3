"""Walks as tables: a line each, the figures of every second, every row of the samples, the books. Pure.

Samples are as the calibration in force corrected them, which the table of cells tells. A row that was lost is no line;
the books and the gaps say how many are missing and why. A cell that was not measured is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ingest.wire.block import Block
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Figure, Layout, Metrics
from processing.export.extract import Extract, KeptWalk
from processing.export.summary_columns import columns_of, leaves, reasons
from processing.export.table import Column, Kind, Row, Table, Value, number, text, whole, yes_no
from processing.store.recordings import SideBooks
from processing.times import local_time

_KNOWN = frozenset({"schema", "walk", "source", "recipe"})
_SECOND = (
    text("walk", "the walk"),
    whole("t_ns", "end of the second, event time", "ns UTC"),
    text("activity", "what the wearer did, as far as two insoles can tell"),
    yes_no("walking", "whether it was walked; empty: cannot judge"),
    whole("steps", "steps of the walk so far", "count"),
    text("unit", "of the loads"),
    text("calibration", "what is known about the scale of the loads"),
)


def walks_table(extract: Extract) -> Table:
    """One line a walk: every figure of its summary, and why what is missing is."""
    found = columns_of((each.summary for each in extract.walks if each.summary is not None), _KNOWN)
    columns = (
        text("walk", "name of the walk"),
        whole("begun_t_ns", "time of its first row", "ns UTC"),
        text("begun", "the same by the wearer's clock"),
        whole("rows_left", "rows stored of the left foot", "count"),
        whole("rows_right", "rows stored of the right foot", "count"),
        *found.values(),
        text("not_measured", "figures that are not measured, and why"),
    )
    return Table(name="walks", columns=columns, rows=[_walk(each, list(found), extract) for each in extract.walks])


def _walk(walk: KeptWalk, paths: Sequence[str], extract: Extract) -> Row:
    stated = dict(leaves(walk.summary or {}))
    begun = None if walk.begun_t_ns is None else local_time(walk.begun_t_ns, extract.zone).isoformat()
    rows = [None if walk.stored is None else walk.stored.rows.get(side, 0) for side in Side]
    why = walk.reason if walk.summary is None else reasons(walk.summary)
    return (walk.walk, walk.begun_t_ns, begun, *rows, *(stated.get(path) for path in paths), why or None)


def seconds_table(walks: Sequence[KeptWalk], seconds: Iterable[Metrics]) -> Table:
    """One line a second; `seconds` of these walks, in order."""
    areas = _areas(walks)
    shares = [number(f"sustained_{side}_{area}_pct", "share of the last 15 min in which the area was pressed", "%")
              for side, area in areas]  # fmt: skip
    figures: list[Column] = []
    for name, unit, words in _FIGURES:
        figures += [
            number(name, words, unit),
            number(f"{name}_coverage_pct", f"share of the time measured on which {name} rests", "%"),
        ]
    why = text("not_measured", "reasons why figures of this second are missing, each once")
    rows = (_second(each, areas) for each in seconds)
    return Table(name="seconds", columns=(*_SECOND, *figures, *shares, why), rows=rows)


_FIGURES = (
    ("forefoot_share_left_pct", "%", "share of the left foot's load on its forefoot over the last 60 s"),
    ("forefoot_share_right_pct", "%", "share of the right foot's load on its forefoot over the last 60 s"),
    ("load_si_pct", "% of the feet's mean", "load asymmetry over the last 60 s, + = right larger"),
    ("load_left", "", "mean load of the left foot over this second, in `unit`"),
    ("load_right", "", "mean load of the right foot over this second, in `unit`"),
    ("cadence_spm", "steps/min", "steps per minute"),
    ("forefoot_load_60_s_left", "", "mean load of the left forefoot over the last 60 s, in `unit`"),
    ("forefoot_load_60_s_right", "", "mean load of the right forefoot over the last 60 s, in `unit`"),
    ("forefoot_load_15_min_left", "", "mean load of the left forefoot over the last 15 min, in `unit`"),
    ("forefoot_load_15_min_right", "", "mean load of the right forefoot over the last 15 min, in `unit`"),
)


def _second(metrics: Metrics, areas: Sequence[tuple[Side, str]]) -> Row:
    share, load, rolling = metrics.forefoot_share_pct, metrics.load, metrics.forefoot_load
    figures: list[Figure | None] = [share.left, share.right, metrics.load_si_pct, load.left, load.right]
    figures.append(metrics.cadence_spm)
    figures += [None] * 4 if rolling is None else [
        rolling.last_60_s.left, rolling.last_60_s.right, rolling.last_900_s.left, rolling.last_900_s.right,
    ]  # fmt: skip
    stated: list[Value] = []
    for each in figures:
        stated += [None, None] if each is None else [each.value, each.coverage_pct]
    pressed = metrics.sustained
    feet = {} if pressed is None else {Side.LEFT: pressed.left, Side.RIGHT: pressed.right}
    shares = [feet[side].areas_pct.get(area) if side in feet else None for side, area in areas]
    why = [each.reason for each in figures if each is not None and each.value is None]
    why += [each.reason for each in feet.values() if None in each.areas_pct.values()]
    head = (
        metrics.walk, metrics.t_ns, str(metrics.activity), metrics.walking, metrics.steps, metrics.unit,
        str(metrics.calibration),
    )  # fmt: skip
    return (*head, *stated, *shares, "; ".join(dict.fromkeys(filter(None, why))) or None)


def _areas(walks: Sequence[KeptWalk]) -> list[tuple[Side, str]]:
    """Those that any of the summaries names, in their order."""
    found: dict[tuple[Side, str], None] = {}
    for walk in walks:
        sustained = (walk.summary or {}).get("sustained")
        for side in Side:
            named = sustained.get(side) if isinstance(sustained, Mapping) else None
            found |= dict.fromkeys((side, area) for area in (named if isinstance(named, Mapping) else {}))
    return list(found)


def samples_table(blocks: Iterable[Block], cells: int, *, as_codes: bool = False) -> Table:
    """One line a row of a foot. `cells`: of the insole that has most.

    `as_codes`: whole numbers that times `scale` are in `unit`; else the products, to ten significant digits.
    """
    kind = Kind.CODE if as_codes else Kind.NUMBER
    words = "code of the cell of that number; × `scale` in `unit`" if as_codes else "load of that cell, in `unit`"
    columns = (
        whole("t_ns", "time of the row; empty: no clock tells it", "ns UTC"),
        whole("device_ns", "time of the row by the insole's own clock, since its start", "ns"),
        text("side", "the foot"),
        text("insole", "the insole"),
        whole("boot", "the insole's start that counts `seq`", "count"),
        whole("seq", "number of the row since that start", "count"),
        text("unit", "of the cells: raw, N or kPa"),
        number("scale", "of a code, in `unit`"),
        *(Column(name=f"cell_{at}", kind=kind, meaning=words) for at in range(cells)),
    )
    return Table(name="samples", columns=columns, rows=_sample_rows(blocks, cells, as_codes=as_codes))


def _sample_rows(blocks: Iterable[Block], cells: int, *, as_codes: bool) -> Iterator[Row]:
    products: dict[float, dict[int, float]] = {}
    for block in blocks:
        if block.cells > cells:
            raise UnderfootError(
                FaultCode.LAYOUT_MISMATCH, f"{block.insole} sent {block.cells} cells, expected {cells}"
            )
        of_code = products.setdefault(block.scale, {})
        missing = [at for at in range(block.cells) if block.not_measured >> at & 1]
        beyond = (None,) * (cells - block.cells)
        side, unit = str(block.side), str(block.unit)
        for k, codes in enumerate(block.codes.tolist()):
            values: list[Value] = codes if as_codes else [_product(of_code, code, block.scale) for code in codes]
            for at in missing:
                values[at] = None
            since_ns = k * block.ns_per_row
            t_ns = block.t_ns + since_ns if block.time_known else None
            name = (t_ns, block.device_ns + since_ns, side, block.insole, block.boot, block.seq + k)
            yield (*name, unit, block.scale, *values, *beyond)


def _product(known: dict[int, float], code: int, scale: float) -> float:
    found = known.get(code)
    if found is None:
        found = known[code] = float(f"{code * scale:.10g}")
    return found


def cells_table(layouts: Iterable[Layout]) -> Table:
    """Where each cell lies, and what is known about its scale."""
    columns = (
        text("insole", "the insole"),
        text("side", "the foot"),
        text("cell", "column of the samples"),
        text("area", "what it lies under"),
        text("zone", "third of the foot"),
        text("region", "one of ten regions; empty: the layout is too coarse"),
        number("x", "0 medial … 1 lateral", "of the foot's width"),
        number("y", "0 heel … 1 toe", "of the foot's length"),
        number("area_mm2", "area of the cell", "mm²"),
        whole("full_scale", "highest code that it gives"),
        text("unit", "of a code × scale"),
        number("scale", "of a code, in `unit`"),
        text("calibration", "what is known about the scale"),
        number("rate_hz", "nominal rows a second", "Hz"),
    )
    rows: list[Row] = []
    for layout in layouts:
        told = (str(layout.unit), layout.scale, str(layout.calibration), layout.rate_hz)
        for at, cell in enumerate(layout.cells):
            region = None if cell.region is None else str(cell.region)
            place = (cell.area, str(cell.zone), region, cell.x, cell.y, cell.area_mm2, cell.full_scale)
            rows.append((layout.insole, str(layout.side), f"cell_{at}", *place, *told))
    return Table(name="cells", columns=columns, rows=rows)


def books_table(books: Mapping[Side, SideBooks]) -> Table:
    """What of each foot is stored, and what is not."""
    columns = (
        text("side", "the foot"),
        whole("stored", "rows stored; as many lines have the samples", "count"),
        whole("declared", "rows lost for a reason that is known, see gaps", "count"),
        whole("missing", "rows missing, and nobody knows why", "count"),
    )
    rows = [(str(side), each.stored, each.declared, each.missing) for side, each in books.items()]
    return Table(name="books", columns=columns, rows=rows)


def gaps_table(books: Mapping[Side, SideBooks]) -> Table:
    """Rows that are known to be lost."""
    columns = (
        text("side", "the foot"),
        whole("boot", "the insole's start that counts the rows", "count"),
        whole("first_seq", "first row lost", "count"),
        whole("last_seq", "last row lost", "count"),
        text("reason", "why"),
    )
    rows = [
        (str(side), gap.boot, gap.first, gap.last, str(gap.reason)) for side, each in books.items() for gap in each.gaps
    ]
    return Table(name="gaps", columns=columns, rows=rows)
