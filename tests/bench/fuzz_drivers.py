"""Ten million spoilt packets over all installed drivers: `python tests/bench/fuzz_drivers.py --packets 10000000`.

Both cores, a bar, seeds in the table; a driver that fails is named with the seed that shows it again. What is claimed
stands in `tests/kit/fuzz_kit.py`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "kit")]

from fuzz_kit import Tally, fuzz  # noqa: E402 - after the path to it

from ingest.drivers import registry  # noqa: E402

PACKETS_A_SEED = 50_000
Task = tuple[str, int, int]


def work(task: Task) -> tuple[Task, Tally | None, str]:
    try:
        return task, fuzz(*task), ""
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        return task, None, f"{type(error).__name__}: {error} ({', '.join(getattr(error, '__notes__', []))})"


def tasks_for(packets: int, first_seed: int, names: list[str]) -> list[Task]:
    each = -(-packets // len(names))
    seeds = -(-each // PACKETS_A_SEED)
    size = min(each, PACKETS_A_SEED)
    return [(name, first_seed + number, size) for number in range(seeds) for name in names]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--driver", action="append", choices=sorted(registry.drivers()))
    given = parser.parse_args()
    console = Console()
    names = given.driver or sorted(registry.drivers())
    tasks = tasks_for(given.packets, given.seed, names)
    tallies = {name: Tally() for name in names}
    failures: list[str] = []
    begun_s = time.monotonic()
    columns = (TextColumn("packets"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with multiprocessing.get_context("spawn").Pool(given.jobs) as pool, Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=sum(size for _, _, size in tasks))
        for (name, _, size), tally, failure in pool.imap_unordered(work, tasks):
            progress.advance(bar, size)
            if tally is not None:
                tallies[name] += tally
            else:
                failures.append(failure)
                console.print(f"[red]{failure}")
    last_seed = tasks[-1][1]
    title = f"seeds {given.seed} to {last_seed}, {time.monotonic() - begun_s:.0f} s on {given.jobs} cores"
    table = Table(
        "driver", "packets", "spoilt", "links", "rows", "rows of spoilt, well-formed packets", "faults", title=title
    )
    for name, one in tallies.items():
        counts = (one.packets, one.spoilt, one.links, one.rows, one.untrue_rows, one.faults)
        table.add_row(name, *(f"{count:,}" for count in counts))
    console.print(table)
    console.print(f"{sum(one.packets for one in tallies.values()):,} packets, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
