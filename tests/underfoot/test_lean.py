"""A half of the service does not load what only other commands or settings need: memory and start on a small hub."""

from __future__ import annotations

import subprocess
import sys

import pytest

# each of these is a feature of its own: update, virtual insoles, archives, a server for series, channels, the page
_OF_OTHERS = {
    *("smpclient", "smp", "bumble", "pyarrow", "influxdb_client", "reactivex", "apprise"),
    *("starlette", "jinja2", "uvicorn"),
}


@pytest.mark.parametrize("rooms", ["underfoot.cli.ingest, underfoot.real_feet", "underfoot.cli.processing"])
def test_only_what_it_needs_is_loaded(rooms: str) -> None:
    code = (
        f"import sys, {rooms}, underfoot.compose; from underfoot.settings import load; load(); "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not _OF_OTHERS & set(done.stdout.split())
