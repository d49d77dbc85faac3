"""A walk as one file: the same blocks again, and clear words for a file that is not one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from store_kit import layout, odd_block, told, walk_of

from ingest.wire.block import Block
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.store import parquet
from processing.store.parquet import read_walk, write_walk

LAYOUTS = [layout(Side.LEFT), layout(Side.RIGHT)]


def test_gives_back_blocks_and_layouts(tmp_path: Path) -> None:
    taken = [*walk_of(600), odd_block()]
    write_walk(tmp_path / "walk.parquet", iter(taken), LAYOUTS)
    layouts, blocks = read_walk(tmp_path / "walk.parquet")
    assert layouts == LAYOUTS
    assert told(blocks) == told(taken)
    assert [file.name for file in tmp_path.iterdir()] == ["walk.parquet"]


def test_a_walk_without_rows_is_a_file_too(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.parquet", [], [])
    layouts, blocks = read_walk(tmp_path / "walk.parquet")
    assert (layouts, list(blocks)) == ([], [])


def test_any_reader_of_parquet_can_open_it(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.parquet", walk_of(3), LAYOUTS)
    file = pq.ParquetFile(tmp_path / "walk.parquet")
    codes = next(
        file.metadata.row_group(0).column(i)
        for i in range(file.metadata.num_columns)
        if file.metadata.row_group(0).column(i).path_in_schema.startswith("codes")
    )
    assert "BYTE_STREAM_SPLIT" in codes.encodings
    assert codes.compression == "ZSTD"
    first = file.read().to_pylist()[0]
    assert (first["insole"], first["side"], first["rows"], len(first["codes"])) == ("insole-left", "left", 20, 320)
    file.close()


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    def breaking() -> Iterator[Block]:
        yield from walk_of(600)
        raise KeyboardInterrupt

    path = tmp_path / "walk.parquet"
    write_walk(path, walk_of(1), LAYOUTS)
    with pytest.raises(KeyboardInterrupt):
        write_walk(path, breaking(), LAYOUTS)
    assert told(read_walk(path)[1]) == told(walk_of(1))
    assert [file.name for file in tmp_path.iterdir()] == ["walk.parquet"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here to stand in for a full disk")
def test_no_room_is_told_as_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "walk.parquet"
    path.with_name("walk.parquet.partial").symlink_to("/dev/full")
    with pytest.raises(UnderfootError) as caught:
        write_walk(path, walk_of(600), LAYOUTS)
    assert caught.value.code is FaultCode.DISK_FULL
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnderfootError) as caught:
        write_walk(tmp_path / "none" / "walk.parquet", walk_of(1), LAYOUTS)
    assert caught.value.code is FaultCode.FILE_UNREADABLE


@pytest.mark.parametrize("content", [b"", b"PAR1", os.urandom(5000)])
def test_what_is_not_parquet_is_unreadable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "walk.parquet").write_bytes(content)
    with pytest.raises(UnderfootError) as caught:
        read_walk(tmp_path / "walk.parquet")
    assert caught.value.code is FaultCode.FILE_UNREADABLE


def test_damage_in_the_middle_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "walk.parquet"
    write_walk(path, walk_of(600), LAYOUTS)
    content = bytearray(path.read_bytes())
    content[1000:6000] = os.urandom(5000)
    path.write_bytes(content)
    with pytest.raises(UnderfootError) as caught:
        list(read_walk(path)[1])
    assert caught.value.code is FaultCode.FILE_UNREADABLE


def test_parquet_of_somebody_else_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "theirs.parquet")
    with pytest.raises(UnderfootError) as caught:
        read_walk(tmp_path / "theirs.parquet")
    assert caught.value.code is FaultCode.PAYLOAD_VERSION


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "available", lambda: False)
    for ask in (lambda: write_walk(tmp_path / "w", [], []), lambda: read_walk(tmp_path / "w")):
        with pytest.raises(UnderfootError, match="extra `parquet`") as caught:
            ask()
        assert caught.value.code is FaultCode.DEPENDENCY_MISSING
