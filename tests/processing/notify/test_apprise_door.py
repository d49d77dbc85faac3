"""Apprise against real servers: what arrives, what is said when it does not, and what is never said."""

from __future__ import annotations

import builtins
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from broker_kit import free_port
from channel_kit import http_inbox, mail_inbox

from ingest.wire.faults import FaultCode, UnderfootError
from processing.notify.apprise_door import AppriseDoor, told

SECRET = "s3cret-topic"


@pytest.fixture
def log() -> Iterator[list[str]]:
    """Every line that any handler of the program would get, at the most talkative level."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.setLevel(level)
    root.removeHandler(handler)


async def test_a_text_arrives_as_it_is() -> None:
    with http_inbox() as inbox:
        assert await AppriseDoor().send(inbox.url(SECRET), "underfoot", "Sit down.\n\nFooter.") is None
    (one,) = inbox.came
    assert (one["title"], one["message"]) == ("underfoot", "Sit down.\n\nFooter.")
    assert one["attachments"] == []


async def test_a_refusal_is_told_in_words_and_logged_nowhere(log: list[str]) -> None:
    with http_inbox() as inbox:
        inbox.status = 500
        error = await AppriseDoor().send(inbox.url(SECRET), "underfoot", "Sit down.")
    assert error is not None
    assert "500" in error
    assert SECRET not in f"{error} {log}"


async def test_nobody_there_is_told_without_the_address(log: list[str]) -> None:
    error = await AppriseDoor().send(f"json://user:pa55word@127.0.0.1:{free_port()}/{SECRET}", "underfoot", "x")
    assert error is not None
    assert "onnection" in error
    assert not [word for word in (SECRET, "pa55word", "127.0.0.1") if word in f"{error} {log}"]


async def test_a_mail_arrives_and_a_box_that_is_not_there_is_told() -> None:
    async with mail_inbox() as inbox:
        url = f"mailto://127.0.0.1:{inbox.port}?from=hub@example.org&to=annette@example.org&mode=insecure"
        assert await AppriseDoor().send(url, "underfoot", "Sit down.") is None
        assert "Subject: underfoot" in inbox.came[0]["text"]
        inbox.status = 550
        error = await AppriseDoor().send(url, "underfoot", "Sit down.")
        assert error is not None
        assert "annette" not in error


@pytest.mark.parametrize("url", ["nosuch://abc", "json://", "just words", "://"])
async def test_a_url_that_nobody_knows_is_refused_before_anything_is_sent(url: str) -> None:
    door = AppriseDoor()
    assert door.refusal(url) is not None
    assert await door.send(url, "t", "x") == door.refusal(url)
    assert door.refusal("ntfys://some-topic") is None


@pytest.mark.parametrize(
    ("words", "url", "left"),
    [
        ("sending to hunter22 failed", "json://u:hunter22@h/", "sending to … failed"),
        ("topic a%20b, a b", "ntfy://h/a%20b", "topic …, a b"),
        ("error=500", "json://h/500", "error=500"),
        ("", "json://h/", "json: the service did not take it and gave no reason"),
        ("x" * 999, "json://h/", "x" * 200),
    ],
)
def test_what_apprise_says_is_freed_of_the_url(words: str, url: str, left: str) -> None:
    assert told(words, url) == left


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "apprise":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "apprise", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UnderfootError, match=r"underfoot\[notify\]") as caught:
        AppriseDoor()
    assert caught.value.code is FaultCode.DEPENDENCY_MISSING
