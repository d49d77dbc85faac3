"""Tables as Parquet: typed columns, unit and meaning of each in its metadata; not measured is null. Extra `parquet`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.wire.faults import FaultCode, UnderfootError
from processing.export.table import Column, Kind, Row, Table, Value

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = b"underfoot.table/1"
_ROWS_AT_ONCE = 16_384  # a row group: bounds the memory of the writer


def check_parquet() -> None:
    """:raises UnderfootError: DEPENDENCY_MISSING."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise UnderfootError(FaultCode.DEPENDENCY_MISSING, "pip install 'underfoot[parquet]'") from error


def write_parquet(path: Path, table: Table) -> int:
    """How many rows were written.

    :raises UnderfootError: DEPENDENCY_MISSING. :raises OSError: when the disk does.
    """
    check_parquet()
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(table)
    written, waiting = 0, iter(table.rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while rows := list(islice(waiting, _ROWS_AT_ONCE)):
            columns = [_values(rows, at, column) for at, column in enumerate(table.columns)]
            writer.write_table(pa.table([pa.array(v, f.type) for v, f in zip(columns, schema, strict=True)], schema))
            written += len(rows)
    return written


def _schema(table: Table) -> pa.Schema:
    import pyarrow as pa

    types = {
        Kind.TEXT: pa.string(), Kind.WHOLE: pa.int64(), Kind.CODE: pa.int16(), Kind.NUMBER: pa.float64(),
        Kind.YES_NO: pa.bool_(),
    }  # fmt: skip
    fields = [
        pa.field(each.name, types[each.kind], metadata={"unit": each.unit, "meaning": each.meaning})
        for each in table.columns
    ]
    return pa.schema(fields, metadata={b"format": FORMAT, b"table": table.name.encode()})


def _values(rows: Sequence[Row], at: int, column: Column) -> list[Any]:
    values: list[Value] = [row[at] for row in rows]
    if column.kind is Kind.NUMBER:
        return [float(v) if isinstance(v, int | float) and isfinite(v) else None for v in values]
    if column.kind is Kind.TEXT:
        return [None if v is None else str(v) for v in values]
    return values
