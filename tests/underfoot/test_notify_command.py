"""`underfoot notify`: a test message that arrives, and a clear failure where it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from broker_kit import free_port
from channel_kit import http_inbox
from click.testing import CliRunner, Result

from processing.store.journal import Delivery, DeliveryState
from processing.store.journal_sqlite import SqliteJournal
from underfoot.cli import underfoot

SECRET = "s3cret-topic"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERFOOT_CONFIG", raising=False)
    return tmp_path


def notify(*words: str, **channels: str) -> Result:
    lines = "\n".join(f'{name}="{url}"' for name, url in channels.items())
    Path("underfoot.toml").write_text(f"[notify.channels]\n{lines}\n" if channels else "")
    return CliRunner().invoke(underfoot, ["notify", *words], catch_exceptions=True)


def test_a_test_message_arrives_through_every_channel() -> None:
    with http_inbox() as one, http_inbox() as two:
        done = notify("test", phone=one.url(SECRET), chat=two.url())
        assert done.exit_code == 0, done.output
        assert done.output.splitlines() == ["phone: delivered", "chat: delivered"]
        for inbox in (one, two):
            (came,) = inbox.came
            assert "This is a test" in came["message"]
            assert "Not a medical device" in came["message"]


def test_one_channel_alone_can_be_tried() -> None:
    with http_inbox() as one, http_inbox() as two:
        done = notify("test", "--channel", "chat", phone=one.url(), chat=two.url())
        assert (done.exit_code, len(one.came), len(two.came)) == (0, 0, 1)


def test_what_does_not_arrive_is_said_with_the_reason_and_the_exit_code() -> None:
    with http_inbox() as inbox:
        inbox.status = 403
        away = f"json://127.0.0.1:{free_port()}/{SECRET}"
        done = notify("test", phone=inbox.url(SECRET), mail=away, odd="nosuch://x")
    assert done.exit_code == 1
    phone, mail, odd = done.stdout.splitlines()
    assert phone.startswith("phone: not delivered (")
    assert "403" in phone
    assert mail.startswith("mail: not delivered (")
    assert "no service that Apprise knows" in odd
    assert done.stderr.startswith("not-delivered (phone, mail, odd)")
    assert SECRET not in done.output


def test_the_answer_for_programs() -> None:
    with http_inbox() as inbox:
        done = notify("test", "--json", phone=inbox.url())
    assert json.loads(done.stdout) == [{"channel": "phone", "delivered": True, "error": None}]


@pytest.mark.parametrize(
    ("words", "says"),
    [(("test",), "no channels: name some"), (("test", "--channel", "fax"), "no channel fax; there is p")],
)
def test_a_channel_that_is_not_there_is_a_mistake(words: tuple[str, ...], says: str) -> None:
    channels = {"phone": "ntfys://x"} if "--channel" in words else {}
    done = notify(*words, **channels)
    assert done.exit_code == 1
    assert says in f"{done.output}{done.exception}"


def test_the_list_names_channels_and_what_was_lost_and_never_an_address(tmp_path: Path) -> None:
    data = tmp_path / "underfoot-data"
    data.mkdir()
    journal = SqliteJournal(data / "journal.sqlite")
    made = {"id": "d", "person": "p1", "alert": "a", "channel": "phone", "text": "t", "made_t_ns": 1}
    journal.put_delivery(Delivery(state=DeliveryState.UNDELIVERED, **made))
    journal.close()
    done = notify("list", phone=f"ntfys://{SECRET}", odd="nosuch://x")
    assert done.exit_code == 0, done.output
    phone, odd = done.output.splitlines()
    assert phone == "phone: ready, 1 undelivered"
    assert odd == "odd: no service that Apprise knows has a URL of this form"
    found = json.loads(notify("list", "--json", phone=f"ntfys://{SECRET}").stdout)
    assert found == [{"channel": "phone", "wrong": None, "undelivered": 1}]
    assert notify("list").output.startswith(
        "no channels: name some under [notify.channels] in the settings, such as phone"
    )
