"""The shape of the code: size of modules, docs of rooms, one door for each library."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest
from tree import PACKAGES, ROOT, imports_of, modules

# library -> where it may be imported (prefixes of the module's path)
DOORS = {
    "dbus_fast": ("ingest/sources/radio/",),
    "smpclient": ("ingest/firmware/",),
    "smp": ("ingest/firmware/",),
    "cbor2": ("ingest/sources/virtual/",),
    "apprise": ("processing/notify/apprise_door.py",),
    "bleak": ("ingest/sources/radio/",),
    "bumble": ("ingest/sources/virtual/", "ingest/sources/radio/bumble_backend.py"),
    "aiomqtt": ("ingest/publish.py", "processing/subscribe.py"),
    "influxdb_client": ("processing/store/influx",),
    "pydantic": ("underfoot/settings.py",),
    "starlette": ("underfoot/web/",),
    "uvicorn": ("underfoot/web/",),
    "jinja2": ("underfoot/web/",),
    "sqlite3": (
        "ingest/spool_file.py",
        "ingest/ledger.py",
        "ingest/held.py",
        "ingest/books.py",
        "processing/store/",
        "underfoot/accounts/",
    ),
    "pyarrow": ("processing/store/", "processing/export/parquet_file.py"),
    "edfio": ("processing/export/edf_file.py",),
    "pylsl": ("processing/export/lsl.py",),
}


def test_a_module_has_at_most_300_lines() -> None:
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in modules()}
    median = statistics.median(lengths.values())
    print(f"{len(lengths)} modules, median {median:.0f} lines, longest {max(lengths.values())}")
    too_long = {path: length for path, length in lengths.items() if length > 300}
    assert not too_long, "each wants a second module"


@pytest.mark.parametrize("library", DOORS)
def test_a_library_has_one_door(library: str) -> None:
    elsewhere = [
        path
        for path in modules()
        if library in {name.partition(".")[0] for name in imports_of(ROOT / path)}
        and not path.startswith(DOORS[library])
    ]
    assert not elsewhere, f"{library} belongs in {DOORS[library]}"


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("ingest/wire/", ("ingest.wire",)),
        ("ingest/drivers/", ("ingest.wire", "ingest.drivers", "ingest.events")),
        ("ingest/", ("ingest",)),
        ("processing/", ("processing", "ingest.wire")),
    ],
)
def test_imports_run_one_way(who: str, sees: tuple[str, ...]) -> None:
    allowed = tuple(f"{name}." for name in sees)
    wrong = [
        f"{path} imports {name}"
        for path in modules()
        if path.startswith(who)
        for name in imports_of(ROOT / path)
        if name.partition(".")[0] in PACKAGES and not f"{name}.".startswith(allowed)
    ]
    assert not wrong


def test_the_rule_of_doors_sees_every_way_to_import(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text("import a.b as c\nfrom d.e import f\ndef g():\n    import h\n")
    assert imports_of(file) == {"a.b", "d.e", "h"}


def rooms() -> list[Path]:
    return sorted({(ROOT / path).parent for path in modules()})


@pytest.mark.parametrize("room", rooms(), ids=lambda room: str(room.relative_to(ROOT)))
def test_a_room_says_what_comes_in_and_what_goes_out(room: Path) -> None:
    init = room / "__init__.py"
    assert init.is_file(), "a room is a package"
    words = ast.get_docstring(ast.parse(init.read_text())) or ""
    assert words or (room / "README.md").is_file(), "a README or a docstring is missing"
    assert len(words.splitlines()) <= 6, "six lines are enough; more belongs in a README"


def test_tests_mirror_the_rooms_and_are_no_packages() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names)), "base names of tests are unique"


def test_every_package_is_checked() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found == set(PACKAGES)
