"""Every fault that can reach a person: a code for machines and one sentence of advice, said the same everywhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


class FaultCode(StrEnum):
    """Stable names; they cross the wire and stand in counters, so one is never renamed or reused."""

    # bytes from an insole
    FRAME_TRUNCATED = "frame-truncated"
    FRAME_MALFORMED = "frame-malformed"
    FRAME_VERSION = "frame-version"
    LAYOUT_MISMATCH = "layout-mismatch"
    DEVICE_FAULT = "device-fault"
    # order and time
    ROWS_LOST = "rows-lost"
    ROWS_REPEATED = "rows-repeated"
    TIME_BACKWARDS = "time-backwards"
    CLOCK_UNKNOWN = "clock-unknown"
    # recordings
    FILE_UNREADABLE = "file-unreadable"
    FILE_TORN_LINE = "file-torn-line"
    FILE_COLUMNS = "file-columns"
    FILE_NOT_A_NUMBER = "file-not-a-number"
    FILE_EMPTY = "file-empty"
    NOTHING_STORED = "nothing-stored"
    # people and insoles
    SIDE_TAKEN = "side-taken"
    SIDE_UNKNOWN = "side-unknown"
    LAYOUT_MISSING = "layout-missing"
    INSOLES_UNKNOWN = "insoles-unknown"
    SIDES_SWAPPED = "sides-swapped"
    SIDE_UNCLEAR = "side-unclear"
    # radio
    RADIO_OFF = "radio-off"
    INSOLE_NOT_FOUND = "insole-not-found"
    LINK_LOST = "link-lost"
    LINK_SILENT = "link-silent"
    LINK_REFUSED = "link-refused"
    LINK_ABORTED = "link-aborted"
    SERVICES_UNRESOLVED = "services-unresolved"
    BOND_REFUSED = "bond-refused"
    INSOLE_ELSEWHERE = "insole-elsewhere"
    ADAPTER_FULL = "adapter-full"
    ADAPTER_SILENT = "adapter-silent"
    ADAPTER_RECOVERED = "adapter-recovered"
    ADAPTER_STUCK = "adapter-stuck"
    BATTERY_LOW = "battery-low"
    # firmware
    IMAGE_REFUSED = "image-refused"
    ROWS_UNFETCHED = "rows-unfetched"
    SHOE_WORN = "shoe-worn"
    UPDATE_REFUSED = "update-refused"
    UPDATE_ROLLED_BACK = "update-rolled-back"
    # broker
    BROKER_UNREACHABLE = "broker-unreachable"
    BROKER_REFUSED = "broker-refused"
    BROKER_NOT_LOOPBACK = "broker-not-loopback"
    PAYLOAD_NOT_OURS = "payload-not-ours"
    PAYLOAD_VERSION = "payload-version"
    # storage
    SPOOL_FULL = "spool-full"
    DISK_FULL = "disk-full"
    STORE_UNREACHABLE = "store-unreachable"
    STORE_REFUSED = "store-refused"
    STORE_DENIED = "store-denied"
    STORE_DAMAGED = "store-damaged"
    STORE_IN_USE = "store-in-use"
    # machine and settings
    PORT_IN_USE = "port-in-use"
    CONFIG_INVALID = "config-invalid"
    UNKNOWN_NAME = "unknown-name"
    REQUEST_REFUSED = "request-refused"
    REQUEST_MALFORMED = "request-malformed"
    SIGN_IN_FIRST = "sign-in-first"
    SIGN_IN_REFUSED = "sign-in-refused"
    TRIED_TOO_OFTEN = "tried-too-often"
    NOT_YOURS = "not-yours"
    CALIBRATION_REFUSED = "calibration-refused"
    RULE_REFUSED = "rule-refused"
    ENTRY_REFUSED = "entry-refused"
    NOT_DELIVERED = "not-delivered"
    DEPENDENCY_MISSING = "dependency-missing"
    INTERNAL = "internal"


ADVICE: dict[FaultCode, str] = {
    FaultCode.FRAME_TRUNCATED: "A message from the insole was cut short; if it repeats, move the hub closer or update the insole.",
    FaultCode.FRAME_MALFORMED: "A message from the insole made no sense; if it repeats, restart the insole.",
    FaultCode.FRAME_VERSION: "The insole speaks a version that this program does not know; update underfoot or the insole.",
    FaultCode.LAYOUT_MISMATCH: "The insole's description of its cells does not match its checksum; restart the insole.",
    FaultCode.DEVICE_FAULT: "The insole reports a fault of its own; look at its status and charge it.",
    FaultCode.ROWS_LOST: "Some samples never arrived; stay within about ten metres of the hub.",
    FaultCode.ROWS_REPEATED: "Samples arrived twice and were kept once; nothing needs doing.",
    FaultCode.TIME_BACKWARDS: "Time ran backwards in the data; those rows were left out, check the clock of the source.",
    FaultCode.CLOCK_UNKNOWN: "The insole's clock cannot be placed yet; times may be off by some milliseconds.",
    FaultCode.FILE_UNREADABLE: "The file cannot be read; check its name, its rights and that it is a supported recording.",
    FaultCode.FILE_TORN_LINE: "The last line of the file is cut short and was left out; copy the file again if it matters.",
    FaultCode.FILE_COLUMNS: "A line has the wrong number of columns and was left out; check how the file was exported.",
    FaultCode.FILE_NOT_A_NUMBER: "A value is not a number and its row was left out as not measured.",
    FaultCode.FILE_EMPTY: "The file holds no samples; check that the right file was chosen.",
    FaultCode.NOTHING_STORED: "Nothing is stored there yet; wear the insoles for a walk first, or check data_dir in the settings.",
    FaultCode.SIDE_TAKEN: "Two insoles both say that they are for the same foot; the first one is kept, set the side of the other.",
    FaultCode.SIDE_UNKNOWN: "The insole does not say which foot it is for; set its side before wearing it.",
    FaultCode.LAYOUT_MISSING: "Samples came before the description of their cells; they are kept and used once it arrives.",
    FaultCode.INSOLES_UNKNOWN: "No insole is paired with this hub for that foot; put both insoles near it and run `underfoot pair`.",
    FaultCode.SIDES_SWAPPED: "The insole says that it is for the other foot than when it was paired; its samples are refused until you run `underfoot pair` again.",
    FaultCode.SIDE_UNCLEAR: "It could not be told which insole is on which foot; stand still, stamp the foot that is named and keep the other on the ground.",
    FaultCode.RADIO_OFF: "No Bluetooth adapter answers; plug one in or switch it on, then run `underfoot doctor`.",
    FaultCode.INSOLE_NOT_FOUND: "The insole does not answer; wake it, charge it, and check that no phone is connected to it.",
    FaultCode.LINK_LOST: "The connection to the insole broke; it is being made again.",
    FaultCode.LINK_SILENT: "The insole is connected but sends nothing; the connection is being made again.",
    FaultCode.LINK_REFUSED: "The insole refused the connection or a request; restart it and try again.",
    FaultCode.LINK_ABORTED: "The connection broke off while it was being made, often by interference; keep the hub away from USB 3 devices and Wi-Fi, a Bluetooth dongle on an extension cable helps.",
    FaultCode.SERVICES_UNRESOLVED: "The insole is connected but does not say what it can do; it is being asked anew, restart it if that repeats.",
    FaultCode.BOND_REFUSED: "The insole did not accept to be paired; remove its old pairing or restart it, then pair it again.",
    FaultCode.INSOLE_ELSEWHERE: "The insole was near and went quiet: its battery is empty, it was switched off, or a phone is connected to it; charge it, and close the maker's app.",
    FaultCode.ADAPTER_FULL: "The Bluetooth adapter holds all the connections it can; disconnect other devices or add a second adapter.",
    FaultCode.ADAPTER_SILENT: "The Bluetooth adapter hears nothing at all and is being switched off and on; if that repeats, plug it into another port or replace it.",
    FaultCode.ADAPTER_RECOVERED: "The Bluetooth adapter works again after it was switched off and on; nothing needs doing.",
    FaultCode.ADAPTER_STUCK: "The Bluetooth adapter hangs and could not be switched off and on; unplug it and plug it in again, or restart this machine.",
    FaultCode.BATTERY_LOW: "The insole's battery is low; charge it tonight.",
    FaultCode.IMAGE_REFUSED: "The file is not a whole firmware image; ask the insole's maker for the signed .bin file.",
    FaultCode.ROWS_UNFETCHED: "The insole still has rows that nobody fetched; run `underfoot insole fetch` first.",
    FaultCode.SHOE_WORN: "The insole is worn or moves; take the shoe off, lay it down and start the update again.",
    FaultCode.UPDATE_REFUSED: "The update was not begun or not taken; the insole runs its present firmware, read the reason.",
    FaultCode.UPDATE_ROLLED_BACK: "The new firmware did not show that it works; the insole is back on its old one and can be worn.",
    FaultCode.BROKER_UNREACHABLE: "The MQTT broker does not answer; samples wait on disk, check that it runs and its address.",
    FaultCode.BROKER_REFUSED: "The MQTT broker refused the user or password; check the credentials.",
    FaultCode.BROKER_NOT_LOOPBACK: "The embedded broker serves this machine only; install Mosquitto for anything else.",
    FaultCode.PAYLOAD_NOT_OURS: "A message on our topics was not ours and was set aside; check who else publishes there.",
    FaultCode.PAYLOAD_VERSION: "A message has a version that this program does not know; update underfoot on all machines.",
    FaultCode.SPOOL_FULL: "The store of unsent samples is full and new ones are being refused; start processing or free its disk.",
    FaultCode.DISK_FULL: "The disk is full; free some space, waiting samples are kept and sent afterwards.",
    FaultCode.STORE_UNREACHABLE: "The time-series server does not answer; figures wait on disk and are sent when it is back.",
    FaultCode.STORE_REFUSED: "The time-series server refused a line; it was set aside with the reason.",
    FaultCode.STORE_DENIED: "The time-series server refused the token or does not know the bucket; check them, figures wait on disk.",
    FaultCode.STORE_DAMAGED: "A stored file is damaged; move it away and restore it from a copy.",
    FaultCode.STORE_IN_USE: "Another program of ours has this store open; stop it, or set another data_dir for one of them.",
    FaultCode.PORT_IN_USE: "Another program uses this port; stop it or choose another port.",
    FaultCode.CONFIG_INVALID: "The configuration has mistakes; correct the lines named and run `underfoot config check`.",
    FaultCode.UNKNOWN_NAME: "Nothing has this name; list what there is and choose one of it.",
    FaultCode.REQUEST_REFUSED: "The request did not come from this page; open the page by its own address and try again.",
    FaultCode.REQUEST_MALFORMED: "The request could not be read; reload the page and try again.",
    FaultCode.SIGN_IN_FIRST: "You are not signed in, or no longer; sign in and try again.",
    FaultCode.SIGN_IN_REFUSED: "The name or the password is not right; try again, or ask whoever looks after the hub for a new password.",
    FaultCode.TRIED_TOO_OFTEN: "There were too many wrong tries; wait as long as is said, then try again.",
    FaultCode.NOT_YOURS: "This is not for your role; ask whoever looks after the hub if you need it.",
    FaultCode.CALIBRATION_REFUSED: "The calibration stays as it was; put right what the message names, then try again.",
    FaultCode.RULE_REFUSED: "The rule stays as it was; put right what the message names, then try again.",
    FaultCode.ENTRY_REFUSED: "It was not kept; put right what the message names, then say it again.",
    FaultCode.NOT_DELIVERED: "A message did not reach a phone, mailbox or chat; check the network and that channel, then run `underfoot notify test`.",
    FaultCode.DEPENDENCY_MISSING: "A part of underfoot is not installed; install the extra that the message names.",
    FaultCode.INTERNAL: "Something unexpected happened and was logged; please report it with `underfoot doctor --json`.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that went wrong: its code and what is known about this case."""

    code: FaultCode
    detail: str = ""

    @property
    def advice(self) -> str:
        return ADVICE[self.code]

    def __str__(self) -> str:
        told = f" ({self.detail})" if self.detail else ""
        return f"{self.code}{told}: {self.advice}"


class UnderfootError(Exception):
    """The root of every error of ours; it carries the fault that a person is shown."""

    def __init__(self, code: FaultCode, detail: str = "") -> None:
        self.fault = Fault(code, detail)
        super().__init__(str(self.fault))

    @property
    def code(self) -> FaultCode:
        return self.fault.code


class FaultBook:
    """Counts faults by code and remembers the latest of each. A fault noted here has stopped nothing."""

    def __init__(self) -> None:
        self._counts: Counter[FaultCode] = Counter()
        self._latest: dict[FaultCode, Fault] = {}

    def note(self, fault: Fault, times: int = 1) -> None:
        self._counts[fault.code] += times
        self._latest[fault.code] = fault

    @property
    def counts(self) -> dict[str, int]:
        return {str(code): count for code, count in sorted(self._counts.items())}

    def latest(self, code: FaultCode) -> Fault | None:
        return self._latest.get(code)
