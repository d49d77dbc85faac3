"""Checks of what a device says of itself: advertisement, services, identity, INFO, LAYOUT, time, link."""

from __future__ import annotations

from ingest.conform.facts import Facts
from ingest.conform.verdicts import Check, Judged, all_of, broken, not_tried, ok
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.open_insole_layout import layout_crc, unpack_announced, unpack_layout
from ingest.drivers.open_insole_records import RACP
from ingest.sources.radio.probe import Refused

_LONGEST_NAME_OCTETS = 11
_READ, _WRITE, _NOTIFY, _INDICATE = "read", "write", "notify", "indicate"
_WANTED: dict[str, dict[str, tuple[str, ...]]] = {
    sig.DEVICE_INFORMATION_SERVICE: {
        sig.MODEL_NUMBER: (_READ,),
        sig.SERIAL_NUMBER: (_READ,),
        sig.FIRMWARE_REVISION: (_READ,),
        sig.MANUFACTURER_NAME: (_READ,),
    },
    sig.BATTERY_SERVICE: {sig.BATTERY_LEVEL: (_READ, _NOTIFY)},
    sig.ELAPSED_TIME_SERVICE: {sig.CURRENT_ELAPSED_TIME: (_READ, _WRITE, _INDICATE)},
    wire.SERVICE: {
        wire.INFO: (_READ,),
        wire.LAYOUT: (_READ, _WRITE),
        wire.DATA: (_NOTIFY,),
        wire.CONTROL: (_WRITE, _INDICATE),
        wire.STATUS: (_READ, _NOTIFY),
    },
}
_WANTED_WITH_FLASH: dict[str, tuple[str, ...]] = {wire.HELD: (_READ, _NOTIFY), RACP: (_WRITE, _INDICATE)}
_INFO_OCTETS = 36
_TIME_OCTETS, _TIME_FLAGS, _NEEDS_SET = 11, 0x2A, 0x01
_TIME_OFF_NS = 2_000_000_000


def _advertisement(facts: Facts) -> Judged:
    heard = facts.talk.advertised
    if heard is None:
        return not_tried("it was found, but not heard in the scan before")
    announced = unpack_announced(heard.service_data.get(wire.SERVICE, b""))
    name = heard.name or ""
    return all_of(
        "no service data of the pressure service with version and side" if announced is None else None,
        f"service data of version {announced.version}" if announced and announced.version != 1 else None,
        None if wire.SERVICE in heard.service_uuids else "the pressure service is not listed",
        None if name else "no local name",
        f"a name of {len(name.encode())} octets" if len(name.encode()) > _LONGEST_NAME_OCTETS else None,
        f"side {announced.side}, INFO says {facts.info.side}"
        if announced and announced.side != facts.info.side
        else None,
        fine=f"{name!r}, {announced.side if announced else None}, {heard.rssi_dbm} dBm",
    )


def _services(facts: Facts) -> Judged:
    offered = facts.link(1).offered
    wanted = dict(_WANTED)
    if facts.has_flash:
        wanted[wire.SERVICE] = wanted[wire.SERVICE] | _WANTED_WITH_FLASH
    lacking = [
        f"{characteristic[4:8]} lacks {', '.join(sorted(missing))}"
        for service, characteristics in wanted.items()
        for characteristic, properties in characteristics.items()
        if (missing := set(properties) - set(offered.get(service, {}).get(characteristic, ())))
    ]
    return all_of(*lacking, fine=f"{sum(map(len, offered.values()))} characteristics in {len(offered)} services")


def _device_information(facts: Facts) -> Judged:
    said = {name: sig.unpack_text(facts.read(name)) for name in ("maker", "model", "serial", "firmware")}
    later = {name: facts.read(name) for name in ("serial back", "serial restarted") if name in facts.talk.steps}
    return all_of(
        *(f"{name} is empty" for name, text in said.items() if not text),
        *(f"{name} is another" for name, data in later.items() if data != facts.read("serial")),
        fine=", ".join(said.values()),
    )


def _battery(facts: Facts) -> Judged:
    pct = sig.unpack_battery(facts.read("battery"))
    return ok(f"{pct} %")


def _link(facts: Facts) -> Judged:
    facts.link(1)
    mtus = [link.att_mtu for link in facts.talk.links]
    return all_of(f"{min(mtus)}" if min(mtus) < 247 else None, fine=", ".join(map(str, mtus)))


def _holds(facts: Facts) -> Judged:
    facts.link(1)
    links = facts.talk.links
    broke = [link.number for link in links if link.broke and not (link.number == 2 and facts.talk.restarted)]
    return all_of(*(f"link {number} ended by itself" for number in broke), fine=f"{len(links)} links")


def _comes_back(facts: Facts) -> Judged:
    if (why := facts.talk.why_not.get("back")) is not None:
        return broken(f"not heard again: {why}")
    return ok(
        f"connected again {facts.link(2).began_s - (facts.link(1).ended_s or 0.0):.1f} s after the link had ended"
    )


def _info(facts: Facts) -> Judged:
    data = facts.read("info")
    info = wire.unpack_info(data)
    minor, flash = data[1], wire.Features.FLASH in info.features
    return all_of(
        f"{len(data)} octets" if len(data) < _INFO_OCTETS or (minor <= 1 and len(data) > _INFO_OCTETS) else None,
        f"minor version {minor}, feature bit 1 is {int(flash)}" if minor <= 1 and flash != (minor == 1) else None,
        f"features {int(info.features):#x}" if minor <= 1 and int(info.features) & ~0x03 else None,
        "another INFO in the same boot"
        if "info back" in facts.talk.steps and facts.read("info back") != data
        else None,
        fine=f"minor version {minor}, {info.cells} cells, {1e9 / info.ns_per_row:g} Hz, ticks of {info.tick_ns} ns",
    )


def _parts(facts: Facts, name: str) -> bytes:
    whole, number = b"", 0
    while f"{name} part {number}" in facts.talk.steps:
        whole += facts.read(f"{name} part {number}")
        number += 1
    return whole


def _layout(facts: Facts) -> Judged:
    whole, info = _parts(facts, "layout"), facts.info
    crc = layout_crc(whole)
    wrong_crc = f"CRC {crc:08X}, INFO says {info.layout_crc:08X}" if crc != info.layout_crc else None
    wrong_length = f"{len(whole)} octets, INFO says {info.layout_octets}" if len(whole) != info.layout_octets else None
    if wrong_crc is None and wrong_length is None:
        unpack_layout(whole, info.cells)
    return all_of(
        wrong_length,
        wrong_crc,
        "it is another one when it is read again" if _parts(facts, "layout again") != whole else None,
        fine=f"{len(whole)} octets, CRC {crc:08X}, the same again",
    )


def _layout_parts(facts: Facts) -> Judged:
    whole = _parts(facts, "layout")
    begins = [name for name in ("layout at the beginning", "layout at the beginning, back") if name in facts.talk.steps]
    return all_of(
        *(f"{name}: not from octet 0" for name in begins if not whole.startswith(facts.read(name) or b"?")),
        None
        if facts.read("layout middle") == whole[len(whole) // 2 :][:512]
        else "not from the offset that was written",
        "more behind the end" if facts.read("layout end") else None,
        fine="from any offset, and from 0 on each connection",
    )


def _layout_errors(facts: Facts) -> Judged:
    wanted = {"layout past the end": 0x07, "layout odd offset": 0x0D}
    seen = {name: facts.att_error(name) for name in wanted}
    return all_of(
        *(f"{name}: {told(seen[name], facts, name)}" for name, code in wanted.items() if seen[name] != code),
        fine="0x07 and 0x0D",
    )


def told(code: int | None, facts: Facts, name: str) -> str:
    """How a write was answered, in words."""
    answer = facts.step(name).answer
    if code is not None:
        return f"0x{code:02X}"
    return answer.words if isinstance(answer, Refused) else "taken"


def _time(facts: Facts) -> Judged:
    before, after = facts.read("time before"), facts.read("time read 1")
    if not facts.step("time written 1").taken:
        return broken(f"not taken: {told(facts.att_error('time written 1'), facts, 'time written 1')}")
    if len(before) < _TIME_OCTETS or len(after) < _TIME_OCTETS:
        return broken(f"{len(after)} octets")
    off_ns = sig.unpack_elapsed_time(after).t_ns - facts.talk.read_t_ns["time read 1"]
    return all_of(
        f"flags {after[0]:#04x}" if after[0] != _TIME_FLAGS else None,
        "clock status says that it needs to be set" if after[9] & _NEEDS_SET else None,
        f"it is {off_ns / 1e9:.1f} s off after it was written" if abs(off_ns) > _TIME_OFF_NS else None,
        fine=f"taken, {abs(off_ns) / 1e6:.0f} ms off when read back",
    )


CHECKS = (
    Check(
        name="advertisement",
        section="2",
        asks="service data with version and side; the service and a name of at most 11 octets in the scan response",
        advice="Put the service data (01, side) into the advertisement, service and short name into the scan response.",
        judge=_advertisement,
    ),
    Check(
        name="services",
        section="1",
        asks="all services and characteristics with their properties",
        advice="Add what is lacking to the GATT table, with exactly the properties of section 1.",
        judge=_services,
    ),
    Check(
        name="device-information",
        section="1",
        asks="maker, model, serial and firmware; a serial number that stays",
        advice="Fill in all four strings, and take the serial number from what never changes, such as the chip's id.",
        judge=_device_information,
    ),
    Check(
        name="battery",
        section="1",
        asks="charge in percent",
        advice="Give Battery Level as one octet from 0 to 100.",
        judge=_battery,
    ),
    Check(
        name="att-mtu",
        section="3",
        asks="an ATT MTU of 247 is accepted",
        advice="Raise the ATT MTU and the L2CAP buffers to 247, and use data length extension.",
        judge=_link,
    ),
    Check(
        name="link-holds",
        section="3",
        asks="a link lasts until the hub ends it",
        advice="Look for a watchdog reset, a supervision time-out below 4 s, or a disconnect of the insole's own.",
        judge=_holds,
    ),
    Check(
        name="advertises-again",
        section="2, 10",
        asks="after a lost link it advertises and can be connected",
        advice="Start advertising again in the disconnect handler, stream or no stream.",
        judge=_comes_back,
    ),
    Check(
        name="info",
        section="4",
        asks="36 octets that make sense; the minor version says what feature bit 1 says",
        advice="Lay INFO out as in section 4, with every reserved bit 0, and keep it unchanged within a boot.",
        judge=_info,
    ),
    Check(
        name="layout",
        section="5",
        asks="length and CRC as in INFO, cells that make sense, unchanged within a boot",
        advice="Compute length and CRC-32 over the very octets that LAYOUT gives, and give the same ones each time.",
        judge=_layout,
    ),
    Check(
        name="layout-offset",
        section="5",
        asks="a write moves the beginning of the next read; each connection begins at 0",
        advice="Keep the offset per connection, reset it when one begins, and read from it to the end.",
        judge=_layout_parts,
    ),
    Check(
        name="layout-errors",
        section="5",
        asks="0x07 for an offset past the end, 0x0D for another length than two octets",
        advice="Refuse bad writes to LAYOUT with these ATT errors.",
        judge=_layout_errors,
    ),
    Check(
        name="time",
        section="9",
        asks="Current Elapsed Time is taken and reads back",
        advice="Take flags 0x2A, keep the time by the insole's own ticks, and clear bit 0 of the clock status.",
        judge=_time,
    ),
)
