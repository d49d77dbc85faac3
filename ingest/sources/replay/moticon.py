"""Moticon OpenGo text export: one line each 10 ms, 16 pressures a foot in N/cm²; blank cells are not measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from ingest.sources.replay.recording import Recording, Track
from ingest.wire.block import GapReason
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Cell, Side, Unit, checksum, region_at, zone_of
from ingest.wire.messages import Layout

STEP_KPA = 2.5  # the export counts in 0.25 N/cm²
_CELLS = 16
_CODES_PER_N_CM2 = 4
_TICKS_PER_S = 10_000
_CODE_MAX = 32_767

# Effective areas (cm²) and places of the cells, found by regression of total force and centre of pressure on the
# pressures (sensor_estimates.csv beside the recordings). X: heel −0.5 … toe +0.5; Y: lateral −0.5 … medial +0.5.
_PLACES = (
    (-0.404, 0.109),
    (-0.416, -0.166),
    (-0.265, 0.089),
    (-0.288, -0.225),
    (-0.125, 0.061),
    (-0.152, -0.273),
    (0.080, 0.242),
    (-0.012, -0.392),
    (0.256, 0.274),
    (0.241, 0.064),
    (0.226, -0.116),
    (0.207, -0.294),
    (0.170, -0.462),
    (0.413, 0.178),
    (0.408, -0.082),
    (0.359, -0.312),
)
_AREAS_CM2 = {
    Side.LEFT: (
        *(12.368, 11.052, 13.358, 13.123, 13.122, 13.021, 17.955, 18.225),
        *(15.668, 12.417, 12.499, 12.663, 10.230, 10.131, 12.490, 6.491),
    ),
    Side.RIGHT: (
        *(12.365, 11.052, 13.359, 13.121, 13.132, 13.024, 17.908, 18.214),
        *(15.657, 12.422, 12.506, 12.669, 10.235, 10.126, 12.508, 6.468),
    ),
}


def recognise(head: bytes) -> bool:
    """Whether the comment lines name the columns of such an export."""
    return head.startswith(b"#") and b"left pressure 1[N/cm" in head[:16_384]


def read(text: bytes, name: str, start_t_ns: int, faults: FaultBook) -> Recording:
    """The recording; a line without pressures of a foot is a gap of that foot."""
    lines = text.decode("utf-8", errors="replace").split("\n")
    whole = not lines[-1].strip()
    places, columns = _columns(lines)
    feet = {side: _Foot() for side in Side}
    data = [line for line in lines if line.strip() and not line.startswith("#")]
    origin = latest = None
    for number, line in enumerate(data):
        words = line.rstrip("\r").split("\t")
        if len(words) != columns:
            torn = number == len(data) - 1 and not whole
            code = FaultCode.FILE_TORN_LINE if torn else FaultCode.FILE_COLUMNS
            faults.note(Fault(code, f"data line {number + 1}"))
            continue
        time = _number(words[0])
        if time is None:
            faults.note(Fault(FaultCode.FILE_NOT_A_NUMBER, f"time in data line {number + 1}"))
            continue
        if latest is not None and time <= latest:
            faults.note(Fault(FaultCode.TIME_BACKWARDS, f"data line {number + 1}: {time} s after {latest} s"))
            continue
        latest = time
        origin = time if origin is None else origin
        for side, foot in feet.items():
            if not foot.take(number, round((time - origin) * _TICKS_PER_S), words[places[side]]):
                faults.note(Fault(FaultCode.FILE_NOT_A_NUMBER, f"{side} in data line {number + 1}"))
    return Recording(
        name=name,
        layouts={side: _layout(name, side) for side in Side},
        tracks={side: foot.track() for side, foot in feet.items()},
        start_t_ns=start_t_ns,
        faults=faults,
    )


@dataclass(slots=True)
class _Foot:
    seq: list[int] = field(default_factory=list)
    ticks: list[int] = field(default_factory=list)
    codes: list[list[int]] = field(default_factory=list)
    masks: list[int] = field(default_factory=list)

    def take(self, number: int, ticks: int, words: list[str]) -> bool:
        """Add a row; False when a value in it cannot be read. All blank: no row, and nothing wrong."""
        mask = 0
        codes = []
        for cell, word in enumerate(words):
            value = _number(word) if word.strip() else 0.0
            code = -1 if value is None else round(value * _CODES_PER_N_CM2)
            if not 0 <= code <= _CODE_MAX:
                return False
            codes.append(code)
            mask |= 0 if word.strip() else 1 << cell
        if mask != (1 << _CELLS) - 1:
            self.seq.append(number)
            self.ticks.append(ticks)
            self.codes.append(codes)
            self.masks.append(mask)
        return True

    def track(self) -> Track:
        return Track(
            seq=np.array(self.seq, dtype=np.int64),
            ticks=np.array(self.ticks, dtype=np.int64),
            codes=np.array(self.codes, dtype=np.int16).reshape(-1, _CELLS),
            not_measured=np.array(self.masks, dtype=np.int64) if any(self.masks) else None,
            gaps_are=GapReason.SOURCE,
        )


def _columns(lines: list[str]) -> tuple[dict[Side, slice], int]:
    header = next((line for line in lines if line.startswith("# time\t")), None)
    titles = [] if header is None else header.lstrip("# ").rstrip("\r").split("\t")
    places: dict[Side, slice] = {}
    for side in Side:
        first = next((at for at, title in enumerate(titles) if title.startswith(f"{side} pressure 1[")), None)
        if first is None or not all(title.startswith(f"{side} pressure ") for title in titles[first : first + _CELLS]):
            raise UnderfootError(
                FaultCode.FILE_UNREADABLE, f"the export names no {_CELLS} pressures of the {side} foot"
            )
        places[side] = slice(first, first + _CELLS)
    return places, len(titles)


def cells_of(side: Side) -> tuple[Cell, ...]:
    """The 16 cells of an insole, whichever way its pressures come here."""
    return tuple(
        _cell(y=x_heel_to_toe + 0.5, x=0.5 - y_to_medial, area_cm2=area_cm2)
        for (x_heel_to_toe, y_to_medial), area_cm2 in zip(_PLACES, _AREAS_CM2[side], strict=True)
    )


def _layout(name: str, side: Side) -> Layout:
    cells = cells_of(side)
    return Layout(
        insole=f"moticon:{name}:{side}",
        side=side,
        cells=cells,
        unit=Unit.KILOPASCAL,
        scale=STEP_KPA,
        rate_hz=100.0,
        calibration=Calibration.MAKER,
        checksum=checksum(cells),
        model="Moticon OpenGo",
    )


def _cell(x: float, y: float, area_cm2: float) -> Cell:
    region = region_at(x, y)
    return Cell(
        area=str(region),
        zone=zone_of(region),
        x=round(x, 3),
        y=round(y, 3),
        region=region,
        area_mm2=round(area_cm2 * 100, 1),
        full_scale=_CODE_MAX,
    )


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if isfinite(number) else None
