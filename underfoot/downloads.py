"""One export as one file to be sent: made in a folder of its own, which is gone before the first byte leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from processing.export.csv_file import write_csv
from processing.export.extract import Extract
from processing.export.table import Table
from underfoot.exporting import Asked, Stores, signals, span_tables, walk_set
from underfoot.places import Places

_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


class Format(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    EDF = "edf"
    FHIR = "fhir"


PACKAGES = {Format.PARQUET: "pyarrow", Format.EDF: "edfio"}  # by the extra of the same name
MEDIA = {
    Format.CSV: "application/zip",
    Format.PARQUET: "application/zip",
    Format.EDF: "application/octet-stream",
    Format.FHIR: "application/fhir+json",
}
_ENDINGS = {Format.CSV: "-csv.zip", Format.PARQUET: "-parquet.zip", Format.EDF: ".edf", Format.FHIR: ".fhir.json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """An open file that has no name any more; close it."""

    name: str
    size: int
    file: BinaryIO


def missing() -> frozenset[Format]:
    """Formats whose extra is not installed here."""
    return frozenset(kind for kind, package in PACKAGES.items() if find_spec(package) is None)


def made(places: Places, kind: Format, asked: Asked) -> Download:
    """EDF wants a walk.

    :raises UnderfootError: DEPENDENCY_MISSING, NOTHING_STORED, UNKNOWN_NAME, CLOCK_UNKNOWN, STORE_DAMAGED.
    :raises OSError: when the disk does.
    """
    with closing(Stores(places)) as stores, TemporaryDirectory(prefix="underfoot-export-") as folder:
        taken = stores.extract(asked)
        file = Path(folder) / "export"
        _write(file, kind, stores, taken, one=asked.walk is not None)
        name = taken.walks[0].walk if asked.walk is not None else f"{taken.person}-{taken.first}-{taken.last}"
        size = file.stat().st_size
        return Download(name=f"underfoot-{_NO_NAME.sub('_', name)}{_ENDINGS[kind]}", size=size, file=file.open("rb"))


def _write(file: Path, kind: Format, stores: Stores, taken: Extract, *, one: bool) -> None:
    if kind is Format.EDF:
        from processing.export.edf_file import check_edf, write_edf

        check_edf()
        write_edf(file, signals(stores, taken))
    elif kind is Format.FHIR:
        from processing.export.fhir import bundle, write_bundle

        write_bundle(file, bundle(taken))
    else:
        as_codes = kind is Format.PARQUET
        tables = walk_set(stores, taken, as_codes=as_codes) if one else span_tables(taken)
        _zip(file, tables, kind)


def _zip(file: Path, tables: tuple[Table, ...], kind: Format) -> None:
    write: Callable[[Path, Table], int] = write_csv
    if kind is Format.PARQUET:
        from processing.export.parquet_file import check_parquet, write_parquet

        check_parquet()
        write = write_parquet
    part = file.with_name("part")
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=3) as archive:
        for table in tables:
            write(part, table)
            archive.write(part, f"{table.name}.{kind}")
            part.unlink()
