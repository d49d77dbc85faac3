"""Set-up of the broker: which one, whether it has us, and another one, tried for real before it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from ingest.wire.faults import Fault, FaultCode, UnderfootError
from underfoot.accounts.rights import Right
from underfoot.mistakes import ConfigError, Mistake
from underfoot.reach import greet
from underfoot.setting_up.settings_file import SettingsFile, Value
from underfoot.settings import Settings
from underfoot.web.door import Ask, Door
from underfoot.web.rendering import page
from underfoot.web.site import Site
from underfoot.words.advice import advice

_HERE = "setup/broker"


async def show(site: Site, ask: Ask) -> Response:
    return _page(site, ask, {})


async def change(site: Site, ask: Ask) -> Response:
    """`do`: try, save, or embedded (no broker of another program's)."""
    form = ask.form
    file = file_of(site)
    if form.get("do") == "embedded":
        await asyncio.to_thread(
            file.save,
            dict.fromkeys(("broker.url", "broker.user", "broker.password", "broker.password_file", "broker.ca")),
        )
        await _note(site, ask, "the embedded one")
        return site.done(ask, f"{_HERE}?said=saved")
    changes, password = _changes(form), _password(site, form)
    try:
        wished = {**changes, **({"broker.password": password} if password is not None else {})}
        tried = await asyncio.to_thread(file.tried, wished)
        fault = await _reached(tried)
    except ConfigError as error:
        return _page(site, ask, form, mistakes=error.mistakes)
    if fault is not None or form.get("do") != "save":
        return _page(site, ask, form, fault=fault, reached=fault is None)
    try:
        await asyncio.to_thread(file.save, _kept(changes, password), password)
    except UnderfootError as error:
        return _page(site, ask, form, fault=error.fault, by_hand=file.lines(changes))
    await _note(site, ask, str(changes["broker.url"]))
    return site.done(ask, f"{_HERE}?said=saved")


def file_of(site: Site) -> SettingsFile:
    """:raises UnderfootError: UNKNOWN_NAME where the settings are not to be changed."""
    if site.setting_up is None or site.setting_up.file is None:
        raise UnderfootError(FaultCode.UNKNOWN_NAME, "the settings cannot be changed from this page")
    return site.setting_up.file


def _changes(form: Mapping[str, str]) -> dict[str, Value]:
    """No address and no name of a file holds a NUL."""
    return {f"broker.{name}": form.get(name, "").replace("\0", "").strip() or None for name in ("url", "user", "ca")}


def _password(site: Site, form: Mapping[str, str]) -> str | None:
    """None: there is none. One that is left blank is the one of before, while the user stays the same."""
    now = site.settings.broker
    if form.get("password"):
        return form["password"]
    same = (form.get("user", "").strip() or None, form.get("url", "").strip()) == (now.user, now.url)
    return now.password if same else None


def _kept(changes: Mapping[str, Value], password: str | None) -> dict[str, Value]:
    return {**changes, **({} if password is not None else {"broker.password": None, "broker.password_file": None})}


async def _reached(tried: Settings) -> Fault | None:
    if tried.broker.url is None:
        raise ConfigError([Mistake("broker.url", "is missing", "mqtt://HOST[:PORT] or mqtts://HOST[:PORT] (TLS)")])
    return await greet(tried)


async def _note(site: Site, ask: Ask, detail: str) -> None:
    if site.setting_up is not None:
        await site.setting_up.note(ask.viewer.name, "change broker", site.settings.hub, detail)


def _page(
    site: Site,
    ask: Ask,
    form: Mapping[str, str],
    *,
    mistakes: Sequence[Mistake] = (),
    fault: Fault | None = None,
    reached: bool = False,
    by_hand: str = "",
) -> Response:
    broker = site.settings.broker
    file = None if site.setting_up is None else site.setting_up.file
    now = {"url": broker.url or "", "user": broker.user or "", "ca": str(broker.ca or "")}
    return page(
        site,
        ask,
        "setup_broker.html",
        status=400 if mistakes or fault else 200,
        broker=broker.url,
        advice=advice,
        connected=site.connected(),
        form={**now, **{key: form[key] for key in now if key in form}},
        has_password=broker.password is not None,
        mistakes={each.key.partition(".")[2]: each for each in mistakes},
        fault=fault,
        reached=reached,
        by_hand=by_hand,
        said=ask.query("said") == "saved",
        file=file,
        overruled=[]
        if file is None
        else file.overruled(dict.fromkeys(("broker.url", "broker.user", "broker.password"))),
    )


DOORS = (
    Door("/setup/broker", show, Right.SET_UP),
    Door("/setup/broker", change, Right.SET_UP, post=True),
)
