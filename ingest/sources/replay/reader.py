"""From a path to a `Recording`: opening, unpacking, and finding out which format it is."""

from __future__ import annotations

import lzma
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.sources.replay import gaitpdb, moticon
from ingest.sources.replay.recording import EPOCH_2000_NS, Recording
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError

SUFFIXES = (".txt", ".txt.xz")
_LARGEST_BYTES = 512 * 2**20  # unpacked; more than a day of walking, less than this machine's memory
_PIECE = 2**20


def find_recordings(path: Path) -> list[Path]:
    """The file itself, or every recording below a folder, by name.

    :raises UnderfootError: FILE_UNREADABLE when there is nothing.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path}: no such file or folder")
    found = sorted(
        file for file in path.rglob("*") if file.name.endswith(SUFFIXES) and file.is_file() and _looks_right(file)
    )
    if not found:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path}: no recording in this folder")
    return found


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A file's text, not yet read; `faults` gets what is wrong with it, now and when it is read."""

    path: Path
    text: bytes
    faults: FaultBook


def open_recording(path: Path | str, seconds: float | None = None, start_t_ns: int = EPOCH_2000_NS) -> Recording:
    """Read a recording; its first row lies at `start_t_ns`, rows `seconds` or more after it are left out.

    What cannot be read is noted in `Recording.faults` and left out as a gap.

    :raises UnderfootError: FILE_UNREADABLE, FILE_EMPTY when nothing of it can be used.
    """
    return read_recording(unpack(Path(path)), seconds, start_t_ns)


def unpack(path: Path) -> Unpacked:
    """The first half of `open_recording`: file and lzma only, so a thread can do it while another computes.

    :raises UnderfootError: FILE_UNREADABLE, FILE_EMPTY.
    """
    faults = FaultBook()
    text = _unpacked(path, faults)
    if not text.strip():
        raise UnderfootError(FaultCode.FILE_EMPTY, str(path))
    return Unpacked(path, text, faults)


def read_recording(file: Unpacked, seconds: float | None = None, start_t_ns: int = EPOCH_2000_NS) -> Recording:
    """The second half of `open_recording`.

    :raises UnderfootError: FILE_UNREADABLE, FILE_EMPTY.
    """
    path, text, faults = file.path, file.text, file.faults
    name = path.name.removesuffix(".xz").removesuffix(".txt")
    if moticon.recognise(text):
        recording = moticon.read(text, name, start_t_ns, faults)
    elif gaitpdb.recognise(text):
        recording = gaitpdb.read(text, name, start_t_ns, faults)
    else:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path}: not a format that is known")
    if not any(track.seq.size for track in recording.tracks.values()):
        raise UnderfootError(FaultCode.FILE_EMPTY, f"{path}: no row can be used")
    return recording if seconds is None else _shortened(recording, seconds)


def _looks_right(file: Path) -> bool:
    # notes and licences lie beside recordings as .txt; a damaged .xz must still be tried, so that it is reported
    if file.name.endswith(".xz"):
        return True
    try:
        with file.open("rb") as opened:
            head = opened.read(16_384)
    except OSError:
        return True
    return not head.strip() or gaitpdb.recognise(head) or moticon.recognise(head)


def _unpacked(path: Path, faults: FaultBook) -> bytes:
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path}: {error.strerror}") from error
    if not path.name.endswith(".xz") or not packed:
        return packed
    unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ)
    pieces: list[bytes] = []
    size = 0
    try:
        while not unpacker.eof and size < _LARGEST_BYTES:
            piece = unpacker.decompress(packed, max_length=_PIECE)
            packed = b""
            if not piece and unpacker.needs_input and not pieces:
                raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path}: the packed file ends too early")
            if not piece and unpacker.needs_input:
                faults.note(Fault(FaultCode.FILE_UNREADABLE, f"{path}: the packed file ends too early"))
                break
            pieces.append(piece)
            size += len(piece)
    except lzma.LZMAError as error:
        if not pieces:
            raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path}: {error}") from error
        faults.note(Fault(FaultCode.FILE_UNREADABLE, f"{path}: damaged from byte {size} on"))
    if size >= _LARGEST_BYTES:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path}: longer than {_LARGEST_BYTES} bytes")
    return b"".join(pieces)


def _shortened(recording: Recording, seconds: float) -> Recording:
    return replace(recording, tracks={side: track.before(seconds) for side, track in recording.tracks.items()})
