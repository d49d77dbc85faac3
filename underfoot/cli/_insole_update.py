"""`underfoot insole update`: new firmware into one insole, and in one sentence how that ended."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.cli._bar import Bar, bar
from underfoot.cli._front import Exit, Front, json_option, print_json
from underfoot.cli._insole_target import settings_for, target_options
from underfoot.radio import driver_for, meant_by, no_service, open_radio
from underfoot.settings import Settings

if TYPE_CHECKING:
    from ingest.firmware.image import FirmwareImage
    from ingest.firmware.stages import Outcome, Progress

_SCAN_S = 4.0
_WORDS = {
    "checking": "Checking battery, version and that nobody wears it",
    "uploading": "Uploading",
    "marking": "Marking it for a try",
    "restarting": "Restarting",
    "proving": "Watching whether the new firmware works",
    "confirming": "Keeping it",
    "rolling-back": "Going back to the old firmware",
}
_ENDS = {
    "updated": (Exit.FINE, "The insole runs {runs} and keeps it."),
    "up-to-date": (Exit.FINE, "The insole runs this very firmware already ({runs})."),
    "refused": (Exit.FAILED, "Nothing was changed; the insole runs {runs}."),
    "interrupted": (Exit.LATER, "The update stopped half-way; the insole runs {runs}, start it again to go on."),
    "rolled-back": (Exit.FAILED, "The new firmware did not show that it works; the insole is back on {runs}."),
    "not-heard": (Exit.UNREACHABLE, "The insole has not come back yet; charge it, wait some minutes and look at it."),
}


@click.command(short_help="New firmware into it.")
@target_options
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--allow-older", is_flag=True, help="Also to an older version, or to the same again.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def update(front: Front, /, *, insole: str, driver: str | None, radio: str | None, **said: Any) -> None:
    """Put a signed firmware image (.bin, MCUboot) into the insole, try it, and keep it only if it works.

    Take the shoe off and lay it near the hub. Whatever breaks off leaves the old firmware running. Exit code 0 when
    the insole runs the image, 1 refused or rolled back, 69 not heard again, 75 interrupted: start it again.
    """
    try:
        from ingest.firmware.image import read_image
    except ModuleNotFoundError as error:
        raise UnderfootError(FaultCode.DEPENDENCY_MISSING, "pip install 'underfoot[update]'") from error
    settings = settings_for(front, radio, driver)
    image = read_image(said["file"])
    if not said["yes"]:
        click.confirm(f"Update {insole} to version {image.version}?", err=True, abort=True)
    outcome = asyncio.run(_update(settings, insole, image, said["seconds"], allow_older=said["allow_older"]))
    code, sentence = _ENDS[outcome.stage]
    if said["as_json"]:
        fault = None if outcome.fault is None else {"code": outcome.fault.code, "detail": outcome.fault.detail}
        print_json({"ended": outcome.stage, "runs": outcome.runs, "fault": fault})
    else:
        click.echo(sentence.format(runs=outcome.runs or "what it ran before"))
    if outcome.fault is not None:
        click.echo(str(outcome.fault), err=True)
    if code is not Exit.FINE:
        sys.exit(code)


async def _update(
    settings: Settings, insole: str, image: FirmwareImage, seconds: float, *, allow_older: bool
) -> Outcome:
    from ingest.firmware.updater import Policy, Updater
    from ingest.sources.radio.updating import OverTheRadio

    meant = meant_by(insole, settings)
    policy = Policy(allow_older=allow_older, search_s=seconds)
    with no_service(settings), bar("Connecting", time_left=True) as line:
        async with open_radio(settings) as radio:
            driver = await driver_for(meant, radio.adapter, min(seconds, _SCAN_S))
            there = OverTheRadio(radio.adapter, driver, meant.is_it, radio.now_ns)
            return await Updater(there, image, policy, lambda progress: _show(line, progress)).run()


def _show(line: Bar, progress: Progress) -> None:
    words = _WORDS.get(progress.stage, str(progress.stage))
    if progress.total_octets:
        kb = f"{progress.done_octets / 1000:.0f} of {progress.total_octets / 1000:.0f} kB"
        line.show(f"{words}, {kb}", progress.done_octets, progress.total_octets)
    else:
        line.show(words)
