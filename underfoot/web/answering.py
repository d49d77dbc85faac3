"""An answer to an alert, sent and waited for: the page that follows shows what became of it."""

from __future__ import annotations

import asyncio
from typing import Literal

from ingest.wire.alerts import AlertReply
from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.web.door import Ask
from underfoot.web.site import Site

_WITHIN_S = 10.0
_LOOK_S = 0.05

Do = Literal["acknowledge", "escalate", "useful", "not-useful"]
_VERDICTS: dict[str, Do] = {"yes": "useful", "no": "not-useful"}


async def answer(
    site: Site, ask: Ask, person: str, alerts: list[str], do: Do, note: str = "", action: str = ""
) -> None:
    """In the viewer's name, of every one of these alerts; over when the journal has all of them.

    :raises UnderfootError: UNKNOWN_NAME before anything is said; BROKER_UNREACHABLE, also when processing does not
        answer.
    """
    await check_known(site, person, alerts)
    t_ns, by = site.now_ns(), ask.viewer.name
    said = [AlertReply(id=each, do=do, by=by, t_ns=t_ns, action=action or None, note=note or None) for each in alerts]
    for reply in said:
        await site.doors.reply(person, reply)
    await _all_kept(site, person, said)


def verdict(ask: Ask) -> Do:
    """Whether the alert was useful, as the form says.

    :raises UnderfootError: REQUEST_MALFORMED where it does not.
    """
    found = _VERDICTS.get(ask.form.get("useful", ""))
    if found is None:
        raise UnderfootError(FaultCode.REQUEST_MALFORMED, "useful: yes or no")
    return found


async def check_known(site: Site, person: str, alerts: list[str]) -> None:
    """:raises UnderfootError: UNKNOWN_NAME for an alert that this wearer neither has stored nor is shown live."""
    stored = await site.read(lambda journal: {alert.id for alert in journal.alerts(person)})
    for alert in alerts:
        is_live = person in site.lives.people and site.lives.of(person).model.alert(alert) is not None
        if not (is_live or alert in stored):
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"no alert {alert!r}")


async def _all_kept(site: Site, person: str, said: list[AlertReply]) -> None:
    try:
        async with asyncio.timeout(_WITHIN_S):
            while not await site.read(lambda journal: _are_kept(journal.replies(person), said)):  # noqa: ASYNC110 - a file
                await asyncio.sleep(_LOOK_S)
    except TimeoutError as error:
        raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "processing does not answer") from error


def _are_kept(kept: tuple[AlertReply, ...], said: list[AlertReply]) -> bool:
    return all(reply in kept for reply in said)
