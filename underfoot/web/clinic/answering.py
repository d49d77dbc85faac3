"""An answer to an alert, sent and waited for: the page that follows shows what became of it."""

from __future__ import annotations

import asyncio
from typing import Literal

from ingest.wire.alerts import AlertReply
from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.web.door import Ask
from underfoot.web.site import Site

LONGEST_NOTE = 500  # characters, as long as a reason may be

_WITHIN_S = 10.0
_LOOK_S = 0.05

Do = Literal["acknowledge", "escalate", "useful", "not-useful"]


async def answer(site: Site, ask: Ask, person: str, alerts: list[str], do: Do, note: str) -> None:
    """In the viewer's name, of every one of these alerts; over when the journal has all of them.

    :raises UnderfootError: UNKNOWN_NAME before anything is said; BROKER_UNREACHABLE, also when processing does not
        answer.
    """
    await check_known(site, person, alerts)
    t_ns = site.now_ns()
    said = [AlertReply(id=alert, do=do, by=ask.viewer.name, t_ns=t_ns, note=note or None) for alert in alerts]
    for reply in said:
        await site.doors.reply(person, reply)
    await _all_kept(site, person, said)


async def check_known(site: Site, person: str, alerts: list[str]) -> None:
    """:raises UnderfootError: UNKNOWN_NAME where the journal has no such alert of this wearer."""
    known = await site.read(lambda journal: {alert.id for alert in journal.alerts(person)})
    for alert in alerts:
        if alert not in known:
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no alert {alert!r}")


def typed(ask: Ask, name: str) -> str:
    """A note or a reason of the form, on one line.

    :raises UnderfootError: REQUEST_MALFORMED for one that is longer than a message takes.
    """
    said = " ".join(ask.form.get(name, "").split())
    if len(said) > LONGEST_NOTE:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, f"a note has {LONGEST_NOTE} characters at most")
    return said


async def _all_kept(site: Site, person: str, said: list[AlertReply]) -> None:
    try:
        async with asyncio.timeout(_WITHIN_S):
            while not await site.read(lambda journal: _are_kept(journal.replies(person), said)):  # noqa: ASYNC110 - a file
                await asyncio.sleep(_LOOK_S)
    except TimeoutError as error:
        raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "processing does not answer") from error


def _are_kept(kept: tuple[AlertReply, ...], said: list[AlertReply]) -> bool:
    return all(reply in kept for reply in said)
