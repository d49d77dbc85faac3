"""Points as lines of InfluxDB's line protocol. Pure; about a tenth of the client's own cost per point."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.wire.faults import FaultCode, UnderfootError
from processing.store.series import Point

_IN_NAME = str.maketrans({",": r"\,", " ": r"\ "})
_IN_KEY = str.maketrans({",": r"\,", " ": r"\ ", "=": r"\="})
_RESERVED = {"time", "_field", "_measurement"}  # servers drop or refuse these, some of them silently


def line_of(point: Point) -> str | None:
    """One line, time in ns; None when nothing in it was measured.

    :raises UnderfootError: STORE_REFUSED for names that the protocol cannot carry.
    """
    fields = point.measured()
    if not fields:
        return None
    name = _safe(point.name).translate(_IN_NAME)
    if name.startswith("#"):
        raise UnderfootError(FaultCode.STORE_REFUSED, f"{point.name!r} would be a comment")
    tags = "".join(f",{_key(key)}={_key(value)}" for key, value in _tags(point).items())
    values = ",".join(f"{_key(key)}={value!r}" for key, value in fields.items())
    return f"{name}{tags} {values} {point.t_ns}"


def _tags(point: Point) -> Mapping[str, str]:
    """Sorted, so that the same series is always the same words; an empty tag is no tag."""
    tags = {**point.tags, "person": point.person}
    for key in (*tags, *point.fields):
        if key in _RESERVED:
            raise UnderfootError(FaultCode.STORE_REFUSED, f"{key!r} is a reserved name")
    return {key: tags[key] for key in sorted(tags) if tags[key]}


def _key(text: str) -> str:
    return _safe(text).translate(_IN_KEY)


def _safe(text: str) -> str:
    if not text or text.endswith("\\") or not text.isprintable():
        raise UnderfootError(FaultCode.STORE_REFUSED, f"{text!r} cannot stand in a line")
    return text
