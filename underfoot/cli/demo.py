"""`underfoot demo`: everything at once, nothing needed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.cli._front import FiniteRange, Front, json_option, print_json
from underfoot.places import Places

_STORY_S = 180.0


@click.command(name="demo")
@click.option("--seconds", type=FiniteRange(min=2.0), help="End after so long; left out: Ctrl-C ends it.")
@click.option(
    "--walk",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A recorded walk to wear, not the story.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the data here; left out: in the data folder, apart.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="The page's port.")
@json_option
@click.pass_obj
def command(
    front: Front, *, seconds: float | None, walk: Path | None, data: Path | None, port: int | None, as_json: bool
) -> None:
    """Two virtual insoles, a broker, processing, alerts, the store and the page, in this one process.

    With --json there is no page; it ends by itself and prints the books, the walk's summary and the alerts.
    """
    data_dir = data or Places(front.settings().data_dir).new_demonstration(datetime.now(UTC)).data_dir
    settings = front.settings(
        {
            "data_dir": str(data_dir),
            "radio.kind": "virtual",
            "rules.preset": "demo",
            "web.port": port,
            "log.level": "warning",  # the story is told in its own words
        }
    )
    result = asyncio.run(_demonstrate(settings, seconds, walk, as_json))
    click.echo(f"Kept in {data_dir}; `underfoot replay --stored latest` summarises the walk again.", err=True)
    if as_json:
        print_json({name: result[name] for name in ("books", "walk", "alerts")})
    else:
        _print_books(result)


def _print_books(result: dict[str, Any]) -> None:
    click.echo("\nThe books: rows of samples from the insoles to the store")
    click.echo(f"{'':<11}" + "".join(f"{side:>10}" for side in result["why"]))
    for name, sides in result["books"].items():
        click.echo(f"{name:<11}" + "".join(f"{rows:>10}" for rows in sides.values()))
    for side, why in result["why"].items():
        if why:
            click.echo(f"Missing on the {side}: {why}.")


async def _demonstrate(settings: Any, seconds: float | None, walk: Path | None, as_json: bool) -> dict[str, Any]:
    try:
        from underfoot import compose
        from underfoot.demo import USUAL, Plan, demonstrate
        from underfoot.story import tell as tell_story
        from underfoot.virtual_pair import acted, recorded
    except ModuleNotFoundError as error:
        raise UnderfootError(FaultCode.DEPENDENCY_MISSING, "pip install 'underfoot[virtual]'") from error
    until_s = seconds if seconds or not as_json else _STORY_S
    story = None if walk else tell_story(until_s or _STORY_S)
    plan = Plan(
        walks=recorded(walk, seconds) if walk else acted(story),
        seconds=None if walk else until_s,
        story=story,
        usual=None if walk else USUAL,
        with_page=not as_json,
    )
    with compose.stop_signals() as enough:
        return await demonstrate(settings, plan, lambda words: click.echo(words, err=True), enough)
