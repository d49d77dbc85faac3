from __future__ import annotations

import asyncio
import gc
import os
import socket

import aiomqtt
import pytest

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot.broker import EmbeddedBroker


async def test_it_carries_messages_and_keeps_the_retained_ones() -> None:
    async with EmbeddedBroker(port=0) as broker:
        address = broker.address
        async with aiomqtt.Client(address.host, address.port) as client:
            await client.publish("underfoot/1/h/availability", "online", qos=1, retain=True)
        async with aiomqtt.Client(address.host, address.port) as client:
            await client.subscribe("underfoot/1/#", qos=1)
            message = await asyncio.wait_for(anext(aiter(client.messages)), 5)
    assert message.payload == b"online"
    assert message.retain


async def test_it_listens_on_loopback_alone() -> None:
    async with EmbeddedBroker(port=0) as broker:
        for bound in broker._broker._servers["default"].instance.sockets:
            assert bound.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "localhost.example", ""])
def test_anything_but_loopback_is_refused(host: str) -> None:
    with pytest.raises(UnderfootError) as refused:
        EmbeddedBroker(port=0, host=host)
    assert refused.value.code is FaultCode.BROKER_NOT_LOOPBACK


async def test_a_port_in_use_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UnderfootError) as refused:
            await EmbeddedBroker(port).__aenter__()
    assert refused.value.code is FaultCode.PORT_IN_USE
    assert str(port) in refused.value.fault.detail


async def test_it_can_be_opened_again_on_the_same_port() -> None:
    async with EmbeddedBroker(port=0) as broker:
        port = broker.address.port
    async with EmbeddedBroker(port) as again:
        assert again.address.port == port


async def test_no_socket_stays_open_however_clients_leave() -> None:
    before = _sockets()
    async with EmbeddedBroker(port=0) as broker:
        silent, torn, busy, gone = [
            await asyncio.open_connection(broker.address.host, broker.address.port) for _ in range(4)
        ]
        torn[1].write(_CONNECT[:7])
        for reader, writer in (busy, gone):
            writer.write(_CONNECT)
            assert (await reader.readexactly(4))[:2] == b"\x20\x02"
            writer.write(_PUBLISH * 200)
        await torn[1].drain()
        torn[1].transport.abort()
        gone[1].transport.abort()
    for _, writer in (silent, busy):
        writer.close()
    await asyncio.sleep(0.1)
    gc.collect()  # a transport that was forgotten open says so now, and a warning is an error
    assert _sockets() == before


_CONNECT = bytes.fromhex("100d00044d5154540402003c000161")  # clean session, keep-alive 60 s, client id "a"
_PUBLISH = bytes.fromhex("32060001620001") + b"x"  # QoS 1, topic "b", packet 1


def _sockets() -> int:
    fds = [each.path for each in os.scandir("/proc/self/fd")]
    return sum(os.readlink(fd).startswith("socket:") for fd in fds if os.path.islink(fd))  # noqa: PTH115, PTH114
