"""Signals of a walk as an EDF+ file (EDF+C, Kemp 2003). Extra `edf`.

The patient's field has the opaque id and `X X X`; times are UTC. A signal's digital numbers are the insole's codes, its
physical range spans all of int16, to the eight characters that the header has. The lowest one is not measured.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.wire.faults import FaultCode, UnderfootError
from processing.export.edf_rows import NOT_MEASURED, Signal, Signals

if TYPE_CHECKING:
    from edfio import EdfSignal

_S = 10**9
_HIGHEST = 32767
_NUDGE = 1 - 1e-12  # edfio rounds the range outwards: 1638.3500000000001 would become 1638.351
_NO_FIELD = re.compile(r"[^A-Za-z0-9_.-]+")


def check_edf() -> None:
    """:raises UnderfootError: DEPENDENCY_MISSING."""
    try:
        import edfio  # noqa: F401
    except ImportError as error:
        raise UnderfootError(FaultCode.DEPENDENCY_MISSING, "pip install 'underfoot[edf]'") from error


def write_edf(path: Path, made: Signals) -> None:
    """:raises UnderfootError: DEPENDENCY_MISSING. :raises OSError: when the disk does."""
    check_edf()
    from edfio import Edf, EdfAnnotation, Patient, Recording

    begun = datetime.fromtimestamp(made.start_t_ns // _S, UTC)
    edf = Edf(
        [_signal(each) for each in made.signals],
        patient=Patient(code=_NO_FIELD.sub("_", made.person)[:60] or "X"),
        recording=Recording(startdate=begun.date(), equipment_code="underfoot", additional=("UTC",)),
        starttime=begun.time(),
        data_record_duration=made.record_s,
        annotations=[EdfAnnotation(each.onset_s, each.duration_s, each.text) for each in made.notes],
    )
    edf.write(path)


def _signal(signal: Signal) -> EdfSignal:
    from edfio import EdfSignal

    step = signal.step * _NUDGE
    return EdfSignal.from_digital(
        signal.digital,
        signal.rate_hz,
        label=_ascii(signal.label, 16),
        transducer_type=_ascii(signal.about, 80),
        physical_dimension=_ascii(signal.unit, 8),
        physical_range=(NOT_MEASURED * step, _HIGHEST * step),
        digital_range=(NOT_MEASURED, _HIGHEST),
        prefiltering=f"none; digital {NOT_MEASURED} is not measured",
    )


def _ascii(words: str, longest: int) -> str:
    return words.encode("ascii", "replace").decode()[:longest].strip()
