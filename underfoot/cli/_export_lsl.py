"""`underfoot export lsl`: live rows of both feet for a laboratory's recorder."""

from __future__ import annotations

import asyncio
import contextlib
import time

import click

from ingest.wire.alerts import Alert
from ingest.wire.codec import to_block
from ingest.wire.messages import Layout, Samples
from ingest.wire.topics import Address
from processing.export.lsl import LslOutlets, check_lsl, clock_offset_s
from processing.subscribe import Arrival
from underfoot.cli import NOT_MEDICAL
from underfoot.cli._front import FiniteRange, Front, json_option, print_json
from underfoot.cli._live import listen


@click.command("lsl", short_help="Live rows as Lab Streaming Layer streams. Extra `lsl`.")
@click.option("--broker", metavar="URL", help="mqtt[s]://HOST[:PORT] of the broker.")
@click.option("--hub", help="The hub's id.")
@click.option("--person", help="The wearer's id.")
@click.option("--seconds", type=FiniteRange(min=0), help="Stop after so long; left out: with Ctrl-C.")
@json_option
@click.pass_obj
def command(
    front: Front, *, broker: str | None, hub: str | None, person: str | None, seconds: float | None, as_json: bool
) -> None:
    """Stream the live rows of both feet, and alerts as markers, over the Lab Streaming Layer. Extra `lsl`.

    This opens ports on the network: whoever is on it can find and read the streams. Ctrl-C ends it.
    """
    check_lsl()
    settings = front.settings({"broker.url": broker, "hub": hub, "person": person, "log.level": "error"})
    address = Address(settings.hub, settings.person)
    click.echo(
        f"Streams “underfoot {address.person} left”, “… right” and “… alerts” are open to everybody on this network. "
        f"Ctrl-C ends it.\n{NOT_MEDICAL}",
        err=True,
    )
    outlets = LslOutlets(f"underfoot {address.person}", f"{address.hub}-{address.person}", clock_offset_s(time.time_ns))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(listen(settings, (Samples, Layout, Alert), lambda arrival: _take(outlets, arrival), seconds))
    _tell(outlets, as_json=as_json)


def _take(outlets: LslOutlets, arrival: Arrival) -> None:
    message = arrival.message
    if isinstance(message, Samples):
        outlets.feed(to_block(message))
    elif isinstance(message, Layout | Alert):
        outlets.feed(message)


def _tell(outlets: LslOutlets, *, as_json: bool) -> None:
    sent = outlets.sent
    rows = {side.value: count for side, count in sent.rows.items()}
    left_out = {"late": sent.late_rows, "time_unknown": sent.undated_rows, "unfit": sent.unfit_rows}
    if as_json:
        print_json({"rows": rows, "markers": sent.markers, "left_out": left_out})
        return
    click.echo(f"Sent: left {rows['left']} rows, right {rows['right']} rows, {sent.markers} markers.")
    click.echo(", ".join(f"{why.replace('_', ' ')}: {count} rows" for why, count in left_out.items()) + " left out.")
