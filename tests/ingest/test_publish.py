from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest
from broker_kit import Embedded, Mosquitto, free_port
from custody_kit import ADDRESS, Keeper, until
from samples_kit import layout, samples

from ingest.publish import Publisher
from ingest.spool import Spool
from ingest.wire.address import BrokerAddress
from ingest.wire.block import GapReason, Origin
from ingest.wire.codec import encode
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import BootReceipt, LiveRequest, Receipt, Samples

Broker = Mosquitto | Embedded


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    it = Spool(tmp_path / "spool.db")
    yield it
    it.close()


@pytest.fixture(params=["mosquitto", "embedded"])
async def broker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Broker]:
    async with Mosquitto(tmp_path / "mosquitto") if request.param == "mosquitto" else Embedded() as it:
        yield it


@asynccontextmanager
async def running(publisher: Publisher) -> AsyncIterator[Publisher]:
    task = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        publisher.stop()
        await asyncio.wait_for(task, 10)


def fill(spool: Spool, blocks: int, start: int = 0) -> None:
    for k in range(start, start + blocks):
        spool.append(samples(20 * k))
        spool.append(samples(20 * k, insole="R1", side=Side.RIGHT))


async def test_blocks_arrive_as_they_lie_and_a_receipt_frees_them(broker: Broker, spool: Spool) -> None:
    fill(spool, 30)
    payloads = [block.payload for block in spool.unsent(limit=100)]
    async with Keeper(broker.address) as keeper, running(Publisher(broker.address, ADDRESS, spool)) as publisher:
        assert await publisher.drained(20)
        await until(lambda: spool.books("R1").published == 600)
    assert list(dict.fromkeys(keeper.payloads)) == payloads
    assert spool.books("L1").published == 600


async def test_without_a_receipt_nothing_is_freed(broker: Broker, spool: Spool) -> None:
    fill(spool, 5)
    async with Keeper(broker.address, answers=False) as keeper, running(Publisher(broker.address, ADDRESS, spool)):
        await until(lambda: spool.books("L1").published == 100 and len(keeper.payloads) == 10)
        assert len(spool.unsent()) == 10


async def test_a_new_session_has_everything_sent_again(broker: Broker, spool: Spool) -> None:
    async with running(Publisher(broker.address, ADDRESS, spool)) as publisher:
        async with Keeper(broker.address, answers=False) as first:
            fill(spool, 5)
            publisher.wake()
            await until(lambda: len(first.payloads) == 10)
        async with Keeper(broker.address) as second:
            spool.append(samples(100))
            publisher.wake()
            assert await publisher.drained(20)
            assert len(set(second.rows)) == 220
        assert spool.books("L1").published == 120


@pytest.mark.expects_log
@pytest.mark.parametrize("away_s", [0.0, 1.0])
async def test_a_broker_restart_in_mid_stream_loses_nothing(broker: Broker, spool: Spool, away_s: float) -> None:
    publisher = Publisher(broker.address, ADDRESS, spool, resend_after_s=2, pace_per_s=100)
    async with Keeper(broker.address) as keeper, running(publisher):
        for k in range(60):
            fill(spool, 1, start=k)
            publisher.wake()
            await asyncio.sleep(0.02)
            if k in (20, 40):
                await broker.restart(away_s)
        assert await publisher.drained(40)
    assert set(keeper.rows) == {(insole, 1, seq) for insole in ("L1", "R1") for seq in range(1200)}
    assert [spool.books(insole).published for insole in ("L1", "R1")] == [1200, 1200]
    assert set(publisher.faults.counts) == {"broker-unreachable"}
    assert publisher.faults.counts["broker-unreachable"] <= 2  # once an outage, and two may be one to it


async def test_the_oldest_are_sent_again_when_no_receipt_comes(broker: Broker, spool: Spool) -> None:
    fill(spool, 30)
    async with running(Publisher(broker.address, ADDRESS, spool, resend_after_s=0.5)) as publisher:
        await until(lambda: spool.books("R1").published == 600)  # nobody was there to hear them
        async with Keeper(broker.address) as keeper:
            assert await publisher.drained(20)
    assert len(set(keeper.rows)) == 1200


async def test_birth_and_good_bye_and_what_is_retained(broker: Broker, spool: Spool) -> None:
    publisher = Publisher(broker.address, ADDRESS, spool)
    publisher.announce(layout())
    async with Keeper(broker.address) as keeper:
        async with running(publisher):
            await until(lambda: (ADDRESS.availability, b"online") in keeper.other)
            await until(lambda: (ADDRESS.of_side(Side.LEFT, "layout"), encode(layout())) in keeper.other)
        await until(lambda: keeper.other[-1] == (ADDRESS.availability, b"offline"))
    async with Keeper(broker.address) as late:
        kept = {(ADDRESS.availability, b"offline"), (ADDRESS.of_side(Side.LEFT, "layout"), encode(layout()))}
        await until(lambda: set(late.other) >= kept)


_DIES = """
import asyncio, os, sys
from pathlib import Path
from ingest.publish import Publisher
from ingest.spool import Spool
from ingest.wire import topics
from ingest.wire.address import BrokerAddress

async def main():
    spool = Spool(Path(sys.argv[2]))
    broker = BrokerAddress(host="127.0.0.1", port=int(sys.argv[1]))
    publisher = Publisher(broker, topics.Address("h2", "p1"), spool)
    task = asyncio.create_task(publisher.run())
    while not publisher.connected:
        await asyncio.sleep(0.02)
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


async def test_the_last_will_speaks_when_ingest_dies(broker: Broker, spool: Spool, tmp_path: Path) -> None:
    publisher = Publisher(broker.address, ADDRESS, spool)
    async with Keeper(broker.address) as keeper, running(publisher):
        await asyncio.to_thread(_run_python, _DIES, str(broker.address.port), str(tmp_path / "other.db"))
        await until(lambda: ("underfoot/1/h2/availability", b"offline") in keeper.other)
    said = [payload for topic, payload in keeper.other if topic == "underfoot/1/h2/availability"]
    assert said == [b"online", b"offline"]


def _run_python(script: str, *arguments: str) -> None:
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", script, *arguments], cwd=root, check=False, timeout=30)


async def test_somebody_looks(broker: Broker, spool: Spool) -> None:
    publisher = Publisher(broker.address, ADDRESS, spool)
    async with running(publisher):
        await until(lambda: publisher.connected)
        assert not publisher.live
        async with aiomqtt.Client(broker.address.host, broker.address.port) as page:
            await page.publish(ADDRESS.live, encode(LiveRequest(seconds=1)))
            await until(lambda: publisher.live)
        await until(lambda: not publisher.live)


async def test_what_is_not_ours_is_counted_and_stops_nothing(broker: Broker, spool: Spool) -> None:
    fill(spool, 2)
    publisher = Publisher(broker.address, ADDRESS, spool)
    async with running(publisher):
        await until(lambda: publisher.connected)
        topic = ADDRESS.of_side(Side.LEFT, "receipt")
        async with aiomqtt.Client(broker.address.host, broker.address.port) as stranger:
            for payload in (b"\xff\x00", b"{}", b'{"kind":"receipt","v":9}', b"", encode(layout())):
                await stranger.publish(topic, payload, qos=1)
            word = Receipt(insole="L1", side=Side.LEFT, session="s", boots=(BootReceipt(boot=1, stored_upto=39),))
            await stranger.publish(topic, encode(word), qos=1)
            await until(lambda: spool.books("L1").waiting == 0)
    assert publisher.faults.counts == {"payload-not-ours": 3, "payload-version": 1}


@pytest.mark.expects_log
async def test_a_broker_that_is_away_is_noted_once_and_found_later(
    tmp_path: Path, spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    publisher = Publisher(BrokerAddress(host="127.0.0.1", port=port), ADDRESS, spool)
    async with running(publisher):
        await until(lambda: publisher.faults.counts != {})
        await asyncio.sleep(0.7)
        assert publisher.faults.counts == {"broker-unreachable": 1}
        assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1
        async with Mosquitto(tmp_path / "late", port=port):
            await until(lambda: publisher.connected)
            publisher.stop()


@pytest.mark.expects_log
async def test_wrong_credentials_are_named_and_right_ones_work(tmp_path: Path, spool: Spool) -> None:
    passwords = tmp_path / "passwords"
    await asyncio.to_thread(subprocess.run, ["mosquitto_passwd", "-c", "-b", passwords, "ann", "right"], check=True)
    passwords.chmod(0o644)
    async with Mosquitto(tmp_path / "mosquitto", extra=f"allow_anonymous false\npassword_file {passwords}") as broker:
        url = f"mqtt://127.0.0.1:{broker.port}"
        wrong = Publisher(BrokerAddress.parse(url, user="ann", password="wrong"), ADDRESS, spool)
        async with running(wrong):
            await until(lambda: wrong.faults.counts == {"broker-refused": 1})
        fault = wrong.faults.latest(FaultCode.BROKER_REFUSED)
        assert fault is not None
        assert "wrong" not in str(fault)
        right = Publisher(BrokerAddress.parse(url, user="ann", password="right"), ADDRESS, spool)
        async with running(right):
            await until(lambda: right.connected)


def certificate(folder: Path) -> tuple[Path, Path]:
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
        f"-addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {cert}".split(),
        check=True,
        capture_output=True,
    )
    key.chmod(0o644)
    return key, cert


@pytest.mark.expects_log
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho leaves a refused socket open
async def test_tls_with_the_right_authority_and_without(tmp_path: Path, spool: Spool) -> None:
    key, cert = await asyncio.to_thread(certificate, tmp_path)
    extra = f"allow_anonymous true\ncertfile {cert}\nkeyfile {key}"
    async with Mosquitto(tmp_path / "mosquitto", extra=extra) as broker:
        url = f"mqtts://127.0.0.1:{broker.port}"
        trusting = Publisher(BrokerAddress.parse(url, ca_file=str(cert)), ADDRESS, spool)
        async with running(trusting):
            await until(lambda: trusting.connected)
        doubting = Publisher(BrokerAddress.parse(url), ADDRESS, spool)
        async with running(doubting):
            await until(lambda: doubting.faults.counts == {"broker-unreachable": 1})
        assert not doubting.connected
    gc.collect()


def late(first: int) -> Samples:
    return samples(first, origin=Origin.BACKFILL)


async def test_live_blocks_overtake_a_backlog_of_late_ones(broker: Broker, spool: Spool) -> None:
    spool.append(samples(5000, lost_before=5000, lost_reason=GapReason.AWAY))
    spool.append_late([late(20 * k) for k in range(100)])
    publisher = Publisher(broker.address, ADDRESS, spool, pace_per_s=40)
    async with Keeper(broker.address) as keeper, running(publisher):
        for k in range(1, 6):
            await until(lambda at=10 * k: len(keeper.payloads) > at)
            spool.append(samples(5000 + 20 * k))
            publisher.wake()
        await until(lambda: ("L1", 1, 5119) in keeper.rows)
        assert len(spool.unsent(limit=200)) > 20
        assert await publisher.drained(20)
    assert len(set(keeper.rows)) == 2000 + 120
    assert spool.empty


@pytest.mark.expects_log
async def test_late_blocks_that_were_never_answered_go_out_again(broker: Broker, spool: Spool) -> None:
    """Live rows get their receipts all the while."""
    spool.append(samples(500, lost_before=500, lost_reason=GapReason.AWAY))
    spool.append_late([late(20 * k) for k in range(10)])
    publisher = Publisher(broker.address, ADDRESS, spool, resend_after_s=1)
    async with running(publisher):
        async with Keeper(broker.address, answers=False):
            await until(lambda: spool.books("L1").published == 220)
        async with aiomqtt.Client(broker.address.host, broker.address.port) as client:
            for end in (519, 539):  # a processing that has lost what it was sent, but not the session
                word = Receipt(insole="L1", side=Side.LEFT, session="s", boots=(BootReceipt(boot=1, stored_upto=end),))
                await client.publish(ADDRESS.of_side(Side.LEFT, "receipt"), encode(word), qos=1)
                spool.append(samples(end + 1))
                publisher.wake()
                await asyncio.sleep(0.3)
        assert spool.late_waiting("L1") == 200
        async with Keeper(broker.address) as keeper:
            await until(lambda: spool.late_waiting("L1") == 0)
        assert {("L1", 1, seq) for seq in range(200)} <= set(keeper.rows)
