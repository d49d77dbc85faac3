"""Odd words in every path, query and form of every door, over a real connection: refused, and the page stands."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote, quote_from_bytes

import pytest
from gate_kit import PASSWORD
from site_kit import PERSON, copy_of, site_over

import underfoot.web
from underfoot.accounts.device import device
from underfoot.accounts.house import Accounts
from underfoot.accounts.keeping import new_account
from underfoot.accounts.passwords import hashed
from underfoot.accounts.rights import SiteRole
from underfoot.places import Places
from underfoot.settings import Settings
from underfoot.web.app import DOORS
from underfoot.web.door import Door

AGENT = "odd"
_WORST = ("010" + "9" * 4400, "\0")  # for every name; of the others each name gets the next ones
_MORE = (
    "", "-0", "-1", "1" + "0" * 400, "9" * 19, "nan", "-inf", "1e400", "x" * 10_000, "a,b", "[]", "../../etc/passwd",
    "..%2f..%2fetc", "%00", "<script>", "{{7*7}}", "{0.__class__}", "%s", "0001-01-01", "9999-12-31", "2026-02-30",
    "2026-W14-7", "9999-12-31T23:59:59-23:59", "2026-04-05..2026-04-05", "2026-04-05..0001-01-01", "p1/x", "²",
    "a\r\nSet-Cookie: x=1", "\u202egpj.1\u200f", "\u0663\u0664", "True",
)  # fmt: skip
_RAW = (b"\xff\xfe", b"\xed\xa0\x80")
ODD = [quote_from_bytes(each) for each in (*(text.encode() for text in _MORE), *_RAW)]
WORST = [quote(each) for each in _WORST]
EACH = 2
_HASHING = ("/sign-in", "/account/password", "/setup/people/add")  # a password each: the worst words alone

_ASKED = ("until", "weeks", "before", "after", "before_first", "before_last", "after_first", "programmes", "figure")
QUERIES: dict[str, tuple[str, ...]] = {
    "/sign-in": ("to", "out"), "/account": ("saved",), "/p/{person}/": ("said",), "/p/{person}/diary": ("said",),
    "/p/{person}/contact": ("said",), "/inbox": ("person", "rule", "level", "said"), "/p/{person}/record/data": _ASKED,
    "/p/{person}/record": ("until",), "/p/{person}/report": ("weeks",), "/p/{person}/limits": ("kept",),
    "/p/{person}/programme": ("said",), "/p/{person}/walks": ("page",), "/p/{person}/walks/{walk}": ("at",),
    "/p/{person}/walks/{walk}/frames": ("from", "seconds"), "/p/{person}/export/{kind}": ("from", "to", "walk"),
    "/setup/insoles": ("said",), "/setup/calibration": ("said",), "/setup/broker": ("said",),
    "/setup/wearer": ("said",),
}  # fmt: skip
_NOTED = {"note": "a note", "useful": "yes"}
_PEOPLE = {"name": "otto", "roles": "carer", "sees": "these", f"person:{PERSON}": "yes", "home_hub_user": "u1"}
_LIMIT = {"key": "A3.share_pct", "do": "change", "value": "50", "why": "because"}
_PLAN = {"programme": "daily-walking", "day": "2026-04-05", "support_present": "yes", "no_cap": "", "cap_steps": "9"}
FORMS: dict[str, Mapping[str, str]] = {
    "/sign-in": {"name": "nobody", "password": PASSWORD, "to": "", "stay": "yes"},
    "/first": {"name": "otto", "password": PASSWORD, "roles": "keeper", "code": "1"},
    "/account/password": {"present": "no", "password": "a better one yet"},
    "/account/language": {"language": "de"},
    "/account/sessions": {"session": "x"},
    "/p/{person}/alerts/{alert_id}/acknowledge": {"action": "sat down", "note": "", "page": "contact"},
    "/p/{person}/alerts/{alert_id}/judge": {"page": "live", **_NOTED},
    "/p/{person}/alerts/{alert_id}/mute": {"until": "own", "own": "2026-04-06T08:00", "why": "seen"},
    "/p/{person}/well": {"page": ""},
    "/p/{person}/diary": {"pain": "1", "numbness": "", "flag": "", "left": "", "no_walk": ""},
    "/inbox/acknowledge": {"alerts": f"{PERSON}/x", "note": ""},
    "/inbox/{person}/{alert_id}/escalate": _NOTED,
    "/inbox/{person}/{alert_id}/judge": _NOTED,
    "/p/{person}/record/note": {"day": "2026-04-05", "text": "a note"},
    "/p/{person}/limits": _LIMIT,
    "/p/{person}/limits/try": {**_LIMIT, "first": "2026-04-01", "last": "2026-04-02"},
    "/p/{person}/programme": {"do": "begin", "step_min": "5", **_PLAN},
    "/setup/insoles/choose": {"insole": "x"},
    "/setup/insoles/forget": {"side": "left"},
    "/setup/calibration": {"do": "look", "kind": "weight", "kg": "70", "walk": "", "table": "", "version": ""},
    "/setup/broker": {"do": "try", "url": "mqtt://127.0.0.1:1", "user": "", "password": "", "ca": ""},
    "/setup/wearer": {"zone": "UTC", "clinic_phone": ""},
    "/setup/people/add": _PEOPLE,
    "/setup/people/labels": {f"label:{PERSON}": "Frau Huber"},
    "/setup/people/{account}/change": _PEOPLE,
}  # fmt: skip
_LEFT_ALONE = ("/sign-out",)  # the session of this test
_LOOKED_FOR = re.compile(r"""(?:form\.get|form|ask\.query|typed)[(\[](?:ask, )?"(\w+)["]""")


@dataclass(slots=True, kw_only=True)
class Line:
    """Somebody who is signed in as everything; words go out as they are."""

    port: int
    token: str
    csrf: str
    bad: list[str]

    async def ask(self, door: Door, target: str, fields: Mapping[str, str]) -> None:
        body = "&".join(f"{name}={value}" for name, value in {"csrf": self.csrf, **fields}.items()) if door.post else ""
        head = (
            f"{'POST' if door.post else 'GET'} {target} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {AGENT}\r\n"
            f"Accept: application/json\r\nCookie: underfoot={self.token}\r\nConnection: close\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write((head + body).encode("ascii"))
        async with asyncio.timeout(30):
            said = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        if not 200 <= int(said[9:12]) < 500 or b"\r\nset-cookie: x" in said.lower():
            self.bad.append(f"{head[:120]!r} {body[-120:]}: {said[:15]!r}")


def test_every_name_that_a_handler_looks_for_is_tried() -> None:
    sources = [file.read_text(encoding="utf-8") for file in Path(underfoot.web.__file__).parent.rglob("*.py")]
    looked_for = {name for source in sources for name in _LOOKED_FOR.findall(source)}
    tried = {name for names in (*QUERIES.values(), *FORMS.values()) for name in names}
    assert len(looked_for) > 20
    assert looked_for - tried <= {"csrf"}
    paths = {door.path for door in DOORS}
    assert set(QUERIES) | set(FORMS) <= paths


@pytest.mark.timeout(300)
async def test_odd_words_are_refused_and_break_nothing(
    twelve_weeks: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = copy_of(twelve_weeks, tmp_path / "story", rows=True)
    token, csrf = let_in(settings)
    known = known_names(settings)
    turn = cycle(ODD)
    async with site_over(settings) as url:
        line = Line(port=int(url.rstrip("/").rpartition(":")[2]), token=token, csrf=csrf, bad=[])
        for door in DOORS:
            if door.path not in _LEFT_ALONE:
                for target, fields in tries(door, known, turn):
                    await line.ask(door, target, fields)
    assert line.bad == []
    assert "a request to the page failed" not in caplog.text


def tries(door: Door, known: Mapping[str, str], turn: Iterator[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each name of the path, then of the form or the query, with odd words; the others as they should be."""
    fit = {quote(name): quote(value) for name, value in FORMS.get(door.path, {}).items()} if door.post else {}
    parts = re.split(r"\{(\w+)\}", door.path)
    for at in range(1, len(parts), 2):
        for odd in (WORST[-1], *islice(turn, EACH)):
            yield _filled(parts, {**known, parts[at]: odd}), fit
    plain = _filled(parts, known)
    if door.post:
        for name in fit:
            for odd in (*WORST, *islice(turn, 0 if door.path in _HASHING else EACH)):
                yield plain, {**fit, name: odd}
        return
    for name in QUERIES.get(door.path, ()):
        for odd in (*WORST, *islice(turn, EACH)):
            yield f"{plain}?{name}={odd}", {}


def _filled(parts: list[str], names: Mapping[str, str]) -> str:
    return "".join(names.get(part, "1") if index % 2 else part for index, part in enumerate(parts))


def let_in(settings: Settings) -> tuple[str, str]:
    """The token of somebody who is everything, and what their forms carry."""
    with closing(Accounts(Places(settings.data_dir).accounts)) as accounts:
        account = new_account("anna", [*map(str, SiteRole)], None, hashed(PASSWORD), accounts.now_ns())
        accounts.register.add(account)
        token = accounts.sessions.begin(account.id, device("127.0.0.1", AGENT), accounts.now_ns(), stays=True)
        session = accounts.sessions.find(token)
        assert session is not None
        return token, session.csrf


def known_names(settings: Settings) -> dict[str, str]:
    """An alert and a walk that there are."""
    with closing(sqlite3.connect(Places(settings.data_dir).journal)) as journal:
        (alert,) = journal.execute("SELECT id FROM alerts ORDER BY raised_t_ns DESC LIMIT 1").fetchone()
        (walk,) = journal.execute("SELECT walk FROM walks ORDER BY walk DESC LIMIT 1").fetchone()
    return {"person": PERSON, "alert_id": quote(alert, safe=""), "walk": quote(walk, safe=""), "kind": "fhir"}
