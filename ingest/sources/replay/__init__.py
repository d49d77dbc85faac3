"""Recordings in files → rows.

In: a file (PhysioNet gaitpdb text, Moticon text export; `.xz` too). Out: a `Recording`: layouts, rows, blocks, faults.
Must not know: radio, broker, figures. A value that cannot be read is a gap with its reason, never a number.
"""

from ingest.sources.replay.reader import SUFFIXES, Unpacked, find_recordings, open_recording, read_recording, unpack
from ingest.sources.replay.recording import EPOCH_2000_NS, Recording, Track

__all__ = [
    "EPOCH_2000_NS",
    "SUFFIXES",
    "Recording",
    "Track",
    "Unpacked",
    "find_recordings",
    "open_recording",
    "read_recording",
    "unpack",
]
