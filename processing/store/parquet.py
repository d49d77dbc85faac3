"""A walk as one Parquet file of our own: the cold end of recordings, and what a person takes away.

A row of the file is a block. `codes` holds its int16 numbers cell by cell (all rows of the first cell, then of the
next …), so that BYTE_STREAM_SPLIT and zstd find the runs. Layouts stand in the file's metadata as JSON. Needs the
extra `parquet`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ingest.wire.block import Block, GapReason, Origin
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side, Unit
from ingest.wire.messages import Layout

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = b"underfoot.walk/1"
_BLOCKS_AT_ONCE = 512  # a row group: bounds the memory of writer and reader
_WORDS = ("insole", "side", "unit", "not_measured", "origin", "lost_reason")
_INTEGERS = ("boot", "seq", "ticks", "tick_ns", "t_ns", "ns_per_row", "rows", "cells", "lost_before", "t_error_ns")
_OTHERS = ("scale", "time_known")
_NEWER = "time_known"  # a file from before has no such rows


def available() -> bool:
    """Whether pyarrow is installed."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        return False
    return True


def write_walk(path: Path, blocks: Iterable[Block], layouts: Sequence[Layout]) -> None:
    """Write a walk; the file is there whole and durable, or not at all. Blocks keep their order.

    :raises UnderfootError: DISK_FULL, FILE_UNREADABLE, DEPENDENCY_MISSING.
    """
    _needs_pyarrow()
    partial = path.with_name(path.name + ".partial")
    try:
        _write(partial, blocks, layouts)
        partial.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise UnderfootError(FaultCode.DISK_FULL if full else FaultCode.FILE_UNREADABLE, f"{path}: {error}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def read_walk(path: Path) -> tuple[list[Layout], Iterator[Block]]:
    """Layouts, and blocks as they were written, streamed.

    :raises UnderfootError: FILE_UNREADABLE (also later, from the iterator), PAYLOAD_VERSION, DEPENDENCY_MISSING.
    """
    _needs_pyarrow()
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path}: {error}") from error
    told = file.schema_arrow.metadata or {}
    if told.get(b"format") != FORMAT:
        file.close()
        raise UnderfootError(FaultCode.PAYLOAD_VERSION, f"{path} is not {FORMAT.decode()}")
    try:
        layouts = msgspec.json.decode(told.get(b"layouts", b"[]"), type=list[Layout])
    except msgspec.DecodeError as error:
        file.close()
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path}: {error}") from error
    return layouts, _read(path, file)


def _needs_pyarrow() -> None:
    if not available():
        raise UnderfootError(FaultCode.DEPENDENCY_MISSING, "pyarrow, the extra `parquet`")


def _schema(layouts: Sequence[Layout]) -> pa.Schema:
    import pyarrow as pa

    fields = [(name, pa.string()) for name in _WORDS] + [(name, pa.int64()) for name in _INTEGERS]
    told = {b"format": FORMAT, b"layouts": msgspec.json.encode(list(layouts))}
    others = [("scale", pa.float64()), ("time_known", pa.bool_()), ("codes", pa.list_(pa.int16()))]
    return pa.schema([*fields, *others], metadata=told)


def _write(path: Path, blocks: Iterable[Block], layouts: Sequence[Layout]) -> None:
    import pyarrow.parquet as pq

    schema = _schema(layouts)
    encodings = {
        "codes.list.element": "BYTE_STREAM_SPLIT",
        "scale": "BYTE_STREAM_SPLIT",
        **dict.fromkeys(_INTEGERS, "DELTA_BINARY_PACKED"),
    }
    with (
        path.open("wb") as file,
        pq.ParquetWriter(
            file, schema, compression="zstd", use_dictionary=list(_WORDS), column_encoding=encodings
        ) as writer,
    ):
        waiting = iter(blocks)
        while chunk := list(islice(waiting, _BLOCKS_AT_ONCE)):
            writer.write_table(_table(chunk, schema))
        writer.close()  # the footer, before the sync
        file.flush()
        os.fsync(file.fileno())


def _table(blocks: list[Block], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    ends = np.cumsum([0] + [block.codes.size for block in blocks], dtype=np.int32)
    numbers = np.concatenate([block.codes.T.ravel() for block in blocks])
    columns: dict[str, Any] = {name: [getattr(block, name) for block in blocks] for name in (*_INTEGERS, *_OTHERS)}
    columns["not_measured"] = [format(block.not_measured, "x") for block in blocks]
    for name in ("insole", "side", "unit", "origin", "lost_reason"):
        values = [getattr(block, name) for block in blocks]
        columns[name] = [None if value is None else str(value) for value in values]
    columns["codes"] = pa.ListArray.from_arrays(pa.array(ends), pa.array(numbers, pa.int16()))
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _read(path: Path, file: Any) -> Iterator[Block]:
    import pyarrow as pa

    try:
        for batch in file.iter_batches(_BLOCKS_AT_ONCE):
            codes = batch.column("codes")
            numbers, ends = codes.values.to_numpy(), codes.offsets.to_numpy()
            names = [name for name in (*_WORDS, *_INTEGERS, *_OTHERS) if name in batch.schema.names or name != _NEWER]
            columns = {name: batch.column(name).to_pylist() for name in names}
            for at in range(batch.num_rows):
                yield _block({name: column[at] for name, column in columns.items()}, numbers[ends[at] : ends[at + 1]])
    except (OSError, pa.ArrowException, KeyError, ValueError, TypeError) as error:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path}: {error}") from error
    finally:
        file.close()


def _block(row: dict[str, Any], numbers: np.ndarray[Any, np.dtype[np.int16]]) -> Block:
    rows, cells = row.pop("rows"), row.pop("cells")
    codes = np.ascontiguousarray(numbers.reshape(cells, rows).T)
    codes.flags.writeable = False
    reason = row.pop("lost_reason")
    return Block(
        codes=codes,
        side=Side(row.pop("side")),
        unit=Unit(row.pop("unit")),
        origin=Origin(row.pop("origin")),
        not_measured=int(row.pop("not_measured"), 16),
        lost_reason=None if reason is None else GapReason(reason),
        **row,
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
