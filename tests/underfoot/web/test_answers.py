"""What people at home answer, to an alert and that they are all right; in the viewer's name and by their right."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from asking_kit import Client, asking_at
from browser_kit import S, alert_at
from live_page_kit import Shown, live_page

from ingest.wire.alerts import AlertState
from ingest.wire.entries import AllRight
from underfoot.accounts.rights import SiteRole
from underfoot.web import answering

NOW = 1_760_000_000 * S
FEET = "/p/p1/"
ALERT = "/p/p1/alerts/A3-left-1"
JSON = {"Accept": "application/json"}


@pytest.fixture
async def shown() -> AsyncIterator[Shown]:
    async with live_page() as page:
        page.model.feed(alert_at(NOW), NOW)
        yield page


@pytest.fixture
async def client(shown: Shown) -> AsyncIterator[Client]:
    async with asking_at(shown.url) as asking:
        yield asking


async def test_an_alert_is_acknowledged_in_the_viewers_name(shown: Shown, client: Client) -> None:
    body = {"by": "somebody else", "action": " sat  down ", "note": " "}
    answer = await client.post(f"{ALERT}/acknowledge", data=body, headers=JSON | {"X-CSRF": shown.csrf})
    assert answer.json() == {"done": True, "answer": "Sent: you have seen it."}
    (reply,) = shown.walk.replies
    assert (reply.id, reply.by, reply.action, reply.note) == ("A3-left-1", "the page", "sat down", None)


async def test_what_nobody_keeps_is_not_told_as_sent(
    shown: Shown, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "_WITHIN_S", 0.2)
    shown.walk.journal = None
    answer = await client.post(f"{ALERT}/acknowledge", headers=JSON | {"X-CSRF": shown.csrf})
    assert (answer.status, answer.json()["code"]) == (503, "broker-unreachable")


async def test_what_was_done_may_be_said_after_it_was_acknowledged(shown: Shown, client: Client) -> None:
    for action in ("", "sat down", "nothing yet"):
        await client.post(f"{ALERT}/acknowledge", data={"action": action, "csrf": shown.csrf})
    alert = shown.model.alert("A3-left-1")
    assert alert is not None
    assert (alert.state, alert.action) == (AlertState.ACKNOWLEDGED, "sat down")


async def test_an_answer_by_form_leads_back_to_its_page(shown: Shown, client: Client) -> None:
    async def lead(what: str, **fields: str) -> str:
        answer = await client.post(f"{ALERT}/{what}", data={"csrf": shown.csrf, **fields})
        assert answer.status == 303
        return answer.headers["location"]

    assert await lead("acknowledge") == "../../../../p/p1/?said=seen"
    assert await lead("judge", useful="no", page="live") == "../../../../p/p1/live?said=judged"
    assert await lead("escalate", page="contact", note="Look at this") == "../../../../p/p1/contact?said=asked"
    assert await lead("judge", useful="yes", page="//elsewhere.test") == "../../../../p/p1/?said=judged"
    said = [(reply.do, reply.note) for reply in shown.walk.replies]
    assert said == [("acknowledge", None), ("not-useful", None), ("escalate", "Look at this"), ("useful", None)]
    page = await client.get(f"{FEET}?said=seen")
    assert "Sent: you have seen it." in page.text
    assert 'data-testid="big-answer"></p>' in (await client.get(f"{FEET}?said=nonsense")).text


async def test_all_right_is_an_entry_that_changes_no_alert(shown: Shown, client: Client) -> None:
    answer = await client.post("/p/p1/well", headers=JSON | {"X-CSRF": shown.csrf})
    told = r"Thank you\. It was told at home at \d\d:\d\d\. It changes no alert\."
    assert re.fullmatch(told, answer.json()["answer"])
    (entry,) = shown.walk.said
    assert (entry.said, entry.by) == (AllRight(), "the page")
    assert shown.walk.replies == []
    assert "told at home" in (await client.get(f"{FEET}?said=well")).text


@pytest.mark.parametrize(
    ("roles", "may", "may_not"),
    [
        ({SiteRole.PATIENT}, ["acknowledge", "judge"], ["escalate"]),
        ({SiteRole.CARER}, ["acknowledge", "judge", "escalate"], []),
        ({SiteRole.KEEPER}, [], ["acknowledge", "judge", "escalate"]),
    ],
)
async def test_who_may_answer_what(roles: set[SiteRole], may: list[str], may_not: list[str]) -> None:
    async with live_page(roles=tuple(roles)) as shown, asking_at(shown.url) as asking:
        shown.model.feed(alert_at(NOW), NOW)
        for what in [*may, *may_not]:
            answer = await asking.post(f"{ALERT}/{what}", data={"useful": "yes", "csrf": shown.csrf})
            assert answer.status == (303 if what in may else 403), what
        assert len(shown.walk.replies) == len(may)
        live = await asking.get("/p/p1/live")
        assert live.status == (200 if roles == {SiteRole.CARER} else 403)
